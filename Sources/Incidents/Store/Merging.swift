import Bytes
import GRDB
import Trust

// Incidents put together, taken apart, and linked. Which alerts an entry moved stands in `incident_move`, so that it can be taken back.
extension IncidentStore {
    /// Puts the alerts, hosts and evidence of `code` into `target`; `code` becomes its duplicate.
    @discardableResult
    public func merge(_ code: IncidentCode, into target: IncidentCode, by hand: Hand) throws -> Incident {
        guard code != target else { throw HouseRuleError.mergeWithItself(code: code.description) }
        let now = clock()
        return try write { db in
            let from = try checked(code, hand, in: db)
            let to = try checked(target, Hand(hand.actor), in: db)
            guard to.state != .falseAlarm, to.state != .closed else {
                throw HouseRuleError.transition(code: target.description, from: to.state, to: .confirmed)
            }
            try IncidentStore.merge(from, into: to, actor: hand.actor, now, isPerson: true, in: db)
            return try IncidentStore.incident(target, in: db)
        }
    }

    /// - Parameter isPerson: false where correlation does it.
    static func merge(_ from: Incident, into to: Incident, actor: String, _ now: Timestamp, isPerson: Bool, in db: Database) throws {
        func run(_ sql: String, _ values: Int64...) throws {
            let statement = try SQLStatement(kept: db, sql)
            for (index, value) in values.enumerated() { statement.bind(Int32(index + 1), value) }
            try statement.run()
        }
        let evidence =
            from.evidenceCount == 0
            ? [] : try Int64.fetchAll(db, sql: "SELECT id FROM evidence WHERE incident_id = ? ORDER BY id", arguments: [from.id])
        // The writer merges often: one statement for all that becomes of a row, and what it held is known.
        let version: Int64 = isPerson ? 1 : 0
        let seen: Int64? = isPerson ? now.microseconds : nil
        let gone = try SQLStatement(
            kept: db,
            """
            UPDATE incident SET state = 'duplicate', superseded_by = ?, alert_count = 0, version = version + ?,
              acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?
            """)
        gone.bind(1, to.id)
        gone.bind(2, version)
        gone.bind(3, seen)
        gone.bind(4, from.id)
        try gone.run()
        var was: [String: JSONValue] = [
            "state": .string(from.state.rawValue), "superseded_by": JSONValue(from.supersededBy?.description),
        ]
        if isPerson, from.acknowledgedAt == nil { was["acknowledged_at"] = .null }
        try Ledger.append(
            db, at: now, written: now, kind: "incident.duplicate", actor: actor, subject: from.code.subject,
            body: [
                "state": "duplicate", "from": .string(from.state.rawValue), "of": .string(to.code.description), "merged": true,
                "alerts": JSONValue(from.alertCount), "evidence": .array(evidence.map(JSONValue.integer)), "was": .object(was),
            ])
        let seq = db.lastInsertedRowID
        try run("INSERT INTO incident_move (seq, alert_id) SELECT ?, alert_id FROM incident_alert WHERE incident_id = ?", seq, from.id)
        try run("UPDATE incident_alert SET incident_id = ? WHERE incident_id = ?", to.id, from.id)
        try moveCounts(from: from.id, to: to.id, in: db)
        if !evidence.isEmpty { try run("UPDATE evidence SET incident_id = ? WHERE incident_id = ?", to.id, from.id) }
        try run(
            """
            INSERT INTO incident_host (incident_id, role, address, agency_id, seen_at, last_seen_at, alerts, written_at)
            SELECT ?, role, address, agency_id, seen_at, last_seen_at, alerts, ? FROM incident_host WHERE incident_id = ?
            ON CONFLICT DO UPDATE SET seen_at = min(seen_at, excluded.seen_at), last_seen_at = max(last_seen_at, excluded.last_seen_at),
              alerts = alerts + excluded.alerts
            """, to.id, now.microseconds, from.id)
        // Correlation says itself what stages its chain has.
        let stages = isPerson ? ReachedStage.union(to.stages, from.stages) : to.stages
        let grown = try SQLStatement(
            kept: db,
            """
            UPDATE incident SET alert_count = alert_count + ?, seen_at = min(seen_at, ?), last_seen_at = max(last_seen_at, ?),
              version = version + ?, acknowledged_at = coalesce(acknowledged_at, ?), stages = coalesce(?, stages) WHERE id = ?
            """)
        let text = stages == to.stages ? nil : try ReachedStage.json(stages).canonicalText()
        grown.bind(1, from.alertCount)
        grown.bind(2, from.firstSeen.microseconds)
        grown.bind(3, from.lastSeen.microseconds)
        grown.bind(4, version)
        grown.bind(5, seen)
        grown.bind(6, text)
        grown.bind(7, to.id)
        try grown.run()
        was = [:]
        if text != nil { was["stages"] = .string(try ReachedStage.json(to.stages).canonicalText()) }
        var body: [String: JSONValue] = [
            "with": .string(from.code.description), "alerts": JSONValue(from.alertCount), "entry": .integer(seq),
        ]
        if !was.isEmpty { body["was"] = .object(was) }
        try Ledger.append(
            db, at: now, written: now, kind: "incident.merged", actor: actor, subject: to.code.subject, body: .object(body))
    }

