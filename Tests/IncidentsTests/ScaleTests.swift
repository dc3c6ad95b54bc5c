import Bytes
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Incidents

/// Lists, counts and their tables, compared with what reading every alert gives.
@Suite struct ScaleTests {
    private static let classes = ["network-scan", "trojan-activity", "misc-activity", "attempted-admin", "policy-violation"]

    /// Alerts of some weeks, some at one moment, some from a host to itself.
    private static func alerts(_ count: Int, seed: UInt64) -> [AlertRecord] {
        var random = SeededGenerator(seed: seed)
        func pick(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        return (0..<count).map { _ in
            let sid = Int64(1 + pick(12))
            let hosts = ["10.20.10.\(2 + pick(3))", "10.20.20.\(2 + pick(3))", "198.51.100.\(1 + pick(6))", "2001:db8::\(pick(3))"]
            let source = hosts[pick(4)]
            var record = alert(
                Double(pick(21 * 24)) * 3600 - 9 * 3600, source, pick(20) == 0 ? source : hosts[pick(4)], port: [80, 443, 53][pick(3)],
                classType: classes[Int(sid) % classes.count], sid: sid, direction: pick(3) == 0 ? .toClient : .toServer)
            record.priority = 1 + Int(sid) % 3
            record.appProtocol = [nil, "http", "tls"][pick(3)]
            return record
        }
    }

    private func filled(_ scene: Scene, _ count: Int = 3000, seed: UInt64 = 7, batchSize: Int = 200) throws -> IncidentStore {
        let store = try scene.store()
        let writer = try scene.writer(store, batchSize: batchSize)
        for alert in ScaleTests.alerts(count, seed: seed) { #expect(writer.submit(alert)) }
        try writer.close()
        return store
    }

    private static func matches(_ stored: StoredAlert, _ filter: AlertFilter) -> Bool {
        let alert = stored.record
        if let sid = filter.sid, sid != alert.sid { return false }
        if let agency = filter.agency, agency != stored.agency { return false }
        if let priority = filter.priority, priority != alert.priority { return false }
        if let kind = filter.kind, kind != stored.kind { return false }
        if let sensor = filter.sensor, sensor != stored.sensor { return false }
        if let incident = filter.incident, incident != stored.incident { return false }
        if let address = filter.address, address != alert.source.address, address != alert.destination.address { return false }
        if let since = filter.since, alert.time < since { return false }
        if let until = filter.until, alert.time >= until { return false }
        return true
    }

    private static func moment(_ day: Double) -> Timestamp { Timestamp(microseconds: Scene.start.microseconds + Int64(day * 86_400e6)) }

    /// Every filter and pairs of them, both orders, several pages.
    @Test func listsAreWhatReadingEverythingGives() throws {
        let scene = try Scene()
        let store = try filled(scene, 2500)
        let all = try store.alerts().sorted { ($0.record.time, $0.id) < ($1.record.time, $1.id) }
        #expect(all.count == 2500)
        let busiest = try #require(try store.incidents().max { $0.alertCount < $1.alertCount }).code
        var random = SeededGenerator(seed: 11)
        for round in 0..<90 {
            var filter = AlertFilter()
            func may(_ part: Int) -> Bool { random.next() % UInt64(part) == 0 }
            if may(3) { filter.sid = Int64(random.next() % 14) }
            if may(3) { filter.agency = ["SNV", "STC", "TTDL", "?"][Int(random.next() % 4)] }
            if may(3) { filter.priority = Int(1 + random.next() % 4) }
            if may(4) { filter.kind = ["PORTSCAN", "C2_BOTNET", "EXPLOIT"][Int(random.next() % 3)] }
            if may(6) { filter.sensor = may(5) ? "other" : "gw" }
            if may(3) { filter.address = IPAddress(["10.20.10.2", "198.51.100.1", "2001:db8::1", "9.9.9.9"][Int(random.next() % 4)]) }
            if may(6) { filter.incident = busiest }
            if may(3) { filter.since = ScaleTests.moment(Double(random.next() % 200) / 10) }
            if may(3) { filter.until = ScaleTests.moment(Double(random.next() % 220) / 10) }
            let expected = all.filter { ScaleTests.matches($0, filter) }
            #expect(try store.alertCount(filter) == expected.count, "round \(round) \(filter)")
            let groups: [(AlertGroup, (StoredAlert) -> String?)] = [
                (.sid, { "\($0.record.sid)" }), (.classType, { $0.record.classType }), (.agency, { $0.agency }),
                (.kind, { $0.kind?.rawValue }), (.sensor, { $0.sensor }), (.source, { $0.record.source.address.description }),
                (.destination, { $0.record.destination.address.description }),
            ]
            for (group, key) in groups {
                let counts = Dictionary(uniqueKeysWithValues: try store.alertCounts(by: group, filter).map { ($0.key, $0.count) })
                #expect(counts == Dictionary(grouping: expected, by: key).mapValues(\.count), "round \(round) \(group) \(filter)")
            }
            let rules = try store.ruleCounts(filter)
            #expect(rules.map(\.alerts).reduce(0, +) == expected.count, "round \(round) \(filter)")
            for rule in rules {
                let incidents = Set(expected.filter { $0.record.sid == rule.sid }.compactMap(\.incident))
                // Without a host or an incident, incidents are those of the rule's groups within the time.
                #expect(rule.incidents == incidents.count, "round \(round) rule \(rule.sid) \(filter)")
            }
            filter.newestFirst = may(2)
            let ordered: [StoredAlert] = filter.newestFirst ? expected.reversed() : expected
            for (limit, offset) in [(7, 0), (7, 3), (100, 40), (nil, 0), (5, 2400), (nil, 2100)] as [(Int?, Int)] {
                filter.limit = limit
                filter.offset = offset
                let page = ordered.dropFirst(offset).prefix(limit ?? .max).map(\.id)
                #expect(try store.alerts(filter).map(\.id) == page, "round \(round) \(filter)")
            }
        }
    }

    /// However alerts are batched, and after merging, the tables of counts are what counting gives, and incidents are the same.
    @Test func countsAreWhatCountingGives() throws {
        var incidents: [[String]] = []
        for size in [1, 37, 5000] {
            let scene = try Scene()
            let store = try filled(scene, 1200, batchSize: size)
            #expect(try store.integrityProblems().isEmpty)
            incidents.append(
                try store.incidents().map { "\($0.code) \($0.alertCount) \($0.firstSeen.microseconds) \($0.lastSeen.microseconds)" })
            let found = try store.incidents().sorted { $0.alertCount > $1.alertCount }
            try store.merge(found[1].code, into: found[0].code, by: Hand("an"))
            try store.merge(found[2].code, into: found[0].code, by: Hand("an"))
            #expect(try store.integrityProblems().isEmpty)
            #expect(try store.incident(found[0].code).alertCount == found[0].alertCount + found[1].alertCount + found[2].alertCount)
        }
        #expect(Set(incidents).count == 1)
    }

    /// A week's services and sources, whole days and parts of days, against the alerts themselves.
    @Test func reportsAreWhatReadingEverythingGives() throws {
        let scene = try Scene()
        let store = try filled(scene)
        let all = try store.alerts().filter { $0.incident != nil }
        for (from, until) in [(-1.0, 30.0), (2, 9), (2.3, 9.7), (5.1, 5.6), (3.666_666_666, 10.666_666_666)] {
            let (from, until) = (ScaleTests.moment(from), ScaleTests.moment(until))
            let inside = all.filter { $0.record.time >= from && $0.record.time < until }
            let services = try store.attackedServices(from: from, until: until)
            #expect(services.map(\.alerts).reduce(0, +) == inside.count)
            for service in services {
                let own = inside.filter {
                    let server = $0.record.direction == .toClient ? $0.record.source : $0.record.destination
                    return $0.victim == service.address && $0.record.transport == service.transport
                        && (server.address == $0.victim ? server.port : nil) == service.port
                }
                #expect(own.count == service.alerts)
                #expect(own.map(\.record.time).min() == service.firstSeen && own.map(\.record.time).max() == service.lastSeen)
                #expect(Set(own.compactMap(\.incident)) == Set(service.incidents))
                #expect(own.compactMap(\.record.appProtocol).max() == service.appProtocol)
            }
            let sources = try store.attackSources(from: from, until: until)
            #expect(sources.map(\.alerts).reduce(0, +) == inside.filter { $0.attacker != nil }.count)
            for source in sources {
                let own = inside.filter { $0.attacker == source.address }
                #expect(own.count == source.alerts && Set(own.compactMap(\.incident)).count == source.incidents)
                #expect(Set(own.compactMap(\.victim)).count == source.targets)
            }
        }
    }

    /// No list and no count reads a table of alerts or incidents from end to end.
    @Test func nothingReadsAWholeTable() throws {
        let scene = try Scene()
        let store = try filled(scene, 50)
        let code = try #require(try store.incidents().first).code
        nonisolated(unsafe) var statements: Set<String> = []
        store.database.inDatabase { db in
            db.trace { event in if case .statement(let statement) = event { statements.insert(statement.sql) } }
        }
        for newestFirst in [true, false] {
            for offset in [0, 5000] {
                let changes: [(inout AlertFilter) -> Void] = [
                    { _ in }, { $0.sid = 1 }, { $0.agency = "SNV" }, { $0.priority = 1 }, { $0.kind = "PORTSCAN" }, { $0.sensor = "gw" },
                    { $0.address = IPAddress("10.20.10.2") }, { $0.incident = code }, { $0.since = Scene.start },
                    { $0.until = Scene.start },
                    {
                        $0.address = IPAddress("10.20.10.2"); $0.sid = 1
                    },
                    {
                        $0.incident = code; $0.sid = 1
                    },
                    {
                        $0.incident = code; $0.address = IPAddress("10.20.10.2")
                    },
                ]
                for change in changes {
                    var filter = AlertFilter()
                    filter.newestFirst = newestFirst
                    filter.limit = 10
                    filter.offset = offset
                    change(&filter)
                    _ = try store.alerts(filter)
                    _ = try store.alertCount(filter)
                    _ = try store.ruleCounts(filter)
                }
            }
        }
        for change in [
            { _ in }, { $0.states = [.new] }, { $0.agency = "SNV" }, { $0.severities = [.m1] }, { $0.address = IPAddress("10.20.10.2") },
            { $0.since = Scene.start }, { $0.kind = "PORTSCAN" }, { $0.assignee = "an" },
        ] as [(inout IncidentFilter) -> Void] {
            var filter = IncidentFilter()
            filter.limit = 10
            change(&filter)
            _ = try store.incidents(filter)
        }
        _ = try store.detail(code, alertLimit: 5)
        _ = try store.attackedServices(from: Scene.start, until: ScaleTests.moment(7))
        _ = try store.attackSources(from: Scene.start, until: ScaleTests.moment(7))
        _ = try store.stateCounts(from: Scene.start, until: ScaleTests.moment(7))
        _ = try store.events(kindPrefix: "change.monitored", limit: 1)
        _ = try store.alerts(
            {
                var filter = AlertFilter(); filter.limit = 1; return filter
            }())
        store.database.inDatabase { $0.trace(options: []) }
        #expect(statements.count > 40)
        let asked = statements.filter { $0.hasPrefix("SELECT") || $0.hasPrefix("WITH") }
        for sql in asked {
            for step in try Scene.plan(sql, scene.path) {
                // Scans of small tables and of the covering index of incidents, which stops when the page is full, are what is meant.
                for table in ["a", "alert", "ia", "incident_alert", "incident_day", "event", "m"] {
                    #expect(
                        !step.hasPrefix("SCAN \(table) ") && step != "SCAN \(table)"
                            || step.hasPrefix("SCAN \(table) USING INDEX alert_time")
                            || step.hasPrefix("SCAN \(table) USING COVERING INDEX alert_time"), Comment(rawValue: "\(step): \(sql)"))
                }
                #expect(!step.hasPrefix("SCAN i ") || step.contains("incident_list"), "\(step)\n\(sql)")
            }
        }
    }

    /// A database of the version before is upgraded with all that it holds, and kept as it was beside it.
    @Test func olderDatabaseIsUpgradedWithABackup() throws {
        let scene = try Scene()
        var old = DatabaseMigrator()
        for (name, sql) in Schema.steps.prefix(2) { old.registerMigration(name) { try $0.execute(sql: sql) } }
        var configuration = Configuration()
        configuration.journalMode = .wal
        let queue = try DatabaseQueue(path: scene.path, configuration: configuration)
        try old.migrate(queue)
        try queue.write { db in
            try db.execute(
                sql: """
                    INSERT INTO agency (id, code, name, name_en, seen_at, written_at) VALUES (1, 'SNV', 'a', 'a', 0, 0);
                    INSERT INTO sensor (id, name, version, interfaces, mode, seen_at, last_seen_at, written_at)
                      VALUES (1, 'gw', '0', '[]', 'live', 0, 0, 0);
                    INSERT INTO incident (id, year, number, code, state, category, severity, title, title_en, seen_at, last_seen_at, written_at)
                      VALUES (1, 2026, 1, 'VG-2026-0001', 'new', 'OTHER', 'M4', 'x', 'x', 1000000, 1000000, 0);
                    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                    INSERT INTO alert (id, sensor_id, seen_at, written_at, sid, gid, rev, message, class_type, priority, techniques, action,
                      source, source_port, destination, destination_port, transport, vlan, direction, kind, agency_id, attacker, victim)
                    SELECT i, 1, i * 7200000000, 0, i % 7, 1, 1, 'm' || (i % 7), 'c', 1 + i % 3, '', 'allowed', '198.51.100.' || (i % 5), 4000,
                      '10.20.10.2', 80, 'TCP', '', 'to_server', iif(i % 2, 'PORTSCAN', NULL), iif(i % 3, 1, NULL), '198.51.100.' || (i % 5),
                      '10.20.10.2' FROM n;
                    INSERT INTO incident_alert SELECT id, 1, seen_at, 0 FROM alert WHERE id % 2;
                    """)
        }
        try queue.close()
        let store = try scene.store()
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.alertCount() == 500)
        var filter = AlertFilter()
        filter.sid = 3
        filter.agency = "SNV"
        #expect(try store.alertCount(filter) == (1...500).count { $0 % 7 == 3 && $0 % 3 != 0 })
        #expect(try store.alerts(filter).count == store.alertCount(filter))
        let sources = try store.attackSources(from: Timestamp(seconds: 0), until: Scene.start)
        #expect(sources.map(\.alerts) == [50, 50, 50, 50, 50])
        let backup = try DatabaseQueue(path: scene.path + ".before-3")
        #expect(try backup.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM alert") } == 500)
        #expect(try backup.read { try $0.tableExists("alert_day") } == false)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: scene.folder)).isSuperset(of: ["incidents.sqlite.before-3"]))
    }

