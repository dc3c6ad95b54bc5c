import Bytes
import Decode
import Flow

/// One tag of a flow or a host, and what has passed since (rule-semantics Q8).
private struct ActiveTag {
    /// Most tags of one flow or host, and how often a rule may renew its own.
    private static let limit = 50
    private static let renewalLimit = 10

    var rule: SignatureID
    var spec: TagSpec
    var first: Int64
    var packets: UInt32 = 0
    var bytes: UInt64 = 0
    /// The packet that raised the alert is shown by the alert.
    var skippedFirst = false
    var renewals = 0

    static func add(_ tag: ActiveTag, to list: inout [ActiveTag]) {
        if let known = list.firstIndex(where: { $0.rule == tag.rule }) {
            list[known].renewals += 1
            guard list[known].renewals <= renewalLimit else { return }
            list[known].first = tag.first
            list[known].packets = 0
            list[known].bytes = 0
        } else if list.count < limit {
            list.append(tag)
        }
    }

    /// Counts a packet. True when a tag asks for it to be logged.
    static func count(_ packet: Packet, _ list: inout [ActiveTag]) -> Bool {
        var isTagged = false
        list = list.compactMap { tag in
            var tag = tag
            tag.packets &+= 1
            tag.bytes &+= UInt64(packet.wireLength)
            guard tag.skippedFirst else {
                tag.skippedFirst = true
                return tag
            }
            let isOver =
                switch tag.spec.metric {
                case .packets: tag.packets > tag.spec.count
                case .bytes: tag.bytes > UInt64(tag.spec.count)
                case .seconds: packet.time.seconds - tag.first > Int64(tag.spec.count)
                }
            if isOver { return nil }
            isTagged = true
            return tag
        }
        return isTagged
    }
}

/// Which hosts rules have tagged, for all workers.
struct HostTags {
    /// Most hosts with tags.
    private static let limit = 65_536

    private var hosts: [IPAddress: [ActiveTag]] = [:]

    mutating func add(_ spec: TagSpec, rule: SignatureID, _ packet: Packet) {
        let address = spec.scope == .source ? packet.source : packet.destination
        guard hosts[address] != nil || hosts.count < HostTags.limit else { return }
        ActiveTag.add(ActiveTag(rule: rule, spec: spec, first: packet.time.seconds), to: &hosts[address, default: []])
    }

    /// Counts a packet. True when a tag asks for it to be logged.
    mutating func take(_ packet: Packet) -> Bool {
        guard !hosts.isEmpty else { return false }
        var isTagged = false
        for address in [packet.source, packet.destination] {
            guard var list = hosts[address] else { continue }
            if ActiveTag.count(packet, &list) { isTagged = true }
            hosts[address] = list.isEmpty ? nil : list
        }
        return isTagged
    }
}

/// Which flows rules have tagged, so that their next packets are logged; and the worker's way to the tags of hosts.
struct TagTable {
    private var flows: [FlowID: [ActiveTag]] = [:]
    private let shared: SharedState
    private let turn: WorkerTurn
    /// Some rule tags hosts: then each packet may be one that another worker's packet has asked for.
    private let tagsHosts: Bool

    init(shared: SharedState, turn: WorkerTurn, tagsHosts: Bool) {
        self.shared = shared
        self.turn = turn
        self.tagsHosts = tagsHosts
    }

    /// A rule has matched on `packet`.
    mutating func add(_ spec: TagSpec, rule: SignatureID, _ packet: Packet, flow: FlowID?) {
        if spec.scope == .session {
            if let flow { ActiveTag.add(ActiveTag(rule: rule, spec: spec, first: packet.time.seconds), to: &flows[flow, default: []]) }
            return
        }
        turn.wait()
        shared.withLock { $0.hostTags.add(spec, rule: rule, packet) }
    }

    /// Counts a packet. True when a tag asks for it to be logged.
    mutating func take(_ packet: Packet, flow: FlowID?) -> Bool {
        var isTagged = false
        if let flow, !flows.isEmpty, var list = flows[flow] {
            isTagged = ActiveTag.count(packet, &list)
            flows[flow] = list.isEmpty ? nil : list
        }
        guard tagsHosts else { return isTagged }
        turn.wait()
        return shared.withLock { $0.hostTags.take(packet) } || isTagged
    }

    /// Some packet may be one that a tag asks for.
    var mayConcernPackets: Bool { tagsHosts || !flows.isEmpty }

    mutating func forget(_ flow: FlowID) { if !flows.isEmpty { flows[flow] = nil } }

    mutating func adopt(_ old: TagTable) { flows = old.flows }
}
