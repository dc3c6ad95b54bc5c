import Bytes
import GRDB
import Trust

/// Gathers alerts into candidate incidents. Runs inside the writer's transaction, alert by alert in the order in which they came, so the
/// same alerts give the same incidents however they were batched.
struct Correlator {
    let table: CorrelationTable
    let directory: AgencyDirectory
    let sensor: String

    /// What an alert was found to be, before its row is written.
    struct Finding {
        var kind: IncidentKind
        var attribution: Attribution
    }

    func finding(_ alert: AlertRecord) -> Finding? {
        table.kind(of: alert).map { Finding(kind: $0, attribution: Attribution(alert, kind: $0, directory: directory)) }
    }

    /// Puts a written alert where it belongs: into an incident that goes on, into a new one, or nowhere yet.
    func place(_ alert: AlertRecord, row: Int64, _ finding: Finding, agencyID: Int64?, written: Timestamp, in db: Database) throws {
        if let match = try incident(for: alert, finding, agencyID: agencyID, in: db) {
            try join(match.id, role: match.role, alert: row, alert.time, finding, agencyID: agencyID, written: written, in: db)
            return
        }
        guard finding.kind.threshold > 1 else {
            try open([(row, alert.time)], alert, finding, agencyID: agencyID, written: written, in: db)
            return
        }
        let waiting = try self.waiting(for: alert, finding, agencyID: agencyID, in: db)
        guard waiting.count >= finding.kind.threshold else { return }
        try open(waiting, alert, finding, agencyID: agencyID, written: written, in: db)
    }

