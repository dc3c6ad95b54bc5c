import ArgumentParser

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: HelpText.text("Reports, notices and statutory forms."),
        discussion: HelpText.text(
            """
            What a form demands and the record does not hold is asked at a terminal, or given with --set; answers are kept, so that work can go on \
            later. A document with demanded fields missing says so and cannot be sent. See docs/reports.md.
            """),
        groupedSubcommands: [
            CommandGroup(
                name: "On a period",
                subcommands: [
                    WeeklyReportCommand.self, DailyReportCommand.self, HalfYearReportCommand.self, PeriodicReportCommand.self,
                    AnnualReportCommand.self,
                ]),
            CommandGroup(
                name: "On an incident",
                subcommands: [
                    F24Report.self, F72Report.self, PersonalDataReport.self, NoticeReport.self, InitialReport.self, FinalReport.self,
                    ProgressReport.self, PlanReport.self, SupportReport.self, AcknowledgementReport.self, IntakeReport.self,
                ]),
            CommandGroup(
                name: "What becomes of them",
                subcommands: [
                    ReportSend.self, ReportSent.self, ReportSign.self, ReportVerify.self, ReportList.self, ReportAnswers.self,
                    ReportRemarks.self, ReportTemplate.self, ReportQuery.self,
                ]),
        ])
}
