import Bytes
import GRDB

/// What the writer remembers of incidents, so that placing an alert asks the tables nothing: the incidents of each host that was met, as they
/// are with everything that is not yet written of them.
///
/// It is true while nobody else writes: the writer compares ``Mark`` at the start of each transaction and forgets everything when another
/// connection, or its own outside of a batch, has changed the file. A transaction that fails takes it along. Hosts are read when they are met;
/// of a host, every incident that was active since ``floor`` and every false alarm is known.
struct IncidentMemory: Sendable {
    /// By which the memory knows that the tables are as it left them.
    struct Mark: Sendable, Equatable {
        /// `PRAGMA data_version`: changes with what other connections commit.
        var version: Int64 = -1
        /// Rows that this connection has changed so far.
        var changed: Int64 = -1
    }

    struct Known: Sendable {
        var id: Int64
        var kind: String?
        /// Its own kind, and those of the stages that others brought into it.
        var kinds: Set<KindCode>
        var stages: Set<AttackStage>
        var agency: Int64?
        var indicator: String?
        var hasAttacker: Bool
        var state: IncidentState
        var first: Int64
        var last: Int64
        var supersededBy: Int64?
        /// Not yet written.
        var alerts = 0
    }

    enum Role: String { case attacker, victim, relay }

    struct Host: Hashable {
        var address: IPAddress
        var role: Role
    }

    fileprivate struct HostSum {
        var alerts = 0
        var first = Int64.max
        var last = Int64.min
    }

    private struct Places {
        var all: [Int]
        /// There are more in the tables.
        var isCut = false
    }

    /// Incidents of a host that are remembered at most; beyond, the tables are asked. The limit changes what is asked, never the answer.
    private let hostLimit: Int
    /// Incidents and hosts that are remembered from one batch to the next.
    private static let mostIncidents = 32_768
    private static let mostHosts = 65_536

    private var incidents: [Known] = []
    private var places: [Int64: Int] = [:]
    private var hosts: [Host: Places] = [:]
    /// Last number of an incident in a year.
    private var numbers: [Int: Int] = [:]
    var groups = AlertGroups()
    var mark = Mark()
    /// Incidents that were last active before are not looked for, microseconds.
    private var floor = Int64.max

    // Not yet written.
    private var changed: Set<Int> = []
    private var sums: [Int: [Host: HostSum]] = [:]
    /// Incidents of hosts that were met in this batch without being read.
    private var fresh: [Host: [Int]] = [:]
    var counts = AlertCounts()

    init(hostLimit: Int = 1024) { self.hostLimit = hostLimit }

    /// Makes ready for a batch.
    /// - Parameters:
    ///   - mark: of the tables as they are.
    ///   - earliest: the time of the batch's first alert, microseconds.
    ///   - span: how far back any rule looks, microseconds.
    mutating func begin(_ mark: Mark, earliest: Int64, span: Int64) {
        let needed = earliest.subtractingReportingOverflow(span)
        let floor = needed.overflow ? Int64.min : needed.partialValue
        // What lies far behind is not looked for again; reading what still counts costs less than searching through it for ever.
        let isOld = self.floor < floor && UInt64(bitPattern: floor &- self.floor) > 4 * UInt64(max(span, 1))
        if mark != self.mark || floor < self.floor || isOld || incidents.count > IncidentMemory.mostIncidents
            || hosts.count > IncidentMemory.mostHosts
        {
            self = IncidentMemory(hostLimit: hostLimit)
            self.floor = floor
        }
        self.mark = mark
    }

    /// What stands in the file, to be asked within the transaction.
    static func mark(of db: Database) throws -> Mark {
        Mark(version: try SQLStatement(kept: db, "PRAGMA data_version").integer() ?? 0, changed: db.rowsChanged)
    }

    // MARK: Asking

    static let hostQuery = """
        SELECT \(columns) FROM incident_host h INDEXED BY incident_host_address CROSS JOIN incident i ON i.id = h.incident_id
        WHERE h.address = ? AND h.role = ? AND (i.last_seen_at >= ? OR i.state = 'false_alarm') ORDER BY h.incident_id DESC LIMIT ?
        """
    static let storedQuery = """
        SELECT \(columns) FROM incident_host h INDEXED BY incident_host_address CROSS JOIN incident i ON i.id = h.incident_id
        WHERE h.address = ? AND h.role = ? AND i.last_seen_at >= ? AND i.seen_at <= ? ORDER BY h.incident_id DESC
        """
    private static let columns = """
        i.id, i.kind, i.agency_id, i.state, i.seen_at, i.last_seen_at, i.superseded_by, i.stages, i.indicator, i.attacker IS NOT NULL
        """

