import Bytes
import Foundation
import Incidents
import TestSupport
import Testing

@Suite struct CorrelationTests {
    private let outside = "198.51.100.7"

    @Test func oneIncidentPerAttackerAndKind() throws {
        let alerts = (0..<50).map { alert(Double($0), outside, "10.20.10.\($0 % 5 + 2)", port: 22, classType: "network-scan") }
        let incidents = try Scene().incidents(alerts)
        #expect(incidents.count == 1)
        #expect(incidents[0].code.description == "VG-2026-0001")
        #expect(incidents[0].kind == "PORTSCAN" && incidents[0].category == "OTHER" && incidents[0].severity == .m4)
        #expect(incidents[0].agency == "SNV" && incidents[0].alertCount == 50 && incidents[0].state == .new)
        #expect(incidents[0].attacker?.description == outside)
        #expect(incidents[0].firstSeen == alerts[0].time && incidents[0].lastSeen == alerts[49].time)
    }

    /// The same attacker at two agencies makes two incidents, because each agency reports its own.
    @Test func agenciesAreApart() throws {
        let incidents = try Scene().incidents([
            alert(0, outside, "10.20.10.2", classType: "network-scan"), alert(1, outside, "10.20.20.2", classType: "network-scan"),
        ])
        #expect(incidents.map(\.agency) == ["SNV", "STC"])
    }

    @Test func windowSlides() throws {
        // 50 minutes apart joins though the whole lasts longer than the window of 60; two hours later is another incident.
        let incidents = try Scene().incidents(
            [0, 50, 100, 150, 290].map { alert(Double($0 * 60), outside, "10.20.10.2", classType: "network-scan") })
        #expect(incidents.map(\.alertCount) == [4, 1])
    }

    /// Captures are not always in order of time.
    @Test func earlierAlertJoinsToo() throws {
        let incidents = try Scene().incidents([
            alert(600, outside, "10.20.10.2", classType: "network-scan"), alert(0, outside, "10.20.10.2", classType: "network-scan"),
        ])
        #expect(incidents.count == 1)
        #expect(incidents[0].firstSeen == Scene.start)
    }

    @Test func noiseIsCountedOnly() throws {
        let scene = try Scene()
        var info = alert(2, "10.20.10.2", outside, classType: "trojan-activity")
        info.message = "ET INFO Observed DNS query"
        let incidents = try scene.incidents([
            alert(0, "10.20.10.2", outside, classType: "policy-violation"), alert(1, "10.20.10.2", outside, classType: "misc-activity"),
            info,
            alert(3, "10.20.10.2", outside, classType: "trojan-activity", hint: "none"),
        ])
        #expect(incidents.isEmpty)
        let store = try scene.store(.readOnly)
        #expect(try store.alertCount() == 4)
        #expect(try store.alertCounts(by: .agency).map { "\($0.key ?? "") \($0.count)" } == ["SNV 4"])
    }

    /// A bot is the victim, also when the alert is on the answer, and also when only the category is named.
    @Test func infectedHostIsTheVictim() throws {
        let incidents = try Scene().incidents([
            alert(0, "10.20.20.9", outside, classType: "domain-c2", hostname: "cdn.evil.example"),
            alert(60, outside, "10.20.20.9", classType: "misc-attack", hint: "c2_botnet", direction: .toClient),
            alert(90, "10.20.20.9", outside, classType: "command-and-control", hint: "MALWARE"),
        ])
        #expect(incidents.count == 1)
        #expect(incidents[0].victim?.description == "10.20.20.9" && incidents[0].attacker?.description == outside)
        #expect(incidents[0].agency == "STC" && incidents[0].category == "MALWARE" && incidents[0].indicator == "evil.example")
    }

    @Test func categoryHintChoosesAmongKinds() throws {
        let table = try Scene.table()
        #expect(table.kind(of: alert(0, outside, "10.20.10.2", classType: "trojan-activity", hint: "MALWARE"))?.code == "C2_BOTNET")
        #expect(table.kind(of: alert(0, outside, "10.20.10.2", classType: "misc-activity", hint: "DEFACE"))?.code == "DEFACEMENT")
        #expect(table.kind(of: alert(0, outside, "10.20.10.2", classType: "trojan-activity", hint: "PHISH"))?.code == "PHISHING")
        #expect(table.kind(of: alert(0, outside, "10.20.10.2", classType: "web-application-attack"))?.code == "EXPLOIT")
        #expect(table.kind(of: alert(0, outside, "10.20.10.2", classType: "unheard-of")) == nil)
    }

