import RuleLanguage

/// `pkt_data` and `absent`. The buffers themselves are declared by their protocols.
enum BufferKeywords {
    static let packetData = Keyword(
        "pkt_data", value: .none, summary: "Later contents look at the payload again.", documentation: "payload-keywords.html"
    ) { option, builder throws(RuleError) in
        try builder.selectPayload(option)
    }

    static let absent = Keyword(
        "absent", value: .optional, summary: "The buffer in force does not exist; `or_else`: or the other tests hold.",
        documentation: "payload-keywords.html#absent"
    ) { option, builder throws(RuleError) in
        guard builder.activeDescriptor != nil else {
            throw RuleError("absent without a buffer, expected a buffer keyword such as http.referer before it", at: option.offset)
        }
        switch option.text.text {
        case "": builder.add(.absent(orElse: false))
        case "or_else": builder.add(.absent(orElse: true))
        default: throw RuleError("absent: \"\(option.text.text)\", expected or_else or nothing", at: option.text)
        }
    }
}
