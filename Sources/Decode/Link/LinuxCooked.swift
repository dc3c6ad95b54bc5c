import Bytes

extension Decoder {
    /// Linux "cooked" capture, version 1 (LINKTYPE_LINUX_SLL): 16 bytes, the protocol last.
    func linuxCooked(_ frame: RawSpan, _ packet: inout Packet) {
        guard frame.byteCount >= 16 else { return packet.fail(.sllTooSmall) }
        etherPayload(frame, at: 16, type: frame.uint16(at: 14), &packet)
    }

    /// Version 2 (LINKTYPE_LINUX_SLL2): 20 bytes, the protocol first.
    func linuxCooked2(_ frame: RawSpan, _ packet: inout Packet) {
        guard frame.byteCount >= 20 else { return packet.fail(.sll2TooSmall) }
        etherPayload(frame, at: 20, type: frame.uint16(at: 0), &packet)
    }
}
