import Bytes
import Incidents

/// A day of rest beside weekends, as a profile writes it.
public enum Holiday: Sendable, Hashable {
    /// `04-30`: the same day of every year.
    case yearly(month: Int, day: Int)
    /// `2027-02-11`: one day, such as one that the Government exchanges.
    case once(String)
    /// `lunar 03-10`: by the Vietnamese lunar calendar, not in leap months. Day 30 is the last of a month with 29 days.
    case lunar(month: Int, day: Int)

    /// Nil where the text is none of these.
    public init?(_ text: String) {
        func monthAndDay(_ text: Substring) -> (Int, Int)? {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let month = Int(parts[0]), let day = Int(parts[1]) else {
                return nil
            }
            return (1...12).contains(month) && (1...31).contains(day) ? (month, day) : nil
        }
        if text.hasPrefix("lunar ") {
            guard let (month, day) = monthAndDay(text.dropFirst(6)), day <= 30 else { return nil }
            self = .lunar(month: month, day: day)
        } else if text.count == 5 {
            // A leap year, so that 02-29 is one of them.
            guard LocalTime.parse("2024-" + text) != nil, let (month, day) = monthAndDay(text[...]) else { return nil }
            self = .yearly(month: month, day: day)
        } else {
            guard text.count == 10, LocalTime.parse(text) != nil else { return nil }
            self = .once(text)
        }
    }

    /// - Parameters:
    ///   - date: `2027-02-11`.
    ///   - lunar: the same day by the moon.
    func includes(_ date: String, lunar: LunarDate) -> Bool {
        switch self {
        case .once(let text): return text == date
        case .yearly(let month, let day):
            let parts = date.split(separator: "-")
            return parts.count == 3 && Int(parts[1]) == month && Int(parts[2]) == day
        case .lunar(let month, let day):
            return lunar.month == month && !lunar.isLeap && lunar.day == min(day, lunar.daysInMonth)
        }
    }
}
