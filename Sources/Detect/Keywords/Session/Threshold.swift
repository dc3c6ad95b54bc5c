import RuleLanguage

/// `threshold` and `detection_filter`, and the same words in threshold.config.
enum ThresholdKeywords {
    static let threshold = Keyword(
        "threshold", summary: "How often the rule alerts: `type limit|threshold|both|backoff, track …, count n, seconds n`.",
        documentation: "thresholding.html#threshold"
    ) { option, builder throws(RuleError) in
        let spec = try Fields(option.text.parts(separatedBy: 44), "threshold").threshold(at: option.text.startIndex)
        guard let first = builder.threshold else {
            builder.threshold = spec
            return
        }
        if case .detectionFilter = first.kind {
            throw RuleError("threshold beside a detection_filter, expected one of them", at: option.offset)
        }
        // Each of them must let the alert pass.
        builder.furtherThresholds.append(spec)
    }

    static let detectionFilter = Keyword(
        "detection_filter", summary: "Alerts after `count` matches in `seconds`: `track …, count n, seconds n`.",
        documentation: "thresholding.html#detection-filter"
    ) { option, builder throws(RuleError) in
        if builder.threshold != nil { throw RuleError("detection_filter beside a threshold, expected one", at: option.offset) }
        let fields = try Fields(option.text.parts(separatedBy: 44), "detection_filter")
        if let type = fields.type { throw RuleError("detection_filter has no type, expected track, count and seconds", at: type) }
        builder.threshold = ThresholdSpec(
            kind: .detectionFilter, track: try fields.requireTrack(option.text),
            count: try fields.require(fields.count, "count", option.text),
            seconds: try fields.require(fields.seconds, "seconds", option.text))
    }

    /// `name value` pairs between commas, each once, in any order.
    struct Fields {
        let keyword: String
        var type: ArraySlice<UInt8>?
        var track: ThresholdSpec.Track?
        var count: UInt32?
        var seconds: UInt32?
        var multiplier: UInt32?
        /// What none of the above is, by name.
        var others: [String: ArraySlice<UInt8>] = [:]

        init(_ parts: [ArraySlice<UInt8>], _ keyword: String, others allowed: Set<String> = []) throws(RuleError) {
            self.keyword = keyword
            for part in parts {
                // Feeds have rules with a forgotten semicolon: what stands behind the four is left alone, as in Suricata.
                if type != nil, track != nil, count != nil, seconds != nil, type?.text != "backoff", allowed.isEmpty { return }
                let words = part.words
                guard words.count >= 2 else { throw RuleError("\(keyword): \"\(part.text)\", expected a name and a value", at: part) }
                let value = part[words[1].startIndex...]
                let name = words[0].text
                func once(_ isSet: Bool) throws(RuleError) {
                    if isSet { throw RuleError("\(keyword): \(name) stands twice, expected once", at: part) }
                }
                func number(from low: UInt64) throws(RuleError) -> UInt32 {
                    guard let number = value.decimal, number >= low, let small = UInt32(exactly: number) else {
                        throw RuleError("\(keyword): \(name) \"\(value.text)\", expected a number from \(low)", at: value)
                    }
                    return small
                }
                switch name {
                case "type":
                    try once(type != nil)
                    type = value
                case "track":
                    try once(track != nil)
                    switch words[1].text {
                    case "by_src": track = .source
                    case "by_dst": track = .destination
                    case "by_both": track = .both
                    case "by_rule": track = .rule
                    case "by_flow": track = .flow
                    default:
                        throw RuleError(
                            "\(keyword): track \"\(value.text)\", expected by_src, by_dst, by_both, by_rule or by_flow", at: value)
                    }
                case "count":
                    try once(count != nil)
                    count = try number(from: 1)
                case "seconds":
                    try once(seconds != nil)
                    seconds = try number(from: 0)
                case "multiplier":
                    try once(multiplier != nil)
                    multiplier = try number(from: 1)
                case let other where allowed.contains(other):
                    try once(others[other] != nil)
                    others[other] = value
                default: throw RuleError("\(keyword): unknown \"\(name)\", expected type, track, count or seconds", at: part)
                }
            }
        }

        func require(_ value: UInt32?, _ name: String, _ text: ArraySlice<UInt8>) throws(RuleError) -> UInt32 {
            guard let value else { throw RuleError("\(keyword): \(name) is missing", at: text) }
            return value
        }

        func requireTrack(_ text: ArraySlice<UInt8>) throws(RuleError) -> ThresholdSpec.Track {
            guard let track else {
                throw RuleError("\(keyword): track is missing, expected by_src, by_dst, by_both, by_rule or by_flow", at: text)
            }
            return track
        }

        func threshold(at offset: Int) throws(RuleError) -> ThresholdSpec {
            guard let type else { throw RuleError("\(keyword): type is missing, expected limit, threshold, both or backoff", at: offset) }
            guard let track else {
                throw RuleError("\(keyword): track is missing, expected by_src, by_dst, by_both, by_rule or by_flow", at: offset)
            }
            guard let count else { throw RuleError("\(keyword): count is missing", at: offset) }
            if type.text == "backoff" {
                guard let multiplier, track == .flow else {
                    throw RuleError("\(keyword): backoff needs track by_flow, count and multiplier", at: type)
                }
                return ThresholdSpec(kind: .backoff(multiplier: multiplier), track: track, count: count, seconds: seconds ?? 0)
            }
            let kind: ThresholdSpec.Kind
            switch type.text {
            case "limit": kind = .limit
            case "threshold": kind = .threshold
            case "both": kind = .both
            default: throw RuleError("\(keyword): type \"\(type.text)\", expected limit, threshold, both or backoff", at: type)
            }
            guard let seconds else { throw RuleError("\(keyword): seconds is missing", at: offset) }
            return ThresholdSpec(kind: kind, track: track, count: count, seconds: seconds)
        }
    }
}
