import Bytes
import GRDB

/// What incidents are counted by.
public enum IncidentGroup: Sendable {
    case category, severity, state, agency, kind, handlingMode

    var column: String {
        switch self {
        case .category: "i.category"
        case .severity: "i.severity"
        case .state: "i.state"
        case .agency: "g.code"
        case .kind: "i.kind"
        case .handlingMode: "i.handling_mode"
        }
    }
}

/// What alerts are counted by.
public enum AlertGroup: Sendable {
    case sid, classType, agency, kind, sensor, source, destination

    /// As the tables of counts have it; nil for what they do not know.
    var key: DayCounts.Key? {
        switch self {
        case .sid: .sid
        case .classType: .classType
        case .agency: .agency
        case .kind: .kind
        case .sensor: .sensor
        case .source, .destination: nil
        }
    }

    var column: String { key.map { "a.\($0.rawValue)" } ?? (self == .source ? "a.source" : "a.destination") }
}

/// How many there are of something; `key` is nil for those that have none (no agency, no kind).
public struct GroupCount: Sendable, Hashable {
    public var key: String?
    public var count: Int
}

/// A rule that raised alerts, and how often.
public struct RuleCount: Sendable, Hashable {
    public var sid: Int64
    public var message: String
    public var classType: String
    public var techniques: [Technique]
    public var alerts: Int
    /// Distinct incidents that its alerts belong to.
    public var incidents: Int
}

/// A service that was attacked.
public struct AttackedService: Sendable, Hashable {
    public var address: IPAddress
    public var port: Port?
    public var transport: TransportName
    public var appProtocol: String?
    public var agency: String?
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    public var alerts: Int
    /// The gravest of its incidents.
    public var severity: Severity
    public var incidents: [IncidentCode]
}

/// An address that attacked.
public struct AttackSource: Sendable, Hashable {
    public var address: IPAddress
    public var incidents: Int
    /// Distinct victims.
    public var targets: Int
    public var alerts: Int
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
}

/// That alerts of a rule belong to an incident.
private struct RuleIncident: Hashable {
    var sid: Int64
    var incident: Int64
}

