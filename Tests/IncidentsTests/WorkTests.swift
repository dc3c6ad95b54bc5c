import Bytes
import Incidents
import Testing

@Suite struct WorkTests {
    private let scene: Scene
    private let store: IncidentStore
    private let code = IncidentCode(year: 2026, number: 1)
    private let other = IncidentCode(year: 2026, number: 2)
    private let lan = Hand("Lan")

    init() throws {
        scene = try Scene()
        _ = try scene.incidents([
            alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan"),
            alert(10, "198.51.100.8", "10.20.20.2", port: 80, classType: "web-application-attack"),
            alert(20, "198.51.100.8", "10.20.20.2", port: 80, classType: "web-application-attack"),
        ])
        store = try scene.store()
    }

    private func kinds(_ code: IncidentCode) throws -> [String] { try store.detail(code).events.map(\.kind) }

    @Test func wholeLife() throws {
        scene.advance(seconds: 60)
        #expect(try store.confirm(other, note: "thật", by: lan).confirmedAt == Timestamp(seconds: Scene.start.seconds + 60))
        try store.assign(other, to: "Minh", by: lan)
        try store.note(other, "đã gọi quản trị", by: lan)
        try store.classify(other, category: "DEFACE", severity: .m2, flags: [.personalData], reason: "trang bị sửa", by: lan)
        scene.advance(seconds: 60)
        try store.contain(other, note: "chặn tại cổng", by: lan)
        try store.eradicate(other, note: "gỡ mã độc", by: lan)
        try store.recover(other, note: "khôi phục", by: lan)
        let closed = try store.close(other, summary: "đã vá", handlingMode: .helped, by: lan)
        #expect(closed.state == .closed && closed.assignee == "Minh" && closed.category == "DEFACE" && closed.severity == .m2)
        #expect(closed.flags == [.personalData] && closed.handlingMode == .helped && closed.summary == "đã vá" && closed.version == 9)
        #expect(closed.acknowledgedAt == Timestamp(seconds: Scene.start.seconds + 60))
        #expect(closed.containedAt == Timestamp(seconds: Scene.start.seconds + 120))
        #expect(
            try kinds(other) == [
                "incident.opened", "incident.confirmed", "incident.assigned", "incident.note", "incident.classified", "incident.contained",
                "incident.eradicated", "incident.recovered", "incident.closed",
            ])
        let reopened = try store.reopen(other, reason: "tái diễn", by: lan)
        #expect(reopened.state == .confirmed && reopened.closedAt == nil)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// Reports and whoever takes over need to know what was done.
    @Test func whatWasDoneIsDemanded() throws {
        try store.confirm(code, by: lan)
        let steps: [(IncidentState, (String?) throws -> Incident)] = [
            (.contained, { try store.contain(code, note: $0, by: lan) }), (.eradicated, { try store.eradicate(code, note: $0, by: lan) }),
            (.recovered, { try store.recover(code, note: $0, by: lan) }),
        ]
        for (state, step) in steps {
            for note in [nil, "", " \n"] {
                #expect(throws: HouseRuleError.missing(code: code.description, .note)) { try step(note) }
            }
            #expect(try step("đã làm").state == state)
        }
    }