    /// The incident that an alert joins, and whether as a relay of it.
    private func incident(for alert: AlertRecord, _ finding: Finding, agencyID: Int64?, in db: Database) throws -> (
        id: Int64, role: Relation
    )? {
        let kind = finding.kind
        let attribution = finding.attribution
        let window = kind.windowSeconds * 1_000_000
        let roles: String
        switch kind.join {
        case .attacker: roles = "h.role = 'attacker' AND h.address = :attacker"
        case .victim: roles = "h.role = 'victim' AND h.address = :victim"
        case .either: roles = "(h.role = 'attacker' AND h.address = :attacker OR h.role = 'victim' AND h.address = :victim)"
        case .agency: roles = "(:attacker IS NOT NULL OR :victim IS NOT NULL)"
        }
        let direct = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT i.id, i.superseded_by FROM incident i JOIN incident_host h ON h.incident_id = i.id
                    WHERE i.kind = :kind AND i.agency_id IS :agency AND i.state <> 'closed'
                      AND i.last_seen_at >= :time - :window AND i.seen_at <= :time + :window AND \(roles)
                    ORDER BY i.last_seen_at DESC, i.id DESC LIMIT 1
                    """),
            arguments: [
                "kind": kind.code.rawValue, "agency": agencyID, "time": alert.time.microseconds, "window": window,
                "attacker": attribution.attacker?.description, "victim": attribution.victim.description,
            ])
        if let direct { return (try target(of: direct, in: db), .direct) }
        // A resolver or relay inside passes on what an inside client asked for: its own traffic outward belongs to the client's incident,
        // whichever agency runs the relay.
        guard kind.victim != .server, let name = alert.hostname, directory.isInternal(attribution.victim, vlans: alert.vlans) else {
            return nil
        }
        let relayed = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT i.id, i.superseded_by FROM incident i JOIN incident_host h ON h.incident_id = i.id
                    WHERE i.kind = :kind AND i.indicator = :indicator AND i.state <> 'closed'
                      AND i.last_seen_at >= :time - :window AND i.seen_at <= :time + :window
                      AND h.role = 'relay' AND h.address = :victim
                    ORDER BY i.last_seen_at DESC, i.id DESC LIMIT 1
                    """),
            arguments: [
                "kind": kind.code.rawValue, "indicator": Correlator.indicator(name), "time": alert.time.microseconds, "window": window,
                "victim": attribution.victim.description,
            ])
        guard let relayed else { return nil }
        return (try target(of: relayed, in: db), .relayed)
    }

    private enum Relation { case direct, relayed }

    /// The incident itself, or the one that it was merged into.
    private func target(of row: Row, in db: Database) throws -> Int64 {
        var id: Int64 = row["id"]
        var next: Int64? = row["superseded_by"]
        // Merging refuses chains that come back to where they began.
        while let other = next {
            id = other
            next = try Int64.fetchOne(db, sql: "SELECT superseded_by FROM incident WHERE id = ?", arguments: [other])
        }
        return id
    }

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
                    WHERE a.kind = :kind AND a.agency_id IS :agency AND a.seen_at BETWEEN :time - :window AND :time + :window
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

    private func open(
        _ alerts: [(Int64, Timestamp)], _ alert: AlertRecord, _ finding: Finding, agencyID: Int64?, written: Timestamp, in db: Database
    ) throws {
        let attribution = finding.attribution
        let first = alerts.map(\.1).min() ?? alert.time
        let last = alerts.map(\.1).max() ?? alert.time
        let indicator = alert.hostname.map(Correlator.indicator)
        let other = (attribution.attacker ?? attribution.relay)?.description ?? "?"
        let parties =
            finding.kind.victim == .client ? "\(attribution.victim) → \(indicator ?? other)" : "\(other) → \(attribution.victim)"
        let opened = try IncidentOpening(
            kind: finding.kind.code, category: finding.kind.category, severity: finding.kind.severity, agencyID: agencyID,
            titleVietnamese: "\(finding.kind.vietnamese): \(parties)", titleEnglish: "\(finding.kind.english): \(parties)",
            attacker: attribution.attacker, victim: attribution.victim, indicator: indicator, firstSeen: first, lastSeen: last
        ).insert(
            db, actor: "sensor:\(sensor)", written: written,
            body: ["agency": JSONValue(attribution.agency), "sid": .integer(alert.sid), "message": .string(alert.message)])
        for (row, time) in alerts {
            try join(opened.id, role: .direct, alert: row, time, finding, agencyID: agencyID, written: written, in: db)
        }
    }

    private func join(
        _ incident: Int64, role: Relation, alert: Int64, _ time: Timestamp, _ finding: Finding, agencyID: Int64?, written: Timestamp,
        in db: Database
    ) throws {
        try db.cachedStatement(sql: "INSERT INTO incident_alert (alert_id, incident_id, seen_at, written_at) VALUES (?, ?, ?, ?)")
            .execute(arguments: [alert, incident, time.microseconds, written.microseconds])
        try db.cachedStatement(
            sql: """
                UPDATE incident SET alert_count = alert_count + 1, seen_at = min(seen_at, ?), last_seen_at = max(last_seen_at, ?) WHERE id = ?
                """
        ).execute(arguments: [time.microseconds, time.microseconds, incident])
        let attribution = finding.attribution
        var hosts: [(String, IPAddress)] = [(role == .direct ? "victim" : "relay", attribution.victim)]
        if let relay = attribution.relay { hosts.append(("relay", relay)) }
        if let attacker = attribution.attacker {
            hosts.append(("attacker", attacker))
            try db.cachedStatement(sql: "UPDATE incident SET attacker = ? WHERE id = ? AND attacker IS NULL")
                .execute(arguments: [attacker.description, incident])
        }
        for (role, address) in hosts {
            try db.cachedStatement(
                sql: """
                    INSERT INTO incident_host (incident_id, role, address, agency_id, seen_at, last_seen_at, alerts, written_at)
                    VALUES (?, ?, ?, (SELECT id FROM agency WHERE code = ?), ?, ?, 1, ?)
                    ON CONFLICT DO UPDATE SET seen_at = min(seen_at, excluded.seen_at), last_seen_at = max(last_seen_at, excluded.last_seen_at),
                      alerts = alerts + 1
                    """
            ).execute(arguments: [
                incident, role, address.description, directory.agency(of: address)?.code, time.microseconds, time.microseconds,
                written.microseconds,
            ])
        }
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
