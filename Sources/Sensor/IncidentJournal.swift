import Bytes
import Incidents
import Synchronization

/// The run's incident record: the database's writer and the evidence folder. One for all workers.
final class IncidentJournal: Sendable {
    /// What workers enter.
    enum Entry: Sendable {
        case alert(AlertRecord)
        /// A capture file of one flow's packets.
        case packets([UInt8], time: Timestamp, key: Int64, summary: String)
        /// A file in the file store.
        case file(String, time: Timestamp, key: Int64, summary: String)
    }

    /// What went by.
    struct Tally: Sendable {
        var packets: Int64 = 0
        var bytes: Int64 = 0
        var alerts: Int64 = 0
        /// Times of the first and the last packet.
        var from: Timestamp?
        var until: Timestamp?

        mutating func add(_ other: Tally) {
            packets += other.packets
            bytes += other.bytes
            alerts += other.alerts
            if let start = other.from { from = min(from ?? start, start) }
            if let end = other.until { until = max(until ?? end, end) }
        }
    }

    private let writer: AlertWriter
    private let evidence: EvidenceFolder
    private let mode: SensorMode
    private let store: IncidentStore
    private let sensor: String
    /// Evidence that could not be kept, with the last reason.
    private let failures = Mutex<(count: Int, reason: String)?>(nil)

    /// - Parameter database: the incident database; evidence lies in the folder `evidence` beside it.
    init(
        database: String, agencies: String?, correlation: String, sensor: SensorIdentity, rules: RuleSetRecord?,
        retention: RetentionPolicy? = nil, checkpoints: CheckpointPolicy? = nil,
        onRetention: @escaping @Sendable (RetentionSummary) -> Void = { _ in },
        onFailure: @escaping @Sendable (StoreError) -> Void
    ) throws {
        mode = sensor.mode
        self.sensor = sensor.name
        store = try IncidentStore(path: database)
        if let agencies {
            _ = try store.importAgencies(
                try AgencyDirectory.load(file: agencies), from: agencies, once: true, by: Hand("sensor:" + sensor.name))
        }
        let folder = database.lastIndex(of: "/").map { String(database[..<$0]) } ?? "."
        evidence = try EvidenceFolder(path: folder + "/evidence")
        writer = try AlertWriter(
            store: store, sensor: sensor, table: try CorrelationTable.load(file: correlation), directory: try store.agencyDirectory(),
            policy: sensor.mode == .live ? .drop : .wait,
            // Captures are older than now by right: only a live sensor's record grows for ever.
            retention: sensor.mode == .live ? retention : nil, evidence: evidence,
            checkpoints: sensor.mode == .live ? checkpoints : nil, onRetention: onRetention, onFailure: onFailure)
        // The writer has registered the sensor.
        if let rules { try record(rules) }
    }

    /// Notes which rules are looked for from now on.
    func record(_ rules: RuleSetRecord) throws { try store.recordRuleSet(rules, sensor: sensor) }

    /// SHA-256, hexadecimal, of what is evidence of an incident under a legal hold.
    func heldDigests() throws -> Set<String> { Set(try store.heldEvidence().map(\.hex)) }

    func take(_ entry: Entry) {
        switch entry {
        case .alert(let record): writer.submit(record)
        case .packets(let bytes, let time, let key, let summary):
            keep {
                let digest = try evidence.store(bytes)
                return EvidenceRecord(digest: digest, size: Int64(bytes.count), kind: .pcap, time: time, key: key, description: summary)
            }
        case .file(let path, let time, let key, let summary):
            keep {
                let (digest, size) = try evidence.store(file: path)
                return EvidenceRecord(digest: digest, size: size, kind: .file, time: time, key: key, description: summary)
            }
        }
    }

    /// Evidence is on disk before its record is handed over; what cannot be kept is counted.
    private func keep(_ store: () throws -> EvidenceRecord) {
        do { writer.submit(try store()) } catch { failures.withLock { $0 = (($0?.count ?? 0) + 1, "\(error)") } }
    }

    /// Says what was watched: of a capture file the time of its packets, of interfaces the time between two beats.
    func beat(_ tally: Tally, captureFile: String? = nil, kernelDrops: Int64 = 0, from: Timestamp? = nil, until: Timestamp? = nil) {
        guard let from = from ?? tally.from, let until = until ?? tally.until else { return }
        var beat = Heartbeat(mode: mode, from: from, until: max(from, until))
        beat.packets = tally.packets
        beat.bytes = tally.bytes
        beat.alerts = tally.alerts
        beat.kernelDrops = kernelDrops
        beat.captureFile = captureFile
        writer.submit(beat)
    }

    /// Writes everything that was taken. Throws why something could not be written.
    func close() throws {
        try writer.close()
        if let lost = failures.withLock({ $0 }) {
            throw ConfigurationError("evidence", "\(lost.count) pieces could not be stored: \(lost.reason)")
        }
    }
}
