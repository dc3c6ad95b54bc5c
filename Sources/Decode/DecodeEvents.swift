/// The events of one packet as a set of bits: room for 192.
@frozen public struct DecodeEvents: Sendable, BitwiseCopyable {
    public var words: InlineArray<3, UInt64> = [0, 0, 0]

    @inlinable @inline(__always)
    public init() {}

    @inlinable @inline(__always)
    public var isEmpty: Bool { words[0] | words[1] | words[2] == 0 }

    @inlinable @inline(__always)
    public mutating func insert(_ event: DecodeEvent) {
        words[Int(event.rawValue >> 6)] |= 1 << UInt64(event.rawValue & 63)
    }

    @inlinable @inline(__always)
    public func contains(_ event: DecodeEvent) -> Bool {
        words[Int(event.rawValue >> 6)] & 1 << UInt64(event.rawValue & 63) != 0
    }

    /// Takes out the event with the lowest raw value.
    @inlinable
    public mutating func popFirst() -> DecodeEvent? {
        for index in 0..<3 where words[index] != 0 {
            let bit = words[index].trailingZeroBitCount
            words[index] &= words[index] &- 1
            return DecodeEvent(rawValue: UInt8(truncatingIfNeeded: index << 6 | bit))
        }
        return nil
    }
}
