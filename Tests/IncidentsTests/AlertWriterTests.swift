import Bytes
import Digest
import Foundation
import GRDB
import Incidents
import Synchronization
import Testing

@Suite struct AlertWriterTests {
    private func scan(_ count: Int) -> [AlertRecord] {
        (0..<count).map { alert(Double($0) / 100, "198.51.100.7", "10.20.10.\($0 % 200 + 1)", classType: "network-scan") }
    }

    @Test func closeWritesEverything() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store, interval: 60)
        for alert in scan(2500) { #expect(writer.submit(alert)) }
        try writer.close()
        try writer.close()
        #expect(writer.lost == 0)
        #expect(try store.alertCount() == 2500)
        #expect(try store.incidents().first?.alertCount == 2500)
        #expect(!writer.submit(scan(1)[0]))
    }

    @Test func writesWithinTheInterval() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store, interval: 0.02)
        writer.submit(scan(1)[0])
        let end = Date(timeIntervalSinceNow: 10)
        while try store.alertCount() == 0 && Date() < end { Thread.sleep(forTimeInterval: 0.01) }
        #expect(try store.alertCount() == 1)
        try writer.close()
    }

    /// Offline a full queue holds the reader back.
    @Test func waitingLosesNothing() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store, policy: .wait, capacity: 10)
        let alerts = scan(300)
        DispatchQueue.concurrentPerform(iterations: 4) { lane in
            for index in stride(from: lane, to: alerts.count, by: 4) { writer.submit(alerts[index]) }
        }
        try writer.close()
        #expect(writer.lost == 0)
        #expect(try store.alertCount() == 300)
    }

    /// Live, what does not fit is counted, and the count is stored.
    @Test func droppingCounts() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store, policy: .drop, capacity: 5, interval: 0.5)
        // Somebody else holds the write lock, so that the writer cannot empty its queue.
        let other = try DatabaseQueue.patient(scene.path)
        let refused = try other.inDatabase { db in
            try db.execute(sql: "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")
            defer { try? db.execute(sql: "COMMIT") }
            var refused = 0
            for alert in scan(200) where !writer.submit(alert) { refused += 1 }
            return refused
        }
        try writer.close()
        #expect(refused >= 180)
        #expect(writer.lost == Int64(refused))
        #expect(try store.alertCount() == 200 - refused)
        #expect(
            try store.sensors(from: Scene.start, until: Timestamp(seconds: Scene.start.seconds + 1)).first?.lostAlerts == Int64(refused))
    }

    /// A disk that fills up: one clear error, what is stored stays, and what is not is counted.
    @Test func fullDisk() throws {
        let scene = try Scene()
        let reported = Mutex<[StoreError]>([])
        let store = try scene.store()
        let writer = try scene.writer(store, policy: .wait, capacity: 1000, batchSize: 100) { error in
            reported.withLock { $0.append(error) }
        }
        try store.limit(pages: 800)
        var taken = 0
        for alert in scan(50_000) {
            guard writer.submit(alert) else { break }
            taken += 1
        }
        #expect(throws: StoreError.diskFull(path: scene.path)) { try writer.close() }
        #expect(reported.withLock { $0 } == [.diskFull(path: scene.path)])
        #expect(taken < 50_000)
        try store.close()

        let after = try scene.store()
        #expect(try after.integrityProblems().isEmpty)
        #expect(try after.auditLedger().findings.isEmpty)
        let count = try after.alertCount()
        #expect(count > 0)
        #expect(try after.incidents().first?.alertCount == count)
        // One more was refused at `submit`, which the writer counts too.
        #expect(Int64(count) + writer.lost == Int64(taken) + 1)
    }

    /// Live, the writer tries again until there is room.
    @Test func fullDiskThatIsFreed() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store, policy: .drop)
        try store.limit(pages: 1)
        for alert in scan(3000) { writer.submit(alert) }
        let end = Date(timeIntervalSinceNow: 10)
        while writer.failure == nil && Date() < end { Thread.sleep(forTimeInterval: 0.01) }
        #expect(writer.failure == .diskFull(path: scene.path))
        try store.limit(pages: 1_000_000)
        try writer.close()
        #expect(writer.lost == 0)
        #expect(try store.alertCount() == 3000)
        // What the failed transaction had opened is forgotten.
        #expect(try store.incidents().map(\.alertCount) == [3000])
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// A process that dies leaves whole transactions: alerts, incidents and ledger agree.
    @Test func copyTakenWhileWritingIsConsistent() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store, batchSize: 50, interval: 0.001)
        let copy = scene.folder + "/copy"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for (index, alert) in scan(4000).enumerated() {
            writer.submit(alert)
            guard index == 2000 else { continue }
            // With the write lock taken nothing is committed or checkpointed between the two copies, as when the process had died.
            try DatabaseQueue.patient(scene.path).inDatabase { db in
                try db.execute(sql: "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE")
                defer { try? db.execute(sql: "COMMIT") }
                try FileManager.default.copyItem(atPath: scene.path, toPath: copy + "/incidents.sqlite")
                try FileManager.default.copyItem(atPath: scene.path + "-wal", toPath: copy + "/incidents.sqlite-wal")
            }
        }
        try writer.close()
        #expect(try store.alertCount() == 4000)
        let found = try IncidentStore(path: copy + "/incidents.sqlite")
        #expect(try found.integrityProblems().isEmpty)
        #expect(try found.auditLedger().findings.isEmpty)
        #expect(try found.incidents().first?.alertCount ?? 0 == found.alertCount())
    }

    @Test func evidenceFindsItsIncident() throws {
        let scene = try Scene()
        let store = try scene.store()
        let folder = try EvidenceFolder(path: scene.folder + "/evidence")
        var pcap = PcapFile(linkType: .ethernet)
        pcap.add(time: Scene.start, wireLength: 4, [1, 2, 3, 4])
        let digest = try folder.store(pcap.bytes)
        let writer = try scene.writer(store)
        writer.submit(alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan", key: 42))
        writer.submit(alert(1, "198.51.100.7", "10.20.10.2", classType: "policy-violation", key: 42))
        let record = EvidenceRecord(
            digest: digest, size: Int64(pcap.bytes.count), kind: .pcap, time: Scene.start, key: 42, description: "flow")
        writer.submit(record)
        writer.submit(record)
        try writer.close()
        let detail = try store.detail(IncidentCode(year: 2026, number: 1))
        #expect(detail.evidence.map(\.digest) == [digest] && detail.evidence.first?.addedBy == "sensor:gw")
        #expect(detail.incident.evidenceCount == 1)
        #expect(detail.events.map(\.kind) == ["incident.opened", "evidence.stored"])
        #expect(try store.verifyEvidence(in: folder).isEmpty)

        // The same key after a restart is another flow.
        let again = try scene.writer(store)
        again.submit(EvidenceRecord(digest: try folder.store([9]), size: 1, kind: .pcap, time: Scene.start, key: 42, description: "flow"))
        try again.close()
        #expect(try store.detail(IncidentCode(year: 2026, number: 1)).evidence.count == 1)
        #expect(try store.evidence().count == 2)
    }
}
