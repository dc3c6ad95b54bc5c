import Bytes
import GRDB
import Trust

// A run is on record before it has an effect: a step's start is written before the step does anything, its end after.
extension IncidentStore {
    /// Records that a playbook begins to run on an incident; returns the run's id.
    public func startRun(on incident: IncidentCode, playbook: String, name: String, digest: String, by hand: Hand) throws -> Int64 {
        let now = clock()
        return try write { db in
            let row = try checked(incident, hand, in: db)
            try db.execute(
                sql: """
                    INSERT INTO playbook_run (incident_id, playbook, name, digest, actor, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """, arguments: [row.id, playbook, name, digest, hand.actor, now.microseconds, now.microseconds])
            let run = db.lastInsertedRowID
            try touch(row.id, now, in: db)
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.started", actor: hand.actor, subject: incident.subject,
                body: ["run": .integer(run), "playbook": .string(playbook), "name": .string(name), "digest": .string(digest)])
            return run
        }
    }

    /// Records that a step begins; returns the step run's id.
    public func startStep(run: Int64, step: String, name: String, type: String, by hand: Hand) throws -> Int64 {
        let now = clock()
        return try write { db in
            let subject = try running(run, in: db)
            try db.execute(
                sql: "INSERT INTO playbook_step (run_id, step, name, type, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [run, step, name, type, now.microseconds, now.microseconds])
            let id = db.lastInsertedRowID
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.step.started", actor: hand.actor, subject: subject,
                body: ["run": .integer(run), "step": .string(step), "name": .string(name), "type": .string(type)])
            return id
        }
    }

    /// Records how a step ended.
    /// - Parameters:
    ///   - output: what it printed or what the person answered, already shortened.
    ///   - variables: values that the step set.
    public func finishStep(
        run: Int64, stepRun: Int64, outcome: StepOutcome, output: String? = nil, variables: [String: String] = [:], by hand: Hand
    ) throws {
        let now = clock()
        try write { db in
            let subject = try running(run, in: db)
            guard
                let step = try Row.fetchOne(
                    db, sql: "SELECT step, name FROM playbook_step WHERE id = ? AND run_id = ? AND ended_at IS NULL",
                    arguments: [stepRun, run])
            else { throw NotFoundError(.run, "\(run)/\(stepRun)") }
            try db.execute(
                sql: "UPDATE playbook_step SET ended_at = ?, outcome = ?, output = ? WHERE id = ?",
                arguments: [now.microseconds, outcome.rawValue, output, stepRun])
            var body: [String: JSONValue] = [
                "run": .integer(run), "step": .string(step["step"]), "name": .string(step["name"]), "outcome": .string(outcome.rawValue),
            ]
            if let output { body["output"] = .string(output) }
            if !variables.isEmpty { body["variables"] = .object(variables.mapValues(JSONValue.string)) }
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.step.finished", actor: hand.actor, subject: subject, body: .object(body))
        }
    }

    /// Records how the run ended.
    public func finishRun(_ run: Int64, outcome: RunOutcome, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let subject = try running(run, in: db)
            try db.execute(
                sql: "UPDATE playbook_run SET ended_at = ?, outcome = ? WHERE id = ?", arguments: [now.microseconds, outcome.rawValue, run])
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.finished", actor: hand.actor, subject: subject,
                body: ["run": .integer(run), "outcome": .string(outcome.rawValue)])
        }
    }

    /// The ledger subject of the incident that a run is on, when the run has not ended.
    private func running(_ run: Int64, in db: Database) throws -> String {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT i.code, r.ended_at FROM playbook_run r JOIN incident i ON i.id = r.incident_id WHERE r.id = ?",
                arguments: [run])
        else { throw NotFoundError(.run, String(run)) }
        guard (row["ended_at"] as Int64?) == nil else { throw HouseRuleError.runEnded(id: run) }
        return "incident/\(row["code"] as String)"
    }

    /// Counts a change by a person.
    func touch(_ incident: Int64, _ now: Timestamp, in db: Database) throws {
        try db.execute(
            sql: "UPDATE incident SET version = version + 1, acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?",
            arguments: [now.microseconds, incident])
    }
}
