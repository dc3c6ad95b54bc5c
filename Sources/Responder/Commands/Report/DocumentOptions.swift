import ArgumentParser
import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import Wording

/// Formats of documents.
enum DocumentFormat: String, ExpressibleByArgument, CaseIterable {
    case html, pdf, docx, xlsx, csv, json

    func render(_ document: ReportDocument) throws -> [UInt8] {
        switch self {
        case .html: Array(HTMLRenderer.render(document).utf8)
        case .pdf: try PDFRenderer.render(document)
        case .docx: DOCXRenderer.render(document)
        case .xlsx: XLSXRenderer.render(document)
        case .csv: Array(CSVRenderer.render(document).utf8)
        case .json: Array((try JSONRenderer.json(of: document).canonicalText() + "\n").utf8)
        }
    }
}

/// What every command that makes a document takes.
struct MakingOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @OptionGroup var profileOptions: ProfileOptions

    @Option(help: ArgumentHelp(HelpText.text("html, pdf, docx, xlsx, csv or json; by the file's ending where it is not given.")))
    var format: DocumentFormat?
    @Option(
        name: .shortAndLong, help: ArgumentHelp(HelpText.text("File to write; standard output by default."), valueName: "file"),
        completion: .file())
    var output: String?
    @Option(
        help: ArgumentHelp(
            HelpText.text("Who issues it, YAML: organisation.yaml in the state folder or in /etc/vonggac by default."), valueName: "file"),
        completion: .file())
    var organisation: String?
    @Option(
        help: ArgumentHelp(HelpText.text("Folder of templates that go before the shipped ones."), valueName: "folder"),
        completion: .directory)
    var templates: String?
    @Option(help: ArgumentHelp(HelpText.text("The document's number, once it is registered."))) var number: String?
    @Option(help: ArgumentHelp(HelpText.text("The document's date, once it is signed."), valueName: "date")) var date: String?
    @Option(
        help: ArgumentHelp(
            HelpText.text(
                "Database or list of the countries or networks of addresses (.mmdb or .csv); found by itself where docs/reports.md says. Repeatable."
            ),
            valueName: "file"), completion: .file())
    var geoip: [String] = []
    @Flag(help: ArgumentHelp(HelpText.text("Do not record in the ledger that the document was made."))) var preview = false

    var session: Session { Session(options: common) }

    /// The format that was asked for, or that the file's name says.
    func chosenFormat() throws -> DocumentFormat {
        if let format { return format }
        if common.json { return .json }
        guard let output, let dot = output.lastIndex(of: ".") else { return .html }
        let ending = output[output.index(after: dot)...].lowercased()
        if ending == "htm" { return .html }
        guard let format = DocumentFormat(rawValue: ending) else {
            throw UsageError(
                "-o \(output): đuôi tệp không cho biết định dạng; hãy ghi --format html, pdf, docx, xlsx, csv hoặc json",
                "-o \(output): the ending says no format; give --format html, pdf, docx, xlsx, csv or json")
        }
        return format
    }

    func letterhead() throws -> Letterhead {
        if let organisation { return try Letterhead.load(file: organisation) }
        for file in [session.folder + "/organisation.yaml", "/etc/vonggac/organisation.yaml"]
        where FileManager.default.fileExists(atPath: file) {
            return try Letterhead.load(file: file)
        }
        return .blank
    }

    /// Somebody has said who issues documents.
    var hasOrganisation: Bool {
        organisation != nil
            || [session.folder + "/organisation.yaml", "/etc/vonggac/organisation.yaml"].contains {
                FileManager.default.fileExists(atPath: $0)
            }
    }

    func library() -> TemplateLibrary {
        TemplateLibrary(
            folders: [templates, session.folder + "/templates", "/etc/vonggac/templates", "/usr/share/vonggac/templates"].compactMap { $0 })
    }

    func moment() throws -> Timestamp? {
        try date.map { text in
            guard let date = LocalTime.parse(text) else {
                throw UsageError("--date \(text): cần dạng 2026-11-23", "--date \(text): expected 2026-11-23")
            }
            return date
        }
    }

    func evidenceFolder() throws -> EvidenceFolder? {
        let path = session.folder + "/evidence"
        return FileManager.default.fileExists(atPath: path) ? EvidenceFolder(existing: path) : nil
    }
}

/// Which period a report is about.
struct PeriodOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("ISO week: 2026-W47."), valueName: "week")) var week: String?
    @Option(help: ArgumentHelp(HelpText.text("First day or moment."), valueName: "date")) var from: String?
    @Option(help: ArgumentHelp(HelpText.text("Last day (included), or moment (excluded)."), valueName: "date")) var to: String?

    /// The period that was asked for; nil where none was.
    func period() throws -> ReportPeriod? {
        if let week {
            guard from == nil, to == nil else {
                throw UsageError("hoặc --week, hoặc --from và --to, không cả hai", "--week, or --from and --to, not both")
            }
            guard let period = ReportPeriod(week: week) else {
                throw UsageError("--week \(week): cần tuần theo ISO như 2026-W47", "--week \(week): expected an ISO week such as 2026-W47")
            }
            return period
        }
        guard let from, let to else {
            guard from == nil, to == nil else { throw UsageError("--from và --to phải đi cùng nhau", "--from and --to belong together") }
            return nil
        }
        guard let start = LocalTime.parse(from) else {
            throw UsageError(
                "--from \(from): cần dạng 2026-11-16 hoặc 2026-11-16T08:00", "--from \(from): expected 2026-11-16 or 2026-11-16T08:00")
        }
        guard var end = LocalTime.parse(to) else {
            throw UsageError("--to \(to): cần dạng 2026-11-22 hoặc 2026-11-22T08:00", "--to \(to): expected 2026-11-22 or 2026-11-22T08:00")
        }
        if to.count == 10 { end = Timestamp(microseconds: end.microseconds + ReportPeriod.day) }
        guard let period = ReportPeriod(from: start, until: end) else {
            throw UsageError("--to đứng trước --from", "--to lies before --from")
        }
        return period
    }
}

/// What people say for a document's fields.
struct AnswerOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(HelpText.text("Answer a field; kept for the next time. Repeatable."), valueName: "field=value")) var answers:
        [String] = []
    @Option(
        name: .customLong("answers"), help: ArgumentHelp(HelpText.text("Answers from a YAML file: field: value."), valueName: "file"),
        completion: .file())
    var file: String?
    @Flag(help: ArgumentHelp(HelpText.text("Ask every field again, also those that are known."))) var ask = false
    @Flag(help: ArgumentHelp(HelpText.text("Never ask; mark what is missing."))) var noAsk = false

    /// What was given on the command line and in the file, in that order.
    func given() throws -> [(field: String, value: String)] {
        var given: [(field: String, value: String)] = []
        if let file {
            for (name, value) in try ContentValue.load(file: file).entries() {
                // Several choices may stand as a list.
                if let list = try? value.list() {
                    given.append((name, try list.map { try $0.text() }.joined(separator: ",")))
                } else {
                    given.append((name, try value.text()))
                }
            }
        }
        for answer in answers {
            guard let equals = answer.firstIndex(of: "="), equals != answer.startIndex else {
                throw UsageError("--set \(answer): cần dạng trường=giá_trị", "--set \(answer): expected field=value")
            }
            given.append((String(answer[..<equals]), String(answer[answer.index(after: equals)...])))
        }
        return given
    }
}
