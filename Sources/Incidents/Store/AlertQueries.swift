import Bytes
import Foundation
import GRDB

// Lists of alerts, read from the end that is asked for. Alerts of one rule, kind, agency and sensor are a group; each group and each address
// lies in an index in the order of time. A page is merged from the groups that the filter names, so that no filter, and no pair of filters that
// seldom meet, makes a list read what it does not show.

extension AlertFilter {
    /// Conditions on `alert_group g`; nil where the filter names none.
    var groupCondition: Condition? {
        var condition = Condition()
        condition.add("g.sid = ?", sid)
        condition.add("g.agency_id = (SELECT id FROM agency WHERE code = ?)", agency)
        condition.add("g.sensor_id = (SELECT id FROM sensor WHERE name = ?)", sensor)
        condition.add("g.kind = ?", kind?.rawValue)
        condition.add("g.priority = ?", priority)
        return condition.sql.isEmpty ? nil : condition
    }

    var isOfHostOrIncident: Bool { address != nil || incident != nil }

    /// Microseconds, the end excluded.
    var range: Range<Int64> {
        // Whole days, so that nothing is left of them to be counted otherwise.
        let from = since?.microseconds ?? LocalDay.start(-50_000_000)
        return from..<max(from, until?.microseconds ?? LocalDay.start(50_000_000))
    }
}

extension IncidentStore {
    /// Alerts in the order of time, or the newest first.
    public func alerts(_ filter: AlertFilter = AlertFilter()) throws -> [StoredAlert] {
        try read { db in
            let ids = try AlertWalk(filter, db).page()
            var alerts: [StoredAlert] = []
            alerts.reserveCapacity(ids.count)
            // In pieces, so that a list of everything is not held three times.
            for start in stride(from: 0, to: ids.count, by: 10_000) {
                let rows = try Row.fetchCursor(
                    db.cachedStatement(
                        sql:
                            "\(StoredAlert.selectFrom("json_each(?) AS wanted CROSS JOIN alert a ON a.id = wanted.value")) ORDER BY wanted.key"
                    ),
                    arguments: [jsonList(ids[start..<min(start + 10_000, ids.count)])])
                while let row = try rows.next() { alerts.append(StoredAlert(row: row)) }
            }
            return alerts
        }
    }
}

extension IncidentStore {
    /// Alerts of groups that have so few that they are read one by one, with this address; nil where they have more.
    static func ofFewGroups(
        _ groups: GroupFacts, _ address: String, _ range: Range<Int64>, in db: Database
    ) throws -> [(time: Int64, id: Int64)]? {
        guard let ids = groups.ids, ids.count <= GroupFacts.many, try groups.count(of: ids) <= 5000 else { return nil }
        let statement = try SQLStatement(
            kept: db,
            """
            SELECT seen_at, id FROM alert INDEXED BY alert_group_time
            WHERE group_id IN (SELECT value FROM json_each(?1)) AND seen_at >= ?2 AND seen_at < ?3 AND (source = ?4 OR destination = ?4)
            """)
        statement.bind(1, jsonList(ids))
        statement.bind(2, range.lowerBound)
        statement.bind(3, range.upperBound)
        statement.bind(4, address)
        var found: [(time: Int64, id: Int64)] = []
        try statement.rows {
            found.append(($0.integer(0) ?? 0, $0.integer(1) ?? 0))
            return true
        }
        return found
    }

    static func number(of code: IncidentCode, in db: Database) throws -> Int64? {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT id FROM incident WHERE code = ?"), arguments: [code.description])
    }

    /// Alerts with `:address` that are the incident's, within the time. An alert of a host to itself is in the first index alone.
    static func ofBoth(_ ofGroups: String) -> String {
        ["alert_source WHERE a.source", "alert_destination WHERE a.destination <> a.source AND a.destination"].map {
            """
            SELECT a.id, a.seen_at FROM alert a INDEXED BY \($0) = :address AND a.seen_at >= :from AND a.seen_at < :until \(ofGroups)
              AND EXISTS (SELECT 1 FROM incident_alert ia WHERE ia.alert_id = a.id AND ia.incident_id = :incident)
            """
        }.joined(separator: " UNION ALL ")
    }

