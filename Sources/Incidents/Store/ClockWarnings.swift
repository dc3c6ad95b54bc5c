import Bytes
import GRDB
import Trust

/// A warning that a deadline comes near, and what became of it on one channel.
public struct ClockWarning: Sendable, Hashable {
    public var incident: IncidentCode?
    /// The subject of a deadline that is no incident's.
    public var duty: String?
    public var clock: String
    public var due: Timestamp
    /// Which of the settings' thresholds was reached, in minutes before the due time; 0 when it is over.
    public var minutesBefore: Int
    /// `mail truc@example.vn`.
    public var channel: String
    public var isDelivered: Bool
    /// What the channel answered, or why it failed.
    public var detail: String
    public var at: Timestamp

    public init(
        incident: IncidentCode?, duty: String?, clock: String, due: Timestamp, minutesBefore: Int, channel: String, isDelivered: Bool,
        detail: String, at: Timestamp
    ) {
        self.incident = incident
        self.duty = duty
        self.clock = clock
        self.due = due
        self.minutesBefore = minutesBefore
        self.channel = channel
        self.isDelivered = isDelivered
        self.detail = detail
        self.at = at
    }
}

extension IncidentStore {
    /// Records warnings and whether they were delivered, each with its entry of the ledger.
    public func record(_ warnings: [ClockWarning], by hand: Hand) throws {
        let now = clock()
        try write { db in
            for warning in warnings {
                try db.execute(
                    sql: """
                        INSERT INTO clock_warning (incident, duty, clock, due, minutes_before, channel, delivered, detail, seen_at, written_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        warning.incident?.description, warning.duty, warning.clock, warning.due.microseconds, warning.minutesBefore,
                        warning.channel, warning.isDelivered, warning.detail, warning.at.microseconds, now.microseconds,
                    ])
                try Ledger.append(
                    db, at: warning.at, written: now, kind: "clock.warned", actor: hand.actor,
                    subject: warning.incident?.subject ?? "duty/\(warning.clock)/\(warning.duty ?? "")",
                    body: [
                        "code": .string(warning.clock), "due": .integer(warning.due.microseconds),
                        "minutes_before": JSONValue(warning.minutesBefore), "channel": .string(warning.channel),
                        "delivered": .bool(warning.isDelivered), "detail": .string(warning.detail),
                    ])
            }
        }
    }

    /// Warnings on record, the oldest first.
    public func warnings(incident: IncidentCode? = nil) throws -> [ClockWarning] {
        var condition = Condition()
        condition.add("incident = ?", incident?.description)
        return try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM clock_warning \(condition.sql) ORDER BY id", arguments: condition.arguments).map {
                ClockWarning(
                    incident: ($0["incident"] as String?).flatMap(IncidentCode.init), duty: $0["duty"], clock: $0["clock"],
                    due: Timestamp(microseconds: $0["due"]), minutesBefore: $0["minutes_before"], channel: $0["channel"],
                    isDelivered: $0["delivered"], detail: $0["detail"], at: Timestamp(microseconds: $0["seen_at"]))
            }
        }
    }
}
