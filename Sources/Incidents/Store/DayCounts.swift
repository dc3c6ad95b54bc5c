import GRDB

/// How many alerts match a filter that names neither host nor incident: whole days from the tables of counts, what is left of the range counted
/// in the index of time.
///
/// Of the tables the shortest that knows what is asked for is read: `day_count` for all alerts, `slice_day` where no rule is named, `rule_day`
/// for counts by rule, and `alert_day` for the groups of a rule or of an agency.
struct DayCounts {
    /// By what alerts are counted.
    enum Key: String {
        case day, sid, classType = "class_type", agency = "agency_id", kind, sensor = "sensor_id"
    }

    private let db: Database
    private let filter: AlertFilter
    private let range: Range<Int64>

    init(_ db: Database, _ filter: AlertFilter, range: Range<Int64>? = nil) {
        self.db = db
        self.filter = filter
        self.range = range ?? filter.range
    }

    private enum Source: String {
        case days = "day_count", slices = "slice_day", rules = "rule_day", groups = "alert_day d JOIN alert_group g ON g.id = d.group_id"
    }

    private func source(of key: Key) -> Source {
        if key == .day, filter.groupCondition == nil { return .days }
        if filter.sid == nil, key != .sid, key != .classType { return .slices }
        if filter.sid == nil, filter.agency == nil { return .rules }
        return .groups
    }

    /// Conditions as that table has them.
    private func condition(_ source: Source) -> Condition {
        var condition = Condition()
        condition.add("sid = ?", filter.sid)
        condition.add("agency_id = (SELECT id FROM agency WHERE code = ?)", filter.agency)
        condition.add("sensor_id = (SELECT id FROM sensor WHERE name = ?)", filter.sensor)
        condition.add("kind = ?", filter.kind?.rawValue)
        condition.add("priority = ?", filter.priority)
        return condition
    }

    /// Counts by what alerts share; the key of those that have none (no agency, no kind) is nil.
    func counts(by key: Key) throws -> [DatabaseValue: Int] {
        var counts: [DatabaseValue: Int] = [:]
        let whole = LocalDay.whole(range)
        if !whole.isEmpty {
            let source = source(of: key)
            var condition = condition(source)
            condition.add("day >= ?", whole.lowerBound)
            condition.add("day < ?", whole.upperBound)
            // Of groups few are named, and each of them has its days in order.
            let table = source == .groups ? "alert_group g CROSS JOIN alert_day d ON d.group_id = g.id" : source.rawValue
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: "SELECT \(key.rawValue), sum(alerts) FROM \(table) \(condition.sql) GROUP BY 1"),
                arguments: condition.arguments)
            while let row = try rows.next() { counts[DayCounts.plain(row[0], key), default: 0] += row[1] as Int }
        }
        let rest = LocalDay.rest(range)
        if rest.isEmpty { return counts }
        let groups = try GroupFacts(db, filter)
        if key == .day, groups.ids == nil {
            for part in rest.flatMap(LocalDay.split) {
                let alerts = try Int.fetchOne(
                    db.cachedStatement(sql: "SELECT count(*) FROM alert INDEXED BY alert_time WHERE seen_at >= ? AND seen_at < ?"),
                    arguments: [part.lowerBound, part.upperBound])
                counts[LocalDay.of(part.lowerBound).databaseValue, default: 0] += alerts ?? 0
            }
            return counts
        }
        let values = key == .day ? [:] : try groups.values(of: key)
        for part in rest {
            try groups.eachAlert(in: part) { time, group in
                counts[key == .day ? LocalDay.of(time).databaseValue : values[group] ?? .null, default: 0] += 1
            }
        }
        return counts
    }

    /// Tables of counts say 0 and the empty text for none.
    private static func plain(_ value: DatabaseValue, _ key: Key) -> DatabaseValue {
        switch (key, value.storage) {
        case (.agency, .int64(0)), (.kind, .string("")): .null
        default: value
        }
    }

    /// How many match.
    func total() throws -> Int { try counts(by: .day).values.reduce(0, +) }

    /// Days with alerts, the oldest first.
    func days() throws -> [(day: Int64, alerts: Int)] {
        try counts(by: .day).compactMap { key, count in Int64.fromDatabaseValue(key).map { (day: $0, alerts: count) } }
            .filter { $0.alerts > 0 }.sorted { $0.day < $1.day }
    }
}

