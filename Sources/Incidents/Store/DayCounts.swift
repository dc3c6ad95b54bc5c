import GRDB

/// How many alerts there are by day and by group: whole days from `alert_day`, what is left of the range counted in the index.
struct DayCounts {
    /// Days with alerts, the oldest first.
    private(set) var days: [(day: Int64, alerts: Int)] = []
    /// By number of the group.
    private(set) var groups: [Int64: Int] = [:]
    private(set) var total = 0

    /// - Parameters:
    ///   - groups: which count; nil for all.
    ///   - byGroup: fill ``groups``.
    init(_ db: Database, groups wanted: [Int64]?, range: Range<Int64>, byGroup: Bool = false) throws {
        var byDay: [Int64: Int] = [:]
        let whole = LocalDay.whole(range)
        let key = byGroup ? "group_id" : "day"
        let ofGroups = wanted == nil ? "" : "AND group_id IN (SELECT value FROM json_each(?))"
        let groupList = wanted.map { jsonList($0) }
        func arguments(_ range: Range<Int64>) -> StatementArguments {
            var arguments: StatementArguments = [range.lowerBound, range.upperBound]
            if let groupList { arguments += [groupList] }
            return arguments
        }
        var counts: [(Int64, Int)] = []
        if !whole.isEmpty {
            // Of all days and groups, and of all groups by day, shorter lists than `alert_day` say it.
            let sql: String
            var bound = arguments(whole)
            if wanted == nil && !byGroup {
                sql = "SELECT day, alerts FROM day_count WHERE day >= ? AND day < ?"
            } else if whole.lowerBound < -1_000_000 && whole.upperBound > 1_000_000 && wanted == nil {
                sql = "SELECT group_id, sum(alerts) FROM alert_day GROUP BY 1"
                bound = []
            } else {
                sql = "SELECT \(key), sum(alerts) FROM alert_day WHERE day >= ? AND day < ? \(ofGroups) GROUP BY 1"
            }
            let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: bound)
            while let row = try rows.next() { counts.append((row[0], row[1])) }
        }
        for rest in LocalDay.rest(range) {
            let index = wanted == nil ? "alert_time" : "alert_group_time"
            let restKey = byGroup ? "group_id" : ScaleSchema.day("seen_at")
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql: """
                        SELECT \(restKey), count(*) FROM alert INDEXED BY \(index)
                        WHERE seen_at >= ? AND seen_at < ? \(ofGroups) GROUP BY 1
                        """), arguments: arguments(rest))
            while let row = try rows.next() { counts.append((row[0], row[1])) }
        }
        for (key, count) in counts {
            total += count
            if byGroup { groups[key, default: 0] += count } else { byDay[key, default: 0] += count }
        }
        days = byDay.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension IncidentStore {
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
        let differences = [
            """
            SELECT 'alert_day group ' || group_id || ' day ' || day || ': ' || sum(n) || ' more alerts than there are' FROM (
              SELECT group_id, day, alerts AS n FROM alert_day
              UNION ALL SELECT coalesce(group_id, 0), \(ScaleSchema.day("seen_at")), -count(*) FROM alert GROUP BY 1, 2)
            GROUP BY group_id, day HAVING sum(n) <> 0 LIMIT 10
            """,
            """
            SELECT 'day_count day ' || day || ': ' || sum(n) || ' more alerts than there are' FROM (
              SELECT day, alerts AS n FROM day_count UNION ALL SELECT \(ScaleSchema.day("seen_at")), -count(*) FROM alert GROUP BY 1)
            GROUP BY day HAVING sum(n) <> 0 LIMIT 10
            """,
            """
            SELECT 'incident_day incident ' || incident_id || ' day ' || day || ' group ' || group_id || ': ' || sum(n)
              || ' more alerts than there are' FROM (
              SELECT day, incident_id, group_id, attacker, victim, port, transport, alerts AS n FROM incident_day
              UNION ALL SELECT \(ScaleSchema.incidentDayOfAlert), -count(*)
              FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id GROUP BY 1, 2, 3, 4, 5, 6, 7)
            GROUP BY day, incident_id, group_id, attacker, victim, port, transport HAVING sum(n) <> 0 LIMIT 10
            """,
            """
            SELECT 'incident_day incident ' || incident_id || ' day ' || day || ' group ' || group_id
              || ': not the first, the last or the protocol of its alerts' FROM (
              SELECT day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol FROM incident_day
              EXCEPT SELECT \(ScaleSchema.incidentDayOfAlert), count(*), min(a.seen_at), max(a.seen_at), max(a.app_protocol)
              FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id GROUP BY 1, 2, 3, 4, 5, 6, 7) LIMIT 10
            """,
            """
            SELECT 'alert_group ' || g.id || ': alert ' || a.id || ' is none of this group' FROM alert a JOIN alert_group g ON g.id = a.group_id
            WHERE (g.sid, g.gid, g.message, g.class_type, g.priority, g.techniques, g.sensor_id) <>
                (a.sid, a.gid, a.message, a.class_type, a.priority, a.techniques, a.sensor_id)
              OR g.kind IS NOT a.kind OR g.agency_id IS NOT a.agency_id LIMIT 10
            """,
            """
            SELECT 'incident_alert ' || ia.alert_id || ': not the time of its alert' FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id
            WHERE ia.seen_at <> a.seen_at LIMIT 10
            """,
        ]
        return try differences.flatMap { try String.fetchAll(db, sql: $0) }
    }
}
