import Bytes
import Decode
import Flow

/// Which flows and hosts rules have tagged, so that their next packets are logged (rule-semantics Q8).
struct TagTable {
    private struct Entry {
        var rule: Int
        var spec: TagSpec
        var first: Int64
        var packets: UInt32 = 0
        var bytes: UInt64 = 0
        /// The packet that raised the alert is shown by the alert.
        var skippedFirst = false
        var renewals = 0
    }

    /// Most tags of one flow or host, and how often a rule may renew its own.
    private static let limit = 50
    private static let renewalLimit = 10
    /// Most hosts with tags.
    private static let hostLimit = 65_536

    private var flows: [FlowID: [Entry]] = [:]
    private var hosts: [IPAddress: [Entry]] = [:]

    /// A rule has matched on `packet`.
    mutating func add(_ spec: TagSpec, rule: Int, _ packet: Packet, flow: FlowID?) {
        let entry = Entry(rule: rule, spec: spec, first: packet.time.seconds)
        switch spec.scope {
        case .session: if let flow { TagTable.add(entry, to: &flows[flow, default: []]) }
        case .source: addHost(entry, packet.source)
        case .destination: addHost(entry, packet.destination)
        }
    }

    private mutating func addHost(_ entry: Entry, _ address: IPAddress) {
        guard hosts[address] != nil || hosts.count < TagTable.hostLimit else { return }
        TagTable.add(entry, to: &hosts[address, default: []])
    }

    private static func add(_ entry: Entry, to list: inout [Entry]) {
        if let known = list.firstIndex(where: { $0.rule == entry.rule }) {
            list[known].renewals += 1
            guard list[known].renewals <= renewalLimit else { return }
            list[known].first = entry.first
            list[known].packets = 0
            list[known].bytes = 0
        } else if list.count < limit {
            list.append(entry)
        }
    }

    /// Counts a packet. True when a tag asks for it to be logged.
    mutating func take(_ packet: Packet, flow: FlowID?) -> Bool {
        guard !flows.isEmpty || !hosts.isEmpty else { return false }
        var isTagged = false
        if let flow, !flows.isEmpty, var list = flows[flow] {
            isTagged = TagTable.count(packet, &list)
            flows[flow] = list.isEmpty ? nil : list
        }
        guard !hosts.isEmpty else { return isTagged }
        for address in [packet.source, packet.destination] {
            guard var list = hosts[address] else { continue }
            if TagTable.count(packet, &list) { isTagged = true }
            hosts[address] = list.isEmpty ? nil : list
        }
        return isTagged
    }

    private static func count(_ packet: Packet, _ list: inout [Entry]) -> Bool {
        var isTagged = false
        list = list.compactMap { entry in
            var entry = entry
            entry.packets &+= 1
            entry.bytes &+= UInt64(packet.wireLength)
            guard entry.skippedFirst else {
                entry.skippedFirst = true
                return entry
            }
            let isOver =
                switch entry.spec.metric {
                case .packets: entry.packets > entry.spec.count
                case .bytes: entry.bytes > UInt64(entry.spec.count)
                case .seconds: packet.time.seconds - entry.first > Int64(entry.spec.count)
                }
            if isOver { return nil }
            isTagged = true
            return entry
        }
        return isTagged
    }

    mutating func forget(_ flow: FlowID) { if !flows.isEmpty { flows[flow] = nil } }
}
