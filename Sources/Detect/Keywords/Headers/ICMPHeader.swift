import RuleLanguage

/// Keywords on the ICMP header.
enum ICMPHeaderKeywords {
    private static func integer(_ name: String, _ field: PacketField, max: UInt64, _ summary: String) -> Keyword {
        Keyword(name, summary: summary, documentation: "header-keywords.html#\(String(name.map { $0 == "_" || $0 == "." ? "-" : $0 }))") {
            option, builder throws(RuleError) in
            builder.packetTests.append(.integer(field, try IntegerGrammar.range(option.text, name, max: max)))
            builder.needsPacket(option, name)
        }
    }

    static let itype = integer("itype", .icmpType, max: 255, "ICMP type.")
    static let icode = integer("icode", .icmpCode, max: 255, "ICMP code.")
    static let id = integer("icmp_id", .icmpID, max: 65535, "ICMP identifier.")
    static let sequence = integer("icmp_seq", .icmpSequence, max: 65535, "ICMP sequence number.")
    static let mtu = integer("icmpv6.mtu", .icmpMTU, max: 0xffff_ffff, "MTU of an ICMPv6 message \"packet too big\".")
}
