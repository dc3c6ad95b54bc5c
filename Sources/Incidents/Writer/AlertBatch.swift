import Bytes
import GRDB
import Synchronization
import Trust

/// Writes a batch of items in one transaction.
final class AlertBatch: Sendable {
    let store: IncidentStore
    let sensor: SensorIdentity
    let table: CorrelationTable
    /// Who owns which addresses, as the registry stood at this version. A change of it counts from the next batch on.
    private let registry: Mutex<(version: Int64, directory: AgencyDirectory)>
    /// What is known of incidents from one batch to the next; nil until the first one, and after one that failed.
    private let memory = Mutex<IncidentMemory?>(nil)
    /// Rows up to this one are of an earlier start of the sensor, whose evidence keys mean other flows.
    let firstRow: Int64
    private let hostLimit: Int

    /// - Parameter hostLimit: incidents of a host that are remembered.
    init(
        store: IncidentStore, sensor: SensorIdentity, table: CorrelationTable, directory: AgencyDirectory, hostLimit: Int = 1024
    ) throws {
        self.hostLimit = hostLimit
        self.store = store
        self.sensor = sensor
        self.table = table
        registry = Mutex((try store.read { try IncidentStore.registryVersion(in: $0) }, directory))
        firstRow = try store.read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM alert") ?? 0 }
    }

    /// The directory as it is now. A registry that cannot be read as one, which only a hand in the file can bring about, changes nothing.
    private func directory(in db: Database) throws -> AgencyDirectory {
        let version = try IncidentStore.registryVersion(in: db)
        let known = registry.withLock { $0 }
        guard known.version != version else { return known.directory }
        let directory = (try? AgencyDirectory(IncidentStore.agencies(in: db))) ?? known.directory
        registry.withLock { $0 = (version, directory) }
        return directory
    }

    /// - Parameter newlyLost: what was lost since the last batch, added to the sensor's count.
    /// - Returns: how many items the database refused for what they hold; the others are written.
    func write(_ items: [AlertWriter.Item], newlyLost: Int64) throws -> Int64 {
        let written = store.clock()
        let earliest = items.compactMap { if case .alert(let alert) = $0 { alert.time.microseconds } else { nil } }.min()
        var memory = memory.withLock { memory in
            defer { memory = nil }
            return memory ?? IncidentMemory(hostLimit: hostLimit)
        }
        let refused = try store.write(.later(actor: "sensor:\(sensor.name)")) { db in
            let directory = try directory(in: db)
            let sensorID = try IncidentStore.register(sensor, at: written, written: written, in: db)
            var agencies: [String: Int64] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT id, code FROM agency") { agencies[row[1]] = row[0] }
            memory.begin(
                try IncidentMemory.mark(of: db), earliest: earliest ?? written.microseconds, span: table.spanSeconds * 1_000_000)
            var correlator = Correlator(
                table: table, directory: directory, agencies: agencies, sensor: sensor.name, written: written, memory: memory)
            memory = IncidentMemory()
            defer { memory = correlator.known }
            let insertion = try SQLStatement(kept: db, AlertBatch.insertion)
            var refused: Int64 = 0
            var last: Int64 = 0
            let firstAlert = try LedgerSeal.nextAlert(db)
            try LedgerSeal.begin(first: firstAlert, in: db)
            var nextAlert = firstAlert
            for item in items {
                switch item {
                case .alert(let submitted):
                    let alert = AlertBatch.storable(submitted)
                    last = max(last, alert.time.microseconds)
                    let finding = correlator.finding(alert)
                    let agency = (finding?.attribution.agency ?? AlertBatch.own(alert, directory)).flatMap { agencies[$0] }
                    let row: Int64
                    let group: Int64
                    do {
                        group = try correlator.known.groups.id(
                            of: alert, finding, sensorID: sensorID, agencyID: agency, written: written, in: db)
                        try insert(
                            alert, finding, id: nextAlert, sensorID: sensorID, agencyID: agency, group: group, written: written,
                            by: insertion)
                        row = nextAlert
                        nextAlert += 1
                    } catch let error as DatabaseError where AlertBatch.isOfTheRow(error) {
                        refused += 1
                        continue
                    }
                    correlator.count(alert, group: group)
                    guard let finding else { continue }
                    try correlator.place(alert, row: row, group: group, finding, agencyID: agency, in: db)
                case .evidence(let evidence):
                    last = max(last, evidence.time.microseconds)
                    try insert(evidence, sensorID: sensorID, written: written, in: db)
                case .heartbeat(let beat):
                    last = max(last, beat.until.microseconds)
                    try insert(beat, sensorID: sensorID, written: written, in: db)
                }
            }
            try correlator.finish(in: db)
            if nextAlert > firstAlert { try LedgerSeal.open(alerts: firstAlert...nextAlert - 1, written: written, in: db) }
            try db.execute(
                sql: "UPDATE sensor SET last_seen_at = max(last_seen_at, ?), lost_alerts = lost_alerts + ? WHERE id = ?",
                arguments: [last, newlyLost + refused, sensorID])
            return refused
        } sealed: { db in
            memory.mark.changed = db.rowsChanged
        }
        self.memory.withLock { $0 = memory }
        return refused
    }

