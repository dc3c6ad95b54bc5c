import Bytes

/// The Internet checksum (RFC 1071).
enum Checksum {
    /// The complement of the one's-complement sum, 0 over data that carries a right checksum.
    static func ones(_ frame: RawSpan, from start: Int, count: Int, initial: UInt64) -> UInt16 {
        // Callers have checked start and count against the span; a sum of 2^15 words of 16 bits cannot overflow 64.
        var sum = initial
        var offset = start
        var left = count
        while left >= 4 {
            sum &+= UInt64(frame.uint32(at: offset))
            offset &+= 4
            left &-= 4
        }
        if left >= 2 {
            sum &+= UInt64(frame.uint16(at: offset))
            offset &+= 2
            left &-= 2
        }
        if left == 1 { sum &+= UInt64(frame.byte(at: offset)) << 8 }
        while sum >> 16 != 0 { sum = (sum & 0xffff) &+ (sum >> 16) }
        return ~UInt16(truncatingIfNeeded: sum)
    }

    /// The sum of the pseudo header that TCP, UDP and ICMPv6 checksums cover.
    static func pseudoHeader(_ packet: Packet, length: Int) -> UInt64 {
        let source = packet.source
        let destination = packet.destination
        var sum = UInt64(packet.ipProtocol) &+ UInt64(length)
        if packet.ipVersion == 4 {
            return sum &+ UInt64(source.v4) &+ UInt64(destination.v4)
        }
        sum &+= (source.high >> 32) &+ (source.high & 0xffff_ffff) &+ (source.low >> 32) &+ (source.low & 0xffff_ffff)
        sum &+= (destination.high >> 32) &+ (destination.high & 0xffff_ffff)
        return sum &+ (destination.low >> 32) &+ (destination.low & 0xffff_ffff)
    }
}
