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

    var column: String {
        switch self {
        case .sid: "a.sid"
        case .classType: "a.class_type"
        case .agency: "g.code"
        case .kind: "a.kind"
        case .sensor: "s.name"
        case .source: "a.source"
        case .destination: "a.destination"
        }
    }
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

extension IncidentStore {
    /// How many incidents match, by group, the most first.
    public func incidentCounts(by group: IncidentGroup, _ filter: IncidentFilter = IncidentFilter()) throws -> [GroupCount] {
        let condition = filter.condition
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(group.column) AS key, count(*) AS n FROM incident i LEFT JOIN agency g ON g.id = i.agency_id
                    \(condition.sql) GROUP BY 1 ORDER BY n DESC, key
                    """, arguments: condition.arguments
            ).map { GroupCount(key: $0["key"], count: $0["n"]) }
        }
    }

    /// How many alerts match, by group, the most first.
    public func alertCounts(by group: AlertGroup, _ filter: AlertFilter = AlertFilter()) throws -> [GroupCount] {
        let condition = filter.condition
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT CAST(\(group.column) AS TEXT) AS key, count(*) AS n FROM alert a JOIN sensor s ON s.id = a.sensor_id
                      LEFT JOIN agency g ON g.id = a.agency_id
                      LEFT JOIN incident_alert ia ON ia.alert_id = a.id LEFT JOIN incident i ON i.id = ia.incident_id
                    \(condition.sql) GROUP BY 1 ORDER BY n DESC, key
                    """, arguments: condition.arguments
            ).map { GroupCount(key: $0["key"], count: $0["n"]) }
        }
    }

    /// How many alerts match.
    public func alertCount(_ filter: AlertFilter = AlertFilter()) throws -> Int {
        let condition = filter.condition
        return try read { db in
            try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM alert a JOIN sensor s ON s.id = a.sensor_id LEFT JOIN agency g ON g.id = a.agency_id
                      LEFT JOIN incident_alert ia ON ia.alert_id = a.id LEFT JOIN incident i ON i.id = ia.incident_id \(condition.sql)
                    """, arguments: condition.arguments) ?? 0
        }
    }

    /// Rules by how many alerts they raised.
    public func ruleCounts(_ filter: AlertFilter = AlertFilter()) throws -> [RuleCount] {
        let condition = filter.condition
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT a.sid, a.message, a.class_type, a.techniques, count(*) AS n, count(DISTINCT ia.incident_id) AS incidents
                    FROM alert a JOIN sensor s ON s.id = a.sensor_id LEFT JOIN agency g ON g.id = a.agency_id
                      LEFT JOIN incident_alert ia ON ia.alert_id = a.id LEFT JOIN incident i ON i.id = ia.incident_id
                    \(condition.sql) GROUP BY a.sid ORDER BY n DESC, a.sid
                    """, arguments: condition.arguments
            ).map {
                RuleCount(
                    sid: $0["sid"], message: $0["message"], classType: $0["class_type"], techniques: Technique.list($0["techniques"]),
                    alerts: $0["n"], incidents: $0["incidents"])
            }
        }
    }

    /// Services of victims with alerts of incidents within [from, until), the gravest first. Dismissed incidents do not count.
    public func attackedServices(from: Timestamp, until: Timestamp, confirmedOnly: Bool = false) throws -> [AttackedService] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT a.victim AS address, \(IncidentStore.servicePort) AS port,
                      a.transport, max(a.app_protocol) AS app, g.code AS agency, min(a.seen_at) AS first, max(a.seen_at) AS last,
                      count(*) AS n, min(i.severity) AS severity, group_concat(DISTINCT i.code) AS codes
                    FROM alert a JOIN incident_alert ia ON ia.alert_id = a.id JOIN incident i ON i.id = ia.incident_id
                      LEFT JOIN agency g ON g.id = a.agency_id
                    WHERE a.victim IS NOT NULL AND a.seen_at >= ? AND a.seen_at < ? AND \(IncidentStore.counted(confirmedOnly))
                    GROUP BY 1, 2, 3
                    ORDER BY severity, n DESC, address, port
                    """, arguments: [from.microseconds, until.microseconds]
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
                    SELECT a.attacker AS address, count(DISTINCT i.id) AS incidents, count(DISTINCT a.victim) AS targets, count(*) AS n,
                      min(a.seen_at) AS first, max(a.seen_at) AS last
                    FROM alert a JOIN incident_alert ia ON ia.alert_id = a.id JOIN incident i ON i.id = ia.incident_id
                    WHERE a.attacker IS NOT NULL AND a.seen_at >= ? AND a.seen_at < ? AND \(IncidentStore.counted(confirmedOnly))
                    GROUP BY a.attacker ORDER BY incidents DESC, n DESC, address
                    """, arguments: [from.microseconds, until.microseconds]
            ).map { row in
                AttackSource(
                    address: row.address("address") ?? .zero, incidents: row["incidents"], targets: row["targets"], alerts: row["n"],
                    firstSeen: Timestamp(microseconds: row["first"]), lastSeen: Timestamp(microseconds: row["last"]))
            }
        }
    }

    /// The victim's port where the victim is the server of the flow; a client's own port says nothing about a service.
    private static let servicePort = """
        CASE WHEN coalesce(a.direction, 'to_server') = 'to_server' THEN iif(a.victim = a.destination, a.destination_port, NULL)
          ELSE iif(a.victim = a.source, a.source_port, NULL) END
        """

    private static func counted(_ confirmedOnly: Bool) -> String {
        confirmedOnly ? "i.state NOT IN ('new', 'false_alarm', 'duplicate')" : "i.state NOT IN ('false_alarm', 'duplicate')"
    }
}