    /// The counts of a sensor that stays alive are one row an hour, not one a beat.
    @Test func heartbeatsOfAnHourAreOneRow() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store)
        let hour = Scene.start.seconds / 3600 * 3600
        for index in 0..<Int64(1000) {
            var beat = Heartbeat(
                mode: .live, from: Timestamp(seconds: hour + index * 8), until: Timestamp(seconds: hour + index * 8 + 8))
            beat.packets = 10
            #expect(writer.submit(beat))
        }
        try writer.close()
        let rows = try DatabaseQueue.patient(scene.path).read { try Row.fetchAll($0, sql: "SELECT * FROM sensor_heartbeat ORDER BY id") }
        #expect(rows.count == 3)
        #expect(rows.map { $0["packets"] as Int }.reduce(0, +) == 10_000)
        let status = try #require(try store.sensors(from: Timestamp(seconds: hour), until: Timestamp(seconds: hour + 8000)).first)
        #expect(status.uptime == 1 && status.packets == 10_000)
    }
}

extension Scene {
    /// What SQLite would do.
    static func plan(_ sql: String, _ path: String) throws -> [String] {
        try DatabaseQueue.patient(path).read { db in
            var steps: [String] = []
            try SQLStatement(db, "EXPLAIN QUERY PLAN " + sql).rows { row in
                steps.append(row.text(3) ?? "")
                return true
            }
            return steps
        }
    }
}
