import Bytes
import Digest
import GRDB
import Glibc
import Trust

/// How long what is kept.
public struct RetentionPolicy: Sendable, Hashable {
    /// Alerts that no kept incident has, their packets, and heartbeats, in days.
    public var alertDays: Int
    /// What belongs to a closed incident, in years after it was closed.
    public var incidentYears: Int

    public init(alertDays: Int, incidentYears: Int) {
        self.alertDays = alertDays
        self.incidentYears = incidentYears
    }
}

/// What a retention run has deleted.
public struct RetentionSummary: Sendable, Hashable {
    public var alerts = 0
    public var evidence = 0
    public var heartbeats = 0
    /// Bytes given back to the file system.
    public var bytesFreed: Int64 = 0
    /// Older than this went.
    public var cutoff: Timestamp
    /// Free pages stay in the file, because it was made before it could give them back; `db vacuum` once changes that.
    public var needsVacuum = false
}

/// Deletes what is older than the policy keeps, a slice in each call, so that whoever writes beside it never waits long.
///
/// The cut lies at the start of a local day. Kept are alerts and evidence of every incident that is open, confirmed, or closed less than
/// `incidentYears` ago, of every incident that is held, and evidence that a person added. Incidents, the ledger and what people wrote are never
/// deleted. Each piece of evidence that goes is an entry of the ledger, and so is the run.
public final class RetentionRun {
    public private(set) var summary: RetentionSummary
    private let store: IncidentStore
    private let policy: RetentionPolicy
    private let folder: EvidenceFolder?
    private let actor: String
    private let now: Timestamp
    /// Where the walk through the old alerts is: kept ones are not looked at twice.
    private var position: (time: Int64, id: Int64) = (Int64.min, 0)
    private var stage = Stage.alerts
    /// Where it was after the first slice.
    private var origin: Int64?
    /// Rows of a slice; follows how long slices take.
    private var rows = 500
    /// A slice costs something however small it is: of smaller ones there would be too many.
    private static let leastRows = 500
    private let target: Duration
    /// When the slice at hand was given the lock.
    private var locked: ContinuousClock.Instant?
    /// How long the last slice held the database. Whoever calls ``step()`` again and again leaves others as much time in between.
    public private(set) var held = Duration.zero

    private enum Stage { case alerts, evidence, heartbeats, entry, space, done }

    /// - Parameters:
    ///   - folder: where the files of evidence lie; nil leaves them.
    ///   - target: how long a slice may hold the database.
    public init(
        store: IncidentStore, policy: RetentionPolicy, folder: EvidenceFolder?, actor: String, target: Duration = .milliseconds(40)
    ) {
        self.store = store
        self.policy = policy
        self.folder = folder
        self.actor = actor
        self.target = target
        now = store.clock()
        let day = LocalDay.of(now.microseconds) - Int64(max(1, policy.alertDays))
        summary = RetentionSummary(cutoff: Timestamp(microseconds: LocalDay.start(day)))
    }

    /// Works for one slice.
    /// - Returns: whether there is more to do.
    public func step() throws -> Bool {
        let start = ContinuousClock.now
        locked = nil
        switch stage {
        case .alerts:
            if try expireAlerts() { stage = .evidence }
            origin = origin ?? position.time
        case .evidence: if try expireEvidence() { stage = .heartbeats }
        case .heartbeats: if try expireHeartbeats() { stage = .entry }
        case .entry:
            removeLeftovers()
            try writeEntry()
            stage = .space
        case .space: if try giveBack() { stage = .done }
        case .done: return false
        }
        // What it waited for a busy sensor says nothing of its size: a slice that is made smaller for it never comes to an end.
        let took = ContinuousClock.now - (locked ?? start)
        held = took
        store.shortenLog()
        if took > target { rows = max(RetentionRun.leastRows, rows / 2) } else if took < target / 2 { rows = min(20_000, rows * 2) }
        return stage != .done
    }

    /// How far the walk through the old alerts is, in seconds of the time in which they were seen.
    public var walked: (done: Int, total: Int) {
        guard let origin, stage == .alerts, origin > .min else { return (stage == .alerts ? 0 : 1, 1) }
        return (Int((position.time - origin) / 1_000_000), max(1, Int((summary.cutoff.microseconds - origin) / 1_000_000)))
    }

    /// What keeps an incident's alerts.
    private static let kept = """
        (i.held = 1 OR i.state NOT IN ('false_alarm', 'duplicate', 'closed')
          OR i.state = 'closed' AND coalesce(i.closed_at, i.last_seen_at) >= :closed)
        """

    private var closedSince: Int64 { now.microseconds - Int64(max(1, policy.incidentYears)) * 31_557_600_000_000 }

