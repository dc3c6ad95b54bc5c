import Bytes
import Digest
import GRDB
import Trust

extension IncidentStore {
    /// Records evidence that a person adds to an incident; its bytes lie in the ``EvidenceFolder`` already.
    @discardableResult
    public func addEvidence(_ record: EvidenceRecord, to incident: IncidentCode, by hand: Hand) throws -> EvidenceItem {
        let now = clock()
        return try write { db in
            let row = try checked(incident, hand, in: db)
            try touch(row.id, now, in: db)
            let id = try IncidentStore.insert(
                record, incidentID: row.id, code: incident, alertID: nil, actor: hand.actor, written: now, in: db)
            guard let stored = try Row.fetchOne(db, sql: "\(EvidenceItem.select) WHERE e.id = ?", arguments: [id]),
                let item = EvidenceItem(row: stored)
            else { throw NotFoundError(.evidence, record.digest.hex) }
            return item
        }
    }

    /// Records that evidence was looked at or given out; one entry for each piece, before it happens.
    /// - Parameter detail: where it went and why, in words.
    public func recordCustody(_ action: CustodyAction, of digests: [SHA256Digest], detail: String, by hand: Hand) throws {
        let now = clock()
        guard hand.actor.contains(where: { !$0.isWhitespace }) else { throw HouseRuleError.missing(code: "evidence", .actor) }
        try write { db in
            for digest in digests {
                let rows = try Row.fetchAll(
                    db,
                    sql:
                        "SELECT e.size, i.code FROM evidence e LEFT JOIN incident i ON i.id = e.incident_id WHERE e.digest = ? ORDER BY e.id",
                    arguments: [digest.hex])
                guard let row = rows.first else { throw NotFoundError(.evidence, digest.hex) }
                try Ledger.append(
                    db, at: now, written: now, kind: "evidence.\(action.rawValue)", actor: hand.actor, subject: "evidence/\(digest.hex)",
                    body: [
                        "detail": .string(detail), "digest": .string(digest.hex), "size": .integer(row["size"]),
                        "incidents": .array(rows.compactMap { $0["code"] as String? }.map(JSONValue.string)),
                    ])
            }
        }
    }

    /// What is evidence of an incident under a legal hold.
    public func heldEvidence() throws -> [SHA256Digest] {
        try read { db in
            try String.fetchAll(
                db,
                sql: "SELECT DISTINCT e.digest FROM incident i CROSS JOIN evidence e ON e.incident_id = i.id WHERE i.held = 1"
            ).compactMap { SHA256Digest(hex: $0) }
        }
    }

    /// Records that one piece was looked at or given out.
    public func recordCustody(_ action: CustodyAction, of digest: SHA256Digest, detail: String, by hand: Hand) throws {
        try recordCustody(action, of: [digest], detail: detail, by: hand)
    }

    /// Every entry about a piece of evidence, the oldest first: who captured or added it, looked at it, copied it, gave it out.
    public func custody(of digest: SHA256Digest) throws -> [LedgerEntry] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM event INDEXED BY event_kind WHERE kind >= 'evidence.' AND kind < 'evidence/'
                      AND (subject = :subject OR json_valid(body) AND body ->> '$.digest' = :digest) ORDER BY seq
                    """, arguments: ["subject": "evidence/\(digest.hex)", "digest": digest.hex]
            ).map(LedgerEntry.init(row:))
        }
    }

    /// Whether a row names the digest.
    public func isRecorded(_ digest: SHA256Digest) throws -> Bool {
        try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM evidence WHERE digest = ?)", arguments: [digest.hex]) ?? false }
    }

    /// The piece that a person means: by the number of its row, or the beginning of its digest (at least four digits).
    public func evidence(named name: String) throws -> EvidenceItem {
        try read { db in
            if let id = Int64(name), let row = try Row.fetchOne(db, sql: "\(EvidenceItem.select) WHERE e.id = ?", arguments: [id]),
                let item = EvidenceItem(row: row)
            {
                return item
            }
            let prefix = name.lowercased()
            guard prefix.count >= 4, prefix.allSatisfy(\.isHexDigit) else { throw NotFoundError(.evidence, name) }
            let rows = try Row.fetchAll(
                db, sql: "\(EvidenceItem.select) WHERE e.digest >= ? AND e.digest < ? ORDER BY e.id", arguments: [prefix, prefix + "g"])
            guard let first = rows.first.flatMap(EvidenceItem.init(row:)), Set(rows.map { $0["digest"] as String }).count == 1 else {
                throw NotFoundError(.evidence, name)
            }
            return first
        }
    }

    /// Compares every recorded piece of evidence with its file.
    public func verifyEvidence(in folder: EvidenceFolder, incident: IncidentCode? = nil) throws -> [EvidenceFinding] {
        IncidentStore.verify(try evidence(incident: incident), in: folder)
    }

    /// Compares these pieces of evidence with their files.
    public static func verify(_ items: [EvidenceItem], in folder: EvidenceFolder) -> [EvidenceFinding] {
        var seen: Set<SHA256Digest> = []
        return items.filter { seen.insert($0.digest).inserted }.compactMap {
            folder.check($0.digest, size: $0.size)
        }
    }

    /// Writes the row and its entry on the evidence, and on the incident where there is one.
    static func insert(
        _ record: EvidenceRecord, incidentID: Int64?, code: IncidentCode?, alertID: Int64?, actor: String, written: Timestamp,
        in db: Database
    ) throws -> Int64 {
        try db.cachedStatement(
            sql: """
                INSERT INTO evidence (digest, size, kind, incident_id, alert_id, added_by, description, seen_at, written_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [
            record.digest.hex, record.size, record.kind.rawValue, incidentID, alertID, actor, record.description, record.time.microseconds,
            written.microseconds,
        ])
        let id = db.lastInsertedRowID
        try Ledger.append(
            db, at: record.time, written: written, kind: "evidence.stored", actor: actor,
            subject: code?.subject ?? "evidence/\(record.digest.hex)",
            body: [
                "digest": .string(record.digest.hex), "size": .integer(record.size), "kind": .string(record.kind.rawValue),
                "description": .string(record.description), "alert": JSONValue(alertID),
            ])
        return id
    }
}
