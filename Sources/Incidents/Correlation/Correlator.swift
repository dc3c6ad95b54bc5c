import Bytes
import GRDB
import Trust

/// Gathers alerts into candidate incidents. Runs inside the writer's transaction, alert by alert in the order in which they came, so the
/// same alerts give the same incidents however they were batched.
struct Correlator {
    let table: CorrelationTable
    let directory: AgencyDirectory
    /// Numbers of agencies in the table, by code.
    let agencies: [String: Int64]
    let sensor: String
    let written: Timestamp
    var known: IncidentMemory

    /// For one batch, within its transaction.
    init(
        table: CorrelationTable, directory: AgencyDirectory, agencies: [String: Int64], sensor: String, written: Timestamp,
        memory: IncidentMemory
    ) {
        self.table = table
        self.directory = directory
        self.agencies = agencies
        self.sensor = sensor
        self.written = written
        known = memory
    }

    /// What an alert was found to be, before its row is written.
    struct Finding {
        var kind: IncidentKind
        var attribution: Attribution
    }

    func finding(_ alert: AlertRecord) -> Finding? {
        table.kind(of: alert).map { Finding(kind: $0, attribution: Attribution(alert, kind: $0, directory: directory)) }
    }

    /// Puts a written alert where it belongs: into an incident that goes on, into a new one, or nowhere yet.
    mutating func place(
        _ alert: AlertRecord, row: Int64, group: Int64, _ finding: Finding, agencyID: Int64?, in db: Database
    ) throws {
        let kind = finding.kind
        if let match = try incident(for: alert, finding, agencyID: agencyID, in: db) {
            let isFirst = try known.join(
                match.id, match.role == .relayed ? .relay : .victim, alert: row, alert.time, finding.attribution, written: written, in: db)
            known.counts.add(alert, group: group, attribution: finding.attribution, incident: match.id)
            if isFirst { try follow(alert, finding, incident: match.id, in: db) }
            return
        }
        if let dismissed = try remembered(alert, finding, agencyID: agencyID, in: db) {
            try known.join(dismissed, .victim, alert: row, alert.time, finding.attribution, written: written, in: db)
            known.counts.add(alert, group: group, attribution: finding.attribution, incident: dismissed)
            return
        }
        let incident: Int64
        if kind.threshold > 1 {
            let waiting = try self.waiting(for: alert, finding, agencyID: agencyID, in: db)
            guard waiting.count >= kind.threshold else { return }
            incident = try open(
                first: waiting.map(\.1).min() ?? alert.time, last: waiting.map(\.1).max() ?? alert.time, alert, finding,
                agencyID: agencyID, in: db)
            for (row, time) in waiting {
                try known.join(incident, .victim, alert: row, time, finding.attribution, written: written, in: db)
                try AlertCounts.add(row: row, incident: incident, in: db)
            }
        } else {
            incident = try open(first: alert.time, last: alert.time, alert, finding, agencyID: agencyID, in: db)
            try known.join(incident, .victim, alert: row, alert.time, finding.attribution, written: written, in: db)
            known.counts.add(alert, group: group, attribution: finding.attribution, incident: incident)
        }
        try follow(alert, finding, incident: incident, in: db)
        // Where it went into another one, that one is the campaign's.
        if let target = try known.target(of: incident, in: db) {
            try linkCampaign(of: finding, incident: target, agencyID: agencyID, alert.time, in: db)
        }
    }

    /// An alert that was written, whatever becomes of it.
    mutating func count(_ alert: AlertRecord, group: Int64) { known.counts.add(alert, group: group) }

    /// Writes what is not yet written, so that the tables may be asked or changed otherwise.
    mutating func write(in db: Database) throws { try known.write(owners, written, in: db) }

    /// Writes what is not yet written of these incidents, so that they may be changed.
    mutating func write(only incidents: [Int64], in db: Database) throws { try known.write(only: incidents, owners, written, in: db) }

    /// Incidents of a host that overlap the time and satisfy the condition, however many it has.
    mutating func incidents(
        of host: IncidentMemory.Host, from: Int64, until: Int64, in db: Database, where condition: (borrowing IncidentMemory.Known) -> Bool
    ) throws -> [IncidentMemory.Known] {
        if let found = try known.incidents(of: host, from: from, until: until, in: db, where: condition) { return found }
        try write(in: db)
        return try known.storedIncidents(of: host, from: from, until: until, in: db, where: condition)
    }

    /// Writes what was counted. The last step of a batch.
    mutating func finish(in db: Database) throws { try known.finish(owners, written, in: db) }

    /// Who owns which addresses, by number in the table.
    struct Owners {
        var directory: AgencyDirectory
        var agencies: [String: Int64]