    /// Of `candidates`: an incident or a piece of evidence keeps the alert.
    fileprivate static let isKeptOfCandidate = """
        i.id IS NOT NULL AND \(kept)
          OR EXISTS (
            SELECT 1 FROM evidence e LEFT JOIN incident i ON i.id = e.incident_id
            WHERE e.alert_id = a.id AND (e.added_by NOT LIKE 'sensor:%' OR i.id IS NOT NULL AND \(kept)))
        """

    fileprivate static let candidates = """
        FROM alert a INDEXED BY alert_time LEFT JOIN incident_alert ia ON ia.alert_id = a.id LEFT JOIN incident i ON i.id = ia.incident_id
        WHERE (a.seen_at, a.id) > (:time, :id) AND a.seen_at < :cutoff ORDER BY a.seen_at, a.id LIMIT :rows
        """

    /// Old alerts from where the walk is, and whether each is kept.
    static let candidateQuery = "SELECT a.id, a.seen_at, \(isKeptOfCandidate) \(candidates)"

    private func expireAlerts() throws -> Bool {
        var files: [SHA256Digest] = []
        var expiredAlerts = NumberRanges()
        let written = store.clock()
        let (next, deleted, isLast) = try store.write(.later(actor: actor)) { db in
            locked = .now
            var position = position
            var ids: [Int64] = []
            var count = 0
            let cursor = try Row.fetchCursor(
                db.cachedStatement(sql: RetentionRun.candidateQuery),
                arguments: [
                    "closed": closedSince, "time": position.time, "id": position.id, "cutoff": summary.cutoff.microseconds, "rows": rows,
                ])
            while let row = try cursor.next() {
                count += 1
                position = (row[1], row[0])
                if !(row[2] as Bool) { ids.append(row[0]) }
            }
            let list = jsonList(ids)
            if !ids.isEmpty {
                var expired = NumberRanges()
                for id in ids.sorted() { expired.append(id) }
                // Once a row is gone, no seal can take it in. What a sensor has just written is none of these: it is sealed in its turn.
                if try LedgerSeal.isWaiting(expired, in: db) { try LedgerSeal.seal(db, actor: actor, now: written) }
                try LedgerSeal.keepHighest(in: db)
                expiredAlerts = expired
            }
            files = try removeEvidence("e.alert_id IN (SELECT value FROM json_each(:list))", ["list": list], written, db)
            try IncidentStore.removeAlerts(list, in: db)
            if !expiredAlerts.isEmpty {
                try Ledger.append(
                    db, at: written, written: written, kind: "alerts.expired", actor: actor, subject: "database",
                    body: ["ids": .string(expiredAlerts.text), "cutoff": .string(LocalTime.iso(summary.cutoff))])
            }
            return (position, ids.count, count < rows)
        }
        position = next
        summary.alerts += deleted
        removeFiles(files)
        return isLast
    }

    /// Evidence without an alert, and of incidents that are no longer kept.
    private func expireEvidence() throws -> Bool {
        var files: [SHA256Digest] = []
        let written = store.clock()
        try store.write { db in
            locked = .now
            files = try removeEvidence(
                """
                e.id IN (SELECT e.id FROM evidence e INDEXED BY evidence_time LEFT JOIN incident i ON i.id = e.incident_id
                  WHERE e.seen_at < :cutoff AND e.added_by LIKE 'sensor:%' AND (i.id IS NULL OR NOT \(RetentionRun.kept))
                    AND (e.alert_id IS NULL OR i.id IS NOT NULL) ORDER BY e.seen_at LIMIT :rows)
                """, ["cutoff": summary.cutoff.microseconds, "closed": closedSince, "rows": min(rows, 500)], written, db)
        }
        removeFiles(files)
        return files.isEmpty
    }

