import Bytes

extension Decoder {
    /// UDP (RFC 768).
    func udp(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start >= 8 else { return packet.fail(.udpHeaderLengthTooSmall) }
        let length = Int(frame.uint16(at: start &+ 4))
        let left = end &- start
        guard length >= 8 else { return packet.fail(.udpLengthInvalid) }
        if length > left, !packet.flags.contains(.cutByCapture) { return packet.fail(.udpPacketTooSmall) }
        packet.transport = .udp
        packet.sourcePort = Port(rawValue: frame.uint16(at: start))
        packet.destinationPort = Port(rawValue: frame.uint16(at: start &+ 2))
        packet.transportHeaderLength = 8
        packet.payloadOffset = Int32(truncatingIfNeeded: start &+ 8)
        let used = min(length, left)
        packet.payloadLength = Int32(truncatingIfNeeded: used &- 8)
        if verifiesChecksums, frame.uint16(at: start &+ 6) != 0, !packet.flags.contains(.cutByCapture),
            Checksum.ones(frame, from: start, count: used, initial: Checksum.pseudoHeader(packet, length: used)) != 0
        {
            packet.flags.insert(.badTransportChecksum)
        }
    }

    /// SCTP common header (RFC 9260 §3.1).
    func sctp(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        guard end &- start >= 12 else { return packet.fail(.sctpPacketTooSmall) }
        packet.transport = .sctp
        packet.sourcePort = Port(rawValue: frame.uint16(at: start))
        packet.destinationPort = Port(rawValue: frame.uint16(at: start &+ 2))
        packet.transportHeaderLength = 12
        packet.payloadOffset = Int32(truncatingIfNeeded: start &+ 12)
        packet.payloadLength = Int32(truncatingIfNeeded: end &- start &- 12)
    }
}
