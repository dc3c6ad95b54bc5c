import Bytes
import Foundation
import GRDB
import Incidents
import Testing
import Trust
import Wording

@Suite struct StoreTests {
    private func raw(_ path: String, _ sql: String) throws { try DatabaseQueue.patient(path).write { try $0.execute(sql: sql) } }

    @Test func makesAndReopens() throws {
        let scene = try Scene()
        try scene.store().close()
        #expect(try scene.store().incidents().isEmpty)
        #expect(try scene.store(.readOnly).integrityProblems().isEmpty)
    }

    @Test func missing() throws {
        let scene = try Scene()
        #expect(throws: StoreError.missing(path: scene.path)) { try scene.store(.readOnly) }
        #expect(!FileManager.default.fileExists(atPath: scene.path))
    }

    @Test func databaseFromTheFuture() throws {
        let scene = try Scene()
        try scene.store().close()
        try raw(scene.path, "INSERT INTO grdb_migrations VALUES ('99 something new')")
        #expect(throws: StoreError.fromTheFuture(path: scene.path)) { try scene.store() }
        #expect(throws: StoreError.fromTheFuture(path: scene.path)) { try scene.store(.readOnly) }
    }

    @Test func databaseFromThePast() throws {
        let scene = try Scene()
        try scene.store().close()
        try raw(
            scene.path,
            """
            DELETE FROM grdb_migrations WHERE identifier = '2 views';
            DROP VIEW v_alert; DROP VIEW v_incident; DROP VIEW v_event; DROP VIEW incident_event; DROP VIEW v_heartbeat;
            """)
        #expect(throws: StoreError.needsMigration(path: scene.path)) { try scene.store(.readOnly) }
        try scene.store().close()
        #expect(try scene.store(.readOnly).incidents().isEmpty)
    }

    @Test func notADatabase() throws {
        let scene = try Scene()
        try Data("agencies: []\n".utf8).write(to: URL(fileURLWithPath: scene.path))
        #expect(throws: StoreError.notADatabase(path: scene.path)) { try scene.store() }
        try FileManager.default.removeItem(atPath: scene.path)
        try raw(scene.path, "CREATE TABLE photo (id INTEGER)")
        #expect(throws: StoreError.notADatabase(path: scene.path)) { try scene.store() }
    }

    @Test func folderInsteadOfFile() throws {
        let scene = try Scene()
        #expect(throws: StoreError.cannotOpen(path: scene.folder, reason: "it is a folder")) { try IncidentStore(path: scene.folder) }
    }

