import Bytes
import Compliance
import Foundation
import Incidents
import Testing

/// Deadlines that are no incident's, notes of the calendar, and the deadlines of the law taken together.
@Suite struct PeriodicClockTests {
    private let library = ProfileLibrary(folders: [])

    private func occurrences(_ code: String, _ profile: String, _ from: String, _ until: String) throws -> [PeriodicOccurrence] {
        let report = try #require(try library.profile(profile).periodicReport(code))
        return report.occurrences(dueFrom: try #require(LocalTime.parse(from)), until: try #require(LocalTime.parse(until)))
    }

    /// Each of the 21 deadlines that the law knows is in one of the shipped profiles.
    @Test func allDeadlinesOfTheLaw() throws {
        let known = try ProfileLibrary.builtInNames.flatMap { name in
            let profile = try library.profile(name)
            return profile.deadlines.map(\.code) + profile.periodicReports.map(\.code)
        }
        #expect(
            Set(known) == [
                "R26_IMM", "R26_24", "R26_72", "R26_FINAL", "R26_BEYOND", "R26_ARCHIVE24", "PDP_72", "PDP_SUBJECT_72", "R17_5D", "R17_IMM",
                "R17_UPDATE", "R17_FINAL5D", "R17_ACK", "CONTACT_24", "P_DAILY", "P_WEEKLY", "P_6M", "P_1Y", "P_MON6M", "P_ANM_UNIT",
                "P_ANM_OWNER",
            ])
        #expect(Set(known).count == 21)
    }