    @Test func closingWhatIsNotConfirmedIsRefused() throws {
        #expect(throws: HouseRuleError.transition(code: "VG-2026-0001", from: .new, to: .closed)) {
            try store.close(code, summary: "x", handlingMode: .alone, by: lan)
        }
        #expect(try kinds(code) == ["incident.opened"])
        #expect(try store.incident(code).version == 1)
    }

    /// An incident graver than M4 must be contained before it is closed.
    @Test func closingWithoutContaining() throws {
        try store.confirm(code, by: lan)
        try store.confirm(other, by: lan)
        #expect(try store.close(code, summary: "quét cổng, đã chặn", handlingMode: .alone, by: lan).state == .closed)
        #expect(throws: HouseRuleError.transition(code: "VG-2026-0002", from: .confirmed, to: .closed)) {
            try store.close(other, summary: "x", handlingMode: .alone, by: lan)
        }
    }

    @Test func everyTransitionThatIsNotAllowedIsRefused() throws {
        #expect(throws: HouseRuleError.self) { try store.contain(code, note: "x", by: lan) }
        #expect(throws: HouseRuleError.self) { try store.reopen(code, reason: "x", by: lan) }
        try store.dismiss(code, reason: "thử nghiệm", by: lan)
        #expect(throws: HouseRuleError.self) { try store.confirm(code, by: lan) }
        #expect(try store.reopen(code, reason: "xem lại", by: lan).state == .new)
    }

    @Test func whatIsDemanded() {
        #expect(throws: HouseRuleError.missing(code: "VG-2026-0001", .reason)) { try store.dismiss(code, reason: "  ", by: lan) }
        #expect(throws: HouseRuleError.missing(code: "VG-2026-0001", .summary)) {
            try store.close(code, summary: "", handlingMode: .alone, by: lan)
        }
        #expect(throws: HouseRuleError.missing(code: "VG-2026-0001", .actor)) { try store.confirm(code, by: Hand("")) }
        #expect(throws: NotFoundError(.incident, "VG-2026-0009")) { try store.confirm(IncidentCode(year: 2026, number: 9), by: lan) }
    }

    @Test func changedMeanwhile() throws {
        let read = try store.incident(code)
        try store.assign(code, to: "Minh", by: lan)
        #expect(
            throws: HouseRuleError.changedMeanwhile(
                code: "VG-2026-0001", expected: 1, found: 2, last: "Lan, incident.assigned, 21/11/2026 08:00:00")
        ) {
            try store.confirm(code, by: Hand("Hoa", version: read.version))
        }
        #expect(try store.confirm(code, by: Hand("Hoa", version: 2)).version == 3)
    }

    @Test func merge() throws {
        let merged = try store.merge(code, into: other, by: lan)
        #expect(merged.alertCount == 3 && merged.firstSeen == Scene.start)
        let gone = try store.incident(code)
        #expect(gone.state == .duplicate && gone.supersededBy == other && gone.alertCount == 0)
        #expect(throws: HouseRuleError.superseded(code: "VG-2026-0001", by: "VG-2026-0002")) { try store.confirm(code, by: lan) }
        #expect(throws: HouseRuleError.superseded(code: "VG-2026-0001", by: "VG-2026-0002")) { try store.merge(other, into: code, by: lan) }
        #expect(throws: HouseRuleError.mergeWithItself(code: "VG-2026-0002")) { try store.merge(other, into: other, by: lan) }
        #expect(try store.detail(other).hosts.count == 4)
        // More of the same goes to the incident that it was merged into.
        #expect(try scene.incidents([alert(30, "198.51.100.7", "10.20.10.2", classType: "network-scan")]).count == 2)
        #expect(try store.incident(other).alertCount == 4)
        #expect(try store.auditLedger().findings.isEmpty)
    }

    @Test func duplicateAndLink() throws {
        try store.link(code, with: other, by: lan)
        try store.link(other, with: code, by: lan)
        #expect(try store.detail(code).links.map(\.with) == [other])
        #expect(try kinds(other).filter { $0 == "incident.linked" }.count == 1)
        #expect(try store.markDuplicate(code, of: other, by: lan).supersededBy == other)
    }

    @Test func clocks() throws {
        let due = Timestamp(seconds: Scene.start.seconds + 72 * 3600)
        let clock = IncidentClock(incident: code, code: "R26_72", profile: "vn-2026", t0: Scene.start, due: due)
        try store.confirm(code, by: lan)
        try store.setClocks([clock], for: code, by: lan)
        try store.setClocks([clock], for: code, by: lan)
        #expect(try store.clocks(open: true) == [clock])
        #expect(try store.clocks(dueUntil: due).isEmpty)
        try store.meetClock("R26_72", of: code, fulfilledBy: "12/BC-ĐUCSC", by: lan)
        #expect(throws: HouseRuleError.clockMet(code: "R26_72", incident: "VG-2026-0001")) {
            try store.meetClock("R26_72", of: code, fulfilledBy: "13", by: lan)
        }
        #expect(throws: NotFoundError.self) { try store.meetClock("R26_24", of: code, fulfilledBy: "13", by: lan) }
        var later = clock
        later.due = nil
        try store.setClocks([later], for: code, by: lan)
        #expect(try store.clocks().map(\.fulfilledBy) == ["12/BC-ĐUCSC"])
        #expect(try store.clocks().map(\.due) == [due])
        #expect(try store.clocks(open: true).isEmpty)
        #expect(try kinds(code) == ["incident.opened", "incident.confirmed", "clock.started", "clock.met"])
    }

    @Test func playbookRun() throws {
        let run = try store.startRun(on: code, playbook: "playbook--1", name: "Mã độc", digest: "ab", by: lan)
        let step = try store.startStep(run: run, step: "action--1", name: "Cách ly", type: "action", by: lan)
        #expect(try store.playbookRuns(incident: code).first?.steps.first?.endedAt == nil)
        scene.advance(seconds: 5)
        try store.finishStep(run: run, stepRun: step, outcome: .succeeded, output: "xong", variables: ["__host__": "pc1"], by: lan)
        #expect(throws: NotFoundError.self) { try store.finishStep(run: run, stepRun: step, outcome: .failed, by: lan) }
        try store.finishRun(run, outcome: .succeeded, by: lan)
        #expect(throws: HouseRuleError.runEnded(id: run)) { try store.startStep(run: run, step: "x", name: "", type: "action", by: lan) }
        #expect(throws: NotFoundError(.run, "77")) { try store.finishRun(77, outcome: .failed, by: lan) }
        let stored = try #require(try store.playbookRuns().first)
        #expect(stored.outcome == .succeeded && stored.steps.map(\.outcome) == [.succeeded] && stored.steps[0].output == "xong")
        #expect(
            try kinds(code) == [
                "incident.opened", "playbook.started", "playbook.step.started", "playbook.step.finished", "playbook.finished",
            ])
    }
}
