import ArgumentParser
import Bytes
import Incidents
import Reports
import Terminal
import Trust
import Wording

struct ReportList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: HelpText.text("Documents that were made, the newest first, and where they were sent."))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Only this form."))) var form: String?
    @Option(help: ArgumentHelp(HelpText.text("Only about this incident or period."))) var subject: String?
    @Option(help: ArgumentHelp(HelpText.text("Most lines."))) var limit = 100

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let documents = try store.documents(form: form, subject: subject, limit: limit)
        let sent = try store.events(kindPrefix: "report.sent")
        func sendings(_ document: MadeDocument) -> [IncidentEvent] {
            sent.filter { $0.subject == "report/\(document.form)/\(document.subject)" }
        }
        if common.json {
            return try session.show(
                .array(
                    documents.map { document in
                        .object([
                            "form": .string(document.form), "subject": .string(document.subject), "format": .string(document.format),
                            "sha256": .string(document.digest.hex), "size": .integer(document.size), "number": .optional(document.number),
                            "profile": .string(document.profile), "language": .string(document.language),
                            "missing": .integer(Int64(document.missing)), "made_by": .string(document.madeBy),
                            "made_at": .time(document.madeAt), "sent": .array(sendings(document).map(\.json)),
                        ])
                    }))
        }
        if documents.isEmpty { return session.say("Chưa lập văn bản nào.", "No document was made.") }
        var table = Table([
            session.text("Lập lúc", "Made"), session.text("Mẫu", "Form"), session.text("Về", "About"), session.text("Dạng", "Format"),
            session.text("Thiếu", "Missing"), session.text("Gửi", "Sent"), "SHA-256",
        ])
        for document in documents {
            table.add([
                LocalTime.text(document.madeAt), document.form, document.subject, document.format,
                document.missing == 0 ? "-" : String(document.missing),
                sendings(document).last.map { LocalTime.text($0.time) } ?? "-", String(document.digest.hex.prefix(16)),
            ])
        }
        session.show(table)
    }
}

struct ReportAnswers: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answers", abstract: HelpText.text("What is known for a form, field by field, and what is missing."))
    @OptionGroup var making: MakingOptions
    @Argument(help: ArgumentHelp(HelpText.text("The form: f24, f72, notice …")), completion: .list(TemplateLibrary.names)) var form: String
    @Argument(help: ArgumentHelp(HelpText.text("The incident or the period.")), completion: Suggestions.incidents) var subject: String

    func run() throws {
        let maker = try DocumentMaker(making, writes: false)
        let session = maker.session
        let draft = try maker.draft(form, subject: subject)
        let answers = try maker.store.answers(form: form, subject: draft.subject)
        if making.common.json {
            return try session.show(
                .object([
                    "form": .string(form), "subject": .string(subject),
                    "fields": JSONRenderer.json(of: draft.document)["fields"] ?? .array([]),
                ]))
        }
        var table = Table([session.text("Mục", "Field"), "(*)", session.text("Từ", "From"), session.text("Nội dung", "Content")])
        for field in draft.document.fields {
            let text: String =
                switch field.value {
                case .text(let text): text.replacing("\n", with: " / ")
                case .choices(let choices): choices.filter(\.isChosen).map(\.code).joined(separator: ",")
                case .missing: session.text("CÒN THIẾU", "MISSING")
                case .blank: "-"
                }
            table.add([
                field.key, field.isRequired ? "*" : "",
                answers[field.key] != nil
                    ? session.text("trả lời", "answer") : text == "-" || field.value == .missing ? "" : session.text("hồ sơ", "record"),
                text,
            ])
        }
        session.show(table)
    }
}

