import AppLayer
import Bytes
import Detect

/// The analysis as people read it.
extension RuleAnalysis {
    private var head: String { "== Sid: \(signature.id.signature) ==\n\(signature.info.text)\n" }

    /// A section of `rules_analysis.txt`.
    var report: String {
        var text = head
        var names: [String] = []
        for name in signature.inspections.map({ RuleAnalysis.name($0.buffer) }) where !names.contains(name) { names.append(name) }
        for name in names { text += "    Rule matches on \(name) buffer.\n" }
        if !signature.proto.appProtocols.isEmpty {
            text += "    App layer protocol is \(signature.proto.appProtocols.map(ProtocolRegistry.name).joined(separator: ", ")).\n"
        }
        let tests = signature.inspections.flatMap(\.tests).map(RuleAnalysis.name)
        text += "    Rule contains \(tests.count { $0 == "content" }) content options and \(tests.count { $0 == "pcre" }) pcre options.\n"
        text += "    Rule is evaluated as \(type).\n"
        if let (run, content, slice) = fastPattern {
            let pattern = RuleAnalysis.text(Array(content.bytes[slice]))
            text += "    Fast Pattern \"\(pattern)\" on \"\(RuleAnalysis.name(run.buffer))\" buffer.\n"
        } else {
            text += "    No Fast Pattern.\n"
        }
        if warnings.isEmpty { text += "    No warnings for this rule.\n" }
        for warning in warnings { text += "    Warning: \(warning)\n" }
        return text
    }

    /// A section of `rules_fast_pattern.txt`.
    var fastPatternReport: String {
        var text = head + "    Fast Pattern analysis:\n"
        guard let (run, content, slice) = fastPattern else { return text + "        No content present\n" }
        var flags: [String] = []
        if content.isCaseInsensitive { flags.append("Nocase") }
        if content.offset != nil { flags.append("Offset") }
        if content.depth != nil { flags.append("Depth") }
        if content.within != nil { flags.append("Within") }
        if content.distance != nil { flags.append("Distance") }
        if content.isNegated { flags.append("Negated") }
        text += "        Fast pattern matcher: \(RuleAnalysis.name(run.buffer))\n"
        text += "        Flags: \(flags.isEmpty ? "None" : flags.joined(separator: " "))\n"
        text += "        Fast pattern set: \(content.isFastPattern ? "yes" : "no")\n"
        text += "        Fast pattern chop set: \(slice.count == content.bytes.count ? "no" : "yes")\n"
        text += "        Original content: \(RuleAnalysis.text(content.bytes))\n"
        text += "        Final content: \(RuleAnalysis.text(Array(content.bytes[slice])))\n"
        return text
    }

    /// Bytes as a rule writes them.
    static func text(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes {
            if ASCII.isPrintable(byte), byte != UInt8(ascii: "|"), byte != UInt8(ascii: "\"") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "|" + (digits.utf8.count < 2 ? "0" : "") + digits + "|"
            }
        }
        return text
    }

    static func name(_ test: ContentTest) -> String {
        switch test {
        case .content: "content"
        case .pcre: "pcre"
        case .byteTest: "byte_test"
        case .byteJump: "byte_jump"
        case .byteExtract: "byte_extract"
        case .byteMath: "byte_math"
        case .isDataAt: "isdataat"
        case .size: "bsize"
        case .base64Decode: "base64_decode"
        case .absent: "absent"
        case .asn1: "asn1"
        default: word(test)
        }
    }

    static func name(_ test: PacketTest) -> String { word(test) }

    /// The name of an enumeration's case in words of the rule language.
    static func word<Value>(_ value: Value) -> String {
        let name = "\(value)".prefix { $0.isLetter || $0.isNumber }
        var text = ""
        for character in name { text += character.isUppercase ? "_" + character.lowercased() : String(character) }
        return text
    }
}
