import Foundation
import GRDB
import Trust

/// The tables as the ledger's entries alone make them, in a scratch file, to be compared with the tables that are there.
///
/// Scratch tables have the columns and keys of the real ones, and nothing else: entries tell what was, whatever later rules say of it.
final class LedgerReplay {
    private let scratch: DatabaseQueue
    private let path: String
    private let tables: [String: LedgerTable]

    /// - Parameter tables: those of the record.
    init(_ tables: [LedgerTable]) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("vonggac-replay-\(UUID().uuidString)").path
        self.tables = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0) })
        scratch = try DatabaseQueue(path: path)
        try scratch.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
            for table in tables {
                let columns = table.columns.map {
                    "\"\($0.name)\" \($0.type == "ANY" ? "" : $0.type) \($0.standard.map { "DEFAULT (\($0))" } ?? "")"
                }
                let key = table.key.map { "\"\(table.columns[$0].name)\"" }
                try db.execute(
                    sql: """
                        CREATE TABLE "\(table.name)" (\(columns.joined(separator: ", ")), PRIMARY KEY (\(key.joined(separator: ", ")))) WITHOUT ROWID
                        """)
            }
        }
    }

    deinit {
        try? scratch.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    // MARK: Making the tables

    /// Applies every entry of the record that `db` reads.
    func apply(_ db: Database, progress: (Int) -> Void = { _ in }) throws {
        try scratch.writeWithoutTransaction { scratch in
            // Without a journal nothing of it could be taken back, and nothing has to be: a scratch file that failed is thrown away.
            let entries = try SQLStatement(
                db,
                """
                SELECT iif(json_valid(body), body -> '$.\(LedgerRows.member)', NULL), seq FROM event
                WHERE instr(body, '"\(LedgerRows.member)":') > 0 ORDER BY seq
                """)
            try scratch.execute(sql: "BEGIN")
            defer { try? scratch.execute(sql: "COMMIT") }
            var failure: (any Error)?
            var count = 0
            try entries.rows { row in
                count += 1
                if count & 255 == 0 { progress(Int(row.integer(1) ?? 0)) }
                // An entry whose body cannot be read is a finding of the chain.
                guard let rows = try? JSONValue(parsing: row.bytes(0)), case .object(let parts) = rows else { return true }
                do {
                    for (part, changes) in parts {
                        guard let table = tables[part] else { continue }
                        try apply(changes, to: table, in: scratch)
                    }
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
            if let failure { throw failure }
        }
    }

    private func apply(_ changes: JSONValue, to table: LedgerTable, in scratch: Database) throws {
        if table.name == "incident_alert" { return try applyRanges(changes, to: table, in: scratch) }
        for key in changes["gone"]?.elements ?? [] {
            let values = (key.elements ?? [key]).map(LedgerTable.databaseValue)
            guard values.count == table.key.count else { continue }
            try scratch.cachedStatement(sql: "DELETE FROM \"\(table.name)\" WHERE \(table.keyCondition)")
                .execute(arguments: StatementArguments(values))
        }
        for put in changes["put"]?.elements ?? [] {
            guard case .object(let members) = put else { continue }
            let columns = table.columns.map(\.name).filter { members[$0] != nil }
            guard table.key.allSatisfy({ columns.contains(table.columns[$0].name) }) else { continue }
            let others = columns.filter { name in !table.key.contains { table.columns[$0].name == name } }
            let update =
                others.isEmpty ? "NOTHING" : "UPDATE SET " + others.map { "\"\($0)\" = excluded.\"\($0)\"" }.joined(separator: ", ")
            try scratch.cachedStatement(
                sql: """
                    INSERT INTO "\(table.name)" (\(columns.map { "\"\($0)\"" }.joined(separator: ", ")))
                    VALUES (\(columns.map { _ in "?" }.joined(separator: ", "))) ON CONFLICT DO \(update)
                    """
            ).execute(arguments: StatementArguments(columns.map { LedgerTable.databaseValue(members[$0] ?? .null) }))
        }
    }

    private func applyRanges(_ changes: JSONValue, to table: LedgerTable, in scratch: Database) throws {
        for range in NumberRanges(changes["gone"]?.text ?? "")?.ranges ?? [] {
            try scratch.cachedStatement(sql: "DELETE FROM incident_alert WHERE alert_id BETWEEN ? AND ?")
                .execute(arguments: [range.lowerBound, range.upperBound])
        }
        for put in changes["put"]?.elements ?? [] {
            guard case .object(var members) = put, let alerts = NumberRanges(members.removeValue(forKey: "alerts")?.text ?? "") else {
                continue
            }
            let columns = table.columns.map(\.name).filter { members[$0] != nil }
            let names = columns.map { ", \"\($0)\"" }.joined()
            for range in alerts.ranges {
                try scratch.cachedStatement(
                    sql: """
                        INSERT OR REPLACE INTO incident_alert (alert_id\(names))
                        WITH RECURSIVE number(id) AS (SELECT ? UNION ALL SELECT id + 1 FROM number WHERE id < ?)
                        SELECT id\(columns.map { _ in ", ?" }.joined()) FROM number
                        """
                ).execute(
                    arguments: [range.lowerBound, range.upperBound]
                        + StatementArguments(columns.map { LedgerTable.databaseValue(members[$0] ?? .null) }))
            }
        }
    }

    // MARK: Comparing

    /// What was compared.
    struct Result {
        var table: String
        var rows = 0
        var waiting = 0
        var findings: [LedgerFinding] = []
        /// Keys of the rows that differ, for taking them in.
        var items: [DatabaseValue] = []
    }

    /// Findings of a table beyond these are only counted.
    static let mostFindings = 1000

    /// Compares a table of the record with the one that the ledger makes.
    /// - Parameter waiting: rows that changed since the last seal, with the columns.
    func compare(_ table: LedgerTable, _ db: Database, waiting: [DatabaseValue: Int64]) throws -> Result {
        try scratch.read { scratch in
            var result = Result(table: table.name)
            // The time of an alert's row is its alert's (``IncidentStore/countProblems(_:)``).
            let columns = table.columns.enumerated().filter { table.name != "incident_alert" || $0.element.name != "seen_at" }
            let names = columns.map { "\"\($0.element.name)\"" }.joined(separator: ", ")
            let order = table.key.map { "\"\(table.columns[$0].name)\"" }.joined(separator: ", ")
            let sql = "SELECT \(names), \(table.item("")) FROM \"\(table.name)\" ORDER BY \(order)"
            let actual = try Row.fetchCursor(db, sql: sql)
            let expected = try Row.fetchCursor(scratch, sql: sql)
            let key = table.key.compactMap { place in columns.firstIndex { $0.offset == place } }
            func next(_ cursor: RowCursor) throws -> [DatabaseValue]? { try cursor.next().map { Array($0.databaseValues) } }
            func note(_ row: [DatabaseValue], _ fault: LedgerFinding.RowFault, _ mask: Int64) {
                let item = row[row.count - 1]
                if let open = waiting[item], mask & ~open == 0 {
                    result.waiting += 1
                    return
                }
                result.items.append(item)
                guard result.findings.count < LedgerReplay.mostFindings else { return }
                result.findings.append(.row(table: table.name, key: LedgerReplay.text(item), fault))
            }
            var here = try next(actual)
            var there = try next(expected)
            while here != nil || there != nil {
                let side: Int
                if let here, let there { side = LedgerReplay.compare(here, there, key) } else { side = here == nil ? 1 : -1 }
                if side < 0, let row = here {
                    note(row, .inserted, LedgerTable.every)
                    result.rows += 1
                    here = try next(actual)
                } else if side > 0, let row = there {
                    note(row, .missing, LedgerTable.every)
                    there = try next(expected)
                } else if let row = here, let other = there {
                    result.rows += 1
                    var differences: [LedgerFinding.Difference] = []
                    var mask: Int64 = 0
                    for (place, column) in columns.enumerated() where row[place] != other[place] {
                        mask |= 1 << Int64(column.offset)
                        differences.append(
                            LedgerFinding.Difference(
                                column: column.element.name, table: LedgerReplay.text(row[place]), ledger: LedgerReplay.text(other[place])))
                    }
                    if mask != 0 { note(row, .changed(differences), mask) }
                    here = try next(actual)
                    there = try next(expected)
                }
            }
            return result
        }
    }

    /// How the keys of two rows stand to each other, as SQLite sorts them: negative where the first comes first.
    private static func compare(_ first: [DatabaseValue], _ second: [DatabaseValue], _ key: [Int]) -> Int {
        for place in key {
            switch (first[place].storage, second[place].storage) {
            case (.int64(let one), .int64(let two)) where one != two: return one < two ? -1 : 1
            case (.string(let one), .string(let two)) where one != two:
                return one.utf8.lexicographicallyPrecedes(two.utf8) ? -1 : 1
            case (.int64, .string): return -1
            case (.string, .int64): return 1
            default: continue
            }
        }
        return 0
    }

    private static func text(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: "NULL"
        case .string(let text): text
        default: value.description
        }
    }
}