    /// Whether an address has fewer alerts within the time than an incident. Counts no further than it must.
    static func isShorter(_ address: String, than incident: Int64, _ span: Range<Int64>, in db: Database) throws -> Bool {
        let bounds: StatementArguments = [span.lowerBound, span.upperBound]
        let own = try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT count(*) FROM incident_alert INDEXED BY incident_alert_incident
                    WHERE incident_id = ? AND seen_at >= ? AND seen_at < ?
                    """), arguments: [incident] + bounds)
        return try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT (SELECT count(*) FROM (
                      SELECT 1 FROM alert INDEXED BY alert_source WHERE source = ?1 AND seen_at >= ?2 AND seen_at < ?3
                      UNION ALL SELECT 1 FROM alert INDEXED BY alert_destination
                        WHERE destination <> source AND destination = ?1 AND seen_at >= ?2 AND seen_at < ?3 LIMIT ?4)) < ?4
                    """), arguments: [address] + bounds + [own ?? 0]) ?? false
    }
}

/// Numbers as SQLite's json_each takes them.
func jsonList(_ numbers: some Sequence<Int64>) -> String { "[" + numbers.map { String($0) }.joined(separator: ",") + "]" }

/// Finds the alerts of one page.
struct AlertWalk {
    private struct Entry {
        var time: Int64
        var id: Int64
    }

    private let filter: AlertFilter
    private let db: Database
    private var range: Range<Int64>
    private var offset: Int
    private let limit: Int?
    private let order: String

    /// A page that begins further back than this is looked for by the counts of days.
    private static let deepOffset = 2000

    init(_ filter: AlertFilter, _ db: Database) {
        self.filter = filter
        self.db = db
        range = filter.range
        offset = max(0, filter.offset)
        limit = filter.limit
        order = filter.newestFirst ? "DESC" : "ASC"
    }

