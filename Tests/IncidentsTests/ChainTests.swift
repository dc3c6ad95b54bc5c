import Bytes
import Foundation
import Incidents
import TestSupport
import Testing

/// Incidents that are stages of one attack, attackers at many agencies, and false alarms that stay false.
@Suite struct ChainTests {
    private let scene: Scene
    private let lan = Hand("Lan")

    init() throws { scene = try Scene() }

    private let scan = alert(0, "198.51.100.7", "10.20.20.2", classType: "network-scan", sid: 1)
    private let exploit = alert(600, "198.51.100.7", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 2)
    private let beacon = alert(1200, "10.20.20.2", "203.0.113.200", hint: "C2_BOTNET", sid: 3, hostname: "c2.example")

    @Test(arguments: [1000, 1]) func scanExploitAndControlOfOneHostAreOneIncident(batchSize: Int) throws {
        let incidents = try scene.incidents([scan, exploit, beacon, beacon], batchSize: batchSize)
        let live = incidents.filter { $0.supersededBy == nil }
        #expect(live.count == 1 && incidents.count == 3)
        let incident = try #require(live.first)
        #expect(incident.code.number == 1 && incident.alertCount == 4 && incident.category == "MIXED" && incident.severity == .m2)
        #expect(incident.secondaryCategories == ["MALWARE", "UNAUTH"] && incident.version == 1 && incident.acknowledgedAt == nil)
        #expect(incident.titleEnglish.hasPrefix("Intrusion in stages: "))
        #expect(incident.stages.map(\.stage) == [.reconnaissance, .initialAccess, .commandAndControl])
        #expect(incident.stages.map(\.kind) == ["PORTSCAN", "EXPLOIT", "C2_BOTNET"])
        // What follows goes into it, and a new stage is noted.
        let more = alert(1800, "10.20.20.2", "203.0.113.201", hint: "EXFIL", sid: 4)
        let later = try scene.incidents([more, exploit]).filter { $0.supersededBy == nil }
        #expect(later.count == 1 && later[0].alertCount == 6)
        #expect(later[0].stages.last?.stage == .exfiltration)
        let store = try scene.store()
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// What each stage was classified as stays, however many are merged one after the other; nothing is entered that changes nothing.
    @Test func laterMergesKeepWhatWasSaidBefore() throws {
        let phish = { alert($0, "203.0.113.9", "10.20.20.2", port: 25, classType: "", hint: "RANSOM_SMB", sid: 5) }
        _ = try scene.incidents([scan, exploit, beacon, phish(1300)])
        let store = try scene.store()
        let first = IncidentCode(year: 2026, number: 1)
        #expect(try store.incident(first).secondaryCategories == ["ENCRYPT", "MALWARE", "UNAUTH"])
        let staged = { try store.detail(first).events.filter { $0.kind == "incident.staged" }.count }
        let before = try staged()
        // Another scan of the host by somebody else: merged, and nothing new.
        _ = try scene.incidents([alert(3000, "198.51.100.99", "10.20.20.2", classType: "network-scan", sid: 1)])
        let incident = try store.incident(first)
        #expect(incident.secondaryCategories == ["ENCRYPT", "MALWARE", "UNAUTH"] && incident.alertCount == 5)
        #expect(try staged() == before)
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// A closed incident takes nothing more, also not by way of those that were merged into it.
    @Test func whatIsClosedTakesNothingThroughItsDuplicates() throws {
        _ = try scene.incidents([scan, exploit, beacon])
        let store = try scene.store()
        let first = IncidentCode(year: 2026, number: 1)
        try store.confirm(first, by: lan)
        try store.contain(first, note: "đã chặn", by: lan)
        try store.close(first, summary: "xong", handlingMode: .alone, by: lan)
        let again = [
            alert(1300, "10.20.20.2", "203.0.113.200", hint: "C2_BOTNET", sid: 3, hostname: "c2.example"),
            alert(1400, "198.51.100.7", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 2),
        ]
        let incidents = try scene.incidents(again)
        #expect(incidents.first { $0.code == first }?.alertCount == 3)
        #expect(incidents.filter { $0.state == .new }.map(\.alertCount).reduce(0, +) == 2)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// A stage that goes into another incident brings it into the campaign.
    @Test func theIncidentThatTookItInIsTheCampaigns() throws {
        _ = try scene.incidents([
            alert(0, "203.0.113.9", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 2), beacon,
            alert(1300, "198.51.100.7", "10.20.10.2", classType: "network-scan"),
            alert(1400, "198.51.100.7", "10.20.20.2", classType: "network-scan"),
        ])
        let store = try scene.store()
        let links = try store.detail(IncidentCode(year: 2026, number: 1)).links
        #expect(links.map(\.with.number) == [3] && links.map(\.reason) == ["campaign: 198.51.100.7"])
    }

    @Test func otherHostsAndOtherOrdersAreOtherIncidents() throws {
        // Another host calls home; this one was only attacked.
        let other = alert(1200, "10.20.10.9", "203.0.113.200", hint: "C2_BOTNET", sid: 3)
        #expect(try scene.incidents([scan, exploit, other]).allSatisfy { $0.supersededBy == nil })
        // What called home and was over before the exploit came is no consequence of it.
        let early = try Scene()
        let before = alert(-7200, "10.20.20.2", "203.0.113.200", hint: "C2_BOTNET", sid: 3)
        #expect(try early.incidents([before, exploit]).allSatisfy { $0.supersededBy == nil })
        // A scan and a call home without a way in are two things.
        let two = try Scene()
        #expect(try two.incidents([scan, beacon]).allSatisfy { $0.supersededBy == nil })
    }

    @Test func whatAPersonWorksOnTakesTheOthersIn() throws {
        _ = try scene.incidents([scan, exploit])
        let store = try scene.store()
        let second = IncidentCode(year: 2026, number: 2)
        try store.confirm(second, by: lan)
        try store.classify(second, severity: .m1, reason: "cổng tỉnh", by: lan)
        let incidents = try scene.incidents([beacon])
        #expect(incidents.map(\.supersededBy) == [second, nil, second])
        let incident = try store.incident(second)
        #expect(incident.severity == .m1 && incident.category == "UNAUTH" && incident.version == 3 && incident.stages.count == 3)
        #expect(try store.detail(second).events.contains { $0.kind == "incident.staged" && $0.actor == "sensor:gw" })
    }

    @Test func twoThatPeopleWorkOnAreLinked() throws {
        _ = try scene.incidents([scan, exploit])
        let store = try scene.store()
        for number in 1...2 { try store.confirm(IncidentCode(year: 2026, number: number), by: lan) }
        let incidents = try scene.incidents([beacon])
        #expect(incidents.map { $0.supersededBy?.number } == [nil, nil, 1])
        #expect(try store.detail(IncidentCode(year: 2026, number: 1)).links.map(\.reason) == ["chain: INTRUSION"])
    }

    @Test func oneAttackerAtManyAgenciesIsACampaign() throws {
        _ = try scene.incidents([
            alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan"),
            alert(60, "198.51.100.7", "10.20.20.2", classType: "network-scan"),
            alert(120, "198.51.100.7", "10.20.99.2", classType: "network-scan"),
            alert(180, "198.51.100.8", "10.20.99.3", classType: "network-scan"),
        ])
        let store = try scene.store()
        let first = try store.detail(IncidentCode(year: 2026, number: 1))
        #expect(first.links.map(\.with.number) == [2, 3] && first.links.allSatisfy { $0.reason == "campaign: 198.51.100.7" })
        #expect(try store.detail(IncidentCode(year: 2026, number: 4)).links.isEmpty)
        // Two days later it is another matter.
        let late = try Scene()
        _ = try late.incidents([
            alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan"),
            alert(200_000, "198.51.100.7", "10.20.20.2", classType: "network-scan"),
        ])
        #expect(try late.store().detail(IncidentCode(year: 2026, number: 1)).links.isEmpty)
    }

    @Test func aScanHidesAmongDecoys() throws {
        let incidents = try scene.incidents([
            alert(0, "198.51.100.7", "10.20.20.2", classType: "network-scan"),
            alert(20, "203.0.113.9", "10.20.20.2", classType: "network-scan"),
            alert(900, "203.0.113.77", "10.20.20.2", classType: "network-scan"),
        ])
        #expect(incidents.map(\.alertCount) == [2, 1])
    }

    @Test func falseAlarmsAreRememberedForTheSameRuleAndMachines() throws {
        _ = try scene.incidents([scan])
        let store = try scene.store()
        let code = IncidentCode(year: 2026, number: 1)
        try store.dismiss(code, reason: "máy quét của Sở", by: lan)
        func again(_ days: Double, _ source: String = "198.51.100.7", sid: Int64 = 1) -> AlertRecord {
            alert(days * 86_400, source, "10.20.20.2", classType: "network-scan", sid: sid)
        }
        #expect(try scene.incidents([again(2), again(30)]).count == 1)
        #expect(try store.incident(code).alertCount == 3)
        // Another machine, another rule, or after too long a silence: somebody has to look again.
        #expect(try scene.incidents([again(31, "198.51.100.9")]).count == 2)
        #expect(try scene.incidents([again(33, sid: 5)]).count == 3)
        #expect(try scene.incidents([again(90)]).count == 4)
        let record = try store.ruleRecord(1)
        #expect(record.alerts == 5 && record.verdicts.count == 3 && record.wrong == 1 && record.right == 0 && record.precision == 0)
        let verdict = try #require(record.verdicts.first { $0.state == .falseAlarm })
        #expect(verdict.reason == "máy quét của Sở" && verdict.actor == "Lan" && verdict.alerts == 3)
        #expect(try store.quietRules().contains { $0.sid == 1 && $0.reason == .falseAlarm && $0.alerts == 3 })
        try store.confirm(IncidentCode(year: 2026, number: 2), by: lan)
        #expect(try store.ruleRecord(1).precision == 0.5)
    }

    @Test func noiseIsCounted() throws {
        _ = try scene.incidents([
            alert(0, "198.51.100.7", "10.20.10.2", hint: "none", sid: 8), alert(1, "198.51.100.7", "10.20.10.2", hint: "POLICY", sid: 8),
            scan,
        ])
        let store = try scene.store()
        #expect(try store.quietRules() == [QuietRule(sid: 8, message: "VONGGAC test 8", reason: .noise, alerts: 2)])
        let record = try store.ruleRecord(8)
        #expect(record.alerts == 2 && record.alertsOutside == 2 && record.kinds.isEmpty && record.precision == nil)
        #expect(try store.ruleRecord(77).message == nil)
    }

    @Test(arguments: [
        (
            "needs: [[EXPLOIT, WEBSHELL, BRUTE_SUCCESS], [C2_BOTNET, DNS_TUNNEL, EXFIL]]", "needs: [[EXPLOIT]]",
            "chains[0].needs: expected at least two lists"
        ),
        ("joins: [PORTSCAN,", "joins: [PORTSCAM,", "chains[0].joins[0]: PORTSCAM is not among the kinds"),
        ("stage: impact", "stage: harm", "expected one of reconnaissance"),
        ("agencies: 2", "agencies: 1", "campaign.agencies: expected a whole number from 2"),
        (
            "join: attacker, window_minutes: 60, decoy_minutes: 5", "join: victim, window_minutes: 60, decoy_minutes: 5",
            "kinds[0].decoy_minutes: is for"
        ),
        ("false_alarm_days: 30", "false_alarm_days: -1", "false_alarm_days: expected a whole number"),
        (
            "severity: M2, window_minutes: 1440, needs", "severity: M9, window_minutes: 1440, needs",
            "chains[0].severity: expected one of M1"
        ),
    ])
    func brokenTablesNameThePlace(original: String, changed: String, problem: String) throws {
        let text = try String(contentsOfFile: ProjectFiles.path("Rules/correlation.yaml"), encoding: .utf8)
        try #require(text.contains(original))
        let error = #expect(throws: ContentError.self) {
            try CorrelationTable.parse(text.replacing(original, with: changed), file: "c.yaml")
        }
        #expect(error?.description.contains(problem) == true && error?.line != nil, "\(String(describing: error))")
    }

    @Test func theTableSaysWhy() throws {
        let table = try Scene.table()
        #expect(table.explain(alert(0, "1.1.1.1", "10.0.0.1", hint: "c2_botnet")).reason == .metadata("C2_BOTNET"))
        #expect(table.explain(alert(0, "1.1.1.1", "10.0.0.1", hint: "none")).reason == .metadata("NONE"))
        #expect(table.explain(alert(0, "1.1.1.1", "10.0.0.1", classType: "network-scan")).kind?.code == "PORTSCAN")
        #expect(table.explain(alert(0, "1.1.1.1", "10.0.0.1", classType: "misc-activity")).reason == .unmapped)
        #expect(table.kinds.allSatisfy { $0.stage != nil })
    }
}
