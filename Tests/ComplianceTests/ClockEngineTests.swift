import Bytes
import Compliance
import Foundation
import Incidents
import Testing

@Suite struct ClockEngineTests {
    private let noticed = LocalTime.parse("2026-11-16T08:00:00")!

    /// A confirmed incident of this severity and these flags, and the store it lies in.
    private func incident(_ severity: Severity, _ flags: IncidentFlags = [], confirmed: Bool = true) throws -> (IncidentStore, Incident) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("clock-\(UUID().uuidString).sqlite").path
        let noticed = noticed
        let store = try IncidentStore(path: path, clock: { Timestamp(microseconds: noticed.microseconds + 3_600_000_000) })
        var incident = try store.report(
            IncidentReport(
                title: "Trang bị sửa", category: "DEFACE", severity: severity, agency: nil, noticedAt: noticed, description: "Người dân báo"
            ),
            by: Hand("trực"))
        if incident.state == .new, confirmed { incident = try store.confirm(incident.code, by: Hand("trực")) }
        if !flags.isEmpty { incident = try store.classify(incident.code, flags: flags, reason: "theo báo cáo", by: Hand("trực")) }
        return (store, incident)
    }

    private func engine(_ name: String = "vn-2026") throws -> ClockEngine { ClockEngine(try ProfileLibrary(folders: []).profile(name)) }

    /// Severity and flags against the deadlines that run: the table of vn-2026.
    @Test(arguments: [
        (Severity.m1, IncidentFlags.nationalSecurity, ["R26_24", "R26_72", "R26_IMM"] as [String]),
        (.m1, [] as IncidentFlags, ["R26_24", "R26_72", "R26_IMM"]),
        (.m2, [] as IncidentFlags, ["R26_24", "R26_72"]),
        (.m3, [] as IncidentFlags, ["R26_72"]),
        (.m4, [] as IncidentFlags, [] as [String]),
        (.m3, .seriousDisruption, ["R26_72", "R26_IMM"]),
        (.m3, .beyondCapability, ["R26_72", "R26_BEYOND"]),
        (.m3, .personalData, ["PDP_72", "R26_72"]),
        (.m4, .locationOrBiometric, ["PDP_72", "PDP_SUBJECT_72"]),
        (.m3, .electronicArchive, ["R26_72", "R26_ARCHIVE24"]),
    ])
    func deadlinesOf2026(severity: Severity, flags: IncidentFlags, expected: [String]) throws {
        let (_, incident) = try incident(severity, flags)
        #expect(try engine().clocks(for: incident, level: nil).map(\.code).sorted() == expected)
    }

    @Test func hoursRunFromDetection() throws {
        let (_, incident) = try incident(.m2, .seriousDisruption)
        let engine = try engine()
        let clocks = Dictionary(uniqueKeysWithValues: engine.clocks(for: incident, level: nil).map { ($0.code, $0) })
        #expect(clocks["R26_24"]?.due == LocalTime.parse("2026-11-17T08:00:00"))
        #expect(clocks["R26_72"]?.due == LocalTime.parse("2026-11-19T08:00:00"))
        let immediate = try #require(clocks["R26_IMM"])
        #expect(immediate.due == nil)
        #expect(engine.target(of: immediate) == LocalTime.parse("2026-11-16T08:30:00"))
    }

    @Test func fiveDaysAre120Hours() throws {
        let (store, incident) = try incident(.m3, .beyondCapability)
        let engine = try engine("vn-2017")
        #expect(engine.clocks(for: incident, level: nil).map(\.code).sorted() == ["R17_5D", "R17_IMM"])
        #expect(engine.clocks(for: incident, level: nil).first { $0.code == "R17_5D" }?.due == LocalTime.parse("2026-11-21T08:00:00"))
        _ = try store.contain(incident.code, note: "cách ly", by: Hand("trực"))
        let closed = try store.close(incident.code, summary: "Đã khôi phục", handlingMode: .alone, by: Hand("trực"))
        #expect(engine.clocks(for: closed, level: nil).map(\.code).sorted() == ["R17_5D", "R17_FINAL5D", "R17_IMM", "R17_UPDATE"])
    }

    @Test func candidatesHaveNoClocksUnlessAsked() throws {
        let (store, incident) = try incident(.m2)
        let dismissed = try store.dismiss(incident.code, reason: "nhầm", by: Hand("trực"))
        #expect(try engine().clocks(for: dismissed, level: nil).isEmpty)
        #expect(try engine().clocks(for: dismissed, level: nil, assumingConfirmed: true).isEmpty)
    }

    @Test func standings() throws {
        let engine = try engine()
        let (_, incident) = try incident(.m2)
        var clock = try #require(engine.clocks(for: incident, level: nil).first { $0.code == "R26_24" })
        let due = try #require(clock.due)
        #expect(engine.standing(of: clock, at: due) == .running)
        #expect(engine.standing(of: clock, at: Timestamp(microseconds: due.microseconds + 1)) == .overdue)
        clock.metAt = due
        #expect(engine.standing(of: clock, at: Timestamp(microseconds: due.microseconds + 1)) == .met)
        clock.metAt = Timestamp(microseconds: due.microseconds + 1)
        #expect(engine.standing(of: clock, at: due) == .running)
        #expect(engine.standing(of: clock, at: Timestamp(microseconds: due.microseconds + 2)) == .metLate)
    }
}
