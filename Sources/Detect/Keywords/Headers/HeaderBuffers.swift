import RuleLanguage

/// `ipv4.hdr`, `ipv6.hdr`, `tcp.hdr`, `udp.hdr`, `icmpv4.hdr`, `icmpv6.hdr`: the bytes of a packet's headers as buffers.
enum HeaderBufferKeywords {
    static let all: [Keyword] = [
        keyword("ipv4.hdr", .ipv4, "The IPv4 header with its options.", "ipv4-hdr"),
        keyword("ipv6.hdr", .ipv6, "The IPv6 header with its extension headers.", "ipv6-hdr"),
        keyword("tcp.hdr", .tcp, "The TCP header with its options.", "tcp-hdr"),
        keyword("udp.hdr", .udp, "The UDP header.", "udp-hdr"),
        keyword("icmpv4.hdr", .icmpv4, "The ICMP header.", "icmpv4-hdr"),
        keyword("icmpv6.hdr", .icmpv6, "The ICMPv6 header.", "icmpv6-hdr"),
    ]

    private static func keyword(_ name: String, _ header: PacketHeader, _ summary: String, _ anchor: String) -> Keyword {
        Keyword(name, value: .none, summary: summary, documentation: "header-keywords.html#\(anchor)") {
            option, builder throws(RuleError) in
            try builder.select(header, option)
            builder.needsPacket(option, name)
        }
    }
}