    /// Which alerts of an incident go into a new one: those that hold for all that is given.
    public struct SplitSelection: Sendable {
        public var alerts: Set<Int64>?
        public var sid: Int64?
        /// Source or destination.
        public var address: IPAddress?
        public var since: Timestamp?
        public var until: Timestamp?

        public init() {}

        var isEmpty: Bool { alerts == nil && sid == nil && address == nil && since == nil && until == nil }
    }

    /// Takes alerts out of an incident into a new one, which is linked to it and begins as the other one began.
    /// - Returns: the new incident.
    public func split(_ code: IncidentCode, _ selection: SplitSelection, reason: String, by hand: Hand) throws -> Incident {
        try demand(reason, .reason, code)
        guard !selection.isEmpty else { throw HouseRuleError.missing(code: code.description, .selection) }
        var condition = Condition()
        condition.add("a.sid = ?", selection.sid)
        condition.add("? IN (a.source, a.destination)", selection.address?.description)
        condition.add("a.seen_at >= ?", selection.since?.microseconds)
        condition.add("a.seen_at < ?", selection.until?.microseconds)
        if let alerts = selection.alerts {
            condition.add("a.id IN (SELECT value FROM json_each(?))", "[\(alerts.sorted().map { String($0) }.joined(separator: ","))]")
        }
        let now = clock()
        return try write { db in
            let from = try checked(code, hand, in: db)
            condition.add("ia.incident_id = ?", from.id)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT a.id, a.seen_at, a.attacker, a.victim, a.kind FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id
                    \(condition.sql) ORDER BY a.seen_at, a.id
                    """, arguments: condition.arguments)
            let all = try Int.fetchOne(db, sql: "SELECT count(*) FROM incident_alert WHERE incident_id = ?", arguments: [from.id]) ?? 0
            guard let first = rows.first, let last = rows.last else { throw HouseRuleError.splitTakesNothing(code: code.description) }
            guard rows.count < all else { throw HouseRuleError.splitTakesAll(code: code.description) }
            let opened = try IncidentOpening(
                kind: (first["kind"] as String?).map(KindCode.init(rawValue:)) ?? from.kind, category: from.category,
                severity: from.severity, agencyID: try IncidentStore.agencyID(of: from, in: db), agency: from.agency,
                titleVietnamese: from.titleVietnamese, titleEnglish: from.titleEnglish, attacker: first.address("attacker"),
                victim: first.address("victim"), indicator: from.indicator, firstSeen: Timestamp(microseconds: first["seen_at"]),
                lastSeen: Timestamp(microseconds: last["seen_at"])
            ).insert(db, actor: hand.actor, written: now, body: ["split_from": .string(code.description), "reason": .string(reason)])
            let seq = try apply(
                IncidentChange(body: [
                    "into": .string(opened.code.description), "alerts": JSONValue(rows.count), "reason": .string(reason),
                ]), to: from, "incident.split", hand, now, in: db)
            for row in rows {
                try db.cachedStatement(sql: "INSERT INTO incident_move (seq, alert_id) VALUES (?, ?)").execute(arguments: [
                    seq, row["id"] as Int64,
                ])
            }
            try IncidentStore.move(seq, from: from.id, to: opened.id, now, in: db)
            try db.execute(
                sql: "INSERT INTO incident_link (first_id, second_id, seen_at, written_at, reason) VALUES (?, ?, ?, ?, 'split')",
                arguments: [min(from.id, opened.id), max(from.id, opened.id), now.microseconds, now.microseconds])
            return try IncidentStore.incident(opened.code, in: db)
        }
    }

    private static func agencyID(of incident: Incident, in db: Database) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT agency_id FROM incident WHERE id = ?", arguments: [incident.id])
    }

    /// Moves the alerts that an entry names, with their evidence and counts, and counts hosts and times of both incidents anew.
    static func move(_ seq: Int64, from: Int64, to: Int64, _ now: Timestamp, in db: Database) throws {
        let moved = "SELECT alert_id FROM incident_move WHERE seq = ?"
        let roles = try relays(of: from, in: db).union(relays(of: to, in: db))
        try db.execute(
            sql: "UPDATE incident_alert SET incident_id = ? WHERE incident_id = ? AND alert_id IN (\(moved))", arguments: [to, from, seq])
        let count = db.changesCount
        try db.execute(
            sql: "UPDATE evidence SET incident_id = ? WHERE incident_id = ? AND alert_id IN (\(moved))", arguments: [to, from, seq])
        for id in [from, to] { try recount(id, relays: roles, now, in: db) }
        try db.execute(sql: "UPDATE incident SET alert_count = alert_count + ? WHERE id = ?", arguments: [count, to])
        try db.execute(sql: "UPDATE incident SET alert_count = max(0, alert_count - ?) WHERE id = ?", arguments: [count, from])
    }

    /// Addresses that only passed things on.
    private static func relays(of incident: Int64, in db: Database) throws -> Set<String> {
        try String.fetchSet(
            db,
            sql: """
                SELECT address FROM incident_host WHERE incident_id = ?1 AND role = 'relay'
                EXCEPT SELECT address FROM incident_host WHERE incident_id = ?1 AND role = 'victim'
                """, arguments: [incident])
    }

    /// Days, hosts and times of an incident from the alerts that it has now. What retention has deleted is gone from them.
    private static func recount(_ id: Int64, relays: Set<String>, _ now: Timestamp, in db: Database) throws {
        try db.execute(sql: "DELETE FROM incident_day WHERE incident_id = ?", arguments: [id])
        try db.execute(
            sql: """
                INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
                SELECT \(ScaleSchema.incidentDayOfAlert), count(*), min(a.seen_at), max(a.seen_at), max(a.app_protocol)
                FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id WHERE ia.incident_id = ? GROUP BY 1, 2, 3, 4, 5, 6, 7
                """, arguments: [id])
        var agencies: [String: Int64?] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT address, agency_id FROM incident_host") { agencies[row["address"]] = row["agency_id"] }
        try db.execute(sql: "DELETE FROM incident_host WHERE incident_id = ?", arguments: [id])
        let list = "[\(relays.sorted().map { "\"\($0)\"" }.joined(separator: ","))]"
        let hosts = try Row.fetchAll(
            db,
            sql: """
                WITH a AS (SELECT a.* FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id WHERE ia.incident_id = :id),
                h AS (
                  SELECT 'attacker' AS role, attacker AS address, seen_at FROM a WHERE attacker IS NOT NULL
                  UNION ALL SELECT iif(victim IN (SELECT value FROM json_each(:relays)), 'relay', 'victim'), victim, seen_at
                  FROM a WHERE victim IS NOT NULL
                  UNION ALL SELECT 'relay', iif(victim = source, destination, source), seen_at FROM a WHERE attacker IS NULL)
                SELECT role, address, min(seen_at) AS first, max(seen_at) AS last, count(*) AS alerts FROM h GROUP BY role, address
                """, arguments: ["id": id, "relays": list])
        for host in hosts {
            let address: String = host["address"]
            try db.cachedStatement(
                sql: """
                    INSERT INTO incident_host (incident_id, role, address, agency_id, seen_at, last_seen_at, alerts, written_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """
            ).execute(arguments: [
                id, host["role"] as String, address, agencies[address] ?? nil, host["first"] as Int64, host["last"] as Int64,
                host["alerts"] as Int, now.microseconds,
            ])
        }
        let first = hosts.map { $0["first"] as Int64 }.min()
        let last = hosts.map { $0["last"] as Int64 }.max()
        if let first, let last {
            try db.execute(sql: "UPDATE incident SET seen_at = ?, last_seen_at = ? WHERE id = ?", arguments: [first, last, id])
        }
    }

    /// Says that two incidents have to do with each other.
    public func link(_ code: IncidentCode, with other: IncidentCode, reason: String? = nil, by hand: Hand) throws {
        guard code != other else { throw HouseRuleError.mergeWithItself(code: code.description) }
        let now = clock()
        try write { db in
            let first = try checked(code, hand, in: db)
            let second = try IncidentStore.incident(other, in: db)
            try IncidentStore.link(first, second, reason: reason, actor: hand.actor, now, in: db)
        }
    }

    /// - Returns: false where they are linked already.
    @discardableResult
    static func link(_ a: Incident, _ b: Incident, reason: String?, actor: String, _ now: Timestamp, in db: Database) throws -> Bool {
        try db.cachedStatement(
            sql: """
                INSERT INTO incident_link (first_id, second_id, seen_at, written_at, reason) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """
        ).execute(arguments: [min(a.id, b.id), max(a.id, b.id), now.microseconds, now.microseconds, reason])
        guard db.changesCount > 0 else { return false }
        for (subject, with) in [(a, b), (b, a)] {
            try Ledger.append(
                db, at: now, written: now, kind: "incident.linked", actor: actor, subject: subject.code.subject,
                body: .object(["with": .string(with.code.description), "reason": JSONValue(reason)].filter { $0.value != .null }))
        }
        return true
    }
}

extension ReachedStage {
    /// Each stage once, at the moment when it was first reached, in the order of time.
    static func union(_ a: [ReachedStage], _ b: [ReachedStage]) -> [ReachedStage] {
        var first: [AttackStage: ReachedStage] = [:]
        for stage in a + b {
            if let known = first[stage.stage], known.at <= stage.at { continue }
            first[stage.stage] = stage
        }
        return first.values.sorted { ($0.at, $0.stage) < ($1.at, $1.stage) }
    }
}
