extension Array where Element == UInt8 {
    /// The array's bytes as a view that cannot outlive it.
    @inlinable @inline(__always)
    public var rawSpan: RawSpan {
        @_lifetime(borrow self)
        // The standard library marks Span.bytes unsafe since padding may be read through it; bytes have none.
        get { unsafe span.bytes }
    }

    /// Adds the bytes at the end.
    @inlinable
    public mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}
