import Bytes

extension Packet {
    /// The packet's frame is what stands from `offset` on.
    mutating func begin(at offset: Int, of bytes: RawSpan) {
        frameOffset = Int32(truncatingIfNeeded: offset)
        wireLength = UInt32(truncatingIfNeeded: bytes.byteCount &- offset)
    }
}

extension Decoder {
    /// Finds the packet inside a tunnel and decodes it from the same frame.
    func tunnel(_ outer: Packet, _ frame: RawSpan, _ inner: inout Packet) -> Bool {
        let start = Int(outer.payloadOffset)
        let end = start &+ Int(outer.payloadLength)
        let bytes = frame.prefix(end)
        switch outer.ipProtocol {
        case 4, 41:
            inner.tunnelKind = outer.ipVersion == 4 ? .ipv4 : .ipv6
            inner.begin(at: start, of: bytes)
            if outer.ipProtocol == 4 { ipv4(bytes, at: start, &inner) } else { ipv6(bytes, at: start, &inner) }
            return inner.ipVersion != 0
        case 47: return gre(bytes, at: start, &inner)
        case 17: return udpTunnel(outer, bytes, at: start, &inner)
        default: return false
        }
    }

    /// Teredo (RFC 4380) on port 3544, VXLAN (RFC 7348) on port 4789 and Geneve (RFC 8926) on port 6081.
    private func udpTunnel(_ outer: Packet, _ frame: RawSpan, at start: Int, _ inner: inout Packet) -> Bool {
        let ports = (outer.sourcePort, outer.destinationPort)
        if ports.1 == 4789, frame.byteCount &- start >= 22, frame.byte(at: start) & 0x08 != 0 {
            inner.tunnelKind = .vxlan
            inner.begin(at: start &+ 8, of: frame)
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
            inner.tunnelKind = .teredo
            inner.begin(at: offset, of: frame)
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
        inner.tunnelKind = .geneve
        inner.begin(at: offset, of: frame)
        switch frame.uint16(at: start &+ 2) {
        case 0x6558: ethernet(frame, at: offset, &inner)
        case let type: etherPayload(frame, at: offset, type: type, &inner)
        }
        return inner.ipVersion != 0
    }
}
