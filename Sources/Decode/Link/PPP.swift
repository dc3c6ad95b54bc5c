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
        case 0x21: ipv4(frame, at: offset, &packet)
        case 0x57: ipv6(frame, at: offset, &packet)
        case 0x2d, 0x2f: packet.fail(.pppUnsupportedProtocol)
        default: packet.payloadOffset = Int32(truncatingIfNeeded: offset)
        }
    }

    /// PPPoE session stage (RFC 2516 §4).
    func pppoeSession(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 8 else { return packet.fail(.pppoeTooSmall) }
        guard frame.byte(at: start) == 0x11 else { return packet.fail(.pppoeWrongCode) }
        ppp(frame, at: start &+ 6, &packet)
    }

    /// Cisco HDLC: four bytes, then an EtherType's payload.
    func ciscoHDLC(_ frame: RawSpan, _ packet: inout Packet) {
        guard frame.byteCount >= 4 else { return packet.fail(.chdlcTooSmall) }
        etherPayload(frame, at: 4, type: frame.uint16(at: 2), &packet)
    }
}
