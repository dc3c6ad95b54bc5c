import RuleLanguage

/// `classtype` and `priority`.
enum ClassificationKeywords {
    static let classtype = Keyword(
        "classtype", summary: "Class of the threat, from classification.config; sets the priority unless `priority` does.",
        documentation: "meta.html#classtype"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "classtype")
        builder.classType = option.text.text
        if builder.frontEnd.classifications.entries[option.text.lowercasedText] == nil {
            builder.warnings.append(
                RuleError(
                    "unknown classtype \"\(builder.classType)\", its rules have priority 3; add it to classification.config",
                    at: option.text))
        }
    }

    static let priority = Keyword(
        "priority", summary: "1 (highest) to 255.", documentation: "meta.html#priority"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "priority")
        guard let value = option.text.decimal, (1...255).contains(value) else {
            throw RuleError("priority: \"\(option.text.text)\" is no number from 1 to 255", at: option.text)
        }
        builder.priority = Int(value)
    }
}
