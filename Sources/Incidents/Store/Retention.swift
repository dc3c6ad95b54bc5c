import Bytes
import Digest
import GRDB
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
    /// Where the walk through the old alerts of no incident is.
    private var position: (time: Int64, id: Int64) = (Int64.min, 0)
    /// Where the walk through the incidents is, and within the first of ``incidents``.
    private var place: (incident: Int64, time: Int64, alert: Int64) = (0, .min, 0)
    /// Incidents that have old alerts and are not kept, in ascending order.
    private var incidents: [Int64] = []
    private var newestIncident: Int64 = 1
    private var stage = Stage.alerts
    /// Where it was after the first slice.
    private var origin: Int64?
    /// Rows of a slice; follows how long slices take.
    private var rows = 500
    /// A slice costs something however small it is: of smaller ones there would be too many.
    private static let leastRows = 500
    /// Where all of a stretch is kept, slices grow; what comes behind it may all go.
    private static let mostRows = 4000
    private let target: Duration
    /// When the slice at hand was given the lock.
    private var locked: ContinuousClock.Instant?
    /// How long the last slice held the database. Whoever calls ``step()`` again and again leaves others as much time in between.
    public private(set) var held = Duration.zero

    /// Alerts of incidents go incident by incident: what a day of an incident has left is counted anew once for many of them.
    private enum Stage { case alerts, incidents, evidence, heartbeats, entry, space, done }

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
        let before = stage
        locked = nil
        switch stage {
        case .alerts:
            if try expireAlerts() { stage = .incidents }
            origin = origin ?? position.time
        case .incidents: if try expireIncidents() { stage = .evidence }
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
        // How many heartbeats fit says nothing of how many alerts or pages do.
        if stage != before {
            rows = RetentionRun.leastRows
        } else if took > target {
            rows = max(RetentionRun.leastRows, rows / 2)
        } else if took < target / 2 {
            rows = min(RetentionRun.mostRows, rows * 2)
        }
        return stage != .done
    }

    /// How far it is, in thousandths: half of it the walk through time, half of it that through the incidents.
    public var walked: (done: Int, total: Int) {
        switch stage {
        case .alerts:
            guard let origin, origin > .min, position.time < .max else { return (0, 1000) }
            let span = max(1, summary.cutoff.microseconds - origin)
            return (Int(500 * Double(position.time - origin) / Double(span)), 1000)
        case .incidents: return (500 + Int(500 * Double(place.incident) / Double(max(1, newestIncident))), 1000)
        default: return (1000, 1000)
        }
    }

    /// What keeps an incident's alerts.
    private static let kept = """
        (i.held = 1 OR i.state NOT IN ('false_alarm', 'duplicate', 'closed')
          OR i.state = 'closed' AND coalesce(i.closed_at, i.last_seen_at) >= :closed)
        """

    private var closedSince: Int64 { now.microseconds - Int64(max(1, policy.incidentYears)) * 31_557_600_000_000 }

    /// A piece of evidence keeps alert `a`.
    private static let isKeptByEvidence = """
        EXISTS (
          SELECT 1 FROM evidence e LEFT JOIN incident i ON i.id = e.incident_id
          WHERE e.alert_id = a.id AND (e.added_by NOT LIKE 'sensor:%' OR i.id IS NOT NULL AND \(kept)))
        """

    /// Old alerts from where the walk is, and whether each is kept. Those of incidents are: the walk through the incidents decides about them.
    static let looseQuery = """
        SELECT a.id, a.seen_at, ia.alert_id IS NOT NULL OR \(isKeptByEvidence) AS is_kept
        FROM alert a INDEXED BY alert_time LEFT JOIN incident_alert ia ON ia.alert_id = a.id
        WHERE (a.seen_at, a.id) > (:time, :id) AND a.seen_at < :cutoff ORDER BY a.seen_at, a.id LIMIT :rows
        """

    /// Incidents whose old alerts may go.
    static let incidentQuery = """
        SELECT i.id FROM incident i WHERE i.id > :id AND NOT \(kept)
          AND EXISTS (SELECT 1 FROM incident_alert ia INDEXED BY incident_alert_incident WHERE ia.incident_id = i.id AND ia.seen_at < :cutoff)
        ORDER BY i.id LIMIT 200
        """

    /// Old alerts of such incidents from where the walk is, and whether each is kept.
    static let incidentAlertQuery = """
        SELECT a.id, ia.incident_id, ia.seen_at, \(isKeptByEvidence) AS is_kept
        FROM json_each(:incidents) n CROSS JOIN incident i ON i.id = n.value
          CROSS JOIN incident_alert ia INDEXED BY incident_alert_incident ON ia.incident_id = i.id AND ia.seen_at < :cutoff
          CROSS JOIN alert a ON a.id = ia.alert_id
        WHERE NOT \(kept) AND (i.id > :incident OR (ia.seen_at, ia.alert_id) > (:time, :alert)) LIMIT :rows
        """

    private func expireAlerts() throws -> Bool {
        var files: [SHA256Digest] = []
        let written = store.clock()
        let (next, deleted, isLast) = try store.write(.later(actor: actor)) { db in
            locked = .now
            var position = position
            var ids: [Int64] = []
            var count = 0
            let cursor = try Row.fetchCursor(
                db.cachedStatement(sql: RetentionRun.looseQuery),
                arguments: [
                    "closed": closedSince, "time": position.time, "id": position.id, "cutoff": summary.cutoff.microseconds, "rows": rows,
                ])
            while let row = try cursor.next() {
                count += 1
                position = (row[1], row[0])
                if !(row[2] as Bool) { ids.append(row[0]) }
            }
            files = try delete(ids, written, db)
            return (position, ids.count, count < rows)
        }
        position = next
        summary.alerts += deleted
        removeFiles(files)
        return isLast
    }

    private func expireIncidents() throws -> Bool {
        if incidents.isEmpty {
            // Looked for without the lock; whether they are kept is asked again with it.
            (incidents, newestIncident) = try store.read { db in
                let arguments: StatementArguments = ["id": place.incident, "closed": closedSince, "cutoff": summary.cutoff.microseconds]
                return (
                    try Int64.fetchAll(db, sql: RetentionRun.incidentQuery, arguments: arguments),
                    try Int64.fetchOne(db, sql: "SELECT max(id) FROM incident") ?? 1
                )
            }
            guard let first = incidents.first else { return true }
            place = (first, .min, 0)
        }
        var files: [SHA256Digest] = []
        let written = store.clock()
        let (next, deleted, isLast) = try store.write(.later(actor: actor)) { db in
            locked = .now
            var place = place
            var ids: [Int64] = []
            var count = 0
            let cursor = try Row.fetchCursor(
                db.cachedStatement(sql: RetentionRun.incidentAlertQuery),
                arguments: [
                    "incidents": jsonList(incidents), "closed": closedSince, "cutoff": summary.cutoff.microseconds,
                    "incident": place.incident, "time": place.time, "alert": place.alert, "rows": rows,
                ])
            while let row = try cursor.next() {
                count += 1
                place = (row[1], row[2], row[0])
                if !(row[3] as Bool) { ids.append(row[0]) }
            }
            files = try delete(ids, written, db)
            return (place, ids.count, count < rows)
        }
        place = next
        if isLast {
            place.incident = incidents.last ?? place.incident
            incidents = []
        } else {
            incidents.removeAll { $0 < place.incident }
        }
        summary.alerts += deleted
        removeFiles(files)
        return false
    }

    /// Deletes alerts with their evidence, and says so in the ledger.
    /// - Returns: the files of that evidence.
    private func delete(_ ids: [Int64], _ written: Timestamp, _ db: Database) throws -> [SHA256Digest] {
        guard !ids.isEmpty else { return [] }
        var expired = NumberRanges()
        for id in ids.sorted() { expired.append(id) }
        // Once a row is gone, no seal can take it in. What a sensor has just written is none of these: it is sealed in its turn.
        if try LedgerSeal.isWaiting(expired, in: db) { try LedgerSeal.seal(db, actor: actor, now: written) }
        try LedgerSeal.keepHighest(in: db)
        let list = jsonList(ids)
        let files = try removeEvidence("e.alert_id IN (SELECT value FROM json_each(:list))", ["list": list], written, db)
        try IncidentStore.removeAlerts(list, in: db)
        try Ledger.append(
            db, at: written, written: written, kind: "alerts.expired", actor: actor, subject: "database",
            body: ["ids": .string(expired.text), "cutoff": .string(LocalTime.iso(summary.cutoff))])
        return files
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
        let (freed, isDone, isOld) = try store.giveBack(pages: rows, keeping: RetentionRun.reserve) { locked = .now }
        summary.bytesFreed += freed
        summary.needsVacuum = isOld
        return isDone
    }
}

extension IncidentStore {
    /// Alerts that a retention run would delete now.
    public func expiring(_ policy: RetentionPolicy) throws -> (alerts: Int, cutoff: Timestamp) {
        let day = LocalDay.of(clock().microseconds) - Int64(max(1, policy.alertDays))
        let cutoff = Timestamp(microseconds: LocalDay.start(day))
        let closed = clock().microseconds - Int64(max(1, policy.incidentYears)) * 31_557_600_000_000
        return try read { db in
            func going(_ query: String, _ arguments: StatementArguments) throws -> Int {
                let known: StatementArguments = ["closed": closed, "cutoff": cutoff.microseconds, "rows": -1, "time": Int64.min]
                return try Int.fetchOne(db, sql: "SELECT count(*) FROM (\(query)) WHERE NOT is_kept", arguments: known + arguments) ?? 0
            }
            let incidents = try Int64.fetchAll(db, sql: "SELECT id FROM incident ORDER BY id")
            let loose = try going(RetentionRun.looseQuery, ["id": 0])
            return (
                loose + (try going(RetentionRun.incidentAlertQuery, ["incidents": jsonList(incidents), "incident": 0, "alert": 0])), cutoff
            )
        }
    }
}
