import RuleLanguage

/// `target`, `noalert` and `alert`.
enum TargetKeywords {
    static let target = Keyword(
        "target", summary: "Which end of the packet is the victim: `src_ip` or `dest_ip`; the last one counts.",
        documentation: "meta.html#target"
    ) { option, builder throws(RuleError) in
        switch option.text.text {
        case "src_ip": builder.target = .source
        case "dest_ip": builder.target = .destination
        default: throw RuleError("target: \"\(option.text.text)\", expected src_ip or dest_ip", at: option.text)
        }
    }

    static let noalert = Keyword(
        "noalert", value: .none, summary: "The rule changes state and acts, but raises no alert.", documentation: "noalert.html"
    ) { _, builder throws(RuleError) in
        builder.isSilent = true
    }

    static let alert = Keyword(
        "alert", value: .none, summary: "A pass rule alerts as well.", documentation: "noalert.html#alert"
    ) { _, builder throws(RuleError) in
        builder.alsoAlerts = true
    }
}
