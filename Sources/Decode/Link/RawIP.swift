import Bytes

extension Decoder {
    /// No link layer: the version field tells IPv4 from IPv6.
    func rawIP(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount > start else { return packet.fail(.rawInvalidIPVersion) }
        switch frame.byte(at: start) >> 4 {
        case 4: ipv4(frame, at: start, &packet)
        case 6: ipv6(frame, at: start, &packet)
        default: packet.fail(.rawInvalidIPVersion)
        }
    }

    /// MPLS label stack (RFC 3032); what follows is IP when its first nibble says so.
    func mpls(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        var offset = start
        for _ in 0..<16 {
            guard frame.byteCount &- offset >= 4 else { return packet.fail(.mplsTooSmall) }
            let isBottom = frame.byte(at: offset &+ 2) & 1 == 1
            offset &+= 4
            if isBottom { return rawIP(frame, at: offset, &packet) }
        }
        packet.fail(.mplsTooSmall)
    }
}
