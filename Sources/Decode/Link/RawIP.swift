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
}