    /// Numbers of the alerts of the page, in its order.
    func page() throws -> [Int64] {
        var walk = self
        let facts = try GroupFacts(db, filter)
        // The newest groups, whose alerts are likely the newest, first.
        let groups = facts.ids.map { $0.sorted(by: >) }
        if groups?.isEmpty == true || limit == 0 { return [] }
        if let incident = filter.incident { return try ofIncident(incident, facts) }
        if let address = filter.address { return try ofAddress(address, facts) }
        if let limit, let groups, groups.count > GroupFacts.many, offset <= AlertWalk.deepOffset,
            let ids = try walk.near(facts, limit, atMost: AlertWalk.nearest)
        {
            return ids
        }
        if offset > AlertWalk.deepOffset, try walk.skipDays() { return [] }
        guard let groups else {
            return try Int64.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id FROM alert INDEXED BY alert_time WHERE seen_at >= ? AND seen_at < ?
                        ORDER BY seen_at \(order), id \(order) LIMIT ? OFFSET ?
                        """), arguments: [walk.range.lowerBound, walk.range.upperBound, limit ?? -1, walk.offset])
        }
        if let limit, groups.count > GroupFacts.many, offset > AlertWalk.deepOffset {
            // Within the days of the page.
            return try walk.near(facts, limit, atMost: .max) ?? []
        }
        if walk.offset > AlertWalk.deepOffset || limit == nil {
            // Within one day, or everything: SQLite sorts it.
            return try Int64.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id FROM alert INDEXED BY alert_group_time
                        WHERE group_id IN (SELECT value FROM json_each(?)) AND seen_at >= ? AND seen_at < ?
                        ORDER BY seen_at \(order), id \(order) LIMIT ? OFFSET ?
                        """),
                arguments: [jsonList(groups), walk.range.lowerBound, walk.range.upperBound, limit ?? -1, walk.offset])
        }
        return try walk.merged(
            groups,
            sql: """
                SELECT seen_at, id FROM alert INDEXED BY alert_group_time WHERE group_id = :group AND seen_at >= :from AND seen_at < :until
                ORDER BY seen_at \(order), id \(order) LIMIT :count
                """, [:])
    }

    /// Alerts at the end of the list among which the page of many groups is looked for first.
    private static let nearest = 20_000

    /// The page, where so many of the alerts at the end of the list are of these groups that it is full.
    /// - Parameter atMost: how many alerts are looked at; all of them always give the page, full or not.
    private func near(_ groups: GroupFacts, _ limit: Int, atMost: Int) throws -> [Int64]? {
        // The index has alerts of one moment in the order of their groups; the list has them by number.
        let statement = try SQLStatement(
            kept: db,
            """
            SELECT seen_at, id, group_id FROM alert INDEXED BY alert_time WHERE seen_at >= ? AND seen_at < ? ORDER BY seen_at \(order)
            """)
        statement.bind(1, range.lowerBound)
        statement.bind(2, range.upperBound)
        var ids: [Int64] = []
        var (looked, passed) = (0, 0)
        var moment: (time: Int64, ids: [Int64]) = (.min, [])
        func finishMoment() {
            for id in moment.ids.sorted(by: { filter.newestFirst ? $0 > $1 : $0 < $1 }) {
                passed += 1
                if passed > offset, ids.count < limit { ids.append(id) }
            }
            moment.ids.removeAll(keepingCapacity: true)
        }
        try statement.rows { row in
            let time = row.integer(0) ?? 0
            if time != moment.time {
                finishMoment()
                if ids.count == limit || looked > atMost { return false }
                moment.time = time
            }
            looked += 1
            if groups.contains(row.integer(2) ?? 0), let id = row.integer(1) { moment.ids.append(id) }
            return true
        }
        finishMoment()
        return ids.count == limit || atMost == .max ? ids : nil
    }

    /// Alerts of an incident, by whichever list is shorter: the incident's own, or the address's.
    private func ofIncident(_ code: IncidentCode, _ groups: GroupFacts) throws -> [Int64] {
        guard let incident = try IncidentStore.number(of: code, in: db) else { return [] }
        var span = range
        var there: [Int64] = []
        if groups.ids != nil {
            // Nothing is looked for before the first and after the last alert of these groups.
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql:
                        "SELECT group_id, first_at, last_at, alerts FROM incident_day INDEXED BY incident_day_incident WHERE incident_id = ?"
                ),
                arguments: [incident])
            var (first, last) = (Int64.max, Int64.min)
            var found: Set<Int64> = []
            var (matching, all) = (0, 0)
            while let row = try rows.next() {
                all += row[3] as Int
                guard groups.contains(row[0]) else { continue }
                found.insert(row[0])
                matching += row[3] as Int
                (first, last) = (min(first, row[1]), max(last, row[2]))
            }
            guard !found.isEmpty else { return [] }
            there = found.sorted()
            span = span.clamped(to: first..<last + 1)
            // Few of many: their groups' alerts are fewer than those of the incident that a page would pass by.
            let passed = limit.map { Double(all) * min(1, Double($0 + offset) / Double(max(1, matching))) } ?? Double(all)
            if filter.address == nil, found.count <= GroupFacts.many, Double(try groups.count(of: there)) < passed {
                return try Int64.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT a.id FROM alert a INDEXED BY alert_group_time
                            WHERE a.group_id IN (SELECT value FROM json_each(?)) AND a.seen_at >= ? AND a.seen_at < ?
                              AND EXISTS (SELECT 1 FROM incident_alert ia WHERE ia.alert_id = a.id AND ia.incident_id = ?)
                            ORDER BY a.seen_at \(order), a.id \(order) LIMIT ? OFFSET ?
                            """),
                    arguments: [jsonList(there), span.lowerBound, span.upperBound, incident, limit ?? -1, offset])
            }
        }
        var condition = Condition()
        let page = "LIMIT \(limit ?? -1) OFFSET \(offset)"
        if let address = filter.address?.description, try IncidentStore.isShorter(address, than: incident, span, in: db) {
            let ofGroups = there.isEmpty ? "" : "AND a.group_id IN (SELECT value FROM json_each(:groups))"
            var arguments: StatementArguments = [
                "address": address, "incident": incident, "from": span.lowerBound, "until": span.upperBound,
            ]
            if !there.isEmpty { arguments += ["groups": jsonList(there)] }
            return try Int64.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id FROM (\(IncidentStore.ofBoth(ofGroups))) ORDER BY seen_at \(order), id \(order) \(page)
                        """), arguments: arguments)
        }
        condition.add("ia.incident_id = ?", incident)
        condition.add("ia.seen_at >= ?", span.lowerBound)
        condition.add("ia.seen_at < ?", span.upperBound)
        if !there.isEmpty { condition.add("a.group_id IN (SELECT value FROM json_each(?))", jsonList(there)) }
        let address = filter.address?.description
        condition.add("(a.source = ? OR a.destination = ?)", address, address)
        let joins = groups.ids != nil || filter.address != nil ? "CROSS JOIN alert a ON a.id = ia.alert_id" : ""
        return try Int64.fetchAll(
            db,
            sql: """
                SELECT ia.alert_id FROM incident_alert ia INDEXED BY incident_alert_incident \(joins) \(condition.sql)
                ORDER BY ia.seen_at \(order), ia.alert_id \(order) \(page)
                """, arguments: condition.arguments)
    }

    /// Both ends of alerts lie in an index by address and time, with their group.
    private func ofAddress(_ host: IPAddress, _ facts: GroupFacts) throws -> [Int64] {
        var range = range
        var ofGroups = ""
        let address = host.description
        var arguments: StatementArguments = ["address": address]
        if let groups = facts.ids {
            if let entries = try IncidentStore.ofFewGroups(facts, address, range, in: db) {
                let ordered = entries.sorted {
                    filter.newestFirst ? ($0.time, $0.id) > ($1.time, $1.id) : ($0.time, $0.id) < ($1.time, $1.id)
                }
                return ordered.dropFirst(offset).prefix(limit ?? .max).map(\.id)
            }
            // Nothing is looked for on days on which no such alert was seen.
            let days = try DayCounts(db, filter).days()
            guard let first = days.first, let last = days.last else { return [] }
            range = max(range.lowerBound, LocalDay.start(first.day))..<min(range.upperBound, LocalDay.start(last.day + 1))
            ofGroups = "AND group_id IN (SELECT value FROM json_each(:groups))"
            arguments += ["groups": jsonList(groups)]
        }
        var merge = Merge(count: limit.map { $0 + offset }, newestFirst: filter.newestFirst)
        for (column, isOther) in [("source", ""), ("destination", "AND destination <> source")] {
            try merge.take(
                db, range,
                sql: """
                    SELECT seen_at, id FROM alert INDEXED BY alert_\(column)
                    WHERE \(column) = :address \(isOther) AND seen_at >= :from AND seen_at < :until \(ofGroups)
                    ORDER BY seen_at \(order), id \(order) LIMIT :count
                    """, arguments)
        }
        return merge.ids(offset: offset)
    }

    private func merged(_ groups: [Int64], sql: String, _ arguments: StatementArguments) throws -> [Int64] {
        var merge = Merge(count: limit.map { $0 + offset }, newestFirst: filter.newestFirst)
        for group in groups { try merge.take(db, range, sql: sql, arguments + ["group": group]) }
        return merge.ids(offset: offset)
    }

    /// Narrows the range to the days on which the page lies. True when there are none.
    private mutating func skipDays() throws -> Bool {
        let days = try DayCounts(db, filter).days()
        var first: Int64?
        var seen = 0
        for (day, count) in filter.newestFirst ? days.reversed() : days {
            if first == nil {
                guard count > offset else {
                    offset -= count
                    continue
                }
                first = day
            }
            seen += count
            guard let first, let limit, seen - offset >= limit else { continue }
            range = range.clamped(to: LocalDay.start(min(first, day))..<LocalDay.start(max(first, day) + 1))
            return false
        }
        guard let first else { return true }
        // The last page.
        range =
            filter.newestFirst
            ? range.lowerBound..<min(range.upperBound, LocalDay.start(first + 1))
            : max(range.lowerBound, LocalDay.start(first))..<range.upperBound
        return false
    }

    /// The best entries of several lists, each in order.
    private struct Merge {
        /// How many are wanted; nil for all.
        let count: Int?
        let newestFirst: Bool
        private var entries: [Entry] = []
        private var bound: Int64?

        init(count: Int?, newestFirst: Bool) {
            self.count = count
            self.newestFirst = newestFirst
        }

        mutating func take(_ db: Database, _ range: Range<Int64>, sql: String, _ arguments: StatementArguments) throws {
            var range = range
            if let bound {
                range =
                    newestFirst
                    ? max(range.lowerBound, bound)..<max(range.upperBound, bound)
                    : min(range.lowerBound, bound + 1)..<min(range.upperBound, bound + 1)
            }
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: sql),
                arguments: arguments + ["from": range.lowerBound, "until": range.upperBound, "count": count ?? -1])
            while let row = try rows.next() { entries.append(Entry(time: row[0], id: row[1])) }
            if let count, entries.count >= 2 * count { trim(count) }
        }

        private mutating func sort() {
            entries.sort { newestFirst ? ($0.time, $0.id) > ($1.time, $1.id) : ($0.time, $0.id) < ($1.time, $1.id) }
        }

        private mutating func trim(_ count: Int) {
            sort()
            guard entries.count >= count, count > 0 else { return }
            entries.removeLast(entries.count - count)
            bound = entries.last?.time
        }

        mutating func ids(offset: Int) -> [Int64] {
            sort()
            return (count.map { entries.prefix($0) } ?? entries[...]).dropFirst(offset).map(\.id)
        }
    }
}

