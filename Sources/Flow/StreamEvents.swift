/// Something odd in a TCP session, named as `stream-event` names it.
@frozen public struct StreamEvent: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var handshakeWrongAck: StreamEvent { StreamEvent(rawValue: 0) }
    @inlinable public static var handshakeSynackWrongAck: StreamEvent { StreamEvent(rawValue: 1) }
    @inlinable public static var segmentOutOfWindow: StreamEvent { StreamEvent(rawValue: 2) }
    @inlinable public static var overlapDifferentData: StreamEvent { StreamEvent(rawValue: 3) }
    @inlinable public static var rstInvalid: StreamEvent { StreamEvent(rawValue: 4) }

    /// In the order of the raw values.
    public static let names = [
        "3whs_wrong_seq_wrong_ack", "3whs_synack_with_wrong_ack", "est_packet_out_of_window", "reassembly_overlap_different_data",
        "rst_invalid_ack",
    ]

    public var name: String { Int(rawValue) < StreamEvent.names.count ? StreamEvent.names[Int(rawValue)] : "unknown" }

    /// The event of that name; nil for names that are never raised.
    public static func named(_ name: String) -> StreamEvent? {
        names.firstIndex(of: name).map { StreamEvent(rawValue: UInt8($0)) }
    }
}

/// The stream events of one packet.
@frozen public struct StreamEvents: Sendable, BitwiseCopyable {
    public var bits: UInt64 = 0

    @inlinable @inline(__always)
    public init() {}

    @inlinable @inline(__always)
    public mutating func insert(_ event: StreamEvent) { bits |= 1 << UInt64(event.rawValue) }

    @inlinable @inline(__always)
    public func contains(_ event: StreamEvent) -> Bool { bits & 1 << UInt64(event.rawValue) != 0 }

    @inlinable @inline(__always)
    public var isEmpty: Bool { bits == 0 }
}
