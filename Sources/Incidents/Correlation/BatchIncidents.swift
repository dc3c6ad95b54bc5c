import Bytes
import GRDB

/// The incidents that a batch asks for and adds to, as they are within its transaction.
///
/// What was read stays true: nobody else writes until the transaction ends, after which nothing of it is kept. So an incident is read once for
/// a batch and written once, however many alerts it takes.
struct BatchIncidents {
    struct Known {
        var kind: String?
        /// Its own kind, and those of the stages that others brought into it.
        var kinds: Set<KindCode>
        var agency: Int64?
        var state: IncidentState
        var first: Int64
        var last: Int64
        var supersededBy: Int64?
        var isClosed: Bool { state == .closed }
        /// Not yet written.
        var alerts = 0
    }

    enum Role: String { case attacker, victim, relay }

    struct Host: Hashable {
        var address: IPAddress
        var role: Role
    }

    private struct IncidentHost: Hashable {
        var incident: Int64
        var host: Host
    }

    private struct HostSum {
        var alerts = 0
        var first = Int64.max
        var last = Int64.min
    }

    /// A host of more incidents than this is looked for among the incidents within the window.
    private static let hostLimit = 64

    private var incidents: [Int64: Known] = [:]
    private var changed: Set<Int64> = []
    private var incidentsOfHosts: [Host: [Int64]] = [:]
    private var sums: [IncidentHost: HostSum] = [:]
    var counts = AlertCounts()
    private let directory: AgencyDirectory
    private let written: Timestamp
    private let findHosts: SQLStatement
    private let findIncident: SQLStatement
    private let joinAlert: SQLStatement
    private let countHost: SQLStatement
    private let countIncident: SQLStatement

    init(directory: AgencyDirectory, written: Timestamp, _ db: Database) throws {
        self.directory = directory
        self.written = written
        findHosts = try SQLStatement(db, BatchIncidents.hostQuery)
        findIncident = try SQLStatement(
            db, "SELECT kind, agency_id, state, seen_at, last_seen_at, superseded_by, stages FROM incident WHERE id = ?")
        joinAlert = try SQLStatement(db, "INSERT INTO incident_alert (alert_id, incident_id, seen_at, written_at) VALUES (?, ?, ?, ?)")
        countHost = try SQLStatement(
            db,
            """
            INSERT INTO incident_host (incident_id, role, address, agency_id, seen_at, last_seen_at, alerts, written_at)
            VALUES (?, ?, ?, (SELECT id FROM agency WHERE code = ?), ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET seen_at = min(seen_at, excluded.seen_at), last_seen_at = max(last_seen_at, excluded.last_seen_at),
              alerts = alerts + excluded.alerts
            """)
        countIncident = try SQLStatement(
            db,
            """
            UPDATE incident SET alert_count = alert_count + ?, seen_at = min(seen_at, ?), last_seen_at = max(last_seen_at, ?) WHERE id = ?
            """)
    }

    static let hostQuery = """
        SELECT incident_id FROM incident_host INDEXED BY incident_host_address WHERE address = ? AND role = ?
        ORDER BY incident_id DESC LIMIT ?
        """

    /// The incident of these hosts that was active last, among those of the kind and agency that overlap the time. The result is nil where a
    /// host has too many incidents to look at; its `id` is nil where there is none.
    mutating func latest(
        attacker: IPAddress?, victim: IPAddress?, kind: KindCode, agency: Int64?, from: Int64, until: Int64
    ) throws -> (id: Int64?, Void)? {
        var best: (last: Int64, id: Int64)?
        for host in [attacker.map { Host(address: $0, role: .attacker) }, victim.map { Host(address: $0, role: .victim) }] {
            guard let host else { continue }
            let candidates = try incidents(of: host)
            guard candidates.count < BatchIncidents.hostLimit else { return nil }
            for id in candidates {
                guard let incident = try incident(id), incident.kind == kind.rawValue, incident.agency == agency, !incident.isClosed,
                    incident.last >= from, incident.first <= until
                else { continue }
                if let found = best, (found.last, found.id) >= (incident.last, id) { continue }
                best = (incident.last, id)
            }
        }
        return (best?.id, ())
    }

    mutating func supersededBy(_ id: Int64) throws -> Int64? { try incident(id)?.supersededBy }

    mutating func incidents(of host: Host) throws -> [Int64] {
        if let ids = incidentsOfHosts[host] { return ids }
        var ids: [Int64] = []
        findHosts.bind(1, host.address.description)
        findHosts.bind(2, host.role.rawValue)
        findHosts.bind(3, BatchIncidents.hostLimit)
        try findHosts.rows { row in
            if let id = row.integer(0) { ids.append(id) }
            return true
        }
        incidentsOfHosts[host] = ids
        return ids
    }

