import ArgumentParser
import Bytes
import Incidents

struct AgencyChange: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change", abstract: HelpText.text("Record a change in an agency's systems; the weekly report lists it."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Code of the agency.")), completion: Suggestions.agencies) var code: String
    @Argument(help: ArgumentHelp(HelpText.text("What was changed."))) var text: String
    @Option(help: ArgumentHelp(HelpText.text("When; now by default."), valueName: "date")) var at: String?

    func run() throws {
        let session = Session(options: common)
        let moment = try at.map { text in
            guard let moment = LocalTime.parse(text) else {
                throw UsageError(
                    "--at \(text): cần dạng 2026-11-21 hoặc 2026-11-21T08:00", "--at \(text): expected 2026-11-21 or 2026-11-21T08:00")
            }
            return moment
        }
        let store = try session.store(.readWrite)
        guard let agency = try store.agencies().first(where: { $0.code == code }) else { throw NotFoundError(.agency, code) }
        try store.record(
            kind: "change.monitored", subject: "agency/\(agency.code)", body: ["text": .string("\(agency.code): \(text)")],
            actor: session.hand().actor, at: moment)
        session.say("Đã ghi thay đổi của \(agency.name).", "The change at \(agency.nameEnglish) is recorded.")
    }
}