    /// SQLite's texts end at a zero byte; one from traffic would hide what follows it, so its symbol is stored instead.
    private static func storable(_ alert: AlertRecord) -> AlertRecord {
        guard alert.hostname?.utf8.contains(0) == true || alert.url?.utf8.contains(0) == true else { return alert }
        var alert = alert
        alert.hostname = alert.hostname?.replacing("\0", with: "␀")
        alert.url = alert.url?.replacing("\0", with: "␀")
        return alert
    }

    /// The agency of an alert that is only noise, so that it can be counted.
    private static func own(_ alert: AlertRecord, _ directory: AgencyDirectory) -> String? {
        (directory.agency(of: alert.destination.address, vlans: alert.vlans, interface: alert.interface)
            ?? directory.agency(of: alert.source.address, vlans: alert.vlans, interface: alert.interface))?
            .code
    }

    /// The fault is in what the row holds, so that trying again would fail for ever. SQLite has undone that statement alone.
    private static func isOfTheRow(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CONSTRAINT || error.resultCode == .SQLITE_TOOBIG || error.resultCode == .SQLITE_MISMATCH
    }

    private static let insertion = """
        INSERT INTO alert (sensor_id, seen_at, written_at, sid, gid, rev, message, class_type, priority, category_hint, techniques,
          action, source, source_port, destination, destination_port, transport, vlan, app_protocol, direction, flow_id,
          target_side, hostname, url, capture_file, packet_number, evidence_key, kind, agency_id, attacker, victim, group_id, id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    private func insert(
        _ alert: AlertRecord, _ finding: Correlator.Finding?, id: Int64, sensorID: Int64, agencyID: Int64?, group: Int64,
        written: Timestamp,
        by statement: SQLStatement
    ) throws {
        statement.bind(1, sensorID)
        statement.bind(2, alert.time.microseconds)
        statement.bind(3, written.microseconds)
        statement.bind(4, alert.sid)
        statement.bind(5, alert.gid)
        statement.bind(6, alert.rev)
        statement.bind(7, alert.message)
        statement.bind(8, alert.classType)
        statement.bind(9, alert.priority)
        statement.bind(10, alert.categoryHint)
        statement.bind(11, alert.techniques.isEmpty ? "" : Technique.text(alert.techniques))
        statement.bind(12, alert.action)
        statement.bind(13, alert.source.address)
        statement.bind(14, alert.source.port.map { Int64($0.rawValue) })
        statement.bind(15, alert.destination.address)
        statement.bind(16, alert.destination.port.map { Int64($0.rawValue) })
        statement.bind(17, alert.transport.rawValue)
        statement.bind(18, alert.vlans.isEmpty ? "" : alert.vlans.map { String($0) }.joined(separator: ","))
        statement.bind(19, alert.appProtocol)
        statement.bind(20, alert.direction.map { $0 == .toServer ? "to_server" : "to_client" })
        statement.bind(21, alert.flowID)
        statement.bind(22, alert.targetSide?.rawValue)
        statement.bind(23, alert.hostname)
        statement.bind(24, alert.url)
        statement.bind(25, alert.captureFile)
        statement.bind(26, alert.packetNumber)
        statement.bind(27, alert.evidenceKey)
        statement.bind(28, finding?.kind.code.rawValue)
        statement.bind(29, agencyID)
        statement.bind(30, finding?.attribution.attacker)
        statement.bind(31, finding?.attribution.victim)
        statement.bind(32, group)
        statement.bind(33, id)
        try statement.run()
    }

    /// Ties evidence to every incident whose alerts have its key; to the alert alone where there is no incident.
    private func insert(_ evidence: EvidenceRecord, sensorID: Int64, written: Timestamp, in db: Database) throws {
        let actor = "sensor:\(sensor.name)"
        var alerts: [Row] = []
        if let key = evidence.key {
            alerts = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT min(a.id) AS alert, i.id AS incident, i.code FROM alert a
                          LEFT JOIN incident_alert ia ON ia.alert_id = a.id LEFT JOIN incident i ON i.id = ia.incident_id
                        WHERE a.evidence_key = ? AND a.id > ? AND a.sensor_id = ? GROUP BY i.id ORDER BY i.id IS NULL, 1
                        """), arguments: [key, firstRow, sensorID])
        }
        // A flow of which some alerts are noise belongs to the incidents of the others.
        let tied = alerts.contains { ($0["incident"] as Int64?) != nil } ? alerts.filter { ($0["incident"] as Int64?) != nil } : alerts
        for row in tied {
            let incident: Int64? = row["incident"]
            let known = try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT 1 FROM evidence WHERE digest = ? AND incident_id IS ?"),
                arguments: [evidence.digest.hex, incident])
            if known != nil { continue }
            _ = try IncidentStore.insert(
                evidence, incidentID: incident, code: (row["code"] as String?).flatMap(IncidentCode.init), alertID: row["alert"],
                actor: actor,
                written: written, in: db)
        }
        if tied.isEmpty {
            _ = try IncidentStore.insert(evidence, incidentID: nil, code: nil, alertID: nil, actor: actor, written: written, in: db)
        }
    }

    /// A live sensor's heartbeat that follows on the last one of the same hour lengthens it: a year of heartbeats stays a short list.
    private func insert(_ beat: Heartbeat, sensorID: Int64, written: Timestamp, in db: Database) throws {
        if beat.mode == .live {
            try db.cachedStatement(
                sql: """
                    UPDATE sensor_heartbeat SET until_at = :until, packets = packets + :packets, bytes = bytes + :bytes,
                      kernel_drops = kernel_drops + :drops, alerts = alerts + :alerts
                    WHERE id = (SELECT id FROM sensor_heartbeat WHERE sensor_id = :sensor ORDER BY until_at DESC, id DESC LIMIT 1)
                      AND mode = 'live' AND until_at = :from AND seen_at / 3600000000 = :from / 3600000000 AND capture_file IS NULL
                    """
            ).execute(arguments: [
                "until": max(beat.from, beat.until).microseconds, "packets": beat.packets, "bytes": beat.bytes, "drops": beat.kernelDrops,
                "alerts": beat.alerts, "sensor": sensorID, "from": beat.from.microseconds,
            ])
            if db.changesCount > 0 { return }
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO sensor_heartbeat (sensor_id, mode, seen_at, until_at, packets, bytes, kernel_drops, alerts, capture_file, written_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            sensorID, beat.mode.rawValue, beat.from.microseconds, max(beat.from, beat.until).microseconds, beat.packets, beat.bytes,
            beat.kernelDrops, beat.alerts, beat.captureFile, written.microseconds,
        ])
    }
}
