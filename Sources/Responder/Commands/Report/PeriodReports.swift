import ArgumentParser
import Bytes
import Incidents
import Reports

struct WeeklyReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weekly", abstract: HelpText.text("The weekly compliance report (TT 31/2017 Đ5.3.d)."),
        discussion: HelpText.text(
            """
            The last whole week by default. Who issues the report comes from --organisation, else organisation.yaml in the state folder, else \
            /etc/vonggac/organisation.yaml; without one the letterhead stays blank. The author's own text (--remarks, report remarks) is kept and \
            stands in the report whenever it is made again.
            """))
    @OptionGroup var making: MakingOptions
    @OptionGroup var period: PeriodOptions
    @Flag(help: ArgumentHelp(HelpText.text("Print how each number is computed, and from which incidents."))) var trace = false
    @Option(
        help: ArgumentHelp(HelpText.text("The unit's own assessment, plain text; kept for the next time."), valueName: "file"),
        completion: .file())
    var remarks: String?

    func run() throws {
        try makePeriodReport("weekly", making, period.period() ?? .lastWeek(before: .now), remarks: remarks, trace: trace)
    }
}

struct DailyReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daily", abstract: HelpText.text("The daily log (TT 31/2017 Đ5.3.a)."),
        discussion: HelpText.text("Yesterday by default."))
    @OptionGroup var making: MakingOptions
    @Option(help: ArgumentHelp(HelpText.text("The day."), valueName: "date")) var day: String?
    @Flag(help: ArgumentHelp(HelpText.text("Print how each number is computed, and from which incidents."))) var trace = false
    @Option(
        help: ArgumentHelp(HelpText.text("Remarks for the next shift, plain text; kept for the next time."), valueName: "file"),
        completion: .file())
    var remarks: String?

    func run() throws {
        let moment: Timestamp
        if let day {
            guard let parsed = LocalTime.parse(day) else {
                throw UsageError("--day \(day): cần dạng 2026-11-21", "--day \(day): expected 2026-11-21")
            }
            moment = parsed
        } else {
            moment = Timestamp(microseconds: Timestamp.now.microseconds - ReportPeriod.day)
        }
        guard let period = ReportPeriod(day: moment) else {
            throw UsageError("--day: cần một ngày như 2026-11-21", "--day: expected a day such as 2026-11-21")
        }
        try makePeriodReport("daily", making, period, remarks: remarks, trace: trace)
    }
}

struct HalfYearReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "half-year", abstract: HelpText.text("The half-yearly report on monitoring (TT 31/2017 Đ5.3.k)."),
        discussion: HelpText.text("The last whole half year by default."))
    @OptionGroup var making: MakingOptions
    @Option(help: ArgumentHelp(HelpText.text("Half of a year: 2026-H1."), valueName: "half")) var half: String?
    @Flag(help: ArgumentHelp(HelpText.text("Print how each number is computed, and from which incidents."))) var trace = false
    @Option(
        help: ArgumentHelp(HelpText.text("The unit's own assessment, plain text; kept for the next time."), valueName: "file"),
        completion: .file())
    var remarks: String?

    func run() throws {
        try makePeriodReport("half-year", making, try HalfOption.period(half), remarks: remarks, trace: trace)
    }
}

enum HalfOption {
    /// The half that was asked for, or the last whole one.
    static func period(_ text: String?) throws -> ReportPeriod {
        let now = LocalTime.fields(.now)
        let name = text ?? (now.month <= 6 ? "\(now.year - 1)-H2" : "\(now.year)-H1")
        guard let period = ReportPeriod(half: name) else {
            throw UsageError("--half \(name): cần dạng 2026-H1 hoặc 2026-H2", "--half \(name): expected 2026-H1 or 2026-H2")
        }
        return period
    }
}

/// Makes a report of sections, keeping the author's words.
private func makePeriodReport(_ form: String, _ making: MakingOptions, _ period: ReportPeriod, remarks: String?, trace: Bool) throws {
    let maker = try DocumentMaker(making, writes: remarks != nil || (!making.preview && making.session.canWrite))
    if let remarks {
        try maker.store.answer("remarks", ReportText.file(remarks), form: form, subject: period.name, by: maker.session.hand())
    }
    let draft = try maker.report(form, period, isTraced: trace)
    try maker.deliver(draft)
    if form == "weekly" { try maker.hintAtOtherWeeks(draft) }
}

struct PeriodicReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "periodic", abstract: HelpText.text("The summary table of incidents, six months or a year (TT 20/2017 Mẫu 05)."),
        discussion: HelpText.text("The last whole half year by default."))
    @OptionGroup var making: MakingOptions
    @OptionGroup var answers: AnswerOptions
    @Option(help: ArgumentHelp(HelpText.text("Half of a year: 2026-H1."), valueName: "half")) var half: String?
    @Option(help: ArgumentHelp(HelpText.text("A whole year instead."))) var year: Int?

    func run() throws {
        guard let year else { return try makeForm("periodic", making, answers, .period(HalfOption.period(half))) }
        guard half == nil, let period = ReportPeriod(year: year) else {
            throw UsageError("hoặc --half 2026-H1, hoặc --year 2026", "--half 2026-H1, or --year 2026")
        }
        try makeForm("periodic", making, answers, .period(period))
    }
}

struct AnnualReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "annual", abstract: HelpText.text("The yearly result table (NĐ 331/2026 Mẫu 08), 15 December to 14 December."),
        discussion:
            HelpText.text(
                "The reporting year that ended last by default. Columns that the record does not hold are answered per agency: --set systems.SNV.approval=…"
            )
    )
    @OptionGroup var making: MakingOptions
    @OptionGroup var answers: AnswerOptions
    @Option(help: ArgumentHelp(HelpText.text("The reporting year."))) var year: Int?

    func run() throws {
        let now = LocalTime.fields(.now)
        let last = now.month == 12 && now.day >= 15 ? now.year : now.year - 1
        guard let period = ReportPeriod(reportingYear: year ?? last) else {
            throw UsageError("--year: cần dạng 2026", "--year: expected 2026")
        }
        try makeForm("annual", making, answers, .period(period))
    }
}
