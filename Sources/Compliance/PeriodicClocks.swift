import Bytes
import Incidents

/// One time that a periodic report is due.
public struct PeriodicOccurrence: Sendable, Hashable {
    public var report: ComplianceProfile.PeriodicReport
    /// What people call the period: `2026-11-21`, `2026-W47`, `2026-H1`, `2026`.
    public var label: String
    /// The time that the report covers, half open.
    public var from: Timestamp
    public var until: Timestamp
    /// Before which it is to be sent.
    public var due: Timestamp
    /// The law names no day; the due time is an internal target.
    public var isTarget: Bool

    /// As a deadline of no incident.
    public func clock(profile: String) -> DutyClock {
        DutyClock(code: report.code, profile: profile, subject: label, t0: until, due: due)
    }
}

extension ComplianceProfile.PeriodicReport {
    /// The occurrences that are due within [from, until), in order.
    public func occurrences(dueFrom from: Timestamp, until: Timestamp) -> [PeriodicOccurrence] {
        guard from < until else { return [] }
        let years = LocalTime.fields(from).year - 1...LocalTime.fields(until).year + 1
        let all: [PeriodicOccurrence] =
            switch period {
            case .daily: days(from, until, step: 1)
            case .weekly: days(from, until, step: 7)
            case .halfYearly: years.flatMap { halves(of: $0) }
            case .yearly: years.compactMap { year(of: $0) }
            }
        return all.filter { $0.due >= from && $0.due < until }.sorted { $0.due < $1.due }
    }

    private static let day: Int64 = 86_400_000_000

    /// Days, or weeks that begin on Monday (ISO 8601), that end near the span.
    private func days(_ from: Timestamp, _ until: Timestamp, step: Int64) -> [PeriodicOccurrence] {
        let offset = LocalTime.offsetSeconds * 1_000_000
        let length = step * Self.day
        let target = Int64(targetHours ?? 24) * 3_600_000_000
        // The first day of 1970 was a Thursday.
        let shift = step == 7 ? 3 * Self.day : 0
        var index = (from.microseconds - target + offset + shift) / length - 1
        var found: [PeriodicOccurrence] = []
        while true {
            let start = Timestamp(microseconds: index * length - shift - offset)
            let end = Timestamp(microseconds: start.microseconds + length)
            let due = Timestamp(microseconds: end.microseconds + target)
            if due >= until { return found }
            found.append(
                PeriodicOccurrence(
                    report: self, label: step == 7 ? ISOWeek.label(of: start) : String(LocalTime.iso(start).prefix(10)), from: start,
                    until: end, due: due, isTarget: true))
            index += 1
        }
    }

    /// Where the law names a day, that of the first half alone: the yearly report stands for the second.
    private func halves(of year: Int) -> [PeriodicOccurrence] {
        guard let first = Self.moment(year, "01-01"), let middle = Self.moment(year, "07-01"), let next = Self.moment(year + 1, "01-01")
        else {
            return []
        }
        if let before, let due = Self.moment(year, before) {
            return [PeriodicOccurrence(report: self, label: "\(year)-H1", from: first, until: due, due: due, isTarget: false)]
        }
        let target = Int64(targetHours ?? 24) * 3_600_000_000
        return [("H1", first, middle), ("H2", middle, next)].map { name, from, until in
            PeriodicOccurrence(
                report: self, label: "\(year)-\(name)", from: from, until: until,
                due: Timestamp(microseconds: until.microseconds + target), isTarget: true)
        }
    }

    private func year(of year: Int) -> PeriodicOccurrence? {
        guard let due = before.flatMap({ Self.moment(year, $0) }) else { return nil }
        let from = window.flatMap { Self.moment(year - 1, $0.from) } ?? Self.moment(year, "01-01")
        let last = window.flatMap { Self.moment(year, $0.until) }.map { Timestamp(microseconds: $0.microseconds + Self.day) } ?? due
        return from.map { PeriodicOccurrence(report: self, label: "\(year)", from: $0, until: last, due: due, isTarget: false) }
    }

    private static func moment(_ year: Int, _ day: String) -> Timestamp? {
        let parts = day.split(separator: "-").compactMap { Int($0) }
        guard parts.count == 2 else { return nil }
        return LocalTime.timestamp(LocalTime.Fields(year: year, month: parts[0], day: parts[1]))
    }
}

/// Weeks of ISO 8601 in Việt Nam's time.
enum ISOWeek {
    /// `2026-W47`, of the week that a moment lies in.
    static func label(of time: Timestamp) -> String {
        let offset = LocalTime.offsetSeconds * 1_000_000
        let day = (time.microseconds + offset) / 86_400_000_000
        let weekday = (day + 3) % 7
        // A week belongs to the year of its Thursday.
        let thursday = day - weekday + 3
        let year = LocalTime.fields(Timestamp(microseconds: thursday * 86_400_000_000 - offset)).year
        guard let start = LocalTime.timestamp(LocalTime.Fields(year: year, month: 1, day: 1)) else { return "\(year)" }
        let week = (thursday - (start.microseconds + offset) / 86_400_000_000) / 7 + 1
        return "\(year)-W\(week < 10 ? "0" : "")\(week)"
    }
}
