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
}
