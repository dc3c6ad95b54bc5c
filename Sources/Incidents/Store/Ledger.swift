import Bytes
import Digest
import GRDB
import Trust

/// The append-only chain in table `event`.
enum Ledger {
    /// Appends one entry. Must run inside a writing transaction.
    static func append(
        _ db: Database, at time: Timestamp, written: Timestamp, kind: String, actor: String, subject: String, body: JSONValue
    )
        throws
    {
        let last = try db.cachedStatement(sql: "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
        let row = try Row.fetchOne(last)
        // A cut-off end must stay visible: numbering goes on after the highest number ever given.
        let highest = try Int64.fetchOne(db.cachedStatement(sql: "SELECT seq FROM sqlite_sequence WHERE name = 'event'")) ?? 0
        let previous = row.flatMap { SHA256Digest(hex: $0["hash"]) } ?? LedgerEvent.origin
        let event = try LedgerEvent(
            seq: max(row?["seq"] ?? 0, highest) + 1, time: time, kind: kind, actor: actor, subject: subject, body: body, previous: previous)
        try db.cachedStatement(
            sql: """
                INSERT INTO event (seq, seen_at, written_at, kind, actor, subject, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            event.seq, time.microseconds, written.microseconds, kind, actor, subject, try body.canonicalText(), previous.hex,
            event.hash.hex,
        ])
    }
}

extension IncidentStore {
    /// Appends an entry that only the ledger holds, such as a change of a monitored system (kind `change.monitored`).
    public func record(kind: String, subject: String, body: JSONValue, actor: String, at time: Timestamp? = nil) throws {
        let now = clock()
        try write { db in
            try Ledger.append(db, at: time ?? now, written: now, kind: kind, actor: actor, subject: subject, body: body)
        }
    }

    /// The number and hash of the last entry; 0 and zeros for an empty ledger.
    public func ledgerHead() throws -> (seq: Int64, hash: SHA256Digest) {
        try read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1") else {
                return (0, LedgerEvent.origin)
            }
            return (row["seq"], SHA256Digest(hex: row["hash"]) ?? LedgerEvent.origin)
        }
    }

    /// Entries in order, filtered by subject, kind prefix and time.
    public func events(
        subject: String? = nil, kindPrefix: String? = nil, from: Timestamp? = nil, until: Timestamp? = nil, limit: Int? = nil
    ) throws -> [IncidentEvent] {
        var condition = Condition()
        condition.add("subject = ?", subject)
        condition.add("kind >= ? AND kind < ?", kindPrefix, kindPrefix.map { $0 + "\u{10ffff}" })
        condition.add("seen_at >= ?", from?.microseconds)
        condition.add("seen_at < ?", until?.microseconds)
        return try read { db in
            try Row.fetchAll(
                db,
                sql:
                    "SELECT * FROM event \(kindPrefix != nil && subject == nil ? "INDEXED BY event_kind" : "") \(condition.sql) ORDER BY seq \(limit.map { "LIMIT \($0)" } ?? "")",
                arguments: condition.arguments
            ).map(IncidentEvent.init(row:))
        }
    }

    /// Re-computes the whole chain, then compares the state of each incident with its last entry.
    public func auditLedger() throws -> LedgerAudit {
        try read { db in
            var audit = LedgerAudit()
            var states: [String: String] = [:]
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM event ORDER BY seq")
            while let row = try rows.next() {
                let hash = SHA256Digest(hex: row["hash"])
                guard let hash, let previous = SHA256Digest(hex: row["previous"]),
                    let body = try? JSONValue(parsing: row["body"] as String),
                    (try? body.canonicalText()) == row["body"]
                else {
                    audit.addUnreadable(seq: row["seq"], hash: hash)
                    continue
                }
                let event = LedgerEvent(
                    stored: row["seq"], time: Timestamp(microseconds: row["seen_at"]), kind: row["kind"], actor: row["actor"],
                    subject: row["subject"], body: body, previous: previous, hash: hash)
                audit.add(event)
                if let state = body["state"]?.text { states[event.subject] = state }
            }
            audit.finish(highest: try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0)
            for row in try Row.fetchAll(db, sql: "SELECT code, state FROM incident ORDER BY id") {
                let subject = "incident/\(row["code"] as String)"
                if states[subject] != row["state"] {
                    audit.add(.projection(subject: subject, table: row["state"], ledger: states[subject] ?? "-"))
                }
            }
            return audit
        }
    }
}

extension IncidentEvent {
    init(row: Row) {
        self.init(
            seq: row["seq"], time: Timestamp(microseconds: row["seen_at"]), writtenAt: Timestamp(microseconds: row["written_at"]),
            kind: row["kind"], actor: row["actor"], subject: row["subject"], body: row["body"], hash: row["hash"])
    }
}

/// Conditions of a WHERE clause, joined by AND.
struct Condition {
    private var parts: [String] = []
    private(set) var arguments = StatementArguments()

    /// Adds `text` where every value is there.
    mutating func add(_ text: String, _ values: (any DatabaseValueConvertible)?...) {
        let present = values.compactMap { $0 }
        guard present.count == values.count else { return }
        parts.append(text)
        for value in present { arguments += [value] }
    }

    /// Adds `column IN (…)` where there is a set.
    mutating func add(_ column: String, isOneOf values: [String]?) {
        guard let values else { return }
        parts.append("\(column) IN (\(values.map { _ in "?" }.joined(separator: ",")))")
        for value in values { arguments += [value] }
    }

    /// Values of parameters that stand before the WHERE clause.
    mutating func bind(_ values: (any DatabaseValueConvertible)...) { for value in values { arguments += [value] } }

    mutating func require(_ text: String) { parts.append(text) }

    var sql: String { parts.isEmpty ? "" : "WHERE " + parts.joined(separator: " AND ") }
}
