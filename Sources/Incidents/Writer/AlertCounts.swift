import Bytes
import GRDB

/// What a batch adds to `alert_day` and `incident_day`, written once for all its alerts of a kind.
struct AlertCounts: Sendable {
    private struct Day: Hashable {
        var group: Int64
        var day: Int64
    }

    private struct IncidentDay: Hashable {
        var day: Int64
        var incident: Int64
        var group: Int64
        var attacker: IPAddress?
        var victim: IPAddress?
        var port: Int64
        var transport: TransportName
    }

    private struct Sum {
        var alerts = 0
        var first = Int64.max
        var last = Int64.min
        var appProtocol: String?
    }

    private var days: [Day: Int] = [:]
    private var incidentDays: [IncidentDay: Sum] = [:]

    mutating func add(_ alert: AlertRecord, group: Int64) {
        days[Day(group: group, day: LocalDay.of(alert.time.microseconds)), default: 0] += 1
    }

    /// An alert that was just written belongs to an incident.
    mutating func add(_ alert: AlertRecord, group: Int64, attribution: Attribution, incident: Int64) {
        let victim = attribution.victim
        // ``ScaleSchema/servicePort``.
        let server = alert.direction == .toClient ? alert.source : alert.destination
        let port = victim == server.address ? server.port.map { Int64($0.rawValue) } ?? -1 : -1
        let key = IncidentDay(
            day: LocalDay.of(alert.time.microseconds), incident: incident, group: group, attacker: attribution.attacker, victim: victim,
            port: port, transport: alert.transport)
        let time = alert.time.microseconds
        var sum = incidentDays[key] ?? Sum()
        sum.alerts += 1
        sum.first = min(sum.first, time)
        sum.last = max(sum.last, time)
        if let name = alert.appProtocol { sum.appProtocol = max(sum.appProtocol ?? name, name) }
        incidentDays[key] = sum
    }

    /// An alert of the table belongs to an incident.
    static func add(row: Int64, incident: Int64, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
                SELECT \(ScaleSchema.incidentDayOfAlert), 1, a.seen_at, a.seen_at, a.app_protocol
                FROM (SELECT ? AS alert_id, ? AS incident_id) ia JOIN alert a ON a.id = ia.alert_id WHERE true \(merging)
                """
        ).execute(arguments: [row, incident])
    }

    /// Adds to the row that is there.
    static let merging = """
        ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts, first_at = min(first_at, excluded.first_at),
          last_at = max(last_at, excluded.last_at),
          app_protocol = coalesce(max(app_protocol, excluded.app_protocol), app_protocol, excluded.app_protocol)
        """

    /// Writes what was counted by day, neighbours in the tables after each other.
    mutating func writeDays(in db: Database) throws {
        let ofDay = try SQLStatement(
            kept: db,
            "INSERT INTO alert_day (group_id, day, alerts) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts")
        var totals: [Int64: Int] = [:]
        for (key, count) in days.sorted(by: { ($0.key.group, $0.key.day) < ($1.key.group, $1.key.day) }) {
            ofDay.bind(1, key.group)
            ofDay.bind(2, key.day)
            ofDay.bind(3, count)
            try ofDay.run()
            totals[key.day, default: 0] += count
        }
        let total = try SQLStatement(
            kept: db, "INSERT INTO day_count (day, alerts) VALUES (?, ?) ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts")
        for (day, count) in totals.sorted(by: { $0.key < $1.key }) {
            total.bind(1, day)
            total.bind(2, count)
            try total.run()
        }
        days.removeAll(keepingCapacity: true)
    }

    /// Writes what was counted by incident.
    mutating func writeIncidents(in db: Database) throws {
        guard !incidentDays.isEmpty else { return }
        let ofIncident = try SQLStatement(
            kept: db,
            """
            INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \(AlertCounts.merging)
            """)
        for (key, sum) in incidentDays.sorted(by: { ($0.key.day, $0.key.incident) < ($1.key.day, $1.key.incident) }) {
            ofIncident.bind(1, key.day)
            ofIncident.bind(2, key.incident)
            ofIncident.bind(3, key.group)
            if let attacker = key.attacker { ofIncident.bind(4, attacker) } else { ofIncident.bind(4, "") }
            if let victim = key.victim { ofIncident.bind(5, victim) } else { ofIncident.bind(5, "") }
            ofIncident.bind(6, key.port)
            ofIncident.bind(7, key.transport.rawValue)
            ofIncident.bind(8, sum.alerts)
            ofIncident.bind(9, sum.first)
            ofIncident.bind(10, sum.last)
            ofIncident.bind(11, sum.appProtocol)
            try ofIncident.run()
        }
        incidentDays.removeAll(keepingCapacity: true)
    }
}
