import Decode
import EVE

/// What the decoder has seen, by kind of header: `decoder.*` of `stats`.
struct DecodeCounters {
    private(set) var ethernet: UInt64 = 0
    private(set) var ipv4: UInt64 = 0
    private(set) var ipv6: UInt64 = 0
    private(set) var invalid: UInt64 = 0
    private(set) var unknownEthertype: UInt64 = 0
    private(set) var arp: UInt64 = 0
    private(set) var vlan: UInt64 = 0
    private(set) var doubleVLAN: UInt64 = 0
    private(set) var tripleVLAN: UInt64 = 0
    /// Bytes of the longest packet on the wire.
    private(set) var longest: UInt32 = 0
    /// By the raw values of ``Transport`` and ``TunnelKind``.
    private var transports: InlineArray<8, UInt64> = .init(repeating: 0)
    private var tunnels: InlineArray<8, UInt64> = .init(repeating: 0)
    private var inner: (ipv4InIPv4: UInt64, ipv6InIPv4: UInt64, ipv4InIPv6: UInt64, ipv6InIPv6: UInt64) = (0, 0, 0, 0)

    /// Counts a packet, captured or out of a tunnel.
    @inline(__always)
    mutating func count(_ packet: Packet) {
        if packet.ethernetOffset >= 0 { ethernet &+= 1 }
        if packet.ipVersion == 4 { ipv4 &+= 1 } else if packet.ipVersion == 6 { ipv6 &+= 1 }
        transports[Int(packet.transport.rawValue)] &+= 1
        if packet.tunnelDepth == 0, packet.wireLength > longest { longest = packet.wireLength }
        if packet.vlanCount > 0 {
            if packet.vlanCount == 1 { vlan &+= 1 } else if packet.vlanCount == 2 { doubleVLAN &+= 1 } else { tripleVLAN &+= 1 }
        }
        if packet.flags.contains(.invalid) { invalid &+= 1 }
        if packet.etherType == 0x0806 { arp &+= 1 }
        if !packet.events.isEmpty, packet.events.contains(.ethernetUnknownEthertype) { unknownEthertype &+= 1 }
        if packet.tunnelKind != .none { countTunnel(packet) }
    }

    @inline(never)
    private mutating func countTunnel(_ packet: Packet) {
        tunnels[Int(packet.tunnelKind.rawValue)] &+= 1
        switch (packet.tunnelKind, packet.ipVersion) {
        case (.ipv4, 4): inner.ipv4InIPv4 &+= 1
        case (.ipv4, 6): inner.ipv6InIPv4 &+= 1
        case (.ipv6, 4): inner.ipv4InIPv6 &+= 1
        case (.ipv6, 6): inner.ipv6InIPv6 &+= 1
        default: break
        }
    }

    private func number(_ transport: Transport) -> UInt64 { transports[Int(transport.rawValue)] }

    private func carried(by kind: TunnelKind) -> UInt64 { tunnels[Int(kind.rawValue)] }

    /// Adds the counters under `decoder.`.
    ///
    /// - Parameters:
    ///   - packets: captured so far.
    ///   - bytes: of these on the wire.
    func add(to tree: inout StatsTree, packets: UInt64, bytes: UInt64) {
        let named: [(String, UInt64)] = [
            ("invalid", invalid), ("ipv4", ipv4), ("ipv6", ipv6), ("ethernet", ethernet), ("arp", arp),
            ("unknown_ethertype", unknownEthertype), ("tcp", number(.tcp)), ("udp", number(.udp)), ("sctp", number(.sctp)),
            ("esp", number(.esp)), ("icmpv4", number(.icmpv4)), ("icmpv6", number(.icmpv6)), ("gre", number(.gre)), ("vlan", vlan),
            ("vlan_qinq", doubleVLAN), ("vlan_qinqinq", tripleVLAN), ("vxlan", carried(by: .vxlan)), ("geneve", carried(by: .geneve)),
            ("teredo", carried(by: .teredo)), ("ipv4_in_ipv4", inner.ipv4InIPv4), ("ipv6_in_ipv4", inner.ipv6InIPv4),
            ("ipv4_in_ipv6", inner.ipv4InIPv6), ("ipv6_in_ipv6", inner.ipv6InIPv6),
            ("avg_pkt_size", packets == 0 ? 0 : bytes / packets), ("max_pkt_size", UInt64(longest)),
        ]
        for (name, value) in named { tree.add("decoder." + name, value) }
    }
}
