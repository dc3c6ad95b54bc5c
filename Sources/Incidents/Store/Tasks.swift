import Bytes
import GRDB
import Trust

// What has to be done for an incident. An incident with open tasks is not closed.
extension IncidentStore {
    /// Adds something that has to be done; returns it with its number.
    @discardableResult
    public func addTask(
        _ text: String, to code: IncidentCode, assignee: String? = nil, due: Timestamp? = nil, by hand: Hand
    ) throws -> IncidentTask {
        try demand(text, .text, code)
        let now = clock()
        return try write { db in
            let incident = try checked(code, hand, in: db)
            guard incident.state.isOpen else {
                throw HouseRuleError.transition(code: code.description, from: incident.state, to: .confirmed)
            }
            let number =
                try Int.fetchOne(
                    db, sql: "SELECT coalesce(max(number), 0) + 1 FROM task WHERE incident_id = ?", arguments: [incident.id]) ?? 1
            try db.execute(
                sql: "INSERT INTO task (incident_id, number, text, assignee, due, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [incident.id, number, text, assignee, due?.microseconds, now.microseconds, now.microseconds])
            try apply(
                IncidentChange(body: [
                    "task": JSONValue(number), "text": .string(text), "assignee": JSONValue(assignee), "due": JSONValue(due?.microseconds),
                ]), to: incident, "task.added", hand, now, in: db)
            return try IncidentStore.task(number, of: incident, in: db)
        }
    }

    /// Says that a task is done, or no longer needed.
    @discardableResult
    public func endTask(
        _ number: Int, of code: IncidentCode, as state: IncidentTask.State = .done, note: String? = nil, by hand: Hand
    ) throws -> IncidentTask {
        let now = clock()
        return try write { db in
            let incident = try checked(code, hand, in: db)
            let task = try IncidentStore.task(number, of: incident, in: db)
            guard task.state == .open else { throw HouseRuleError.taskEnded(code: code.description, number: number) }
            try db.execute(
                sql: "UPDATE task SET state = ?, ended_at = ?, ended_by = ?, note = ? WHERE incident_id = ? AND number = ?",
                arguments: [state.rawValue, now.microseconds, hand.actor, note, incident.id, number])
            try apply(
                IncidentChange(body: ["task": JSONValue(number), "text": .string(task.text), "note": JSONValue(note)]), to: incident,
                "task.\(state.rawValue)", hand, now, in: db)
            return try IncidentStore.task(number, of: incident, in: db)
        }
    }

    /// Tasks of one incident, or of all that are open; by incident and number.
    public func tasks(
        of code: IncidentCode? = nil, state: IncidentTask.State? = nil, assignee: String? = nil
    ) throws -> [(incident: IncidentCode, task: IncidentTask)] {
        var condition = Condition()
        condition.add("i.code = ?", code?.description)
        condition.add("t.state = ?", state?.rawValue)
        condition.add("t.assignee = ?", assignee)
        return try read { db in
            if let code { _ = try IncidentStore.incident(code, in: db) }
            return try Row.fetchAll(
                db,
                sql: """
                    SELECT t.*, i.year AS incident_year, i.number AS incident_number FROM task t JOIN incident i ON i.id = t.incident_id
                    \(condition.sql) ORDER BY i.year, i.number, t.number
                    """, arguments: condition.arguments
            ).map { (IncidentCode(year: $0["incident_year"], number: $0["incident_number"]), IncidentTask(row: $0)) }
        }
    }

    static func tasks(ofIncident id: Int64, in db: Database) throws -> [IncidentTask] {
        try Row.fetchAll(db, sql: "SELECT * FROM task WHERE incident_id = ? ORDER BY number", arguments: [id]).map(IncidentTask.init(row:))
    }

    private static func task(_ number: Int, of incident: Incident, in db: Database) throws -> IncidentTask {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM task WHERE incident_id = ? AND number = ?", arguments: [incident.id, number])
        else { throw NotFoundError(.task, "\(incident.code) \(number)") }
        return IncidentTask(row: row)
    }
}
