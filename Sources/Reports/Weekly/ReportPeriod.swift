import Bytes
import Incidents

/// A span of local time, its end excluded, so that no moment belongs to two weeks.
public struct ReportPeriod: Sendable, Hashable {
    public var from: Timestamp
    /// Excluded.
    public var until: Timestamp

    public static let day: Int64 = 86_400_000_000

    /// - Returns: nil where the end is not after the start.
    public init?(from: Timestamp, until: Timestamp) {
        guard from < until else { return nil }
        self.from = from
        self.until = until
    }

    /// Monday to Monday of an ISO 8601 week: `2026-W47`.
    public init?(week text: String) {
        let parts = text.uppercased().split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 4, let year = Int(parts[0]), parts[1].first == "W", let week = Int(parts[1].dropFirst()),
            (1...53).contains(week), let fourth = LocalTime.timestamp(.init(year: year, month: 1, day: 4))
        else { return nil }
        // The week of 4 January is the first.
        let monday = ReportPeriod.monday(of: fourth)
        let from = Timestamp(microseconds: monday.microseconds + Int64(week - 1) * 7 * Self.day)
        self.init(from: from, until: Timestamp(microseconds: from.microseconds + 7 * Self.day))
        guard isoWeek.year == year else { return nil }
    }

    /// The last whole week before a moment.
    public static func lastWeek(before moment: Timestamp) -> ReportPeriod {
        let monday = monday(of: moment)
        return ReportPeriod(uncheckedFrom: Timestamp(microseconds: monday.microseconds - 7 * day), until: monday)
    }

    /// The week, Monday to Monday, that a moment lies in.
    public static func week(of moment: Timestamp) -> ReportPeriod {
        let monday = monday(of: moment)
        return ReportPeriod(uncheckedFrom: monday, until: Timestamp(microseconds: monday.microseconds + 7 * day))
    }

    private init(uncheckedFrom from: Timestamp, until: Timestamp) {
        self.from = from
        self.until = until
    }

    /// Midnight of the Monday of a moment's week, local time.
    static func monday(of moment: Timestamp) -> Timestamp {
        let local = moment.microseconds + LocalTime.offsetSeconds * 1_000_000
        let days = local >= 0 ? local / day : -((-local + day - 1) / day)
        // 1970-01-01 was a Thursday.
        let sinceMonday = ((days + 3) % 7 + 7) % 7
        return Timestamp(microseconds: (days - sinceMonday) * day - LocalTime.offsetSeconds * 1_000_000)
    }

    /// Year and number of the ISO week that the period begins in.
    public var isoWeek: (year: Int, week: Int) {
        let monday = ReportPeriod.monday(of: from)
        // A week belongs to the year of its Thursday.
        let thursday = Timestamp(microseconds: monday.microseconds + 3 * Self.day)
        let year = LocalTime.fields(thursday).year
        guard let fourth = LocalTime.timestamp(.init(year: year, month: 1, day: 4)) else { return (year, 1) }
        return (year, Int((monday.microseconds - ReportPeriod.monday(of: fourth).microseconds) / (7 * Self.day)) + 1)
    }

    /// It is a whole ISO week.
    public var isWeek: Bool { ReportPeriod.monday(of: from) == from && until.microseconds - from.microseconds == 7 * Self.day }

    /// The last day, included.
    public var lastDay: Timestamp { Timestamp(microseconds: until.microseconds - 1) }

    /// The span of the same length, this many before.
    public func before(_ count: Int) -> ReportPeriod {
        let shift = (until.microseconds - from.microseconds) * Int64(count)
        return ReportPeriod(
            uncheckedFrom: Timestamp(microseconds: from.microseconds - shift),
            until: Timestamp(microseconds: until.microseconds - shift))
    }

    public func contains(_ moment: Timestamp) -> Bool { moment >= from && moment < until }

    /// Six months: `2026-H1`.
    public init?(half text: String) {
        let parts = text.uppercased().split(separator: "-")
        guard parts.count == 2, parts[0].count == 4, let year = Int(parts[0]), parts[1] == "H1" || parts[1] == "H2" else { return nil }
        let isFirst = parts[1] == "H1"
        guard let from = LocalTime.timestamp(.init(year: year, month: isFirst ? 1 : 7, day: 1)),
            let until = LocalTime.timestamp(.init(year: isFirst ? year : year + 1, month: isFirst ? 7 : 1, day: 1))
        else { return nil }
        self.init(from: from, until: until)
    }

    /// From 15 December of the year before to 14 December, as NĐ 331/2026 Đ35 counts a reporting year.
    public init?(reportingYear year: Int) {
        guard let from = LocalTime.timestamp(.init(year: year - 1, month: 12, day: 15)),
            let until = LocalTime.timestamp(.init(year: year, month: 12, day: 15))
        else { return nil }
        self.init(from: from, until: until)
    }

    /// A calendar year.
    public init?(year: Int) {
        guard let from = LocalTime.timestamp(.init(year: year, month: 1, day: 1)),
            let until = LocalTime.timestamp(.init(year: year + 1, month: 1, day: 1))
        else { return nil }
        self.init(from: from, until: until)
    }

    /// One local day.
    public init?(day moment: Timestamp) {
        let local = LocalTime.fields(moment)
        guard let from = LocalTime.timestamp(.init(year: local.year, month: local.month, day: local.day)) else { return nil }
        self.init(from: from, until: Timestamp(microseconds: from.microseconds + Self.day))
    }

    /// A short name: `2026-W47`, `2026-H1`, `2026`, `2026-11-21`, else both ends.
    public var name: String {
        func iso(_ moment: Timestamp) -> String { String(LocalTime.iso(moment).prefix(10)) }
        if isWeek {
            let week = isoWeek
            return "\(week.year)-W\(week.week < 10 ? "0" : "")\(week.week)"
        }
        let (start, last) = (LocalTime.fields(from), LocalTime.fields(lastDay))
        if until.microseconds - from.microseconds == Self.day, ReportPeriod(day: from) == self { return iso(from) }
        for half in ["H1", "H2"] where ReportPeriod(half: "\(start.year)-\(half)") == self { return "\(start.year)-\(half)" }
        if ReportPeriod(year: start.year) == self || ReportPeriod(reportingYear: last.year) == self { return String(last.year) }
        return "\(iso(from))..\(iso(lastDay))"
    }

    /// The twelve periods of the trend, this one the last, the oldest first; of a period longer than a month its months and those before.
    var trend: [ReportPeriod] {
        guard until.microseconds - from.microseconds > 31 * Self.day else { return (0..<12).reversed().map { before($0) } }
        let last = LocalTime.fields(lastDay)
        func first(_ monthsBefore: Int) -> Timestamp? {
            let month = last.year * 12 + last.month - 1 - monthsBefore
            return LocalTime.timestamp(.init(year: month / 12, month: month % 12 + 1, day: 1))
        }
        return (0..<12).reversed().compactMap { count in
            guard let from = first(count), let until = first(count - 1) else { return nil }
            return ReportPeriod(from: from, until: until)
        }
    }
}
