import Bytes

/// An incident, or a candidate for one while its state is ``IncidentState/new``.
public struct Incident: Sendable, Hashable, Identifiable {
    public var id: Int64
    public var code: IncidentCode
    public var state: IncidentState
    /// What the sensor saw; nil for an incident that a person reported.
    public var kind: KindCode?
    public var category: CategoryCode
    /// What else it is; statutory tables count the primary category alone.
    public var secondaryCategories: [CategoryCode]
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
    /// Who helps, where the handling mode says that somebody does.
    public var helper: String?
    /// Who reported it, where a person outside did.
    public var reportedBy: String?
    public var flags: IncidentFlags
    /// When what a flag says was detected, where a person said so; without it, ``t0``.
    public var flagTimes: [IncidentFlags: Timestamp]
    /// Stages of the attack in the order in which they were reached.
    public var stages: [ReachedStage]
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

    /// When what this flag says was detected.
    public func t0(of flag: IncidentFlags) -> Timestamp { flagTimes[flag] ?? t0 }

    /// Seconds from T0 until a person looked, until it was contained, until it was closed; nil where it has not come to that.
    public var secondsToAcknowledge: Double? { acknowledgedAt?.seconds(since: t0) }
    public var secondsToContain: Double? { containedAt?.seconds(since: t0) }
    public var secondsToClose: Double? { closedAt?.seconds(since: t0) }
}

/// A stage of an attack that an incident reached.
public struct ReachedStage: Sendable, Hashable {
    public var stage: AttackStage
    /// The kind of alerts that showed it.
    public var kind: KindCode
    public var at: Timestamp

    public init(stage: AttackStage, kind: KindCode, at: Timestamp) {
        self.stage = stage
        self.kind = kind
        self.at = at
    }
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

    /// The flag of a name.
    public static func named(_ name: String) -> IncidentFlags? { names.first { $0.name == name }?.flag }
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
    /// How many there are, of which ``events`` may be the last ones.
    public var eventCount: Int
    public var hosts: [IncidentHost]
    public var clocks: [IncidentClock]
    public var runs: [PlaybookRun]
    public var links: [IncidentLink]
    public var tasks: [IncidentTask]
    public var dispatches: [StoredDispatch]
}

/// Another incident that has to do with this one.
public struct IncidentLink: Sendable, Hashable {
    public var with: IncidentCode
    /// Why, where something said so: `campaign: 198.51.100.66`.
    public var reason: String?

    public init(with: IncidentCode, reason: String? = nil) {
        self.with = with
        self.reason = reason
    }
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
    /// Who sent the notice, where somebody outside the team did; they are owed an acknowledgement.
    public var sender: String?

    public init(
        title: String, category: CategoryCode, severity: Severity, agency: String?, noticedAt: Timestamp, description: String,
        sender: String? = nil
    ) {
        self.sender = sender
        self.title = title
        self.category = category
        self.severity = severity
        self.agency = agency
        self.noticedAt = noticedAt
        self.description = description
    }
}
