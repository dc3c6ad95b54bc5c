import Bytes
import Incidents
import Wording

/// What people should know about a due time that the number of hours does not say.
public struct CalendarNote: Sendable, Hashable {
    /// The day on which the term would end if days were counted as Civil Code 2015 Đ147–148 counts them: the first day left out, and an end
    /// on a day of rest moved to the next working day. A note only: the clock holds to the hours. Nil for terms in hours.
    public var legalDay: Timestamp?
    /// The due time lies on a weekend or holiday, when recipients may be reachable by their duty officers only.
    public var isOnRest: Bool

    public var text: BilingualText? {
        var vietnamese: [String] = []
        var english: [String] = []
        if let legalDay {
            vietnamese.append("tính theo ngày (BLDS Đ147–148): hết ngày \(LocalTime.date(legalDay))")
            english.append("counted by days (Civil Code, articles 147–148): until the end of \(LocalTime.date(legalDay))")
        }
        if isOnRest {
            vietnamese.append("hạn rơi vào ngày nghỉ, thời hạn vẫn chạy")
            english.append("falls on a day of rest, the clock runs on")
        }
        return vietnamese.isEmpty ? nil : BilingualText(vietnamese.joined(separator: "; "), english.joined(separator: "; "))
    }
}

extension ClockEngine {
    /// What the calendar says about a deadline.
    public func calendarNote(of clock: IncidentClock) -> CalendarNote {
        var legalDay: Timestamp?
        if case .days(let days)? = profile.deadline(clock.code)?.allowance {
            var day = profile.dayStart(clock.t0, plus: days)
            // Feasts are no longer than some days; the bound only guards against a profile in which every day is one.
            for _ in 0..<30 where profile.isRest(day) { day = profile.dayStart(day, plus: 1) }
            legalDay = day
        }
        return CalendarNote(legalDay: legalDay, isOnRest: clock.due.map(profile.isRest) ?? false)
    }
}

extension ComplianceProfile {
    /// Midnight of the local day that is so many days after a moment's.
    fileprivate func dayStart(_ time: Timestamp, plus days: Int) -> Timestamp {
        let offset = LocalTime.offsetSeconds * 1_000_000
        let day = (time.microseconds + offset) / 86_400_000_000
        return Timestamp(microseconds: (day + Int64(days)) * 86_400_000_000 - offset)
    }

    /// Saturday, Sunday, or a holiday of the profile.
    public func isRest(_ time: Timestamp) -> Bool {
        let day = (time.microseconds + LocalTime.offsetSeconds * 1_000_000) / 86_400_000_000
        // The first day of 1970 was a Thursday.
        if [2, 3].contains(day % 7) { return true }
        let date = String(LocalTime.iso(time).prefix(10))
        let lunar = LunarDate(day: Int(day))
        return holidays.contains { $0.includes(date, lunar: lunar) }
    }
}
