import EVE
import Glibc

/// The sensor's counters as Prometheus text (format 0.0.4), for the textfile collector of node_exporter: `stats.prometheus-file`.
///
/// A file, not a port: a sensor that listens is one more thing to attack. It is replaced whole, so that nobody reads half of it.
final class MetricsFile {
    private let path: String
    private let sensor: String
    private let started: Int
    /// It was said that it cannot be written.
    private var hasComplained = false

    init(path: String, sensor: String, started: Int) {
        self.path = path
        self.sensor = sensor
        self.started = started
    }

    func write(_ tree: StatsTree, now: Int) {
        let text = MetricsFile.text(tree, sensor: sensor, started: started, now: now)
        guard let problem = replace(Array(text.utf8)) else {
            hasComplained = false
            return
        }
        if !hasComplained { SensorProgram.report("vonggac-sensor: stats.prometheus-file: \(path): \(problem)") }
        hasComplained = true
    }

    /// - Returns: what is in the way.
    private func replace(_ bytes: [UInt8]) -> String? {
        // The collector takes only names that end with .prom.
        let draft = path + ".new"
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { return unsafe String(cString: strerror(errno)) }
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes[offset...].withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            offset += count
        }
        // Whatever the mask says: the collector is another user.
        fchmod(file, 0o644)
        close(file)
        guard offset == bytes.count, unsafe rename(draft, path) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            _ = unsafe unlink(draft)
            return reason
        }
        return nil
    }

    // MARK: the text

    /// Counters that may fall: how things stand.
    private static let gauges: Set<String> = [
        "active", "active_sessions", "memuse", "reassembly_memuse", "memcap", "pressure", "pressure_max", "avg_pkt_size", "max_pkt_size",
        "ring_packets",
    ]

    static func text(_ tree: StatsTree, sensor: String, started: Int, now: Int) -> String {
        var text = ""
        var last = ""
        func put(_ name: String, isGauge: Bool, _ labels: [(String, String)], _ value: String) {
            let name = "vonggac_" + name + (isGauge ? "" : "_total")
            if name != last { text += "# TYPE \(name) \(isGauge ? "gauge" : "counter")\n" }
            last = name
            let labels = ([("sensor", sensor)] + labels).map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
            text += "\(name){\(labels)} \(value)\n"
        }
        put("sensor_info", isGauge: true, [("version", SensorProgram.version)], "1")
        put("sensor_start_time_seconds", isGauge: true, [], String(started))
        put("sensor_written_time_seconds", isGauge: true, [], String(now))
        if let rules = tree.rules {
            for (state, count) in [("loaded", rules.loaded), ("failed", rules.failed), ("skipped", rules.skipped)] {
                put("detect_rules", isGauge: true, [("state", state)], String(count))
            }
        }
        tree.forEach { path, value in
            let leaf = path.last ?? ""
            if path.first == "app_layer", path.count >= 3 {
                let labels = [("app_proto", path[2])] + (path.count > 3 ? [("kind", path[3...].joined(separator: "."))] : [])
                put("app_layer_" + plain(path[1]), isGauge: false, labels, String(value))
            } else {
                put(path.map(plain).joined(separator: "_"), isGauge: gauges.contains(leaf), [], String(value))
            }
        }
        return text
    }

    /// Letters, digits and `_`, as names are.
    private static func plain(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for character in value {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return text
    }
}
