import RuleLanguage

/// What byte_test, byte_jump and byte_extract have in common: how bytes become a number.
struct NumberOptions {
    var reading = NumberReading()
    var isRelative = false
    private var hasString = false
    private var hasEndianness = false

    /// Reads one option; false when it is none of those.
    mutating func read(_ part: ArraySlice<UInt8>, _ keyword: String) throws(RuleError) -> Bool {
        let words = part.words
        guard let first = words.first else { throw RuleError("\(keyword): an empty option between commas", at: part) }
        switch first.text {
        case "relative" where words.count == 1: isRelative = true
        case "big" where words.count == 1, "little" where words.count == 1:
            if hasEndianness { throw RuleError("\(keyword): the byte order stands twice, expected once", at: part) }
            hasEndianness = true
            reading.isLittleEndian = first.text == "little"
        case "dce" where words.count == 1: reading.isDCE = true
        case "string" where words.count == 1: hasString = true
        case "dec" where words.count == 1: reading.text = .decimal
        case "hex" where words.count == 1: reading.text = .hexadecimal
        case "oct" where words.count == 1: reading.text = .octal
        case "bitmask" where words.count == 2:
            guard let mask = words[1].number, mask != 0, mask <= UInt64(UInt32.max) else {
                throw RuleError("\(keyword): \"\(words[1].text)\" is no bitmask, expected a number such as 0x0f", at: words[1])
            }
            reading.bitmask = mask
        default: return false
        }
        return true
    }

    /// Checks what only the whole list can tell.
    mutating func finish(_ option: RuleOption, size: ByteValue, _ keyword: String) throws(RuleError) {
        if reading.text != nil, !hasString {
            throw RuleError("\(keyword): dec, hex or oct without string, expected string before it", at: option.text)
        }
        if hasString, reading.text == nil { reading.text = .decimal }
        if reading.isDCE, hasString || hasEndianness {
            throw RuleError("\(keyword): dce beside string or a byte order, expected dce alone", at: option.text)
        }
        guard case .constant(let count) = size else { return }
        let most: Int64 = hasString ? 23 : 8
        guard count <= most else {
            throw RuleError(
                "\(keyword): \(count) bytes are too many, expected at most \(most)\(hasString ? " of text" : "")", at: option.text)
        }
    }
}
