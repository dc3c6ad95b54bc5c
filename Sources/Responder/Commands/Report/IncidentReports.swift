import ArgumentParser
import Incidents
import Reports
import Terminal

/// A form about an incident: one small type each, because each is a subcommand.
protocol IncidentForm: ParsableCommand {
    static var form: String { get }
    var options: IncidentFormOptions { get }
}

extension IncidentForm {
    func run() throws { try makeForm(Self.form, options.making, options.answers, .incident(options.code)) }
}

struct IncidentFormOptions: ParsableArguments {
    @OptionGroup var making: MakingOptions
    @OptionGroup var answers: AnswerOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
}

struct F24Report: IncidentForm {
    static let form = "f24"
    static let configuration = CommandConfiguration(
        commandName: "f24", abstract: HelpText.text("Initial notice of a serious incident, within 24 hours (NĐ 331/2026 Đ31.2.d)."))
    @OptionGroup var options: IncidentFormOptions
}

struct F72Report: IncidentForm {
    static let form = "f72"
    static let configuration = CommandConfiguration(
        commandName: "f72",
        abstract: HelpText.text("Report of cause, scope and remediation, within 72 hours; updates and the final one (NĐ 331/2026 Đ31.2.d).")
    )
    @OptionGroup var options: IncidentFormOptions
}

struct PersonalDataReport: IncidentForm {
    static let form = "pdp"
    static let configuration = CommandConfiguration(
        commandName: "pdp", abstract: HelpText.text("Notice of a personal data violation, within 72 hours (NĐ 356/2025 Mẫu 08)."))
    @OptionGroup var options: IncidentFormOptions
}

struct NoticeReport: IncidentForm {
    static let form = "notice"
    static let configuration = CommandConfiguration(
        commandName: "notice", abstract: HelpText.text("Notice of an incident (TT 20/2017 Đ9.3.a)."))
    @OptionGroup var options: IncidentFormOptions
}

struct InitialReport: IncidentForm {
    static let form = "initial"
    static let configuration = CommandConfiguration(commandName: "initial", abstract: HelpText.text("Initial report (TT 20/2017 Mẫu 03)."))
    @OptionGroup var options: IncidentFormOptions
}

struct FinalReport: IncidentForm {
    static let form = "final"
    static let configuration = CommandConfiguration(commandName: "final", abstract: HelpText.text("Final report (TT 20/2017 Mẫu 04)."))
    @OptionGroup var options: IncidentFormOptions
}

struct ProgressReport: IncidentForm {
    static let form = "progress"
    static let configuration = CommandConfiguration(
        commandName: "progress", abstract: HelpText.text("Report on the course of events (TT 20/2017 Đ9.3.c)."))
    @OptionGroup var options: IncidentFormOptions
}

struct PlanReport: IncidentForm {
    static let form = "plan"
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: HelpText.text("Plan of the response (TT 20/2017 Đ9.3.d)."))
    @OptionGroup var options: IncidentFormOptions
}

struct SupportReport: IncidentForm {
    static let form = "support"
    static let configuration = CommandConfiguration(
        commandName: "support", abstract: HelpText.text("Request for help (TT 20/2017 Đ9.3.đ)."))
    @OptionGroup var options: IncidentFormOptions
}

struct AcknowledgementReport: IncidentForm {
    static let form = "ack"
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: HelpText.text("Acknowledgement of a notice received (TT 20/2017 Đ10)."))
    @OptionGroup var options: IncidentFormOptions
}

struct IntakeReport: IncidentForm {
    static let form = "intake"
    static let configuration = CommandConfiguration(commandName: "intake", abstract: HelpText.text("The unit's own record of an incident."))
    @OptionGroup var options: IncidentFormOptions
}

enum FormTarget {
    case incident(IncidentCode)
    case period(ReportPeriod)

    var name: String {
        switch self {
        case .incident(let code): code.description
        case .period(let period): period.name
        }
    }
}

/// Makes a form: answers that were given are kept, what is missing is asked, then the document is written.
func makeForm(_ form: String, _ making: MakingOptions, _ answers: AnswerOptions, _ target: FormTarget) throws {
    let given = try answers.given()
    let mayAsk = !answers.noAsk && Questions.canAsk
    let maker = try DocumentMaker(making, writes: !given.isEmpty || mayAsk || (!making.preview && making.session.canWrite))
    func fill() throws -> (draft: DocumentDraft, form: FormDocument) {
        switch target {
        case .incident(let code): try maker.form(form, code)
        case .period(let period): try maker.form(form, period)
        }
    }
    let first = try fill()
    let checker = AnswerChecker(first.form.template, maker.session)
    for (field, value) in given {
        try maker.store.answer(field, checker.checked(field, value), form: form, subject: target.name, by: maker.session.hand())
    }
    if mayAsk {
        let known = try fill().form
        let asked = answers.ask ? known.fields.map(\.field) : known.missing
        try Questions(maker.session, checker).ask(asked, known: known.values) { field, value in
            try maker.store.answer(field, value, form: form, subject: target.name, by: maker.session.hand())
        }
    }
    try maker.deliver(fill().draft)
}
