import Bytes
import Compliance
import Incidents

/// The documented SQL of each number of the weekly report (`weekly.sql`): what a person runs who wants to see for himself, and what a test
/// compares every number with. The report itself reads by the indices and counts of the store, which give the same.
public struct MetricQueries: Sendable {
    /// `W04`.
    public var code: String
    /// With `:from`, `:until`, `:prior`, `:targets`, `:categories`.
    public var sql: String

    public static let all: [MetricQueries] = {
        var queries: [MetricQueries] = []
        for line in String(decoding: PackageResources.weekly_sql, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("-- W") {
                queries.append(MetricQueries(code: String(line.dropFirst(3).prefix(3)), sql: ""))
            } else if !queries.isEmpty {
                queries[queries.count - 1].sql += line + "\n"
            }
        }
        return queries
    }()

    /// The query with its parameters put in.
    /// - Parameter profiles: the one in use, then those beside it.
    public func text(_ period: ReportPeriod, profiles: [ComplianceProfile]) -> String {
        let targets = profiles.flatMap(\.deadlines).compactMap { deadline -> String? in
            switch deadline.allowance {
            case .immediately(let minutes): "\"\(deadline.code)\":\(minutes)"
            case .open(let hours): "\"\(deadline.code)\":\(hours * 60)"
            case .hours, .days: nil
            }
        }.joined(separator: ",")
        let categories = (profiles.first?.categories ?? []).map { "\"\($0.code.rawValue)\"" }.joined(separator: ",")
        var text = sql
        for (name, value) in [
            (":from", String(period.from.microseconds)), (":until", String(period.until.microseconds)),
            (":prior", String(period.before(1).from.microseconds)), (":targets", "'{\(targets)}'"), (":categories", "'[\(categories)]'"),
        ] { text = text.replacing(name, with: value) }
        return text
    }
}
