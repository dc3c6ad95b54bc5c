import Bytes
import Compliance
import Digest
import Incidents
import Trust
import Wording

/// What the record holds about a period: all that the sections may speak about.
public struct WeeklyData: Sendable {
    public var period: ReportPeriod
    public var profile: ComplianceProfile
    /// Profiles whose deadlines run beside it.
    public var alongside: [ComplianceProfile]
    public var agencies: [Agency]
    /// First seen in the period, whatever became of them, the oldest first.
    public var incidents: [Incident]
    /// Of the period before.
    public var previous: [Incident]
    /// First seen before the period and still open.
    public var backlog: [IncidentCode]
    /// Of the backlog, those that somebody works on.
    public var begun: [IncidentCode]
    /// Counts of the twelve periods that end with this one, the oldest first.
    public var trend: [TrendPoint]
    public var sensors: [SensorStatus]
    public var ruleSets: [(sensor: String, rules: RuleSetRecord)]
    public var alertCount: Int
    public var previousAlertCount: Int
    public var rules: [RuleCount]
    public var services: [AttackedService]
    public var sources: [AttackSource]
    /// Of the incidents of the period.
    public var evidence: [EvidenceItem]
    /// What is wrong with evidence files; nil where they were not compared.
    public var evidenceFindings: [EvidenceFinding]?
    public var clocks: [IncidentClock]
    /// On incidents of the period, or begun in it.
    public var runs: [PlaybookRun]
    /// Changes of monitored systems in the period.
    public var changes: [IncidentEvent]
    /// Somebody has ever recorded a change of a monitored system.
    public var recordsChanges: Bool
    /// Victims in incidents of malware: host, agency, incident.
    public var infected: [InfectedHost]
    /// The oldest alert that is kept.
    public var oldestAlert: Timestamp?
    /// The oldest alert that is kept, by sensor.
    public var oldestBySensor: [(sensor: String, time: Timestamp)]
    /// Spans of the period that a live sensor did not watch.
    public var gaps: [SensorGap]
    /// How far the clocks of live sensors stood from the record's, at most.
    public var clockOffsets: [(sensor: String, seconds: Double)]
    /// Documents that were sent in the period, and that could not be.
    public var sendings: [IncidentEvent]
    /// Entries about incidents in the period.
    public var events: [IncidentEvent]
    /// Closed in the period, whenever they were detected.
    public var closedInPeriod: [IncidentCode]
    public var ledger: LedgerHead

    public struct TrendPoint: Sendable, Hashable {
        public var period: ReportPeriod
        public var confirmed: Int
        public var candidates: Int
    }

    public struct InfectedHost: Sendable, Hashable {
        public var address: IPAddress
        public var agency: String?
        public var incident: Incident
    }