    /// What runs beside a profile is in the profile that it names.
    @Test func whatRunsBesideIsThere() throws {
        for name in ProfileLibrary.builtInNames {
            for other in try library.profile(name).alongside {
                let profile = try library.profile(other.profile)
                for code in other.deadlines { #expect(profile.deadline(code) != nil, "\(code)") }
            }
        }
        #expect(try library.profile().alongside.flatMap(\.deadlines).contains("R17_5D"))
    }

    @Test func weeksAreThoseOfISO8601() throws {
        let weeks = try occurrences("P_WEEKLY", "vn-2026", "2026-12-20", "2027-01-20")
        #expect(weeks.map(\.label) == ["2026-W51", "2026-W52", "2026-W53", "2027-W01", "2027-W02"])
        let first = try #require(weeks.first)
        #expect(first.from == LocalTime.parse("2026-12-14") && first.until == LocalTime.parse("2026-12-21"))
        #expect(first.due == LocalTime.parse("2026-12-22") && first.isTarget)
    }

    @Test func theYearOfTheLawRunsFromDecember() throws {
        let unit = try occurrences("P_ANM_UNIT", "vn-2026", "2026-01-01", "2028-01-01")
        #expect(unit.map(\.label) == ["2026", "2027"])
        #expect(unit[0].from == LocalTime.parse("2025-12-15") && unit[0].until == LocalTime.parse("2026-12-15"))
        #expect(unit[0].due == LocalTime.parse("2026-12-20") && !unit[0].isTarget)
        #expect(try occurrences("P_ANM_OWNER", "vn-2026", "2026-12-21", "2026-12-31").map(\.label) == ["2026"])
        #expect(try occurrences("P_1Y", "vn-2017", "2026-01-01", "2027-01-01").map(\.due) == [try #require(LocalTime.parse("2026-12-15"))])
    }

    @Test func halfYearsAndDays() throws {
        #expect(try occurrences("P_6M", "vn-2017", "2026-01-01", "2027-01-01").map(\.label) == ["2026-H1"])
        #expect(try occurrences("P_MON6M", "vn-2017", "2026-01-10", "2027-01-10").map(\.label) == ["2026-H1", "2026-H2"])
        let days = try occurrences("P_DAILY", "vn-2017", "2026-11-20", "2026-11-23")
        #expect(days.map(\.label) == ["2026-11-19", "2026-11-20", "2026-11-21"])
        #expect(days[0].due == LocalTime.parse("2026-11-20T12:00"))
        #expect(try occurrences("P_DAILY", "vn-2017", "2026-11-23", "2026-11-20").isEmpty)
    }

    private func clock(_ code: String, _ t0: String, hours: Int64) throws -> IncidentClock {
        let start = try #require(LocalTime.parse(t0))
        return IncidentClock(
            incident: IncidentCode(year: 2026, number: 1), code: code, profile: "vn", t0: start,
            due: Timestamp(microseconds: start.microseconds + hours * 3_600_000_000))
    }

    /// Five days from a Monday end on a Saturday, whose term would end on Monday; over a holiday later still. The clock holds to 120 hours.
    @Test func dayCountsAreNotedAndNotFollowed() throws {
        let engine = ClockEngine(try library.profile("vn-2017"))
        let note = engine.calendarNote(of: try clock("R17_5D", "2026-11-16T08:00", hours: 120))
        #expect(note.legalDay == LocalTime.parse("2026-11-23") && note.isOnRest)
        #expect(note.text?.english.contains("23/11/2026") == true)
        let holiday = engine.calendarNote(of: try clock("R17_5D", "2026-08-28T08:00", hours: 120))
        #expect(holiday.legalDay == LocalTime.parse("2026-09-03"))
        let hours = ClockEngine(try library.profile()).calendarNote(of: try clock("R26_72", "2026-11-17T08:00", hours: 72))
        #expect(hours.legalDay == nil && !hours.isOnRest && hours.text == nil)
    }

    // MARK: T0

    private func store(_ now: String) throws -> IncidentStore {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("duty-\(UUID().uuidString).sqlite").path
        let moment = try #require(LocalTime.parse(now))
        return try IncidentStore(path: path, clock: { moment })
    }

    @Test func flagsBringTheirOwnT0() throws {
        let store = try store("2026-11-17T08:00")
        let hand = Hand("trực")
        let noticed = try #require(LocalTime.parse("2026-11-16T08:00"))
        let reported = try store.report(
            IncidentReport(
                title: "Lộ danh sách", category: "SPY", severity: .m2, agency: nil, noticedAt: noticed, description: "", sender: "Sở Y tế"),
            by: hand)
        let beside = ClockEngine(try library.profile("vn-2017"))
        // A notice is acknowledged at once, before anybody knows what it is.
        let acknowledgement = beside.clocks(for: reported, level: nil, codes: ["R17_ACK", "R17_5D"])
        #expect(acknowledgement.map(\.code) == ["R17_ACK"] && acknowledgement[0].t0 == LocalTime.parse("2026-11-17T08:00"))
        try store.confirm(reported.code, by: hand)
        let found = try #require(LocalTime.parse("2026-11-16T20:00"))
        let incident = try store.classify(
            reported.code, flags: [.personalData, .beyondCapability], since: [.personalData: found], reason: "kiểm tra", by: hand)
        let clocks = Dictionary(
            uniqueKeysWithValues: ClockEngine(try library.profile()).clocks(for: incident, level: nil).map { ($0.code, $0) })
        #expect(clocks["PDP_72"]?.t0 == found && clocks["PDP_72"]?.due == LocalTime.parse("2026-11-19T20:00"))
        #expect(clocks["R26_24"]?.t0 == noticed && clocks["R26_72"]?.t0 == noticed)
        #expect(clocks["R26_BEYOND"]?.t0 == LocalTime.parse("2026-11-17T08:00"))
        #expect(Set(beside.clocks(for: incident, level: nil).map(\.code)) == ["R17_5D", "R17_IMM", "R17_ACK"])
    }

    /// The province may read "from detection" as the moment when a person confirmed it.
    @Test func confirmedAsT0() throws {
        let text = String(
            decoding: try #require(
                FileManager.default.contents(
                    atPath: #filePath.replacing(
                        "Tests/ComplianceTests/PeriodicClockTests.swift", with: "Sources/Compliance/Profiles/vn-2026.yaml"))),
            as: UTF8.self)
        let profile = try ComplianceProfile.parse(
            text.replacing("t0_rule: first_seen_or_reported_earliest", with: "t0_rule: confirmed"), file: "p.yaml")
        let store = try store("2026-11-17T08:00")
        let reported = try store.report(
            IncidentReport(
                title: "x", category: "SPY", severity: .m3, agency: nil, noticedAt: try #require(LocalTime.parse("2026-11-16T08:00")),
                description: ""), by: Hand("trực"))
        let incident = try store.confirm(reported.code, by: Hand("trực"))
        #expect(ClockEngine(profile).clocks(for: incident, level: nil).first?.t0 == LocalTime.parse("2026-11-17T08:00"))
    }

    /// Classes go up and down; deadlines are added, and none goes.
    @Test func reclassificationAddsAndNeverRemoves() throws {
        let store = try store("2026-11-17T08:00")
        let hand = Hand("trực")
        let engine = ClockEngine(try library.profile())
        let code = try store.report(
            IncidentReport(
                title: "x", category: "SPY", severity: .m3, agency: nil, noticedAt: try #require(LocalTime.parse("2026-11-16T08:00")),
                description: ""), by: hand
        ).code
        var seen: [Set<String>] = []
        for severity in [Severity.m3, .m2, .m4] {
            if severity == .m3 { try store.confirm(code, by: hand) }
            let incident = try store.classify(code, severity: severity, reason: "đánh giá lại", by: hand)
            try store.setClocks(engine.clocks(for: incident, level: nil), for: code, by: hand)
            seen.append(Set(try store.clocks().map(\.code)))
        }
        #expect(seen == [["R26_72"], ["R26_72", "R26_24"], ["R26_72", "R26_24"]])
        #expect(try store.clocks().allSatisfy { $0.t0 == LocalTime.parse("2026-11-16T08:00") })
    }

    @Test func dutiesAreFulfilledByDocuments() throws {
        let store = try store("2026-11-24T08:00")
        let occurrence = try #require(try occurrences("P_WEEKLY", "vn-2026", "2026-11-20", "2026-11-25").last)
        let duty = occurrence.clock(profile: "vn-2026")
        let sent = Dispatch(
            document: "47/BC-ĐUCSC", recipient: "UBND tỉnh", channel: .documentSystem,
            sentAt: try #require(LocalTime.parse("2026-11-23T09:00")))
        try store.fulfil(duty, by: sent, hand: Hand("trực"))
        let stored = try #require(try store.dutyClocks().first)
        #expect(stored.subject == "2026-W47" && stored.metAt == sent.sentAt && stored.fulfilledBy == "47/BC-ĐUCSC")
        try store.fulfil(duty, by: sent, hand: Hand("trực"))
        #expect(try store.dispatches(clock: "P_WEEKLY").count == 2 && store.dutyClocks(open: true).isEmpty)
        #expect(try store.events(subject: "duty/P_WEEKLY/2026-W47").map(\.kind) == ["clock.started", "clock.met", "clock.sent"])
        #expect(try store.auditLedger().findings.isEmpty)
    }
}
