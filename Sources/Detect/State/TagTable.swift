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

    /// Its seconds are over, whether a packet has come since or not.
    func isOver(at seconds: Int64) -> Bool { spec.metric == .seconds && seconds - first > Int64(spec.count) }

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
                case .seconds: tag.isOver(at: packet.time.seconds)
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
    private var hosts: BoundedTable<IPAddress, [ActiveTag]>
    /// Hosts whose tags were given up because there were too many.
    var evicted: UInt64 { hosts.evicted }

    /// - Parameter limit: most hosts with tags.
    init(limit: Int = 65_536) { hosts = BoundedTable(limit: limit) }

    mutating func add(_ spec: TagSpec, rule: SignatureID, _ packet: Packet) {
        let address = spec.scope == .source ? packet.source : packet.destination
        let now = packet.time.seconds
        hosts.makeRoom(
            for: address, isOver: { $0.allSatisfy { $0.isOver(at: now) } }, time: { $0.reduce(Int64.min) { max($0, $1.first) } })
        var list = hosts[address] ?? []
        ActiveTag.add(ActiveTag(rule: rule, spec: spec, first: now), to: &list)
        hosts[address] = list
    }

    /// Counts a packet. True when a tag asks for it to be logged.
    mutating func take(_ packet: Packet) -> Bool {
        guard !hosts.entries.isEmpty else { return false }
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
    /// Hosts whose tags were given up to make room for this worker's.
    private(set) var evictedHosts: UInt64 = 0

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
        evictedHosts &+= shared.withLock {
            let before = $0.hostTags.evicted
            $0.hostTags.add(spec, rule: rule, packet)
            return $0.hostTags.evicted - before
        }
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
