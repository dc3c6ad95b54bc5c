import Bytes
import Decode

/// One conversation between two ends, as the flow table keeps it. Plain numbers: it lives in a slab and is touched by every packet.
@frozen public struct FlowRecord: Sendable, BitwiseCopyable {
    /// Who sent the first packet.
    public var client: IPAddress
    public var server: IPAddress
    public var clientPort: Port
    public var serverPort: Port
    public var ipProtocol: UInt8
    public var ipVersion: UInt8
    public var state = FlowState.new
    public var tunnelDepth: UInt8
    public var hash: UInt32
    public var generation: UInt32 = 0
    /// Index of the TCP session, or `UInt32.max`.
    public var session = UInt32.max
    public var start: Timestamp
    public var last: Timestamp
    public var bytesToServer: UInt64 = 0
    public var bytesToClient: UInt64 = 0
    public var packetsToServer: UInt32 = 0
    public var packetsToClient: UInt32 = 0
    public var vlan: InlineArray<3, UInt16>
    public var vlanCount: UInt8
    public var flags: FlowFlags = []
    public var tcpFlagsToServer: TCPFlags = []
    public var tcpFlagsToClient: TCPFlags = []
    public var icmpType: UInt8
    public var icmpCode: UInt8
    var isUsed = true

    /// The flow's number in EVE: 51 bits, positive, from the start time and the hash.
    public var number: UInt64 {
        let seconds = UInt64(truncatingIfNeeded: start.seconds) & 0xffff
        let micros = UInt64(start.subsecondMicroseconds) & 0x7
        return (seconds << 35 | micros << 32 | UInt64(hash)) & 0x7_ffff_ffff_ffff | 1 << 50
    }

    @inlinable @inline(__always)
    public func packets(_ direction: FlowDirection) -> UInt32 { direction == .toServer ? packetsToServer : packetsToClient }
}

@frozen public enum FlowState: UInt8, Sendable, BitwiseCopyable { case new, established, closed, bypassed }

@frozen public struct FlowFlags: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt16

    @inlinable @inline(__always)
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A rule alerted on it.
    @inlinable public static var alerted: FlowFlags { FlowFlags(rawValue: 1) }
    /// A pass rule took it out of inspection.
    @inlinable public static var passed: FlowFlags { FlowFlags(rawValue: 2) }
    /// A drop or reject rule matched.
    @inlinable public static var dropped: FlowFlags { FlowFlags(rawValue: 4) }
    /// Nothing more of it is inspected.
    @inlinable public static var noInspection: FlowFlags { FlowFlags(rawValue: 8) }
}