/// The groups that a filter names.
struct GroupFacts {
    private let db: Database
    /// Nil for all.
    let ids: [Int64]?
    private let named: Set<Int64>

    init(_ db: Database, _ filter: AlertFilter) throws {
        self.db = db
        guard let condition = filter.groupCondition else {
            (ids, named) = (nil, [])
            return
        }
        let ids = try Int64.fetchAll(
            db.cachedStatement(sql: "SELECT g.id FROM alert_group g \(condition.sql)"), arguments: condition.arguments)
        self.ids = ids
        named = Set(ids)
    }

    /// More groups than these are not looked for one by one.
    static let many = 200

    /// How many alerts these groups have.
    func count(of groups: [Int64]) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: "SELECT coalesce(sum(alerts), 0) FROM alert_day WHERE group_id IN (SELECT value FROM json_each(?))"),
            arguments: [jsonList(groups)]) ?? 0
    }

    func contains(_ group: Int64) -> Bool { ids == nil || named.contains(group) }

    /// What all groups have in a column, by number.
    func values(of key: DayCounts.Key) throws -> [Int64: DatabaseValue] {
        var values: [Int64: DatabaseValue] = [:]
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT g.id, g.\(key.rawValue) FROM alert_group g INDEXED BY alert_group_facts"))
        while let row = try rows.next() { values[row[0]] = row[1] as DatabaseValue }
        return values
    }

    /// Calls `body` with the time and the group of each alert of these groups.
    func eachAlert(in range: Range<Int64>, _ body: (Int64, Int64) -> Void) throws {
        if let ids, ids.count <= GroupFacts.many {
            let statement = try SQLStatement(
                kept: db,
                """
                SELECT seen_at, group_id FROM alert INDEXED BY alert_group_time
                WHERE group_id IN (SELECT value FROM json_each(?)) AND seen_at >= ? AND seen_at < ?
                """)
            statement.bind(1, jsonList(ids))
            statement.bind(2, range.lowerBound)
            statement.bind(3, range.upperBound)
            return try statement.rows {
                body($0.integer(0) ?? 0, $0.integer(1) ?? 0)
                return true
            }
        }
        let statement = try SQLStatement(
            kept: db, "SELECT seen_at, group_id FROM alert INDEXED BY alert_time WHERE seen_at >= ? AND seen_at < ?")
        statement.bind(1, range.lowerBound)
        statement.bind(2, range.upperBound)
        try statement.rows {
            let group = $0.integer(1) ?? 0
            if contains(group) { body($0.integer(0) ?? 0, group) }
            return true
        }
    }
}

extension IncidentStore {
    /// How many alerts of an incident there are in each group.
    static func groupCounts(ofIncident id: Int64, _ filter: AlertFilter, in db: Database) throws -> [Int64: Int] {
        let groups = try GroupFacts(db, filter)
        var counts: [Int64: Int] = [:]
        func add(_ rows: RowCursor) throws {
            while let row = try rows.next() { if groups.contains(row[0]) { counts[row[0], default: 0] += row[1] } }
        }
        let range = filter.range
        let whole = LocalDay.whole(range)
        if !whole.isEmpty {
            try add(
                Row.fetchCursor(
                    db.cachedStatement(
                        sql: """
                            SELECT group_id, sum(alerts) FROM incident_day INDEXED BY incident_day_incident
                            WHERE incident_id = ? AND day >= ? AND day < ? GROUP BY 1
                            """), arguments: [id, whole.lowerBound, whole.upperBound]))
        }
        for part in LocalDay.rest(range) {
            try add(
                Row.fetchCursor(
                    db.cachedStatement(
                        sql: """
                            SELECT a.group_id, count(*) FROM incident_alert ia INDEXED BY incident_alert_incident
                              CROSS JOIN alert a ON a.id = ia.alert_id
                            WHERE ia.incident_id = ? AND ia.seen_at >= ? AND ia.seen_at < ? GROUP BY 1
                            """), arguments: [id, part.lowerBound, part.upperBound]))
        }
        return counts
    }

