import Bytes

extension Decoder {
    /// BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP): four bytes of address family, in the byte order of the machine that captured.
    func null(_ frame: RawSpan, _ packet: inout Packet) {
        guard frame.byteCount >= 4 else { return packet.fail(.ltnullTooSmall) }
        let little = frame.littleEndianUInt32(at: 0)
        let family = little > 0xffff ? little.byteSwapped : little
        switch family {
        case 2: ipv4(frame, at: 4, &packet)
        // AF_INET6 of NetBSD/OpenBSD, FreeBSD, Darwin, Linux.
        case 24, 28, 30, 10: ipv6(frame, at: 4, &packet)
        default: packet.fail(.ltnullUnsupportedType)
        }
    }
}
