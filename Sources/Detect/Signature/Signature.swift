import AppLayer
import Bytes
import RuleLanguage

/// A rule after all its keywords were understood: what the compiler groups and the evaluator runs.
///
/// One rule with `<>` becomes two signatures under one id. The lists keep the order of the rule text.
public struct Signature: Sendable {
    public var id: SignatureID
    public var action: RuleAction = .alert
    public var info: SignatureInfo

    // MARK: header
    public var proto = ProtocolSelector()
    public var source = AddressSet.any
    public var destination = AddressSet.any
    public var sourcePorts = PortSet.any
    public var destinationPorts = PortSet.any

    // MARK: conditions
    public var flow = FlowConditions()
    /// Directions in which the rule can match, from `flow` and from its buffers.
    public var directions = FlowDirections.both
    /// Tests on packet headers and on the flow, in rule order; all must hold.
    public var packetTests: [PacketTest] = []
    /// Tests on payload and buffers, one element per run of tests on one buffer, in rule order; all must hold.
    public var inspections: [BufferInspection] = []
    /// Tests of state shared between rules (flowbits and the like).
    public var stateTests: [StateTest] = []
    public var kind = SignatureKind.packet

    // MARK: effects
    /// State changes when everything matched, in rule order.
    public var effects: [StateEffect] = []
    public var threshold: ThresholdSpec?
    /// Thresholds beside the first one: each must let the alert pass.
    public var furtherThresholds: [ThresholdSpec] = []
    /// `filestore`.
    public var fileStore: FileStoreSpec?
    /// `noalert`, `flowbits:noalert`: match without alert.
    public var isSilent = false
    /// `=>`: the rule looks at both sides of a transaction; it is looked at with what the server sends, its ends being client and server.
    public var isTransactional = false
    /// `alert`: a pass rule alerts as well.
    public var alsoAlerts = false

    /// Order in which rules were read, from 0.
    public var loadOrder = 0

    public init(id: SignatureID, info: SignatureInfo) {
        self.id = id
        self.info = info
    }
}

/// A rule's number: generator, signature, revision.
public struct SignatureID: Hashable, Sendable, BitwiseCopyable {
    public var generator: UInt32
    public var signature: UInt32
    public var revision: UInt32

    public init(generator: UInt32 = 1, signature: UInt32, revision: UInt32 = 0) {
        self.generator = generator
        self.signature = signature
        self.revision = revision
    }
}

public enum RuleAction: UInt8, Sendable {
    case alert, pass, drop
    /// Drop and tell the sender, the receiver, or both.
    case reject, rejectDestination, rejectBoth
    case config

    /// Whether an inline sensor would let nothing of the packet through.
    public var drops: Bool { self == .drop || rejects }
    public var rejects: Bool { self == .reject || self == .rejectDestination || self == .rejectBoth }
}

/// The cold part of a rule: what outputs print and people read.
public final class SignatureInfo: Sendable {
    public let message: String
    /// `classtype` as written, and the text behind it; empty when there is none.
    public let classType: String
    public let classText: String
    /// 1 is the highest.
    public let priority: Int
    public let references: [String]
    /// `metadata` in the order of the rule; a key may repeat.
    public let metadata: [(key: String, value: String)]
    public let target: TargetSide?
    /// Where the rule stands and what it says.
    public let position: SourcePosition
    public let text: String

    public init(
        message: String, classType: String, classText: String, priority: Int, references: [String],
        metadata: [(key: String, value: String)], target: TargetSide?, position: SourcePosition, text: String
    ) {
        self.message = message
        self.classType = classType
        self.classText = classText
        self.priority = priority
        self.references = references
        self.metadata = metadata
        self.target = target
        self.position = position
        self.text = text
    }
}

/// `target`: which end of the packet is the victim.
public enum TargetSide: UInt8, Sendable { case source, destination }

