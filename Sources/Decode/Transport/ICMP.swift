import Bytes

extension Decoder {
    /// ICMP (RFC 792). The payload begins after the eight bytes of header.
    func icmpv4(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start >= 8 else { return packet.fail(.icmpv4PacketTooSmall) }
        packet.transport = .icmpv4
        common(frame, from: start, to: end, &packet)
        switch packet.icmpType {
        case 0, 8, 13, 14, 15, 16, 17, 18, 10, 9, 30:
            packet.icmpID = frame.uint16(at: start &+ 4)
            packet.icmpSequence = frame.uint16(at: start &+ 6)
        case 3, 4, 5, 11, 12:
            if end &- start >= 28 { packet.icmpQuoteOffset = Int32(truncatingIfNeeded: start &+ 8) }
        default:
            packet.events.insert(.icmpv4UnknownType)
        }
        if verifiesChecksums, !packet.flags.contains(.cutByCapture),
            Checksum.ones(frame, from: start, count: end &- start, initial: 0) != 0
        {
            packet.flags.insert(.badTransportChecksum)
        }
    }

    /// ICMPv6 (RFC 4443).
    func icmpv6(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start >= 8 else { return packet.fail(.icmpv6PacketTooSmall) }
        packet.transport = .icmpv6
        common(frame, from: start, to: end, &packet)
        switch packet.icmpType {
        case 128, 129:
            packet.icmpID = frame.uint16(at: start &+ 4)
            packet.icmpSequence = frame.uint16(at: start &+ 6)
        case 1, 2, 3, 4:
            if end &- start >= 48 { packet.icmpQuoteOffset = Int32(truncatingIfNeeded: start &+ 8) }
        default: break
        }
        if verifiesChecksums, !packet.flags.contains(.cutByCapture),
            Checksum.ones(frame, from: start, count: end &- start, initial: Checksum.pseudoHeader(packet, length: end &- start)) != 0
        {
            packet.flags.insert(.badTransportChecksum)
        }
    }

    private func common(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        packet.icmpType = frame.byte(at: start)
        packet.icmpCode = frame.byte(at: start &+ 1)
        packet.transportHeaderLength = 8
        packet.payloadOffset = Int32(truncatingIfNeeded: start &+ 8)
        packet.payloadLength = Int32(truncatingIfNeeded: end &- start &- 8)
    }
}
