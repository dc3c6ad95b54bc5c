import Bytes

/// An incident, or a candidate for one while its state is ``IncidentState/new``.
public struct Incident: Sendable, Hashable, Identifiable {
    public var id: Int64
    public var code: IncidentCode
    public var state: IncidentState
    /// What the sensor saw; nil for an incident that a person reported.
    public var kind: KindCode?
    public var category: CategoryCode
    public var secondaryCategory: CategoryCode?
    public var severity: Severity
    /// Code of the agency; nil where no agency has the address.
    public var agency: String?
    public var titleVietnamese: String
    public var titleEnglish: String
    /// The addresses that opened it; all of them are in ``IncidentDetail/hosts``.
    public var attacker: IPAddress?
    public var victim: IPAddress?
    /// The name (domain) that it is about, if one is known.
    public var indicator: String?

    /// First and last packet time of its alerts; for reported ones, when it was noticed.
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    /// When the record was made.
    public var openedAt: Timestamp
    /// When a person first did something with it.
    public var acknowledgedAt: Timestamp?
    public var confirmedAt: Timestamp?
    public var containedAt: Timestamp?
    public var eradicatedAt: Timestamp?
    public var recoveredAt: Timestamp?
    public var closedAt: Timestamp?

    public var assignee: String?
    public var handlingMode: HandlingMode?
    /// Closing summary.
    public var summary: String?
    public var flags: IncidentFlags
    /// The incident that this one was merged into or duplicates.
    public var supersededBy: IncidentCode?
    public var alertCount: Int
    public var evidenceCount: Int
    /// Counts changes by people; pass it back to make sure that nobody else changed the incident meanwhile.
    public var version: Int64
    /// A legal hold: nothing of it is deleted, however old.
    public var isHeld: Bool

    /// When the legal clocks begin (`t0_rule: first_seen_or_reported_earliest`).
    public var t0: Timestamp { min(firstSeen, openedAt) }
}

/// What a responder says about an incident that decides which deadlines run.
public struct IncidentFlags: OptionSet, Sendable, Hashable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }

    /// Personal data is affected.
    public static let personalData = IncidentFlags(rawValue: 1)
    /// Signs of harm to national security or public order.
    public static let nationalSecurity = IncidentFlags(rawValue: 2)
    /// Serious disruption of a system's operation.
    public static let seriousDisruption = IncidentFlags(rawValue: 4)
    /// More than the unit can handle alone.
    public static let beyondCapability = IncidentFlags(rawValue: 8)
    /// Location or biometric data is affected.
    public static let locationOrBiometric = IncidentFlags(rawValue: 16)
    /// The system is an electronic archive of level 3 to 5.
    public static let electronicArchive = IncidentFlags(rawValue: 32)

    /// The names under which they are stored in the ledger and shown in JSON.
    public static let names: [(flag: IncidentFlags, name: String)] = [
        (.personalData, "personal_data"), (.nationalSecurity, "national_security"), (.seriousDisruption, "serious_disruption"),
        (.beyondCapability, "beyond_capability"), (.locationOrBiometric, "location_or_biometric"),
        (.electronicArchive, "electronic_archive"),
    ]

    public var names: [String] { IncidentFlags.names.filter { contains($0.flag) }.map(\.name) }
}

/// An address that takes part in an incident.
public struct IncidentHost: Sendable, Hashable {
    public enum Role: String, Sendable { case attacker, victim, relay }

    public var address: IPAddress
    public var role: Role
    public var agency: String?
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    public var alerts: Int
}

/// One line of an incident's timeline: an entry of the ledger.
public struct IncidentEvent: Sendable, Hashable, Identifiable {
    public var seq: Int64
    public var time: Timestamp
    public var writtenAt: Timestamp
    /// `incident.opened`, `incident.confirmed`, `incident.note`, `playbook.step.finished` …
    public var kind: String
    public var actor: String
    public var subject: String
    /// The entry's body, canonical JSON.
    public var body: String
    public var hash: String

    public var id: Int64 { seq }
}

/// Everything about one incident.
public struct IncidentDetail: Sendable {
    public var incident: Incident
    public var alerts: [StoredAlert]
    public var evidence: [EvidenceItem]
    public var events: [IncidentEvent]
    public var hosts: [IncidentHost]
    public var clocks: [IncidentClock]
    public var runs: [PlaybookRun]
    public var links: [IncidentCode]
}

/// A deadline that runs for an incident.
public struct IncidentClock: Sendable, Hashable {
    public var incident: IncidentCode
    /// The deadline's code in the compliance profile: `R26_72`.
    public var code: String
    /// The profile's id: `vn-2026`.
    public var profile: String
    public var t0: Timestamp
    /// Nil where the law gives no number.
    public var due: Timestamp?
    public var metAt: Timestamp?
    /// What fulfilled it: number and sign of the report sent.
    public var fulfilledBy: String?

    public init(
        incident: IncidentCode, code: String, profile: String, t0: Timestamp, due: Timestamp?, metAt: Timestamp? = nil,
        fulfilledBy: String? = nil
    ) {
        self.incident = incident
        self.code = code
        self.profile = profile
        self.t0 = t0
        self.due = due
        self.metAt = metAt
        self.fulfilledBy = fulfilledBy
    }
}

/// What a person reports who noticed something that no sensor saw.
public struct IncidentReport: Sendable {
    public var title: String
    public var category: CategoryCode
    public var severity: Severity
    public var agency: String?
    /// When it was noticed.
    public var noticedAt: Timestamp
    public var description: String

    public init(title: String, category: CategoryCode, severity: Severity, agency: String?, noticedAt: Timestamp, description: String) {
        self.title = title
        self.category = category
        self.severity = severity
        self.agency = agency
        self.noticedAt = noticedAt
        self.description = description
    }
}