/// When a rule is looked at (rule-semantics K1–K11).
public enum SignatureKind: UInt8, Sendable, BitwiseCopyable {
    /// Addresses, ports and protocol only: the first packet of each direction of a flow.
    case headerOnly
    /// Packet headers, packet payload, or the flow's state: every packet.
    case packet
    /// TCP payload in the reassembled stream.
    case stream
    /// TCP payload in the stream and in each packet (offset, depth, startswith, stream_size).
    case packetAndStream
    /// Buffers of a transaction of an application protocol.
    case transaction
    /// Frames of an application protocol.
    case frame
    /// An application protocol and nothing to look at: every packet once the protocol is known.
    case protocolOnly
    /// `app-layer-protocol`: once per direction when detection ends.
    case protocolDetection
    /// `decode-event`: packets with events, even without valid IP.
    case decodeEvent
    /// `stream-event` (engine-event:stream.*): the packet that raised it.
    case streamEvent
    /// `app-layer-event`: the transaction or flow that holds it.
    case applicationEvent
}

/// Which packets the header's protocol word admits.
public struct ProtocolSelector: Sendable {
    /// IP protocol numbers (6 tcp, 17 udp, 1 and 58 icmp, 132 sctp …); empty for all of IP.
    public var ipProtocols: [UInt8] = []
    /// 4 or 6 where the word was `ipv4`, `ipv6`; nil for both.
    public var ipVersion: UInt8?
    /// `tcp-pkt`: packets only. `tcp-stream`: stream only.
    public var isPacketOnly = false
    public var isStreamOnly = false
    /// `:flow_start`: only the first packet of each direction.
    public var atFlowStart = false
    /// `http1:request_headers`: the step of a transaction at which the rule is looked at.
    public var hook: TransactionStep?
    /// `pkthdr`: also packets without IP.
    public var admitsNonIP = false
    /// Protocols by detection, from the header's word or bound by buffers; empty for any.
    public var appProtocols: [AppProtocol] = []

    public init() {}
}

/// `flow:`.
public struct FlowConditions: Sendable, Equatable {
    public enum State: UInt8, Sendable { case established, notEstablished, stateless }
    public var state: State?
    public var direction: FlowDirection?
    /// `only_stream` / `no_stream`.
    public var onlyStream = false
    public var noStream = false
    /// `only_frag` / `no_frag`.
    public var onlyFragments = false
    public var noFragments = false

    public init() {}
}

/// Addresses as sorted, disjoint, closed ranges. IPv4 is held mapped, like ``IPAddress``.
public struct AddressSet: Sendable, Equatable {
    public struct Range: Hashable, Sendable {
        public var first: IPAddress
        public var last: IPAddress
        public init(first: IPAddress, last: IPAddress) {
            self.first = first
            self.last = last
        }
    }
    /// Empty means that nothing matches; ``any`` is flagged apart, so that it costs no look-up.
    public var ranges: [Range]
    public var isAny: Bool
    /// Written with a negation: such a rule is not header-only (rule-semantics K2).
    public var hasNegation = false

    public init(ranges: [Range], isAny: Bool = false) {
        self.ranges = ranges
        self.isAny = isAny
    }

    public static var any: AddressSet { AddressSet(ranges: [], isAny: true) }

    public func contains(_ address: IPAddress) -> Bool {
        if isAny { return true }
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].last < address { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].first <= address
    }
}

/// Ports as sorted, disjoint, closed ranges.
public struct PortSet: Sendable, Equatable {
    public var ranges: [ClosedRange<UInt16>]
    public var isAny: Bool

    public init(ranges: [ClosedRange<UInt16>], isAny: Bool = false) {
        self.ranges = ranges
        self.isAny = isAny
    }

    public static var any: PortSet { PortSet(ranges: [], isAny: true) }

    public func contains(_ port: Port) -> Bool {
        if isAny { return true }
        for range in ranges where range.contains(port.rawValue) { return true }
        return false
    }
}
