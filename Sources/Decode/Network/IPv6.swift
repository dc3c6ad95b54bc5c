import Bytes

extension Decoder {
    /// Extension headers that are walked in one packet; real ones have one or two.
    private static var maxExtensionHeaders: Int { 16 }

    /// IPv6 (RFC 8200) with its extension headers.
    func ipv6(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        let left = frame.byteCount &- start
        guard left >= 40 else { return packet.fail(.ipv6PacketTooSmall) }
        guard frame.byte(at: start) >> 4 == 6 else { return packet.fail(.ipv6WrongVersion) }
        var payloadLength = Int(frame.uint16(at: start &+ 4))
        if payloadLength > left &- 40 {
            guard packet.flags.contains(.cutByCapture) else { return packet.fail(.ipv6TruncatedPacket) }
            payloadLength = left &- 40
        }
        packet.ipVersion = 6
        packet.ipOffset = Int32(truncatingIfNeeded: start)
        packet.ipLength = UInt32(truncatingIfNeeded: payloadLength &+ 40)
        packet.tos = UInt8(truncatingIfNeeded: frame.uint16(at: start) >> 4)
        packet.ttl = frame.byte(at: start &+ 7)
        packet.source = IPAddress(high: frame.uint64(at: start &+ 8), low: frame.uint64(at: start &+ 16))
        packet.destination = IPAddress(high: frame.uint64(at: start &+ 24), low: frame.uint64(at: start &+ 32))
        extensionHeaders(frame, first: frame.byte(at: start &+ 6), from: start &+ 40, to: start &+ 40 &+ payloadLength, ip: start, &packet)
    }

    private func extensionHeaders(
        _ frame: RawSpan, first: UInt8, from start: Int, to end: Int, ip: Int, _ packet: inout Packet
    ) {
        var next = first
        var offset = start
        var sawFragmentHeader = false
        for _ in 0..<Decoder.maxExtensionHeaders {
            // After an extension header something must follow, unless it says that nothing does.
            if offset != start, end &- offset < 2, next != 59 { return packet.fail(.ipv6TruncatedExtensionHeader) }
            switch next {
            case 0, 43, 60, 135, 139, 140:
                guard end &- offset >= 8 else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                let length = (Int(frame.byte(at: offset &+ 1)) &+ 1) &* 8
                guard end &- offset >= length else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                next = frame.byte(at: offset)
                offset &+= length
            case 51:
                guard end &- offset >= 12 else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                let length = (Int(frame.byte(at: offset &+ 1)) &+ 2) &* 4
                guard end &- offset >= length else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                next = frame.byte(at: offset)
                offset &+= length
            case 44:
                guard end &- offset >= 8 else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                if sawFragmentHeader {
                    // The second one says nothing.
                    packet.events.insert(.ipv6DuplicateFragmentHeader)
                    next = frame.byte(at: offset)
                    offset &+= 8
                    continue
                }
                sawFragmentHeader = true
                let word = frame.uint16(at: offset &+ 2)
                packet.ipID = frame.uint32(at: offset &+ 4)
                packet.fragmentOffset = word & 0xfff8
                if word & 1 != 0 { packet.flags.insert(.moreFragments) }
                next = frame.byte(at: offset)
                offset &+= 8
                if word & 1 != 0, (end &- offset) & 7 != 0 { packet.events.insert(.ipv6FragmentInvalidLength) }
                if !packet.isFragment {
                    packet.events.insert(.ipv6UselessFragmentHeader)
                } else {
                    packet.ipProtocol = next
                    packet.ipHeaderLength = UInt16(truncatingIfNeeded: offset &- ip)
                    packet.payloadOffset = Int32(truncatingIfNeeded: offset)
                    packet.payloadLength = Int32(truncatingIfNeeded: end &- offset)
                    return
                }
            default:
                packet.ipProtocol = next
                packet.ipHeaderLength = UInt16(truncatingIfNeeded: offset &- ip)
                if next == 59 {
                    packet.payloadOffset = Int32(truncatingIfNeeded: offset)
                    packet.payloadLength = Int32(truncatingIfNeeded: end &- offset)
                    return
                }
                return transport(frame, from: offset, to: end, &packet)
            }
        }
        packet.fail(.ipv6TruncatedExtensionHeader)
    }
}
