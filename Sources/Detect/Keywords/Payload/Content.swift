import AppLayer
import Bytes
import RuleLanguage

/// `content` and `uricontent`.
enum ContentKeyword {
    static let content = Keyword(
        "content", allowsQuotes: true, summary: "Bytes to find in the buffer in force; `|hex|` and `!` as in Suricata.",
        documentation: "payload-keywords.html#content"
    ) { option, builder throws(RuleError) in
        builder.addContent(try pattern(option), at: option.offset)
    }

    static let uricontent = Keyword(
        "uricontent", allowsQuotes: true, summary: "Old form of `content` with `http_uri`.", documentation: "payload-keywords.html#content"
    ) { option, builder throws(RuleError) in
        guard case .modifier(let uri)? = builder.frontEnd.words["http_uri"] else {
            throw RuleError("uricontent needs http, which is not spoken here", at: option.offset)
        }
        guard case .payload = builder.active else {
            throw RuleError("uricontent after a buffer keyword, expected content", at: option.offset)
        }
        builder.addContent(try pattern(option), at: option.offset)
        try builder.moveContent(to: uri, RuleOption(name: option.name, value: nil))
    }

    private static func pattern(_ option: RuleOption) throws(RuleError) -> ContentPattern {
        guard let quoted = option.quoted else {
            throw RuleError("\(option.name.text) without quotes, expected \(option.name.text):\"…\"", at: option.text)
        }
        var pattern = ContentPattern(bytes: try bytes(quoted.bytes))
        pattern.isNegated = quoted.isNegated
        guard !pattern.bytes.isEmpty else { throw RuleError("an empty content, expected at least one byte", at: option.text) }
        return pattern
    }

    /// The bytes that a content stands for.
    static func bytes(_ text: ArraySlice<UInt8>) throws(RuleError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            switch byte {
            case 124:
                let start = index
                index += 1
                var high: UInt8?
                while index < text.endIndex, text[index] != 124 {
                    defer { index += 1 }
                    if text[index] == 32 || text[index] == 44 { continue }
                    guard let digit = ASCII.hexValue(text[index]) else {
                        throw RuleError("\"\(text[index...index].text)\" between \"|\", expected hexadecimal digits", at: index)
                    }
                    if let first = high {
                        result.append(first << 4 | digit)
                        high = nil
                    } else {
                        high = digit
                    }
                }
                guard index < text.endIndex else { throw RuleError("hex bytes without their end, expected \"|\"", at: start) }
                guard high == nil else {
                    throw RuleError("half a byte between \"|\", expected an even number of hexadecimal digits", at: start)
                }
            case 92:
                guard index + 1 < text.endIndex, [34, 58, 59, 92].contains(text[index + 1]) else {
                    throw RuleError("a backslash that escapes nothing, expected \\\", \\;, \\: or \\\\", at: index)
                }
                index += 1
                result.append(text[index])
            case 34: throw RuleError("a quote inside the content, expected \\\"", at: index)
            default: result.append(byte)
            }
            index += 1
        }
        return result
    }
}
