import Bytes
import Incidents
import Reports
import Testing

@Suite struct ReportPeriodTests {
    /// ISO 8601 weeks with their Monday; years that begin late and early, and a year of 53 weeks.
    @Test(arguments: [
        ("2026-W47", "2026-11-16"), ("2026-W01", "2025-12-29"), ("2026-W53", "2026-12-28"), ("2027-W01", "2027-01-04"),
        ("2021-W01", "2021-01-04"), ("2020-W53", "2020-12-28"), ("2024-W09", "2024-02-26"),
    ])
    func weeksBeginOnTheirMonday(week: String, monday: String) throws {
        let period = try #require(ReportPeriod(week: week))
        #expect(period.from == LocalTime.parse(monday))
        #expect(period.until.microseconds - period.from.microseconds == 7 * 86_400_000_000)
        #expect(period.isWeek)
        let number = period.isoWeek
        #expect("\(number.year)-W\(number.week < 10 ? "0" : "")\(number.week)" == week)
    }

    @Test(arguments: ["2025-W53", "2026-W54", "2026-W00", "2026-47", "W47", "2026-W4x", "", "26-W01"])
    func whatIsNoWeekIsRefused(week: String) { #expect(ReportPeriod(week: week) == nil) }

    @Test func endIsExcluded() throws {
        let period = try #require(ReportPeriod(week: "2026-W47"))
        let next = try #require(ReportPeriod(week: "2026-W48"))
        #expect(period.until == next.from)
        #expect(!period.contains(next.from))
        #expect(period.contains(Timestamp(microseconds: next.from.microseconds - 1)))
        #expect(LocalTime.date(period.lastDay) == "22/11/2026")
        #expect(next.before(1) == period)
    }

    @Test func lastWholeWeek() throws {
        for moment in ["2026-11-23T00:00:00", "2026-11-25T13:00:00", "2026-11-29T23:59:59"] {
            let period = ReportPeriod.lastWeek(before: try #require(LocalTime.parse(moment)))
            #expect(period == ReportPeriod(week: "2026-W47"))
        }
    }
}
