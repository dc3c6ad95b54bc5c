import RuleLanguage

/// Modifiers that say where a content may stand, and how it compares.
enum PositionKeywords {
    private static let reach: ClosedRange<Int64> = -1_048_576...1_048_576

    private static func number(
        _ option: RuleOption, _ builder: inout RuleBuilder, in allowed: ClosedRange<Int64>
    ) throws(RuleError) -> ByteValue {
        guard builder.lastContent != nil else {
            throw RuleError("\(option.name.text) has no content to change, expected a content before it", at: option.offset)
        }
        return try builder.value(option.text, for: option.name.text, in: allowed)
    }

    private static func refuseMixed(_ content: ContentPattern, isRelative: Bool, _ option: RuleOption) throws(RuleError) {
        let name = option.name.text
        if content.startsWith { throw RuleError("\(name) beside startswith, expected one of them", at: option.offset) }
        if isRelative ? content.offset != nil || content.depth != nil : content.isRelative {
            throw RuleError("\(name) mixes offset or depth with distance or within on one content, expected one kind", at: option.offset)
        }
    }

    static let nocase = Keyword(
        "nocase", value: .none, summary: "Letters match in either case (ASCII).", documentation: "payload-keywords.html#nocase"
    ) { option, builder throws(RuleError) in
        try builder.modifyContent(option) { content, _ throws(RuleError) in
            if content.isCaseInsensitive { throw RuleError("nocase stands twice on one content, expected once", at: option.offset) }
            content.isCaseInsensitive = true
        }
    }

    static let offset = Keyword(
        "offset", summary: "First byte of the region that is searched.", documentation: "payload-keywords.html#offset"
    ) { option, builder throws(RuleError) in
        let value = try number(option, &builder, in: 0...65535)
        try builder.modifyContent(option) { content, _ throws(RuleError) in
            if content.offset != nil { throw RuleError("offset stands twice on one content, expected once", at: option.offset) }
            try refuseMixed(content, isRelative: false, option)
            content.offset = value
        }
    }

    static let depth = Keyword(
        "depth", summary: "Length of the region that is searched.", documentation: "payload-keywords.html#depth"
    ) { option, builder throws(RuleError) in
        let value = try number(option, &builder, in: 0...65535)
        try builder.modifyContent(option) { content, _ throws(RuleError) in
            if content.depth != nil { throw RuleError("depth stands twice on one content, expected once", at: option.offset) }
            try refuseMixed(content, isRelative: false, option)
            if case .constant(let depth) = value, depth < content.bytes.count {
                throw RuleError("depth \(depth) is shorter than its content of \(content.bytes.count) bytes", at: option.text)
            }
            content.depth = value
        }
    }

    static let distance = Keyword(
        "distance", summary: "Bytes between the match before and the region searched.", documentation: "payload-keywords.html#distance"
    ) { option, builder throws(RuleError) in
        let value = try number(option, &builder, in: reach)
        try builder.modifyContent(option) { content, _ throws(RuleError) in
            if content.distance != nil { throw RuleError("distance stands twice on one content, expected once", at: option.offset) }
            try refuseMixed(content, isRelative: true, option)
            content.distance = value
        }
    }

    static let within = Keyword(
        "within", summary: "Bytes after the match before in which the whole content must end.",
        documentation: "payload-keywords.html#within"
    ) { option, builder throws(RuleError) in
        let value = try number(option, &builder, in: reach)
        try builder.modifyContent(option) { content, _ throws(RuleError) in
            if content.within != nil { throw RuleError("within stands twice on one content, expected once", at: option.offset) }
            try refuseMixed(content, isRelative: true, option)
            if case .constant(let within) = value, within < content.bytes.count {
                throw RuleError("within \(within) is shorter than its content of \(content.bytes.count) bytes", at: option.text)
            }
            content.within = value
        }
    }

    static let startswith = Keyword(
        "startswith", value: .none, summary: "The content begins the buffer.", documentation: "payload-keywords.html#startswith"
    ) { option, builder throws(RuleError) in
        try builder.modifyContent(option) { content, _ throws(RuleError) in
            if content.startsWith { throw RuleError("startswith stands twice on one content, expected once", at: option.offset) }
            if content.isRelative || content.offset != nil || content.depth != nil {
                throw RuleError("startswith beside offset, depth, distance or within, expected it alone", at: option.offset)
            }
            content.startsWith = true
        }
    }

    static let endswith = Keyword(
        "endswith", value: .none, summary: "The content ends the buffer.",
        difference: "Negated, it means \"does not end with\", as in Suricata 7.", documentation: "payload-keywords.html#endswith"
    ) { option, builder throws(RuleError) in
        try builder.modifyContent(option) { content, _ throws(RuleError) in
            if content.endsWith { throw RuleError("endswith stands twice on one content, expected once", at: option.offset) }
            content.endsWith = true
        }
    }

    static let rawbytes = Keyword(
        "rawbytes", value: .none, summary: "Changes nothing; read for old rules.", documentation: "payload-keywords.html#rawbytes"
    ) { option, builder throws(RuleError) in
        try builder.modifyContent(option) { _, _ throws(RuleError) in }
    }

    /// A hint about speed, not about meaning: every rule is searched for by its best pattern anyway.
    static let prefilter = Keyword(
        "prefilter", value: .none, summary: "Changes nothing; rules are searched for by their best pattern.",
        documentation: "prefilter-keywords.html#prefilter"
    ) { _, _ in }
}