        func agency(of address: IPAddress) -> Int64? { directory.agency(of: address).flatMap { agencies[$0.code] } }
    }

    private var owners: Owners { Owners(directory: directory, agencies: agencies) }

    /// The incident that an alert joins, and whether as a relay of it.
    private mutating func incident(for alert: AlertRecord, _ finding: Finding, agencyID: Int64?, in db: Database) throws -> (
        id: Int64, role: Relation
    )? {
        let kind = finding.kind
        let attribution = finding.attribution
        if let direct = try direct(alert, finding, agencyID: agencyID, in: db) ?? decoyed(alert, finding, agencyID: agencyID, in: db),
            let target = try known.target(of: direct, in: db)
        {
            return (target, .direct)
        }
        // A resolver or relay inside passes on what an inside client asked for: its own traffic outward belongs to the client's incident,
        // whichever agency runs the relay.
        guard kind.victim != .server, let name = alert.hostname,
            directory.isInternal(attribution.victim, vlans: alert.vlans, interface: alert.interface)
        else {
            return nil
        }
        let time = alert.time.microseconds
        let window = kind.windowSeconds * 1_000_000
        let indicator = Correlator.indicator(name)
        let relay = IncidentMemory.Host(address: attribution.victim, role: .relay)
        let candidates = try known.incidents(of: relay, from: time - window, until: time + window, in: db) {
            $0.state != .closed && $0.kind == kind.code.rawValue && $0.indicator == indicator
        }
        if let candidates {
            for found in candidates.sorted(by: { ($0.last, $0.id) > ($1.last, $1.id) }) {
                if let target = try known.target(of: found.id, in: db) { return (target, .relayed) }
            }
            return nil
        }
        try write(in: db)
        let relayed = try Int64.fetchOne(
            db.cachedStatement(sql: Correlator.relayedQuery),
            arguments: [
                "kind": kind.code.rawValue, "indicator": indicator, "time": time, "window": window,
                "victim": attribution.victim.description,
            ])
        guard let relayed, let target = try known.target(of: relayed, in: db) else { return nil }
        return (target, .relayed)
    }

    /// The incident of the same kind, agency and host that was active last within the window.
    private mutating func direct(_ alert: AlertRecord, _ finding: Finding, agencyID: Int64?, in db: Database) throws -> Int64? {
        let kind = finding.kind
        let attribution = finding.attribution
        let window = kind.windowSeconds * 1_000_000
        let time = alert.time.microseconds
        let attacker = kind.join == .victim ? nil : attribution.attacker
        let victim = kind.join == .attacker ? nil : attribution.victim
        // Most hosts take part in few incidents, most kinds have few incidents within the window: whichever list is short is read.
        if kind.join != .agency,
            let found = try known.latest(
                attacker: attacker, victim: victim, kind: kind.code, agency: agencyID, from: time - window, until: time + window,
                in: db)
        {
            return found.id
        }
        try write(in: db)
        let near: StatementArguments = ["kind": kind.code.rawValue, "agency": agencyID, "time": time, "window": window]
        if kind.join == .agency { return try Int64.fetchOne(db.cachedStatement(sql: Correlator.agencyQuery), arguments: near) }
        return try Int64.fetchOne(
            db.cachedStatement(sql: Correlator.windowQuery),
            arguments: near + ["attacker": attacker?.description, "victim": victim?.description])
    }

    /// The incident of another attacker on the same victim at nearly the same time.
    private mutating func decoyed(_ alert: AlertRecord, _ finding: Finding, agencyID: Int64?, in db: Database) throws -> Int64? {
        let near = finding.kind.decoySeconds * 1_000_000
        guard near > 0 else { return nil }
        let time = alert.time.microseconds
        return try known.latest(
            attacker: nil, victim: finding.attribution.victim, kind: finding.kind.code, agency: agencyID, from: time - near,
            until: time + near, in: db)?.id
    }

    private static let isNear = """
        i.kind = :kind AND i.agency_id IS :agency AND i.state <> 'closed'
          AND i.last_seen_at >= :time - :window AND i.seen_at <= :time + :window
        """

    static let agencyQuery = """
        SELECT i.id FROM incident i INDEXED BY incident_kind
        WHERE \(isNear) AND EXISTS (SELECT 1 FROM incident_host h WHERE h.incident_id = i.id)
        ORDER BY i.last_seen_at DESC, i.id DESC LIMIT 1
        """

    static let windowQuery = """
        SELECT i.id FROM incident i INDEXED BY incident_kind CROSS JOIN incident_host h ON h.incident_id = i.id
        WHERE \(isNear) AND (h.role = 'attacker' AND h.address = :attacker OR h.role = 'victim' AND h.address = :victim)
        ORDER BY i.last_seen_at DESC, i.id DESC LIMIT 1
        """

