import RuleLanguage

/// threshold.config: `threshold`, `event_filter`, `rate_filter` and `suppress` lines.
enum ThresholdFile {
    enum Line {
        case threshold(GlobalThreshold)
        case suppression(Suppression)
    }

    static func read(_ line: ArraySlice<UInt8>, _ variables: RuleVariables) throws(RuleError) -> Line {
        let text = line.trimmed
        let end = text.firstIndex { $0 == 32 || $0 == 9 } ?? text.endIndex
        let command = text[..<end].text
        var parts = parts(text[end...].trimmed)
        guard ["threshold", "event_filter", "rate_filter", "suppress"].contains(command) else {
            throw RuleError("unknown \"\(command)\", expected threshold, event_filter, rate_filter or suppress", at: text)
        }
        let generator = try take("gen_id", &parts, command, text)
        let signature = try take("sig_id", &parts, command, text)
        if generator == 0, signature != 0 {
            throw RuleError("\(command): gen_id 0 stands for all and needs sig_id 0", at: text)
        }
        if command == "suppress" {
            return .suppression(try suppression(parts, generator, signature, variables, text))
        }
        if command == "rate_filter" {
            let fields = try ThresholdKeywords.Fields(parts, command, others: ["new_action", "timeout"])
            guard let timeout = fields.others["timeout"]?.decimal, let seconds = UInt32(exactly: timeout) else {
                throw RuleError("rate_filter: timeout is missing or no number of seconds", at: text)
            }
            let action: RuleAction
            switch fields.others["new_action"]?.text {
            case "alert": action = .alert
            case "drop": action = .drop
            case "pass": action = .pass
            case "reject": action = .reject
            default: throw RuleError("rate_filter: new_action is missing, expected alert, drop, pass or reject", at: text)
            }
            let spec = ThresholdSpec(
                kind: .rateFilter(newAction: action, timeoutSeconds: seconds), track: try fields.requireTrack(text),
                count: try fields.require(fields.count, "count", text), seconds: try fields.require(fields.seconds, "seconds", text))
            return .threshold(GlobalThreshold(generator: generator, signature: signature, spec: spec))
        }
        let spec = try ThresholdKeywords.Fields(parts, command).threshold(at: text.startIndex)
        return .threshold(GlobalThreshold(generator: generator, signature: signature, spec: spec))
    }

    /// Splits at commas outside of brackets.
    private static func parts(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var depth = 0
        var start = text.startIndex
        for index in text.indices {
            if text[index] == 91 { depth += 1 }
            if text[index] == 93 { depth -= 1 }
            if text[index] == 44, depth == 0 {
                result.append(text[start..<index].trimmed)
                start = index + 1
            }
        }
        result.append(text[start...].trimmed)
        return result
    }

    private static func take(
        _ name: String, _ parts: inout [ArraySlice<UInt8>], _ command: String, _ text: ArraySlice<UInt8>
    ) throws(RuleError) -> UInt32 {
        guard let index = parts.firstIndex(where: { $0.words.first?.text == name }) else {
            throw RuleError("\(command): \(name) is missing", at: text)
        }
        let words = parts.remove(at: index).words
        guard words.count == 2, let number = words[1].decimal, let small = UInt32(exactly: number) else {
            throw RuleError("\(command): \(name) needs a number", at: words[0])
        }
        return small
    }

    private static func suppression(
        _ parts: [ArraySlice<UInt8>], _ generator: UInt32, _ signature: UInt32, _ variables: RuleVariables, _ text: ArraySlice<UInt8>
    ) throws(RuleError) -> Suppression {
        if parts.isEmpty { return Suppression(generator: generator, signature: signature, track: .all, addresses: .any) }
        var track: Suppression.Track?
        var addresses: AddressSet?
        for part in parts {
            let words = part.words
            guard words.count >= 2 else { throw RuleError("suppress: \"\(part.text)\", expected track or ip", at: part) }
            let value = part[words[1].startIndex...]
            switch (words[0].text, value.text) {
            case ("track", "by_src"): track = .source
            case ("track", "by_dst"): track = .destination
            case ("track", "by_either"): track = .either
            case ("ip", _):
                let resolved = try variables.resolveAddresses(value)
                var set = AddressSet(
                    ranges: resolved.ranges.map { .init(first: $0.lowerBound, last: $0.upperBound) }, isAny: resolved.isAny)
                set.hasNegation = resolved.hasNegation
                addresses = set
            default: throw RuleError("suppress: \"\(part.text)\", expected track by_src, by_dst or by_either, and ip", at: part)
            }
        }
        guard let track, let addresses else { throw RuleError("suppress: track and ip belong together, one is missing", at: text) }
        return Suppression(generator: generator, signature: signature, track: track, addresses: addresses)
    }
}