    /// Deletes rows of evidence with their entries.
    private func removeEvidence(_ which: String, _ arguments: StatementArguments, _ written: Timestamp, _ db: Database) throws
        -> [SHA256Digest]
    {
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT e.id, e.digest, e.size, i.code FROM evidence e LEFT JOIN incident i ON i.id = e.incident_id WHERE \(which)
                    """), arguments: arguments)
        for row in rows {
            let digest: String = row["digest"]
            try db.cachedStatement(sql: "DELETE FROM evidence WHERE id = ?").execute(arguments: [row["id"] as Int64])
            try Ledger.append(
                db, at: written, written: written, kind: "evidence.expired", actor: actor,
                subject: (row["code"] as String?).map { "incident/\($0)" } ?? "evidence/\(digest)",
                body: [
                    "digest": .string(digest), "size": .integer(row["size"]), "cutoff": .string(LocalTime.iso(summary.cutoff)),
                ])
        }
        summary.evidence += rows.count
        return rows.compactMap { SHA256Digest(hex: $0["digest"]) }
    }

    /// Removes files that no row names any more.
    private func removeFiles(_ digests: [SHA256Digest]) {
        guard let folder else { return }
        for digest in Set(digests) {
            // One that cannot be asked about stays.
            summary.bytesFreed += (try? folder.remove(digest) { try store.isRecorded(digest) }) ?? 0
        }
    }

    /// Removes what was stored and never recorded.
    private func removeLeftovers() {
        summary.bytesFreed += (try? folder?.removeLeftovers { try store.isRecorded($0) }) ?? 0
    }

    private func expireHeartbeats() throws -> Bool {
        let deleted = try store.write(.later(actor: actor)) { db in
            locked = .now
            try db.execute(
                sql: """
                    DELETE FROM sensor_heartbeat WHERE id IN (
                      SELECT id FROM sensor_heartbeat INDEXED BY sensor_heartbeat_end WHERE until_at < ? LIMIT ?)
                    """, arguments: [summary.cutoff.microseconds, rows])
            return db.changesCount
        }
        summary.heartbeats += deleted
        return deleted == 0
    }

    private func writeEntry() throws {
        guard summary.alerts + summary.evidence + summary.heartbeats > 0 else { return }
        let written = store.clock()
        try store.write { db in
            try Ledger.append(
                db, at: written, written: written, kind: "retention.applied", actor: actor, subject: "database",
                body: [
                    "alerts": JSONValue(summary.alerts), "evidence": JSONValue(summary.evidence),
                    "heartbeats": JSONValue(summary.heartbeats), "cutoff": .string(LocalTime.iso(summary.cutoff)),
                    "alert_days": JSONValue(policy.alertDays), "incident_years": JSONValue(policy.incidentYears),
                ])
        }
    }

    /// Free pages that stay for what is written next.
    private static let reserve = 1024

    /// Cuts free pages off the file.
    private func giveBack() throws -> Bool {
        let (freed, isDone, isOld) = try store.giveBack(pages: rows, keeping: RetentionRun.reserve)
        summary.bytesFreed += freed
        summary.needsVacuum = isOld
        return isDone
    }
}

extension IncidentStore {
    /// Deletes alerts with what counts them. Nothing else may name them.
    fileprivate static func removeAlerts(_ list: String, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO alert_day (group_id, day, alerts)
                SELECT group_id, \(ScaleSchema.day("seen_at")), -count(*) FROM alert WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2
                ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                """
        ).execute(arguments: [list])
        try db.cachedStatement(
            sql: """
                DELETE FROM alert_day WHERE alerts = 0 AND (group_id, day) IN (
                  SELECT group_id, \(ScaleSchema.day("seen_at")) FROM alert WHERE id IN (SELECT value FROM json_each(?)))
                """
        ).execute(arguments: [list])
        try db.cachedStatement(
            sql: """
                INSERT INTO day_count (day, alerts)
                SELECT \(ScaleSchema.day("seen_at")), -count(*) FROM alert WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1
                ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                """
        ).execute(arguments: [list])
        try db.cachedStatement(sql: "DELETE FROM day_count WHERE alerts = 0").execute()
        for (table, key, ofAlert, places) in [
            ("slice_day", "day, sensor_id, agency_id, kind, priority", CountSchema.sliceOfAlert, "1, 2, 3, 4, 5"),
            ("rule_day", "day, sid, sensor_id, class_type, kind, priority", CountSchema.ruleOfAlert, "1, 2, 3, 4, 5, 6"),
        ] {
            try db.cachedStatement(
                sql: """
                    INSERT INTO \(table) (\(key), alerts)
                    SELECT \(ofAlert), -count(*) FROM alert a WHERE a.id IN (SELECT value FROM json_each(?))
                    GROUP BY \(places)
                    ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                    """
            ).execute(arguments: [list])
            try db.cachedStatement(
                sql: """
                    DELETE FROM \(table) WHERE alerts = 0
                      AND (\(key)) IN (SELECT \(ofAlert) FROM alert a WHERE a.id IN (SELECT value FROM json_each(?)))
                    """
            ).execute(arguments: [list])
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
                SELECT \(ScaleSchema.incidentDayOfAlert), -count(*), max(a.seen_at), min(a.seen_at), NULL
                FROM incident_alert ia CROSS JOIN alert a ON a.id = ia.alert_id
                WHERE ia.alert_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3, 4, 5, 6, 7
                ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                """
        ).execute(arguments: [list])
        try db.cachedStatement(
            sql: """
                DELETE FROM incident_day WHERE alerts = 0 AND (day, incident_id, group_id, attacker, victim, port, transport) IN (
                  SELECT \(ScaleSchema.incidentDayOfAlert) FROM incident_alert ia CROSS JOIN alert a ON a.id = ia.alert_id
                  WHERE ia.alert_id IN (SELECT value FROM json_each(?)))
                """
        ).execute(arguments: [list])
        // Of what stays of a day the first and the last are others now: one walk through what each incident has left of that day.
        try db.cachedStatement(
            sql: """
                WITH touched AS MATERIALIZED (
                  SELECT DISTINCT incident_id AS touched_incident, \(ScaleSchema.day("seen_at")) AS touched_day FROM incident_alert
                  WHERE alert_id IN (SELECT value FROM json_each(:list))),
                rest (day, incident_id, group_id, attacker, victim, port, transport, first_at, last_at, app_protocol) AS MATERIALIZED (
                  SELECT \(ScaleSchema.incidentDayOfAlert), min(a.seen_at), max(a.seen_at), max(a.app_protocol)
                  FROM touched CROSS JOIN incident_alert ia INDEXED BY incident_alert_incident
                    ON ia.incident_id = touched_incident AND ia.seen_at >= \(ScaleSchema.start("touched_day"))
                      AND ia.seen_at < \(ScaleSchema.start("(touched_day + 1)"))
                  CROSS JOIN alert a ON a.id = ia.alert_id
                  WHERE ia.alert_id NOT IN (SELECT value FROM json_each(:list)) GROUP BY 1, 2, 3, 4, 5, 6, 7)
                UPDATE incident_day SET first_at = rest.first_at, last_at = rest.last_at, app_protocol = rest.app_protocol
                FROM rest
                WHERE (incident_day.day, incident_day.incident_id, incident_day.group_id, incident_day.attacker, incident_day.victim,
                    incident_day.port, incident_day.transport)
                    = (rest.day, rest.incident_id, rest.group_id, rest.attacker, rest.victim, rest.port, rest.transport)
                  AND (incident_day.first_at, incident_day.last_at, incident_day.app_protocol)
                    IS NOT (rest.first_at, rest.last_at, rest.app_protocol)
                """
        ).execute(arguments: ["list": list])
        for sql in [
            "DELETE FROM incident_alert WHERE alert_id IN (SELECT value FROM json_each(?))",
            "DELETE FROM alert WHERE id IN (SELECT value FROM json_each(?))",
        ] {
            try db.cachedStatement(sql: sql).execute(arguments: [list])
        }
    }

    /// A log that is longer than this is copied back and cut, where nobody is in the way.
    private static let longLog: Int64 = 128 << 20

    /// Cuts the log when it has grown long: while two programs write by turns, it is never at its end by itself.
    fileprivate func shortenLog() {
        var status = stat()
        guard stat(path + "-wal", &status) == 0, status.st_size > IncidentStore.longLog else { return }
        // Copied while others write; then what is left of it, with them waiting, and not for readers that take their time.
        try? database.writeWithoutTransaction { db in
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
            _ = try Row.fetchOne(db, sql: "PRAGMA busy_timeout = 50")
            defer { _ = try? Row.fetchOne(db, sql: "PRAGMA busy_timeout = \(IncidentStore.patience * 1000)") }
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// Cuts some free pages off the file.
    /// - Returns: bytes that went, whether no more can, and whether the file is of a kind that keeps its pages.
    fileprivate func giveBack(pages: Int, keeping reserve: Int) throws -> (freed: Int64, isDone: Bool, isOld: Bool) {
        do {
            return try database.writeWithoutTransaction { db in
                func pragma(_ name: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(name)") ?? 0 }
                let free = try pragma("freelist_count")
                guard free > reserve else { return (0, true, false) }
                guard try pragma("auto_vacuum") == 2 else { return (0, true, true) }
                let before = try pragma("page_count")
                try db.execute(sql: "PRAGMA incremental_vacuum(\(min(pages, free - reserve)))")
                let after = try pragma("page_count")
                guard try pragma("freelist_count") > reserve, after < before else {
                    // The file itself is cut when the log is copied back; where a reader is in the way, that happens later.
                    _ = try? Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
                    return (Int64(before - after) * 4096, true, false)
                }
                return (Int64(before - after) * 4096, false, false)
            }
        } catch { throw translated(error) }
    }

    /// Alerts that a retention run would delete now.
    public func expiring(_ policy: RetentionPolicy) throws -> (alerts: Int, cutoff: Timestamp) {
        let day = LocalDay.of(clock().microseconds) - Int64(max(1, policy.alertDays))
        let cutoff = Timestamp(microseconds: LocalDay.start(day))
        let closed = clock().microseconds - Int64(max(1, policy.incidentYears)) * 31_557_600_000_000
        return try read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*), coalesce(sum(kept), 0)
                    FROM (SELECT (\(RetentionRun.isKeptOfCandidate)) AS kept \(RetentionRun.candidates))
                    """,
                arguments: ["closed": closed, "time": Int64.min, "id": 0, "cutoff": cutoff.microseconds, "rows": -1])
            return ((row?[0] as Int? ?? 0) - (row?[1] as Int? ?? 0), cutoff)
        }
    }
}
