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
        // After a comma the flags are followed by variables for the groups, in order.
        let flagsEnd = text[end...].firstIndex(of: 44) ?? text.endIndex
        for index in (end + 1)..<flagsEnd where text[index] != 32 {
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
        pattern.captures = namedGroups(body)
        if flagsEnd < text.endIndex { pattern.captures += try listed(text[(flagsEnd + 1)...]) }
        guard pattern.captures.count <= 8, !isNegated || pattern.captures.isEmpty else {
            throw RuleError("pcre keeps what groups match: expected at most 8, and no negation", at: text)
        }
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

    /// `flow:name`, `pkt:name`, `alert:name`, one for each group.
    private static func listed(_ text: ArraySlice<UInt8>) throws(RuleError) -> [PCRECapture] {
        var result: [PCRECapture] = []
        for (index, part) in text.parts(separatedBy: 44).enumerated() {
            guard let colon = part.firstIndex(of: 58), colon + 1 < part.endIndex, let scope = scope(part[..<colon].text) else {
                throw RuleError("pcre: \"\(part.text)\" names no variable, expected flow:name, pkt:name or alert:name", at: part)
            }
            result.append(PCRECapture(scope: scope, name: part[(colon + 1)...].text, group: index + 1))
        }
        return result
    }

    private static func scope(_ word: String) -> PCRECapture.Scope? {
        switch word {
        case "flow": .flow
        case "pkt": .packet
        case "alert": .alert
        default: nil
        }
    }

    /// Groups whose names say that they store what they match: `pkt_x`, `flow_x`, `alert_x`.
    private static func namedGroups(_ body: ArraySlice<UInt8>) -> [PCRECapture] {
        var result: [PCRECapture] = []
        var group = 0
        var isInClass = false
        var index = body.startIndex
        while index < body.endIndex {
            let byte = body[index]
            index += 1
            switch byte {
            case 92: index += 1
            case 91: isInClass = true
            case 93: isInClass = false
            case 40 where !isInClass:
                guard index < body.endIndex, body[index] == 63 else {
                    if index < body.endIndex, body[index] != 42 { group += 1 }
                    continue
                }
                var start = index + 1
                if start < body.endIndex, body[start] == 80 { start += 1 }
                guard start < body.endIndex, body[start] == 60 || body[start] == 39, start + 1 < body.endIndex,
                    body[start + 1] != 61, body[start + 1] != 33,
                    let close = body[(start + 1)...].firstIndex(where: { $0 == 62 || $0 == 39 })
                else { continue }
                group += 1
                let name = body[(start + 1)..<close].text
                guard let line = name.firstIndex(of: "_"), let scope = scope(String(name[..<line])) else { continue }
                result.append(PCRECapture(scope: scope, name: String(name[name.index(after: line)...]), group: group))
            default: break
            }
        }
        return result
    }
}
