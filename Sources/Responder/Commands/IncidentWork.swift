import ArgumentParser
import Bytes
import Compliance
import Incidents
import Trust

/// A command that changes an incident. What it does stands apart from what it prints, so that the full screen (`vonggac triage`) does the
/// very same: it parses the command line that it shows, and calls ``act(_:)``.
protocol IncidentAction: ParsableCommand {
    var common: CommonOptions { get }
    func act(_ session: Session) throws -> ActionOutcome
}

extension IncidentAction {
    mutating func run() throws {
        let session = Session(options: common)
        let outcome = try act(session)
        if common.json { return try session.show(outcome.json) }
        for line in outcome.lines { session.line(line) }
        if let deadline = outcome.deadline { session.line("  " + deadline) }
    }
}

/// What became of an action.
struct ActionOutcome {
    /// For people: what became of it.
    var lines: [String]
    /// And the deadline that comes next.
    var deadline: String?
    var json: JSONValue
}

/// What every verb that changes an incident takes.
struct WorkOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(
            HelpText.text("Refuse when the incident is no longer at this version (incident show says which)."), valueName: "version"))
    var expect: Int64?
}

/// An action that gives the incident as it is afterwards.
protocol IncidentVerb: IncidentAction {
    var work: WorkOptions { get }
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident
}

extension IncidentVerb {
    var common: CommonOptions { work.common }

    func act(_ session: Session) throws -> ActionOutcome { try outcome(session, perform) }

    /// Acts, keeps the deadlines in step, and says what became of the incident.
    func outcome(_ session: Session, _ body: (IncidentStore, Hand) throws -> Incident) throws -> ActionOutcome {
        let store = try session.store(.readWrite)
        let keeper = try session.keeper(store)
        let incident = try body(store, session.hand(expect: work.expect))
        try keeper.update(incident, by: session.hand())
        var outcome = ActionOutcome(
            lines: ["\(incident.code)  \(StateNames.name(incident.state, session.language))"], json: incident.json)
        guard incident.state.isConfirmed else { return outcome }
        let now = Timestamp.now
        let open = try store.detail(incident.code, alertLimit: 0, eventLimit: 0).clocks.filter { $0.metAt == nil }
        let limits = open.compactMap { clock in keeper.engine(of: clock.code).target(of: clock).map { (clock, $0) } }
        guard let next = limits.min(by: { $0.1 < $1.1 }) else { return outcome }
        let left = ClockText.left(from: now, until: next.1, session.language)
        outcome.deadline =
            session.text("thời hạn gần nhất: ", "next deadline: ") + "\(next.0.code)  \(LocalTime.text(next.1))  "
            + (next.1 < now ? session.text("QUÁ HẠN ", "OVERDUE ") : session.text("còn ", "left ")) + left
        return outcome
    }
}

struct IPAddressArgument {
    let value: IPAddress
    init?(_ text: String) {
        guard let value = IPAddress(text) else { return nil }
        self.value = value
    }
}

struct IncidentNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: HelpText.text("Record an incident that a person reports."),
        discussion: HelpText.text("--from names who sent the notice; an acknowledgement is owed to them at once."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("What it is, in a line."))) var title: String
    @Option(help: ArgumentHelp(HelpText.text("Category code, such as DEFACE."))) var category: String = "OTHER"
    @Option(help: ArgumentHelp(HelpText.text("M1 (gravest) to M4."))) var severity: Severity = .m3
    @Option(help: ArgumentHelp(HelpText.text("Code of the agency.")), completion: Suggestions.agencies) var agency: String?
    @Option(help: ArgumentHelp(HelpText.text("When it was noticed; now by default."), valueName: "date")) var noticed: String?
    @Option(help: ArgumentHelp(HelpText.text("What was noticed, by whom, how."))) var description: String = ""
    @Option(help: ArgumentHelp(HelpText.text("Who sent the notice."), valueName: "sender")) var from: String?

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        let keeper = try session.keeper(store)
        let noticedAt = try noticed.map { try ListOptions.moment($0, "--noticed") } ?? Timestamp.now
        guard noticedAt <= Timestamp.now else {
            throw UsageError("--noticed \(noticed ?? ""): nằm trong tương lai", "--noticed \(noticed ?? ""): lies in the future")
        }
        let incident = try store.report(
            IncidentReport(
                title: title, category: try Categories.known(category, keeper.engine.profile), severity: severity, agency: agency,
                noticedAt: noticedAt, description: description, sender: from), by: session.hand())
        try keeper.update(incident, by: session.hand())
        if common.json { return try session.show(incident.json) }
        print("\(incident.code)  \(StateNames.name(incident.state, session.language))")
    }
}

struct IncidentConfirm: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: HelpText.text("It is an incident; its deadlines start."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("What was seen."))) var note: String?
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.confirm(code, note: note, by: hand) }
}

struct IncidentDismiss: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "dismiss", abstract: HelpText.text("It is a false alarm; its likes join it from now on instead of opening incidents."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.dismiss(code, reason: reason, by: hand) }
}

