/// Something wrong or odd in a packet's headers, named as `decode-event` names it in rules.
///
/// The list is Suricata's, so that every rule with such a name loads; names of capture methods that this sensor does not have are never raised.
@frozen public enum DecodeEvent: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case ethernetTooSmall
    case ethernetUnknownEthertype
    case vlanTooSmall
    case vlanUnknownType
    case vlanTooManyLayers
    case ieee8021ahHeaderTooSmall
    case vntagHeaderTooSmall
    case vntagUnknownType
    case dcePacketTooSmall
    case mplsHeaderTooSmall
    case mplsTooSmall
    case mplsBadLabelRouterAlert
    case mplsBadLabelImplicitNull
    case mplsBadLabelReserved
    case mplsUnknownPayloadType
    case nshHeaderTooSmall
    case nshUnsupportedVersion
    case nshBadHeaderLength
    case nshReservedType
    case nshUnsupportedType
    case nshUnknownPayload
    case arpPacketTooSmall
    case arpUnsupportedHardware
    case arpUnsupportedProtocol
    case arpUnsupportedPacket
    case arpInvalidHardwareSize
    case arpInvalidProtocolSize
    case arpUnsupportedOpcode
    case sllTooSmall
    case sll2TooSmall
    case ltnullTooSmall
    case ltnullUnsupportedType
    case chdlcTooSmall
    case pppTooSmall
    case pppVJUPacketTooSmall
    case pppIPv4PacketTooSmall
    case pppIPv6PacketTooSmall
    case pppWrongType
    case pppUnsupportedProtocol
    case pppoeTooSmall
    case pppoeWrongCode
    case pppoeMalformedTags
    case rawInvalidIPVersion
    case ipv4PacketTooSmall
    case ipv4HeaderTooSmall
    case ipv4LengthSmallerThanHeader
    case ipv4TruncatedPacket
    case ipv4OptionInvalid
    case ipv4OptionInvalidLength
    case ipv4OptionMalformed
    case ipv4OptionPadRequired
    case ipv4OptionEOLRequired
    case ipv4OptionDuplicate
    case ipv4OptionUnknown
    case ipv4WrongVersion
    case ipv4ICMPv6
    case ipv4FragmentTooLarge
    case ipv4FragmentOverlap
    case ipv4FragmentIgnored
    case ipv6PacketTooSmall
    case ipv6TruncatedPacket
    case ipv6TruncatedExtensionHeader
    case ipv6DuplicateFragmentHeader
    case ipv6UselessFragmentHeader
    case ipv6ExtensionDuplicateRoutingHeader
    case ipv6ExtensionDuplicateHopByHop
    case ipv6ExtensionDuplicateDestinationOptions
    case ipv6ExtensionDuplicateAuthenticationHeader
    case ipv6ExtensionDuplicateEncapsulatingHeader
    case ipv6ExtensionInvalidOptionLength
    case ipv6WrongVersion
    case ipv6ExtensionAuthenticationHeaderReservedNotNull
    case ipv6HopoptsUnknownOption
    case ipv6HopoptsOnlyPadding
    case ipv6DstoptsUnknownOption
    case ipv6DstoptsOnlyPadding
    case ipv6RoutingHeaderType0
    case ipv6ZeroLengthPadN
    case ipv6FragmentHeaderNonZeroReservedField
    case ipv6DataAfterNoneHeader
    case ipv6UnknownNextHeader
    case ipv6ICMPv4
    case ipv6FragmentTooLarge
    case ipv6FragmentOverlap
    case ipv6FragmentInvalidLength
    case ipv6FragmentIgnored
    case ipv6IPv4InIPv6TooSmall
    case ipv6IPv4InIPv6WrongVersion
    case ipv6IPv6InIPv6TooSmall
    case ipv6IPv6InIPv6WrongVersion
    case icmpv4PacketTooSmall
    case icmpv4UnknownType
    case icmpv4UnknownCode
    case icmpv4IPv4TruncatedPacket
    case icmpv4IPv4UnknownVersion
    case icmpv6UnknownType
    case icmpv6UnknownCode
    case icmpv6PacketTooSmall
    case icmpv6IPv6UnknownVersion
    case icmpv6IPv6TruncatedPacket
    case icmpv6MLDMessageWithInvalidHopLimit
    case icmpv6UnassignedType
    case icmpv6ExperimentationType
    case tcpPacketTooSmall
    case tcpHeaderTooSmall
    case tcpInvalidHeaderLength
    case tcpOptionInvalidLength
    case tcpOptionDuplicate
    case udpPacketTooSmall
    case udpHeaderLengthTooSmall
    case udpHeaderLengthInvalid
    case udpLengthInvalid
    case sctpPacketTooSmall
    case espPacketTooSmall
    case grePacketTooSmall
    case greWrongVersion
    case greVersion0Recursion
    case greVersion0Flags
    case greVersion0HeaderTooBig
    case greVersion0MalformedSREHeader
    case greVersion1Checksum
    case greVersion1Route
    case greVersion1SSR
    case greVersion1Recursion
    case greVersion1Flags
    case greVersion1NoKey
    case greVersion1WrongProtocol
    case greVersion1MalformedSREHeader
    case greVersion1HeaderTooBig
    case erspanHeaderTooSmall
    case erspanUnsupportedVersion
    case erspanTooManyVLANLayers
    case vxlanUnknownPayloadType
    case geneveUnknownPayloadType
    case afpacketTruncatedPacket

    /// In the order of the cases.
    static let names: [String] = [
        "ethernet.pkt_too_small",
        "ethernet.unknown_ethertype",
        "vlan.header_too_small",
        "vlan.unknown_type",
        "vlan.too_many_layers",
        "ieee8021ah.header_too_small",
        "vntag.header_too_small",
        "vntag.unknown_type",
        "dce.pkt_too_small",
        "mpls.header_too_small",
        "mpls.pkt_too_small",
        "mpls.bad_label_router_alert",
        "mpls.bad_label_implicit_null",
        "mpls.bad_label_reserved",
        "mpls.unknown_payload_type",
        "nsh.header_too_small",
        "nsh.unsupported_version",
        "nsh.bad_header_length",
        "nsh.reserved_type",
        "nsh.unsupported_type",
        "nsh.unknown_payload",
        "arp.pkt_too_small",
        "arp.unsupported_hardware",
        "arp.unsupported_protocol",
        "arp.unsupported_pkt",
        "arp.invalid_hardware_size",
        "arp.invalid_protocol_size",
        "arp.unsupported_opcode",
        "sll.pkt_too_small",
        "sll2.pkt_too_small",
        "ltnull.pkt_too_small",
        "ltnull.unsupported_type",
        "chdlc.pkt_too_small",
        "ppp.pkt_too_small",
        "ppp.vju_pkt_too_small",
        "ppp.ip4_pkt_too_small",
        "ppp.ip6_pkt_too_small",
        "ppp.wrong_type",
        "ppp.unsup_proto",
        "pppoe.pkt_too_small",
        "pppoe.wrong_code",
        "pppoe.malformed_tags",
        "ipraw.invalid_ip_version",
        "ipv4.pkt_too_small",
        "ipv4.hlen_too_small",
        "ipv4.iplen_smaller_than_hlen",
        "ipv4.trunc_pkt",
        "ipv4.opt_invalid",
        "ipv4.opt_invalid_len",
        "ipv4.opt_malformed",
        "ipv4.opt_pad_required",
        "ipv4.opt_eol_required",
        "ipv4.opt_duplicate",
        "ipv4.opt_unknown",
        "ipv4.wrong_ip_version",
        "ipv4.icmpv6",
        "ipv4.frag_pkt_too_large",
        "ipv4.frag_overlap",
        "ipv4.frag_ignored",
        "ipv6.pkt_too_small",
        "ipv6.trunc_pkt",
        "ipv6.trunc_exthdr",
        "ipv6.exthdr_dupl_fh",
        "ipv6.exthdr_useless_fh",
        "ipv6.exthdr_dupl_rh",
        "ipv6.exthdr_dupl_hh",
        "ipv6.exthdr_dupl_dh",
        "ipv6.exthdr_dupl_ah",
        "ipv6.exthdr_dupl_eh",
        "ipv6.exthdr_invalid_optlen",
        "ipv6.wrong_ip_version",
        "ipv6.exthdr_ah_res_not_null",
        "ipv6.hopopts_unknown_opt",
        "ipv6.hopopts_only_padding",
        "ipv6.dstopts_unknown_opt",
        "ipv6.dstopts_only_padding",
        "ipv6.rh_type_0",
        "ipv6.zero_len_padn",
        "ipv6.fh_non_zero_reserved_field",
        "ipv6.data_after_none_header",
        "ipv6.unknown_next_header",
        "ipv6.icmpv4",
        "ipv6.frag_pkt_too_large",
        "ipv6.frag_overlap",
        "ipv6.frag_invalid_length",
        "ipv6.frag_ignored",
        "ipv6.ipv4_in_ipv6_too_small",
        "ipv6.ipv4_in_ipv6_wrong_version",
        "ipv6.ipv6_in_ipv6_too_small",
        "ipv6.ipv6_in_ipv6_wrong_version",
        "icmpv4.pkt_too_small",
        "icmpv4.unknown_type",
        "icmpv4.unknown_code",
        "icmpv4.ipv4_trunc_pkt",
        "icmpv4.ipv4_unknown_ver",
        "icmpv6.unknown_type",
        "icmpv6.unknown_code",
        "icmpv6.pkt_too_small",
        "icmpv6.ipv6_unknown_version",
        "icmpv6.ipv6_trunc_pkt",
        "icmpv6.mld_message_with_invalid_hl",
        "icmpv6.unassigned_type",
        "icmpv6.experimentation_type",
        "tcp.pkt_too_small",
        "tcp.hlen_too_small",
        "tcp.invalid_optlen",
        "tcp.opt_invalid_len",
        "tcp.opt_duplicate",
        "udp.pkt_too_small",
        "udp.hlen_too_small",
        "udp.hlen_invalid",
        "udp.len_invalid",
        "sctp.pkt_too_small",
        "esp.pkt_too_small",
        "gre.pkt_too_small",
        "gre.wrong_version",
        "gre.version0_recur",
        "gre.version0_flags",
        "gre.version0_hdr_too_big",
        "gre.version0_malformed_sre_hdr",
        "gre.version1_chksum",
        "gre.version1_route",
        "gre.version1_ssr",
        "gre.version1_recur",
        "gre.version1_flags",
        "gre.version1_no_key",
        "gre.version1_wrong_protocol",
        "gre.version1_malformed_sre_hdr",
        "gre.version1_hdr_too_big",
        "erspan.header_too_small",
        "erspan.unsupported_version",
        "erspan.too_many_vlan_layers",
        "vxlan.unknown_payload_type",
        "geneve.unknown_payload_type",
        "afpacket.trunc_pkt",
    ]

    /// The name, such as `ipv4.trunc_pkt`.
    public var name: String { DecodeEvent.names[Int(rawValue)] }

    /// The event of that name; nil for names that nobody knows.
    public static func named(_ name: String) -> DecodeEvent? {
        names.firstIndex(of: name).flatMap { DecodeEvent(rawValue: UInt8($0)) }
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