/// Local days (UTC+7), numbered since 1970, as `alert_day` counts them.
enum LocalDay {
    private static let length: Int64 = 86_400_000_000
    private static let offset: Int64 = LocalTime.offsetSeconds * 1_000_000

    static func start(_ day: Int64) -> Int64 { day * length - offset }

    /// The whole days of a range; empty where it holds none.
    static func whole(_ range: Range<Int64>) -> Range<Int64> {
        let from = floor(range.lowerBound + offset + length - 1)
        return from..<max(from, floor(range.upperBound + offset))
    }

    /// What of a range lies before and after its whole days.
    static func rest(_ range: Range<Int64>) -> [Range<Int64>] {
        let days = whole(range)
        guard !days.isEmpty else { return [range].filter { !$0.isEmpty } }
        return [range.lowerBound..<start(days.lowerBound), start(days.upperBound)..<range.upperBound].filter { !$0.isEmpty }
    }

    static func of(_ time: Int64) -> Int64 { floor(time + offset) }

    /// A range cut where days end.
    static func split(_ range: Range<Int64>) -> [Range<Int64>] {
        var parts: [Range<Int64>] = []
        var from = range.lowerBound
        while from < range.upperBound {
            let end = min(range.upperBound, start(of(from) + 1))
            parts.append(from..<end)
            from = end
        }
        return parts
    }

    private static func floor(_ time: Int64) -> Int64 { time >= 0 ? time / length : -((length - 1 - time) / length) }
}
