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
        if headerLength > 20 { ipv4Options(frame, from: start &+ 20, to: start &+ headerLength, &packet) }
        if packet.isFragment {
            packet.payloadOffset = Int32(truncatingIfNeeded: start &+ headerLength)
            packet.payloadLength = Int32(truncatingIfNeeded: length &- headerLength)
            return
        }
        transport(frame, from: start &+ headerLength, to: start &+ length, &packet)
    }

    /// Options (RFC 791 §3.1, RFC 1108, RFC 2113, RFC 3128): each known one once, with a length that fits.
    private func ipv4Options(_ frame: RawSpan, from start: Int, to end: Int, _ packet: inout Packet) {
        if (end &- start) & 7 != 0 { packet.events.insert(.ipv4OptionPadRequired) }
        var offset = start
        while offset < end {
            let type = frame.byte(at: offset)
            if type < 2 { packet.ipOptions.insert(IPOptions(type: type)) }
            if type == 0 { return }
            if type == 1 {
                offset &+= 1
                continue
            }
            guard end &- offset >= 2 else { return packet.events.insert(.ipv4OptionInvalidLength) }
            let length = Int(frame.byte(at: offset &+ 1))
            guard length >= 2, length <= end &- offset else { return packet.events.insert(.ipv4OptionInvalidLength) }
            switch type {
            case 7, 68, 130, 131, 133, 134, 136, 137, 148:
                if packet.ipOptions.contains(IPOptions(type: type)) {
                    packet.events.insert(.ipv4OptionDuplicate)
                } else if let flaw = ipv4Option(type, length, frame, at: offset) {
                    packet.events.insert(flaw)
                } else {
                    packet.ipOptions.insert(IPOptions(type: type))
                }
            default: packet.events.insert(.ipv4OptionInvalid)
            }
            offset &+= length
        }
    }

    /// What is wrong with an option, if anything.
    private func ipv4Option(_ type: UInt8, _ length: Int, _ frame: RawSpan, at start: Int) -> DecodeEvent? {
        switch type {
        case 7, 131, 137:
            guard length >= 3 else { return .ipv4OptionInvalidLength }
            // Routes are a pointer and whole addresses; the pointer starts at 4.
            let pointer = Int(frame.byte(at: start &+ 2))
            return pointer < 4 || pointer & 3 != 0 || pointer > length &+ 1 ? .ipv4OptionMalformed : nil
        case 68:
            guard length >= 5 else { return .ipv4OptionInvalidLength }
            let pointer = Int(frame.byte(at: start &+ 2))
            let kind = frame.byte(at: start &+ 3) & 15
            let step = kind == 1 || kind == 3 ? 8 : 4
            return pointer < 5 || (pointer &- 5) % step != 0 || pointer > length &+ 1 ? .ipv4OptionMalformed : nil
        case 136, 148: return length == 4 ? nil : .ipv4OptionInvalidLength
        case 133: return length >= 3 ? nil : .ipv4OptionInvalidLength
        case 134: return length >= 10 ? nil : .ipv4OptionInvalidLength
        default: return nil
        }
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
        case 47: greHeader(frame, from: start, to: end, &packet)
        case 50:
            guard end &- start >= 8 else { return packet.fail(.espPacketTooSmall) }
            packet.transport = .esp
        case 58: packet.events.insert(.ipv4ICMPv6)
        case 1: packet.events.insert(.ipv6ICMPv4)
        case 4 where packet.ipVersion == 6:
            if end &- start < 20 {
                packet.events.insert(.ipv6IPv4InIPv6TooSmall)
            } else if frame.byte(at: start) >> 4 != 4 {
                packet.events.insert(.ipv6IPv4InIPv6WrongVersion)
            }
        case 41 where packet.ipVersion == 6:
            if end &- start < 40 {
                packet.events.insert(.ipv6IPv6InIPv6TooSmall)
            } else if frame.byte(at: start) >> 4 != 6 {
                packet.events.insert(.ipv6IPv6InIPv6WrongVersion)
            }
        case 4, 41: break
        default: if packet.ipVersion == 6 { packet.events.insert(.ipv6UnknownNextHeader) }
        }
    }
}
