import Bytes
import Incidents
import Testing

/// Tasks, and taking back what was done.
@Suite struct TaskAndUndoTests {
    private let scene: Scene
    private let store: IncidentStore
    private let scan = IncidentCode(year: 2026, number: 1)
    private let exploit = IncidentCode(year: 2026, number: 2)
    private let lan = Hand("Lan")

    init() throws {
        scene = try Scene()
        _ = try scene.incidents([
            alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan"),
            alert(5, "198.51.100.7", "10.20.10.3", classType: "network-scan"),
            alert(10, "198.51.100.8", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 9_000_002),
            alert(20, "198.51.100.9", "10.20.20.2", port: 80, classType: "web-application-attack", sid: 9_000_003),
        ])
        store = try scene.store()
    }

    @Test func tasksHoldAnIncidentOpen() throws {
        try store.confirm(scan, by: lan)
        let first = try store.addTask("Chặn nguồn tại cổng", to: scan, assignee: "Minh", by: lan)
        let second = try store.addTask("Gọi quản trị", to: scan, by: lan)
        #expect(first.number == 1 && second.number == 2 && first.state == .open)
        #expect(throws: HouseRuleError.tasksOpen(code: "VG-2026-0001", numbers: [1, 2])) {
            try store.close(scan, summary: "xong", handlingMode: .alone, by: lan)
        }
        let done = try store.endTask(1, of: scan, note: "đã chặn", by: Hand("Minh"))
        #expect(done.state == .done && done.endedBy == "Minh" && done.note == "đã chặn")
        #expect(throws: HouseRuleError.taskEnded(code: "VG-2026-0001", number: 1)) { try store.endTask(1, of: scan, by: lan) }
        #expect(throws: NotFoundError(.task, "VG-2026-0001 9")) { try store.endTask(9, of: scan, by: lan) }
        try store.endTask(2, of: scan, as: .dropped, by: lan)
        #expect(try store.close(scan, summary: "xong", handlingMode: .alone, by: lan).state == .closed)
        #expect(try store.tasks(of: scan).map(\.task.state) == [.done, .dropped])
        #expect(throws: HouseRuleError.self) { try store.addTask("muộn", to: scan, by: lan) }
    }

    @Test func aRunningPlaybookHoldsAnIncidentOpen() throws {
        try store.confirm(scan, by: lan)
        let run = try store.startRun(on: scan, playbook: "playbook--1", name: "Quét", digest: "ab", by: lan)
        #expect(throws: HouseRuleError.runOpen(code: "VG-2026-0001", run: run)) {
            try store.close(scan, summary: "xong", handlingMode: .alone, by: lan)
        }
    }

    @Test func handlingIsSaidBeforeClosing() throws {
        try store.confirm(scan, by: lan)
        #expect(throws: HouseRuleError.missing(code: "VG-2026-0001", .handlingMode)) {
            try store.close(scan, summary: "xong", handlingMode: nil, by: lan)
        }
        try store.setHandling(scan, .helped, helper: "VNPT", by: lan)
        let closed = try store.close(scan, summary: "xong", handlingMode: nil, by: lan)
        #expect(closed.handlingMode == .helped && closed.helper == "VNPT")
    }

    /// One step back after the other, each by an entry of its own; the ledger keeps them all.
    @Test func statesAreTakenBackStepByStep() throws {
        scene.advance(seconds: 60)
        try store.confirm(exploit, by: lan)
        try store.assign(exploit, to: "Minh", by: lan)
        try store.classify(exploit, severity: .m1, flags: [.personalData], reason: "lộ dữ liệu", by: lan)
        try store.contain(exploit, note: "cách ly", by: lan)
        #expect(try store.undoLast(exploit, by: Hand("Hoa")).kind == "incident.contained")
        var incident = try store.incident(exploit)
        #expect(incident.state == .confirmed && incident.containedAt == nil && incident.version == 6)
        #expect(try store.undoLast(exploit, by: lan).kind == "incident.classified")
        incident = try store.incident(exploit)
        #expect(incident.severity == .m3 && incident.flags == [])
        try store.undoLast(exploit, by: lan)
        #expect(try store.incident(exploit).assignee == nil)
        #expect(try store.undoLast(exploit, reason: "nhầm máy", by: lan).incident.state == .new)
        incident = try store.incident(exploit)
        #expect(incident.confirmedAt == nil && incident.acknowledgedAt == Timestamp(seconds: Scene.start.seconds + 60))
        #expect(throws: HouseRuleError.nothingToUndo(code: "VG-2026-0002")) { try store.undoLast(exploit, by: lan) }
        #expect(try store.detail(exploit).events.count == 9)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    @Test func dismissedAndClosedComeBack() throws {
        try store.dismiss(scan, reason: "thử nghiệm", by: lan)
        #expect(try store.undoLast(scan, by: lan).incident.state == .new)
        try store.confirm(scan, by: lan)
        try store.close(scan, summary: "x", handlingMode: .alone, by: lan)
        let back = try store.undoLast(scan, by: lan).incident
        #expect(back.state == .confirmed && back.closedAt == nil && back.summary == nil && back.handlingMode == nil)
    }

    @Test func tasksLinksAndClocksAreTakenBack() throws {
        try store.confirm(scan, by: lan)
        try store.addTask("a", to: scan, by: lan)
        try store.endTask(1, of: scan, by: lan)
        try store.undoLast(scan, by: lan)
        #expect(try store.tasks(of: scan).map(\.task.state) == [.open])
        try store.undoLast(scan, by: lan)
        #expect(try store.tasks(of: scan).map(\.task.state) == [.dropped])
        try store.link(scan, with: exploit, reason: "cùng nguồn", by: lan)
        #expect(try store.detail(scan).links == [IncidentLink(with: exploit, reason: "cùng nguồn")])
        try store.undoLast(scan, by: lan)
        #expect(try store.detail(exploit).links.isEmpty)
        try store.setClocks(
            [IncidentClock(incident: scan, code: "R26_72", profile: "vn-2026", t0: Scene.start, due: nil)], for: scan, by: lan)
        let sent = Dispatch(document: "12/BC", recipient: "Công an tỉnh", channel: .email, sentAt: Scene.start, proof: "250 OK")
        try store.fulfil("R26_72", of: scan, by: sent, hand: lan)
        #expect(try store.dispatches(incident: scan).map(\.dispatch) == [sent])
        #expect(try store.clocks().first?.metAt == Scene.start)
        // A second recipient is added to the record and changes nothing about when it was met.
        var other = sent
        other.recipient = "Chủ quản"
        other.sentAt = Timestamp(seconds: Scene.start.seconds + 60)
        try store.fulfil("R26_72", of: scan, by: other, hand: lan)
        #expect(try store.clocks().first?.metAt == Scene.start)
        #expect(try store.dispatches(clock: "R26_72").count == 2)
        try store.undoLast(scan, by: lan)
        #expect(try store.clocks().first?.metAt == nil)
        #expect(try store.integrityProblems().isEmpty)
    }

    @Test(arguments: [true, false]) func mergedIncidentsComeApartAgain(fromTarget: Bool) throws {
        let before = (try store.detail(scan), try store.detail(exploit))
        try store.confirm(exploit, by: lan)
        try store.merge(scan, into: exploit, by: lan)
        #expect(try store.incident(exploit).alertCount == 4)
        try store.undoLast(fromTarget ? exploit : scan, by: lan)
        let after = (try store.detail(scan), try store.detail(exploit))
        #expect(after.0.incident.state == .new && after.0.incident.supersededBy == nil && after.0.incident.alertCount == 2)
        #expect(after.1.incident.alertCount == 2 && after.1.incident.firstSeen == before.1.incident.firstSeen)
        #expect(after.0.alerts.map(\.id) == before.0.alerts.map(\.id) && after.1.alerts.map(\.id) == before.1.alerts.map(\.id))
        #expect(after.0.hosts == before.0.hosts && after.1.hosts == before.1.hosts)
        #expect(try store.integrityProblems().isEmpty)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    @Test func splittingAndTakingItBack() throws {
        var selection = IncidentStore.SplitSelection()
        #expect(throws: HouseRuleError.missing(code: "VG-2026-0002", .selection)) {
            try store.split(exploit, selection, reason: "khác nguồn", by: lan)
        }
        selection.address = IPAddress("198.51.100.99")
        #expect(throws: HouseRuleError.splitTakesNothing(code: "VG-2026-0002")) {
            try store.split(exploit, selection, reason: "khác nguồn", by: lan)
        }
        selection.address = IPAddress("10.20.20.2")
        #expect(throws: HouseRuleError.splitTakesAll(code: "VG-2026-0002")) {
            try store.split(exploit, selection, reason: "khác nguồn", by: lan)
        }
        selection.address = IPAddress("198.51.100.9")
        let other = try store.split(exploit, selection, reason: "khác nguồn", by: lan)
        #expect(other.code.number == 3 && other.alertCount == 1 && other.state == .new && other.kind == "EXPLOIT")
        #expect(other.attacker == IPAddress("198.51.100.9") && other.agency == "STC")
        #expect(try store.incident(exploit).alertCount == 1)
        #expect(try store.detail(exploit).hosts.map(\.address.description).sorted() == ["10.20.20.2", "198.51.100.8"])
        #expect(try store.detail(other.code).hosts.map(\.address.description).sorted() == ["10.20.20.2", "198.51.100.9"])
        #expect(try store.integrityProblems().isEmpty)
        try store.undoLast(exploit, by: lan)
        #expect(try store.incident(exploit).alertCount == 2)
        #expect(try store.incident(other.code).supersededBy == exploit)
        #expect(try store.integrityProblems().isEmpty)
    }

    /// A flag's own T0 is kept; being beyond one's capability is a judgement of the moment.
    @Test func flagsHaveTheirOwnTimes() throws {
        try store.confirm(exploit, by: lan)
        scene.advance(seconds: 7200)
        let found = Timestamp(seconds: Scene.start.seconds + 3600)
        let incident = try store.classify(
            exploit, secondary: ["MALWARE", "SPY"], flags: [.personalData, .beyondCapability], since: [.personalData: found],
            reason: "kiểm tra máy chủ", by: lan)
        #expect(incident.t0(of: .personalData) == found)
        #expect(incident.t0(of: .beyondCapability) == Timestamp(seconds: Scene.start.seconds + 7200))
        #expect(incident.t0(of: .nationalSecurity) == incident.t0)
        #expect(incident.secondaryCategories == ["MALWARE", "SPY"])
        #expect(try store.classify(exploit, flags: [], reason: "nhầm", by: lan).flagTimes.isEmpty)
    }

    /// Two act at once: the second is told who was first.
    @Test func theSecondHandIsToldWhoWasFirst() throws {
        let seen = try store.incident(scan).version
        try store.confirm(scan, by: Hand("Minh", version: seen))
        let error = #expect(throws: HouseRuleError.self) { try store.dismiss(scan, reason: "nhầm", by: Hand("Lan", version: seen)) }
        #expect(error?.english.contains("Minh, incident.confirmed") == true)
        #expect(error?.vietnamese.contains("vonggac incident show VG-2026-0001") == true)
        #expect(try store.incident(scan).state == .confirmed)
    }
}
