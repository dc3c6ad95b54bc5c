import Bytes
import Digest
import GRDB
import Synchronization
import Trust

/// One table of the record as the rebuilt one compares with it.
public struct RebuiltTable: Sendable, Hashable {
    public var name: String
    /// Rows that are there.
    public var rows: Int
    /// Rows that changed since the last seal.
    public var waiting: Int
    public var findings: [LedgerFinding]
}

extension IncidentStore {
    /// Re-computes the whole chain, rebuilds every table from it and compares, compares every alert with its seal, and the schema with the one that
    /// this program makes. One reading transaction: what is written meanwhile does not disturb it.
    /// - Parameters:
    ///   - chainOnly: leave the tables.
    ///   - progress: told after every few thousand entries and alerts.
    public func auditLedger(chainOnly: Bool = false, progress: WorkProgress = { _, _ in }) throws -> LedgerAudit {
        try read { db in
            var audit = LedgerAudit()
            let work = try LedgerWork(db, chainOnly: chainOnly)
            try IncidentStore.checkChain(db, &audit) { progress(work.chain($0), work.total) }
            // Older versions kept only the chain.
            guard !chainOnly, try db.tableExists("ledger_open") else { return audit }
            for table in try IncidentStore.rebuild(db, progress: { progress(work.replay($0), work.total) }) {
                audit.waiting += table.waiting
                for finding in table.findings { audit.add(finding) }
            }
            try IncidentStore.checkAlerts(db, &audit) { progress(work.alerts($0), work.total) }
            for problem in try IncidentStore.countProblems(db) { audit.add(.count(problem)) }
            for finding in try IncidentStore.schemaFindings(db) { audit.add(finding) }
            return audit
        }
    }

    /// Rebuilds every table from the ledger and compares.
    public func rebuildTables(progress: WorkProgress = { _, _ in }) throws -> [RebuiltTable] {
        try read { db in
            let entries = try Int.fetchOne(db, sql: "SELECT max(seq) FROM event") ?? 0
            return try IncidentStore.rebuild(db) { progress($0, entries) }
        }
    }

    /// How much an audit has to look at: each entry for the chain, each once more for the tables, each alert.
    private struct LedgerWork {
        let entries: Int
        let total: Int

        init(_ db: Database, chainOnly: Bool) throws {
            entries = try Int.fetchOne(db, sql: "SELECT max(seq) FROM event") ?? 0
            total = chainOnly ? entries : try 2 * entries + (Int.fetchOne(db, sql: "SELECT max(id) FROM alert") ?? 0)
        }

        func chain(_ seq: Int) -> Int { seq }
        func replay(_ seq: Int) -> Int { entries + seq }
        func alerts(_ id: Int) -> Int { 2 * entries + id }
    }

    // MARK: The chain

    /// The text whose SHA-256 is an entry's hash, put together from the columns as they are stored.
    static let hashedText = """
        '{"actor":' || json_quote(actor) || ',"body":' || body || ',"kind":' || json_quote(kind) || ',"previous":"' || previous
          || '","seq":' || seq || ',"subject":' || json_quote(subject) || ',"time":' || seen_at || '}'
        """

    private static func checkChain(_ db: Database, _ audit: inout LedgerAudit, _ progress: (Int) -> Void) throws {
        // Entries of earlier versions did not say when they were written.
        let adopted = try Int64.fetchOne(
            db, sql: "SELECT min(seq) FROM event WHERE kind = 'database.migrated' AND json_valid(body) AND body ->> '$.first'")
        let isOld = try !db.tableExists("ledger_open")
        // In the order of the file, which is that of the numbers. A body that is no object could hold parts of what stands around it.
        let entries = try SQLStatement(
            db,
            """
            SELECT seq, previous, hash,
              iif(json_valid(body), substr(body, 1, 1) = '{' AND (seq < \(isOld ? Int64.max : adopted ?? 0)
                OR written_at = coalesce(body ->> '$.\(Ledger.writtenMember)', seen_at)), 0),
              \(hashedText)
            FROM event ORDER BY seq
            """)
        try entries.rows { row in
            let seq = row.integer(0) ?? 0
            if seq & 1023 == 0 { progress(Int(seq)) }
            audit.add(
                seq: seq, previous: row.text(1).flatMap { SHA256Digest(hex: $0) },
                hash: row.text(2).flatMap { SHA256Digest(hex: $0) },
                computed: row.integer(3) == 1 ? SHA256Digest(of: row.bytes(4)) : nil)
            return true
        }
        audit.finish(highest: try Int64.fetchOne(db, sql: "SELECT max(seq) FROM sqlite_sequence WHERE name = 'event'") ?? 0)
    }

