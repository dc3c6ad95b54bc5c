import AppLayer
import Bytes
import RuleLanguage

/// `pcre`.
enum PCREKeyword {
    static let pcre = Keyword(
        "pcre", allowsQuotes: true, summary: "Regular expression (PCRE2) with flags i m s x A E G R O and buffer letters.",
        documentation: "payload-keywords.html#pcre-perl-compatible-regular-expressions"
    ) { option, builder throws(RuleError) in
        // Without quotes a pcre ends at the first semicolon, and is allowed.
        var text = option.text
        var isNegated = false
        if let quoted = option.quoted {
            text = quoted.bytes
            isNegated = quoted.isNegated
        } else if text.first == 33 {
            isNegated = true
            text = text.rest.trimmed
        }
        guard text.first == 47, let end = text.lastIndex(of: 47), end > text.startIndex else {
            throw RuleError("pcre without slashes, expected pcre:\"/expression/flags\"", at: text)
        }
        let body = text[(text.startIndex + 1)..<end]
        guard !body.isEmpty else { throw RuleError("an empty pcre, expected an expression between the slashes", at: text) }
        var pattern = PCREPattern(expression: body.text)
        pattern.isNegated = isNegated
        var buffer: (letter: Int, name: UInt8)?
        for index in (end + 1)..<text.endIndex {
            switch text[index] {
            case UInt8(ascii: "i"), UInt8(ascii: "m"), UInt8(ascii: "s"), UInt8(ascii: "x"), UInt8(ascii: "A"), UInt8(ascii: "E"),
                UInt8(ascii: "G"):
                pattern.options.insert(Character(UnicodeScalar(text[index])))
            case UInt8(ascii: "R"): pattern.isRelative = true
            case UInt8(ascii: "O"): pattern.liftsLimit = true
            case UInt8(ascii: "B"): break
            case let letter where builder.frontEnd.pcreLetters[letter] != nil:
                if let first = buffer, first.name != letter {
                    throw RuleError("pcre flags name two buffers, expected one", at: index)
                }
                buffer = (index, letter)
            default:
                throw RuleError(
                    "unknown pcre flag \"\(text[index...index].text)\", expected i, m, s, x, A, E, G, R, O or a buffer letter", at: index)
            }
        }
        pattern.captures = captures(body)
        guard let buffer, let descriptor = builder.frontEnd.pcreLetters[buffer.name] else {
            builder.add(.pcre(pattern))
            builder.lastContent = nil
            return
        }
        if let active = builder.activeDescriptor {
            // Suricata keeps response bodies and file.data in one buffer, so Q under file_data is no contradiction.
            guard active.id == descriptor.id || (active.id == .fileData && buffer.name == UInt8(ascii: "Q")) else {
                throw RuleError(
                    "pcre flag \"\(Character(UnicodeScalar(buffer.name)))\" means \(descriptor.name), but \(active.name) is in force",
                    at: buffer.letter)
            }
            builder.add(.pcre(pattern))
        } else {
            guard case .payload = builder.active else {
                throw RuleError("a pcre buffer letter after base64_data, expected none", at: buffer.letter)
            }
            let run = try builder.run(on: descriptor, at: buffer.letter)
            builder.inspections[run].tests.append(.pcre(pattern))
            builder.lastMatch = run
        }
        builder.lastContent = nil
    }

    /// Names of groups that store what they match: `pkt_x`, `flow_x`, `alert_x`.
    private static func captures(_ body: ArraySlice<UInt8>) -> [String] {
        var result: [String] = []
        var index = body.startIndex
        while let open = body[index...].firstIndex(of: 40) {
            index = open + 1
            guard index < body.endIndex, body[index] == 63 else { continue }
            var start = index + 1
            if start < body.endIndex, body[start] == 80 { start += 1 }
            guard start < body.endIndex, body[start] == 60, let close = body[start...].firstIndex(of: 62) else { continue }
            let name = body[(start + 1)..<close]
            guard name.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 95 }) else { continue }
            let text = name.text
            if text.hasPrefix("pkt_") || text.hasPrefix("flow_") || text.hasPrefix("alert_") { result.append(text) }
        }
        return result
    }
}