extension IncidentStore {
    /// How many incidents match, by group, the most first.
    public func incidentCounts(by group: IncidentGroup, _ filter: IncidentFilter = IncidentFilter()) throws -> [GroupCount] {
        let condition = filter.condition
        let table = group == .handlingMode ? "incident i" : filter.table
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(group.column) AS key, count(*) AS n FROM \(table) LEFT JOIN agency g ON g.id = i.agency_id
                    \(condition.sql) GROUP BY 1 ORDER BY n DESC, key
                    """, arguments: condition.arguments
            ).map { GroupCount(key: $0["key"], count: $0["n"]) }
        }
    }

    /// How many alerts match, by group, the most first.
    public func alertCounts(by group: AlertGroup, _ filter: AlertFilter = AlertFilter()) throws -> [GroupCount] {
        try read { db in
            let sums: [DatabaseValue: Int]
            switch (group.key, filter.incident) {
            case (let key?, let code?) where filter.address == nil:
                guard let incident = try IncidentStore.number(of: code, in: db) else { return [] }
                let values = try GroupFacts(db, filter).values(of: key)
                sums = try IncidentStore.groupCounts(ofIncident: incident, filter, in: db).reduce(into: [:]) { sums, count in
                    sums[values[count.key] ?? .null, default: 0] += count.value
                }
            case (let key?, nil) where filter.address == nil: sums = try DayCounts(db, filter).counts(by: key)
            case (nil, nil) where filter.address == nil: sums = try IncidentStore.addressCounts(group.column, filter, in: db)
            default:
                let (source, condition) = IncidentStore.single(filter)
                let rows = try Row.fetchAll(
                    db, sql: "SELECT \(group.column), count(*) FROM \(source) \(condition.sql) GROUP BY 1", arguments: condition.arguments)
                sums = Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as DatabaseValue, $0[1] as Int) })
            }
            let names: [DatabaseValue: String] =
                switch group {
                case .agency: try IncidentStore.names("SELECT id, code FROM agency", in: db)
                case .sensor: try IncidentStore.names("SELECT id, name FROM sensor", in: db)
                default: [:]
                }
            return sums.filter { $0.value != 0 }.map { key, count in
                GroupCount(
                    key: names[key] ?? String.fromDatabaseValue(key) ?? Int64.fromDatabaseValue(key).map { String($0) }, count: count)
            }.sorted { ($1.count, $0.key ?? "") < ($0.count, $1.key ?? "") }
        }
    }

    private static func names(_ sql: String, in db: Database) throws -> [DatabaseValue: String] {
        Dictionary(uniqueKeysWithValues: try Row.fetchAll(db, sql: sql).map { ($0[0] as DatabaseValue, $0[1] as String) })
    }

    /// Alerts by their source or destination, read from end to end in the indices of addresses.
    private static func addressCounts(_ column: String, _ filter: AlertFilter, in db: Database) throws -> [DatabaseValue: Int] {
        let groups = try GroupFacts(db, filter)
        let ofGroups = groups.ids == nil ? "" : "AND group_id IN (SELECT value FROM json_each(:groups))"
        var arguments: StatementArguments = ["from": filter.range.lowerBound, "until": filter.range.upperBound]
        if let ids = groups.ids { arguments += ["groups": jsonList(ids)] }
        let lists =
            column == "a.source"
            ? [("source", "alert_source", "true")]
            // Alerts of a host to itself are in an index of their own.
            : [("destination", "alert_destination", "destination <> source"), ("source", "alert_self", "destination = source")]
        var sums: [DatabaseValue: Int] = [:]
        for (column, index, which) in lists {
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql: """
                        SELECT \(column), count(*) FROM alert INDEXED BY \(index)
                        WHERE \(which) AND seen_at >= :from AND seen_at < :until \(ofGroups) GROUP BY \(column)
                        """), arguments: arguments)
            while let row = try rows.next() { sums[row[0] as DatabaseValue, default: 0] += row[1] as Int }
        }
        return sums
    }

    /// How many alerts match.
    public func alertCount(_ filter: AlertFilter = AlertFilter()) throws -> Int {
        try read { db in
            guard let code = filter.incident else {
                guard let address = filter.address else { return try DayCounts(db, filter).total() }
                let groups = try GroupFacts(db, filter)
                let range = filter.range
                if let found = try IncidentStore.ofFewGroups(groups, address.description, range, in: db) { return found.count }
                // An alert of a host to itself is in the first index alone.
                return try [
                    "alert_source WHERE source", "alert_destination WHERE destination <> source AND destination",
                ].reduce(0) { sum, end in
                    let what = groups.ids == nil ? "count(*)" : "group_id"
                    let statement = try SQLStatement(
                        kept: db, "SELECT \(what) FROM alert INDEXED BY \(end) = ? AND seen_at >= ? AND seen_at < ?")
                    statement.bind(1, address)
                    statement.bind(2, range.lowerBound)
                    statement.bind(3, range.upperBound)
                    if groups.ids == nil { return sum + Int(try statement.integer() ?? 0) }
                    var count = 0
                    try statement.rows {
                        if groups.contains($0.integer(0) ?? 0) { count += 1 }
                        return true
                    }
                    return sum + count
                }
            }
            guard let incident = try IncidentStore.number(of: code, in: db) else { return 0 }
            let range = filter.range
            if let address = filter.address?.description {
                if try IncidentStore.isShorter(address, than: incident, range, in: db) {
                    let groups = try GroupFacts(db, filter).ids
                    var arguments: StatementArguments = [
                        "address": address, "incident": incident, "from": range.lowerBound, "until": range.upperBound,
                    ]
                    if let groups { arguments += ["groups": jsonList(groups)] }
                    let ofGroups = groups == nil ? "" : "AND a.group_id IN (SELECT value FROM json_each(:groups))"
                    return try Int.fetchOne(
                        db.cachedStatement(sql: "SELECT count(*) FROM (\(IncidentStore.ofBoth(ofGroups)))"), arguments: arguments) ?? 0
                }
                let (source, condition) = IncidentStore.single(filter)
                return try Int.fetchOne(db, sql: "SELECT count(*) FROM \(source) \(condition.sql)", arguments: condition.arguments) ?? 0
            }
            if filter.groupCondition == nil {
                return try Int.fetchOne(
                    db.cachedStatement(
                        sql: """
                            SELECT count(*) FROM incident_alert INDEXED BY incident_alert_incident
                            WHERE incident_id = ? AND seen_at >= ? AND seen_at < ?
                            """), arguments: [incident, range.lowerBound, range.upperBound]) ?? 0
            }
            return try IncidentStore.groupCounts(ofIncident: incident, filter, in: db).values.reduce(0, +)
        }
    }

    /// Rules by how many alerts they raised. Of a host by reading its alerts, else by counts.
    public func ruleCounts(_ filter: AlertFilter = AlertFilter()) throws -> [RuleCount] {
        try read { db in
            var counts: [Int64: Int] = [:]
            var pairs: Set<RuleIncident> = []
            let rules = try GroupFacts(db, filter)
            let sids = try rules.values(of: .sid).compactMapValues { Int64.fromDatabaseValue($0) }
            func note(_ group: Int64, _ incident: Int64?) {
                if let sid = sids[group], let incident { pairs.insert(RuleIncident(sid: sid, incident: incident)) }
            }
            if filter.address != nil {
                let (source, condition) = IncidentStore.single(filter)
                let rows = try Row.fetchCursor(
                    db,
                    sql: """
                        SELECT a.group_id, m.incident_id, count(*) FROM \(source) LEFT JOIN incident_alert m ON m.alert_id = a.id
                        \(condition.sql) GROUP BY 1, 2
                        """, arguments: condition.arguments)
                while let row = try rows.next() {
                    counts[sids[row[0]] ?? 0, default: 0] += row[2] as Int
                    note(row[0], row[1])
                }
            } else if let code = filter.incident {
                guard let incident = try IncidentStore.number(of: code, in: db) else { return [] }
                for (group, count) in try IncidentStore.groupCounts(ofIncident: incident, filter, in: db) where count > 0 {
                    counts[sids[group] ?? 0, default: 0] += count
                    note(group, incident)
                }
            } else {
                for (key, count) in try DayCounts(db, filter).counts(by: .sid) where count > 0 {
                    counts[Int64.fromDatabaseValue(key) ?? 0, default: 0] += count
                }
                let rows = try Row.fetchCursor(
                    db,
                    sql: "SELECT DISTINCT group_id, incident_id FROM (\(IncidentStore.incidentDays("group_id")))",
                    arguments: IncidentStore.arguments(filter.range))
                while let row = try rows.next() { if rules.contains(row[0]) { note(row[0], row[1]) } }
            }
            // An incident counts once for a rule, in however many groups.
            var incidents: [Int64: Int] = [:]
            for pair in pairs { incidents[pair.sid, default: 0] += 1 }
            return try IncidentStore.rules(Array(counts.keys), in: db).map { row in
                RuleCount(
                    sid: row["sid"], message: row["message"], classType: row["class_type"], techniques: Technique.list(row["techniques"]),
                    alerts: counts[row["sid"]] ?? 0, incidents: incidents[row["sid"]] ?? 0)
            }.sorted { ($1.alerts, $0.sid) < ($0.alerts, $1.sid) }
        }
    }

    /// What rules say, by number, as their newest alerts have it.
    public func ruleMessages() throws -> [Int64: String] {
        try read { db in
            let sids = try Int64.fetchAll(db, sql: "SELECT DISTINCT sid FROM alert_group INDEXED BY alert_group_sid")
            return Dictionary(
                uniqueKeysWithValues: try IncidentStore.rules(sids, in: db).map { ($0["sid"] as Int64, $0["message"] as String) })
        }
    }

    /// The newest group of each rule.
    private static func rules(_ sids: [Int64], in db: Database) throws -> [Row] {
        try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT g.sid, g.message, g.class_type, g.techniques FROM json_each(?) AS wanted CROSS JOIN alert_group g
                    WHERE g.id = (SELECT max(id) FROM alert_group INDEXED BY alert_group_sid WHERE sid = wanted.value)
                    """), arguments: [jsonList(sids)])
    }

    /// Services of victims with alerts of incidents within [from, until), the gravest first. Dismissed incidents do not count.
    public func attackedServices(from: Timestamp, until: Timestamp, confirmedOnly: Bool = false) throws -> [AttackedService] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT d.victim AS address, nullif(d.port, -1) AS port, d.transport, max(d.app_protocol) AS app, g.code AS agency,
                      min(d.first_at) AS first, max(d.last_at) AS last, sum(d.alerts) AS n, min(i.severity) AS severity,
                      group_concat(DISTINCT i.code) AS codes
                    FROM (\(IncidentStore.incidentDays("group_id, victim, port, transport, app_protocol"))) d
                      CROSS JOIN incident i ON i.id = d.incident_id
                      CROSS JOIN alert_group r ON r.id = d.group_id LEFT JOIN agency g ON g.id = r.agency_id
                    WHERE d.victim <> '' AND \(IncidentStore.counted(confirmedOnly))
                    GROUP BY 1, 2, 3
                    ORDER BY severity, n DESC, address, port
                    """, arguments: IncidentStore.arguments(from.microseconds..<max(from, until).microseconds)
            ).map { row in
                AttackedService(
                    address: row.address("address") ?? .zero, port: row.port("port"),
                    transport: TransportName(rawValue: row["transport"]) ?? .other, appProtocol: row["app"], agency: row["agency"],
                    firstSeen: Timestamp(microseconds: row["first"]), lastSeen: Timestamp(microseconds: row["last"]), alerts: row["n"],
                    severity: Severity(rawValue: row["severity"]) ?? .m4,
                    incidents: (row["codes"] as String).split(separator: ",").compactMap { IncidentCode(String($0)) }.sorted())
            }
        }
    }

    /// Attackers with alerts of incidents within [from, until), those of most incidents first. Dismissed incidents do not count.
    public func attackSources(from: Timestamp, until: Timestamp, confirmedOnly: Bool = false) throws -> [AttackSource] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT d.attacker AS address, count(DISTINCT i.id) AS incidents, count(DISTINCT nullif(d.victim, '')) AS targets,
                      sum(d.alerts) AS n, min(d.first_at) AS first, max(d.last_at) AS last
                    FROM (\(IncidentStore.incidentDays("attacker, victim"))) d CROSS JOIN incident i ON i.id = d.incident_id
                    WHERE d.attacker <> '' AND \(IncidentStore.counted(confirmedOnly))
                    GROUP BY d.attacker ORDER BY incidents DESC, n DESC, address
                    """, arguments: IncidentStore.arguments(from.microseconds..<max(from, until).microseconds)
            ).map { row in
                AttackSource(
                    address: row.address("address") ?? .zero, incidents: row["incidents"], targets: row["targets"], alerts: row["n"],
                    firstSeen: Timestamp(microseconds: row["first"]), lastSeen: Timestamp(microseconds: row["last"]))
            }
        }
    }

    /// Incidents first seen within [from, until), by state.
    public func stateCounts(from: Timestamp, until: Timestamp) throws -> [IncidentState: Int] {
        var filter = IncidentFilter()
        filter.since = from
        filter.until = until
        var counts: [IncidentState: Int] = [:]
        for count in try incidentCounts(by: .state, filter) {
            counts[count.key.flatMap(IncidentState.init) ?? .new, default: 0] += count.count
        }
        return counts
    }

    /// Alerts `a` of a host or an incident, by their indices.
    private static func single(_ filter: AlertFilter) -> (source: String, condition: Condition) {
        var condition = Condition()
        var source = "alert a"
        let address = filter.address?.description
        if let incident = filter.incident {
            source = "incident_alert ia CROSS JOIN alert a ON a.id = ia.alert_id"
            condition.add("ia.incident_id = (SELECT id FROM incident WHERE code = ?)", incident.description)
            condition.add("(a.source = ? OR a.destination = ?)", address, address)
        } else if let address {
            source = """
                (SELECT id FROM alert INDEXED BY alert_source WHERE source = ?
                  UNION ALL SELECT id FROM alert INDEXED BY alert_destination WHERE destination <> source AND destination = ?) e
                CROSS JOIN alert a ON a.id = e.id
                """
            condition.bind(address, address)
        }
        condition.add("a.sid = ?", filter.sid)
        condition.add("a.agency_id = (SELECT id FROM agency WHERE code = ?)", filter.agency)
        condition.add("a.sensor_id = (SELECT id FROM sensor WHERE name = ?)", filter.sensor)
        condition.add("a.kind = ?", filter.kind?.rawValue)
        condition.add("a.priority = ?", filter.priority)
        condition.add("a.seen_at >= ?", filter.since?.microseconds)
        condition.add("a.seen_at < ?", filter.until?.microseconds)
        return (source, condition)
    }

    /// Counted alerts of incidents: whole days from `incident_day`, what is left of the range alert by alert.
    private static func incidentDays(_ columns: String) -> String {
        """
        SELECT incident_id, \(columns), alerts, first_at, last_at FROM incident_day WHERE day >= :firstDay AND day < :endDay
        UNION ALL
        SELECT incident_id, \(columns), 1, first_at, first_at FROM (
          SELECT ia.incident_id, a.group_id, coalesce(a.attacker, '') AS attacker, coalesce(a.victim, '') AS victim,
            coalesce(\(ScaleSchema.servicePort), -1) AS port, a.transport, a.app_protocol, a.seen_at AS first_at
          FROM alert a INDEXED BY alert_time CROSS JOIN incident_alert ia ON ia.alert_id = a.id
          WHERE a.seen_at >= :from1 AND a.seen_at < :until1 OR a.seen_at >= :from2 AND a.seen_at < :until2)
        """
    }

    private static func arguments(_ range: Range<Int64>) -> StatementArguments {
        let days = LocalDay.whole(range)
        let rest = LocalDay.rest(range)
        let first = rest.first ?? 0..<0
        let second = rest.count > 1 ? rest[1] : 0..<0
        return [
            "firstDay": days.lowerBound, "endDay": days.upperBound, "from1": first.lowerBound, "until1": first.upperBound,
            "from2": second.lowerBound, "until2": second.upperBound,
        ]
    }

    private static func counted(_ confirmedOnly: Bool) -> String {
        confirmedOnly ? "i.state NOT IN ('new', 'false_alarm', 'duplicate')" : "i.state NOT IN ('false_alarm', 'duplicate')"
    }
}
