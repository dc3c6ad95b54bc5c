import AppLayer
import Bytes
import Flow

/// Flows that conversations have announced and that have not begun: few, and forgotten after a while.
struct Expectations {
    private struct Entry {
        var flow: ExpectedFlow
        var hosts: (IPAddress, IPAddress)
        var time: Timestamp
    }

    private static let most = 4096
    /// An announced flow comes within this many seconds or not at all.
    private static let patience: Double = 30

    private var entries: [Entry] = []

    mutating func add(_ flow: ExpectedFlow, _ one: IPAddress, _ other: IPAddress, at time: Timestamp) {
        if entries.count >= Expectations.most { entries.removeFirst(entries.count - Expectations.most + 1) }
        entries.append(Entry(flow: flow, hosts: (one, other), time: time))
    }

    /// What was announced about a flow that begins; it is taken out.
    mutating func take(_ record: FlowRecord) -> ExpectedFlow? {
        guard !entries.isEmpty else { return nil }
        let (client, server) = (record.client, record.server)
        entries.removeAll { record.last.seconds(since: $0.time) > Expectations.patience }
        let index = entries.firstIndex {
            ($0.hosts == (client, server) || $0.hosts == (server, client)) && $0.flow.port == record.serverPort
        }
        return index.map { entries.remove(at: $0).flow }
    }
}
