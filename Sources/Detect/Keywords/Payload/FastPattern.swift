import RuleLanguage

/// `fast_pattern`: which content the prefilter looks for. It changes no result.
enum FastPatternKeyword {
    static let fastPattern = Keyword(
        "fast_pattern", value: .optional, summary: "The content that the prefilter looks for; `only` and `offset,length` too.",
        difference: "Changes no result, only speed.", documentation: "prefilter-keywords.html#fast-pattern"
    ) { option, builder throws(RuleError) in
        if case .base64 = builder.active {
            throw RuleError("fast_pattern on base64_data, expected it on another buffer", at: option.offset)
        }
        try builder.modifyContent(option) { content, builder throws(RuleError) in
            if content.isFastPattern { throw RuleError("fast_pattern stands twice on one content, expected once", at: option.offset) }
            if content.isNegated, content.isRelative || content.offset != nil || content.depth != nil || content.startsWith {
                throw RuleError("fast_pattern on a negated content with a position, expected a content without one", at: option.offset)
            }
            content.isFastPattern = true
            let text = option.text
            if text.isEmpty { return }
            if text.text == "only" {
                if content.isNegated || content.isRelative || content.offset != nil || content.depth != nil {
                    throw RuleError(
                        "fast_pattern:only on a content that is negated or has a position, expected a plain one", at: option.text)
                }
                return
            }
            let parts = text.parts(separatedBy: 44)
            guard parts.count == 2, let offset = parts[0].decimal, let length = parts[1].decimal, length > 0 else {
                throw RuleError("fast_pattern: \"\(text.text)\", expected only or offset,length", at: text)
            }
            guard offset <= 65535, length <= 65535, offset + length <= UInt64(content.bytes.count) else {
                throw RuleError("fast_pattern: \(offset),\(length) reaches past its content of \(content.bytes.count) bytes", at: text)
            }
            content.fastPatternSlice = Int(offset)..<Int(offset + length)
        }
    }
}
