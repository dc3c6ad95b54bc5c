import Bytes
import Decode

/// The options of a segment that the reassembler asks for.
enum TCPSegmentOptions {
    private static let timestampKind: UInt8 = 8
    private static let fastOpenKind: UInt8 = 34
    private static let experimentKind: UInt8 = 254
    private static let fastOpenMagic: UInt16 = 0xf989

    /// Where the value of the first option of `kind` lies.
    @inline(__always)
    private static func find(_ kind: UInt8, _ packet: Packet, _ frame: RawSpan) -> Range<Int>? {
        var at = Int(packet.transportOffset) + 20
        let end = Int(packet.transportOffset) + Int(packet.transportHeaderLength)
        guard packet.transportOffset >= 0, end <= frame.byteCount else { return nil }
        while at < end {
            let found = frame.byte(at: at)
            if found == 0 { return nil }
            if found == 1 {
                at &+= 1
                continue
            }
            guard end &- at >= 2 else { return nil }
            let length = Int(frame.byte(at: at &+ 1))
            guard length >= 2, length <= end &- at else { return nil }
            if found == kind { return at &+ 2..<at &+ length }
            at &+= length
        }
        return nil
    }

    /// TCP Fast Open (RFC 7413): data may come with the SYN.
    static func hasFastOpen(_ packet: Packet, in frame: RawSpan) -> Bool {
        if find(fastOpenKind, packet, frame) != nil { return true }
        guard let experiment = find(experimentKind, packet, frame), experiment.count >= 2 else { return false }
        return frame.uint16(at: experiment.lowerBound) == fastOpenMagic
    }

    /// What the sender echoes of the other side's clock.
    static func echo(_ packet: Packet, in frame: RawSpan) -> UInt32? {
        guard packet.transportHeaderLength >= 30, let value = find(timestampKind, packet, frame), value.count == 8 else { return nil }
        return frame.uint32(at: value.lowerBound + 4)
    }

    /// The sender's clock (RFC 7323 §3).
    @inline(__always)
    static func timestamp(_ packet: Packet, in frame: RawSpan) -> UInt32? {
        guard packet.transportHeaderLength >= 30, let value = find(timestampKind, packet, frame), value.count == 8 else { return nil }
        return frame.uint32(at: value.lowerBound)
    }
}
