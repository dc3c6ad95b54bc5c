import ArgumentParser
import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import Terminal
import Trust
import Wording

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "report", abstract: "Reports.", subcommands: [WeeklyReportCommand.self])
}

struct WeeklyReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weekly", abstract: "The weekly compliance report (TT 31/2017 Đ5.3.d).",
        discussion: """
            The last whole week by default. Who issues the report comes from --organisation, else organisation.yaml in the state folder, else \
            /etc/vonggac/organisation.yaml; without one the letterhead stays blank.
            """)
    @OptionGroup var common: CommonOptions
    @OptionGroup var profileOptions: ProfileOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case html, json, csv }

    @Option(help: ArgumentHelp("ISO week: 2026-W47.", valueName: "week")) var week: String?
    @Option(help: ArgumentHelp("First day or moment.", valueName: "date")) var from: String?
    @Option(help: ArgumentHelp("Last day (included), or moment (excluded).", valueName: "date")) var to: String?
    @Option(help: "html, json or csv.") var format: Format?
    @Option(name: .shortAndLong, help: ArgumentHelp("File to write; standard output by default.", valueName: "file")) var output: String?
    @Flag(help: "Print how each number is computed, and from which incidents.") var trace = false
    @Option(help: ArgumentHelp("Who issues it, YAML.", valueName: "file")) var organisation: String?
    @Option(help: "The document's number, once it is registered.") var number: String?
    @Option(help: ArgumentHelp("The document's date, once it is signed.", valueName: "date")) var date: String?
    @Option(help: ArgumentHelp("The unit's own assessment, plain text.", valueName: "file")) var remarks: String?

    func run() throws {
        let session = Session(options: common)
        let period = try period()
        var options = WeeklyOptions()
        options.language = session.language
        options.letterhead = try letterhead(session)
        options.number = number
        options.date = try date.map { text in
            guard let date = LocalTime.parse(text) else { throw ValidationError("--date \(text): expected 2026-11-23") }
            return date
        }
        options.remarks = try remarks.map { try paragraphs($0) } ?? []
        options.isTraced = trace
        let evidence =
            FileManager.default.fileExists(atPath: session.folder + "/evidence")
            ? try EvidenceFolder(path: session.folder + "/evidence") : nil
        let data = try WeeklyData(from: session.store(), period: period, profile: profileOptions.load(), evidenceFolder: evidence)
        let document = WeeklyReport(data, options).document
        let text: String
        switch format ?? (common.json ? .json : .html) {
        case .html: text = HTMLRenderer.render(document)
        case .json: text = try JSONRenderer.json(of: document).canonicalText() + "\n"
        case .csv: text = CSVRenderer.render(document)
        }
        guard let output else { return FileHandle.standardOutput.write(Data(text.utf8)) }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw CommandFailure(
                code: .failed,
                message: session.text(
                    "vonggac: \(output): không ghi được báo cáo; hãy kiểm tra quyền và dung lượng đĩa",
                    "vonggac: \(output): the report cannot be written; check permissions and free space"))
        }
        let span = "\(LocalTime.date(period.from)) – \(LocalTime.date(period.lastDay))"
        session.say(
            "Báo cáo \(span): \(data.confirmed.count) sự cố đã xác nhận, \(data.candidates.count) nghi vấn → \(output)",
            "Report \(span): \(data.confirmed.count) confirmed incident(s), \(data.candidates.count) candidate(s) → \(output)")
    }

    private func period() throws -> ReportPeriod {
        if let week {
            guard from == nil, to == nil else { throw ValidationError("--week, or --from and --to, not both") }
            guard let period = ReportPeriod(week: week) else {
                throw ValidationError("--week \(week): expected an ISO week such as 2026-W47")
            }
            return period
        }
        guard let from, let to else {
            guard from == nil, to == nil else { throw ValidationError("--from and --to belong together") }
            return .lastWeek(before: .now)
        }
        guard let start = LocalTime.parse(from) else { throw ValidationError("--from \(from): expected 2026-11-16 or 2026-11-16T08:00") }
        guard var end = LocalTime.parse(to) else { throw ValidationError("--to \(to): expected 2026-11-22 or 2026-11-22T08:00") }
        if to.count == 10 { end = Timestamp(microseconds: end.microseconds + ReportPeriod.day) }
        guard let period = ReportPeriod(from: start, until: end) else { throw ValidationError("--to lies before --from") }
        return period
    }

    private func letterhead(_ session: Session) throws -> Letterhead {
        if let organisation { return try Letterhead.load(file: organisation) }
        for file in [session.folder + "/organisation.yaml", "/etc/vonggac/organisation.yaml"]
        where FileManager.default.fileExists(atPath: file) {
            return try Letterhead.load(file: file)
        }
        return .blank
    }

    /// Paragraphs are set apart by empty lines.
    private func paragraphs(_ file: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: file), let text = String(validating: data, as: UTF8.self) else {
            throw ContentError(file: file, line: nil, key: "", problem: "cannot be read as UTF-8 text")
        }
        return text.replacing("\r\n", with: "\n").split(separator: "\n\n").map {
            $0.split(separator: "\n").joined(separator: " ").trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }
}
