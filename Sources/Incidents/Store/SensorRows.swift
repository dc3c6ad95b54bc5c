import Bytes
import Foundation
import GRDB
import Trust

extension IncidentStore {
    /// Says that a sensor starts: makes or renews its row. What changed about it is an entry of the ledger.
    public func register(_ identity: SensorIdentity, at time: Timestamp? = nil) throws {
        let now = clock()
        try write { db in _ = try IncidentStore.register(identity, at: time ?? now, written: now, in: db) }
    }

    static func register(_ identity: SensorIdentity, at time: Timestamp, written: Timestamp, in db: Database) throws -> Int64 {
        let interfaces = try JSONValue.array(identity.interfaces.map(JSONValue.string)).canonicalText()
        let before = try Row.fetchOne(db, sql: "SELECT * FROM sensor WHERE name = ?", arguments: [identity.name])
        if let before {
            let id: Int64 = before["id"]
            if before["version"] == identity.version && before["interfaces"] == interfaces && before["mode"] == identity.mode.rawValue {
                return id
            }
            try db.execute(
                sql: "UPDATE sensor SET version = ?, interfaces = ?, mode = ? WHERE id = ?",
                arguments: [identity.version, interfaces, identity.mode.rawValue, id])
        } else {
            try db.execute(
                sql: "INSERT INTO sensor (name, version, interfaces, mode, seen_at, last_seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    identity.name, identity.version, interfaces, identity.mode.rawValue, time.microseconds, time.microseconds,
                    written.microseconds,
                ])
        }
        try Ledger.append(
            db, at: time, written: written, kind: before == nil ? "sensor.added" : "sensor.changed", actor: "sensor:\(identity.name)",
            subject: "sensor/\(identity.name)",
            body: [
                "version": .string(identity.version), "mode": .string(identity.mode.rawValue),
                "interfaces": .array(identity.interfaces.map(JSONValue.string)),
            ])
        guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM sensor WHERE name = ?", arguments: [identity.name]) else {
            throw NotFoundError(.sensor, identity.name)
        }
        return id
    }

    /// Says which rules a sensor loaded. A row and an entry are written when they are not the ones that it had.
    public func recordRuleSet(_ rules: RuleSetRecord, sensor: String) throws {
        let now = clock()
        try write { db in
            guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM sensor WHERE name = ?", arguments: [sensor]) else {
                throw NotFoundError(.sensor, sensor)
            }
            let last = try String.fetchOne(
                db, sql: "SELECT digest FROM ruleset WHERE sensor_id = ? ORDER BY id DESC LIMIT 1", arguments: [id])
            guard last != rules.digest else { return }
            try db.execute(
                sql: "INSERT INTO ruleset (sensor_id, digest, files, loaded, refused, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    id, rules.digest, try JSONValue.array(rules.files.map(JSONValue.string)).canonicalText(), rules.loaded, rules.refused,
                    rules.loadedAt.microseconds, now.microseconds,
                ])
            try Ledger.append(
                db, at: rules.loadedAt, written: now, kind: "ruleset.loaded", actor: "sensor:\(sensor)", subject: "sensor/\(sensor)",
                body: [
                    "digest": .string(rules.digest), "before": JSONValue(last), "loaded": JSONValue(rules.loaded),
                    "refused": JSONValue(rules.refused),
                ])
        }
    }

    /// Rule sets that sensors loaded within [from, until), the oldest first, by sensor's name.
    public func ruleSets(from: Timestamp? = nil, until: Timestamp? = nil) throws -> [(sensor: String, rules: RuleSetRecord)] {
        var condition = Condition()
        condition.add("r.seen_at >= ?", from?.microseconds)
        condition.add("r.seen_at < ?", until?.microseconds)
        return try read { db in
            try Row.fetchAll(
                db,
                sql: "SELECT r.*, s.name AS sensor_name FROM ruleset r JOIN sensor s ON s.id = r.sensor_id \(condition.sql) ORDER BY r.id",
                arguments: condition.arguments
            ).map { ($0["sensor_name"], RuleSetRecord(row: $0)) }
        }
    }

    /// Sensors and how they did within [from, until), by name. A sensor that was not yet heard of counts as down.
    public func sensors(from: Timestamp, until: Timestamp) throws -> [SensorStatus] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM sensor ORDER BY name").map { row in
                let id: Int64 = row["id"]
                let beats = try Row.fetchAll(
                    db, sql: "SELECT * FROM sensor_heartbeat WHERE sensor_id = ? AND until_at > ? AND seen_at < ? ORDER BY seen_at",
                    arguments: [id, from.microseconds, until.microseconds])
                var covered: Int64 = 0
                var reached = from.microseconds
                var sums = (packets: Int64(0), bytes: Int64(0), drops: Int64(0), alerts: Int64(0))
                for beat in beats {
                    let start = max(reached, beat["seen_at"] as Int64)
                    let end = min(until.microseconds, beat["until_at"] as Int64)
                    if end > start { covered += end - start }
                    reached = max(reached, end)
                    sums.packets += beat["packets"] as Int64
                    sums.bytes += beat["bytes"] as Int64
                    sums.drops += beat["kernel_drops"] as Int64
                    sums.alerts += beat["alerts"] as Int64
                }
                let name: String = row["name"]
                return SensorStatus(
                    identity: SensorIdentity(
                        name: name, version: row["version"], interfaces: IncidentStore.list(row["interfaces"]),
                        mode: SensorMode(rawValue: row["mode"]) ?? .live),
                    firstSeen: Timestamp(microseconds: row["seen_at"]), lastSeen: Timestamp(microseconds: row["last_seen_at"]),
                    ruleSet: try Row.fetchOne(
                        db, sql: "SELECT * FROM ruleset WHERE sensor_id = ? ORDER BY id DESC LIMIT 1", arguments: [id]
                    )
                    .map(RuleSetRecord.init(row:)),
                    coveredSeconds: Double(covered) / 1_000_000, rangeSeconds: until.seconds(since: from), packets: sums.packets,
                    bytes: sums.bytes, kernelDrops: sums.drops, alerts: sums.alerts, lostAlerts: row["lost_alerts"],
                    links: try String.fetchAll(
                        db,
                        sql: """
                            SELECT g.code || ': ' || l.name FROM internet_link l JOIN agency g ON g.id = l.agency_id
                            WHERE l.sensor = ? AND g.active ORDER BY 1
                            """, arguments: [name]))
            }
        }
    }

    static func list(_ text: String) -> [String] { (try? JSONValue(parsing: text))?.elements?.compactMap(\.text) ?? [] }
}

extension RuleSetRecord {
    init(row: Row) {
        self.init(
            digest: row["digest"], files: IncidentStore.list(row["files"]), loaded: row["loaded"], refused: row["refused"],
            loadedAt: Timestamp(microseconds: row["seen_at"]))
    }
}