    /// /proc takes no files from anybody, root included.
    @Test func placeThatCannotBeWritten() {
        let error = #expect(throws: StoreError.self) { try IncidentStore(path: "/proc/vonggac/incidents.sqlite") }
        guard case .cannotOpen = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func readOnlyStoreRefusesToWrite() throws {
        let scene = try Scene()
        try scene.store().close()
        let store = try scene.store(.readOnly)
        #expect(throws: StoreError.readOnly(path: scene.path)) { try store.record(kind: "x", subject: "y", body: [:], actor: "Lan") }
    }

    @Test func everyErrorIsOneLineInBothLanguages() {
        let errors: [any BilingualError] = [
            StoreError.missing(path: "p"), StoreError.cannotOpen(path: "p", reason: "r"), StoreError.notADatabase(path: "p"),
            StoreError.fromTheFuture(path: "p"), StoreError.needsMigration(path: "p"), StoreError.readOnly(path: "p"),
            StoreError.diskFull(path: "p"), StoreError.busy(path: "p"), StoreError.damaged(path: "p"),
            StoreError.failed(path: "p", reason: "r"),
            NotFoundError(.incident, "VG-2026-0009"), HouseRuleError.mergeWithItself(code: "p"),
        ]
        for error in errors {
            #expect(error.vietnamese != error.english)
            #expect(!error.english.contains("\n") && !error.vietnamese.contains("\n"))
        }
    }

    @Test func localTime() {
        let time = Timestamp(microseconds: 1_795_222_800_000_000)
        #expect(LocalTime.iso(time) == "2026-11-21T08:00:00+07:00")
        #expect(LocalTime.text(time) == "21/11/2026 08:00:00")
        for text in [
            "2026-11-21T08:00", "2026-11-21 08:00:00", "2026-11-21T01:00:00Z", "2026-11-20T20:00:00-05:00", "2026-11-21T08:00:00.000+07:00",
        ] {
            #expect(LocalTime.parse(text) == time)
        }
        #expect(LocalTime.parse("2026-11-21").map(LocalTime.iso) == "2026-11-21T00:00:00+07:00")
        for text in ["2026-02-29", "2026-13-01", "2026-11-21T25:00", "21/11/2026", "2026-11-21T08:00+99:00", ""] {
            #expect(LocalTime.parse(text) == nil)
        }
        #expect(LocalTime.iso(Timestamp(microseconds: -1)) == "1970-01-01T06:59:59.999999+07:00")
        #expect(LocalTime.parse("2024-02-29").map(LocalTime.date) == "29/02/2024")
    }

    @Test func codesCountByLocalYear() throws {
        let store = try Scene().store()
        func report(_ time: String) throws -> String {
            let noticed = try #require(LocalTime.parse(time))
            return try store.report(
                IncidentReport(title: "Mất điện", category: "SYS_POWER", severity: .m4, agency: nil, noticedAt: noticed, description: ""),
                by: Hand("Lan")
            ).code.description
        }
        #expect(try report("2026-12-31 23:59") == "VG-2026-0001")
        #expect(try report("2027-01-01 00:00") == "VG-2027-0001")
        #expect(try report("2026-12-31") == "VG-2026-0002")
        #expect(IncidentCode("vg-2026-2") == IncidentCode(year: 2026, number: 2))
        for text in ["VG-2026-", "VG-26-0001", "VG-2026-0000", "XX-2026-0001", "VG-2026-0001-1", "VG-2026--1"] {
            #expect(IncidentCode(text) == nil)
        }
    }

    @Test func heartbeatsGiveUptime() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store)
        let start = Scene.start
        func beat(_ from: Int64, _ until: Int64) {
            var beat = Heartbeat(
                mode: .live, from: Timestamp(seconds: start.seconds + from), until: Timestamp(seconds: start.seconds + until))
            beat.packets = 10
            beat.kernelDrops = 1
            writer.submit(beat)
        }
        beat(-50, 50)
        beat(40, 100)
        beat(150, 160)
        try writer.close()
        try store.recordRuleSet(RuleSetRecord(digest: "aa", files: ["a.rules"], loaded: 40, refused: 1, loadedAt: start), sensor: "gw")
        try store.recordRuleSet(RuleSetRecord(digest: "aa", files: ["a.rules"], loaded: 40, refused: 1, loadedAt: start), sensor: "gw")
        let status = try #require(try store.sensors(from: start, until: Timestamp(seconds: start.seconds + 200)).first)
        #expect(status.coveredSeconds == 110 && status.uptime == 0.55)
        #expect(status.packets == 30 && status.kernelDrops == 3 && status.links == ["SNV: VNPT"])
        #expect(status.ruleSet?.loaded == 40)
        #expect(try store.ruleSets().count == 1)
        #expect(throws: NotFoundError.self) {
            try store.recordRuleSet(RuleSetRecord(digest: "b", files: [], loaded: 0, refused: 0, loadedAt: start), sensor: "nobody")
        }
    }

    @Test func alertsComeBackAsTheyWere() throws {
        let scene = try Scene()
        var record = alert(
            0, "2001:db8::1", "10.20.10.2", port: 8443, classType: "trojan-activity", hint: "C2_BOTNET", hostname: "a.example", key: 7)
        record.techniques = [Technique(id: "T1071.001", name: "Web_Protocols", tactic: "TA0011"), Technique(id: "T1568")]
        record.vlans = [10, 20]
        record.appProtocol = "tls"
        record.flowID = Int64.max
        record.url = "/a?b=c'\";--\u{0}ệ"
        record.captureFile = "a.pcap"
        record.packetNumber = 12
        record.targetSide = .destination
        _ = try scene.incidents([record])
        let store = try scene.store(.readOnly)
        let stored = try #require(try store.alerts().first)
        // SQLite's texts end at a zero byte, so that one is stored as its symbol.
        record.url = "/a?b=c'\";--␀ệ"
        #expect(stored.record == record)
        #expect(
            stored.sensor == "gw" && stored.incident?.description == "VG-2026-0001"
                && stored.writtenAt == Timestamp(microseconds: 1_795_222_800_000_000))
        #expect(try store.alert(id: stored.id) == stored)
        #expect(throws: NotFoundError.self) { try store.alert(id: 99) }
    }

    @Test func filtersAndCounts() throws {
        let scene = try Scene()
        _ = try scene.incidents([
            alert(0, "198.51.100.7", "10.20.10.2", port: 22, classType: "network-scan", sid: 1),
            alert(10, "198.51.100.7", "10.20.10.3", port: 22, classType: "network-scan", sid: 1),
            alert(20, "198.51.100.8", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 2),
            alert(30, "10.20.20.9", "198.51.100.9", classType: "domain-c2", sid: 3),
        ])
        let store = try scene.store(.readOnly)
        var filter = IncidentFilter()
        filter.agency = "STC"
        #expect(try store.incidents(filter).map(\.kind) == ["C2_BOTNET", "EXPLOIT"])
        filter.severities = [.m3]
        filter.kind = "EXPLOIT"
        #expect(try store.incidents(filter).count == 1)
        filter = IncidentFilter()
        filter.address = IPAddress("10.20.10.3")
        #expect(try store.incidents(filter).map(\.kind) == ["PORTSCAN"])
        filter = IncidentFilter()
        filter.since = Timestamp(seconds: Scene.start.seconds + 20)
        filter.until = Timestamp(seconds: Scene.start.seconds + 30)
        #expect(try store.incidents(filter).map(\.kind) == ["EXPLOIT"])
        filter = IncidentFilter()
        filter.states = [.confirmed]
        #expect(try store.incidents(filter).isEmpty)
        filter = IncidentFilter()
        filter.limit = 1
        filter.offset = 1
        #expect(try store.incidents(filter).map(\.kind) == ["EXPLOIT"])
        #expect(try store.incidentCounts(by: .agency).map { "\($0.key ?? "") \($0.count)" } == ["STC 2", "SNV 1"])
        #expect(try store.incidentCounts(by: .category).map(\.key) == ["MALWARE", "OTHER", "UNAUTH"])

        var alerts = AlertFilter()
        alerts.sid = 1
        #expect(try store.alerts(alerts).count == 2)
        #expect(try store.alertCounts(by: .sid).map { "\($0.key ?? "") \($0.count)" } == ["1 2", "2 1", "3 1"])
        #expect(try store.ruleCounts().map(\.incidents) == [1, 1, 1])
        alerts = AlertFilter()
        alerts.address = IPAddress("198.51.100.7")
        alerts.newestFirst = true
        #expect(try store.alerts(alerts).map { $0.record.destination.address.description } == ["10.20.10.3", "10.20.10.2"])

        let until = Timestamp(seconds: Scene.start.seconds + 3600)
        let services = try store.attackedServices(from: Scene.start, until: until)
        #expect(
            services.map { "\($0.address) \($0.port?.description ?? "-") \($0.severity.rawValue) \($0.agency ?? "")" }
                == ["10.20.20.2 80 M3 STC", "10.20.20.9 - M3 STC", "10.20.10.2 22 M4 SNV", "10.20.10.3 22 M4 SNV"])
        let sources = try store.attackSources(from: Scene.start, until: until)
        #expect(sources.map { "\($0.address) \($0.targets)" } == ["198.51.100.7 2", "198.51.100.8 1", "198.51.100.9 1"])
        #expect(try store.attackSources(from: Scene.start, until: until, confirmedOnly: true).isEmpty)
    }
}
