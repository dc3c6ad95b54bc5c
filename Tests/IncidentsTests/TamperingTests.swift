import Bytes
import Digest
import Foundation
import GRDB
import Incidents
import Testing
import Trust

/// Every table is altered in every way, and each alteration is found and named.
@Suite struct TamperingTests {
    /// A record with rows in every table that is filled here, made once; each case alters a copy.
    private static let original: Result<Scene, any Error> = Result { try make() }

    private static func make() throws -> Scene {
        let scene = try Scene()
        let store = try scene.store()
        let lan = Hand("Lan")
        let writer = try scene.writer(store)
        for number in 0..<3 {
            writer.submit(alert(Double(number), "198.51.100.7", "10.20.10.2", classType: "network-scan", key: 42))
            writer.submit(alert(Double(number), "198.51.100.9", "10.20.20.2", classType: "attempted-admin", key: 43))
        }
        writer.submit(alert(90_000, "198.51.100.11", "10.20.10.9", classType: "trojan-activity"))
        writer.submit(alert(7, "10.20.10.3", "198.51.100.7", classType: "policy-violation"))
        for key in [42, 43] as [Int64] {
            let bytes = Array("gói tin \(key)".utf8)
            writer.submit(
                EvidenceRecord(
                    digest: SHA256Digest(of: bytes), size: Int64(bytes.count), kind: .pcap, time: Scene.start, key: key, description: "flow"
                ))
        }
        for hour in 0..<2 as Range<Int64> {
            writer.submit(
                Heartbeat(
                    mode: .live, from: Timestamp(seconds: Scene.start.seconds + hour * 7200),
                    until: Timestamp(seconds: Scene.start.seconds + hour * 7200 + 60)))
        }
        try writer.close()
        for (number, digest) in ["aa", "bb"].enumerated() {
            try store.recordRuleSet(
                RuleSetRecord(digest: digest, files: ["a.rules"], loaded: number, refused: 0, loadedAt: Scene.start), sensor: "gw")
        }
        let codes = try store.incidents().map(\.code)
        guard codes.count >= 3 else { return scene }
        try store.register(SensorIdentity(name: "gw-2", version: "0.1", interfaces: ["eth1"], mode: .live))
        try store.importAgencies(
            AgencyDirectory.parse(
                Scene.office.replacing("sensor: gw}", with: "sensor: gw}, {name: Viettel, sensor: gw-2}"), file: "agencies.yaml"),
            from: "agencies.yaml", by: lan)
        for code in codes {
            try store.confirm(code, by: lan)
            try store.setClocks(
                ["R26_4", "R26_72"].map { IncidentClock(incident: code, code: $0, profile: "vn-2026", t0: Scene.start, due: Scene.start) },
                for: code,
                by: lan)
            let run = try store.startRun(on: code, playbook: "playbook--1", name: "Quét", digest: "cc", by: lan)
            for step in ["action--1", "action--2"] {
                let id = try store.startStep(run: run, step: step, name: "Hỏi", type: "action", by: lan)
                try store.finishStep(run: run, stepRun: id, outcome: .succeeded, output: "có", by: lan)
            }
        }
        try store.meetClock("R26_4", of: codes[0], fulfilledBy: "12/BC", by: lan)
        try store.link(codes[0], with: codes[1], by: lan)
        try store.link(codes[0], with: codes[2], by: lan)
        try store.close()
        return scene
    }

    private static let tables = [
        "event", "alert", "alert_group", "alert_day", "day_count", "slice_day", "rule_day", "incident_day", "incident",
        "incident_alert", "incident_host", "incident_link", "evidence", "clock", "playbook_run", "playbook_step", "sensor",
        "sensor_heartbeat", "ruleset", "agency", "network", "internet_link",
    ]