    // MARK: Tables

    static func rebuild(_ db: Database, progress: (Int) -> Void = { _ in }) throws -> [RebuiltTable] {
        let tables = try LedgerTable.all(db)
        let replay = try LedgerReplay(tables)
        try replay.apply(db, progress: progress)
        var results: [RebuiltTable] = []
        for table in tables {
            let result = try replay.compare(table, db, waiting: waiting(table.name, db))
            var findings = result.findings
            if result.items.count > findings.count {
                findings.append(.moreRows(table: table.name, count: result.items.count - findings.count))
            }
            results.append(RebuiltTable(name: table.name, rows: result.rows, waiting: result.waiting, findings: findings))
        }
        return results
    }

    /// Rows of a table that the next seal takes in.
    private static func waiting(_ table: String, _ db: Database) throws -> [DatabaseValue: Int64] {
        var waiting: [DatabaseValue: Int64] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT item, columns FROM ledger_open WHERE part = ?", arguments: [table]) {
            waiting[row[0]] = row[1]
        }
        return waiting
    }

    /// Compares alerts with their seals, both in the order of their numbers.
    private static func checkAlerts(_ db: Database, _ audit: inout LedgerAudit, _ progress: (Int) -> Void) throws {
        var expired = NumberRanges()
        for text in try String.fetchAll(db, sql: "SELECT body ->> '$.ids' FROM event WHERE kind = 'alerts.expired' AND json_valid(body)") {
            expired.formUnion(NumberRanges(text)?.ranges ?? [])
        }
        let waiting = try LedgerSeal.openAlerts(db)
        let columns = try LedgerSeal.alertColumns(db)
        var statements: [Int: SQLStatement] = [:]
        var done: Int64 = 0
        var findings: [LedgerFinding] = []
        let seals = try Row.fetchCursor(
            db,
            sql: """
                SELECT body ->> '$.alerts.columns', body ->> '$.alerts.ids', body ->> '$.alerts.digests' FROM event
                WHERE kind = ? AND json_valid(body) AND body -> '$.alerts' IS NOT NULL ORDER BY seq
                """, arguments: [LedgerSeal.kind])
        while let seal = try seals.next() {
            guard let count = seal[0] as Int?, let ids = (seal[1] as String?).flatMap({ NumberRanges($0) }), let text = seal[2] as String?,
                let digests = Base64.decoded(Array(text.utf8).rawSpan), let last = ids.ranges.last?.upperBound, count > 0,
                count <= columns.count,
                Int64(digests.count) == ids.count * Int64(LedgerSeal.digestSize)
            else { continue }
            let statement = try statements[count] ?? SQLStatement(db, LedgerSeal.alertQuery(columns.prefix(count)))
            statements[count] = statement
            statement.bind(1, done + 1)
            statement.bind(2, last)
            var wanted = ids.ranges.joined().makeIterator()
            var next = wanted.next()
            var offset = 0
            func skip() {
                if let missing = next, !expired.contains(missing) { findings.append(.alert(id: missing, .missing)) }
                next = wanted.next()
                offset += LedgerSeal.digestSize
            }
            try statement.rows { row in
                let id = row.integer(0) ?? 0
                if id & 4095 == 0 { progress(Int(id)) }
                while let wanted = next, wanted < id { skip() }
                if next == id {
                    if !digests[offset..<offset + LedgerSeal.digestSize].elementsEqual(LedgerSeal.digest(row)) {
                        findings.append(.alert(id: id, .changed([])))
                    }
                    next = wanted.next()
                    offset += LedgerSeal.digestSize
                } else if !waiting.contains(id) {
                    findings.append(.alert(id: id, .inserted))
                }
                return findings.count < LedgerReplay.mostFindings
            }
            while next != nil, findings.count < LedgerReplay.mostFindings { skip() }
            done = max(done, last)
            if findings.count >= LedgerReplay.mostFindings { break }
        }
        if findings.count < LedgerReplay.mostFindings {
            let rest = try Int64.fetchCursor(db, sql: "SELECT id FROM alert WHERE id > ? OR id < 1 ORDER BY id", arguments: [done])
            while let id = try rest.next(), findings.count < LedgerReplay.mostFindings {
                if waiting.contains(id) { audit.waiting += 1 } else { findings.append(.alert(id: id, .inserted)) }
            }
        }
        for finding in findings { audit.add(finding) }
    }

    // MARK: Schema

    /// Compares what the file says of its tables, triggers, indices and views with what this program's migrations make.
    static func schemaFindings(_ db: Database) throws -> [LedgerFinding] {
        let applied = try Schema.migrator.appliedIdentifiers(db)
        guard let last = Schema.steps.map(\.0).last(where: applied.contains) else { return [] }
        let wanted = try freshSchema(last)
        let found = try schemaParts(db)
        var findings: [LedgerFinding] = []
        for name in Set(wanted.keys).union(found.keys).sorted() where wanted[name] != found[name] {
            let fault: LedgerFinding.RowFault = found[name] == nil ? .missing : wanted[name] == nil ? .inserted : .changed([])
            findings.append(.schema(name: name, fault))
        }
        return findings
    }

    private static let freshSchemas = Mutex<[String: [String: String]]>([:])

    /// What this program's migrations through that step make of an empty file.
    private static func freshSchema(_ step: String) throws -> [String: String] {
        if let known = freshSchemas.withLock({ $0[step] }) { return known }
        let fresh = try DatabaseQueue()
        try Schema.migrator.migrate(fresh, upTo: step)
        let parts = try fresh.read { try schemaParts($0) }
        freshSchemas.withLock { $0[step] = parts }
        return parts
    }

    /// Statements that made the parts of a database, by kind and name.
    private static func schemaParts(_ db: Database) throws -> [String: String] {
        var parts: [String: String] = [:]
        let rows = try Row.fetchAll(db, sql: "SELECT type, name, coalesce(sql, '') FROM main.sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        for row in rows { parts["\(row[0] as String) \(row[1] as String)"] = row[2] }
        return parts
    }

    // MARK: Rows that are older than the ledger's knowledge of them

    /// Takes in rows that a migration changed, or that an older version wrote without entries for all of them. What was there before is taken as it
    /// is found, and the entry says so.
    func adoptRows() throws {
        let isWaiting = try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM ledger_open WHERE part = 'adopt')") ?? false }
        guard isWaiting else { return }
        let now = clock()
        let actor = "vonggac"
        try write { db in
            // Another program may have been first.
            guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM ledger_open WHERE part = 'adopt')") ?? false else { return }
            try LedgerSeal.seal(db, actor: actor, now: now)
            let isFirst =
                try Bool.fetchOne(
                    db, sql: "SELECT NOT EXISTS (SELECT 1 FROM event WHERE kind IN (?, 'database.migrated'))", arguments: [LedgerSeal.kind])
                ?? true
            try Ledger.append(
                db, at: now, written: now, kind: "database.migrated", actor: actor, subject: "database",
                body: [
                    "migrations": .array(try Schema.migrator.appliedIdentifiers(db).sorted().map(JSONValue.string)),
                    "first": .bool(isFirst),
                ])
            let tables = try LedgerTable.all(db)
            var open = 0
            func take(_ item: DatabaseValue, of table: LedgerTable) throws {
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO ledger_open (part, item, columns, written_at) VALUES (?, ?, -1, ?)")
                    .execute(arguments: [table.name, item, now.microseconds])
                open += 1
                if open % 20_000 == 0 { try LedgerSeal.seal(db, actor: actor, now: now) }
            }
            if isFirst {
                for table in tables {
                    let order = table.key.map { "\"\(table.columns[$0].name)\"" }.joined(separator: ", ")
                    let items = try DatabaseValue.fetchCursor(db, sql: "SELECT \(table.item("")) FROM \"\(table.name)\" ORDER BY \(order)")
                    while let item = try items.next() { try take(item, of: table) }
                }
            } else {
                let replay = try LedgerReplay(tables)
                try replay.apply(db)
                for table in tables { for item in try replay.compare(table, db, waiting: [:]).items { try take(item, of: table) } }
            }
            try LedgerSeal.seal(db, actor: actor, now: now)
            if isFirst {
                var ranges = NumberRanges()
                let ids = try Int64.fetchCursor(db, sql: "SELECT id FROM alert ORDER BY id")
                while let id = try ids.next() { ranges.append(id) }
                for range in ranges.ranges {
                    for start in stride(from: range.lowerBound, through: range.upperBound, by: 20_000) {
                        try LedgerSeal.open(alerts: start...min(range.upperBound, start + 19_999), written: now, in: db)
                        try LedgerSeal.seal(db, actor: actor, now: now)
                    }
                }
            }
            try db.execute(sql: "DELETE FROM ledger_open WHERE part = 'adopt'")
        }
    }
}
