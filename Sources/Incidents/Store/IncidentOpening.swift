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

    /// The highest number that an incident of the year has; 0 where there is none.
    static func lastNumber(of year: Int, in db: Database) throws -> Int {
        let statement = try SQLStatement(kept: db, "SELECT coalesce(max(number), 0) FROM incident WHERE year = ?")
        statement.bind(1, year)
        return Int(try statement.integer() ?? 0)
    }

    /// Gives it the next code of its year and writes it with its ledger entry.
    func insert(_ db: Database, actor: String, written: Timestamp, body: [String: JSONValue]) throws -> (id: Int64, code: IncidentCode) {
        let year = LocalTime.fields(firstSeen).year
        return try insert(
            db, code: IncidentCode(year: year, number: IncidentOpening.lastNumber(of: year, in: db) + 1), actor: actor, written: written,
            body: body)
    }

    /// Writes it with its ledger entry.
    /// - Parameter code: the next one of its year.
    func insert(_ db: Database, code: IncidentCode, actor: String, written: Timestamp, body: [String: JSONValue]) throws -> (
        id: Int64, code: IncidentCode
    ) {
        let insertion = try SQLStatement(
            kept: db,
            """
            INSERT INTO incident (year, number, code, state, kind, category, severity, agency_id, title, title_en, attacker, victim,
              indicator, seen_at, last_seen_at, written_at, reported_by, stages)
            VALUES (?, ?, ?, 'new', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        insertion.bind(1, code.year)
        insertion.bind(2, code.number)
        insertion.bind(3, code.description)
        insertion.bind(4, kind?.rawValue)
        insertion.bind(5, category.rawValue)
        insertion.bind(6, severity.rawValue)
        insertion.bind(7, agencyID)
        insertion.bind(8, titleVietnamese)
        insertion.bind(9, titleEnglish)
        insertion.bind(10, attacker)
        insertion.bind(11, victim)
        insertion.bind(12, indicator)
        insertion.bind(13, firstSeen.microseconds)
        insertion.bind(14, lastSeen.microseconds)
        insertion.bind(15, written.microseconds)
        insertion.bind(16, reportedBy)
        insertion.bind(17, utf8: try ReachedStage.json(stages).canonicalBytes())
        try insertion.run()
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
