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
        let from = since?.microseconds ?? Int64.min / 2
        return from..<max(from, until?.microseconds ?? Int64.max / 2)
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
        let groups = try groups()
        if groups?.isEmpty == true || limit == 0 { return [] }
        if let incident = filter.incident { return try ofIncident(incident, groups) }
        if let address = filter.address { return try ofAddress(address.description, groups) }
        if let groups, let ids = try near(groups) { return ids }
        if offset > AlertWalk.deepOffset, try walk.skipDays(groups) { return [] }
        guard let groups else {
            return try Int64.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id FROM alert INDEXED BY alert_time WHERE seen_at >= ? AND seen_at < ?
                        ORDER BY seen_at \(order), id \(order) LIMIT ? OFFSET ?
                        """), arguments: [walk.range.lowerBound, walk.range.upperBound, limit ?? -1, walk.offset])
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
    private func near(_ groups: [Int64]) throws -> [Int64]? {
        guard groups.count > 200, let limit else { return nil }
        let ids = try Int64.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT id FROM (
                      SELECT id, group_id FROM alert INDEXED BY alert_time WHERE seen_at >= ? AND seen_at < ?
                      ORDER BY seen_at \(order), id \(order) LIMIT \(AlertWalk.nearest))
                    WHERE group_id IN (SELECT value FROM json_each(?)) LIMIT ? OFFSET ?
                    """), arguments: [range.lowerBound, range.upperBound, jsonList(groups), limit, offset])
        return ids.count == limit ? ids : nil
    }

    /// Groups that the filter names, the one with the newest alerts first where there are many; nil for all.
    private func groups() throws -> [Int64]? {
        guard let condition = filter.groupCondition else { return nil }
        return try Int64.fetchAll(
            db, sql: "SELECT g.id FROM alert_group g \(condition.sql) ORDER BY g.id DESC", arguments: condition.arguments)
    }

    private func ofIncident(_ code: IncidentCode, _ groups: [Int64]?) throws -> [Int64] {
        var condition = Condition()
        condition.add("ia.incident_id = (SELECT id FROM incident WHERE code = ?)", code.description)
        condition.add("ia.seen_at >= ?", range.lowerBound)
        condition.add("ia.seen_at < ?", range.upperBound)
        if groups != nil || filter.address != nil {
            if let groups {
                let there = try Int64.fetchAll(
                    db,
                    sql: """
                        SELECT DISTINCT group_id FROM incident_day WHERE incident_id = (SELECT id FROM incident WHERE code = ?)
                          AND group_id IN (SELECT value FROM json_each(?))
                        """, arguments: [code.description, jsonList(groups)])
                if there.isEmpty { return [] }
                condition.add("a.group_id IN (SELECT value FROM json_each(?))", jsonList(there))
            }
            let address = filter.address?.description
            condition.add("(a.source = ? OR a.destination = ?)", address, address)
        }
        let joins = groups != nil || filter.address != nil ? "CROSS JOIN alert a ON a.id = ia.alert_id" : ""
        return try Int64.fetchAll(
            db,
            sql: """
                SELECT ia.alert_id FROM incident_alert ia INDEXED BY incident_alert_incident \(joins) \(condition.sql)
                ORDER BY ia.seen_at \(order), ia.alert_id \(order) LIMIT \(limit ?? -1) OFFSET \(offset)
                """, arguments: condition.arguments)
    }

    /// Both ends of alerts lie in an index by address and time, with their group.
    private func ofAddress(_ address: String, _ groups: [Int64]?) throws -> [Int64] {
        var range = range
        var ofGroups = ""
        var arguments: StatementArguments = ["address": address]
        if let groups {
            // Nothing is looked for on days on which no such alert was seen.
            let days = try DayCounts(db, groups: groups, range: range).days
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
    private mutating func skipDays(_ groups: [Int64]?) throws -> Bool {
        let days = try DayCounts(db, groups: groups, range: range).days
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

    private static func floor(_ time: Int64) -> Int64 { time >= 0 ? time / length : -((length - 1 - time) / length) }
}
