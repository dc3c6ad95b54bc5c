import Bytes

extension Decoder {
    /// PPP (RFC 1661), with or without the HDLC-like address and control bytes.
    func ppp(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        var offset = start
        guard frame.byteCount &- offset >= 2 else { return packet.fail(.pppTooSmall) }
        if frame.byte(at: offset) == 0xff, frame.byte(at: offset &+ 1) == 0x03 { offset &+= 2 }
        guard frame.byteCount &- offset >= 1 else { return packet.fail(.pppTooSmall) }
        var proto = UInt16(frame.byte(at: offset))
        // Protocol field compression: an odd first byte is the whole field.
        if proto & 1 == 1 {
            offset &+= 1
        } else {
            guard frame.byteCount &- offset >= 2 else { return packet.fail(.pppTooSmall) }
            proto = frame.uint16(at: offset)
            offset &+= 2
        }
        switch proto {
        case 0x21:
            guard frame.byteCount &- offset >= 20 else { return packet.fail(.pppIPv4PacketTooSmall) }
            ipv4(frame, at: offset, &packet)
        case 0x57:
            guard frame.byteCount &- offset >= 40 else { return packet.fail(.pppIPv6PacketTooSmall) }
            ipv6(frame, at: offset, &packet)
        case 0x2f:
            // Van Jacobson compression sends some packets whole (RFC 1144).
            guard frame.byteCount &- offset >= 20 else { return packet.fail(.pppVJUPacketTooSmall) }
            if frame.byte(at: offset) >> 4 == 4 { ipv4(frame, at: offset, &packet) }
        // Control protocols that every link speaks: LCP, IPCP, IPv6CP, CCP and their like.
        case 0x8021...0x8fff, 0xc021...0xc2ff: packet.payloadOffset = Int32(truncatingIfNeeded: offset)
        case 0x23, 0x25, 0x27, 0x29, 0x2b, 0x2d, 0x31, 0x33, 0x35, 0x0201, 0x0231, 0x0233, 0x0281, 0x0283:
            packet.fail(.pppUnsupportedProtocol)
        default: packet.fail(proto <= 0xff ? .pppUnsupportedProtocol : .pppWrongType)
        }
    }

    /// PPPoE discovery stage (RFC 2516 §5): code and length.
    func pppoeDiscovery(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 6 else { return packet.fail(.pppoeTooSmall) }
        switch frame.byte(at: start &+ 1) {
        case 0x07, 0x09, 0x19, 0x65, 0xa7: break
        default: return packet.fail(.pppoeWrongCode)
        }
        if Int(frame.uint16(at: start &+ 4)) > frame.byteCount &- start &- 6 { packet.fail(.pppoeMalformedTags) }
    }

    /// PPPoE session stage (RFC 2516 §4).
    func pppoeSession(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 8 else { return packet.fail(.pppoeTooSmall) }
        ppp(frame, at: start &+ 6, &packet)
    }

    /// Cisco HDLC: four bytes, then an EtherType's payload.
    func ciscoHDLC(_ frame: RawSpan, _ packet: inout Packet) {
        guard frame.byteCount >= 4 else { return packet.fail(.chdlcTooSmall) }
        etherPayload(frame, at: 4, type: frame.uint16(at: 2), &packet)
    }
}
