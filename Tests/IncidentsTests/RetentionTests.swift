import Bytes
import Digest
import Foundation
import GRDB
import Synchronization
import Testing

@testable import Incidents

@Suite struct RetentionTests {
    private let scene: Scene
    private let store: IncidentStore
    private let folder: EvidenceFolder

    init() throws {
        scene = try Scene()
        store = try scene.store()
        folder = try EvidenceFolder(path: scene.folder + "/evidence", youth: -1)
    }

    private static let policy = RetentionPolicy(alertDays: 30, incidentYears: 5)

    private func write(_ alerts: [AlertRecord], evidence: [(key: Int64, seconds: Double)] = []) throws {
        let writer = try scene.writer(store)
        for alert in alerts { #expect(writer.submit(alert)) }
        for (key, seconds) in evidence {
            let bytes = Array("packets of \(key)".utf8)
            let digest = try folder.store(bytes)
            let time = Timestamp(microseconds: Scene.start.microseconds + Int64(seconds * 1e6))
            #expect(
                writer.submit(
                    EvidenceRecord(digest: digest, size: Int64(bytes.count), kind: .pcap, time: time, key: key, description: "flow \(key)"))
            )
        }
        try writer.close()
    }

    private func expire(_ policy: RetentionPolicy = policy) throws -> RetentionSummary {
        let run = RetentionRun(store: store, policy: policy, folder: folder, actor: "sensor:gw")
        while try run.step() {}
        return run.summary
    }

    /// Old noise goes with its packets; what an incident needs stays, until the incident's own time is over.
    @Test func keepsWhatIncidentsNeed() throws {
        try write(
            [
                alert(0, "10.20.10.9", "203.0.113.9", sid: 1, key: 1),  // noise
                alert(1, "198.51.100.1", "10.20.10.2", classType: "network-scan", sid: 2, key: 2),  // stays new
                alert(2, "198.51.100.2", "10.20.20.2", classType: "network-scan", sid: 2, key: 3),  // dismissed
                alert(3, "198.51.100.3", "10.20.20.3", classType: "network-scan", sid: 2, key: 4),  // dismissed, but held
                alert(4, "198.51.100.4", "10.20.20.4", classType: "network-scan", sid: 2, key: 5),  // closed
                alert(20 * 86_400, "10.20.10.9", "203.0.113.9", sid: 1, key: 6),  // young noise
            ], evidence: [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 20 * 86_400), (77, 5)])
        let codes = try store.incidents().sorted { $0.code < $1.code }.map(\.code)
        #expect(codes.count == 4)
        try store.dismiss(codes[1], reason: "own scanner", by: Hand("an"))
        try store.dismiss(codes[2], reason: "own scanner", by: Hand("an"))
        try store.hold(codes[2], reason: "court", by: Hand("an"))
        try store.confirm(codes[3], by: Hand("an"))
        try store.contain(codes[3], note: "x", by: Hand("an"))
        try store.eradicate(codes[3], note: "x", by: Hand("an"))
        try store.recover(codes[3], note: "x", by: Hand("an"))
        try store.close(codes[3], summary: "done", handlingMode: .alone, by: Hand("an"))

