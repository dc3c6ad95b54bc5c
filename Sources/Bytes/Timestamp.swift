/// A moment in UTC: microseconds since 1970-01-01T00:00:00Z. Packet time as captured, so it may run backwards between packets.
@frozen public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
    public var microseconds: Int64

    @inlinable @inline(__always)
    public init(microseconds: Int64) { self.microseconds = microseconds }

    @inlinable @inline(__always)
    public init(seconds: Int64, microseconds: Int64 = 0) {
        self.microseconds = seconds &* 1_000_000 &+ microseconds
    }

    /// Whole seconds since the epoch, rounded towards the past.
    @inlinable @inline(__always)
    public var seconds: Int64 {
        let q = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? q &- 1 : q
    }

    /// 0...999_999.
    @inlinable @inline(__always)
    public var subsecondMicroseconds: Int64 { microseconds &- seconds &* 1_000_000 }

    @inlinable @inline(__always)
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

    /// Seconds from `other` to this moment; negative when this one is earlier.
    @inlinable @inline(__always)
    public func seconds(since other: Timestamp) -> Double { Double(microseconds &- other.microseconds) / 1_000_000 }
}
