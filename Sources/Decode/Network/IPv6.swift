import Bytes

extension Decoder {
    /// Extension headers that are walked in one packet; real ones have one or two.
    private static var maxExtensionHeaders: Int { 16 }

    /// IPv6 (RFC 8200) with its extension headers.
    func ipv6(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        let left = frame.byteCount &- start
        // No event: Suricata has a name for it that it never raises.
        guard left >= 40 else {
            packet.flags.insert(.invalid)
            return
        }
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
        var seen = SeenHeaders()
        for _ in 0..<Decoder.maxExtensionHeaders {
            // After an extension header something must follow, unless it says that nothing does.
            if offset != start, end &- offset < 2, next != 59 { return packet.fail(.ipv6TruncatedExtensionHeader) }
            switch next {
            case 0, 43, 60, 135, 139, 140:
                guard end &- offset >= 8 else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                let length = (Int(frame.byte(at: offset &+ 1)) &+ 1) &* 8
                guard end &- offset >= length else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                if next == 43, frame.byte(at: offset &+ 2) == 0 { packet.events.insert(.ipv6RoutingHeaderType0) }
                if !seen.note(next, &packet), next == 0 || next == 60 {
                    options(frame, from: offset &+ 2, to: offset &+ length, isHopByHop: next == 0, &packet)
                }
                next = frame.byte(at: offset)
                offset &+= length
            case 51:
                guard end &- offset >= 12 else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                let length = (Int(frame.byte(at: offset &+ 1)) &+ 2) &* 4
                guard end &- offset >= length else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                if frame.uint16(at: offset &+ 2) != 0 { packet.events.insert(.ipv6ExtensionAuthenticationHeaderReservedNotNull) }
                _ = seen.note(next, &packet)
                next = frame.byte(at: offset)
                offset &+= length
            case 44:
                guard end &- offset >= 8 else { return packet.fail(.ipv6TruncatedExtensionHeader) }
                next = frame.byte(at: offset)
                offset &+= 8
                // The second one says nothing.
                if seen.note(44, &packet) { continue }
                fragmentHeader(frame, at: offset &- 8, to: end, &packet)
                if packet.isFragment {
                    packet.ipProtocol = next
                    packet.ipHeaderLength = UInt16(truncatingIfNeeded: offset &- ip)
                    packet.payloadOffset = Int32(truncatingIfNeeded: offset)
                    packet.payloadLength = Int32(truncatingIfNeeded: end &- offset)
                    return
                }
                packet.events.insert(.ipv6UselessFragmentHeader)
            default:
                packet.ipProtocol = next
                packet.ipHeaderLength = UInt16(truncatingIfNeeded: offset &- ip)
                if next == 59 {
                    packet.payloadOffset = Int32(truncatingIfNeeded: offset)
                    packet.payloadLength = Int32(truncatingIfNeeded: end &- offset)
                    if end > offset { packet.events.insert(.ipv6DataAfterNoneHeader) }
                    return
                }
                return transport(frame, from: offset, to: end, &packet)
            }
        }
        packet.fail(.ipv6TruncatedExtensionHeader)
    }

    private func fragmentHeader(_ frame: RawSpan, at start: Int, to end: Int, _ packet: inout Packet) {
        let word = frame.uint16(at: start &+ 2)
        packet.ipID = frame.uint32(at: start &+ 4)
        packet.fragmentOffset = word & 0xfff8
        if word & 1 != 0 { packet.flags.insert(.moreFragments) }
        if word & 1 != 0, (end &- start) & 7 != 0 { packet.events.insert(.ipv6FragmentInvalidLength) }
        if frame.byte(at: start &+ 1) != 0 { packet.events.insert(.ipv6FragmentHeaderNonZeroReservedField) }
    }

    /// Options of the hop-by-hop and the destination header (RFC 8200 §4.2).
    private func options(_ frame: RawSpan, from start: Int, to end: Int, isHopByHop: Bool, _ packet: inout Packet) {
        var offset = start
        var hasPadding = false
        var hasOther = false
        while offset < end {
            let type = frame.byte(at: offset)
            if type == 0 {
                hasPadding = true
                offset &+= 1
                continue
            }
            guard end &- offset >= 2, end &- offset &- 2 >= Int(frame.byte(at: offset &+ 1)) else {
                packet.events.insert(.ipv6ExtensionInvalidOptionLength)
                break
            }
            let length = Int(frame.byte(at: offset &+ 1))
            switch type {
            case 1:
                hasPadding = true
                if length == 0 { packet.events.insert(.ipv6ZeroLengthPadN) }
            // Router alert (RFC 2711), jumbo payload (RFC 2675), home address (RFC 6275).
            case 0x05, 0xc2, 0xc9:
                hasOther = true
                if length < (type == 0x05 ? 2 : type == 0xc2 ? 4 : 16) { packet.events.insert(.ipv6ExtensionInvalidOptionLength) }
            default:
                hasOther = true
                packet.events.insert(isHopByHop ? .ipv6HopoptsUnknownOption : .ipv6DstoptsUnknownOption)
            }
            offset &+= 2 &+ length
        }
        if hasPadding, !hasOther { packet.events.insert(isHopByHop ? .ipv6HopoptsOnlyPadding : .ipv6DstoptsOnlyPadding) }
    }
}

/// Which extension headers a packet had already. Destination options may stand twice (RFC 8200 §4.1).
private struct SeenHeaders {
    private var routing = false
    private var hopByHop = false
    private var destination = 0
    private var authentication = false
    private var fragment = false

    /// Whether there was one too many of it before; that is an event.
    mutating func note(_ header: UInt8, _ packet: inout Packet) -> Bool {
        switch header {
        case 43:
            if routing { packet.events.insert(.ipv6ExtensionDuplicateRoutingHeader) }
            defer { routing = true }
            return routing
        case 0:
            if hopByHop { packet.events.insert(.ipv6ExtensionDuplicateHopByHop) }
            defer { hopByHop = true }
            return hopByHop
        case 60:
            destination += 1
            if destination > 2 { packet.events.insert(.ipv6ExtensionDuplicateDestinationOptions) }
            return destination > 2
        case 51:
            if authentication { packet.events.insert(.ipv6ExtensionDuplicateAuthenticationHeader) }
            defer { authentication = true }
            return authentication
        case 44:
            if fragment { packet.events.insert(.ipv6DuplicateFragmentHeader) }
            defer { fragment = true }
            return fragment
        default: return false
        }
    }
}
