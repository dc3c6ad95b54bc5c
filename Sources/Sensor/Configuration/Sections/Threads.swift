import Glibc

/// How many workers there are.
public enum RunMode: String, Sendable, CaseIterable {
    /// One. Usual for captures: their events are the same to the byte each time.
    case single
    /// Several, each with its own flows. Usual for interfaces.
    case workers
    /// As `workers`: there is no separate stage that reads an interface.
    case autofp
}

/// `runmode`, `threading` and `stats.interval`.
extension SensorConfiguration {
    private static let mostWorkers = 64

    /// Cores that this process may use.
    static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    mutating func readThreads(_ tree: ConfigurationTree) throws(ConfigurationError) {
        if let written = tree.text("runmode"), written != "auto" {
            guard let mode = RunMode(rawValue: written) else {
                throw ConfigurationError("runmode", "\"\(written)\" is not single, workers, autofp or auto")
            }
            runmode = mode
        }
        if let written = tree.text("threading.detect-thread-ratio") {
            guard let ratio = Double(written), ratio > 0, ratio <= 64 else {
                throw ConfigurationError("threading.detect-thread-ratio", "\"\(written)\" is no number over 0 and up to 64")
            }
            workersPerCore = ratio
        }
        fileThreads = try SensorConfiguration.threads(tree, "pcap-file.threads")
        if let interval = tree.integer("stats.interval"), interval > 0 { statsInterval = interval }
        metricsFile = tree.text("stats.prometheus-file")
    }

    /// A number of threads; nil for `auto` and where nothing is said.
    static func threads(_ tree: ConfigurationTree, _ path: String, shownAs name: String? = nil) throws(ConfigurationError) -> Int? {
        guard let written = tree.text(path), written != "auto" else { return nil }
        guard let count = Int(written), (1...mostWorkers).contains(count) else {
            throw ConfigurationError(name ?? path, "\"\(written)\" is neither auto nor a number from 1 to \(mostWorkers)")
        }
        return count
    }

    /// Workers of a run over captures.
    func fileWorkers(_ asked: RunMode?) -> Int {
        guard (asked ?? runmode ?? .single) != .single else { return 1 }
        return fileThreads
            ?? min(max(1, Int((Double(SensorConfiguration.cores) * workersPerCore).rounded())), SensorConfiguration.mostWorkers)
    }

    /// Workers on one interface.
    func workers(on interface: InterfaceSettings, _ asked: RunMode?) -> Int {
        guard (asked ?? runmode ?? .workers) != .single else { return 1 }
        return interface.threads ?? min(SensorConfiguration.cores, SensorConfiguration.mostWorkers)
    }
}
