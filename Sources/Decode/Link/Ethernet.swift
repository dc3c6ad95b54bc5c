import Bytes

extension Decoder {
    /// IEEE 802.3 frames with 802.1Q and 802.1ad tags.
    func ethernet(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 14 else { return packet.fail(.ethernetTooSmall) }
        packet.ethernetOffset = Int32(truncatingIfNeeded: start)
        guard etherPayload(frame, at: start &+ 14, type: frame.uint16(at: start &+ 12), &packet) else {
            return packet.events.insert(.ethernetUnknownEthertype)
        }
    }

    /// What an EtherType announces, tags first. False for types that nobody reads here.
    @discardableResult
    func etherPayload(_ frame: RawSpan, at start: Int, type: UInt16, _ packet: inout Packet) -> Bool {
        var type = type
        var offset = start
        let tags = packet.vlanCount
        while type == 0x8100 || type == 0x88a8 || type == 0x9100 {
            guard frame.byteCount &- offset >= 4 else {
                packet.fail(.vlanTooSmall)
                return true
            }
            guard packet.vlanCount < 3 else {
                packet.fail(.vlanTooManyLayers)
                return true
            }
            packet.vlan[Int(packet.vlanCount)] = frame.uint16(at: offset) & 0x0fff
            packet.vlanCount &+= 1
            type = frame.uint16(at: offset &+ 2)
            offset &+= 4
        }
        packet.etherType = type
        switch type {
        case 0x0800: ipv4(frame, at: offset, &packet)
        case ARPMessage.etherType: arp(frame, at: offset, &packet)
        case 0x86dd: ipv6(frame, at: offset, &packet)
        case 0x8863: pppoeDiscovery(frame, at: offset, &packet)
        case 0x8864: pppoeSession(frame, at: offset, &packet)
        case 0x8847, 0x8848: mpls(frame, at: offset, &packet)
        case 0x6558: ethernet(frame, at: offset, &packet)
        case 0x8903: fabricPath(frame, at: offset, &packet)
        case 0x8926: wrapped(frame, at: offset, headerLength: 6, short: .vntagHeaderTooSmall, unknown: .vntagUnknownType, &packet)
        case 0x88e7: wrapped(frame, at: offset, headerLength: 18, short: .ieee8021ahHeaderTooSmall, unknown: nil, &packet)
        case 0x894f: nsh(frame, at: offset, &packet)
        default:
            packet.payloadOffset = Int32(truncatingIfNeeded: offset)
            packet.payloadLength = Int32(truncatingIfNeeded: frame.byteCount &- offset)
            guard packet.vlanCount > tags else { return false }
            packet.fail(.vlanUnknownType)
        }
        return true
    }

    /// Tags of a fixed length that end in an EtherType: VN-tag, IEEE 802.1ah.
    private func wrapped(
        _ frame: RawSpan, at start: Int, headerLength: Int, short: DecodeEvent, unknown: DecodeEvent?, _ packet: inout Packet
    ) {
        guard frame.byteCount &- start >= headerLength else { return packet.fail(short) }
        let type = frame.uint16(at: start &+ headerLength &- 2)
        // A tag within a tag is what no switch sends.
        let isTag = type == 0x8926 || type == 0x88e7
        if isTag || !etherPayload(frame, at: start &+ headerLength, type: type, &packet), let unknown { packet.fail(unknown) }
    }

    /// Cisco FabricPath: an Ethernet header and two bytes, then the frame.
    private func fabricPath(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 16, packet.ethernetOffset < Int32(truncatingIfNeeded: start) else {
            return packet.fail(.dcePacketTooSmall)
        }
        ethernet(frame, at: start &+ 16, &packet)
    }
}
