import Bytes
import GRDB
import Trust

/// Changed rows as an entry holds them, under `rows` of its body:
///
///     {"incident": {"put": [{"id": 5, "state": "confirmed", "version": 2}], "gone": [7]}}
///
/// `put` has the primary key and the columns that changed, as they are when the entry is written; all columns of a new row. Alerts of
/// incidents are many, so theirs are ranges: `{"incident_alert": {"put": [{"alerts": "1-40,42", "incident_id": 5, …}], "gone": "1-40"}}`.
///
/// They are written straight from SQLite's rows as canonical JSON, since a flood of alerts makes many of them.
enum LedgerRows {
    static let member = "rows"

    struct Change {
        var item: DatabaseValue
        var columns: Int64
    }

    /// Takes out what this transaction has noted so far.
    /// - Parameter leavingSealed: rows of ``LedgerSchema/sealed`` stay noted.
    /// - Returns: canonical JSON; nil where nothing was noted.
    static func take(_ db: Database, leavingSealed: Bool) throws -> [UInt8]? {
        var changes = try read("SELECT part, item, columns FROM temp.ledger_change ORDER BY part, item", db)
        if !changes.isEmpty { try SQLStatement(kept: db, "DELETE FROM temp.ledger_change").run() }
        if !leavingSealed {
            let sealed = try read("SELECT part, item, columns FROM temp.ledger_sealed_change ORDER BY part, item", db)
            if !sealed.isEmpty { try SQLStatement(kept: db, "DELETE FROM temp.ledger_sealed_change").run() }
            changes += sealed
        }
        guard !changes.isEmpty else { return nil }
        return try json(changes, db)
    }

    /// Changes of a query of part, item and columns, by table.
    static func read(_ sql: String, _ db: Database) throws -> [(part: String, changes: [Change])] {
        var parts: [(part: String, changes: [Change])] = []
        try SQLStatement(kept: db, sql).rows { row in
            let part = row.text(0) ?? ""
            if parts.last?.part != part { parts.append((part, [])) }
            parts[parts.count - 1].changes.append(Change(item: row.value(1), columns: row.integer(2) ?? 0))
            return true
        }
        return parts
    }

    /// Rows as they are now, as canonical JSON.
    /// - Parameter alerts: what incidents these have is among them.
    static func json(_ parts: [(part: String, changes: [Change])], alerts: NumberRanges = NumberRanges(), _ db: Database) throws -> [UInt8]
    {
        var parts = parts
        if !alerts.isEmpty, !parts.contains(where: { $0.part == alertTable }) { parts.append((alertTable, [])) }
        var out = Array("{".utf8)
        for (part, changes) in parts.sorted(by: { JSONValue.precedes($0.part, $1.part) }) {
            let table = try LedgerTable.of(part, db)
            let start = out.count
            if start > 1 { out.append(UInt8(ascii: ",")) }
            JSONValue.write(part, into: &out)
            out.append(UInt8(ascii: ":"))
            let value = part == alertTable ? try ranges(table, changes, alerts, db) : try rows(table, changes, db)
            if let value { out += value } else { out.removeSubrange(start...) }
        }
        out.append(UInt8(ascii: "}"))
        return out
    }

    static let alertTable = "incident_alert"

    private static func rows(_ table: LedgerTable, _ changes: [Change], _ db: Database) throws -> [UInt8]? {
        var put: [UInt8] = []
        var gone: [JSONValue] = []
        let statement = try SQLStatement(kept: db, "SELECT * FROM main.\"\(table.name)\" WHERE \(table.keyCondition)")
        // A row that was written without being changed has no column to tell of.
        for change in changes where change.columns != 0 {
            let key = table.keyValues(change.item)
            for (index, value) in key.enumerated() { statement.bind(Int32(index + 1), value) }
            var isThere = false
            try statement.rows { row in
                isThere = true
                put.append(UInt8(ascii: put.isEmpty ? "[" : ","))
                let start = put.count
                for (place, label) in table.written where change.columns >> Int64(place) & 1 == 1 || table.key.contains(place) {
                    put.append(UInt8(ascii: put.count == start ? "{" : ","))
                    put += label
                    LedgerTable.write(row, place, into: &put)
                }
                put.append(UInt8(ascii: "}"))
                return false
            }
            if !isThere { gone.append(key.count == 1 ? LedgerTable.jsonValue(key[0]) : .array(key.map(LedgerTable.jsonValue))) }
        }
        return try result(put, gone.isEmpty ? nil : .array(gone))
    }