        #expect(try expire().alerts == 0)
        scene.advance(seconds: 40 * 86_400)
        #expect(try store.expiring(RetentionTests.policy).alerts == 2)
        let summary = try expire()
        #expect(summary.alerts == 2 && summary.evidence == 3)
        #expect(try store.alerts().map(\.record.evidenceKey) == [2, 4, 5, 6])
        #expect(try Set(store.evidence().map(\.description)) == ["flow 2", "flow 4", "flow 5", "flow 6"])
        #expect(try store.verifyEvidence(in: folder).isEmpty)
        for key in [1, 3, 77] {
            #expect(!FileManager.default.fileExists(atPath: folder.file(SHA256Digest(of: Array("packets of \(key)".utf8)))))
        }
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.auditLedger().findings.isEmpty)
        #expect(try store.events(kindPrefix: "evidence.expired").count == 3)
        #expect(try store.events(kindPrefix: "retention.applied").count == 1)
        #expect(try store.incidents().count == 4)

        try store.hold(codes[2], false, reason: "over", by: Hand("an"))
        scene.advance(seconds: 6 * 31_557_600)
        let later = try expire()
        // The released and the closed one, and the noise that has grown old.
        #expect(later.alerts == 3)
        #expect(try store.alerts().map(\.record.evidenceKey) == [2])
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.incidents().count == 4)
    }

    /// What a person added keeps its alert, whatever the incident.
    @Test func keepsWhatPeopleAdded() throws {
        try write([alert(0, "198.51.100.1", "10.20.10.2", classType: "network-scan", key: 1)])
        let code = try #require(try store.incidents().first).code
        let digest = try folder.store(Array("photo".utf8))
        try store.addEvidence(
            EvidenceRecord(digest: digest, size: 5, kind: .screenshot, time: Scene.start, description: "photo"), to: code, by: Hand("an"))
        try store.dismiss(code, reason: "no", by: Hand("an"))
        scene.advance(seconds: 60 * 86_400)
        #expect(try expire().evidence == 0)
        #expect(try store.evidence().map(\.description) == ["photo"])
        #expect(try folder.bytes(digest) == Array("photo".utf8))
    }

    /// In slices, with the sensor's alerts between them, and the file shrinks.
    @Test func givesSpaceBackWhileTheSensorWrites() throws {
        let old = (0..<30_000).map { index in
            var record = alert(Double(index % 86_400), "10.20.10.9", "203.0.113.9", sid: Int64(index % 50))
            record.url = "/" + String(repeating: "x", count: 200)
            return record
        }
        try write(old)
        _ = try store.database.writeWithoutTransaction { try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        func size() throws -> Int { try FileManager.default.attributesOfItem(atPath: scene.path)[.size] as? Int ?? 0 }
        let before = try size()
        scene.advance(seconds: 60 * 86_400)
        let young = Double(60 * 86_400)
        let writer = try AlertWriter(
            store: store, sensor: Scene.sensor, table: Scene.table(), directory: Scene.directory(), policy: .wait, batchSize: 10,
            interval: 0.01, retention: RetentionTests.policy, evidence: folder)
        var submitted = 0
        let end = Date(timeIntervalSinceNow: 60)
        while try store.alertCount() > submitted + 10, Date() < end {
            for _ in 0..<10 {
                #expect(writer.submit(alert(young + Double(submitted), "10.20.10.9", "203.0.113.9", sid: 99)))
                submitted += 1
            }
            Thread.sleep(forTimeInterval: 0.002)
        }
        // The space is given back in slices too.
        while try store.database.inDatabase({ try Int.fetchOne($0, sql: "PRAGMA freelist_count") ?? 0 }) > 1024, Date() < end + 30 {
            Thread.sleep(forTimeInterval: 0.1)
        }
        try writer.close()
        #expect(try store.alertCount() == submitted)
        #expect(try store.integrityProblems().isEmpty)
        _ = try store.database.writeWithoutTransaction { try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        #expect(try size() < before / 2)
        #expect(try !store.events(kindPrefix: "retention.applied").isEmpty)
    }

    /// Alerts of large false alarms go in many slices, incident by incident; after each of them the counts are what counting would give.
    @Test func falseAlarmsGoInSlices() throws {
        func scan(_ source: String, _ seconds: Double, _ number: Int) -> AlertRecord {
            alert(seconds, source, "10.20.10.\(2 + number % 40)", classType: "network-scan", sid: Int64(1 + number % 3), key: Int64(number))
        }
        var alerts: [AlertRecord] = []
        for number in 0..<1700 { alerts.append(scan("198.51.100.\(1 + number % 3)", Double(number), number)) }
        for number in 0..<40 { alerts.append(scan("198.51.100.9", Double(50_000 + number), 5000 + number)) }
        try write(alerts, evidence: [(3, 3), (6, 6), (5001, 50_002)])
        let incidents = try store.incidents()
        let kept = try #require(try store.alerts().first { $0.record.evidenceKey == 6 })
        let open = try #require(try store.alerts().first { $0.record.evidenceKey == 5001 }?.incident)
        for incident in incidents where incident.code != open { try store.dismiss(incident.code, reason: "own scanner", by: Hand("an")) }
        // What a person added to one alert keeps that alert.
        let digest = try folder.store(Array("photo".utf8))
        let owner = try #require(kept.incident)
        let photo = EvidenceRecord(digest: digest, size: 5, kind: .screenshot, time: Scene.start, description: "photo")
        try store.write { db in
            let incident = try Int64.fetchOne(db, sql: "SELECT incident_id FROM incident_alert WHERE alert_id = ?", arguments: [kept.id])
            _ = try IncidentStore.insert(
                photo, incidentID: incident, code: owner, alertID: kept.id, actor: "an", written: Scene.start, in: db)
        }
        let before = try store.incidents().map(\.code)
        scene.advance(seconds: 60 * 86_400)
        #expect(try store.expiring(RetentionTests.policy).alerts == 1699)
        let run = RetentionRun(store: store, policy: RetentionTests.policy, folder: folder, actor: "test", target: .zero)
        var slices = 0
        while try run.step() {
            slices += 1
            #expect(try store.integrityProblems().isEmpty)
        }
        #expect(slices > 4)
        #expect(run.summary.alerts == 1699)
        #expect(try Set(store.alerts().map(\.record.evidenceKey)) == Set([6] + (5000..<5040)))
        #expect(try store.incidents().map(\.code) == before)
        #expect(try store.expiring(RetentionTests.policy).alerts == 0)
    }

    /// What goes while it waits for a seal is sealed first; the rest goes on waiting, so that slices beside a busy sensor stay small.
    @Test(arguments: [false, true]) func sealsOnlyWhatGoes(oldOnes: Bool) throws {
        scene.advance(seconds: 60 * 86_400)
        let young = Double(60 * 86_400)
        try write([
            alert(0, "10.20.10.9", "203.0.113.9", sid: 1), alert(1, "198.51.100.1", "10.20.10.2", classType: "network-scan", sid: 2),
        ])
        let writer = try scene.writer(store)
        if oldOnes { #expect(writer.submit(alert(2, "10.20.10.9", "203.0.113.9", sid: 1))) }
        #expect(writer.submit(alert(young, "10.20.10.9", "203.0.113.9", sid: 3)))
        let there = oldOnes ? 4 : 3
        let end = Date(timeIntervalSinceNow: 60)
        while try store.alertCount() < there, Date() < end { Thread.sleep(forTimeInterval: 0.01) }
        #expect(try expire().alerts == (oldOnes ? 2 : 1))
        #expect(try store.database.inDatabase { try LedgerSeal.openAlerts($0) }.count == (oldOnes ? 0 : 1))
        try writer.close()
        #expect(try store.alertCount() == 2)
        #expect(try store.auditLedger().findings.isEmpty)
        #expect(try store.integrityProblems().isEmpty)
        // Each of them is in a seal, also the ones that are gone.
        let sealed = try store.database.inDatabase {
            try String.fetchAll(
                $0, sql: "SELECT body ->> 'alerts' ->> 'ids' FROM event WHERE kind = 'record.sealed' AND body ->> 'alerts' IS NOT NULL")
        }
        var all = NumberRanges()
        for text in sealed { all.formUnion(try #require(NumberRanges(text)).ranges) }
        #expect(all.text == "1-\(there)")
    }

    /// Somebody who holds the database again and again makes slices wait, not smaller: it comes to an end.
    @Test func aBusyWriterDoesNotStarveIt() throws {
        try write((0..<6000).map { alert(Double($0), "10.20.10.9", "203.0.113.9", sid: Int64($0 % 5)) })
        scene.advance(seconds: 60 * 86_400)
        let other = try DatabaseQueue.patient(scene.path)
        let isDone = Atomic(false)
        let busy = Thread {
            while !isDone.load(ordering: .relaxed) {
                try? other.writeWithoutTransaction { db in
                    try db.execute(sql: "BEGIN IMMEDIATE")
                    Thread.sleep(forTimeInterval: 0.5)
                    try db.execute(sql: "ROLLBACK")
                }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        busy.start()
        defer { isDone.store(true, ordering: .relaxed) }
        let run = RetentionRun(store: store, policy: RetentionTests.policy, folder: folder, actor: "test", target: .milliseconds(400))
        var slices = 0
        while try run.step() { slices += 1 }
        #expect(run.summary.alerts == 6000)
        #expect(slices < 60)
    }
}
