import Bytes
import GRDB

/// What a batch adds to `alert_day` and `incident_day`, written once for all its alerts of a kind.
struct AlertCounts: Sendable {
    private struct Day: Hashable {
        var group: Int64
        var day: Int64
    }

    /// Of one incident.
    private struct IncidentDay: Hashable {
        var day: Int64
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

        mutating func add(_ time: Int64, _ name: String?) {
            alerts += 1
            first = min(first, time)
            last = max(last, time)
            if let name { appProtocol = max(appProtocol ?? name, name) }
        }
    }

    private var days: [Day: Int] = [:]
    private var incidentDays: [Int64: [IncidentDay: Sum]] = [:]

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
            day: LocalDay.of(alert.time.microseconds), group: group, attacker: attribution.attacker, victim: victim,
            port: port, transport: alert.transport)
        let time = alert.time.microseconds
        incidentDays[incident, default: [:]][key, default: Sum()].add(time, alert.appProtocol)
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

    private struct Slice: Hashable {
        var day: Int64
        var sensor: Int64
        var agency: Int64
        var kind: String
        var priority: Int

        static func precedes(_ a: Slice, _ b: Slice) -> Bool {
            (a.day, a.sensor, a.agency, a.kind, a.priority) < (b.day, b.sensor, b.agency, b.kind, b.priority)
        }
    }

    private struct Rule: Hashable {
        var day: Int64
        var sid: Int64
        var sensor: Int64
        var classType: String
        var kind: String
        var priority: Int

        static func precedes(_ a: Rule, _ b: Rule) -> Bool {
            (a.day, a.sid, a.sensor, a.classType, a.kind, a.priority) < (b.day, b.sid, b.sensor, b.classType, b.kind, b.priority)
        }
    }

    /// Writes what was counted by day, neighbours in the tables after each other.
    mutating func writeDays(_ groups: AlertGroups, in db: Database) throws {
        let ofDay = try SQLStatement(
            kept: db,
            "INSERT INTO alert_day (group_id, day, alerts) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts")
        var totals: [Int64: Int] = [:]
        var slices: [Slice: Int] = [:]
        var rules: [Rule: Int] = [:]
        for (key, count) in days.sorted(by: { ($0.key.group, $0.key.day) < ($1.key.group, $1.key.day) }) {
            ofDay.bind(1, key.group)
            ofDay.bind(2, key.day)
            ofDay.bind(3, count)
            try ofDay.run()
            totals[key.day, default: 0] += count
            guard let facts = groups.facts[key.group] else { continue }
            slices[
                Slice(day: key.day, sensor: facts.sensor, agency: facts.agency, kind: facts.kind, priority: facts.priority), default: 0] +=
                count
            rules[
                Rule(
                    day: key.day, sid: facts.sid, sensor: facts.sensor, classType: facts.classType, kind: facts.kind,
                    priority: facts.priority), default: 0] += count
        }
        let total = try SQLStatement(
            kept: db, "INSERT INTO day_count (day, alerts) VALUES (?, ?) ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts")
        for (day, count) in totals.sorted(by: { $0.key < $1.key }) {
            total.bind(1, day)
            total.bind(2, count)
            try total.run()
        }
        let ofSlice = try SQLStatement(
            kept: db,
            """
            INSERT INTO slice_day (day, sensor_id, agency_id, kind, priority, alerts) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
            """)
        for (slice, count) in slices.sorted(by: { Slice.precedes($0.key, $1.key) }) {
            ofSlice.bind(1, slice.day)
            ofSlice.bind(2, slice.sensor)
            ofSlice.bind(3, slice.agency)
            ofSlice.bind(4, slice.kind)
            ofSlice.bind(5, slice.priority)
            ofSlice.bind(6, count)
            try ofSlice.run()
        }
        let ofRule = try SQLStatement(
            kept: db,
            """
            INSERT INTO rule_day (day, sid, sensor_id, class_type, kind, priority, alerts) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
            """)
        for (rule, count) in rules.sorted(by: { Rule.precedes($0.key, $1.key) }) {
            ofRule.bind(1, rule.day)
            ofRule.bind(2, rule.sid)
            ofRule.bind(3, rule.sensor)
            ofRule.bind(4, rule.classType)
            ofRule.bind(5, rule.kind)
            ofRule.bind(6, rule.priority)
            ofRule.bind(7, count)
            try ofRule.run()
        }
        days.removeAll(keepingCapacity: true)
    }

    /// Writes what was counted by incident.
    /// - Parameter only: of these alone; nil for all.
    mutating func writeIncidents(only: [Int64]? = nil, in db: Database) throws {
        let incidents = only.map { $0.filter { incidentDays[$0] != nil } } ?? incidentDays.keys.sorted()
        guard !incidents.isEmpty else { return }
        let ofIncident = try SQLStatement(
            kept: db,
            """
            INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \(AlertCounts.merging)
            """)
        for incident in incidents {
            for (key, sum) in (incidentDays.removeValue(forKey: incident) ?? [:]).sorted(by: { $0.key.day < $1.key.day }) {
                ofIncident.bind(1, key.day)
                ofIncident.bind(2, incident)
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
        }
    }
}
