/// A TCP, UDP or SCTP port number.
@frozen public struct Port: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable, ExpressibleByIntegerLiteral {
    public var rawValue: UInt16

    @inlinable @inline(__always)
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable @inline(__always)
    public init(integerLiteral value: UInt16) { rawValue = value }

    @inlinable @inline(__always)
    public static func < (a: Port, b: Port) -> Bool { a.rawValue < b.rawValue }
}

extension Port: CustomStringConvertible {
    public var description: String { String(rawValue) }
}
