import Bytes

extension Decoder {
    /// IPv4 (RFC 791).
    func ipv4(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        let left = frame.byteCount &- start
        guard left >= 20 else { return packet.fail(.ipv4PacketTooSmall) }
        let first = frame.byte(at: start)
        guard first >> 4 == 4 else { return packet.fail(.ipv4WrongVersion) }
        let headerLength = Int(first & 15) &* 4
        guard headerLength >= 20 else { return packet.fail(.ipv4HeaderTooSmall) }
        let totalLength = Int(frame.uint16(at: start &+ 2))
        guard totalLength >= headerLength else { return packet.fail(.ipv4LengthSmallerThanHeader) }
        guard left >= headerLength else { return packet.fail(.ipv4TruncatedPacket) }
        var length = totalLength
        if totalLength > left {
            guard packet.flags.contains(.cutByCapture) else { return packet.fail(.ipv4TruncatedPacket) }
            length = left
        }
        packet.ipVersion = 4
        packet.ipOffset = Int32(truncatingIfNeeded: start)
        packet.ipHeaderLength = UInt16(truncatingIfNeeded: headerLength)
        packet.ipLength = UInt32(truncatingIfNeeded: length)
        packet.tos = frame.byte(at: start &+ 1)
        packet.ipID = UInt32(frame.uint16(at: start &+ 4))
        let fragment = frame.uint16(at: start &+ 6)
        if fragment & 0x8000 != 0 { packet.flags.insert(.reservedBit) }
        if fragment & 0x4000 != 0 { packet.flags.insert(.dontFragment) }
        if fragment & 0x2000 != 0 { packet.flags.insert(.moreFragments) }
        packet.fragmentOffset = (fragment & 0x1fff) &* 8
        packet.ttl = frame.byte(at: start &+ 8)
        packet.ipProtocol = frame.byte(at: start &+ 9)
        packet.source = IPAddress(v4: frame.uint32(at: start &+ 12))
        packet.destination = IPAddress(v4: frame.uint32(at: start &+ 16))
        if verifiesChecksums, Checksum.ones(frame, from: start, count: headerLength, initial: 0) != 0 {
            packet.flags.insert(.badIPChecksum)
        }
        if headerLength > 20, !ipv4Options(frame, from: start &+ 20, to: start &+ headerLength) {
            packet.events.insert(.ipv4OptionInvalid)
        }
        if packet.isFragment {
            packet.payloadOffset = Int32(truncatingIfNeeded: start &+ headerLength)
            packet.payloadLength = Int32(truncatingIfNeeded: length &- headerLength)
            return
        }
        transport(frame, from: start &+ headerLength, to: start &+ length, &packet)
    }

    /// Whether the options can be walked to their end.
    private func ipv4Options(_ frame: RawSpan, from start: Int, to end: Int) -> Bool {
        var offset = start
        while offset < end {
            let type = frame.byte(at: offset)
            if type == 0 { return true }
            if type == 1 {
                offset &+= 1
                continue
            }
            guard end &- offset >= 2 else { return false }
            let length = Int(frame.byte(at: offset &+ 1))
            guard length >= 2, length <= end &- offset else { return false }
            offset &+= length
        }
        return true
    }

    /// The protocol above IP.
    func transport(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        packet.transportOffset = Int32(truncatingIfNeeded: start)
        packet.payloadOffset = Int32(truncatingIfNeeded: start)
        packet.payloadLength = Int32(truncatingIfNeeded: max(0, end &- start))
        switch packet.ipProtocol {
        case 6: tcp(frame, from: start, to: end, &packet)
        case 17: udp(frame, from: start, to: end, &packet)
        case 1 where packet.ipVersion == 4: icmpv4(frame, from: start, to: end, &packet)
        case 58 where packet.ipVersion == 6: icmpv6(frame, from: start, to: end, &packet)
        case 132: sctp(frame, from: start, to: end, &packet)
        case 47: packet.transport = .gre
        case 50: packet.transport = .esp
        default: break
        }
    }
}
