import GRDB
import Trust

/// Changed rows as an entry holds them, under `rows` of its body:
///
///     {"incident": {"put": [{"id": 5, "state": "confirmed", "version": 2}], "gone": [7]}}
///
/// `put` has the primary key and the columns that changed, as they are when the entry is written; all columns of a new row. Alerts of
/// incidents are many, so theirs are ranges: `{"incident_alert": {"put": [{"alerts": "1-40,42", "incident_id": 5, …}], "gone": "1-40"}}`.
enum LedgerRows {
    static let member = "rows"

    struct Change {
        var item: DatabaseValue
        var columns: Int64
    }

    /// Takes out what this transaction has noted so far.
    /// - Parameter leavingSealed: rows of ``LedgerSchema/sealed`` stay noted.
    static func take(_ db: Database, leavingSealed: Bool) throws -> JSONValue? {
        var changes = try read("SELECT part, item, columns FROM temp.ledger_change ORDER BY part, item", db)
        if !changes.isEmpty { try db.cachedStatement(sql: "DELETE FROM temp.ledger_change").execute() }
        if !leavingSealed {
            let sealed = try read("SELECT part, item, columns FROM temp.ledger_sealed_change ORDER BY part, item", db)
            if !sealed.isEmpty { try db.cachedStatement(sql: "DELETE FROM temp.ledger_sealed_change").execute() }
            changes += sealed
        }
        guard !changes.isEmpty else { return nil }
        return try value(changes, db)
    }

    /// Changes of a query of part, item and columns, by table.
    static func read(_ sql: String, _ db: Database) throws -> [(part: String, changes: [Change])] {
        var parts: [(part: String, changes: [Change])] = []
        let cursor = try Row.fetchCursor(db.cachedStatement(sql: sql))
        while let row = try cursor.next() {
            let part: String = row[0]
            if parts.last?.part != part { parts.append((part, [])) }
            parts[parts.count - 1].changes.append(Change(item: row[1], columns: row[2]))
        }
        return parts
    }

    static func value(_ parts: [(part: String, changes: [Change])], _ db: Database) throws -> JSONValue {
        var members: [String: JSONValue] = [:]
        for (part, changes) in parts {
            let table = try LedgerTable.of(part, db)
            let value = part == "incident_alert" ? try ranges(table, changes, db) : try rows(table, changes, db)
            if value != .object([:]) { members[part] = value }
        }
        return .object(members)
    }

    private static func rows(_ table: LedgerTable, _ changes: [Change], _ db: Database) throws -> JSONValue {
        var put: [JSONValue] = []
        var gone: [JSONValue] = []
        let statement = try db.cachedStatement(sql: "SELECT * FROM main.\"\(table.name)\" WHERE \(table.keyCondition)")
        // A row that was written without being changed has no column to tell of.
        for change in changes where change.columns != 0 {
            let key = table.keyValues(change.item)
            guard let row = try Row.fetchOne(statement, arguments: StatementArguments(key)) else {
                gone.append(key.count == 1 ? LedgerTable.jsonValue(key[0]) : .array(key.map(LedgerTable.jsonValue)))
                continue
            }
            var members: [String: JSONValue] = [:]
            // By place: looking names up costs more than all else here.
            for (index, column) in table.columns.enumerated() where table.key.contains(index) || change.columns >> Int64(index) & 1 == 1 {
                members[column.name] = LedgerTable.jsonValue(row[index])
            }
            put.append(.object(members))
        }
        return result(put, gone.isEmpty ? nil : .array(gone))
    }

    /// Columns that alerts of an incident have in common, and the alerts.
    private static func ranges(_ table: LedgerTable, _ changes: [Change], _ db: Database) throws -> JSONValue {
        let common = table.columns.map(\.name).filter { $0 != "alert_id" && $0 != "seen_at" }
        let statement = try db.cachedStatement(
            sql: "SELECT \(common.map { "\"\($0)\"" }.joined(separator: ", ")) FROM incident_alert WHERE alert_id = ?")
        var groups: [[DatabaseValue]: NumberRanges] = [:]
        var order: [[DatabaseValue]] = []
        var gone = NumberRanges()
        // By number, as the table of changes gives them.
        for change in changes {
            guard let alert = Int64.fromDatabaseValue(change.item) else { continue }
            guard let row = try Row.fetchOne(statement, arguments: [alert]) else {
                gone.append(alert)
                continue
            }
            let values = Array(row.databaseValues)
            if groups[values] == nil { order.append(values) }
            groups[values, default: NumberRanges()].append(alert)
        }
        let put: [JSONValue] = order.map { values in
            var members: [String: JSONValue] = ["alerts": .string(groups[values]?.text ?? "")]
            for (name, value) in zip(common, values) { members[name] = LedgerTable.jsonValue(value) }
            return .object(members)
        }
        return result(put, gone.isEmpty ? nil : .string(gone.text))
    }

    private static func result(_ put: [JSONValue], _ gone: JSONValue?) -> JSONValue {
        var members: [String: JSONValue] = [:]
        if !put.isEmpty { members["put"] = .array(put) }
        if let gone { members["gone"] = gone }
        return .object(members)
    }
}
