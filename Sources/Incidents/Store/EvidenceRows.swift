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
            let id = try IncidentStore.insert(
                record, incidentID: row.id, code: incident, alertID: nil, actor: hand.actor, written: now, in: db)
            try touch(row.id, now, in: db)
            guard let stored = try Row.fetchOne(db, sql: "\(EvidenceItem.select) WHERE e.id = ?", arguments: [id]),
                let item = EvidenceItem(row: stored)
            else { throw NotFoundError(.evidence, record.digest.hex) }
            return item
        }
    }

    /// Records that evidence was looked at or given out.
    public func recordCustody(_ action: CustodyAction, of digest: SHA256Digest, detail: String, by hand: Hand) throws {
        let now = clock()
        try write { db in
            guard try Bool.fetchOne(db, sql: "SELECT 1 FROM evidence WHERE digest = ?", arguments: [digest.hex]) != nil else {
                throw NotFoundError(.evidence, digest.hex)
            }
            try Ledger.append(
                db, at: now, written: now, kind: "evidence.\(action.rawValue)", actor: hand.actor, subject: "evidence/\(digest.hex)",
                body: ["detail": .string(detail)])
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
