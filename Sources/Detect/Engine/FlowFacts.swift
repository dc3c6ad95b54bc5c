import AppLayer
import Bytes
import Flow

/// What detection has to know of a packet's flow; filled by the worker for each packet.
public struct FlowFacts: Sendable {
    public var id: FlowID
    /// Of the packet at hand.
    public var direction: FlowDirection
    public var isEstablished = false
    /// The first packet of the flow in this direction.
    public var isFirstInDirection = false
    public var appProtocol = AppProtocol.unknown
    /// What was found in each direction, and what was spoken before an upgrade.
    public var detected: (toServer: AppProtocol, toClient: AppProtocol) = (.unknown, .unknown)
    public var originalProtocol = AppProtocol.unknown
    /// Rules on the protocol alone have not been asked yet in this direction.
    public var isProtocolNews = false
    /// Directions in which protocol detection has ended.
    public var detectionEnded: FlowDirections = []
    public var ageSeconds: UInt64 = 0
    public var packetsToServer: UInt64 = 0
    public var packetsToClient: UInt64 = 0
    public var bytesToServer: UInt64 = 0
    public var bytesToClient: UInt64 = 0
    /// Sequence space used by each side, as `stream_size` counts it.
    public var streamSizeClient: UInt64 = 0
    public var streamSizeServer: UInt64 = 0
    public var streamEvents = StreamEvents()
    public var detectionEvents: DetectionEvents = []
    /// A pass or drop rule has decided on the whole flow: nothing more alerts.
    public var isDecided = false

    public init(id: FlowID, direction: FlowDirection) {
        self.id = id
        self.direction = direction
    }
}

/// A rule that matched, as outputs get it.
public struct Alert {
    /// Index into ``RuleSet/signatures``.
    public var rule: Int
    public var transactionID: UInt64?
    public var transaction: Transaction?
    /// The rule did not look at ``transaction``: it was the open one when the rule matched.
    public var isGuess = false
    /// Matched in reassembled stream data, not in the packet.
    public var isFromStream: Bool
    /// The rule's action, or what a rate filter made of it.
    public var action: RuleAction
    /// The frame in which it matched.
    public var frame: ProtocolFrame?
    /// JSON that lists gave for values that the rule looked up, by key.
    public var context: [(key: String, json: [UInt8])] = []
    /// What its expressions have captured.
    public var captured: [(capture: PCRECapture, bytes: [UInt8])] = []
    /// A rate filter has changed the action.
    public var isRateFiltered = false
}
