import Bytes
import GRDB
import Trust

/// A new incident on its way into the tables.
struct IncidentOpening {
    var kind: KindCode?
    var category: CategoryCode
    var severity: Severity
    var agencyID: Int64?
    /// The code of that agency.
    var agency: String?
    var titleVietnamese: String
    var titleEnglish: String
    var attacker: IPAddress?
    var victim: IPAddress?
    var indicator: String?
    var reportedBy: String?
    var stages: [ReachedStage] = []
    var firstSeen: Timestamp
    var lastSeen: Timestamp

    /// Gives it the next code of its year and writes it with its ledger entry.
    func insert(_ db: Database, actor: String, written: Timestamp, body: [String: JSONValue]) throws -> (id: Int64, code: IncidentCode) {
        let year = LocalTime.fields(firstSeen).year
        let number =
            try Int.fetchOne(
                db.cachedStatement(sql: "SELECT coalesce(max(number), 0) + 1 FROM incident WHERE year = ?"), arguments: [year]) ?? 1
        let code = IncidentCode(year: year, number: number)
        try db.cachedStatement(
            sql: """
                INSERT INTO incident (year, number, code, state, kind, category, severity, agency_id, title, title_en, attacker, victim,
                  indicator, seen_at, last_seen_at, written_at, reported_by, stages)
                VALUES (?, ?, ?, 'new', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(
            arguments: [
                year, number, code.description, kind?.rawValue, category.rawValue, severity.rawValue, agencyID, titleVietnamese,
                titleEnglish, attacker?.description, victim?.description, indicator, firstSeen.microseconds, lastSeen.microseconds,
                written.microseconds, reportedBy, try ReachedStage.json(stages).canonicalText(),
            ])
        let id = db.lastInsertedRowID
        var entry = body.filter { $0.value != .null }
        entry["state"] = "new"
        entry["category"] = .string(category.rawValue)
        entry["severity"] = .string(severity.rawValue)
        entry["title"] = .string(titleVietnamese)
        entry["title_en"] = .string(titleEnglish)
        entry["seen_at"] = .integer(firstSeen.microseconds)
        entry["last_seen_at"] = .integer(lastSeen.microseconds)
        entry["opened_at"] = .integer(written.microseconds)
        if let agency { entry["agency"] = .string(agency) }
        if let reportedBy { entry["reported_by"] = .string(reportedBy) }
        if !stages.isEmpty { entry["stages"] = ReachedStage.json(stages) }
        if let kind { entry["kind"] = .string(kind.rawValue) }
        if let attacker { entry["attacker"] = .string(attacker.description) }
        if let victim { entry["victim"] = .string(victim.description) }
        if let indicator { entry["indicator"] = .string(indicator) }
        try Ledger.append(
            db, at: firstSeen, written: written, kind: "incident.opened", actor: actor, subject: code.subject, body: .object(entry))
        return (id, code)
    }
}
