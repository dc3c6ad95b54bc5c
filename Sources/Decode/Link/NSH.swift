import Bytes

extension Decoder {
    /// Network service header (RFC 8300 §2.2).
    func nsh(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        guard frame.byteCount &- start >= 8 else { return packet.fail(.nshHeaderTooSmall) }
        let word = frame.uint16(at: start)
        let length = Int(word & 0x3f) &* 4
        guard word >> 14 == 0 else { return packet.fail(.nshUnsupportedVersion) }
        // Metadata of type 1 has sixteen bytes, always.
        let isWellSized = frame.byte(at: start &+ 2) & 15 == 1 ? length == 24 : length >= 8
        guard isWellSized, length <= frame.byteCount &- start else { return packet.fail(.nshBadHeaderLength) }
        switch frame.byte(at: start &+ 3) {
        case 0: packet.fail(.nshReservedType)
        case 1: ipv4(frame, at: start &+ length, &packet)
        case 2: ipv6(frame, at: start &+ length, &packet)
        case 3: ethernet(frame, at: start &+ length, &packet)
        case 4, 5, 0xfe, 0xff: packet.fail(.nshUnsupportedType)
        default: packet.fail(.nshUnknownPayload)
        }
    }
}
