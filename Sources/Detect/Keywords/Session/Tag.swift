import RuleLanguage

/// `tag`: packets after the match are logged too.
enum TagKeyword {
    static let tag = Keyword(
        "tag", summary: "Logs packets after the match: `session|host,count,packets|seconds|bytes[,src|dst]`.", documentation: "tag.html"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count == 3 || parts.count == 4 else {
            throw RuleError("tag: \(parts.count) parts, expected session or host,count,metric and src or dst for a host", at: option.text)
        }
        let scope: TagSpec.Scope
        switch (parts[0].text, parts.count == 4 ? parts[3].text : nil) {
        case ("session", nil): scope = .session
        case ("host", "src"): scope = .source
        case ("host", "dst"): scope = .destination
        case ("host", nil): throw RuleError("tag: host without a side, expected src or dst at the end", at: parts[0])
        default:
            throw RuleError("tag: \"\(option.text.text)\", expected session,count,metric or host,count,metric,src|dst", at: option.text)
        }
        guard let number = parts[1].decimal, number > 0, let count = UInt32(exactly: number) else {
            throw RuleError("tag: count \"\(parts[1].text)\", expected a number from 1", at: parts[1])
        }
        let metric: TagSpec.Metric
        switch parts[2].text {
        case "packets": metric = .packets
        case "seconds": metric = .seconds
        case "bytes": metric = .bytes
        default: throw RuleError("tag: \"\(parts[2].text)\", expected packets, seconds or bytes", at: parts[2])
        }
        builder.effects.append(.tag(TagSpec(scope: scope, count: count, metric: metric)))
    }
}
