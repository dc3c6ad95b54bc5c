import Bytes
import Foundation
import GRDB
import Trust

// Runs that can be taken up again. Every transition is in the ledger, in the same transaction as its row, before it has an effect; every
// transition shows the lease, so that a program that was thought dead and is not cannot go on beside the one that took over.
extension IncidentStore {
    /// Seconds that a lease lasts without being renewed.
    public static let leaseSeconds: Int64 = 30

    /// Records that a playbook begins to run on an incident.
    /// - Parameters:
    ///   - text: its canonical JSON, so that the same one is taken up again.
    ///   - input: values and settings, as JSON without secrets.
    public func beginRun(
        on incident: IncidentCode, playbook: String, name: String, digest: String, text: String, input: JSONValue, process: String,
        by hand: Hand
    ) throws -> PlaybookLease {
        let now = clock()
        return try write { db in
            let row = try checked(incident, hand, in: db)
            try keep(text, digest: digest, playbook: playbook, now, in: db)
            try db.execute(
                sql: """
                    INSERT INTO playbook_run (incident_id, playbook, name, digest, actor, seen_at, written_at, input)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    row.id, playbook, name, digest, hand.actor, now.microseconds, now.microseconds, try input.canonicalText(),
                ])
            let run = db.lastInsertedRowID
            try touch(row.id, now, in: db)
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.started", actor: hand.actor, subject: incident.subject,
                body: [
                    "run": .integer(run), "playbook": .string(playbook), "name": .string(name), "digest": .string(digest), "input": input,
                ])
            return try lease(run, process, hand, now, in: db)
        }
    }

    /// Takes up a run that nobody goes on with.
    /// - Parameter isAlive: whether a process on this host still runs.
    public func takeUpRun(_ run: Int64, process: String, isAlive: (String) -> Bool, by hand: Hand) throws -> PlaybookLease {
        let now = clock()
        return try write { db in
            let (code, row) = try runRow(run, in: db)
            if let outcome = row["outcome"] as String?, outcome != RunOutcome.aborted.rawValue {
                throw PlaybookLeaseError.ended(run: run, outcome: outcome)
            }
            guard row["input"] as String? != nil else { throw PlaybookLeaseError.notKept(run: run) }
            if let holder = try holder(run, in: db), holder.until > now, holder.host != Self.host || isAlive(holder.process) {
                throw PlaybookLeaseError.held(run: run, by: holder.actor, host: holder.host)
            }
            try db.execute(
                sql: "UPDATE playbook_run SET ended_at = NULL, outcome = NULL, stop_by = NULL WHERE id = ?", arguments: [run])
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.resumed", actor: hand.actor, subject: "incident/\(code)",
                body: ["run": .integer(run)])
            return try lease(run, process, hand, now, in: db)
        }
    }

    /// Keeps the lease. Returns who asked for the run to be stopped, where somebody did.
    public func renew(_ lease: PlaybookLease) throws -> String? {
        let now = clock()
        return try write { db in
            try db.execute(
                sql: "UPDATE playbook_lease SET until_at = ? WHERE run_id = ? AND token = ?",
                arguments: [now.microseconds + Self.leaseSeconds * 1_000_000, lease.run, lease.token])
            guard db.changesCount == 1 else { throw PlaybookLeaseError.lost(run: lease.run) }
            return try String.fetchOne(db, sql: "SELECT stop_by FROM playbook_run WHERE id = ?", arguments: [lease.run])
        }
    }

    /// Who goes on with a run at the moment; nil for nobody.
    public func leaseHolder(_ run: Int64) throws -> LeaseHolder? { try read { db in try holder(run, in: db) } }

    /// Asks the program that runs it to stop; where none does, the run ends as aborted at once.
    /// - Returns: whether a program has yet to stop.
    public func askToStop(_ run: Int64, isAlive: (String) -> Bool, by hand: Hand) throws -> Bool {
        let now = clock()
        return try write { db in
            let (code, row) = try runRow(run, in: db)
            if let outcome = row["outcome"] as String? { throw PlaybookLeaseError.ended(run: run, outcome: outcome) }
            func note() throws {
                try Ledger.append(
                    db, at: now, written: now, kind: "playbook.stop", actor: hand.actor, subject: "incident/\(code)",
                    body: ["run": .integer(run)])
            }
            if let holder = try holder(run, in: db), holder.until > now, holder.host != Self.host || isAlive(holder.process) {
                try db.execute(sql: "UPDATE playbook_run SET stop_by = ? WHERE id = ?", arguments: [hand.actor, run])
                try note()
                return true
            }
            try note()
            try end(run, code, .aborted, hand, now, in: db)
            return false
        }
    }

    /// Records how a run ended, and gives the lease back.
    public func endRun(_ lease: PlaybookLease, outcome: RunOutcome, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let code = try held(lease, in: db)
            try end(lease.run, code, outcome, hand, now, in: db)
        }
    }

    // MARK: Passages

    /// What is on record about a passage.
    public func passage(_ lease: PlaybookLease, path: String, attempt: Int) throws -> PlaybookPassage? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM playbook_step WHERE run_id = ? AND path = ? AND attempt = ?", arguments: [lease.run, path, attempt]
            ).map(PlaybookPassage.init(row:))
        }
    }

    /// Every passage of a run, in the order of the workflow.
    public func passages(run: Int64) throws -> [PlaybookPassage] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM playbook_step WHERE run_id = ? ORDER BY path, attempt, id", arguments: [run])
                .map(PlaybookPassage.init(row:))
        }
    }

    /// Records that a step, a command of it, or a question begins.
    public func beginPassage(
        _ lease: PlaybookLease, path: String, attempt: Int, step: String, name: String, type: String, target: String?, undo: UndoPlan?,
        by hand: Hand
    ) throws -> Int64 {
        let now = clock()
        return try write { db in
            let code = try held(lease, in: db)
            try db.execute(
                sql: """
                    INSERT INTO playbook_step (run_id, step, name, type, seen_at, written_at, path, attempt, target)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """, arguments: [lease.run, step, name, type, now.microseconds, now.microseconds, path, attempt, target])
            let id = db.lastInsertedRowID
            var body: [String: JSONValue] = [
                "run": .integer(lease.run), "step": .string(step), "name": .string(name), "type": .string(type), "path": .string(path),
            ]
            if attempt > 1 { body["attempt"] = .integer(Int64(attempt)) }
            if let target { body["target"] = .string(target) }
            if let undo {
                let until = undo.within.map { now.microseconds + Int64($0) * 1000 }
                let expires = undo.expires.map { now.microseconds + Int64($0) * 1000 }
                try db.execute(
                    sql: """
                        INSERT INTO playbook_undo (run_id, step_id, step, name, digest, body, until_at, expires_at, state, seen_at, written_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)
                        """,
                    arguments: [
                        lease.run, id, step, name, undo.digest, undo.body, until, expires, now.microseconds, now.microseconds,
                    ])
                body["undo"] = .integer(db.lastInsertedRowID)
                if let expires { body["expires_at"] = .integer(expires) }
            }
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.step.started", actor: hand.actor, subject: "incident/\(code)",
                body: .object(body))
            return id
        }
    }

    /// Records that something that had begun before an interruption is done again.
    public func repeatPassage(_ lease: PlaybookLease, id: Int64, path: String, step: String, name: String, reason: String, by hand: Hand)
        throws
    {
        let now = clock()
        try write { db in
            let code = try held(lease, in: db)
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.step.repeated", actor: hand.actor, subject: "incident/\(code)",
                body: [
                    "run": .integer(lease.run), "step": .string(step), "name": .string(name), "path": .string(path),
                    "reason": .string(reason),
                ])
        }
    }

    /// Records how a passage ended.
    public func endPassage(
        _ lease: PlaybookLease, id: Int64, outcome: StepOutcome, output: String?, variables: [String: String], by hand: Hand
    ) throws {
        let now = clock()
        try write { db in
            let code = try held(lease, in: db)
            let values = JSONValue.object(variables.mapValues(JSONValue.string))
            guard
                let step = try Row.fetchOne(
                    db, sql: "SELECT step, name, path, type FROM playbook_step WHERE id = ? AND run_id = ? AND ended_at IS NULL",
                    arguments: [id, lease.run])
            else { throw NotFoundError(.run, "\(lease.run)/\(id)") }
            try db.execute(
                sql: "UPDATE playbook_step SET ended_at = ?, outcome = ?, output = ?, variables = ? WHERE id = ?",
                arguments: [now.microseconds, outcome.rawValue, output, try values.canonicalText(), id])
            var body: [String: JSONValue] = [
                "run": .integer(lease.run), "step": .string(step["step"]), "name": .string(step["name"]), "path": .string(step["path"]),
                "outcome": .string(outcome.rawValue),
            ]
            if let output { body["output"] = .string(output) }
            if !variables.isEmpty { body["variables"] = values }
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.step.finished", actor: hand.actor, subject: "incident/\(code)",
                body: .object(body))
        }
    }

    /// Records that a person agreed to a step.
    public func recordConfirmation(_ lease: PlaybookLease, path: String, step: String, name: String, answer: String, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let code = try held(lease, in: db)
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.step.confirmed", actor: hand.actor, subject: "incident/\(code)",
                body: [
                    "run": .integer(lease.run), "step": .string(step), "name": .string(name), "path": .string(path), "by": .string(answer),
                ])
        }
    }

    // MARK: Other playbooks

    /// Keeps the text of a playbook that a step runs.
    public func keepPart(_ lease: PlaybookLease, path: String, playbook: String, digest: String, text: String, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let code = try held(lease, in: db)
            try keep(text, digest: digest, playbook: playbook, now, in: db)
            try db.execute(
                sql: "INSERT INTO playbook_part (run_id, path, digest, seen_at, written_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                arguments: [lease.run, path, digest, now.microseconds, now.microseconds])
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.part", actor: hand.actor, subject: "incident/\(code)",
                body: ["run": .integer(lease.run), "path": .string(path), "playbook": .string(playbook), "digest": .string(digest)])
        }
    }

    public func part(of run: Int64, path: String) throws -> JSONValue? {
        try read { db in
            guard
                let text = try String.fetchOne(
                    db,
                    sql: "SELECT t.text FROM playbook_part p JOIN playbook_text t ON t.digest = p.digest WHERE p.run_id = ? AND p.path = ?",
                    arguments: [run, path])
            else { return nil }
            return try JSONValue(parsing: text)
        }
    }

    /// A playbook that was run, by its digest; the text is compared with it.
    public func playbookText(digest: String) throws -> JSONValue? {
        try read { db in
            guard let text = try String.fetchOne(db, sql: "SELECT text FROM playbook_text WHERE digest = ?", arguments: [digest]) else {
                return nil
            }
            let value = try JSONValue(parsing: text)
            guard try value.canonicalDigest().hex == digest else { return nil }
            return value
        }
    }

    /// What a run was started with.
    public func runInput(_ run: Int64) throws -> JSONValue {
        try read { db in
            let (_, row) = try runRow(run, in: db)
            guard let text = row["input"] as String? else { throw PlaybookLeaseError.notKept(run: run) }
            return try JSONValue(parsing: text)
        }
    }

    // MARK: Agreement of a second person

    /// Records that somebody else than who runs it agrees to a step that waits for that.
    public func approve(run: Int64, path: String, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let (code, row) = try runRow(run, in: db)
            if let outcome = row["outcome"] as String?, outcome != RunOutcome.aborted.rawValue {
                throw PlaybookLeaseError.ended(run: run, outcome: outcome)
            }
            guard !hand.actor.allSatisfy(\.isWhitespace) else {
                throw HouseRuleError.missing(code: code, .actor)
            }
            let holder = try holder(run, in: db)
            guard hand.actor != row["actor"] as String, hand.actor != holder?.actor else { throw PlaybookLeaseError.samePerson(hand.actor) }
            try db.execute(
                sql:
                    "INSERT INTO playbook_approval (run_id, path, actor, seen_at, written_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                arguments: [run, path, hand.actor, now.microseconds, now.microseconds])
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.approved", actor: hand.actor, subject: "incident/\(code)",
                body: ["run": .integer(run), "path": .string(path)])
        }
    }

    /// Who agreed to a step; nil for nobody yet. An agreement without a path is for the next step that waits.
    public func approval(run: Int64, path: String, notBy actor: String) throws -> String? {
        try read { db in
            try String.fetchOne(
                db, sql: "SELECT actor FROM playbook_approval WHERE run_id = ? AND path = ? AND actor <> ? ORDER BY seen_at LIMIT 1",
                arguments: [run, path, actor])
        }
    }

    /// Notes on record that a step waits for a second person, so that others can see which.
    public func askForApproval(_ lease: PlaybookLease, path: String, step: String, name: String, commands: [String], by hand: Hand) throws {
        let now = clock()
        try write { db in
            let code = try held(lease, in: db)
            try Ledger.append(
                db, at: now, written: now, kind: "playbook.step.waiting", actor: hand.actor, subject: "incident/\(code)",
                body: [
                    "run": .integer(lease.run), "path": .string(path), "step": .string(step), "name": .string(name),
                    "commands": .array(commands.map { .string($0) }),
                ])
        }
    }

    /// The last step of a run that asked for a second person.
    public func waitingForApproval(run: Int64) throws -> (path: String, name: String, commands: [String])? {
        try read { db in
            let (code, _) = try runRow(run, in: db)
            for row in try Row.fetchAll(
                db, sql: "SELECT body FROM event WHERE subject = ? AND kind = 'playbook.step.waiting' ORDER BY seq DESC LIMIT 50",
                arguments: ["incident/\(code)"])
            {
                guard let body = try? JSONValue(parsing: row["body"] as String), body["run"]?.integer == run else { continue }
                return (
                    body["path"]?.text ?? "", body["name"]?.text ?? "", (body["commands"]?.elements ?? []).compactMap(\.text)
                )
            }
            return nil
        }
    }

    // MARK: What all of them share

    /// This machine, as leases name it.
    public static let host: String = ProcessInfo.processInfo.hostName

    private func keep(_ text: String, digest: String, playbook: String, _ now: Timestamp, in db: Database) throws {
        try db.execute(
            sql: "INSERT INTO playbook_text (digest, playbook, text, seen_at, written_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            arguments: [digest, playbook, text, now.microseconds, now.microseconds])
    }

    private func lease(_ run: Int64, _ process: String, _ hand: Hand, _ now: Timestamp, in db: Database) throws -> PlaybookLease {
        let token = UUID().uuidString
        try db.execute(
            sql: """
                INSERT INTO playbook_lease (run_id, token, actor, host, process, until_at, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (run_id) DO UPDATE SET token = excluded.token, actor = excluded.actor, host = excluded.host,
                  process = excluded.process, until_at = excluded.until_at, seen_at = excluded.seen_at, written_at = excluded.written_at
                """,
            arguments: [
                run, token, hand.actor, Self.host, process, now.microseconds + Self.leaseSeconds * 1_000_000, now.microseconds,
                now.microseconds,
            ])
        return PlaybookLease(run: run, token: token)
    }

    private func holder(_ run: Int64, in db: Database) throws -> LeaseHolder? {
        try Row.fetchOne(db, sql: "SELECT * FROM playbook_lease WHERE run_id = ?", arguments: [run]).map {
            LeaseHolder(actor: $0["actor"], host: $0["host"], process: $0["process"], until: Timestamp(microseconds: $0["until_at"]))
        }
    }

    /// The incident's code, when the lease is still ours and the run goes on.
    private func held(_ lease: PlaybookLease, in db: Database) throws -> String {
        let token = try String.fetchOne(db, sql: "SELECT token FROM playbook_lease WHERE run_id = ?", arguments: [lease.run])
        guard token == lease.token else { throw PlaybookLeaseError.lost(run: lease.run) }
        let (code, row) = try runRow(lease.run, in: db)
        guard (row["ended_at"] as Int64?) == nil else { throw HouseRuleError.runEnded(id: lease.run) }
        return code
    }

    private func runRow(_ run: Int64, in db: Database) throws -> (code: String, row: Row) {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT r.*, i.code AS incident_code FROM playbook_run r JOIN incident i ON i.id = r.incident_id WHERE r.id = ?",
                arguments: [run])
        else { throw NotFoundError(.run, String(run)) }
        return (row["incident_code"], row)
    }

    private func end(_ run: Int64, _ code: String, _ outcome: RunOutcome, _ hand: Hand, _ now: Timestamp, in db: Database) throws {
        try db.execute(
            sql: "UPDATE playbook_run SET ended_at = ?, outcome = ? WHERE id = ?", arguments: [now.microseconds, outcome.rawValue, run])
        try db.execute(sql: "DELETE FROM playbook_lease WHERE run_id = ?", arguments: [run])
        try Ledger.append(
            db, at: now, written: now, kind: "playbook.finished", actor: hand.actor, subject: "incident/\(code)",
            body: ["run": .integer(run), "outcome": .string(outcome.rawValue)])
    }
}

extension PlaybookPassage {
    init(row: Row) {
        var variables: [String: String] = [:]
        if let text = row["variables"] as String?, case .object(let members)? = try? JSONValue(parsing: text) {
            variables = members.compactMapValues(\.text)
        }
        self.init(
            id: row["id"], path: row["path"], attempt: row["attempt"], step: row["step"], name: row["name"], type: row["type"],
            target: row["target"], startedAt: Timestamp(microseconds: row["seen_at"]), endedAt: row.time("ended_at"),
            outcome: (row["outcome"] as String?).flatMap(StepOutcome.init(rawValue:)), output: row["output"], variables: variables)
    }
}
