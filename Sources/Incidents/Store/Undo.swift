import Bytes
import GRDB
import Trust

extension IncidentStore {
    /// Takes back the last thing that a person did with an incident, by an entry of its own: nothing is deleted from the ledger.
    ///
    /// States, assignments, classes, notes, tasks, links, merges, splits and met deadlines can be taken back, one after the other from the
    /// last. Evidence, playbook runs and documents that were sent stay: they happened.
    /// - Returns: the incident afterwards, and the kind of the entry that was taken back.
    @discardableResult
    public func undoLast(_ code: IncidentCode, reason: String? = nil, by hand: Hand) throws -> (incident: Incident, kind: String) {
        let now = clock()
        return try write { db in
            try demand(hand.actor, .actor, code)
            let incident = try IncidentStore.incident(code, in: db)
            try expect(hand, incident, in: db)
            guard let last = try IncidentStore.lastAction(on: code, in: db) else {
                throw HouseRuleError.nothingToUndo(code: code.description)
            }
            let kind: String = last["kind"]
            let body = (try? JSONValue(parsing: last["body"] as String)) ?? .null
            var change = IncidentChange(body: [
                "undoes": .integer(last["seq"]), "kind": .string(kind), "by": .string(last["actor"]), "reason": JSONValue(reason),
            ])
            try takeBack(kind, body, seq: last["seq"], of: incident, &change, hand, now, in: db)
            change.body["from"] = .string(incident.state.rawValue)
            if let state = change.set["state"] { change.body["state"] = state }
            try apply(change, to: incident, "incident.undone", hand, now, in: db)
            return (try IncidentStore.incident(code, in: db), kind)
        }
    }

    /// Entries that something automatic writes after an action, or that record what cannot be unseen.
    private static let passedOver = [
        "clock.started", "clock.moved", "clock.warned", "clock.sent", "evidence.", "playbook.", "incident.undone", "report.",
    ]

    /// The last entry of a person that was not taken back yet.
    private static func lastAction(on code: IncidentCode, in db: Database) throws -> Row? {
        let rows = try Row.fetchCursor(db, sql: "SELECT * FROM event WHERE subject = ? ORDER BY seq DESC", arguments: [code.subject])
        var undone: Set<Int64> = []
        while let row = try rows.next() {
            let kind: String = row["kind"]
            if kind == "incident.undone", case .integer(let seq)? = (try? JSONValue(parsing: row["body"] as String))?["undoes"] {
                undone.insert(seq)
                continue
            }
            if undone.contains(row["seq"]) || passedOver.contains(where: kind.hasPrefix) { continue }
            if kind == "incident.opened" || (row["actor"] as String).hasPrefix("sensor:") { return nil }
            return row.copy()
        }
        return nil
    }

