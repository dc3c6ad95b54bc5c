import Bytes

extension Decoder {
    /// Finds the packet inside a tunnel and decodes it from the same frame.
    func tunnel(_ outer: Packet, _ frame: RawSpan, _ inner: inout Packet) -> Bool {
        let start = Int(outer.payloadOffset)
        let end = start &+ Int(outer.payloadLength)
        let bytes = frame.prefix(end)
        switch outer.ipProtocol {
        case 4:
            ipv4(bytes, at: start, &inner)
            return true
        case 41:
            ipv6(bytes, at: start, &inner)
            return true
        case 47: return gre(bytes, at: start, &inner)
        case 17: return udpTunnel(outer, bytes, at: start, &inner)
        default: return false
        }
    }

    /// GRE version 0 (RFC 2784, RFC 2890) and version 1 (RFC 2637, PPTP).
    private func gre(_ frame: RawSpan, at start: Int, _ inner: inout Packet) -> Bool {
        guard frame.byteCount &- start >= 4 else { return false }
        let flags = frame.uint16(at: start)
        let proto = frame.uint16(at: start &+ 2)
        var offset = start &+ 4
        switch flags & 7 {
        case 0:
            if flags & 0xc000 != 0 { offset &+= 4 }
            if flags & 0x2000 != 0 { offset &+= 4 }
            if flags & 0x1000 != 0 { offset &+= 4 }
            // Source routing (RFC 1701) is obsolete and is not followed.
            if flags & 0x4000 != 0 { return false }
        case 1:
            guard proto == 0x880b else { return false }
            offset &+= 4
            if flags & 0x1000 != 0 { offset &+= 4 }
            if flags & 0x0080 != 0 { offset &+= 4 }
        default: return false
        }
        guard frame.byteCount > offset else { return false }
        switch proto {
        case 0x880b: ppp(frame, at: offset, &inner)
        default: etherPayload(frame, at: offset, type: proto, &inner)
        }
        return inner.ipVersion != 0
    }

    /// Teredo (RFC 4380) on port 3544, VXLAN (RFC 7348) on port 4789 and Geneve (RFC 8926) on port 6081.
    private func udpTunnel(_ outer: Packet, _ frame: RawSpan, at start: Int, _ inner: inout Packet) -> Bool {
        let ports = (outer.sourcePort, outer.destinationPort)
        if ports.1 == 4789, frame.byteCount &- start >= 22, frame.byte(at: start) & 0x08 != 0 {
            ethernet(frame, at: start &+ 8, &inner)
            return inner.ipVersion != 0
        }
        if ports.1 == 6081 || ports.0 == 6081 { return geneve(frame, at: start, &inner) }
        if ports.0 == 3544 || ports.1 == 3544, outer.ipVersion == 4 {
            var offset = start
            if frame.byteCount &- offset >= 8, frame.uint16(at: offset) == 0 { offset &+= 8 }
            guard frame.byteCount &- offset >= 40, frame.byte(at: offset) >> 4 == 6,
                Int(frame.uint16(at: offset &+ 4)) &+ 40 <= frame.byteCount &- offset
            else { return false }
            ipv6(frame, at: offset, &inner)
            return inner.ipVersion != 0
        }
        return false
    }

    /// Geneve version 0 (RFC 8926 §3.4): a fixed header of 8 bytes and options in words of 4.
    private func geneve(_ frame: RawSpan, at start: Int, _ inner: inout Packet) -> Bool {
        guard frame.byteCount &- start >= 8, frame.byte(at: start) >> 6 == 0 else { return false }
        let offset = start &+ 8 &+ Int(frame.byte(at: start) & 0x3f) &* 4
        guard frame.byteCount > offset else { return false }
        switch frame.uint16(at: start &+ 2) {
        case 0x6558: ethernet(frame, at: offset, &inner)
        case let type: etherPayload(frame, at: offset, type: type, &inner)
        }
        return inner.ipVersion != 0
    }
}