    /// The incident of these hosts that was active last, among those of the kind and agency that overlap the time and have not been closed. The
    /// result is nil where a host has too many incidents to look at; its `id` is nil where there is none.
    mutating func latest(
        attacker: IPAddress?, victim: IPAddress?, kind: KindCode, agency: Int64?, from: Int64, until: Int64, in db: Database
    ) throws -> (id: Int64?, Void)? {
        var best: (last: Int64, id: Int64)?
        for host in [attacker.map { Host(address: $0, role: .attacker) }, victim.map { Host(address: $0, role: .victim) }] {
            guard let host else { continue }
            let candidates = try read(host, db)
            guard !candidates.isCut else { return nil }
            for place in candidates.all {
                guard incidents[place].last >= from, incidents[place].first <= until, incidents[place].agency == agency,
                    incidents[place].state != .closed, incidents[place].kind == kind.rawValue
                else { continue }
                let (last, id) = (incidents[place].last, incidents[place].id)
                if let found = best, (found.last, found.id) >= (last, id) { continue }
                if incidents[place].supersededBy != nil, try target(of: id, in: db) == nil { continue }
                best = (last, id)
            }
        }
        return (best?.id, ())
    }

    /// The incident itself, or the one that it was merged into. Nil where that is closed: what a person has finished takes nothing more.
    mutating func target(of incident: Int64, in db: Database) throws -> Int64? {
        var id = incident
        // Merging refuses chains that come back to where they began.
        while let known = try self.incident(id, in: db) {
            guard let other = known.supersededBy else { return known.state == .closed ? nil : id }
            id = other
        }
        return id
    }

    /// Incidents of a host that overlap the time and satisfy the condition. Nil where there are too many to be remembered.
    mutating func incidents(
        of host: Host, from: Int64, until: Int64, in db: Database, where condition: (borrowing Known) -> Bool
    ) throws -> [Known]? {
        let candidates = try read(host, db)
        guard !candidates.isCut else { return nil }
        return select(candidates, from, until, condition)
    }

    /// The same, read from the tables, in which everything must be written.
    mutating func storedIncidents(
        of host: Host, from: Int64, until: Int64, in db: Database, where condition: (borrowing Known) -> Bool
    ) throws -> [Known] {
        let statement = try SQLStatement(kept: db, IncidentMemory.storedQuery)
        statement.bind(1, host.address)
        statement.bind(2, host.role.rawValue)
        statement.bind(3, from)
        statement.bind(4, until)
        var places = Places(all: [])
        try statement.rows { row in
            places.all.append(remember(row))
            return true
        }
        return select(places, from, until, condition)
    }

    private func select(_ candidates: Places, _ from: Int64, _ until: Int64, _ condition: (borrowing Known) -> Bool) -> [Known] {
        var found: [Known] = []
        for place in candidates.all where incidents[place].last >= from && incidents[place].first <= until {
            if condition(incidents[place]) { found.append(incidents[place]) }
        }
        return found
    }

    private mutating func read(_ host: Host, _ db: Database) throws -> Places {
        if let places = hosts[host] { return places }
        let statement = try SQLStatement(kept: db, IncidentMemory.hostQuery)
        statement.bind(1, host.address)
        statement.bind(2, host.role.rawValue)
        statement.bind(3, floor)
        statement.bind(4, hostLimit)
        var found = Places(all: fresh.removeValue(forKey: host) ?? [])
        var count = 0
        try statement.rows { row in
            count += 1
            let place = remember(row)
            if !found.all.contains(place) { found.all.append(place) }
            return true
        }
        found.isCut = count >= hostLimit
        hosts[host] = found
        return found
    }

    /// The place of a row's incident, which stays as it is where it is known: the row may be older than what is not yet written.
    private mutating func remember(_ row: SQLStatement) -> Int {
        let id = row.integer(0) ?? 0
        if let place = places[id] { return place }
        return add(IncidentMemory.known(row))
    }

