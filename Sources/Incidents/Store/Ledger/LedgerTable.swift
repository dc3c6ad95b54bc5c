import GRDB
import Synchronization
import Trust

/// A table whose rows the ledger holds: its columns as the database has them, so that a table which is added later is held too.
struct LedgerTable: Sendable {
    struct Column: Sendable {
        var name: String
        var type: String
        /// The default as SQL; nil where it is NULL.
        var standard: String?
    }

    var name: String
    var columns: [Column]
    /// Places of the primary key's columns.
    var key: [Int]
    /// Places of the columns in the order in which an entry has them, and their names as it writes them: `"name":`.
    let written: [(place: Int, label: [UInt8])]

    /// A mask with every column in it.
    static let every: Int64 = -1

    private static let known = Mutex<[String: LedgerTable]>([:])

    /// All of them, by name. One without a primary key is none of this program's.
    static func all(_ db: Database) throws -> [LedgerTable] {
        try String.fetchAll(
            db, sql: "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).filter { !LedgerSchema.apart.contains($0) }.map { try LedgerTable(named: $0, db) }.filter { !$0.key.isEmpty }
    }

    /// The table of that name; read once, since every database of this program has the same ones.
    static func of(_ name: String, _ db: Database) throws -> LedgerTable {
        if let table = known.withLock({ $0[name] }) { return table }
        let table = try LedgerTable(named: name, db)
        known.withLock { $0[name] = table }
        return table
    }

    private init(named name: String, _ db: Database) throws {
        let rows = try Row.fetchAll(db, sql: "SELECT name, type, dflt_value, pk FROM pragma_table_info(?) ORDER BY cid", arguments: [name])
        self.name = name
        columns = rows.map { Column(name: $0["name"], type: $0["type"], standard: $0["dflt_value"]) }
        let places = rows.map { $0["pk"] as Int }
        key = places.indices.filter { places[$0] > 0 }.sorted { places[$0] < places[$1] }
        written = columns.enumerated().sorted { JSONValue.precedes($0.element.name, $1.element.name) }.map { place, column in
            var label: [UInt8] = []
            JSONValue.write(column.name, into: &label)
            return (place, label + [UInt8(ascii: ":")])
        }
        guard columns.count < 63 else {
            throw StoreError.failed(path: name, reason: "a table whose rows the ledger holds has fewer than 63 columns")
        }
    }

    /// The key of a row as one value: the number or text itself, or a JSON array of several.
    func item(_ prefix: String) -> String {
        let names = key.map { "\(prefix)\"\(columns[$0].name)\"" }
        return names.count == 1 ? names[0] : "json_array(\(names.joined(separator: ", ")))"
    }

    /// Values of the key's columns from an item.
    func keyValues(_ item: DatabaseValue) -> [DatabaseValue] {
        guard key.count > 1 else { return [item] }
        let values = String.fromDatabaseValue(item).flatMap { try? JSONValue(parsing: $0) }?.elements ?? []
        return values.map(LedgerTable.databaseValue)
    }

    var keyCondition: String { key.map { "\"\(columns[$0].name)\" = ?" }.joined(separator: " AND ") }

    // MARK: Values

    /// A column's value as an entry holds it. Integers beyond 2^53 are texts (RFC 7493); a BLOB is hexadecimal.
    static func jsonValue(_ value: DatabaseValue) -> JSONValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): number.magnitude < 1 << 53 ? .integer(number) : .string(String(number))
        case .double(let number): .number(number)
        case .string(let text): .string(text)
        case .blob(let data): .string("x" + data.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        }
    }

    /// Writes ``jsonValue(_:)`` of a column of a row.
    static func write(_ row: SQLStatement, _ column: Int, into out: inout [UInt8]) {
        let column = Int32(clamping: column)
        switch row.kind(column) {
        case .null: out += "null".utf8
        case .integer:
            let number = row.integer(column) ?? 0
            if number.magnitude < 1 << 53 {
                JSONValue.write(number, into: &out)
            } else {
                JSONValue.write(String(number), into: &out)
            }
        case .text: row.withText(column) { JSONValue.write(utf8: $0.bytes, into: &out) }
        case .other:
            // A number that JSON has no word for is none of the tables'.
            do { try jsonValue(row.value(column)).write(into: &out) } catch { out += "null".utf8 }
        }
    }

    static func databaseValue(_ value: JSONValue) -> DatabaseValue {
        switch value {
        case .null, .array, .object: .null
        case .bool(let flag): (flag ? 1 : 0).databaseValue
        case .integer(let number): number.databaseValue
        case .number(let number): number.databaseValue
        case .string(let text): text.databaseValue
        }
    }

    // MARK: What a connection notes

    /// Has this connection note which rows it changes, in a table of its own that lives as long as it. A program that knows nothing of the ledger
    /// notes nothing: what it changes differs from the ledger, and is found.
    static func install(_ db: Database) throws {
        for change in ["ledger_change", "ledger_sealed_change"] {
            try db.execute(
                sql: """
                    CREATE TEMP TABLE IF NOT EXISTS \(change) (
                      part TEXT NOT NULL, item NOT NULL, columns INTEGER NOT NULL, PRIMARY KEY (part, item)) WITHOUT ROWID
                    """)
        }
        // Alerts that a batch is writing: which incident they belong to is known to the seal without being noted.
        try db.execute(
            sql: """
                CREATE TEMP TABLE IF NOT EXISTS ledger_batch (first INTEGER NOT NULL, last INTEGER NOT NULL);
                INSERT INTO ledger_batch SELECT 0x7fffffffffffffff, 0 WHERE NOT EXISTS (SELECT 1 FROM ledger_batch)
                """)
        for table in try all(db) { for trigger in table.triggers { try db.execute(sql: trigger) } }
    }

    private var triggers: [String] {
        // Apart, so that the entries of a batch need not look through what its thousands of alerts have changed.
        let change = LedgerSchema.sealed.contains(name) ? "ledger_sealed_change" : "ledger_change"
        func note(_ row: String, _ columns: String) -> String {
            """
            INSERT INTO \(change) (part, item, columns) VALUES ('\(name)', \(item(row)), \(columns))
              ON CONFLICT (part, item) DO UPDATE SET columns = columns | excluded.columns;
            """
        }
        let mask = columns.enumerated().map { "((old.\"\($1.name)\" IS NOT new.\"\($1.name)\") << \($0))" }.joined(separator: " | ")
        let moved = key.map { "old.\"\(columns[$0].name)\" IS NOT new.\"\(columns[$0].name)\"" }.joined(separator: " OR ")
        let head = "CREATE TEMP TRIGGER IF NOT EXISTS"
        let isKnown = name == "incident_alert" ? "WHEN new.alert_id < (SELECT first FROM ledger_batch)" : ""
        return [
            "\(head) \"ledger_\(name)_insert\" AFTER INSERT ON main.\"\(name)\" \(isKnown) BEGIN \(note("new.", "-1")) END",
            "\(head) \"ledger_\(name)_update\" AFTER UPDATE ON main.\"\(name)\" BEGIN \(note("new.", mask)) END",
            "\(head) \"ledger_\(name)_move\" AFTER UPDATE ON main.\"\(name)\" WHEN \(moved) BEGIN \(note("old.", "-1")) \(note("new.", "-1")) END",
            "\(head) \"ledger_\(name)_delete\" AFTER DELETE ON main.\"\(name)\" BEGIN \(note("old.", "-1")) END",
        ]
    }
}
