import RuleLanguage

/// `ipv4-csum`, `tcpv4-csum` and their like: whether a checksum is right.
enum ChecksumKeywords {
    private static func keyword(_ name: String, _ field: ChecksumField) -> Keyword {
        Keyword(name, allowsQuotes: true, summary: "`valid` or `invalid` checksum.", documentation: "header-keywords.html") {
            option, builder throws(RuleError) in
            let text = option.quoted?.bytes ?? option.text
            switch text.lowercasedText {
            case "valid": builder.packetTests.append(.checksum(field, isValid: true))
            case "invalid": builder.packetTests.append(.checksum(field, isValid: false))
            default: throw RuleError("\(name): \"\(text.text)\", expected valid or invalid", at: text)
            }
            builder.needsPacket(option, name)
        }
    }

    static let ipv4 = keyword("ipv4-csum", .ipv4)
    static let tcpv4 = keyword("tcpv4-csum", .tcpv4)
    static let tcpv6 = keyword("tcpv6-csum", .tcpv6)
    static let udpv4 = keyword("udpv4-csum", .udpv4)
    static let udpv6 = keyword("udpv6-csum", .udpv6)
    static let icmpv4 = keyword("icmpv4-csum", .icmpv4)
    static let icmpv6 = keyword("icmpv6-csum", .icmpv6)
}
