import Bytes
import Digest
import GRDB

/// Which incidents; what is nil does not matter.
public struct IncidentFilter: Sendable {
    public var states: Set<IncidentState>?
    public var agency: String?
    public var severities: Set<Severity>?
    public var category: CategoryCode?
    public var kind: KindCode?
    public var assignee: String?
    /// Address that takes part in any role.
    public var address: IPAddress?
    /// First seen at or after.
    public var since: Timestamp?
    /// First seen before.
    public var until: Timestamp?
    public var limit: Int?
    public var offset: Int = 0

    public init() {}

    /// On the columns of `incident` alone, all of which `incident_list` has.
    var condition: Condition {
        var condition = Condition()
        condition.add("i.state", isOneOf: states.map { $0.map(\.rawValue).sorted() })
        condition.add("i.agency_id = (SELECT id FROM agency WHERE code = ?)", agency)
        condition.add("i.severity", isOneOf: severities.map { $0.map(\.rawValue).sorted() })
        condition.add("i.category = ?", category?.rawValue)
        condition.add("i.kind = ?", kind?.rawValue)
        condition.add("i.assignee = ?", assignee)
        condition.add("+i.id IN (SELECT incident_id FROM incident_host WHERE address = ?)", address?.description)
        condition.add("i.seen_at >= ?", since?.microseconds)
        condition.add("i.seen_at < ?", until?.microseconds)
        return condition
    }

    /// Reads the list from its newest end, and nothing but the index until a page is full.
    var table: String { "incident i INDEXED BY incident_list" }
}

/// Which alerts; what is nil does not matter.
public struct AlertFilter: Sendable {
    public var sid: Int64?
    public var incident: IncidentCode?
    /// Source or destination.
    public var address: IPAddress?
    public var agency: String?
    public var sensor: String?
    public var kind: KindCode?
    /// The rule's priority: what EVE calls the severity of an alert, 1 the gravest.
    public var priority: Int?
    public var since: Timestamp?
    public var until: Timestamp?
    public var limit: Int?
    public var offset: Int = 0
    /// Newest first; otherwise in the order of time.
    public var newestFirst = false

    public init() {}
}

private func page(_ limit: Int?, _ offset: Int) -> String { "LIMIT \(limit ?? -1) OFFSET \(max(0, offset))" }