struct ReportRemarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remarks",
        abstract: HelpText.text("The author's own text of a report; it stands in the report whenever that is made again."),
        discussion: HelpText.text("Without --file and --text it is shown. report remarks weekly 2026-W47 --file remarks.txt"))
    @OptionGroup var common: CommonOptions
    @Argument(
        help: ArgumentHelp(HelpText.text("The report: weekly, daily, half-year.")), completion: .list(["weekly", "daily", "half-year"]))
    var form: String
    @Argument(help: ArgumentHelp(HelpText.text("The period: 2026-W47."))) var subject: String
    @Option(help: ArgumentHelp(HelpText.text("Plain text; empty lines set paragraphs apart."), valueName: "file"), completion: .file())
    var file: String?
    @Option(help: ArgumentHelp(HelpText.text("The text itself."))) var text: String?

    func run() throws {
        let session = Session(options: common)
        guard let period = ReportText.period(subject) else {
            throw UsageError("\(subject): cần một kỳ như 2026-W47", "\(subject): expected a period such as 2026-W47")
        }
        guard let new = try file.map({ try ReportText.file($0) }) ?? text else {
            let kept = try session.store().answers(form: form, subject: period.name)["remarks"] ?? ""
            return print(DisplayText.lines(kept))
        }
        let changed = try session.store(.readWrite).answer("remarks", new, form: form, subject: period.name, by: session.hand())
        session.say(changed ? "Đã lưu." : "Không thay đổi.", changed ? "Kept." : "Unchanged.")
    }
}

struct ReportTemplate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template", abstract: HelpText.text("Show a template as it is shipped, or check one's own."),
        discussion: HelpText.text(
            """
            Templates lie in templates/ of the state folder, then in /etc/vonggac/templates. To change one: report template weekly > \
            /etc/vonggac/templates/weekly.yaml, edit it, then report template weekly --check. report template organisation shows an example of \
            organisation.yaml: who issues documents.
            """))
    @OptionGroup var making: MakingOptions
    @Argument(help: ArgumentHelp(HelpText.text("The template; leave out to list them.")), completion: .list(TemplateLibrary.names))
    var name: String?
    @Flag(help: ArgumentHelp(HelpText.text("Read the template that is in use and say what is wrong with it."))) var check = false
    @Flag(help: ArgumentHelp(HelpText.text("List every text of a report that its template may word otherwise."))) var wording = false

    func run() throws {
        let session = making.session
        guard let name else { return print((TemplateLibrary.names + [TemplateLibrary.organisation]).joined(separator: "\n")) }
        if check, name == TemplateLibrary.organisation {
            _ = try making.letterhead()
            return session.say("organisation.yaml: đúng.", "organisation.yaml: sound.")
        }
        if check {
            let template = try making.library().template(name)
            return session.say("\(template.id): đúng.", "\(template.id): sound.")
        }
        if wording {
            for (pattern, text) in ReportPhrases.all.sorted(by: { $0.key < $1.key }) {
                print("  \(Self.quoted(pattern)): {vi: \(Self.quoted(text.vietnamese)), en: \(Self.quoted(text.english))}")
            }
            return
        }
        guard let text = TemplateLibrary.shipped(name) else { throw UnknownTemplateError(name: name, known: TemplateLibrary.names) }
        print(text, terminator: "")
    }

    private static func quoted(_ text: String) -> String { "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }
}

struct ReportQuery: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query", abstract: HelpText.text("The SQL that gives a number of the weekly report, ready for sqlite3."),
        discussion: HelpText.text("report query W04 --week 2026-W47 | sqlite3 -readonly -box incidents.sqlite"))
    @OptionGroup var profileOptions: ProfileOptions
    @OptionGroup var period: PeriodOptions
    @Argument(help: ArgumentHelp(HelpText.text("Code of the number: W04; leave out for all."))) var code: String?

    func run() throws {
        let period = try period.period() ?? .lastWeek(before: .now)
        let queries = MetricQueries.all.filter { code == nil || $0.code == code?.uppercased() }
        let profile = try profileOptions.load()
        let profiles = try [profile] + DocumentMaker.alongside(profile)
        guard !queries.isEmpty else { throw UsageError("\(code ?? ""): cần W01 đến W26", "\(code ?? ""): expected W01 to W26") }
        for query in queries { print("-- \(query.code)\n\(query.text(period, profiles: profiles))") }
    }
}