    /// What one incident's alerts were counted under is counted under another's.
    static func moveCounts(from: Int64, to: Int64, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
                SELECT day, ?, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol
                FROM incident_day WHERE incident_id = ?
                \(AlertCounts.merging)
                """
        ).execute(arguments: [to, from])
        try db.cachedStatement(sql: "DELETE FROM incident_day WHERE incident_id = ?").execute(arguments: [from])
    }

    /// Counts every alert and says where the tables of counts differ; a few of the differences where there are many.
    static func countProblems(_ db: Database) throws -> [String] {
        let differences: [(table: String, sql: String)] = [
            (
                "alert_day",
                """
                SELECT 'alert_day group ' || group_id || ' day ' || day || ': ' || sum(n) || ' more alerts than there are' FROM (
                  SELECT group_id, day, alerts AS n FROM alert_day
                  UNION ALL SELECT coalesce(group_id, 0), \(ScaleSchema.day("seen_at")), -count(*) FROM alert GROUP BY 1, 2)
                GROUP BY group_id, day HAVING sum(n) <> 0 LIMIT 10
                """
            ),
            (
                "day_count",
                """
                SELECT 'day_count day ' || day || ': ' || sum(n) || ' more alerts than there are' FROM (
                  SELECT day, alerts AS n FROM day_count UNION ALL SELECT \(ScaleSchema.day("seen_at")), -count(*) FROM alert GROUP BY 1)
                GROUP BY day HAVING sum(n) <> 0 LIMIT 10
                """
            ),
            (
                "slice_day",
                """
                SELECT 'slice_day day ' || day || ' sensor ' || sensor_id || ' agency ' || agency_id || ' kind ' || kind || ' priority ' || priority
                  || ': ' || sum(n) || ' more alerts than there are' FROM (
                  SELECT day, sensor_id, agency_id, kind, priority, alerts AS n FROM slice_day
                  UNION ALL SELECT \(CountSchema.sliceOfAlert), -count(*) FROM alert a GROUP BY 1, 2, 3, 4, 5)
                GROUP BY day, sensor_id, agency_id, kind, priority HAVING sum(n) <> 0 LIMIT 10
                """
            ),
            (
                "rule_day",
                """
                SELECT 'rule_day day ' || day || ' sid ' || sid || ' sensor ' || sensor_id || ': ' || sum(n) || ' more alerts than there are' FROM (
                  SELECT day, sid, sensor_id, class_type, kind, priority, alerts AS n FROM rule_day
                  UNION ALL SELECT \(CountSchema.ruleOfAlert), -count(*) FROM alert a GROUP BY 1, 2, 3, 4, 5, 6)
                GROUP BY day, sid, sensor_id, class_type, kind, priority HAVING sum(n) <> 0 LIMIT 10
                """
            ),
            (
                "incident_day",
                """
                SELECT 'incident_day incident ' || incident_id || ' day ' || day || ' group ' || group_id || ': ' || sum(n)
                  || ' more alerts than there are' FROM (
                  SELECT day, incident_id, group_id, attacker, victim, port, transport, alerts AS n FROM incident_day
                  UNION ALL SELECT \(ScaleSchema.incidentDayOfAlert), -count(*)
                  FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id GROUP BY 1, 2, 3, 4, 5, 6, 7)
                GROUP BY day, incident_id, group_id, attacker, victim, port, transport HAVING sum(n) <> 0 LIMIT 10
                """
            ),
            (
                "incident_day",
                """
                SELECT 'incident_day incident ' || incident_id || ' day ' || day || ' group ' || group_id
                  || ': not the first, the last or the protocol of its alerts' FROM (
                  SELECT day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol FROM incident_day
                  EXCEPT SELECT \(ScaleSchema.incidentDayOfAlert), count(*), min(a.seen_at), max(a.seen_at), max(a.app_protocol)
                  FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id GROUP BY 1, 2, 3, 4, 5, 6, 7) LIMIT 10
                """
            ),
            (
                "alert_group",
                """
                SELECT 'alert_group ' || g.id || ': alert ' || a.id || ' is none of this group' FROM alert a JOIN alert_group g ON g.id = a.group_id
                WHERE (g.sid, g.gid, g.message, g.class_type, g.priority, g.techniques, g.sensor_id) <>
                    (a.sid, a.gid, a.message, a.class_type, a.priority, a.techniques, a.sensor_id)
                  OR g.kind IS NOT a.kind OR g.agency_id IS NOT a.agency_id LIMIT 10
                """
            ),
            (
                "incident_alert",
                """
                SELECT 'incident_alert ' || ia.alert_id || ': not the time of its alert' FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id
                WHERE ia.seen_at <> a.seen_at LIMIT 10
                """
            ),
        ]
        // A database of an older version, which an audit takes as it is, does not have all of them.
        return try differences.filter { try db.tableExists($0.table) }.flatMap { try String.fetchAll(db, sql: $0.sql) }
    }
}
