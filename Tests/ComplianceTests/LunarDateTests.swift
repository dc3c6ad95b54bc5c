import Bytes
import Incidents
import Testing

@testable import Compliance

@Suite struct LunarDateTests {
    private func day(_ date: String) throws -> Int {
        let time = try #require(LocalTime.parse(date))
        return Int((time.microseconds + LocalTime.offsetSeconds * 1_000_000) / 86_400_000_000)
    }

    /// The first days of lunar years as they were and are announced; 2030 and 1985 are a day or a month apart from the Chinese ones.
    @Test(arguments: [
        "1985-01-21", "2000-02-05", "2007-02-17", "2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10",
        "2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-02", "2031-01-23", "2032-02-11", "2033-01-31",
        "2034-02-19", "2035-02-08", "2036-01-28", "2037-02-15",
    ])
    func newYears(_ date: String) throws {
        let lunar = LunarDate(day: try day(date))
        #expect((lunar.month, lunar.day, lunar.isLeap) == (1, 1, false))
        let eve = LunarDate(day: try day(date) - 1)
        #expect(eve.month == 12 && eve.day == eve.daysInMonth)
    }

    /// Giỗ Tổ Hùng Vương, the tenth of the third month.
    @Test(arguments: ["2020-04-02", "2021-04-21", "2022-04-10", "2023-04-29", "2024-04-18", "2025-04-07", "2026-04-26", "2027-04-16"])
    func kingsDay(_ date: String) throws {
        let lunar = LunarDate(day: try day(date))
        #expect((lunar.month, lunar.day, lunar.isLeap) == (3, 10, false))
    }

    /// Leap months: the second in 2023, the sixth in 2025, the fourth in 2020; none in 2024 and 2026.
    @Test func leapMonths() throws {
        func leaps(_ year: Int) throws -> Set<Int> {
            let first = try day("\(year)-03-01")
            return Set((first..<first + 300).map(LunarDate.init(day:)).filter(\.isLeap).map(\.month))
        }
        #expect(try leaps(2020) == [4])
        #expect(try leaps(2023) == [2])
        #expect(try leaps(2025) == [6])
        #expect(try leaps(2024) == [])
        #expect(try leaps(2026) == [])
    }

    /// Over a century every day follows the one before.
    @Test func daysFollowEachOther() throws {
        var last = LunarDate(day: try day("1970-01-02"))
        for number in try day("1970-01-03")...day("2069-12-31") {
            let next = LunarDate(day: number)
            let isNext =
                next.day == last.day + 1 && next.month == last.month && next.isLeap == last.isLeap
                || next.day == 1 && last.day == last.daysInMonth && (29...30).contains(last.day)
                    && (next.isLeap ? next.month == last.month : next.month == last.month % 12 + 1)
            guard isNext else {
                Issue.record("day \(number): \(last), then \(next)")
                return
            }
            last = next
        }
    }
}
