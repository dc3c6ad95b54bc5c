import Bytes
import Digest
import GRDB
import Trust

/// When what a transaction changed beyond its own entries comes into the ledger.
enum Sealing {
    /// In the same transaction: what people do.
    case now
    /// With what other transactions change, once a minute or so: what a sensor counts.
    case later(actor: String)
}

/// Seals: entries that take in what many small transactions have changed.
///
/// Alerts are too many for an entry each. A seal holds for each new alert the first 16 bytes of SHA-256 over its row (as `json_array` of its
/// columns), and the rows that count it as they are then. What waits for a seal stands in `ledger_open`, written with the rows themselves, so that
/// the next seal takes it in whoever was killed meanwhile.
enum LedgerSeal {
    static let kind = "record.sealed"
    /// Alerts that do not wait any longer.
    private static let mostAlerts = 4096
    /// Microseconds after which what waits is sealed.
    private static let patience: Int64 = 60_000_000
    /// The same for heartbeats and what else only says that a sensor lives.
    private static let beatPatience: Int64 = 3_600_000_000
    /// Bytes of an alert's digest that are kept.
    static let digestSize = 16

    /// Parts of `ledger_open` that are no rows of tables.
    enum Part {
        static let alerts = "alert"
        /// `columns` is the highest number that an alert ever had among those that were deleted.
        static let highest = "alert_high"
        static let adopt = "adopt"
    }

    /// Notes that these alerts were written in this transaction.
    static func open(alerts: ClosedRange<Int64>, written: Timestamp, in db: Database) throws {
        try db.cachedStatement(sql: "INSERT INTO ledger_open (part, item, columns, written_at) VALUES (?, ?, ?, ?)").execute(arguments: [
            Part.alerts, "\(alerts.lowerBound)-\(alerts.upperBound)", alerts.upperBound - alerts.lowerBound + 1, written.microseconds,
        ])
    }

    /// The number of the next alert: never one that an alert had before.
    static func nextAlert(_ db: Database) throws -> Int64 {
        let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM alert") ?? 0
        let deleted = try Int64.fetchOne(db, sql: "SELECT columns FROM ledger_open WHERE part = ?", arguments: [Part.highest]) ?? 0
        return max(last, deleted) + 1
    }

    /// Notes that alerts are about to be deleted, so that their numbers are not used again.
    static func keepHighest(in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO ledger_open (part, item, columns, written_at) SELECT ?, 0, coalesce(max(id), 0), 0 FROM alert WHERE true
                ON CONFLICT DO UPDATE SET columns = max(columns, excluded.columns)
                """, arguments: [Part.highest])
    }

    /// The last step of each writing transaction.
    static func finish(_ db: Database, _ sealing: Sealing, now: Timestamp) throws {
        let isChanged =
            try Bool.fetchOne(
                db.cachedStatement(
                    sql: "SELECT EXISTS (SELECT 1 FROM temp.ledger_change) OR EXISTS (SELECT 1 FROM temp.ledger_sealed_change)")) ?? false
        switch sealing {
        case .now:
            guard isChanged, let rows = try LedgerRows.take(db, leavingSealed: false) else { return }
            try Ledger.append(
                db, at: now, written: now, kind: kind, actor: "vonggac", subject: "database", body: [LedgerRows.member: rows])
        case .later(let actor):
            if isChanged {
                for change in ["ledger_change", "ledger_sealed_change"] {
                    try db.cachedStatement(
                        sql: """
                            INSERT INTO ledger_open (part, item, columns, written_at) SELECT part, item, columns, ? FROM temp.\(change) WHERE true
                            ON CONFLICT DO UPDATE SET columns = columns | excluded.columns
                            """
                    ).execute(arguments: [now.microseconds])
                    try db.cachedStatement(sql: "DELETE FROM temp.\(change)").execute()
                }
            }
            guard try isDue(db, now) else { return }
            try seal(db, actor: actor, now: now)
        }
    }

    private static func isDue(_ db: Database, _ now: Timestamp) throws -> Bool {
        let statement = try db.cachedStatement(
            sql: """
                SELECT sum(iif(part = 'alert', columns, 0)), min(iif(part IN ('sensor', 'sensor_heartbeat'), NULL, written_at)), min(written_at)
                FROM ledger_open WHERE part <> 'alert_high'
                """)
        guard let row = try Row.fetchOne(statement) else { return false }
        if (row[0] as Int? ?? 0) >= mostAlerts { return true }
        // A clock that was set back must not keep it waiting.
        func isOver(_ time: Int64?, _ patience: Int64) -> Bool { time.map { abs(now.microseconds - $0) >= patience } ?? false }
        return isOver(row[1], patience) || isOver(row[2], beatPatience)
    }

    /// Takes in everything that waits.
    static func seal(_ db: Database, actor: String, now: Timestamp) throws {
        var body: [String: JSONValue] = [:]
        let open = try LedgerRows.read(
            "SELECT part, item, columns FROM ledger_open WHERE part NOT IN ('alert', 'alert_high', 'adopt') ORDER BY part, item", db)
        if !open.isEmpty { body[LedgerRows.member] = try LedgerRows.value(open, db) }
        if let alerts = try sealedAlerts(openAlerts(db), db) { body["alerts"] = alerts }
        guard !body.isEmpty else { return }
        try Ledger.append(db, at: now, written: now, kind: kind, actor: actor, subject: "database", body: .object(body))
        try db.execute(sql: "DELETE FROM ledger_open WHERE part NOT IN ('alert_high', 'adopt')")
    }

    /// Alerts that wait for a seal.
    static func openAlerts(_ db: Database) throws -> NumberRanges {
        var ranges = NumberRanges()
        ranges.formUnion(
            try String.fetchAll(db, sql: "SELECT CAST(item AS TEXT) FROM ledger_open WHERE part = 'alert'").flatMap {
                NumberRanges($0)?.ranges ?? []
            })
        return ranges
    }

    /// Numbers and digests of the alerts that are there of these.
    private static func sealedAlerts(_ ranges: NumberRanges, _ db: Database) throws -> JSONValue? {
        guard !ranges.isEmpty else { return nil }
        let columns = try alertColumns(db)
        let statement = try SQLStatement(db, alertQuery(columns))
        var found = NumberRanges()
        var digests: [UInt8] = []
        for range in ranges.ranges {
            statement.bind(1, range.lowerBound)
            statement.bind(2, range.upperBound)
            try statement.rows { row in
                found.append(row.integer(0) ?? 0)
                digests += digest(row)
                return true
            }
        }
        guard !found.isEmpty else { return nil }
        return [
            "columns": .integer(Int64(columns.count)), "digests": .string(Base64.encoded(digests.rawSpan)), "ids": .string(found.text),
        ]
    }

    /// The alert's columns in the order of the table; a later version only adds some behind them.
    static func alertColumns(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info('alert') ORDER BY cid")
    }

    /// Number and hashed text of the alerts from one number through another.
    static func alertQuery(_ columns: some Sequence<String>) -> String {
        "SELECT id, json_array(\(columns.joined(separator: ", "))) FROM alert WHERE id BETWEEN ? AND ? ORDER BY id"
    }

    /// The digest of such a row.
    static func digest(_ row: SQLStatement) -> ArraySlice<UInt8> { SHA256Digest(of: row.bytes(1)).bytes.prefix(digestSize) }
}

extension IncidentStore {
    /// Takes into the ledger whatever waits for it.
    public func seal(actor: String) throws {
        let now = clock()
        try write(.later(actor: actor)) { db in try LedgerSeal.seal(db, actor: actor, now: now) }
    }
}
