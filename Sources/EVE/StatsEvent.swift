import Bytes

/// Counters of a running sensor as a tree, printed as EVE's `stats` object.
public struct StatsTree: Sendable {
    private var counters: [(path: [String], value: UInt64)] = []
    /// How the rules were loaded (`detect.engines`); nil without rules.
    public var rules: (loaded: Int, failed: Int, skipped: Int)?

    /// Counters that stand at zero are left out (`null-values: no`).
    public var hidesZeros = false

    public init() {}

    /// - Parameter path: dotted, such as `decoder.pkts`. Counters with the same parent must be given one after the other.
    public mutating func add(_ path: String, _ value: UInt64) {
        counters.append((path.split(separator: ".").map(String.init), value))
    }

    /// Adds another worker's counters, which stand in the same order.
    public mutating func merge(_ other: StatsTree) {
        for (index, counter) in other.counters.enumerated() {
            guard index < counters.count, counters[index].path == counter.path else { continue }
            switch counter.path.last {
            // The fullest table, the longest packet.
            case "pressure", "pressure_max", "max_pkt_size": counters[index].value = max(counters[index].value, counter.value)
            default: counters[index].value &+= counter.value
            }
        }
        // The mean is that of all packets.
        guard let mean = counters.firstIndex(where: { $0.path == ["decoder", "avg_pkt_size"] }) else { return }
        let packets = value("decoder.pkts")
        counters[mean].value = packets == 0 ? 0 : value("decoder.bytes") / packets
    }

    /// A counter's value; 0 where there is none.
    public func value(_ path: String) -> UInt64 {
        let parts = path.split(separator: ".").map(String.init)
        return counters.first { $0.path == parts }?.value ?? 0
    }

    /// Calls `body` for each counter, in their order.
    public func forEach(_ body: (_ path: [String], _ value: UInt64) -> Void) {
        for counter in counters { body(counter.path, counter.value) }
    }

    private func engines(_ rules: (loaded: Int, failed: Int, skipped: Int), to json: inout JSONWriter) {
        json.key("engines")
        json.beginArray()
        json.beginObject()
        json.key("id")
        json.number(0)
        json.key("rules_loaded")
        json.number(rules.loaded)
        json.key("rules_failed")
        json.number(rules.failed)
        json.key("rules_skipped")
        json.number(rules.skipped)
        json.endObject()
        json.endArray()
    }

    func write(to json: inout JSONWriter) {
        var open: [String] = []
        var hasRules = false
        for (path, value) in counters where value > 0 || !hidesZeros {
            let parents = path.dropLast()
            var shared = 0
            while shared < open.count, shared < parents.count, open[shared] == parents[shared] { shared += 1 }
            for _ in shared..<open.count { json.endObject() }
            open.removeLast(open.count - shared)
            for name in parents[shared...] {
                json.key(dynamic: name)
                json.beginObject()
                open.append(name)
            }
            if let rules, path.count == 2, path[0] == "detect", !hasRules {
                engines(rules, to: &json)
                hasRules = true
            }
            json.key(dynamic: path[path.count - 1])
            json.number(value)
        }
        for _ in open { json.endObject() }
    }
}

extension EventWriter {
    /// `stats`: the counters since the start.
    public func stats(_ tree: StatsTree, time: Timestamp, uptimeSeconds: UInt64) {
        guard configuration.stats else { return }
        file.json.beginObject()
        file.json.key("timestamp")
        moment(time)
        file.json.key("event_type")
        file.json.string("stats")
        file.json.key("stats")
        file.json.beginObject()
        file.json.key("uptime")
        file.json.number(uptimeSeconds)
        var tree = tree
        tree.hidesZeros = configuration.statsHidesZeros
        tree.write(to: &file.json)
        file.json.endObject()
        end()
    }
}
