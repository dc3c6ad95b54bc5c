import RuleLanguage

/// `requires`: what a rule needs of the engine. A rule whose needs are not met is skipped, not refused.
enum RequiresKeyword {
    /// The version of Suricata whose rule language is spoken.
    static let version: [UInt64] = [8, 0, 8]

    static let requires = Keyword(
        "requires", summary: "Version, features and keywords that the rule needs; else it is skipped.",
        difference: "Versions compare with 8.0.8.",
        documentation: "meta.html#requires"
    ) { _, _ throws(RuleError) in
        // Answered by `unmet` before anything else of the rule is read.
    }

    /// Why the rule is to be skipped; nil when every need is met.
    static func unmet(_ option: RuleOption, _ frontEnd: FrontEnd) -> String? {
        for part in option.text.parts(separatedBy: 44) {
            let pieces = part.words
            guard pieces.count >= 2 else { return "requires \"\(part.text)\", which is not known" }
            let rest = part[pieces[1].startIndex...]
            switch pieces[0].text {
            case "version":
                guard let isMet = versionHolds(rest) else {
                    return "requires a version written as \"\(rest.text)\", which is not understood"
                }
                if !isMet { return "requires version \(rest.text), this rule language is of version 8.0.8" }
            case "feature":
                if !frontEnd.features.contains(rest.text) { return "requires feature \(rest.text), which is not there" }
            case "keyword":
                if frontEnd.words[rest.lowercasedText] == nil { return "requires keyword \(rest.text), which is not there" }
            default: return "requires \"\(part.text)\", which is not known"
            }
        }
        return nil
    }

    /// `>= 7.0.3 < 8 | >= 8.0.1`: alternatives of conditions that must all hold.
    private static func versionHolds(_ text: ArraySlice<UInt8>) -> Bool? {
        var isAnyMet = false
        for alternative in text.parts(separatedBy: 124) {
            var isMet = true
            var index = alternative.startIndex
            guard !alternative.isEmpty else { return nil }
            while index < alternative.endIndex {
                var symbol: [UInt8] = []
                while index < alternative.endIndex, alternative[index] == 60 || alternative[index] == 61 || alternative[index] == 62 {
                    symbol.append(alternative[index])
                    index += 1
                }
                while index < alternative.endIndex, alternative[index] == 32 { index += 1 }
                let start = index
                while index < alternative.endIndex, alternative[index] != 32, !(60...62).contains(alternative[index]) { index += 1 }
                guard start < index, let wanted = components(alternative[start..<index]) else { return nil }
                while index < alternative.endIndex, alternative[index] == 32 { index += 1 }
                switch String(decoding: symbol, as: UTF8.self) {
                case ">=": isMet = isMet && !version.lexicographicallyPrecedes(wanted)
                case ">": isMet = isMet && wanted.lexicographicallyPrecedes(version)
                case "<=": isMet = isMet && !wanted.lexicographicallyPrecedes(version)
                case "<": isMet = isMet && version.lexicographicallyPrecedes(wanted)
                default: return nil
                }
            }
            isAnyMet = isAnyMet || isMet
        }
        return isAnyMet
    }

    private static func components(_ text: ArraySlice<UInt8>) -> [UInt64]? {
        var result: [UInt64] = []
        for part in text.parts(separatedBy: 46) {
            guard let number = part.decimal else { return nil }
            result.append(number)
        }
        guard result.count <= 3 else { return nil }
        return result + Array(repeating: 0, count: 3 - result.count)
    }
}
