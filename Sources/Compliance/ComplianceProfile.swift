import Incidents
import Wording

/// What the law and the province demand, as one file says it: `Profiles/vn-2026.yaml`.
public struct ComplianceProfile: Sendable, Hashable {
    /// `vn-2026`.
    public var id: String
    /// Counted up with every change of the file; printed with the id on every report.
    public var version: String
    public var title: BilingualText
    /// The instruments that it follows: `L116/2025/QH15`.
    public var basis: [String]
    public var categories: [Category]
    /// The gravest first.
    public var severities: [SeverityLevel]
    public var t0Rule: T0Rule
    public var deadlines: [Deadline]
    /// Deadlines of other profiles that run beside its own.
    public var alongside: [Alongside]
    /// Days on which offices are closed beside weekends; for notes only, clocks run through them.
    public var holidays: [Holiday]
    public var periodicReports: [PeriodicReport]
    public var forms: [Form]
    public var retention: Retention

    /// What "from detection" means; the law does not say.
    public enum T0Rule: String, Sendable, CaseIterable {
        /// The first packet or the first report, whichever is earlier: the strictest reading.
        case firstSeenOrReported = "first_seen_or_reported_earliest"
        /// The moment when a person confirmed the incident.
        case confirmed
    }

    /// Deadlines of another profile.
    public struct Alongside: Sendable, Hashable {
        public var profile: String
        public var deadlines: [String]
    }

    /// A category of incidents.
    public struct Category: Sendable, Hashable {
        public var code: CategoryCode
        public var name: BilingualText
        /// Row of TT 20/2017 Mẫu 05, 1...10; nil for faults and disasters, which the form has no row for.
        public var formRow: Int?
    }

    /// A grade of severity and what makes it.
    public struct SeverityLevel: Sendable, Hashable {
        public var severity: Severity
        public var name: BilingualText
        /// Any of these makes it.
        public var criteria: [BilingualText]
    }

    /// A report that is due at a fixed time of the year, week or day.
    public struct PeriodicReport: Sendable, Hashable {
        public enum Period: String, Sendable, CaseIterable { case daily, weekly, halfYearly = "half_yearly", yearly }

        public var code: String
        public var name: BilingualText
        public var period: Period
        /// `MM-DD`, the day before which it is to be sent; nil where the law names no day.
        public var before: String?
        /// The days that it covers, `MM-DD` of the year before and of the year itself; nil where the period says.
        public var window: (from: String, until: String)? { windowFrom.flatMap { from in windowUntil.map { (from, $0) } } }
        var windowFrom: String?
        var windowUntil: String?
        /// Internal target in hours after the period's end, where the law names no day.
        public var targetHours: Int?
        public var form: String?
        public var recipients: [BilingualText]
        public var source: String
    }

    /// A form or report by its title.
    public struct Form: Sendable, Hashable {
        public var code: String
        public var title: BilingualText
        public var source: String
    }

    /// How long what is kept.
    public struct Retention: Sendable, Hashable {
        /// Raw events, in days.
        public var eventDays: Int
        /// The least that the level of a system allows, in days, by level 1...5.
        public var minimumDaysByLevel: [Int: Int]
        /// Incident files and evidence, in years.
        public var incidentYears: Int
    }

    public subscript(code: CategoryCode) -> Category? { categories.first { $0.code == code } }
    public subscript(severity: Severity) -> SeverityLevel? { severities.first { $0.severity == severity } }
    public func deadline(_ code: String) -> Deadline? { deadlines.first { $0.code == code } }
    public func form(_ code: String) -> Form? { forms.first { $0.code == code } }
    public func periodicReport(_ code: String) -> PeriodicReport? { periodicReports.first { $0.code == code } }

    /// `vn-2026 (2026.1)`, as reports print it.
    public var label: String { "\(id) (\(version))" }
}

/// A deadline that an incident may start.
public struct Deadline: Sendable, Hashable {
    /// What the hours are counted from.
    public enum Start: String, Sendable, CaseIterable {
        /// The detection of the incident.
        case detected
        /// The service is restored or the incident closed, whichever comes first.
        case handled
        /// The incident is closed.
        case closed
        /// What the flags of the condition say was detected; the incident's detection where nobody said when.
        case flagged
        /// A notice of somebody outside the team was received.
        case received
        /// An agency's contacts changed; no incident's.
        case contactChanged = "contact_changed"
    }

    /// How long there is.
    public enum Allowance: Sendable, Hashable {
        /// Hours, through nights, weekends and holidays.
        case hours(Int)
        /// Days of 24 hours, the strictest reading; ``ClockEngine/calendarNote(of:)`` says what counting days would give.
        case days(Int)
        /// The law says "immediately"; the number is an internal target in minutes.
        case immediately(targetMinutes: Int)
        /// The law gives no number; an internal target in hours.
        case open(targetHours: Int)
    }

    /// When it runs: all that are given must hold, but for ``orSeverities``.
    public struct Condition: Sendable, Hashable {
        /// One of these severities; nil for any.
        public var severities: Set<Severity>?
        /// At least one of these flags; empty for none demanded.
        public var anyFlag: IncidentFlags = []
        /// These severities are enough by themselves, whatever the flags.
        public var orSeverities: Set<Severity> = []
        /// The agency's system is at least of this level (an unknown level counts as lower).
        public var levelAtLeast: Int?
        /// Somebody outside the team reported it.
        public var isReported = false
    }

    /// `R26_72`.
    public var code: String
    public var name: BilingualText
    public var start: Start
    public var allowance: Allowance
    public var condition: Condition
    public var recipients: [BilingualText]
    /// Code of the form that fulfils it; nil where any notice does.
    public var form: String?
    /// The instrument and article behind it: `NĐ 331/2026 Đ31.2.d`.
    public var source: String
}
