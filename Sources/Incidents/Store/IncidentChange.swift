import Bytes
import GRDB
import Trust

/// What an entry of the ledger says about an incident, and what becomes of the incident's row by it.
///
/// The ledger holds the row as it becomes (``LedgerRows``); the entry also says what it was (`was`), so that a counter-entry can take the
/// last change back. Other rows are named by what people call them there: `agency` and `superseded_by` are codes.
struct IncidentChange {
    /// What people read of it.
    var body: [String: JSONValue] = [:]
    /// Columns of `incident`; `agency` and `superseded_by` by code.
    var set: [String: JSONValue] = [:]
    /// Taken back by an undo; false for what left the house or cannot be unseen.
    var isUndoable = true
}

extension IncidentStore {
    /// Changes the row, counts up its version, and appends the entry. Must run inside a writing transaction.
    /// - Parameter isPerson: false where the sensor does it: nobody has looked yet, and no version is counted.
    /// - Returns: the entry's number.
    @discardableResult
    func apply(
        _ change: IncidentChange, to incident: Incident, _ kind: String, _ hand: Hand, _ now: Timestamp, isPerson: Bool = true,
        in db: Database
    ) throws -> Int64 {
        try IncidentStore.apply(change, to: incident, kind, actor: hand.actor, now, isPerson: isPerson, in: db)
    }

    @discardableResult
    static func apply(
        _ change: IncidentChange, to incident: Incident, _ kind: String, actor: String, _ now: Timestamp, isPerson: Bool, in db: Database
    ) throws -> Int64 {
        var body = change.body.filter { $0.value != .null }
        if !change.set.isEmpty { body["was"] = .object(try values(of: Array(change.set.keys), incident.id, in: db)) }
        var set = change.set
        if isPerson {
            set["version"] = .integer(incident.version + 1)
            if incident.acknowledgedAt == nil { set["acknowledged_at"] = .integer(now.microseconds) }
        }
        try assign(set, to: incident.id, in: db)
        try Ledger.append(db, at: now, written: now, kind: kind, actor: actor, subject: incident.code.subject, body: .object(body))
        return db.lastInsertedRowID
    }

    /// Writes values as an entry's `was` has them into an incident's row.
    static func assign(_ set: [String: JSONValue], to id: Int64, in db: Database) throws {
        guard !set.isEmpty else { return }
        var parts: [String] = []
        var arguments = StatementArguments()
        for (name, value) in set.sorted(by: { $0.key < $1.key }) {
            guard columns.contains(name) || foreign[name] != nil else { continue }
            if let table = foreign[name] {
                parts.append("\(table.column) = (SELECT id FROM \(table.table) WHERE code = ?)")
            } else {
                parts.append("\(name) = ?")
            }
            arguments += [databaseValue(value)]
        }
        guard !parts.isEmpty else { return }
        arguments += [id]
        try db.cachedStatement(sql: "UPDATE incident SET \(parts.joined(separator: ", ")) WHERE id = ?").execute(arguments: arguments)
    }

    /// What the row has in these columns now, as an entry says it.
    static func values(of names: [String], _ id: Int64, in db: Database) throws -> [String: JSONValue] {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT i.*, g.code AS agency, s.code AS superseded_code FROM incident i LEFT JOIN agency g ON g.id = i.agency_id
                      LEFT JOIN incident s ON s.id = i.superseded_by WHERE i.id = ?
                    """), arguments: [id])
        var values: [String: JSONValue] = [:]
        for name in names {
            guard let row, columns.contains(name) || foreign[name] != nil else { continue }
            let value = (row[name == "superseded_by" ? "superseded_code" : name] as DatabaseValue?) ?? .null
            switch value.storage {
            case .int64(let number): values[name] = .integer(number)
            case .string(let text): values[name] = .string(text)
            default: values[name] = .null
            }
        }
        return values
    }

    /// Columns that name a row of another table.
    private static let foreign: [String: (column: String, table: String)] = [
        "agency": ("agency_id", "agency"), "superseded_by": ("superseded_by", "incident"),
    ]

    /// Columns that a change may set. How many alerts there are and when they came is the alerts' to say, not the ledger's.
    private static let columns: Set<String> = [
        "state", "category", "secondary_category", "severity", "title", "title_en", "acknowledged_at", "confirmed_at", "contained_at",
        "eradicated_at", "recovered_at", "closed_at", "assignee", "handling_mode", "helper", "reported_by", "summary", "flags",
        "flag_times",
        "version", "held", "stages",
    ]

    private static func databaseValue(_ value: JSONValue) -> DatabaseValue {
        switch value {
        case .integer(let number): number.databaseValue
        case .string(let text): text.databaseValue
        case .bool(let flag): flag.databaseValue
        default: .null
        }
    }
}