    /// A copy of the original, altered.
    private func findings(_ sql: String) throws -> [LedgerFinding] {
        let scene = try Self.original.get()
        let copy = scene.folder + "/\(UUID().uuidString).sqlite"
        try FileManager.default.copyItem(atPath: scene.path, toPath: copy)
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + end) } }
        try Tampering.run(sql, on: copy)
        return try IncidentStore(path: copy, mode: .readOnly).auditLedger().findings
    }

    /// What of the original a table has.
    private func table(_ name: String) throws -> (columns: [(name: String, type: String)], key: [String], rows: Int) {
        try DatabaseQueue.patient(try Self.original.get().path).read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT name, type, pk FROM pragma_table_info(?)", arguments: [name])
            return (
                rows.map { ($0["name"], $0["type"]) }, rows.filter { $0["pk"] as Int > 0 }.map { $0["name"] },
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \"\(name)\"") ?? 0
            )
        }
    }

    @Test func theOriginalIsSound() throws {
        #expect(try IncidentStore(path: Self.original.get().path, mode: .readOnly).auditLedger().findings == [])
        let all = try DatabaseQueue.patient(try Self.original.get().path).read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        }
        #expect(Set(Self.tables).subtracting(all).isEmpty)
    }

    @Test(arguments: tables) func changedColumn(_ name: String) throws {
        let table = try table(name)
        #expect(table.rows >= 2)
        let order = table.key.map { "\"\($0)\"" }.joined(separator: ", ")
        for column in table.columns where !table.key.contains(column.name) || table.key.count > 1 {
            let value = column.type == "INTEGER" ? "coalesce(\(column.name), 0) + 77" : "coalesce(\(column.name), '') || 'x'"
            let found = try findings(
                "UPDATE \"\(name)\" SET \"\(column.name)\" = \(value) WHERE (\(order)) = (SELECT \(order) FROM \"\(name)\" ORDER BY \(order) LIMIT 1)"
            )
            #expect(found.contains { $0.english.contains(name) && $0.vietnamese.count > 3 }, "\(name).\(column.name): \(found)")
        }
    }

    @Test(arguments: tables) func deletedRow(_ name: String) throws {
        let table = try table(name)
        let order = table.key.map { "\"\($0)\"" }.joined(separator: ", ")
        for place in Set([0, 1, table.rows / 2, table.rows - 2, table.rows - 1]) {
            let found = try findings(
                "DELETE FROM \"\(name)\" WHERE (\(order)) = (SELECT \(order) FROM \"\(name)\" ORDER BY \(order) LIMIT 1 OFFSET \(place))")
            #expect(found.contains { $0.english.contains(name) }, "\(name) \(place): \(found)")
        }
    }

    /// Everything from some row on is gone.
    @Test(arguments: tables) func truncated(_ name: String) throws {
        let order = try table(name).key.map { "\"\($0)\"" }.joined(separator: ", ")
        for kept in [0, 1] {
            let found = try findings(
                """
                DELETE FROM "\(name)" WHERE (\(order)) NOT IN (SELECT \(order) FROM "\(name)" ORDER BY \(order) LIMIT \(kept))
                """)
            #expect(found.contains { $0.english.contains(name) }, "\(name): \(found)")
        }
    }

    @Test(arguments: tables) func insertedRow(_ name: String) throws {
        let table = try table(name)
        let key = table.key[table.key.count - 1]
        let values = table.columns.map { column in
            let quoted = "\"\(column.name)\""
            if column.name == key || ["code", "name", "hash", "number"].contains(column.name) {
                return column.type == "INTEGER" ? "\(quoted) + 77" : "\(quoted) || '7'"
            }
            return quoted
        }
        let found = try findings("INSERT INTO \"\(name)\" SELECT \(values.joined(separator: ", ")) FROM \"\(name)\" LIMIT 1")
        #expect(found.contains { $0.english.contains(name) }, "\(name): \(found)")
    }

    /// Two rows change places: what one says stands under the other's key.
    @Test(arguments: tables) func reordered(_ name: String) throws {
        let table = try table(name)
        guard table.key.count == 1, table.columns.first(where: { $0.name == table.key[0] })?.type == "INTEGER" else { return }
        let key = "\"\(table.key[0])\""
        let found = try findings(
            """
            CREATE TEMP TABLE two AS SELECT \(key) AS k FROM "\(name)" ORDER BY 1 LIMIT 2;
            UPDATE "\(name)" SET \(key) = -1 WHERE \(key) = (SELECT min(k) FROM two);
            UPDATE "\(name)" SET \(key) = (SELECT min(k) FROM two) WHERE \(key) = (SELECT max(k) FROM two);
            UPDATE "\(name)" SET \(key) = (SELECT max(k) FROM two) WHERE \(key) = -1;
            DROP TABLE two;
            """)
        #expect(found.contains { $0.english.contains(name) }, "\(name): \(found)")
    }

    /// The chain's end is cut off and its counter set back; the tables know more than what is left.
    @Test func cutOffWithItsCounter() throws {
        let found = try findings(
            "DELETE FROM event WHERE seq > (SELECT max(seq) - 2 FROM event); UPDATE sqlite_sequence SET seq = (SELECT max(seq) FROM event)")
        #expect(found.contains { $0.english.hasPrefix("incident_link [") }, "\(found)")
    }

    /// A file whose list of migrations was altered is not opened.
    @Test func migrations() throws {
        #expect(throws: StoreError.self) { try findings("INSERT INTO grdb_migrations VALUES ('99 later')") }
        #expect(throws: StoreError.self) { try findings("DELETE FROM grdb_migrations WHERE identifier = '2 views'") }
    }

    @Test(arguments: ["DROP INDEX event_kind", "DROP VIEW v_event", "CREATE TABLE extra (x)", "ALTER TABLE event ADD COLUMN y TEXT"])
    func schema(_ sql: String) throws {
        let found = try findings(sql)
        #expect(found.contains { $0.english.hasPrefix("schema, ") }, "\(found)")
    }

    @Test func triggerTakenAway() throws {
        let scene = try Self.original.get()
        let copy = scene.folder + "/trigger.sqlite"
        try FileManager.default.copyItem(atPath: scene.path, toPath: copy)
        try DatabaseQueue.patient(copy).write { try $0.execute(sql: "DROP TRIGGER alert_never_changes") }
        #expect(
            try IncidentStore(path: copy, mode: .readOnly).auditLedger().findings == [
                .schema(name: "trigger alert_never_changes", .missing)
            ])
    }
}