    /// The resolver that carries a tunnel outward belongs to another agency; it is still the client's incident, and one.
    @Test func tunnelThroughTheResolver() throws {
        let scene = try Scene()
        var alerts: [AlertRecord] = []
        for round in 0..<10 {
            let name = "x\(round).t.tunnel.example"
            alerts.append(alert(Double(round), "10.20.10.5", "10.20.0.53", port: 53, hint: "DNS_TUNNEL", hostname: name))
            alerts.append(alert(Double(round) + 0.1, "10.20.0.53", outside, port: 53, hint: "DNS_TUNNEL", hostname: name))
        }
        let incidents = try scene.incidents(alerts)
        #expect(incidents.count == 1)
        #expect(incidents[0].agency == "SNV" && incidents[0].victim?.description == "10.20.10.5" && incidents[0].alertCount == 20)
        #expect(incidents[0].attacker?.description == outside)
        let detail = try scene.store(.readOnly).detail(incidents[0].code)
        #expect(
            detail.hosts.map { "\($0.role.rawValue) \($0.address)" } == ["attacker \(outside)", "relay 10.20.0.53", "victim 10.20.10.5"])
        #expect(detail.hosts.map(\.agency) == [nil, "TTDL", "SNV"])
    }

    @Test func phishingIsTheInsidersIncident() throws {
        let incidents = try Scene().incidents([
            alert(0, outside, "10.20.0.25", port: 25, classType: "social-engineering"),
            alert(60, "10.20.20.4", "192.0.2.80", port: 80, classType: "credential-theft"),
        ])
        #expect(incidents.map(\.agency) == ["TTDL", "STC"])
        #expect(incidents.map { $0.victim?.description } == ["10.20.0.25", "10.20.20.4"])
    }

    /// A look-up of a look-alike name is the asking machine's incident, not the resolver's.
    @Test func phishingLookUp() throws {
        var asked = alert(0, "10.20.10.5", "10.20.0.53", port: 53, hint: "PHISH", hostname: "dichvucong-vn.example")
        asked.appProtocol = "dns"
        var passedOn = alert(1, "10.20.0.53", outside, port: 53, hint: "PHISH", hostname: "dichvucong-vn.example")
        passedOn.appProtocol = "dns"
        let incidents = try Scene().incidents([asked, passedOn])
        #expect(incidents.map(\.agency) == ["SNV"])
        #expect(incidents.map { $0.victim?.description } == ["10.20.10.5"])
    }

    /// Every word that the shipped rules use is known to the shipped table.
    @Test func shippedRulesAreKnown() throws {
        let table = try Scene.table()
        let folder = ProjectFiles.path("Rules")
        var words: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".rules") {
            let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
            for match in text.matches(of: /vonggac_category ([A-Za-z0-9_]+)/) { words.insert(String(match.1)) }
        }
        #expect(words.count > 5)
        for word in words {
            let isNoise = ["none", "POLICY", "REMOTE_ACCESS"].contains(word)
            #expect((table.kind(of: alert(0, outside, "10.20.10.2", hint: word)) == nil) == isNoise, "\(word)")
        }
        #expect(
            table.kind(of: alert(0, outside, "10.20.10.2", classType: "trojan-activity", hint: "MALWARE", sid: 9_104_001))?.code
                == "MALWARE_DOWNLOAD")
        #expect(table.kind(of: alert(0, outside, "10.20.10.2", classType: "attempted-recon", hint: "POLICY")) == nil)
    }

    @Test func ruleTargetWins() throws {
        var record = alert(0, "10.20.10.2", outside, classType: "web-application-attack")
        record.targetSide = .source
        let incidents = try Scene().incidents([record])
        #expect(incidents[0].victim?.description == "10.20.10.2" && incidents[0].attacker?.description == outside)
    }

    /// An inside machine that attacks the outside is its agency's incident.
    @Test func attackFromInside() throws {
        let incidents = try Scene().incidents([alert(0, "10.20.20.8", "192.0.2.1", port: 22, classType: "unsuccessful-user")])
        #expect(incidents[0].agency == "STC" && incidents[0].attacker?.description == "10.20.20.8")
    }

    @Test func thresholdWaits() throws {
        let scene = try Scene()
        let text = """
            schema: vonggac-correlation/1
            kinds:
              - {code: GUESS, vi: Dò, en: Guess, category: UNAUTH, severity: M4, victim: server, join: attacker, window_minutes: 1, threshold: 3}
            map: [{sid: 1-9, kind: GUESS}]
            """
        let store = try scene.store()
        let writer = try AlertWriter(
            store: store, sensor: Scene.sensor, table: CorrelationTable.parse(text, file: "t.yaml"), directory: .empty, policy: .wait,
            batchSize: 2, interval: 0.01)
        for second in [0.0, 100, 200, 210, 220, 230] { writer.submit(alert(second, outside, "10.20.10.2", sid: 5)) }
        try writer.close()
        let incidents = try store.incidents()
        #expect(incidents.count == 1)
        #expect(incidents[0].alertCount == 4 && incidents[0].firstSeen == Timestamp(seconds: Scene.start.seconds + 200))
        #expect(incidents[0].agency == nil)
    }

    /// Batches are an accident of timing; the outcome must not depend on them.
    @Test func batchingDoesNotMatter() throws {
        var generator = SeededGenerator(seed: 6)
        let classes = ["network-scan", "trojan-activity", "web-application-attack", "unsuccessful-user", "misc-activity", "attempted-dos"]
        let alerts = (0..<400).map { index in
            alert(
                Double(index * 40), "198.51.100.\(Int.random(in: 1...4, using: &generator))",
                "10.20.\([10, 20, 0].randomElement(using: &generator) ?? 0).\(Int.random(in: 1...4, using: &generator))",
                classType: classes.randomElement(using: &generator) ?? "")
        }
        func outcome(_ batch: Int) throws -> [String] {
            try Scene().incidents(alerts, batchSize: batch).map {
                "\($0.code) \($0.kind?.rawValue ?? "") \($0.agency ?? "") \($0.alertCount) \($0.titleEnglish)"
            }
        }
        let one = try outcome(1)
        #expect(one.count > 3)
        #expect(try outcome(1000) == one)
        #expect(try outcome(7) == one)
    }

    @Test func dismissedIncidentSwallowsItsLikes() throws {
        let scene = try Scene()
        let first = try scene.incidents([alert(0, outside, "10.20.10.2", classType: "network-scan")])
        let store = try scene.store()
        try store.dismiss(first[0].code, reason: "máy quét của đơn vị", by: Hand("Lan"))
        #expect(try scene.incidents([alert(60, outside, "10.20.10.2", classType: "network-scan")]).count == 1)
        #expect(try store.incident(first[0].code).alertCount == 2)
    }

    @Test func closedIncidentDoesNotTakeMore() throws {
        let scene = try Scene()
        let first = try scene.incidents([alert(0, outside, "10.20.10.2", classType: "network-scan")])
        let store = try scene.store()
        try store.confirm(first[0].code, by: Hand("Lan"))
        try store.close(first[0].code, summary: "đã chặn", handlingMode: .alone, by: Hand("Lan"))
        #expect(try scene.incidents([alert(60, outside, "10.20.10.2", classType: "network-scan")]).count == 2)
    }

    @Test(arguments: [
        ("kinds: []\nmap: []", "the key schema is missing"),
        ("schema: x\nkinds: []\nmap: []", "t.yaml:1: schema: expected vonggac-correlation/1"),
        ("schema: vonggac-correlation/1\nkinds: []\nmap: [{classtype: a, kind: B}]", "t.yaml:3: map[0].kind: B is not among the kinds"),
        ("schema: vonggac-correlation/1\nkinds: []\nmap: [{kind: none}]", "expected at least one of sid, classtype, message"),
        ("schema: vonggac-correlation/1\nkinds: []\nmap: [{sid: 9-1, kind: none}]", "expected a number or a range"),
        (
            "schema: vonggac-correlation/1\nkinds: [{code: A, vi: a, en: a, category: X, severity: M9, victim: server, window_minutes: 1}]\nmap: []",
            "expected one of M1, M2, M3, M4, found M9"
        ),
        ("schema: vonggac-correlation/1\nkinds: [{cod: A}]\nmap: []", "unknown key cod"), ("a: [", "not YAML"),
        ("a: 1\na: 2", "stands twice"),
    ])
    func brokenTables(text: String, complaint: String) {
        let error = #expect(throws: ContentError.self) { try CorrelationTable.parse(text, file: "t.yaml") }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
    }
}
