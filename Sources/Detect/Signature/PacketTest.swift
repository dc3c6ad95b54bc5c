import AppLayer
import Bytes
import Decode

/// A test on a packet's headers, on its flow, or on a number of the transaction.
public enum PacketTest: Sendable {
    /// A number of the packet's headers.
    case integer(PacketField, IntegerRange)
    /// `flags`: which bits must be set; those in `ignored` do not count.
    case tcpFlags(TCPFlags, mode: FlagsMode, ignored: TCPFlags)
    case fragmentBits(FragmentBits, mode: FlagsMode)
    /// `ipopts`: one of these.
    case ipOptions(IPOptions)
    /// `stream_size`.
    case streamSize(StreamSide, IntegerRange)
    /// `sameip`.
    case sameAddress
    /// `ip_proto`; true for `!`.
    case ipProtocol([UInt8], isNegated: Bool)
    case decodeEvent(DecodeEvent)
    /// Index into the stream events.
    case streamEvent(UInt8)
    case applicationEvent(AppProtocol, UInt8)
    /// `app-layer-event` of protocol detection itself.
    case detectionEvent(DetectionEvent)
    /// `app-layer-protocol`.
    case applicationProtocol([AppProtocol], isNegated: Bool, ProtocolTestMode)
    /// `tcp:flow_start`: the first packet of each direction.
    case flowStart
    /// A number of the transaction that a protocol offers (`dns.opcode`, `http2.…`): its buffer holds the number big-endian in 8 bytes.
    case transactionNumber(BufferID, IntegerRange)
    /// `ssl_state`, `ssl_version`, `ssh.…`: one of these values of the number behind the buffer.
    case transactionBits(BufferID, mask: UInt64, isNegated: Bool)
    /// The same for one place in a list of numbers.
    case transactionNumberAt(BufferID, IntegerRange, InstanceChoice)
    /// One of these values of the number behind the buffer.
    case transactionNumbers(BufferID, [ClosedRange<UInt64>])
    /// What only the transaction's protocol can judge.
    case transaction(any TransactionTest)
    /// `dcerpc.iface`.
    case dcerpcInterface(DCERPCInterfaceTest)
    /// `ftpbounce`.
    case ftpBounce
    case checksum(ChecksumField, isValid: Bool)
    case vlanID(IntegerRange, VLANLayer)
    /// `iprep`.
    case reputation(ReputationTest)
    /// `geoip`.
    case country(CountryTest)
}

/// Which of several numbers a test is about.
public enum InstanceChoice: Sendable, Equatable {
    case any
    /// Every one, of at least one.
    case all
    /// Counted from 0; negative ones from the end.
    case at(Int)
}

/// Which interface a DCE/RPC call must be on.
public struct DCERPCInterfaceTest: Sendable {
    public enum Comparison: String, Sendable { case less = "<", greater = ">", equal = "=", other = "!" }

    /// In the order in which it is written.
    public var uuid: [UInt8]
    public var version: (Comparison, UInt16)?
    /// The interface may have been asked for in a later fragment of the bind.
    public var anyFragment = false

    public init(uuid: [UInt8]) { self.uuid = uuid }

    /// - Parameter encoded: UUID, version in two bytes, 1 where asked for in the first fragment.
    func holds(_ encoded: RawSpan) -> Bool {
        guard encoded.byteCount == 19, anyFragment || encoded.byte(at: 18) == 1 else { return false }
        for index in 0..<16 where encoded.byte(at: index) != uuid[index] { return false }
        guard let (comparison, wanted) = version else { return true }
        let found = encoded.uint16(at: 16)
        switch comparison {
        case .less: return found < wanted
        case .greater: return found > wanted
        case .equal: return found == wanted
        case .other: return found != wanted
        }
    }
}

public enum PacketField: UInt8, Sendable {
    case payloadSize, ttl, tos, ipID, fragmentOffset
    case icmpType, icmpCode, icmpID, icmpSequence, icmpMTU
    case tcpSequence, tcpAcknowledgment, tcpWindow, tcpMSS, tcpWindowScale
    case flowAge, flowPacketsToServer, flowPacketsToClient, flowBytesToServer, flowBytesToClient
    case udpLength
    case vlanLayers
}

public enum FlagsMode: UInt8, Sendable {
    /// No modifier: exactly these.
    case exactly
    /// `+`: these and any others.
    case all
    /// `*`: any of these.
    case any
    /// `!`: not all of these.
    case none
}

public struct FragmentBits: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let more = FragmentBits(rawValue: 1)
    public static let dont = FragmentBits(rawValue: 2)
    public static let reserved = FragmentBits(rawValue: 4)
}

/// Which VLAN tags `vlan.id` looks at.
public enum VLANLayer: Sendable, Equatable {
    case any, all
    /// From 0, outermost first; -1 is the innermost.
    case index(Int)
}

public enum StreamSide: UInt8, Sendable { case server, client, both, either }

public enum ChecksumField: UInt8, Sendable { case ipv4, tcpv4, tcpv6, udpv4, udpv6, icmpv4, icmpv6 }

/// Which of a flow's protocols `app-layer-protocol` looks at.
public enum ProtocolTestMode: UInt8, Sendable {
    /// What was found in the packet's direction.
    case direction
    case toServer, toClient, either
    /// What the flow speaks in the end, and what it spoke before an upgrade.
    case final, original
}
