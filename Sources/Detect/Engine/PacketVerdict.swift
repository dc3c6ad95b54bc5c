/// What the rules (or a policy) decided about one packet. A passive sensor only reports it.
public struct PacketVerdict: Sendable {
    public var isPassed = false
    public var isDropped = false
    /// How the packet would be rejected, when it is.
    public var reject: RuleAction?
    /// Index of the first rule that dropped or rejected it.
    public var dropRule: Int?
    /// The transaction that this rule looked at.
    public var dropTransactionID: UInt64?
    public var reason: DropReason?

    public init() {}

    public mutating func drop(_ reason: DropReason) {
        isDropped = true
        if self.reason == nil { self.reason = reason }
    }
}

/// Why an inline sensor would drop a packet, named as EVE's `drop.reason` and the counters under `ips.drop_reason` name it.
public enum DropReason: UInt8, Sendable, CaseIterable {
    case decodeError, defragError, defragMemory, flowMemory, flowDrop, streamError, streamMemory, midstream, streamUrgent,
        streamReassembly, applicationError, applicationMemory, rules, threshold, nfqueueError, innerPacket, exceptionFlowDrop

    public var name: StaticString {
        switch self {
        case .decodeError: "decode error"
        case .defragError: "defrag error"
        case .defragMemory: "defrag memcap"
        case .flowMemory: "flow memcap"
        case .flowDrop: "flow drop"
        case .streamError: "stream error"
        case .streamMemory: "stream memcap"
        case .midstream: "stream midstream"
        case .streamUrgent: "stream urgent"
        case .streamReassembly: "stream reassembly"
        case .applicationError: "applayer error"
        case .applicationMemory: "applayer memcap"
        case .rules: "rules"
        case .threshold: "threshold detection_filter"
        case .nfqueueError: "nfq error"
        case .innerPacket: "tunnel packet drop"
        case .exceptionFlowDrop: "exception policy flow drop"
        }
    }

    public var counter: String {
        switch self {
        case .streamUrgent: "stream_urgent"
        case .innerPacket: "tunnel_packet_drop"
        case .threshold: "threshold_detection_filter"
        default: name.description.split(separator: " ").joined(separator: "_")
        }
    }
}