    private static func known(_ row: SQLStatement) -> Known {
        let stages = ReachedStage.list(row.text(7) ?? "")
        var kinds = Set(stages.map(\.kind))
        let kind = row.text(1)
        if let kind { kinds.insert(KindCode(rawValue: kind)) }
        return Known(
            id: row.integer(0) ?? 0, kind: kind, kinds: kinds, stages: Set(stages.map(\.stage)), agency: row.integer(2),
            indicator: row.text(8), hasAttacker: row.integer(9) == 1, state: row.text(3).flatMap(IncidentState.init) ?? .new,
            first: row.integer(4) ?? 0, last: row.integer(5) ?? 0, supersededBy: row.integer(6))
    }

    private mutating func add(_ known: Known) -> Int {
        incidents.append(known)
        places[known.id] = incidents.count - 1
        return incidents.count - 1
    }

    mutating func incident(_ id: Int64, in db: Database) throws -> Known? {
        guard let place = try place(of: id, db) else { return nil }
        return incidents[place]
    }

    private mutating func place(of id: Int64, _ db: Database) throws -> Int? {
        if let place = places[id] { return place }
        var found: Int?
        let statement = try SQLStatement(kept: db, "SELECT \(IncidentMemory.columns) FROM incident i WHERE i.id = ?")
        statement.bind(1, id)
        try statement.rows { row in
            found = remember(row)
            return false
        }
        return found
    }

    // MARK: Changing

    /// The number of the next incident of a year.
    mutating func nextNumber(of year: Int, in db: Database) throws -> Int {
        let last = try numbers[year] ?? IncidentOpening.lastNumber(of: year, in: db)
        let number = last + 1
        numbers[year] = number
        return number
    }

    /// An incident was opened.
    mutating func opened(_ known: Known) { _ = add(known) }

    /// Puts an alert into an incident.
    /// - Parameter role: what the attribution's victim is to the incident.
    /// - Returns: true when this is the first alert ever of this incident with this victim.
    @discardableResult
    mutating func join(
        _ id: Int64, _ role: Role, alert: Int64, _ time: Timestamp, _ attribution: Attribution, written: Timestamp, in db: Database
    ) throws -> Bool {
        let statement = try SQLStatement(
            kept: db, "INSERT INTO incident_alert (alert_id, incident_id, seen_at, written_at) VALUES (?, ?, ?, ?)")
        statement.bind(1, alert)
        statement.bind(2, id)
        statement.bind(3, time.microseconds)
        statement.bind(4, written.microseconds)
        try statement.run()
        guard let place = try place(of: id, db) else { return false }
        incidents[place].alerts += 1
        incidents[place].first = min(incidents[place].first, time.microseconds)
        incidents[place].last = max(incidents[place].last, time.microseconds)
        changed.insert(place)
        // Whether a victim is new decides what follows; its incidents are to be known.
        let victim = Host(address: attribution.victim, role: role)
        let before = try read(victim, db)
        var isFirst = !before.all.contains(place)
        if isFirst, before.isCut {
            let isKnown = try sums[place]?[victim] != nil || isStored(victim, of: id, db)
            isFirst = !isKnown
        }
        if isFirst { hosts[victim]?.all.append(place) }
        sums[place, default: [:]][victim, default: HostSum()].add(time)
        if let relay = attribution.relay { count(place, Host(address: relay, role: .relay), time) }
        if let attacker = attribution.attacker {
            count(place, Host(address: attacker, role: .attacker), time)
            if !incidents[place].hasAttacker {
                let statement = try SQLStatement(kept: db, "UPDATE incident SET attacker = ? WHERE id = ? AND attacker IS NULL")
                statement.bind(1, attacker)
                statement.bind(2, id)
                try statement.run()
                incidents[place].hasAttacker = true
            }
        }
        return isFirst
    }

    private func isStored(_ host: Host, of incident: Int64, _ db: Database) throws -> Bool {
        let statement = try SQLStatement(
            kept: db, "SELECT 1 FROM incident_host WHERE incident_id = ? AND role = ? AND address = ?")
        statement.bind(1, incident)
        statement.bind(2, host.role.rawValue)
        statement.bind(3, host.address)
        return try statement.integer() != nil
    }

