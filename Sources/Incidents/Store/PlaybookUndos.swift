import Bytes
import GRDB
import Trust

// Undoing steps: what a step left behind for that is on record since before the step had an effect.
extension IncidentStore {
    private static let undoSelect = """
        SELECT u.*, i.code AS incident_code FROM playbook_undo u JOIN playbook_run r ON r.id = u.run_id JOIN incident i ON i.id = r.incident_id
        """

    /// What can be undone, the latest step first.
    public func undos(run: Int64) throws -> [PlaybookUndo] {
        try read { db in
            try Row.fetchAll(db, sql: "\(Self.undoSelect) WHERE u.run_id = ? ORDER BY u.id DESC", arguments: [run])
                .compactMap(PlaybookUndo.init(row:))
        }
    }

    /// What should be undone by now, of all runs.
    public func expiredUndos(at time: Timestamp) throws -> [PlaybookUndo] {
        try read { db in
            try Row.fetchAll(
                db, sql: "\(Self.undoSelect) WHERE u.state IN ('open', 'begun') AND u.expires_at <= ? ORDER BY u.expires_at",
                arguments: [time.microseconds]
            ).compactMap(PlaybookUndo.init(row:))
        }
    }

    /// Records that undoing begins. Of two who begin at once, one is told that it has begun.
    /// - Parameter again: it had begun before, and is begun again on purpose.
    public func beginUndo(_ undo: PlaybookUndo, again: Bool = false, reason: String, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let state = try String.fetchOne(db, sql: "SELECT state FROM playbook_undo WHERE id = ?", arguments: [undo.id])
            guard state == "open" || again && (state == "begun" || state == "failed") else {
                throw PlaybookLeaseError.ended(run: undo.run, outcome: "undo \(undo.id): \(state ?? "-")")
            }
            try db.execute(sql: "UPDATE playbook_undo SET state = 'begun' WHERE id = ?", arguments: [undo.id])
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.undo.started", actor: hand.actor, subject: undo.incident.subject,
                body: [
                    "run": .integer(undo.run), "undo": .integer(undo.id), "step": .string(undo.step), "name": .string(undo.name),
                    "reason": .string(reason),
                ])
        }
    }

    /// Records how undoing ended.
    public func endUndo(_ undo: PlaybookUndo, succeeded: Bool, output: String?, by hand: Hand) throws {
        let now = clock()
        try write { db in
            try db.execute(
                sql: "UPDATE playbook_undo SET state = ?, output = ?, ended_at = ? WHERE id = ?",
                arguments: [succeeded ? "done" : "failed", output, now.microseconds, undo.id])
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.undo.finished", actor: hand.actor, subject: undo.incident.subject,
                body: [
                    "run": .integer(undo.run), "undo": .integer(undo.id), "step": .string(undo.step), "name": .string(undo.name),
                    "outcome": .string(succeeded ? "succeeded" : "failed"), "output": JSONValue(output),
                ])
        }
    }
}

extension PlaybookUndo {
    init?(row: Row) {
        guard let incident = IncidentCode(row["incident_code"] as String), let state = State(rawValue: row["state"]) else { return nil }
        self.init(
            id: row["id"], run: row["run_id"], incident: incident, step: row["step"], name: row["name"], digest: row["digest"],
            body: row["body"], until: row.time("until_at"), expires: row.time("expires_at"), state: state, output: row["output"],
            startedAt: Timestamp(microseconds: row["seen_at"]), endedAt: row.time("ended_at"))
    }
}
