import AppLayer
import Bytes
import RuleLanguage

/// `entropy`.
enum EntropyKeyword {
    static let entropy = Keyword(
        "entropy", summary: "Shannon entropy of the buffer in bits a byte: `[bytes n,][offset n,]value >|<|… n`.",
        documentation: "payload-keywords.html#entropy"
    ) { option, builder throws(RuleError) in
        var count: Int?
        var offset: Int?
        var range: RealRange?
        for part in option.text.parts(separatedBy: 44) {
            let words = part.words
            guard words.count >= 2 else { throw RuleError("entropy: \"\(part.text)\", expected bytes n, offset n or value n", at: part) }
            let value = part[words[1].startIndex...]
            switch words[0].text {
            case "bytes" where count == nil:
                guard let number = value.decimal, number <= UInt64(Int32.max) else {
                    throw RuleError("entropy: bytes \"\(value.text)\", expected a number", at: value)
                }
                count = Int(number)
            case "offset" where offset == nil:
                guard let number = value.signedNumber, (-65535...65535).contains(number) else {
                    throw RuleError("entropy: offset \"\(value.text)\", expected -65535 to 65535", at: value)
                }
                offset = Int(number)
            case "value" where range == nil: range = try EntropyKeyword.range(value)
            case "bytes", "offset", "value": throw RuleError("entropy: \(words[0].text) stands twice, expected once", at: part)
            default: throw RuleError("entropy: unknown option \"\(words[0].text)\", expected bytes, offset or value", at: part)
            }
        }
        guard let range else { throw RuleError("entropy without a value, expected one such as value > 7", at: option.text) }
        var test = EntropyTest(range: range, name: name(of: builder.activeDescriptor))
        test.offset = max(0, offset ?? 0)
        if let count, count > 0 { test.count = count }
        builder.add(.entropy(test))
    }

    /// Suricata's inner name of a buffer: the modifier's, or an alias with underscores.
    private static func name(of buffer: BufferDescriptor?) -> String {
        guard let buffer else { return "content" }
        return buffer.modifier ?? buffer.aliases.first { !$0.contains(".") } ?? buffer.name
    }

    private static func range(_ text: ArraySlice<UInt8>) throws(RuleError) -> RealRange {
        func number(_ digits: ArraySlice<UInt8>) throws(RuleError) -> Double {
            guard let value = Double(digits.trimmed.text) else {
                throw RuleError("entropy: \"\(digits.text)\" is no number, expected one such as 7.5", at: text)
            }
            return value
        }
        let isNegated = text.first == 33 && text.rest.first != 61
        let body = isNegated ? text.rest.trimmed : text
        if let (low, high) = ends(body) {
            let (low, high) = (try number(low), try number(high))
            guard low < high else { throw RuleError("entropy: nothing lies between \(low) and \(high)", at: text) }
            return isNegated ? .notBetween(low, high) : .between(low, high)
        }
        guard !isNegated else { throw RuleError("entropy: \"\(text.text)\", expected != or !a-b", at: text) }
        let second = text.rest.first == 61
        let value = second ? text.rest.rest : text.rest
        switch text.first {
        case UInt8(ascii: "<"): return second ? .lessOrEqual(try number(value)) : .less(try number(value))
        case UInt8(ascii: ">"): return second ? .greaterOrEqual(try number(value)) : .greater(try number(value))
        case UInt8(ascii: "!"): return .notEqual(try number(value))
        case UInt8(ascii: "="): return .equal(try number(text.rest))
        default: return .equal(try number(text))
        }
    }

    /// The two sides of `a-b` or `a<>b`.
    private static func ends(_ text: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
        for index in text.indices.dropFirst() where index + 1 < text.endIndex {
            if text[index] == 60, text[index + 1] == 62 { return (text[..<index], text[(index + 2)...]) }
            if text[index] == 45, text[index - 1] | 0x20 != UInt8(ascii: "e") { return (text[..<index], text[(index + 1)...]) }
        }
        return nil
    }
}
