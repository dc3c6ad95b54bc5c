import Bytes
import Compliance
import Incidents
import Trust
import Wording

/// Deadlines as people and programs read them.
enum ClockText {
    static func name(_ standing: ClockStanding, _ session: Session) -> String {
        switch standing {
        case .running: session.text("đang chạy", "running")
        case .overdue: session.text("QUÁ HẠN", "OVERDUE")
        case .met: session.text("đã xong", "met")
        case .metLate: session.text("xong muộn", "met late")
        }
    }

    /// `2d 03h`, `5h 12m`, `-1h 03m`.
    static func left(from now: Timestamp, until: Timestamp, _ language: Language) -> String {
        let seconds = (until.microseconds - now.microseconds) / 1_000_000
        return (seconds < 0 ? "-" : "") + span(seconds: abs(seconds), language)
    }

    static func span(seconds: Int64, _ language: Language) -> String {
        let minutes = seconds / 60
        let isVietnamese = language == .vi
        if minutes >= 1440 {
            return "\(minutes / 1440)\(isVietnamese ? " ngày " : "d ")\(minutes / 60 % 24)\(isVietnamese ? " giờ" : "h")"
        }
        return "\(minutes / 60)\(isVietnamese ? " giờ " : "h ")\(minutes % 60)\(isVietnamese ? " phút" : "m")"
    }

    static func allowance(_ allowance: Deadline.Allowance, _ session: Session) -> String {
        switch allowance {
        case .hours(let hours): "\(hours) \(session.text("giờ", "h"))"
        case .days(let days): "\(days) \(session.text("ngày", "days"))"
        case .immediately(let minutes): session.text("ngay (\(minutes) phút*)", "at once (\(minutes) min*)")
        case .open(let hours): session.text("(\(hours) giờ*)", "(\(hours) h*)")
        }
    }

    static func json(_ clock: IncidentClock, _ keeper: ClockKeeper, at now: Timestamp, isCandidate: Bool = false) -> JSONValue {
        let engine = keeper.engine(of: clock.code)
        let limit = engine.target(of: clock)
        let deadline = keeper.deadline(clock.code)
        let left = clock.metAt == nil ? limit.map { ($0.microseconds - now.microseconds) / 1_000_000 } : nil
        return .object([
            "incident": .string(clock.incident.description), "code": .string(clock.code), "profile": .string(clock.profile),
            "t0": .time(clock.t0), "due": .time(clock.due), "target": .time(limit), "left_seconds": left.map { .integer($0) } ?? .null,
            "state": .string(engine.standing(of: clock, at: now).rawValue), "candidate": .bool(isCandidate), "met_at": .time(clock.metAt),
            "fulfilled_by": .optional(clock.fulfilledBy), "source": .optional(deadline?.source), "form": .optional(deadline?.form),
            "name_vi": .optional(deadline?.name[.vi]), "name_en": .optional(deadline?.name[.en]),
            "recipients": .array((deadline?.recipients ?? []).map { .string($0[.vi]) }),
            "calendar_note": .optional(engine.calendarNote(of: clock).text?[.vi]),
        ])
    }
}
