import RuleLanguage

/// `sid`, `gid`, `rev`: the rule's number.
enum IdentityKeywords {
    private static func number(_ option: RuleOption, _ name: String, from low: UInt64) throws(RuleError) -> UInt32 {
        guard let value = option.text.decimal, (low...UInt64(UInt32.max)).contains(value) else {
            throw RuleError("\(name): \"\(option.text.text)\" is no number from \(low) to \(UInt32.max)", at: option.text)
        }
        return UInt32(value)
    }

    static let sid = Keyword(
        "sid", summary: "Number of the rule; every rule needs one.", documentation: "meta.html#sid-signature-id"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "sid")
        builder.id.signature = try number(option, "sid", from: 1)
    }

    static let gid = Keyword(
        "gid", summary: "Generator of the rule; 1 when left out.", documentation: "meta.html#gid-group-id"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "gid")
        builder.id.generator = try number(option, "gid", from: 0)
    }

    static let rev = Keyword(
        "rev", summary: "Revision; the highest of one sid is kept.", documentation: "meta.html#rev-revision"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "rev")
        builder.id.revision = try number(option, "rev", from: 0)
    }
}