extension IncidentStore {
    /// Incidents, the newest first.
    public func incidents(_ filter: IncidentFilter = IncidentFilter()) throws -> [Incident] {
        let condition = filter.condition
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    \(Incident.select) WHERE i.id IN (
                      SELECT i.id FROM \(filter.table) \(condition.sql)
                      ORDER BY i.seen_at DESC, i.id DESC \(page(filter.limit, filter.offset)))
                    ORDER BY i.seen_at DESC, i.id DESC
                    """,
                arguments: condition.arguments
            ).map(Incident.init(row:))
        }
    }

    /// Codes alone, in the order in which they were given.
    public func incidentCodes(_ filter: IncidentFilter) throws -> [IncidentCode] {
        let condition = filter.condition
        return try read { db in
            try Row.fetchAll(
                db, sql: "SELECT i.year, i.number FROM \(filter.table) \(condition.sql) ORDER BY i.year, i.number",
                arguments: condition.arguments
            ).map { IncidentCode(year: $0["year"], number: $0["number"]) }
        }
    }

    /// Hosts with this role in incidents of this category that were first seen within [from, until), with the incident's code.
    public func hosts(role: IncidentHost.Role, category: CategoryCode, from: Timestamp, until: Timestamp) throws -> [(
        incident: IncidentCode, host: IncidentHost
    )] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT h.*, g.code AS agency_code, i.year, i.number FROM incident i INDEXED BY incident_list
                      CROSS JOIN incident_host h ON h.incident_id = i.id LEFT JOIN agency g ON g.id = h.agency_id
                    WHERE i.seen_at >= ? AND i.seen_at < ? AND i.category = ? AND h.role = ?
                    ORDER BY i.seen_at, i.id, h.seen_at, h.address
                    """, arguments: [from.microseconds, until.microseconds, category.rawValue, role.rawValue]
            ).map { (IncidentCode(year: $0["year"], number: $0["number"]), IncidentHost(row: $0)) }
        }
    }

    /// One incident; throws ``NotFoundError``.
    public func incident(_ code: IncidentCode) throws -> Incident {
        try read { db in try IncidentStore.incident(code, in: db) }
    }

    static func incident(_ code: IncidentCode, in db: Database) throws -> Incident {
        guard let row = try Row.fetchOne(db, sql: "\(Incident.select) WHERE i.code = ?", arguments: [code.description]) else {
            throw NotFoundError(.incident, code.description)
        }
        return Incident(row: row)
    }

    /// One incident and all that belongs to it, read at one moment.
    /// - Parameters:
    ///   - alertLimit: how many alerts at most, the first ones.
    ///   - eventLimit: how many entries of its timeline at most, the last ones; nil for all.
    public func detail(_ code: IncidentCode, alertLimit: Int? = 1000, eventLimit: Int? = nil) throws -> IncidentDetail {
        try read { db in
            let incident = try IncidentStore.incident(code, in: db)
            let id = incident.id
            return IncidentDetail(
                incident: incident,
                alerts: try Row.fetchAll(
                    db,
                    sql: """
                        \(StoredAlert.select) WHERE a.id IN (
                          SELECT alert_id FROM incident_alert WHERE incident_id = ? ORDER BY seen_at, alert_id \(page(alertLimit, 0)))
                        ORDER BY a.seen_at, a.id
                        """,
                    arguments: [id]
                ).map(StoredAlert.init(row:)),
                evidence: try Row.fetchAll(db, sql: "\(EvidenceItem.select) WHERE e.incident_id = ? ORDER BY e.id", arguments: [id])
                    .compactMap(EvidenceItem.init(row:)),
                events: try Row.fetchAll(
                    db, sql: "SELECT * FROM event WHERE subject = ? ORDER BY seq DESC LIMIT ?", arguments: [code.subject, eventLimit ?? -1]
                ).reversed().map(IncidentEvent.init(row:)),
                eventCount: try Int.fetchOne(db, sql: "SELECT count(*) FROM event WHERE subject = ?", arguments: [code.subject]) ?? 0,
                hosts: try Row.fetchAll(
                    db,
                    sql: """
                        SELECT h.*, g.code AS agency_code FROM incident_host h LEFT JOIN agency g ON g.id = h.agency_id
                        WHERE h.incident_id = ? ORDER BY h.role, h.seen_at, h.address
                        """, arguments: [id]
                ).map(IncidentHost.init(row:)),
                clocks: try Row.fetchAll(db, sql: "\(IncidentClock.select) WHERE c.incident_id = ? ORDER BY c.due, c.code", arguments: [id])
                    .compactMap(IncidentClock.init(row:)),
                runs: try IncidentStore.runs(ofIncident: id, in: db),
                links: try Row.fetchAll(
                    db,
                    sql: """
                        SELECT i.year, i.number, l.reason FROM incident_link l JOIN incident i ON i.id = iif(l.first_id = ?1, l.second_id, l.first_id)
                        WHERE ?1 IN (l.first_id, l.second_id) ORDER BY i.id
                        """, arguments: [id]
                ).map { IncidentLink(with: IncidentCode(year: $0["year"], number: $0["number"]), reason: $0["reason"]) },
                tasks: try IncidentStore.tasks(ofIncident: id, in: db),
                dispatches: try Row.fetchAll(
                    db, sql: "\(StoredDispatch.select) WHERE d.incident_id = ? ORDER BY d.seen_at, d.id", arguments: [id]
                ).map(StoredDispatch.init(row:)))
        }
    }

    /// One alert; throws ``NotFoundError``.
    public func alert(id: Int64) throws -> StoredAlert {
        try read { db in
            guard let row = try Row.fetchOne(db, sql: "\(StoredAlert.select) WHERE a.id = ?", arguments: [id]) else {
                throw NotFoundError(.alert, String(id))
            }
            return StoredAlert(row: row)
        }
    }

    /// Evidence in the order in which it was added.
    /// - Parameter ofIncidentsFrom: with `ofIncidentsUntil`, only of incidents that were first seen between these.
    public func evidence(
        incident: IncidentCode? = nil, from: Timestamp? = nil, until: Timestamp? = nil, ofIncidentsFrom: Timestamp? = nil,
        ofIncidentsUntil: Timestamp? = nil
    ) throws -> [EvidenceItem] {
        var condition = Condition()
        condition.add(
            "e.incident_id IN (SELECT id FROM incident WHERE seen_at >= ? AND seen_at < ?)", ofIncidentsFrom?.microseconds,
            ofIncidentsUntil?.microseconds)
        condition.add("i.code = ?", incident?.description)
        condition.add("e.seen_at >= ?", from?.microseconds)
        condition.add("e.seen_at < ?", until?.microseconds)
        return try read { db in
            try Row.fetchAll(db, sql: "\(EvidenceItem.select) \(condition.sql) ORDER BY e.id", arguments: condition.arguments)
                .compactMap(EvidenceItem.init(row:))
        }
    }

    /// Deadlines, the earliest due first.
    /// - Parameters:
    ///   - open: only those that are not met and whose incident is confirmed, or reported from outside and still to be answered.
    ///   - dueFrom: due at or after.
    ///   - dueUntil: due before.
    public func clocks(open: Bool = false, dueFrom: Timestamp? = nil, dueUntil: Timestamp? = nil) throws -> [IncidentClock] {
        var condition = Condition()
        if open {
            condition.require(
                "c.met_at IS NULL AND i.state NOT IN ('false_alarm', 'duplicate') AND (i.state <> 'new' OR i.reported_by IS NOT NULL)")
        }
        condition.add("c.due >= ?", dueFrom?.microseconds)
        condition.add("c.due < ?", dueUntil?.microseconds)
        return try read { db in
            try Row.fetchAll(
                db, sql: "\(IncidentClock.select) \(condition.sql) ORDER BY c.due IS NULL, c.due, c.id", arguments: condition.arguments
            ).compactMap(IncidentClock.init(row:))
        }
    }

    /// Runs of playbooks, the oldest first.
    public func playbookRuns(incident: IncidentCode? = nil, from: Timestamp? = nil, until: Timestamp? = nil) throws -> [PlaybookRun] {
        var condition = Condition()
        condition.add("i.code = ?", incident?.description)
        condition.add("r.seen_at >= ?", from?.microseconds)
        condition.add("r.seen_at < ?", until?.microseconds)
        return try read { db in
            try IncidentStore.runs(
                Row.fetchAll(db, sql: "\(PlaybookRun.select) \(condition.sql) ORDER BY r.id", arguments: condition.arguments), in: db)
        }
    }

    private static func runs(ofIncident id: Int64, in db: Database) throws -> [PlaybookRun] {
        try runs(Row.fetchAll(db, sql: "\(PlaybookRun.select) WHERE r.incident_id = ? ORDER BY r.id", arguments: [id]), in: db)
    }

    private static func runs(_ rows: [Row], in db: Database) throws -> [PlaybookRun] {
        try rows.compactMap { row in
            PlaybookRun(
                row: row,
                steps: try Row.fetchAll(
                    db,
                    sql: """
                        SELECT * FROM playbook_step WHERE run_id = ? AND type NOT LIKE 'command:%' AND type <> 'decision'
                        ORDER BY path, attempt, id
                        """, arguments: [row["id"] as Int64]
                ).map(PlaybookStepRun.init(row:)))
        }
    }
}
