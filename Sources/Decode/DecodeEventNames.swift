/// The events that the decoder raises, named as `decode-event` and EVE name them (without the leading `decoder.`).
extension DecodeEvent {
    @inlinable public static var ipv4PacketTooSmall: DecodeEvent { DecodeEvent(rawValue: 0) }
    @inlinable public static var ipv4HeaderTooSmall: DecodeEvent { DecodeEvent(rawValue: 1) }
    @inlinable public static var ipv4LengthSmallerThanHeader: DecodeEvent { DecodeEvent(rawValue: 2) }
    @inlinable public static var ipv4TruncatedPacket: DecodeEvent { DecodeEvent(rawValue: 3) }
    @inlinable public static var ipv4OptionInvalid: DecodeEvent { DecodeEvent(rawValue: 4) }
    @inlinable public static var ipv4WrongVersion: DecodeEvent { DecodeEvent(rawValue: 5) }
    @inlinable public static var ipv4FragmentTooLarge: DecodeEvent { DecodeEvent(rawValue: 6) }
    @inlinable public static var ipv4FragmentOverlap: DecodeEvent { DecodeEvent(rawValue: 7) }
    @inlinable public static var icmpv4PacketTooSmall: DecodeEvent { DecodeEvent(rawValue: 8) }
    @inlinable public static var icmpv4UnknownType: DecodeEvent { DecodeEvent(rawValue: 9) }
    @inlinable public static var icmpv6PacketTooSmall: DecodeEvent { DecodeEvent(rawValue: 10) }
    @inlinable public static var ipv6PacketTooSmall: DecodeEvent { DecodeEvent(rawValue: 11) }
    @inlinable public static var ipv6TruncatedPacket: DecodeEvent { DecodeEvent(rawValue: 12) }
    @inlinable public static var ipv6TruncatedExtensionHeader: DecodeEvent { DecodeEvent(rawValue: 13) }
    @inlinable public static var ipv6WrongVersion: DecodeEvent { DecodeEvent(rawValue: 14) }
    @inlinable public static var ipv6UselessFragmentHeader: DecodeEvent { DecodeEvent(rawValue: 15) }
    @inlinable public static var ipv6FragmentTooLarge: DecodeEvent { DecodeEvent(rawValue: 16) }
    @inlinable public static var ipv6FragmentOverlap: DecodeEvent { DecodeEvent(rawValue: 17) }
    @inlinable public static var ipv6FragmentInvalidLength: DecodeEvent { DecodeEvent(rawValue: 18) }
    @inlinable public static var tcpPacketTooSmall: DecodeEvent { DecodeEvent(rawValue: 19) }
    @inlinable public static var tcpHeaderTooSmall: DecodeEvent { DecodeEvent(rawValue: 20) }
    @inlinable public static var tcpInvalidHeaderLength: DecodeEvent { DecodeEvent(rawValue: 21) }
    @inlinable public static var tcpOptionInvalidLength: DecodeEvent { DecodeEvent(rawValue: 22) }
    @inlinable public static var udpPacketTooSmall: DecodeEvent { DecodeEvent(rawValue: 23) }
    @inlinable public static var udpHeaderLengthInvalid: DecodeEvent { DecodeEvent(rawValue: 24) }
    @inlinable public static var sctpPacketTooSmall: DecodeEvent { DecodeEvent(rawValue: 25) }
    @inlinable public static var ethernetTooSmall: DecodeEvent { DecodeEvent(rawValue: 26) }
    @inlinable public static var vlanTooSmall: DecodeEvent { DecodeEvent(rawValue: 27) }
    @inlinable public static var vlanTooManyLayers: DecodeEvent { DecodeEvent(rawValue: 28) }
    @inlinable public static var sllTooSmall: DecodeEvent { DecodeEvent(rawValue: 29) }
    @inlinable public static var sll2TooSmall: DecodeEvent { DecodeEvent(rawValue: 30) }
    @inlinable public static var ltnullTooSmall: DecodeEvent { DecodeEvent(rawValue: 31) }
    @inlinable public static var ltnullUnsupportedType: DecodeEvent { DecodeEvent(rawValue: 32) }
    @inlinable public static var pppTooSmall: DecodeEvent { DecodeEvent(rawValue: 33) }
    @inlinable public static var pppUnsupportedProtocol: DecodeEvent { DecodeEvent(rawValue: 34) }
    @inlinable public static var pppoeTooSmall: DecodeEvent { DecodeEvent(rawValue: 35) }
    @inlinable public static var pppoeWrongCode: DecodeEvent { DecodeEvent(rawValue: 36) }
    @inlinable public static var chdlcTooSmall: DecodeEvent { DecodeEvent(rawValue: 37) }
    @inlinable public static var rawInvalidIPVersion: DecodeEvent { DecodeEvent(rawValue: 38) }
    @inlinable public static var mplsTooSmall: DecodeEvent { DecodeEvent(rawValue: 39) }
    @inlinable public static var ipv6DuplicateFragmentHeader: DecodeEvent { DecodeEvent(rawValue: 40) }

    /// In the order of the raw values.
    public static let names: [String] = [
        "ipv4.pkt_too_small",
        "ipv4.hlen_too_small",
        "ipv4.iplen_smaller_than_hlen",
        "ipv4.trunc_pkt",
        "ipv4.opt_invalid",
        "ipv4.wrong_ip_version",
        "ipv4.frag_pkt_too_large",
        "ipv4.frag_overlap",
        "icmpv4.pkt_too_small",
        "icmpv4.unknown_type",
        "icmpv6.pkt_too_small",
        "ipv6.pkt_too_small",
        "ipv6.trunc_pkt",
        "ipv6.trunc_exthdr",
        "ipv6.wrong_ip_version",
        "ipv6.exthdr_useless_fh",
        "ipv6.frag_pkt_too_large",
        "ipv6.frag_overlap",
        "ipv6.frag_invalid_length",
        "tcp.pkt_too_small",
        "tcp.hlen_too_small",
        "tcp.invalid_optlen",
        "tcp.opt_invalid_len",
        "udp.pkt_too_small",
        "udp.hlen_invalid",
        "sctp.pkt_too_small",
        "ethernet.pkt_too_small",
        "vlan.header_too_small",
        "vlan.too_many_layers",
        "sll.pkt_too_small",
        "sll2.pkt_too_small",
        "ltnull.pkt_too_small",
        "ltnull.unsupported_type",
        "ppp.pkt_too_small",
        "ppp.unsup_proto",
        "pppoe.pkt_too_small",
        "pppoe.wrong_code",
        "chdlc.pkt_too_small",
        "ipraw.invalid_ip_version",
        "mpls.pkt_too_small",
        "ipv6.exthdr_dupl_fh",
    ]

    /// The name, such as `ipv4.trunc_pkt`.
    public var name: String { Int(rawValue) < DecodeEvent.names.count ? DecodeEvent.names[Int(rawValue)] : "unknown" }

    /// The event of that name; nil for names that this decoder never raises.
    public static func named(_ name: String) -> DecodeEvent? {
        names.firstIndex(of: name).map { DecodeEvent(rawValue: UInt8($0)) }
    }
}

extension Packet {
    /// A layer that cannot be read: decoding ends here.
    @inline(never)
    mutating func fail(_ event: DecodeEvent) {
        events.insert(event)
        flags.insert(.invalid)
    }
}
