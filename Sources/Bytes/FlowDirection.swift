/// Which way bytes travel within a flow. The client is who sent the first packet (for TCP, the SYN), whatever the ports say.
@frozen public enum FlowDirection: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case toServer = 0
    case toClient = 1

    @inlinable @inline(__always)
    public var reversed: FlowDirection { self == .toServer ? .toClient : .toServer }

    /// 0 or 1, for a pair of things held per direction.
    @inlinable @inline(__always)
    public var index: Int { Int(rawValue) }
}

/// A set of flow directions.
@frozen public struct FlowDirections: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8

    @inlinable @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable @inline(__always)
    public init(_ direction: FlowDirection) { rawValue = 1 << direction.rawValue }

    @inlinable public static var toServer: FlowDirections { FlowDirections(rawValue: 1) }
    @inlinable public static var toClient: FlowDirections { FlowDirections(rawValue: 2) }
    @inlinable public static var both: FlowDirections { FlowDirections(rawValue: 3) }

    @inlinable @inline(__always)
    public func contains(_ direction: FlowDirection) -> Bool { rawValue & (1 << direction.rawValue) != 0 }
}
