import Compliance
import Foundation
import GRDB
import Incidents
import Reports
import TestSupport
import Testing

/// Every number of the weekly report, counted again by plain SQL on the tables: text that is run by SQLite and shares no code with the report.
@Suite struct RecountTests {
    @Test(arguments: ["2026-W47", "2026-W46", "2026-W41"])
    func numbersAreThoseOfPlainSQL(week: String) throws {
        let province = try Province.shared.get()
        let profile = try ProfileLibrary(folders: []).profile()
        let period = try #require(ReportPeriod(week: week))
        let data = try WeeklyData(
            from: province.store, period: period, profile: profile, evidenceFolder: EvidenceFolder(existing: province.folder + "/evidence"))
        let document = try WeeklyReport(data, Office.options()).document
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: province.folder + "/incidents.sqlite", configuration: configuration)
        #expect(MetricQueries.all.map(\.code) == (1...26).map { $0 < 10 ? "W0\($0)" : "W\($0)" })
        for query in MetricQueries.all {
            let metric = try #require(document.metrics.first { $0.code == query.code })
            let rows = try database.read { try Row.fetchAll($0, sql: query.text(period, profiles: [profile])) }
            var recounted: [String: DatabaseValue] = [:]
            for row in rows { recounted[row["key"]] = row["value"] }
            for value in metric.values {
                // The digests of files are no row of a table.
                if query.code == "W12" && value.key == "intact" { continue }
                if query.code == "W25" && value.key == "last" { continue }
                let found = recounted.removeValue(forKey: value.key)
                let place: Comment = "\(week) \(query.code) \(value.key): \(value.amount) against \(String(describing: found))"
                switch value.amount {
                case .count(let count): #expect(found.flatMap { Int.fromDatabaseValue($0) } == count, place)
                case .share(let share), .seconds(let share):
                    #expect(abs((found.flatMap { Double.fromDatabaseValue($0) } ?? .nan) - share) < 1e-6, place)
                case .text(let text): #expect(found.flatMap { String.fromDatabaseValue($0) } == text, place)
                case .missing: #expect(found == nil || found?.isNull == true, place)
                }
                // A count of incidents names them.
                if case .count(let count) = value.amount, !value.incidents.isEmpty, !["W10", "W17"].contains(query.code) {
                    #expect(value.incidents.count == count, place)
                }
            }
            let left = recounted.filter { !$0.value.isNull }
            #expect(left.isEmpty, "\(week) \(query.code): \(left)")
        }
    }

    /// The province is a realistic one: every part of the report has something to say.
    @Test func provinceHasSomethingOfEverything() throws {
        let province = try Province.shared.get()
        let document = try WeeklyReport(
            WeeklyData(
                from: province.store, period: #require(ReportPeriod(week: Province.week)), profile: ProfileLibrary(folders: []).profile()),
            Office.options()
        ).document
        for metric in document.metrics where !["W12"].contains(metric.code) {
            #expect(!metric.values.contains { $0.amount == .missing }, "\(metric.code)")
        }
        #expect(try province.store.agencies().count == 30)
        #expect(try province.store.incidents().count > 200)
        #expect(try province.store.auditLedger().findings.isEmpty)
    }
}
