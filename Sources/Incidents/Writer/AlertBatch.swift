import Bytes
import GRDB
import Trust

/// Writes a batch of items in one transaction.
struct AlertBatch: Sendable {
    let store: IncidentStore
    let sensor: SensorIdentity
    let table: CorrelationTable
    let directory: AgencyDirectory
    /// Rows up to this one are of an earlier start of the sensor, whose evidence keys mean other flows.
    let firstRow: Int64

    init(store: IncidentStore, sensor: SensorIdentity, table: CorrelationTable, directory: AgencyDirectory) throws {
        self.store = store
        self.sensor = sensor
        self.table = table
        self.directory = directory
        firstRow = try store.read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM alert") ?? 0 }
    }

    /// - Parameter newlyLost: what was lost since the last batch, added to the sensor's count.
    /// - Returns: how many items the database refused for what they hold; the others are written.
    func write(_ items: [AlertWriter.Item], newlyLost: Int64) throws -> Int64 {
        let written = store.clock()
        let correlator = Correlator(table: table, directory: directory, sensor: sensor.name)
        return try store.write { db in
            let sensorID = try IncidentStore.register(sensor, at: written, written: written, in: db)
            var agencies: [String: Int64] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT id, code FROM agency") { agencies[row["code"]] = row["id"] }
            var refused: Int64 = 0
            var last: Int64 = 0
            for item in items {
                switch item {
                case .alert(let submitted):
                    let alert = AlertBatch.storable(submitted)
                    last = max(last, alert.time.microseconds)
                    let finding = correlator.finding(alert)
                    let agency = (finding?.attribution.agency ?? own(alert)).flatMap { agencies[$0] }
                    let row: Int64
                    do {
                        row = try insert(alert, finding, sensorID: sensorID, agencyID: agency, written: written, in: db)
                    } catch let error as DatabaseError where AlertBatch.isOfTheRow(error) {
                        refused += 1
                        continue
                    }
                    guard let finding else { continue }
                    try correlator.place(alert, row: row, finding, agencyID: agency, written: written, in: db)
                case .evidence(let evidence):
                    last = max(last, evidence.time.microseconds)
                    try insert(evidence, sensorID: sensorID, written: written, in: db)
                case .heartbeat(let beat):
                    last = max(last, beat.until.microseconds)
                    try insert(beat, sensorID: sensorID, written: written, in: db)
                }
            }
            try db.execute(
                sql: "UPDATE sensor SET last_seen_at = max(last_seen_at, ?), lost_alerts = lost_alerts + ? WHERE id = ?",
                arguments: [last, newlyLost + refused, sensorID])
            return refused
        }
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
    private func own(_ alert: AlertRecord) -> String? {
        (directory.agency(of: alert.destination.address, vlans: alert.vlans)
            ?? directory.agency(of: alert.source.address, vlans: alert.vlans))?
            .code
    }

    /// The fault is in what the row holds, so that trying again would fail for ever. SQLite has undone that statement alone.
    private static func isOfTheRow(_ error: DatabaseError) -> Bool {
        error.resultCode == .SQLITE_CONSTRAINT || error.resultCode == .SQLITE_TOOBIG || error.resultCode == .SQLITE_MISMATCH
    }

    private func insert(
        _ alert: AlertRecord, _ finding: Correlator.Finding?, sensorID: Int64, agencyID: Int64?, written: Timestamp, in db: Database
    ) throws -> Int64 {
        let direction = alert.direction.map { $0 == .toServer ? "to_server" : "to_client" }
        try db.cachedStatement(
            sql: """
                INSERT INTO alert (sensor_id, seen_at, written_at, sid, gid, rev, message, class_type, priority, category_hint, techniques,
                  action, source, source_port, destination, destination_port, transport, vlan, app_protocol, direction, flow_id,
                  target_side, hostname, url, capture_file, packet_number, evidence_key, kind, agency_id, attacker, victim)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            sensorID, alert.time.microseconds, written.microseconds, alert.sid, alert.gid, alert.rev, alert.message, alert.classType,
            alert.priority, alert.categoryHint, Technique.text(alert.techniques), alert.action, alert.source.address.description,
            alert.source.port.map { Int64($0.rawValue) }, alert.destination.address.description,
            alert.destination.port.map { Int64($0.rawValue) }, alert.transport.rawValue,
            alert.vlans.map { String($0) }.joined(separator: ","), alert.appProtocol, direction, alert.flowID, alert.targetSide?.rawValue,
            alert.hostname, alert.url, alert.captureFile, alert.packetNumber, alert.evidenceKey, finding?.kind.code.rawValue, agencyID,
            finding?.attribution.attacker?.description, finding?.attribution.victim.description,
        ])
        return db.lastInsertedRowID
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

    private func insert(_ beat: Heartbeat, sensorID: Int64, written: Timestamp, in db: Database) throws {
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