struct IncidentDuplicate: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "duplicate", abstract: HelpText.text("It is the same as another incident; nothing moves."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("The incident that it is the same as."))) var of: IncidentCode
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.markDuplicate(code, of: of, by: hand) }
}

struct IncidentAssign: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "assign", abstract: HelpText.text("Give it to a person."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("The person; leave out to take it back."))) var person: String?
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.assign(code, to: person, by: hand) }
}

struct IncidentNote: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "note", abstract: HelpText.text("Write a note on its timeline."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("The note."))) var text: String
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.note(code, text, by: hand) }
}

struct IncidentHold: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: HelpText.text("Legal hold: nothing of it is deleted, however old, until it is released."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.hold(code, reason: reason, by: hand) }
}

struct IncidentRelease: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "release", abstract: HelpText.text("End a legal hold."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.hold(code, false, reason: reason, by: hand) }
}

struct IncidentContain: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "contain", abstract: HelpText.text("It no longer spreads."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("What was done."))) var note: String?
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.contain(code, note: note, by: hand) }
}

struct IncidentEradicate: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "eradicate", abstract: HelpText.text("Its cause is removed."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("What was done."))) var note: String?
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.eradicate(code, note: note, by: hand) }
}

struct IncidentRecover: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "recover", abstract: HelpText.text("Service is back."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("What was done."))) var note: String?
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.recover(code, note: note, by: hand) }
}

extension HandlingMode: ExpressibleByArgument {
    public init?(argument: String) {
        let others: [String: HandlingMode] = ["alone": .alone, "national": .coordinator, "national-team": .coordinator]
        guard let mode = HandlingMode(rawValue: argument) ?? others[argument] else { return nil }
        self = mode
    }
}

struct IncidentHandle: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "handle", abstract: HelpText.text("Say who handles it: alone, with help, foreign help, or the national coordinator's.")
    )
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("self, helped, foreign, coordinator."))) var mode: HandlingMode
    @Option(help: ArgumentHelp(HelpText.text("Who helps."), valueName: "organisation")) var by: String?
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.setHandling(code, mode, helper: by, by: hand) }
}

struct IncidentClose: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: HelpText.text("Work on it has ended."),
        discussion: HelpText.text("Graver than M4, it must have been contained first; no task may be open and no playbook running."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("What happened and what was done."))) var summary: String
    @Option(
        help: ArgumentHelp(
            HelpText.text("How it was handled: self, helped, foreign, coordinator; what incident handle said by default, else self.")))
    var handling: HandlingMode?

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident {
        let known = try store.incident(code).handlingMode
        return try store.close(code, summary: summary, handlingMode: handling ?? known ?? .alone, by: hand)
    }
}

struct IncidentReopen: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "reopen", abstract: HelpText.text("Work on it begins again."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.reopen(code, reason: reason, by: hand) }
}

struct IncidentUndo: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: HelpText.text("Take back the last thing that was done with it."),
        discussion:
            HelpText.text(
                "The record keeps both: what was done, and that it was taken back. Evidence, playbook runs and documents that were sent stay."
            ))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String?

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.undoLast(code, reason: reason, by: hand).incident }

    func act(_ session: Session) throws -> ActionOutcome {
        var undone = ""
        var outcome = try outcome(session) { store, hand in
            let result = try store.undoLast(code, reason: reason, by: hand)
            undone = result.kind
            return result.incident
        }
        outcome.lines.append(session.text("  đã hoàn tác: ", "  taken back: ") + EventText.name(undone, session.language))
        return outcome
    }
}

struct IncidentMerge: IncidentVerb {
    static let configuration = CommandConfiguration(commandName: "merge", abstract: HelpText.text("Put one incident into another."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("The incident that it becomes part of."))) var into: IncidentCode
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident { try store.merge(code, into: into, by: hand) }
}

struct IncidentLinkCommand: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: HelpText.text("Note that two incidents belong together."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("The other incident."))) var with: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String?

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident {
        try store.link(code, with: with, reason: reason, by: hand)
        return try store.incident(code)
    }
}

struct IncidentSplit: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "split", abstract: HelpText.text("Take some of its alerts out into a new incident."),
        discussion: HelpText.text("All that is given must hold for an alert. The new incident is linked to this one."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("An alert's number; repeat for more."))) var alert: [Int64] = []
    @Option(help: ArgumentHelp(HelpText.text("Alerts of this rule."))) var sid: Int64?
    @Option(help: ArgumentHelp(HelpText.text("Alerts from or to this address."))) var address: String?
    @Option(help: ArgumentHelp(HelpText.text("Alerts from this moment on."), valueName: "date")) var since: String?
    @Option(help: ArgumentHelp(HelpText.text("Alerts before this moment."), valueName: "date")) var until: String?
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident {
        var selection = IncidentStore.SplitSelection()
        selection.alerts = alert.isEmpty ? nil : Set(alert)
        selection.sid = sid
        selection.address = try ListOptions.address(address)
        selection.since = try since.map { try ListOptions.moment($0, "--since") }
        selection.until = try until.map { try ListOptions.moment($0, "--until") }
        return try store.split(code, selection, reason: reason, by: hand)
    }
}
