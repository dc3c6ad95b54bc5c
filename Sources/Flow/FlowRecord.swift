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
    /// Time to live (hop limit) of each side's packets: least and most.
    public var ttlToServer: TTLRange = TTLRange()
    public var ttlToClient: TTLRange = TTLRange()
    /// Exceptions that came up, as bits.
    public var exceptions: UInt8 = 0
    public var icmpType: UInt8
    public var icmpCode: UInt8
    var isUsed = true

    /// The flow's number in EVE: 51 bits, positive, from the start time and the hash.
    public var number: UInt64 {
        let seconds = UInt64(truncatingIfNeeded: start.seconds) & 0xffff
        let micros = UInt64(start.subsecondMicroseconds) & 0x7
        return (seconds << 35 | micros << 32 | UInt64(hash)) & 0x7_ffff_ffff_ffff | 1 << 50
    }

    /// Whether the exception of that number came up.
    @inlinable public func hasException(_ number: UInt8) -> Bool { exceptions & 1 << (number & 7) != 0 }

    @inlinable @inline(__always)
    public func packets(_ direction: FlowDirection) -> UInt32 { direction == .toServer ? packetsToServer : packetsToClient }
}

/// Least and most time to live seen; both 0 as long as nothing was.
@frozen public struct TTLRange: Sendable, BitwiseCopyable {
    public var least: UInt8 = 0
    public var most: UInt8 = 0

    @inlinable @inline(__always)
    public init() {}

    @inlinable @inline(__always)
    public mutating func take(_ ttl: UInt8, isFirst: Bool) {
        least = isFirst ? ttl : min(least, ttl)
        most = max(most, ttl)
    }
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
    /// An exception policy dropped it.
    @inlinable public static var exceptionDrop: FlowFlags { FlowFlags(rawValue: 16) }
    /// A drop of this direction was logged.
    @inlinable public static var dropLoggedToServer: FlowFlags { FlowFlags(rawValue: 32) }
    @inlinable public static var dropLoggedToClient: FlowFlags { FlowFlags(rawValue: 64) }
    /// A rule wants no event of the flow, or none of its transactions.
    @inlinable public static var silenced: FlowFlags { FlowFlags(rawValue: 128) }
    @inlinable public static var silencedTransactions: FlowFlags { FlowFlags(rawValue: 256) }
    /// Rules were shown which protocol a direction speaks.
    @inlinable public static var protocolSaidToServer: FlowFlags { FlowFlags(rawValue: 512) }
    @inlinable public static var protocolSaidToClient: FlowFlags { FlowFlags(rawValue: 1024) }
    /// It has changed its protocol.
    @inlinable public static var upgraded: FlowFlags { FlowFlags(rawValue: 2048) }
    /// It is encrypted from here on: rules do not look at payloads.
    @inlinable public static var isEncrypted: FlowFlags { FlowFlags(rawValue: 4096) }
    /// The protocol's parser was shown something since rules and logs last dealt with a packet of this direction.
    @inlinable public static var hasNewsToServer: FlowFlags { FlowFlags(rawValue: 8192) }
    @inlinable public static var hasNewsToClient: FlowFlags { FlowFlags(rawValue: 16384) }
}
