import Bytes
import Digest
import GRDB
import Trust

/// The append-only chain in table `event`.
enum Ledger {
    /// Member of a body: when the entry was written, where that is another time than when it happened.
    static let writtenMember = "written_at"

    /// Appends one entry, together with the rows that this transaction has changed so far (``LedgerRows``): change the tables first, then append.
    /// Must run inside ``IncidentStore/write(_:_:)``.
    /// - Parameter rows: rows as ``LedgerRows/json(_:alerts:_:)`` gives them; nil takes those that were noted.
    static func append(
        _ db: Database, at time: Timestamp, written: Timestamp, kind: String, actor: String, subject: String, body: JSONValue,
        rows: [UInt8]? = nil
    ) throws {
        var previous = LedgerEvent.origin
        var last: Int64 = 0
        try SQLStatement(kept: db, "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").rows { row in
            last = row.integer(0) ?? 0
            previous = row.text(1).flatMap { SHA256Digest(hex: $0) } ?? previous
            return false
        }
        // A cut-off end must stay visible: numbering goes on after the highest number ever given.
        let highest = try SQLStatement(kept: db, "SELECT seq FROM sqlite_sequence WHERE name = 'event'").integer() ?? 0
        let seq = max(last, highest) + 1
        // What a sensor counts is sealed once for many batches.
        let rows = try rows ?? LedgerRows.take(db, leavingSealed: actor.hasPrefix("sensor:"))
        // The hash covers when it happened; that this was not when it was written is to be covered as well.
        let text = try canonical(body, rows, written == time ? nil : written)
        let hash = LedgerEvent.hash(seq: seq, time: time, kind: kind, actor: actor, subject: subject, body: text, previous: previous)
        let insertion = try SQLStatement(
            kept: db,
            "INSERT INTO event (seq, seen_at, written_at, kind, actor, subject, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        insertion.bind(1, seq)
        insertion.bind(2, time.microseconds)
        insertion.bind(3, written.microseconds)
        insertion.bind(4, kind)
        insertion.bind(5, actor)
        insertion.bind(6, subject)
        insertion.bind(7, utf8: text)
        insertion.bind(8, utf8: Hex.digits(previous.bytes))
        insertion.bind(9, utf8: Hex.digits(hash.bytes))
        try insertion.run()
    }

    /// The body with the members that the ledger adds.
    private static func canonical(_ body: JSONValue, _ rows: [UInt8]?, _ written: Timestamp?) throws -> [UInt8] {
        guard case .object(let members) = body else { return try body.canonicalBytes() }
        var names = Array(members.keys)
        if rows != nil { names.append(LedgerRows.member) }
        if written != nil { names.append(writtenMember) }
        var out = Array("{".utf8)
        out.reserveCapacity(256 + (rows?.count ?? 0))
        for name in names.sorted(by: JSONValue.precedes) {
            if out.count > 1 { out.append(UInt8(ascii: ",")) }
            JSONValue.write(name, into: &out)
            out.append(UInt8(ascii: ":"))
            if let rows, name == LedgerRows.member {
                out += rows
            } else if let written, name == writtenMember {
                JSONValue.write(written.microseconds, into: &out)
            } else {
                try members[name]?.write(into: &out)
            }
        }
        out.append(UInt8(ascii: "}"))
        return out
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

    /// One entry as it is stored.
    public func entry(_ seq: Int64) throws -> LedgerEntry {
        try read { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM event WHERE seq = ?", arguments: [seq]) else {
                throw NotFoundError(.entry, String(seq))
            }
            return LedgerEntry(row: row)
        }
    }

    /// Entries as they are stored, the newest first.
    /// - Parameter kindPrefix: what their kinds begin with.
    public func entries(
        subject: String? = nil, kindPrefix: String? = nil, actor: String? = nil, from: Timestamp? = nil, until: Timestamp? = nil,
        limit: Int, offset: Int = 0
    ) throws -> [LedgerEntry] {
        var condition = Condition()
        condition.add("subject = ?", subject)
        condition.add("kind >= ? AND kind < ?", kindPrefix, kindPrefix.map { $0 + "\u{10ffff}" })
        condition.add("actor = ?", actor)
        condition.add("seen_at >= ?", from?.microseconds)
        condition.add("seen_at < ?", until?.microseconds)
        condition.bind(limit, offset)
        return try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM event \(condition.sql) ORDER BY seq DESC LIMIT ? OFFSET ?", arguments: condition.arguments
            ).map(LedgerEntry.init(row:))
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
}

extension LedgerEntry {
    init(row: Row) {
        self.init(
            seq: row["seq"], time: Timestamp(microseconds: row["seen_at"]), writtenAt: Timestamp(microseconds: row["written_at"]),
            kind: row["kind"], actor: row["actor"], subject: row["subject"], body: row["body"], previous: row["previous"], hash: row["hash"]
        )
    }
}

extension IncidentEvent {
    init(row: Row) {
        self.init(
            seq: row["seq"], time: Timestamp(microseconds: row["seen_at"]), writtenAt: Timestamp(microseconds: row["written_at"]),
            kind: row["kind"], actor: row["actor"], subject: row["subject"], body: IncidentEvent.withoutRows(row["body"]), hash: row["hash"]
        )
    }

    /// What happened, without the rows of tables that came of it and the time that has a member of its own.
    private static func withoutRows(_ body: String) -> String {
        guard body.contains("\"\(LedgerRows.member)\":") || body.contains("\"\(Ledger.writtenMember)\":"),
            case .object(var members)? = try? JSONValue(parsing: body)
        else { return body }
        members[LedgerRows.member] = nil
        members[Ledger.writtenMember] = nil
        return (try? JSONValue.object(members).canonicalText()) ?? body
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