    /// Reads everything from the store.
    /// - Parameter evidenceFolder: whose files are compared with the record; nil to leave that out.
    public init(
        from store: IncidentStore, period: ReportPeriod, profile: ComplianceProfile, alongside: [ComplianceProfile] = [],
        evidenceFolder: EvidenceFolder? = nil
    ) throws {
        self.period = period
        self.profile = profile
        self.alongside = alongside
        agencies = try store.agencies()
        func incidents(_ period: ReportPeriod) throws -> [Incident] {
            var filter = IncidentFilter()
            filter.since = period.from
            filter.until = period.until
            return try store.incidents(filter).sorted { ($0.firstSeen, $0.code) < ($1.firstSeen, $1.code) }
        }
        let current = try incidents(period)
        self.incidents = current
        previous = try incidents(period.before(1))
        // As things stood when the period ended: what was closed later was still open then.
        func wasOpen(_ incident: Incident) -> Bool {
            incident.state.isOpen || (incident.state == .closed && incident.closedAt.map { $0 >= period.until } ?? false)
        }
        var filter = IncidentFilter()
        filter.until = period.from
        filter.states = Set(IncidentState.allCases.filter { $0.isOpen || $0 == .closed })
        filter.limit = nil
        let before = try store.incidents(filter)
        let open = before.filter(wasOpen).sorted { ($0.firstSeen, $0.code) < ($1.firstSeen, $1.code) }
        backlog = open.map(\.code)
        begun = open.filter { $0.state != .new }.map(\.code)
        closedInPeriod = (before + current).filter { $0.state == .closed && $0.closedAt.map(period.contains) ?? false }.map(\.code).sorted()
        trend = try period.trend.map { period in
            let counts = try store.stateCounts(from: period.from, until: period.until)
            return TrendPoint(
                period: period, confirmed: counts.filter(\.key.isConfirmed).values.reduce(0, +), candidates: counts[.new] ?? 0)
        }
        sensors = try store.sensors(from: period.from, until: period.until)
        ruleSets = try store.ruleSets(from: period.from, until: period.until)
        func alerts(_ period: ReportPeriod) -> AlertFilter {
            var filter = AlertFilter()
            filter.since = period.from
            filter.until = period.until
            return filter
        }
        alertCount = try store.alertCount(alerts(period))
        previousAlertCount = try store.alertCount(alerts(period.before(1)))
        rules = try store.ruleCounts(alerts(period))
        services = try store.attackedServices(from: period.from, until: period.until)
        sources = try store.attackSources(from: period.from, until: period.until)
        let codes = Set(current.map(\.code))
        let evidence = try store.evidence(ofIncidentsFrom: period.from, ofIncidentsUntil: period.until)
        self.evidence = evidence
        evidenceFindings = evidenceFolder.map { IncidentStore.verify(evidence, in: $0) }
        clocks = try store.clocks()
        let begun = Set(try store.playbookRuns(from: period.from, until: period.until).map(\.id))
        runs = try store.playbookRuns().filter { begun.contains($0.id) || codes.contains($0.incident) }
        changes = try store.events(kindPrefix: "change.monitored", from: period.from, until: period.until)
        recordsChanges = try !store.events(kindPrefix: "change.monitored", limit: 1).isEmpty
        infected = []
        let byCode = Dictionary(current.map { ($0.code, $0) }, uniquingKeysWith: { a, _ in a })
        for (code, host) in try store.hosts(role: .victim, category: "MALWARE", from: period.from, until: period.until) {
            guard let incident = byCode[code], incident.state != .falseAlarm, incident.state != .duplicate else { continue }
            infected.append(InfectedHost(address: host.address, agency: host.agency, incident: incident))
        }
        var oldest = AlertFilter()
        oldest.limit = 1
        oldestAlert = try store.alerts(oldest).first?.record.time
        oldestBySensor = try store.oldestAlerts()
        gaps = try store.sensorGaps(from: period.from, until: period.until)
        clockOffsets = try store.clockOffsets(from: period.from, until: period.until)
        sendings =
            try store.events(kindPrefix: "report.sent", from: period.from, until: period.until)
            + store.events(kindPrefix: "report.failed", from: period.from, until: period.until)
        events = try store.events(kindPrefix: "incident.", from: period.from, until: period.until)
        let head = try store.dataHead()
        ledger = LedgerHead(seq: head.seq, hash: head.hash.hex)
    }

    /// A person said that they are real.
    public var confirmed: [Incident] { incidents.filter(\.state.isConfirmed) }
    /// Nobody has looked at them yet.
    public var candidates: [Incident] { incidents.filter { $0.state == .new } }
    public var falseAlarms: [Incident] { incidents.filter { $0.state == .falseAlarm } }

    /// The profile in use or the one beside it that has the deadline.
    func engine(of clock: IncidentClock) -> ClockEngine {
        ClockEngine(([profile] + alongside).first { $0.deadline(clock.code) != nil } ?? profile)
    }

    /// By when a deadline should be met.
    func target(of clock: IncidentClock) -> Timestamp? { engine(of: clock).target(of: clock) }

    /// What the deadline is called.
    func name(of clock: IncidentClock) -> BilingualText? { engine(of: clock).profile.deadline(clock.code)?.name }

    public func agency(_ code: String?) -> Agency? { code.flatMap { code in agencies.first { $0.code == code } } }

    /// The last whole period's confirmed incidents.
    public var previousConfirmed: [Incident] { previous.filter(\.state.isConfirmed) }
}