    mutating func incident(_ id: Int64) throws -> Known? {
        if let known = incidents[id] { return known }
        var found: Known?
        findIncident.bind(1, id)
        try findIncident.rows { row in
            var kinds = Set(row.text(0).map { [KindCode(rawValue: $0)] } ?? [])
            // One stage is that of the kind itself.
            if let stages = row.text(6), stages.contains("},{") { kinds.formUnion(ReachedStage.list(stages).map(\.kind)) }
            found = Known(
                kind: row.text(0), kinds: kinds, agency: row.integer(1), state: row.text(2).flatMap(IncidentState.init) ?? .new,
                first: row.integer(3) ?? 0, last: row.integer(4) ?? 0, supersededBy: row.integer(5))
            return false
        }
        incidents[id] = found
        return found
    }

    /// Puts an alert into an incident.
    /// - Parameter role: what the attribution's victim is to the incident.
    /// - Returns: true when this is the first alert ever of this incident with this victim.
    @discardableResult
    mutating func join(_ id: Int64, _ role: Role, alert: Int64, _ time: Timestamp, _ attribution: Attribution, in db: Database) throws
        -> Bool
    {
        joinAlert.bind(1, alert)
        joinAlert.bind(2, id)
        joinAlert.bind(3, time.microseconds)
        joinAlert.bind(4, written.microseconds)
        try joinAlert.run()
        if var known = try incident(id) {
            known.alerts += 1
            known.first = min(known.first, time.microseconds)
            known.last = max(known.last, time.microseconds)
            incidents[id] = known
            changed.insert(id)
        }
        let isFirst = try count(id, Host(address: attribution.victim, role: role), time)
        if let relay = attribution.relay { try count(id, Host(address: relay, role: .relay), time) }
        if let attacker = attribution.attacker, try count(id, Host(address: attacker, role: .attacker), time) {
            try db.cachedStatement(sql: "UPDATE incident SET attacker = ? WHERE id = ? AND attacker IS NULL")
                .execute(arguments: [attacker.description, id])
        }
        return isFirst
    }

    /// Writes everything and forgets it: incidents are about to change otherwise than by alerts.
    mutating func forget(in db: Database) throws {
        try finish()
        try counts.write(in: db)
        incidents.removeAll()
        incidentsOfHosts.removeAll()
    }

    /// Counts an alert of a host: the batch's first one at once, since looking for incidents asks for hosts; the others when the batch ends.
    /// True for the first one ever.
    @discardableResult
    private mutating func count(_ incident: Int64, _ host: Host, _ time: Timestamp) throws -> Bool {
        let key = IncidentHost(incident: incident, host: host)
        if var sum = sums[key] {
            sum.alerts += 1
            sum.first = min(sum.first, time.microseconds)
            sum.last = max(sum.last, time.microseconds)
            sums[key] = sum
            return false
        }
        sums[key] = HostSum()
        let known = try incidents(of: host)
        try write(key, HostSum(alerts: 1, first: time.microseconds, last: time.microseconds))
        if known.contains(incident) { return false }
        incidentsOfHosts[host]?.append(incident)
        return known.count < BatchIncidents.hostLimit
    }

    private func write(_ key: IncidentHost, _ sum: HostSum) throws {
        countHost.bind(1, key.incident)
        countHost.bind(2, key.host.role.rawValue)
        countHost.bind(3, key.host.address.description)
        countHost.bind(4, directory.agency(of: key.host.address)?.code)
        countHost.bind(5, sum.first)
        countHost.bind(6, sum.last)
        countHost.bind(7, sum.alerts)
        countHost.bind(8, written.microseconds)
        try countHost.run()
    }

    /// Writes what was added to incidents and hosts. Must run before the tables are asked, and when the batch ends.
    mutating func write() throws {
        for id in changed.sorted() {
            guard let incident = incidents[id] else { continue }
            countIncident.bind(1, incident.alerts)
            countIncident.bind(2, incident.first)
            countIncident.bind(3, incident.last)
            countIncident.bind(4, id)
            try countIncident.run()
            incidents[id]?.alerts = 0
        }
        changed.removeAll(keepingCapacity: true)
    }

    /// The last step of a batch.
    mutating func finish() throws {
        try write()
        for (key, sum) in sums.sorted(by: { $0.key.incident < $1.key.incident }) where sum.alerts > 0 { try write(key, sum) }
        sums.removeAll()
    }
}
