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

    /// Says that the transaction is about to write alerts from this number on.
    static func begin(first: Int64, in db: Database) throws {
        let statement = try SQLStatement(kept: db, "UPDATE temp.ledger_batch SET first = ?, last = 0")
        statement.bind(1, first)
        try statement.run()
    }

    /// Notes that these alerts were written in this transaction.
    static func open(alerts: ClosedRange<Int64>, written: Timestamp, in db: Database) throws {
        let statement = try SQLStatement(kept: db, "INSERT INTO ledger_open (part, item, columns, written_at) VALUES (?, ?, ?, ?)")
        statement.bind(1, Part.alerts)
        statement.bind(2, "\(alerts.lowerBound)-\(alerts.upperBound)")
        statement.bind(3, alerts.upperBound - alerts.lowerBound + 1)
        statement.bind(4, written.microseconds)
        try statement.run()
        let batch = try SQLStatement(kept: db, "UPDATE temp.ledger_batch SET last = ?")
        batch.bind(1, alerts.upperBound)
        try batch.run()
    }

    /// The alerts that this transaction has written; what incidents they belong to is noted nowhere else. Asking ends the batch.
    private static func takeBatch(_ db: Database) throws -> ClosedRange<Int64>? {
        var range: ClosedRange<Int64>?
        var isBegun = false
        try SQLStatement(kept: db, "SELECT first, last FROM temp.ledger_batch").rows { row in
            let first = row.integer(0) ?? .max
            let last = row.integer(1) ?? 0
            isBegun = first < .max
            if first <= last { range = first...last }
            return false
        }
        if isBegun { try begin(first: .max, in: db) }
        return range
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
        let changed = try SQLStatement(
            kept: db, "SELECT EXISTS (SELECT 1 FROM temp.ledger_change) OR EXISTS (SELECT 1 FROM temp.ledger_sealed_change)"
        ).integer()
        switch sealing {
        case .now:
            guard changed == 1, let rows = try LedgerRows.take(db, leavingSealed: false) else { return }
            try Ledger.append(db, at: now, written: now, kind: kind, actor: "vonggac", subject: "database", body: [:], rows: rows)
        case .later(let actor):
            let batch = try takeBatch(db)
            if changed == 1 {
                for change in ["ledger_change", "ledger_sealed_change"] {
                    let copy = try SQLStatement(
                        kept: db,
                        """
                        INSERT INTO ledger_open (part, item, columns, written_at) SELECT part, item, columns, ? FROM temp.\(change) WHERE true
                        ON CONFLICT DO UPDATE SET columns = columns | excluded.columns
                        """)
                    copy.bind(1, now.microseconds)
                    try copy.run()
                    try SQLStatement(kept: db, "DELETE FROM temp.\(change)").run()
                }
            }
            if try isDue(db, now) { return try seal(db, actor: actor, now: now, batch: batch) }
            guard let batch else { return }
            let note = try SQLStatement(
                kept: db,
                """
                INSERT INTO ledger_open (part, item, columns, written_at)
                SELECT '\(LedgerRows.alertTable)', alert_id, -1, ? FROM incident_alert WHERE alert_id BETWEEN ? AND ?
                ON CONFLICT DO UPDATE SET columns = -1
                """)
            note.bind(1, now.microseconds)
            note.bind(2, batch.lowerBound)
            note.bind(3, batch.upperBound)
            try note.run()
        }
    }

    private static func isDue(_ db: Database, _ now: Timestamp) throws -> Bool {
        let statement = try SQLStatement(
            kept: db,
            """
            SELECT sum(iif(part = 'alert', columns, 0)), min(iif(part IN ('sensor', 'sensor_heartbeat'), NULL, written_at)), min(written_at)
            FROM ledger_open WHERE part <> 'alert_high'
            """)
        var isDue = false
        // A clock that was set back must not keep it waiting.
        func isOver(_ time: Int64?, _ patience: Int64) -> Bool { time.map { abs(now.microseconds - $0) >= patience } ?? false }
        try statement.rows { row in
            isDue = (row.integer(0) ?? 0) >= mostAlerts || isOver(row.integer(1), patience) || isOver(row.integer(2), beatPatience)
            return false
        }
        return isDue
    }

    /// Takes in everything that waits.
    /// - Parameter batch: alerts of this transaction whose incidents are not noted.
    static func seal(_ db: Database, actor: String, now: Timestamp, batch: ClosedRange<Int64>? = nil) throws {
        var body: [String: JSONValue] = [:]
        var rows: [UInt8]?
        let open = try LedgerRows.read(
            "SELECT part, item, columns FROM ledger_open WHERE part NOT IN ('alert', 'alert_high', 'adopt') ORDER BY part, item", db)
        var alerts = NumberRanges()
        if let batch { alerts.append(batch) }
        if !open.isEmpty || !alerts.isEmpty {
            let json = try LedgerRows.json(open, alerts: alerts, db)
            if json.count > 2 || !open.isEmpty { rows = json }
        }
        if let alerts = try sealedAlerts(openAlerts(db), db) { body["alerts"] = alerts }
        guard !body.isEmpty || rows != nil else { return }
        try Ledger.append(db, at: now, written: now, kind: kind, actor: actor, subject: "database", body: .object(body), rows: rows)
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

    /// Whether one of these alerts, or what incident it belongs to, waits for a seal.
    static func isWaiting(_ alerts: NumberRanges, in db: Database) throws -> Bool {
        guard !alerts.isEmpty else { return false }
        if try openAlerts(db).intersects(alerts) { return true }
        let list = jsonList(alerts.ranges.flatMap { Array($0) })
        return try Bool.fetchOne(
            db.cachedStatement(
                sql: "SELECT EXISTS (SELECT 1 FROM json_each(?) n CROSS JOIN ledger_open o ON o.part = ? AND o.item = n.value)"),
            arguments: [list, LedgerRows.alertTable]) ?? false
    }

    /// Numbers and digests of the alerts that are there of these.
    private static func sealedAlerts(_ ranges: NumberRanges, _ db: Database) throws -> JSONValue? {
        guard !ranges.isEmpty else { return nil }
        let columns = try alertColumns(db)
        let statement = try SQLStatement(kept: db, alertQuery(columns))
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
    static func digest(_ row: SQLStatement) -> ArraySlice<UInt8> {
        row.withText(1) { SHA256Digest(of: $0.bytes) }.bytes.prefix(digestSize)
    }
}

extension IncidentStore {
    /// Takes into the ledger whatever waits for it.
    public func seal(actor: String) throws {
        let now = clock()
        try write(.later(actor: actor)) { db in try LedgerSeal.seal(db, actor: actor, now: now) }
    }
}
