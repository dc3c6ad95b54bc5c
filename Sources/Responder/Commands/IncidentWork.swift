import ArgumentParser
import Bytes
import Compliance
import Incidents

/// What the verbs that change an incident share: they act, and say what became of it.
private func act(
    _ common: CommonOptions, _ body: (IncidentStore, Hand) throws -> Incident
) throws {
    let session = Session(options: common)
    let store = try session.store(.readWrite)
    let incident = try body(store, session.hand())
    try ClockKeeper(store: store, profile: ProfileLibrary().profile()).update(incident, by: session.hand())
    if common.json { return try session.show(incident.json) }
    print("\(incident.code)  \(StateNames.name(incident.state, session.language))")
}

struct IPAddressArgument {
    let value: IPAddress
    init?(_ text: String) {
        guard let value = IPAddress(text) else { return nil }
        self.value = value
    }
}

struct IncidentConfirm: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "confirm", abstract: "It is an incident.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "What was seen.") var note: String?
    func run() throws { try act(common) { try $0.confirm(code, note: note, by: $1) } }
}

struct IncidentDismiss: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "dismiss", abstract: "It is a false alarm.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "Why.") var reason: String
    func run() throws { try act(common) { try $0.dismiss(code, reason: reason, by: $1) } }
}

struct IncidentAssign: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "assign", abstract: "Give it to a person.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Argument(help: "The person; leave out to take it back.") var person: String?
    func run() throws { try act(common) { try $0.assign(code, to: person, by: $1) } }
}

struct IncidentNote: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "note", abstract: "Write a note on its timeline.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Argument var text: String
    func run() throws { try act(common) { try $0.note(code, text, by: $1) } }
}

struct IncidentHold: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Legal hold: nothing of it is deleted, however old, until it is released.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "Why.") var reason: String
    func run() throws { try act(common) { try $0.hold(code, reason: reason, by: $1) } }
}

struct IncidentRelease: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "End a legal hold.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "Why.") var reason: String
    func run() throws { try act(common) { try $0.hold(code, false, reason: reason, by: $1) } }
}

struct IncidentClassify: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "classify", abstract: "Change category or severity, with a reason.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "Category code, such as MALWARE.") var category: String?
    @Option(help: "A second category.") var secondary: String?
    @Option(help: "M1 (gravest) to M4.") var severity: Severity?
    @Option(
        help: ArgumentHelp(
            "What is affected; repeat for more, none to clear: \(IncidentFlags.names.map(\.name).joined(separator: ", ")).",
            valueName: "flag"))
    var flag: [String] = []
    @Option(help: "Why.") var reason: String

    func run() throws {
        let profile = try ProfileLibrary().profile()
        func known(_ text: String?) throws -> CategoryCode? {
            guard let text else { return nil }
            let code = CategoryCode(rawValue: text.uppercased())
            guard profile[code] != nil else {
                throw ValidationError("no category \(text); there are \(profile.categories.map(\.code.rawValue).joined(separator: ", "))")
            }
            return code
        }
        var flags: IncidentFlags? = flag.isEmpty ? nil : []
        for name in flag where name != "none" {
            guard let found = IncidentFlags.names.first(where: { $0.name == name })?.flag else {
                throw ValidationError("no flag \(name); there are none, \(IncidentFlags.names.map(\.name).joined(separator: ", "))")
            }
            flags?.insert(found)
        }
        let (category, secondary) = (try known(category), try known(secondary))
        try act(common) {
            try $0.classify(
                code, category: category, secondary: secondary.map { [$0] }, severity: severity, flags: flags, reason: reason, by: $1)
        }
    }
}

struct IncidentContain: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "contain", abstract: "It no longer spreads.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "What was done.") var note: String?
    func run() throws { try act(common) { try $0.contain(code, note: note, by: $1) } }
}

struct IncidentEradicate: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "eradicate", abstract: "Its cause is removed.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "What was done.") var note: String?
    func run() throws { try act(common) { try $0.eradicate(code, note: note, by: $1) } }
}

struct IncidentRecover: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "recover", abstract: "Service is back.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "What was done.") var note: String?
    func run() throws { try act(common) { try $0.recover(code, note: note, by: $1) } }
}

extension HandlingMode: ExpressibleByArgument {}

struct IncidentClose: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "close", abstract: "Work on it has ended.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "What happened and what was done.") var summary: String
    @Option(help: "How it was handled: self, helped, foreign, coordinator.") var handling: HandlingMode = .alone
    func run() throws { try act(common) { try $0.close(code, summary: summary, handlingMode: handling, by: $1) } }
}

struct IncidentReopen: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "reopen", abstract: "Work on it begins again.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Option(help: "Why.") var reason: String
    func run() throws { try act(common) { try $0.reopen(code, reason: reason, by: $1) } }
}

struct IncidentMerge: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "merge", abstract: "Put one incident into another.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Argument var into: IncidentCode
    func run() throws { try act(common) { try $0.merge(code, into: into, by: $1) } }
}

struct IncidentLink: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "link", abstract: "Note that two incidents belong together.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Argument var with: IncidentCode

    func run() throws {
        try act(common) { store, hand in
            try store.link(code, with: with, by: hand)
            return try store.incident(code)
        }
    }
}
