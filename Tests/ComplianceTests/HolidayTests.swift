import Incidents
import Testing

@testable import Compliance

@Suite struct HolidayTests {
    private func isRest(_ date: String) throws -> Bool {
        try ProfileLibrary().profile().isRest(#require(LocalTime.parse(date)))
    }

    /// Tết 2028 is from the eve, 25 January, a Tuesday, through the fourth, a Saturday; 2029 the eve is the 30th of its month, in 2028 the 29th or 30th.
    @Test func feastsFollowTheMoonInEveryYear() throws {
        #expect(try !isRest("2028-01-24"))
        for day in ["2028-01-25", "2028-01-26", "2028-01-27", "2028-01-28"] { #expect(try isRest(day), "\(day)") }
        #expect(try !isRest("2028-01-31"))
        // The last month of 2024/25 had 29 days.
        #expect(try isRest("2025-01-28") && !isRest("2025-01-27"))
        #expect(try isRest("2030-04-12") && !isRest("2030-04-11"))
        #expect(try isRest("2031-09-02") && !isRest("2031-09-04"))
    }

    @Test(arguments: [
        "", "4-30", "13-01", "02-30", "2027-02-30", "lunar", "lunar 1-1", "lunar 00-10", "lunar 01-31", "Lunar 01-01", "lunar 01-01 ",
    ])
    func refusesOthers(_ text: String) { #expect(Holiday(text) == nil) }

    @Test func readsEachKind() {
        #expect(Holiday("02-29") == .yearly(month: 2, day: 29))
        #expect(Holiday("2027-09-03") == .once("2027-09-03"))
        #expect(Holiday("lunar 12-30") == .lunar(month: 12, day: 30))
    }
}
