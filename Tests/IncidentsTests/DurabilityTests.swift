import Bytes
import Digest
import Foundation
import GRDB
import TestSupport
import Testing
import Trust

@testable import Incidents

/// Upgrades, backups, clocks that run backwards. Kills, power cuts and full disks are `Tests/Durability`.
@Suite struct DurabilityTests {
    private let scene: Scene
    private let code = IncidentCode(year: 2026, number: 1)

    init() throws { scene = try Scene() }

    /// A database of each earlier version is kept, upgraded, and its rows are the ledger's from then on.
    @Test(arguments: Schema.steps.dropLast().map(\.0)) func everyEarlierVersion(_ step: String) throws {
        let queue = try DatabaseQueue(path: scene.path)
        try Schema.migrator.migrate(queue, upTo: step)
        let event = try LedgerEvent(
            seq: 1, time: Scene.start, kind: "incident.opened", actor: "sensor:gw", subject: code.subject, body: ["state": "new"],
            previous: LedgerEvent.origin)
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO event (seq, seen_at, written_at, kind, actor, subject, body, previous, hash) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?);
                    INSERT INTO sensor (id, name, version, interfaces, mode, seen_at, last_seen_at, written_at) VALUES (1, 'gw', '0', '[]', 'live', 1, 1, 1);
                    INSERT INTO alert (id, sensor_id, seen_at, written_at, sid, gid, rev, message, class_type, priority, techniques, action, source,
                      destination, transport, vlan) VALUES (3, 1, 1, 1, 7, 1, 1, 'x', 'y', 1, '', 'allowed', '10.0.0.1', '10.0.0.2', 'tcp', ''),
                      (9, 1, 1, 1, 7, 1, 1, 'z', 'y', 1, '', 'allowed', '10.0.0.1', '10.0.0.2', 'tcp', '');
                    INSERT INTO incident (id, year, number, code, state, category, severity, title, title_en, seen_at, last_seen_at, written_at, alert_count)
                      VALUES (1, 2026, 1, 'VG-2026-0001', 'new', 'SCAN', 'M3', 'q', 'q', 1, 1, 1, 2);
                    INSERT INTO incident_alert (alert_id, incident_id, seen_at, written_at) VALUES (3, 1, 1, 1), (9, 1, 1, 1);
                    """,
                arguments: [
                    event.time.microseconds, event.time.microseconds, event.kind, event.actor, event.subject,
                    try event.body.canonicalText(), event.previous.hex,
                    event.hash.hex,
                ])
            if try db.tableExists("alert_group") {
                try db.execute(
                    sql: """
                        INSERT INTO alert_group (id, sid, gid, message, class_type, priority, techniques, sensor_id, seen_at, written_at)
                          VALUES (1, 7, 1, 'x', 'y', 1, '', 1, 1, 1), (2, 7, 1, 'z', 'y', 1, '', 1, 1, 1);
                        DROP TRIGGER IF EXISTS alert_never_changes;
                        UPDATE alert SET group_id = iif(id = 3, 1, 2);
                        INSERT INTO alert_day (group_id, day, alerts) VALUES (1, 0, 1), (2, 0, 1);
                        INSERT INTO day_count (day, alerts) VALUES (0, 2);
                        INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at)
                          VALUES (0, 1, 1, '', '', -1, 'tcp', 1, 1, 1), (0, 1, 2, '', '', -1, 'tcp', 1, 1, 1);
                        """)
            }
            // As `prepare` leaves it before it upgrades such a file.
            if try db.tableExists("ledger_open") {
                try db.execute(
                    sql: "INSERT INTO ledger_open VALUES ('adopt', 0, 0, 0); \(triggers(step))")
            }
        }
        try queue.close()

        // An audit takes it as it is.
        #expect(try IncidentStore(path: scene.path, mode: .inspect).auditLedger(chainOnly: true).findings.isEmpty)
        #expect(throws: StoreError.needsMigration(path: scene.path)) { try IncidentStore(path: scene.path, mode: .readOnly) }

        let store = try scene.store()
        let next = try #require(Schema.steps.map(\.0).first { $0 > step }?.prefix { $0 != " " })
        let kept = try DatabaseQueue(path: "\(scene.path).before-\(next)")
        #expect(try kept.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM alert") } == 2)
        let findings = try store.auditLedger().findings
        #expect(findings == [], "\(findings)")
        #expect(try store.events(kindPrefix: "database.migrated").count == 1)
        #expect(try store.integrityProblems().isEmpty)
        // From now on its rows are watched.
        try store.close()
        try Tampering.run(
            "UPDATE incident SET title = 'other' WHERE id = 1; UPDATE alert SET message = 'other' WHERE id = 9", on: scene.path)
        let found = try scene.store(.readOnly).auditLedger().findings
        #expect(found.contains(.alert(id: 9, .changed([]))))
        #expect(found.contains { if case .row("incident", "1", _) = $0 { true } else { false } })
    }

    private func triggers(_ step: String) -> String {
        "CREATE TRIGGER IF NOT EXISTS alert_never_changes BEFORE UPDATE ON alert BEGIN SELECT RAISE(ABORT, 'an alert never changes'); END;"
    }

    /// A program was killed while it made the file.
    @Test func fileThatWasOnlyBegun() throws {
        let queue = try DatabaseQueue(path: scene.path)
        try queue.write { try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)") }
        try queue.close()
        #expect(throws: StoreError.notADatabase(path: scene.path)) { try scene.store(.inspect) }
        #expect(try filled().auditLedger().findings == [])
    }

    /// What was committed is on disk: the log is flushed with each transaction.
    @Test func commitsAreFlushed() throws {
        #expect(try scene.store().database.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
    }

    private func filled() throws -> IncidentStore {
        _ = try scene.incidents((0..<20).map { alert(Double($0), "198.51.100.7", "10.20.10.2", classType: "network-scan") })
        return try scene.store()
    }

    @Test func backupAndRestore() throws {
        let store = try filled()
        try store.confirm(code, by: Hand("Lan"))
        let backup = scene.folder + "/backup.sqlite"
        var told: [(done: Int, total: Int)] = []
        try store.backUp(to: backup) { told.append(($0, $1)) }
        #expect(told.last.map { $0.done == $0.total && $0.total > 10 } == true)
        #expect(throws: StoreError.self) { try store.backUp(to: backup) }
        try store.note(code, "sau khi sao lưu", by: Hand("Lan"))
        let end = try store.ledgerHead()
        try store.close()

        let done = try IncidentStore.restore(backup, to: scene.path, by: Hand("Minh"))
        #expect(done.replaced == end.seq && done.seq == end.seq - 1 && done.kept == scene.path + ".replaced-1")
        let after = try scene.store()
        #expect(try after.auditLedger().findings.isEmpty)
        #expect(try after.integrityProblems().isEmpty)
        let entry = try #require(try after.events(kindPrefix: "database.restored").first)
        #expect(entry.actor == "Minh" && entry.body.contains(end.hash.hex))
        #expect(try after.events(kindPrefix: "incident.note").isEmpty)
        // Nothing is gone: what was replaced is there, and verifies.
        let replaced = try IncidentStore(path: scene.path + ".replaced-1", mode: .readOnly)
        #expect(try replaced.ledgerHead() == end && replaced.auditLedger().findings.isEmpty)
        // Into an empty folder as well.
        let elsewhere = scene.folder + "/new/incidents.sqlite"
        try FileManager.default.createDirectory(atPath: scene.folder + "/new", withIntermediateDirectories: true)
        #expect(try IncidentStore.restore(backup, to: elsewhere, by: Hand("Minh")).replaced == nil)
        #expect(try IncidentStore(path: elsewhere).alertCount() == 20)
    }

    @Test func alteredBackupIsRefused() throws {
        let store = try filled()
        let backup = scene.folder + "/backup.sqlite"
        try store.backUp(to: backup)
        let end = try store.ledgerHead()
        try Tampering.run("UPDATE incident SET title = 'M4'", on: backup)
        #expect(throws: StoreError.doesNotVerify(path: backup)) { try IncidentStore.restore(backup, to: scene.path, by: Hand("Minh")) }
        #expect(try store.ledgerHead() == end)
    }

    /// A backup made while a sensor writes is whole.
    @Test func backupWhileWriting() throws {
        let store = try scene.store()
        let writer = try scene.writer(store, batchSize: 20, interval: 0.001)
        let reader = try scene.store(.readOnly)
        for (index, alert) in (0..<2000).map({ alert(Double($0) / 10, "198.51.100.7", "10.20.10.2", classType: "network-scan") })
            .enumerated()
        {
            writer.submit(alert)
            if index % 400 == 399 { try reader.backUp(to: scene.folder + "/backup-\(index)") }
        }
        try writer.close()
        for index in stride(from: 399, to: 2000, by: 400) {
            let copy = try IncidentStore(path: scene.folder + "/backup-\(index)", mode: .readOnly)
            let findings = try copy.auditLedger().findings
            #expect(findings == [], "\(findings)")
        }
    }

    /// The machine's clock is set back by a day, and forth again.
    @Test func clockThatRunsBackwards() throws {
        let store = try filled()
        try store.confirm(code, by: Hand("Lan"))
        for step in [-86_400, 3600, -5, 90_000, -1] as [Int64] {
            scene.advance(seconds: step)
            try store.note(code, "lúc \(step)", by: Hand("Lan"))
            let writer = try scene.writer(store)
            writer.submit(alert(30, "198.51.100.7", "10.20.10.2", classType: "network-scan"))
            try writer.close()
            _ = try store.checkpoint(with: SigningKey.make(.ed25519), by: Hand("Lan"))
        }
        let audit = try store.auditLedger()
        #expect(audit.findings == [] && audit.waiting == 0)
        #expect(try store.alertCount() == 25)
        #expect(try store.incident(code).alertCount == 25)
    }

    /// What a killed sensor left unsealed is the next writer's.
    @Test func whatWaitsIsSealedByTheNext() throws {
        let store = try scene.store()
        let table = try Scene.table()
        try store.importAgencies(Scene.directory(), from: "agencies.yaml", by: Hand("test"))
        try store.register(Scene.sensor)
        let batch = try AlertBatch(store: store, sensor: Scene.sensor, table: table, directory: Scene.directory())
        _ = try batch.write([.alert(alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan"))], newlyLost: 0)
        // Killed here. The audit knows what waits, and what somebody else put in.
        let audit = try store.auditLedger()
        #expect(audit.findings == [] && audit.waiting > 2)
        let queue = try DatabaseQueue.patient(scene.path)
        try queue.write {
            try $0.execute(
                sql: """
                    INSERT INTO alert (sensor_id, seen_at, written_at, sid, gid, rev, message, class_type, priority, techniques, action, source, destination,
                      transport, vlan, group_id)
                    SELECT sensor_id, seen_at, written_at, sid, gid, rev, message, class_type, priority, techniques, action, source, destination, transport, vlan,
                      group_id FROM alert
                    """)
        }
        #expect(try store.auditLedger().findings.contains(.alert(id: 2, .inserted)))
        try queue.write { try $0.execute(sql: "DELETE FROM alert WHERE id = 2") }
        scene.advance(seconds: 61)
        let writer = try scene.writer(store)
        writer.submit(alert(70, "198.51.100.7", "10.20.10.2", classType: "network-scan"))
        try writer.close()
        let after = try store.auditLedger()
        #expect(after.findings == [] && after.waiting == 0)
    }

    /// A sensor signs by itself.
    @Test func checkpointsByTheWriter() throws {
        let store = try scene.store()
        try store.importAgencies(Scene.directory(), from: "agencies.yaml", by: Hand("test"))
        try SigningKey.make(.ed25519).write(to: scene.folder + "/key")
        func run() throws {
            let writer = try AlertWriter(
                store: store, sensor: Scene.sensor, table: Scene.table(), directory: Scene.directory(), policy: .wait, interval: 0.01,
                checkpoints: CheckpointPolicy(key: scene.folder + "/key", hours: 24, folder: scene.folder + "/checkpoints"))
            writer.submit(alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan"))
            let end = Date(timeIntervalSinceNow: 10)
            while try store.lastCheckpoint() == nil && Date() < end { Thread.sleep(forTimeInterval: 0.01) }
            try writer.close()
        }
        try run()
        try run()
        #expect(try store.entries(kindPrefix: "ledger.checkpoint", limit: 9).count == 1)
        scene.advance(seconds: 25 * 3600)
        try run()
        #expect(try SignedCheckpoint.all(in: scene.folder + "/checkpoints").count == 2)
        let key = try VerificationKey(file: scene.folder + "/key.pub")
        let audit = try store.checkCheckpoints(SignedCheckpoint.all(in: scene.folder + "/checkpoints"), keys: [key])
        #expect(audit.findings == [] && audit.verified == 4)
    }
}
