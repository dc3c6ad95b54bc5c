import Bytes

extension Decoder {
    /// IEEE 802.3 frames with 802.1Q and 802.1ad tags.
    func ethernet(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 14 else { return packet.fail(.ethernetTooSmall) }
        packet.ethernetOffset = Int32(truncatingIfNeeded: start)
        etherPayload(frame, at: start &+ 14, type: frame.uint16(at: start &+ 12), &packet)
    }

    /// What an EtherType announces, tags first.
    func etherPayload(_ frame: RawSpan, at start: Int, type: UInt16, _ packet: inout Packet) {
        var type = type
        var offset = start
        while type == 0x8100 || type == 0x88a8 || type == 0x9100 {
            guard frame.byteCount &- offset >= 4 else { return packet.fail(.vlanTooSmall) }
            guard packet.vlanCount < 3 else { return packet.fail(.vlanTooManyLayers) }
            packet.vlan[Int(packet.vlanCount)] = frame.uint16(at: offset) & 0x0fff
            packet.vlanCount &+= 1
            type = frame.uint16(at: offset &+ 2)
            offset &+= 4
        }
        packet.etherType = type
        switch type {
        case 0x0800: ipv4(frame, at: offset, &packet)
        case 0x86dd: ipv6(frame, at: offset, &packet)
        case 0x8864: pppoeSession(frame, at: offset, &packet)
        case 0x8847, 0x8848: mpls(frame, at: offset, &packet)
        case 0x6558: ethernet(frame, at: offset, &packet)
        default:
            packet.payloadOffset = Int32(truncatingIfNeeded: offset)
            packet.payloadLength = Int32(truncatingIfNeeded: frame.byteCount &- offset)
        }
    }
}
