import Bytes

extension Decoder {
    /// MPLS label stack (RFC 3032). The last label or, where it says nothing, the first nibble behind it tells what follows.
    func mpls(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        var offset = start
        for _ in 0..<16 {
            guard frame.byteCount &- offset >= 4 else { return packet.fail(.mplsHeaderTooSmall) }
            let label = frame.uint32(at: offset) >> 12
            let isBottom = frame.byte(at: offset &+ 2) & 1 == 1
            offset &+= 4
            guard isBottom else { continue }
            switch label {
            case 0: ipv4(frame, at: offset, &packet)
            case 1: packet.fail(.mplsBadLabelRouterAlert)
            case 2: ipv6(frame, at: offset, &packet)
            case 3: packet.fail(.mplsBadLabelImplicitNull)
            case 4..<15: packet.fail(.mplsBadLabelReserved)
            default: mplsPayload(frame, at: offset, &packet)
            }
            return
        }
        packet.fail(.mplsHeaderTooSmall)
    }

    private func mplsPayload(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 4 else { return packet.fail(.mplsTooSmall) }
        switch frame.byte(at: start) >> 4 {
        // A pseudowire's control word (RFC 4385).
        case 0: ethernet(frame, at: start &+ 4, &packet)
        case 4: ipv4(frame, at: start, &packet)
        case 6: ipv6(frame, at: start, &packet)
        default: packet.fail(.mplsUnknownPayloadType)
        }
    }
}
