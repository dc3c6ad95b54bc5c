import Bytes
import Digest
import GRDB
import Trust

/// A document that was made.
public struct MadeDocument: Sendable, Hashable {
    public var id: Int64 = 0
    /// The form: `weekly`, `f24`.
    public var form: String
    /// What it is about: `VG-2026-0003`, `2026-W47`.
    public var subject: String
    /// `pdf`.
    public var format: String
    public var digest: SHA256Digest
    public var size: Int64
    /// Its number, once it is registered.
    public var number: String?
    /// The compliance profile with its version.
    public var profile: String
    public var language: String
    /// Demanded fields that were not known.
    public var missing: Int
    public var madeBy: String = ""
    public var madeAt = Timestamp(microseconds: 0)

    public init(
        form: String, subject: String, format: String, digest: SHA256Digest, size: Int64, number: String?, profile: String,
        language: String,
        missing: Int
    ) {
        self.form = form
        self.subject = subject
        self.format = format
        self.digest = digest
        self.size = size
        self.number = number
        self.profile = profile
        self.language = language
        self.missing = missing
    }

    var ledgerSubject: String { "report/\(form)/\(subject)" }
}

extension IncidentStore {
    /// Records that a document was made. The same document made again (form, subject and bytes) is no new entry.
    /// - Returns: whether it is a new one.
    @discardableResult
    public func recordDocument(_ document: MadeDocument, by hand: Hand) throws -> Bool {
        let now = clock()
        return try write { db in
            let known = try Bool.fetchOne(
                db, sql: "SELECT 1 FROM report_document WHERE form = ? AND subject = ? AND digest = ?",
                arguments: [document.form, document.subject, document.digest.hex])
            guard known == nil else { return false }
            try db.execute(
                sql: """
                    INSERT INTO report_document
                      (form, subject, format, digest, size, number, profile, language, missing, made_by, seen_at, written_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    document.form, document.subject, document.format, document.digest.hex, document.size, document.number, document.profile,
                    document.language, document.missing, hand.actor, now.microseconds, now.microseconds,
                ])
            try Ledger.append(
                db, at: now, written: now, kind: "report.made", actor: hand.actor, subject: document.ledgerSubject,
                body: [
                    "form": .string(document.form), "format": .string(document.format), "digest": .string(document.digest.hex),
                    "size": .integer(document.size), "number": JSONValue(document.number), "profile": .string(document.profile),
                    "language": .string(document.language), "missing": JSONValue(document.missing),
                ])
            return true
        }
    }

    /// Documents that were made, the newest first.
    public func documents(form: String? = nil, subject: String? = nil, limit: Int = 1000) throws -> [MadeDocument] {
        var condition = Condition()
        condition.add("form = ?", form)
        condition.add("subject = ?", subject)
        return try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM report_document \(condition.sql) ORDER BY id DESC LIMIT \(max(1, limit))",
                arguments: condition.arguments
            ).map { row in
                var document = MadeDocument(
                    form: row["form"], subject: row["subject"], format: row["format"],
                    digest: SHA256Digest(hex: row["digest"]) ?? LedgerEvent.origin, size: row["size"], number: row["number"],
                    profile: row["profile"], language: row["language"], missing: row["missing"])
                document.id = row["id"]
                document.madeBy = row["made_by"]
                document.madeAt = Timestamp(microseconds: row["seen_at"])
                return document
            }
        }
    }

    /// What people answered for a document, by field.
    public func answers(form: String, subject: String) throws -> [String: String] {
        try read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT field, value FROM report_answer WHERE form = ? AND subject = ?", arguments: [form, subject])
            return Dictionary(rows.map { ($0["field"], $0["value"]) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Keeps an answer, so that the document can be made again and work on it can go on later. An empty one takes the answer back.
    /// - Returns: whether it changed anything.
    @discardableResult
    public func answer(_ field: String, _ value: String, form: String, subject: String, by hand: Hand) throws -> Bool {
        let now = clock()
        return try write { db in
            let before = try String.fetchOne(
                db, sql: "SELECT value FROM report_answer WHERE form = ? AND subject = ? AND field = ?", arguments: [form, subject, field])
            guard value != before ?? "" else { return false }
            if value.isEmpty {
                try db.execute(
                    sql: "DELETE FROM report_answer WHERE form = ? AND subject = ? AND field = ?", arguments: [form, subject, field])
            } else {
                try db.execute(
                    sql: """
                        INSERT OR REPLACE INTO report_answer (form, subject, field, value, answered_by, seen_at, written_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?)
                        """, arguments: [form, subject, field, value, hand.actor, now.microseconds, now.microseconds])
            }
            try Ledger.append(
                db, at: now, written: now, kind: "report.answered", actor: hand.actor, subject: "report/\(form)/\(subject)",
                body: ["field": .string(field), "before": JSONValue(before), "value": .string(value)])
            return true
        }
    }

    /// Records that a document was sent, or that sending failed: an entry of the ledger. Deadlines are fulfilled by `fulfil`.
    public func recordSending(
        form: String, subject: String, _ dispatch: Dispatch, digests: [SHA256Digest], clocks: [String], failure: String? = nil,
        by hand: Hand
    ) throws {
        var body: [String: JSONValue] = [
            "document": .string(dispatch.document), "recipient": .string(dispatch.recipient), "channel": .string(dispatch.channel.rawValue),
            "sent_at": .integer(dispatch.sentAt.microseconds), "digests": .array(digests.map { .string($0.hex) }),
            "clocks": .array(clocks.map { .string($0) }),
        ]
        if let proof = dispatch.proof { body["proof"] = .string(proof) }
        if let failure { body["failure"] = .string(failure) }
        try record(
            kind: failure == nil ? "report.sent" : "report.failed", subject: "report/\(form)/\(subject)", body: .object(body),
            actor: hand.actor, at: dispatch.sentAt)
    }
}
