import Bytes
import GRDB
import Trust

extension IncidentStore {
    /// Writes the deadlines that run for an incident now. New ones are added; one that is not met gets the new T0 and due time; one that is met
    /// stays as it is, and none is taken away (vn-compliance §9, "Re-classification").
    public func setClocks(_ clocks: [IncidentClock], for incident: IncidentCode, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let row = try IncidentStore.incident(incident, in: db)
            for clock in clocks {
                let before = try Row.fetchOne(
                    db, sql: "SELECT t0, due, met_at FROM clock WHERE incident_id = ? AND code = ?", arguments: [row.id, clock.code])
                if let before {
                    if (before["met_at"] as Int64?) != nil || (before.time("t0") == clock.t0 && before.time("due") == clock.due) {
                        continue
                    }
                    try db.execute(
                        sql: "UPDATE clock SET t0 = ?, due = ?, profile = ? WHERE incident_id = ? AND code = ?",
                        arguments: [clock.t0.microseconds, clock.due?.microseconds, clock.profile, row.id, clock.code])
                } else {
                    try db.execute(
                        sql: "INSERT INTO clock (incident_id, code, profile, t0, due, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                        arguments: [
                            row.id, clock.code, clock.profile, clock.t0.microseconds, clock.due?.microseconds, clock.t0.microseconds,
                            now.microseconds,
                        ])
                }
                try Ledger.append(
                    db, at: now, written: now, kind: before == nil ? "clock.started" : "clock.moved", actor: hand.actor,
                    subject: incident.subject,
                    body: [
                        "code": .string(clock.code), "profile": .string(clock.profile), "t0": .integer(clock.t0.microseconds),
                        "due": JSONValue(clock.due?.microseconds),
                    ])
            }
        }
    }

    /// Records that a deadline was met, and by which document.
    public func meetClock(_ code: String, of incident: IncidentCode, fulfilledBy: String, at time: Timestamp? = nil, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let row = try IncidentStore.incident(incident, in: db)
            guard
                let found = try Row.fetchOne(
                    db, sql: "SELECT id, met_at FROM clock WHERE incident_id = ? AND code = ?", arguments: [row.id, code])
            else { throw NotFoundError(.clock, "\(incident) \(code)") }
            guard (found["met_at"] as Int64?) == nil else { throw HouseRuleError.clockMet(code: code, incident: incident.description) }
            let met = time ?? now
            try db.execute(
                sql: "UPDATE clock SET met_at = ?, fulfilled_by = ? WHERE id = ?",
                arguments: [met.microseconds, fulfilledBy, found["id"] as Int64])
            try touch(row.id, now, in: db)
            try Ledger.append(
                db, at: now, written: now, kind: "clock.met", actor: hand.actor, subject: incident.subject,
                body: ["code": .string(code), "fulfilled_by": .string(fulfilledBy), "met_at": .integer(met.microseconds)])
        }
    }
}