    private func takeBack(
        _ kind: String, _ body: JSONValue, seq: Int64, of incident: Incident, _ change: inout IncidentChange, _ hand: Hand,
        _ now: Timestamp,
        in db: Database
    ) throws {
        if case .object(let was)? = body["was"] { change.set = was }
        switch kind {
        case "incident.duplicate":
            // Marked by hand nothing moved; merged, the other incident must give back.
            guard body["merged"] == .bool(true) else { break }
            guard let other = body["of"]?.text.flatMap(IncidentCode.init) else { return }
            try unmerge(incident, from: IncidentStore.incident(other, in: db), seq: seq, body, hand, now, in: db)
        case "incident.merged":
            guard let other = body["with"]?.text.flatMap(IncidentCode.init), case .integer(let entry)? = body["entry"] else { return }
            let gone = try IncidentStore.incident(other, in: db)
            let row = try String.fetchOne(db, sql: "SELECT body FROM event WHERE seq = ?", arguments: [entry])
            let moved = (try? row.map { try JSONValue(parsing: $0) }) ?? .null
            try giveBack(to: gone, from: incident, seq: entry, moved, now, in: db)
            if case .object(let was)? = moved["was"] {
                try apply(
                    IncidentChange(
                        body: [
                            "undoes": .integer(entry), "kind": "incident.duplicate", "state": was["state"] ?? .null,
                            "from": .string(gone.state.rawValue),
                        ], set: was), to: gone, "incident.undone", hand, now, in: db)
            }
        case "incident.split":
            guard let into = body["into"]?.text.flatMap(IncidentCode.init) else { return }
            let other = try IncidentStore.incident(into, in: db)
            guard other.version == 1, other.supersededBy == nil else {
                throw HouseRuleError.cannotUndo(code: incident.code.description, kind: kind, because: other.code.description)
            }
            try IncidentStore.merge(other, into: incident, actor: hand.actor, now, isPerson: true, in: db)
        case "incident.linked":
            guard let other = body["with"]?.text.flatMap(IncidentCode.init) else { return }
            let second = try IncidentStore.incident(other, in: db)
            try db.execute(
                sql: "DELETE FROM incident_link WHERE first_id = ? AND second_id = ?",
                arguments: [min(incident.id, second.id), max(incident.id, second.id)])
            change.body["with"] = .string(other.description)
            try Ledger.append(
                db, at: now, written: now, kind: "incident.unlinked", actor: hand.actor, subject: other.subject,
                body: ["with": .string(incident.code.description)])
        case "task.added", "task.done", "task.dropped":
            guard case .integer(let number)? = body["task"] else { return }
            change.body["task"] = .integer(number)
            try db.execute(
                sql: kind == "task.added"
                    ? "UPDATE task SET state = 'dropped', ended_at = :now, ended_by = :actor WHERE incident_id = :id AND number = :number"
                    : "UPDATE task SET state = 'open', ended_at = NULL, ended_by = NULL, note = NULL WHERE incident_id = :id AND number = :number",
                arguments: kind == "task.added"
                    ? ["now": now.microseconds, "actor": hand.actor, "id": incident.id, "number": number]
                    : ["id": incident.id, "number": number])
        case "clock.met":
            guard let clock = body["code"]?.text else { return }
            change.body["code"] = .string(clock)
            try db.execute(
                sql: "UPDATE clock SET met_at = NULL, fulfilled_by = NULL WHERE incident_id = ? AND code = ?",
                arguments: [incident.id, clock])
        default: break
        }
    }

    private func unmerge(
        _ gone: Incident, from target: Incident, seq: Int64, _ body: JSONValue, _ hand: Hand, _ now: Timestamp, in db: Database
    ) throws {
        if let next = target.supersededBy {
            throw HouseRuleError.cannotUndo(code: gone.code.description, kind: "incident.merged", because: next.description)
        }
        try giveBack(to: gone, from: target, seq: seq, body, now, in: db)
        let merged = try Row.fetchOne(
            db,
            sql: "SELECT seq, body FROM event WHERE subject = ? AND kind = 'incident.merged' AND json_extract(body, '$.entry') = ?",
            arguments: [target.code.subject, seq])
        var set: [String: JSONValue] = [:]
        if let merged, case .object(let was)? = (try? JSONValue(parsing: merged["body"] as String))?["was"] { set = was }
        try apply(
            IncidentChange(
                body: [
                    "undoes": JSONValue(merged?["seq"] as Int64?), "kind": "incident.merged", "with": .string(gone.code.description),
                ], set: set), to: target, "incident.undone", hand, now, in: db)
    }

    /// Alerts and evidence that a merge took go back.
    private func giveBack(to gone: Incident, from target: Incident, seq: Int64, _ body: JSONValue, _ now: Timestamp, in db: Database) throws
    {
        try IncidentStore.move(seq, from: target.id, to: gone.id, now, in: db)
        for entry in body["evidence"]?.elements ?? [] {
            guard case .integer(let id) = entry else { continue }
            try db.execute(
                sql: "UPDATE evidence SET incident_id = ? WHERE id = ? AND incident_id = ?", arguments: [gone.id, id, target.id])
        }
    }
}
