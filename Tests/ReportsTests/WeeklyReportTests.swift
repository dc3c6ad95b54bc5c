import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import Testing
import Trust

@Suite struct WeeklyReportTests {
    private func value(_ document: ReportDocument, _ code: String, _ key: String) -> MetricValue? {
        document.metrics.first { $0.code == code }?.values.first { $0.key == key }
    }

    @Test func everyMetricIsThere() throws {
        let document = try Office().report()
        let codes = document.metrics.map(\.code)
        #expect(Set(codes).isSuperset(of: (1...26).map { $0 < 10 ? "W0\($0)" : "W\($0)" }))
        #expect(Set(codes).count == codes.count)
        #expect(document.sections.map(\.number) == ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "PL"])
    }

    /// Candidates stay out of the authorities' tables until a person confirms them.
    @Test func onlyConfirmedIncidentsAreCounted() throws {
        let office = try Office()
        #expect(value(try office.report(), "W04", "MALWARE")?.amount == .count(0))
        let first = try office.incident("C2_BOTNET", "10.20.10.7")
        try office.store.confirm(first.code, by: Hand("trực"))
        let document = try office.report()
        #expect(value(document, "W04", "MALWARE") == document.metrics.first { $0.code == "W04" }?.values.first { $0.key == "MALWARE" })
        #expect(value(document, "W04", "MALWARE")?.amount == .count(1))
        #expect(value(document, "W04", "MALWARE")?.incidents == [first.code])
        #expect(value(document, "M05", "MALWARE")?.amount == .count(1))
        #expect(value(document, "W06", "SNV")?.amount == .count(1))
        #expect(value(document, "W06", "STC")?.amount == .count(0))
        #expect(value(document, "W08", "open")?.incidents == [first.code])
    }

    @Test func dismissedIncidentsAreFalseAlarms() throws {
        let office = try Office()
        try office.store.dismiss(office.incident("PORTSCAN", "10.20.20.9").code, reason: "kiểm tra định kỳ", by: Hand("trực"))
        try office.store.confirm(office.incident("C2_BOTNET", "10.20.10.7").code, by: Hand("trực"))
        let document = try office.report()
        #expect(value(document, "W20", "alerts")?.amount == .count(4))
        #expect(value(document, "W20", "false_share")?.amount == .share(0.5))
        #expect(!document.metrics.first { $0.code == "W13" }!.values.contains { $0.key == "198.51.100.1" })
    }

    @Test func weeksAreCompared() throws {
        let office = try Office()
        try office.store.confirm(office.incident("C2_BOTNET", "10.20.10.5").code, by: Hand("trực"))
        for victim in ["10.20.10.7", "10.20.20.8"] { try office.store.confirm(office.incident("C2_BOTNET", victim).code, by: Hand("trực")) }
        let document = try office.report()
        #expect(value(document, "W07", "change")?.amount == .share(1))
        #expect(value(document, "W08", "backlog")?.amount == .count(1))
        // Last week against a week without incidents has no share.
        #expect(value(try office.report(week: "2026-W46"), "W07", "change")?.amount == .missing)
        #expect(try office.data().trend.map(\.confirmed) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2])
    }

    @Test func sensorsAndCoverage() throws {
        let document = try Office().report()
        #expect(value(document, "W02", "gw")?.amount == .share(0.5))
        #expect(value(document, "W03", "share")?.amount == .share(0.5))
        #expect(HTMLRenderer.render(document).contains("Sở Nội vụ: FPT (gw-2)"))
    }

    @Test func infectedHostsAreDistinct() throws {
        #expect(value(try Office().report(), "W21", "hosts")?.amount == .count(2))
    }

    @Test func deadlinesAreJudged() throws {
        let office = try Office()
        let profile = try ProfileLibrary(folders: []).profile()
        for victim in ["10.20.10.7", "10.20.20.8"] {
            let incident = try office.store.confirm(office.incident("C2_BOTNET", victim).code, by: Hand("trực"))
            try office.store.setClocks(ClockEngine(profile).clocks(for: incident, level: nil), for: incident.code, by: Hand("trực"))
        }
        // T0 of the first is Monday 10:00, so 72 hours end on Thursday 10:00; of the second, Thursday 20:00.
        let first = try office.incident("C2_BOTNET", "10.20.10.7").code
        try office.store.meetClock("R26_72", of: first, fulfilledBy: "1/BC", at: Office.monday.advanced(hours: 60), by: Hand("trực"))
        let document = try office.report()
        #expect(value(document, "W16", "R26_72")?.amount == .share(0.5))
        #expect(value(document, "W17", "overdue")?.amount == .count(1))
        let html = HTMLRenderer.render(document)
        #expect(html.contains("QUÁ HẠN") && html.contains("đúng hạn") && html.contains("1/BC"))
    }

    @Test func missingIsSaidAndNotZero() throws {
        let document = try Office().report()
        for code in ["W14", "W23"] {
            #expect(document.metrics.first { $0.code == code }?.values.first?.amount == .missing, "\(code)")
        }
        #expect(HTMLRenderer.render(document).contains("chưa có dữ liệu"))
    }

    @Test func playbookRunsAndChangesAppear() throws {
        let office = try Office()
        let code = try office.incident("C2_BOTNET", "10.20.10.7").code
        let run = try office.store.startRun(
            on: code, playbook: "playbook--x", name: "Mã độc / Malware", digest: String(repeating: "0", count: 64), by: Hand("trực"))
        for (name, outcome) in [("a", StepOutcome.succeeded), ("b", .failed)] {
            let step = try office.store.startStep(run: run, step: "action--\(name)", name: name, type: "action", by: Hand("trực"))
            try office.store.finishStep(run: run, stepRun: step, outcome: outcome, by: Hand("trực"))
        }
        try office.store.finishRun(run, outcome: .failed, by: Hand("trực"))
        try office.store.record(
            kind: "change.monitored", subject: "agency/SNV", body: ["text": "SNV: thay máy chủ thư"], actor: "quản trị",
            at: Office.monday.advanced(hours: 5))
        let document = try office.report()
        #expect(value(document, "W23", "share")?.amount == .share(0.5))
        #expect(value(document, "W14", "count")?.amount == .count(1))
        let html = HTMLRenderer.render(document)
        #expect(html.contains("thay máy chủ thư") && html.contains(">Mã độc<") && html.contains("1/2"))
    }

    @Test func emptyRecordGivesAReport() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("empty-\(UUID().uuidString).sqlite").path
        let store = try IncidentStore(path: path)
        let data = try WeeklyData(
            from: store, period: try #require(ReportPeriod(week: "2026-W47")), profile: ProfileLibrary(folders: []).profile())
        let html = try HTMLRenderer.render(WeeklyReport(data, Office.options()).document)
        #expect(html.contains("Trong kỳ không ghi nhận sự cố nào"))
        #expect(!html.contains("NaN"))
    }
}
