import ArgumentParser

struct TriageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "triage", abstract: HelpText.text("Work on incidents on the full screen."),
        discussion: HelpText.text(
            """
            A queue by severity and nearest deadline, and the selected incident with its timeline, hosts, packets, evidence and deadlines. Each key \
            does what a command of vonggac does, and shows it; ? explains the keys. Needs a terminal of 80x24 or more; NO_COLOR is honoured.
            """))
    @OptionGroup var common: CommonOptions
    @Flag(help: ArgumentHelp(HelpText.text("Only look: actions are neither shown nor done."))) var readOnly = false

    func run() throws {
        guard !common.json else {
            throw UsageError(
                "triage dành cho người dùng; chương trình hãy gọi incident list --json",
                "triage is for people; programs use incident list --json")
        }
        try TriageLoop(Session(options: common), isReadOnly: readOnly).run()
    }
}
