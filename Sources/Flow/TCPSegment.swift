import Bytes
import Decode

/// What the state machine reads of one packet.
struct TCPSegment {
    var sequence: UInt32
    var acknowledgment: UInt32
    var window: UInt32
    var flags: TCPFlags
    var length: UInt32
    /// When it was captured.
    var seconds: Int64
    var direction: FlowDirection
    /// The system that it goes to.
    var target = HostPolicy.bsd
    /// The sender's clock and what it echoes of the other side's (RFC 7323 §3).
    var clock: UInt32?
    var echo: UInt32 = 0
    /// Signed in a way that only the ends can check (RFC 2385, RFC 5925).
    var isSigned = false
    /// TCP Fast Open (RFC 7413): data may come with the SYN.
    var hasFastOpen = false
    var windowScale: UInt8?
    var allowsSelective = false
    /// Bytes behind the acknowledgment that have arrived (RFC 2018); nil without such an option.
    var selective: UInt32?

    /// Where in the payload a byte stands that is in no stream; -1 for none. `length` does not count it.
    var urgentPlace: Int32 = -1
    /// Its bytes count as lost.
    var isMissing = false

    /// Sequence number behind the data.
    var end: UInt32 { sequence &+ length }
    var isToServer: Bool { direction == .toServer }

    init(_ packet: Packet, in frame: RawSpan, direction: FlowDirection) {
        sequence = packet.tcpSequence
        acknowledgment = packet.tcpAcknowledgment
        window = UInt32(packet.tcpWindow)
        flags = packet.tcpFlags
        length = UInt32(clamping: packet.payloadLength)
        seconds = packet.time.seconds
        self.direction = direction
        if packet.tcpWindowScale != 255 { windowScale = min(packet.tcpWindowScale, 14) }
        if packet.transportHeaderLength > 20 { readOptions(packet, frame) }
    }

    private mutating func readOptions(_ packet: Packet, _ frame: RawSpan) {
        var at = Int(packet.transportOffset) + 20
        let end = Int(packet.transportOffset) + Int(packet.transportHeaderLength)
        guard packet.transportOffset >= 0, end <= frame.byteCount else { return }
        while at < end {
            let kind = frame.byte(at: at)
            if kind == 0 { return }
            if kind == 1 {
                at &+= 1
                continue
            }
            guard end &- at >= 2 else { return }
            let length = Int(frame.byte(at: at &+ 1))
            guard length >= 2, length <= end &- at else { return }
            switch (kind, length) {
            case (4, 2): allowsSelective = true
            case (5, 10...): selective = TCPSegment.selective(frame.extracting(at &+ 2..<at &+ length))
            case (8, 10):
                clock = frame.uint32(at: at &+ 2)
                echo = frame.uint32(at: at &+ 6)
            case (19, 18), (29, 4...): isSigned = true
            case (34, _): hasFastOpen = true
            case (254, 4...): if frame.uint16(at: at &+ 2) == 0xf989 { hasFastOpen = true }
            default: break
            }
            at &+= length
        }
    }

    private static func selective(_ blocks: RawSpan) -> UInt32 {
        var total: UInt32 = 0
        var at = 0
        while blocks.byteCount - at >= 8 {
            let size = blocks.uint32(at: at + 4) &- blocks.uint32(at: at)
            if size < 1 << 30 { total = total &+ size }
            at += 8
        }
        return min(total, 1 << 30)
    }
}

/// Sequence numbers compare on a circle (RFC 9293 §3.4).
extension UInt32 {
    @inline(__always) func isBefore(_ other: UInt32) -> Bool { Int32(bitPattern: self &- other) < 0 }
    @inline(__always) func isAfter(_ other: UInt32) -> Bool { Int32(bitPattern: self &- other) > 0 }
    @inline(__always) func isAtMost(_ other: UInt32) -> Bool { !isAfter(other) }
    @inline(__always) func isAtLeast(_ other: UInt32) -> Bool { !isBefore(other) }
}
