import Bytes
import GRDB
import Trust

/// How a rule has done so far: what people made of the incidents that its alerts were in.
public struct RuleRecord: Sendable, Hashable {
    /// An incident that alerts of the rule are in.
    public struct Verdict: Sendable, Hashable {
        public var incident: IncidentCode
        public var state: IncidentState
        /// Alerts of this rule in it.
        public var alerts: Int
        public var lastSeen: Timestamp
        /// Why, by whom and when it was called a false alarm; nil where it was not.
        public var reason: String?
        public var actor: String?
        public var judgedAt: Timestamp?
    }

    public var sid: Int64
    /// The latest text of the rule among its alerts; nil where it raised none.
    public var message: String?
    public var classType: String?
    /// Kinds that its alerts were given.
    public var kinds: [KindCode]
    public var alerts: Int
    /// Alerts that no incident has: noise, or fewer than an incident takes.
    public var alertsOutside: Int
    public var firstSeen: Timestamp?
    public var lastSeen: Timestamp?
    /// By code.
    public var verdicts: [Verdict]

    public var right: Int { verdicts.count { $0.state.isConfirmed } }
    public var wrong: Int { verdicts.count { $0.state == .falseAlarm } }
    /// Share of the judged incidents that were real; nil while nobody has judged any.
    public var precision: Double? { right + wrong > 0 ? Double(right) / Double(right + wrong) : nil }
}

/// Alerts that opened no incident, by rule, and why.
public struct QuietRule: Sendable, Hashable {
    public enum Reason: String, Sendable, CaseIterable {
        /// Information or policy: no kind.
        case noise
        /// Of a kind, but fewer than an incident takes.
        case belowThreshold = "below_threshold"
        /// They repeat what a person called a false alarm.
        case falseAlarm = "false_alarm"
    }

    public var sid: Int64
    public var message: String
    public var reason: Reason
    public var alerts: Int

    public init(sid: Int64, message: String, reason: Reason, alerts: Int) {
        self.sid = sid
        self.message = message
        self.reason = reason
        self.alerts = alerts
    }
}

extension IncidentStore {
    /// How a rule has done. A rule without alerts has an empty record.
    public func ruleRecord(_ sid: Int64) throws -> RuleRecord {
        try read { db in
            let groups = try Row.fetchAll(
                db,
                sql: """
                    SELECT g.*, (SELECT coalesce(sum(d.alerts), 0) FROM alert_day d WHERE d.group_id = g.id) AS alerts
                    FROM alert_group g INDEXED BY alert_group_sid WHERE g.sid = ? ORDER BY g.id
                    """, arguments: [sid])
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT i.year, i.number, i.state, sum(d.alerts) AS alerts, max(d.last_at) AS last
                    FROM alert_group g INDEXED BY alert_group_sid JOIN incident_day d ON d.group_id = g.id JOIN incident i ON i.id = d.incident_id
                    WHERE g.sid = ? GROUP BY i.id ORDER BY i.year, i.number
                    """, arguments: [sid])
            let verdicts = try rows.map { row in
                let code = IncidentCode(year: row["year"], number: row["number"])
                var verdict = RuleRecord.Verdict(
                    incident: code, state: IncidentState(rawValue: row["state"]) ?? .new, alerts: row["alerts"],
                    lastSeen: Timestamp(microseconds: row["last"]))
                if verdict.state == .falseAlarm,
                    let event = try Row.fetchOne(
                        db,
                        sql:
                            "SELECT actor, seen_at, body FROM event WHERE subject = ? AND kind = 'incident.false_alarm' ORDER BY seq DESC LIMIT 1",
                        arguments: [code.subject])
                {
                    verdict.actor = event["actor"]
                    verdict.judgedAt = Timestamp(microseconds: event["seen_at"])
                    verdict.reason = (try? JSONValue(parsing: event["body"] as String))?["reason"]?.text
                }
                return verdict
            }
            let ids = groups.map { $0["id"] as Int64 }
            func edge(_ order: String) throws -> Timestamp? {
                try ids.compactMap {
                    try Int64.fetchOne(
                        db,
                        sql: "SELECT seen_at FROM alert INDEXED BY alert_group_time WHERE group_id = ? ORDER BY seen_at \(order) LIMIT 1",
                        arguments: [$0])
                }.max { order == "DESC" ? $0 < $1 : $0 > $1 }.map(Timestamp.init(microseconds:))
            }
            let alerts = groups.map { $0["alerts"] as Int }.reduce(0, +)
            return RuleRecord(
                sid: sid, message: groups.last?["message"], classType: groups.last?["class_type"],
                kinds: Array(Set(groups.compactMap { ($0["kind"] as String?).map(KindCode.init(rawValue:)) })).sorted(), alerts: alerts,
                alertsOutside: max(0, alerts - verdicts.map(\.alerts).reduce(0, +)), firstSeen: try edge("ASC"), lastSeen: try edge("DESC"),
                verdicts: verdicts)
        }
    }

    /// Alerts that opened no incident, by rule, the most first: nothing is dropped without a count.
    public func quietRules() throws -> [QuietRule] {
        try read { db in
            var quiet: [QuietRule] = []
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT g.sid, max(g.message) AS message, g.kind IS NULL AS noise, sum(n) AS alerts FROM alert_group g JOIN (
                      SELECT group_id, sum(alerts) AS n FROM alert_day GROUP BY 1
                      UNION ALL SELECT group_id, -sum(alerts) FROM incident_day GROUP BY 1) c ON c.group_id = g.id
                    GROUP BY 1, 3 HAVING sum(n) > 0
                    """)
            for row in rows {
                quiet.append(
                    QuietRule(
                        sid: row["sid"], message: row["message"], reason: row["noise"] ? .noise : .belowThreshold, alerts: row["alerts"]))
            }
            let dismissed = try Row.fetchAll(
                db,
                sql: """
                    SELECT g.sid, max(g.message) AS message, sum(d.alerts) AS alerts FROM incident i JOIN incident_day d ON d.incident_id = i.id
                      JOIN alert_group g ON g.id = d.group_id WHERE i.state = 'false_alarm' GROUP BY 1
                    """)
            for row in dismissed {
                quiet.append(QuietRule(sid: row["sid"], message: row["message"], reason: .falseAlarm, alerts: row["alerts"]))
            }
            return quiet.sorted { ($1.alerts, $0.sid, $0.reason.rawValue) < ($0.alerts, $1.sid, $1.reason.rawValue) }
        }
    }
}
