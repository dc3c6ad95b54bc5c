import Bytes
import Foundation
import TestSupport
import Testing

@testable import Incidents

/// What the writer remembers from batch to batch is what the tables say, whoever changes them meanwhile.
@Suite struct IncidentMemoryTests {
    private let scene: Scene
    private let store: IncidentStore
    private let writer: AlertWriter
    private let lan = Hand("Lan")

    init() throws {
        scene = try Scene()
        store = try scene.store()
        writer = try scene.writer(store, batchSize: 1, interval: 0.005)
    }

    /// Hands over alerts and waits until they are written.
    private func feed(_ alerts: AlertRecord...) throws {
        let before = try store.alertCount()
        for alert in alerts { #expect(writer.submit(alert)) }
        let end = Date(timeIntervalSinceNow: 20)
        while try store.alertCount() < before + alerts.count && Date() < end { Thread.sleep(forTimeInterval: 0.002) }
        #expect(try store.alertCount() == before + alerts.count)
    }

    private func scan(_ seconds: Double, _ source: String = "198.51.100.7", sid: Int64 = 1) -> AlertRecord {
        alert(seconds, source, "10.20.20.2", classType: "network-scan", sid: sid)
    }

    private func code(_ number: Int) -> IncidentCode { IncidentCode(year: 2026, number: number) }

    private func sound() throws {
        try writer.close()
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// By another program's connection, and by the writer's own.
    @Test(arguments: [false, true]) func aClosedIncidentTakesNoMore(isOwn: Bool) throws {
        let hand = isOwn ? store : try scene.store()
        try feed(scan(0))
        try feed(scan(1))
        try hand.confirm(code(1), by: lan)
        try feed(scan(2))
        #expect(try store.incident(code(1)).alertCount == 3)
        try hand.close(code(1), summary: "đã chặn", handlingMode: .alone, by: lan)
        try feed(scan(3), scan(4))
        #expect(try store.incidents().map(\.alertCount) == [2, 3])
        // A person takes a number between two batches.
        let reported = try hand.report(
            IncidentReport(title: "điện thoại", category: "OTHER", severity: .m4, agency: nil, noticedAt: Scene.start, description: "x"),
            by: lan)
        #expect(reported.code == code(3))
        try feed(scan(5, "203.0.113.9"), scan(900, "203.0.113.10"))
        #expect(try store.incidents().map(\.code).max() == code(4))
        try sound()
    }

    @Test func whatWasMergedOrDismissedMeanwhileIsFollowed() throws {
        let hand = try scene.store()
        let exploit = { alert($0, "198.51.100.7", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 2) }
        try feed(scan(0), exploit(1))
        try hand.merge(code(2), into: code(1), by: lan)
        try feed(exploit(2))
        #expect(try store.incident(code(1)).alertCount == 3)
        _ = try hand.undoLast(code(1), by: lan)
        try feed(exploit(3))
        #expect(try [1, 2].map { try store.incident(code($0)).alertCount }.reduce(0, +) == 4)
        try hand.dismiss(code(1), reason: "máy quét của Sở", by: lan)
        try feed(scan(2 * 86_400))
        #expect(try store.incidents().count == 2)
        try feed(scan(2 * 86_400 + 7200, sid: 9))
        #expect(try store.incidents().count == 3)
        try sound()
    }

    /// An incident that a person works on becomes the head of the chain, also when the sensor has long known the incident.
    @Test func aPersonsWorkIsSeenByChains() throws {
        let hand = try scene.store()
        try feed(scan(0), alert(600, "198.51.100.7", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 2))
        try hand.confirm(code(2), by: lan)
        try feed(alert(1200, "10.20.20.2", "203.0.113.200", hint: "C2_BOTNET", sid: 3, hostname: "c2.example"))
        #expect(try store.incidents().filter { $0.supersededBy == nil }.map(\.code) == [code(2)])
        // What is in it already takes what follows, and notes the stage.
        try feed(alert(1300, "10.20.20.2", "203.0.113.201", hint: "EXFIL", sid: 4), scan(1301))
        let live = try store.incidents().filter { $0.supersededBy == nil }
        #expect(live.map(\.alertCount) == [5] && live[0].stages.last?.stage == .exfiltration)
        try sound()
    }

    /// Packet times that go back, as when captures are read one after another.
    @Test func earlierAlertsFindEarlierIncidents() throws {
        try feed(scan(0))
        try feed(scan(40 * 86_400))
        try feed(scan(-40 * 86_400))
        try feed(scan(60))
        try feed(scan(-40 * 86_400 + 60), scan(40 * 86_400 + 60), scan(120))
        #expect(try store.incidents().map(\.alertCount) == [2, 3, 2])
        try sound()
    }

    /// A machine that takes part in more incidents than are remembered: the chain takes them all in, and nothing is opened twice.
    @Test func aHostOfManyIncidents() throws {
        let scans = (0..<1100).map { scan(Double($0) * 360, "100.64.\($0 / 250).\($0 % 250 + 1)") }
        for alert in scans { writer.submit(alert) }
        try writer.close()
        #expect(try store.incidents().count == 1100)
        let again = try scene.writer(store)
        let end = 1100.0 * 360
        again.submit(scan(end, "100.64.4.100"))
        again.submit(scan(end + 400, "100.64.0.1"))
        again.submit(alert(end + 500, "198.51.100.7", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 2))
        again.submit(alert(end + 600, "10.20.20.2", "203.0.113.200", hint: "C2_BOTNET", sid: 3))
        try again.close()
        #expect(try store.incidents().count == 1103)
        let live = try store.incidents().filter { $0.supersededBy == nil }
        let chain = try #require(live.first { $0.category == "MIXED" })
        // A day of them: 1440 minutes at one in six, and the last four.
        #expect(chain.alertCount > 230 && chain.alertCount + live.count - 1 == 1104)
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// How many incidents of a host are remembered decides what the tables are asked, never what comes of it: incidents, hosts, links, stages.
    @Test func theLimitOfMemoryChangesNothing() throws {
        var random = SeededGenerator(seed: 64)
        func pick(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        let alerts = (0..<1500).map { number in
            let inside = "10.20.\([10, 20, 99][pick(3)]).\(2 + pick(3))"
            let outside = "198.51.100.\(1 + pick(12))"
            let isOut = pick(3) == 0
            return alert(
                Double(number) * 240, isOut ? inside : outside, isOut ? outside : inside, port: [80, 22, 443][pick(3)],
                classType: ["network-scan", "web-application-attack", "trojan-activity", "credential-theft"][isOut ? 2 + pick(2) : pick(2)],
                sid: Int64(1 + pick(9)), hostname: isOut ? "c\(pick(4)).example" : nil)
        }
        var outcomes: [[String]] = []
        for (limit, size) in [(1024, 400), (2, 400), (5, 37), (1024, 1)] {
            let scene = try Scene()
            let store = try scene.store()
            try store.importAgencies(Scene.directory(), from: "agencies.yaml", by: Hand("test"))
            let batch = try AlertBatch(
                store: store, sensor: Scene.sensor, table: Scene.table(), directory: Scene.directory(), hostLimit: limit)
            for start in stride(from: 0, to: alerts.count, by: size) {
                #expect(try batch.write(alerts[start..<min(start + size, alerts.count)].map(AlertWriter.Item.alert), newlyLost: 0) == 0)
            }
            try store.seal(actor: "sensor:gw")
            outcomes.append(
                try store.incidents().map { incident in
                    let detail = try store.detail(incident.code)
                    let hosts = detail.hosts.map { "\($0.role) \($0.address) \($0.alerts)" }
                    return "\(incident.code) \(incident.state) \(incident.supersededBy?.number ?? 0) \(incident.category) "
                        + "\(incident.secondaryCategories) \(incident.stages.map(\.stage)) \(detail.alerts.map(\.id)) \(hosts) "
                        + "\(detail.links.map { "\($0.with) \($0.reason ?? "")" })"
                })
            #expect(try store.integrityProblems().isEmpty)
            #expect(try store.auditLedger().findings.isEmpty)
        }
        #expect(outcomes[0].count > 100 && outcomes[0].contains { $0.contains("MIXED") })
        for other in outcomes.dropFirst() { #expect(other == outcomes[0]) }
    }
}