    private mutating func count(_ place: Int, _ host: Host, _ time: Timestamp) {
        let isMet = sums[place]?[host] != nil
        sums[place, default: [:]][host, default: HostSum()].add(time)
        if isMet { return }
        if let known = hosts[host] {
            if !known.all.contains(place) { hosts[host]?.all.append(place) }
        } else if fresh[host]?.contains(place) != true {
            fresh[host, default: []].append(place)
        }
    }

    /// Reads these incidents anew: they were changed in the tables, with everything written before.
    /// - Parameter merged: of these, those whose hosts are now the first one's as well.
    mutating func reread(_ ids: [Int64], into target: Int64, merged: [Int64], in db: Database) throws {
        for id in ids {
            guard let place = places[id] else { continue }
            let statement = try SQLStatement(kept: db, "SELECT \(IncidentMemory.columns) FROM incident i WHERE i.id = ?")
            statement.bind(1, id)
            try statement.rows { row in
                incidents[place] = IncidentMemory.known(row)
                return false
            }
        }
        guard let place = try place(of: target, db) else { return }
        let statement = try SQLStatement(kept: db, "SELECT address, role FROM incident_host WHERE incident_id = ?")
        for id in merged {
            statement.bind(1, id)
            try statement.rows { row in
                guard let address = row.text(0).flatMap(IPAddress.init), let role = row.text(1).flatMap(Role.init) else { return true }
                let host = Host(address: address, role: role)
                if let known = hosts[host], !known.all.contains(place) { hosts[host]?.all.append(place) }
                return true
            }
        }
    }

    // MARK: Writing

    /// Writes what was added to incidents and hosts. Must run before the tables are asked, and when the batch ends.
    mutating func write(_ owners: Correlator.Owners, _ written: Timestamp, in db: Database) throws {
        let places = changed.union(sums.keys).sorted { incidents[$0].id < incidents[$1].id }
        try write(places, owners, written, in: db)
        fresh.removeAll(keepingCapacity: true)
        try counts.writeIncidents(in: db)
    }

    /// Writes what was added to these incidents, which are about to change otherwise.
    mutating func write(only ids: [Int64], _ owners: Correlator.Owners, _ written: Timestamp, in db: Database) throws {
        try write(ids.sorted().compactMap { places[$0] }, owners, written, in: db)
        try counts.writeIncidents(only: ids.sorted(), in: db)
    }

    private mutating func write(_ places: [Int], _ owners: Correlator.Owners, _ written: Timestamp, in db: Database) throws {
        let ofIncident = try SQLStatement(
            kept: db,
            """
            UPDATE incident SET alert_count = alert_count + ?, seen_at = min(seen_at, ?), last_seen_at = max(last_seen_at, ?) WHERE id = ?
            """)
        for place in places where changed.remove(place) != nil {
            ofIncident.bind(1, incidents[place].alerts)
            ofIncident.bind(2, incidents[place].first)
            ofIncident.bind(3, incidents[place].last)
            ofIncident.bind(4, incidents[place].id)
            try ofIncident.run()
            incidents[place].alerts = 0
        }
        let ofHost = try SQLStatement(
            kept: db,
            """
            INSERT INTO incident_host (incident_id, role, address, agency_id, seen_at, last_seen_at, alerts, written_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET seen_at = min(seen_at, excluded.seen_at), last_seen_at = max(last_seen_at, excluded.last_seen_at),
              alerts = alerts + excluded.alerts
            """)
        for place in places {
            for (host, sum) in sums.removeValue(forKey: place) ?? [:] {
                ofHost.bind(1, incidents[place].id)
                ofHost.bind(2, host.role.rawValue)
                ofHost.bind(3, host.address)
                ofHost.bind(4, owners.agency(of: host.address))
                ofHost.bind(5, sum.first)
                ofHost.bind(6, sum.last)
                ofHost.bind(7, sum.alerts)
                ofHost.bind(8, written.microseconds)
                try ofHost.run()
            }
        }
    }

    /// The last step of a batch.
    mutating func finish(_ owners: Correlator.Owners, _ written: Timestamp, in db: Database) throws {
        try write(owners, written, in: db)
        try counts.writeDays(groups, in: db)
    }
}

extension IncidentMemory.HostSum {
    fileprivate mutating func add(_ time: Timestamp) {
        alerts += 1
        first = min(first, time.microseconds)
        last = max(last, time.microseconds)
    }
}
