import Bytes

/// Turns a frame into a ``Packet``: one per worker, without state between packets.
///
/// Every layer has a file of its own with an extension of this type. A layer that cannot be read raises its event and ends
/// the decoding; what was found before stays valid.
@frozen public struct Decoder: Sendable {
    /// Whether IP, TCP, UDP and ICMP checksums are computed.
    public var verifiesChecksums: Bool
    /// Tunnels within tunnels that are followed.
    public var maxTunnelDepth: UInt8 = 8

    public init(verifiesChecksums: Bool = false) { self.verifiesChecksums = verifiesChecksums }

    /// Decodes one captured frame.
    ///
    /// - Parameters:
    ///   - frame: the captured bytes.
    ///   - number: the frame's number in its capture, from 1.
    ///   - wireLength: bytes that the frame had on the wire.
    ///   - packet: overwritten as a whole.
    public func decode(
        _ frame: RawSpan, linkType: LinkType, time: Timestamp, number: UInt64, wireLength: UInt32, into packet: inout Packet
    ) {
        packet = Packet()
        packet.time = time
        packet.number = number
        packet.wireLength = wireLength
        packet.linkType = linkType
        if Int(wireLength) > frame.byteCount { packet.flags.insert(.cutByCapture) }
        switch linkType {
        case .ethernet: ethernet(frame, at: 0, &packet)
        case .raw, .ipv4, .ipv6, LinkType(rawValue: 12), LinkType(rawValue: 14): rawIP(frame, at: 0, &packet)
        case .linuxCooked: linuxCooked(frame, &packet)
        case .linuxCooked2: linuxCooked2(frame, &packet)
        case .null, .loop: null(frame, &packet)
        case .ppp: ppp(frame, at: 0, &packet)
        case .ciscoHDLC: ciscoHDLC(frame, &packet)
        default: packet.flags.insert(.invalid)
        }
    }

    /// Decodes a datagram that was put together from fragments of `first`: its link fields are kept.
    ///
    /// - Parameter start: where the IP header begins, behind the link header of the first fragment.
    public func decodeRebuilt(_ datagram: RawSpan, at start: Int, from first: Packet, into packet: inout Packet) {
        var rebuilt = Packet()
        rebuilt.time = first.time
        rebuilt.number = first.number
        rebuilt.wireLength = UInt32(truncatingIfNeeded: datagram.byteCount)
        rebuilt.linkType = first.linkType
        rebuilt.ethernetOffset = first.ethernetOffset < 0 ? -1 : first.ethernetOffset &- first.frameOffset
        rebuilt.vlanCount = first.vlanCount
        rebuilt.vlan = first.vlan
        rebuilt.etherType = first.etherType
        rebuilt.tunnelDepth = first.tunnelDepth
        rebuilt.tunnelKind = first.tunnelKind
        rebuilt.flags.insert(.rebuilt)
        packet = rebuilt
        rawIP(datagram, at: start, &packet)
    }

    /// Decodes the packet that `outer` carries when it is a tunnel (IP in IP, 6in4, GRE, Teredo, VXLAN, Geneve).
    ///
    /// - Returns: false when there is none, or tunnels are nested too deep.
    public func decodeInner(of outer: Packet, in frame: RawSpan, into packet: inout Packet) -> Bool {
        guard outer.tunnelDepth < maxTunnelDepth, !outer.isFragment, !outer.flags.contains(.invalid) else { return false }
        var inner = Packet()
        inner.time = outer.time
        inner.number = outer.number
        inner.wireLength = outer.wireLength
        inner.linkType = outer.linkType
        inner.tunnelDepth = outer.tunnelDepth &+ 1
        inner.flags = outer.flags.intersection([.cutByCapture, .rebuilt])
        guard tunnel(outer, frame, &inner) else { return false }
        packet = inner
        return true
    }
}