    static let relayedQuery = """
        SELECT i.id FROM incident i INDEXED BY incident_indicator CROSS JOIN incident_host h ON h.incident_id = i.id
        WHERE i.indicator = :indicator AND i.kind = :kind AND i.state <> 'closed'
          AND i.last_seen_at >= :time - :window AND i.seen_at <= :time + :window
          AND h.role = 'relay' AND h.address = :victim
        ORDER BY i.last_seen_at DESC, i.id DESC LIMIT 1
        """

    private enum Relation { case direct, relayed }

    /// Alerts of the same kind and hosts within the window that no incident has yet, this one among them.
    private func waiting(for alert: AlertRecord, _ finding: Finding, agencyID: Int64?, in db: Database) throws -> [(Int64, Timestamp)] {
        let attribution = finding.attribution
        let hosts: String
        switch finding.kind.join {
        case .attacker: hosts = "a.attacker = :attacker"
        case .victim: hosts = "a.victim = :victim"
        case .either: hosts = "(a.attacker = :attacker OR a.victim = :victim)"
        case .agency: hosts = "(:attacker IS NOT NULL OR :victim IS NOT NULL)"
        }
        return try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT a.id, a.seen_at FROM alert a LEFT JOIN incident_alert ia ON ia.alert_id = a.id
                    WHERE a.group_id IN (SELECT id FROM alert_group WHERE kind = :kind AND agency_id IS :agency)
                      AND a.seen_at BETWEEN :time - :window AND :time + :window
                      AND ia.alert_id IS NULL AND \(hosts)
                    ORDER BY a.seen_at, a.id LIMIT :limit
                    """),
            arguments: [
                "kind": finding.kind.code.rawValue, "agency": agencyID, "time": alert.time.microseconds,
                "window": finding.kind.windowSeconds * 1_000_000, "attacker": attribution.attacker?.description,
                "victim": attribution.victim.description, "limit": finding.kind.threshold,
            ]
        ).map { ($0["id"], Timestamp(microseconds: $0["seen_at"])) }
    }

    private mutating func open(
        first: Timestamp, last: Timestamp, _ alert: AlertRecord, _ finding: Finding, agencyID: Int64?, in db: Database
    ) throws -> Int64 {
        let kind = finding.kind
        let attribution = finding.attribution
        let indicator = alert.hostname.map(Correlator.indicator)
        let other = (attribution.attacker ?? attribution.relay)?.description ?? "?"
        let parties = kind.victim == .client ? "\(attribution.victim) → \(indicator ?? other)" : "\(other) → \(attribution.victim)"
        let year = LocalTime.fields(first).year
        let code = IncidentCode(year: year, number: try known.nextNumber(of: year, in: db))
        let id = try IncidentOpening(
            kind: kind.code, category: kind.category, severity: kind.severity, agencyID: agencyID, agency: attribution.agency,
            titleVietnamese: "\(kind.vietnamese): \(parties)", titleEnglish: "\(kind.english): \(parties)",
            attacker: attribution.attacker, victim: attribution.victim, indicator: indicator,
            stages: kind.stage.map { [ReachedStage(stage: $0, kind: kind.code, at: first)] } ?? [], firstSeen: first, lastSeen: last
        ).insert(
            db, code: code, actor: "sensor:\(sensor)", written: written,
            body: ["sid": .integer(alert.sid), "message": .string(alert.message)]
        ).id
        known.opened(
            IncidentMemory.Known(
                id: id, kind: kind.code.rawValue, kinds: [kind.code], stages: Set(kind.stage.map { [$0] } ?? []), agency: agencyID,
                indicator: indicator, hasAttacker: attribution.attacker != nil, state: .new, first: first.microseconds,
                last: last.microseconds, supersededBy: nil))
        return id
    }

    /// What a name stands for: the domain that somebody registered, so that the changing labels of a tunnel give one indicator.
    static func indicator(_ name: String) -> String {
        let lower = name.lowercased()
        guard IPAddress(lower) == nil else { return lower }
        let labels = lower.split(separator: ".")
        guard let top = labels.last, labels.count > 2 else { return lower }
        let isBelowRegistry = top.utf8.count == 2 && secondLevels.contains(String(labels[labels.count - 2]))
        return labels.suffix(isBelowRegistry ? 3 : 2).joined(separator: ".")
    }

    /// Names under country domains below which people register, such as gov.vn and co.uk.
    private static let secondLevels: Set<String> = [
        "ac", "biz", "co", "com", "edu", "gov", "health", "info", "int", "name", "net", "org", "pro",
    ]
}
