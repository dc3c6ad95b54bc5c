import RuleLanguage

/// `tag`: packets after the match are logged too; `bypass`: they are not looked at.
enum TagKeyword {
    static let tag = Keyword(
        "tag", summary: "Logs packets after the match: `session|host[,count,packets|seconds|bytes[,src|dst]]`.", documentation: "tag.html"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count <= 4 else {
            throw RuleError("tag: \(parts.count) parts, expected session or host,count,metric and src or dst for a host", at: option.text)
        }
        var scope: TagSpec.Scope
        switch parts[0].text {
        case "session": scope = .session
        case "host": scope = .destination
        default: throw RuleError("tag: \"\(parts[0].text)\", expected session or host", at: parts[0])
        }
        var count: UInt32 = 256
        if parts.count > 1 {
            guard let number = parts[1].decimal, number > 0, let small = UInt32(exactly: number) else {
                throw RuleError("tag: count \"\(parts[1].text)\", expected a number from 1", at: parts[1])
            }
            count = small
        }
        var metric = TagSpec.Metric.packets
        if parts.count > 2 {
            switch parts[2].text {
            case "packets": metric = .packets
            case "seconds": metric = .seconds
            case "bytes": metric = .bytes
            default: throw RuleError("tag: \"\(parts[2].text)\", expected packets, seconds or bytes", at: parts[2])
            }
        }
        if parts.count > 3 {
            switch (parts[3].text, scope) {
            case ("src", .destination): scope = .source
            case ("dst", .destination): scope = .destination
            case ("src", _), ("dst", _):
                throw RuleError("tag: a session has no side, expected src or dst only with host", at: parts[3])
            default: throw RuleError("tag: \"\(parts[3].text)\", expected src or dst", at: parts[3])
            }
        }
        builder.effects.append(.tag(TagSpec(scope: scope, count: count, metric: metric)))
    }

    static let bypass = Keyword(
        "bypass", value: .none, summary: "After a match nothing more of the flow is looked at.", documentation: "bypass-keyword.html"
    ) { _, builder throws(RuleError) in
        builder.effects.append(.bypass)
    }
}