    /// Columns that alerts of an incident have in common, and the alerts.
    private static func ranges(_ table: LedgerTable, _ changes: [Change], _ alerts: NumberRanges, _ db: Database) throws -> [UInt8]? {
        // By number, as the table of changes gives them.
        var noted = NumberRanges()
        for change in changes { if let alert = Int64.fromDatabaseValue(change.item) { noted.append(alert) } }
        var asked = noted
        asked.formUnion(alerts.ranges)
        let common = table.written.filter { !["alert_id", "seen_at"].contains(table.columns[$0.place].name) }
        let names = common.map { "\"\(table.columns[$0.place].name)\"" }.joined(separator: ", ")
        let statement = try SQLStatement(
            kept: db, "SELECT alert_id, \(names) FROM incident_alert WHERE alert_id BETWEEN ? AND ? ORDER BY alert_id")
        let label = Array("\"alerts\":".utf8)
        let place = common.firstIndex { $0.label.lexicographicallyPrecedes(label) == false } ?? common.count
        var groups: [(before: [UInt8], after: [UInt8], alerts: NumberRanges)] = []
        var numbers: [[UInt8]: Int] = [:]
        var found = NumberRanges()
        var columns: [UInt8] = []
        for range in asked.ranges {
            statement.bind(1, range.lowerBound)
            statement.bind(2, range.upperBound)
            try statement.rows { row in
                let alert = row.integer(0) ?? 0
                found.append(alert)
                columns.removeAll(keepingCapacity: true)
                var middle = 0
                for (index, column) in common.enumerated() {
                    if index == place { middle = columns.count }
                    columns += column.label
                    LedgerTable.write(row, index + 1, into: &columns)
                    columns.append(UInt8(ascii: ","))
                }
                if place == common.count { middle = columns.count }
                let number: Int
                if let known = numbers[columns] {
                    number = known
                } else {
                    number = groups.count
                    numbers[columns] = number
                    groups.append((Array(columns[..<middle]), Array(columns[middle...].dropLast()), NumberRanges()))
                }
                groups[number].alerts.append(alert)
                return true
            }
        }
        var put: [UInt8] = []
        for group in groups {
            put.append(UInt8(ascii: put.isEmpty ? "[" : ","))
            put.append(UInt8(ascii: "{"))
            put += group.before
            put += label
            JSONValue.write(group.alerts.text, into: &put)
            if !group.after.isEmpty { put.append(UInt8(ascii: ",")) }
            put += group.after
            put.append(UInt8(ascii: "}"))
        }
        let gone = noted.subtracting(found)
        return try result(put, gone.isEmpty ? nil : .string(gone.text))
    }

    /// - Parameter put: the list without its end; empty for none.
    private static func result(_ put: [UInt8], _ gone: JSONValue?) throws -> [UInt8]? {
        guard !put.isEmpty || gone != nil else { return nil }
        var out = Array("{".utf8)
        if let gone {
            out += "\"gone\":".utf8
            try gone.write(into: &out)
        }
        if !put.isEmpty {
            if gone != nil { out.append(UInt8(ascii: ",")) }
            out += "\"put\":".utf8
            out += put
            out.append(UInt8(ascii: "]"))
        }
        out.append(UInt8(ascii: "}"))
        return out
    }
}
