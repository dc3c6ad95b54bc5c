import ArgumentParser
import Foundation
import Incidents
import Playbooks
import Terminal
import Trust
import Wording

/// How a run is carried out, whether it begins or goes on.
struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Answers to manual steps, YAML."), valueName: "file"), completion: .file()) var answers:
        String?
    @Flag(help: ArgumentHelp(HelpText.text("Run commands without asking."))) var yes = false
    @Flag(help: ArgumentHelp(HelpText.text("A person does everything; the program only shows it and keeps the record."))) var byHand = false
    @Flag(help: ArgumentHelp(HelpText.text("With --by-hand: walk through a playbook although it is revoked or not valid now.")))
    var allowOutdated = false
    @Flag(help: ArgumentHelp(HelpText.text("Accept a playbook that nobody whom the office trusts has signed."))) var allowUnsigned = false
    @Option(help: ArgumentHelp(HelpText.text("Whose signatures count, YAML."), valueName: "file"), completion: .file()) var trust: String?
    @Option(help: ArgumentHelp(HelpText.text("Confirmation of a destructive step: what would have to be typed."), valueName: "word"))
    var confirm: [String] = []
    @Option(help: ArgumentHelp(HelpText.text("What became of steps that were interrupted: done, failed or again."), valueName: "word"))
    var interrupted: InterruptedWord?
    @Option(help: ArgumentHelp(HelpText.text("Where each secret is kept, YAML."), valueName: "file"), completion: .file()) var secrets:
        String?
    @Option(help: ArgumentHelp(HelpText.text("Host keys that SSH may meet."), valueName: "file"), completion: .file()) var knownHosts:
        String?
    @Option(
        help: ArgumentHelp(
            HelpText.text("Authorities whose certificates web servers may show, PEM, instead of the system's."), valueName: "file"),
        completion: .file())
    var authorities: String?
    @Flag(help: ArgumentHelp(HelpText.text("Destructive steps need a second person."))) var secondPerson = false

    var isInteractive: Bool { answers == nil && isatty(0) == 1 && isatty(1) == 1 }

    func secretStore() throws -> SecretStore {
        let standard = "/etc/vonggac/secrets.yaml"
        let file = secrets ?? ProcessInfo.processInfo.environment["VONGGAC_SECRETS"]
        return try SecretStore(
            file: file ?? (FileManager.default.fileExists(atPath: standard) ? standard : nil), folder: "/etc/vonggac/secrets")
    }

    func settings() -> RunSettings {
        var settings = RunSettings()
        settings.isByHand = byHand
        settings.knownHosts = knownHosts ?? ProcessInfo.processInfo.environment["VONGGAC_KNOWN_HOSTS"] ?? settings.knownHosts
        settings.authorities = authorities ?? ProcessInfo.processInfo.environment["VONGGAC_AUTHORITIES"]
        if secondPerson || ProcessInfo.processInfo.environment["VONGGAC_SECOND_PERSON"] == "1" {
            settings.leastConfirmation = .secondPerson
        }
        return settings
    }
}

extension InterruptedWord: ExpressibleByArgument {}

/// Values that a playbook takes from outside.
enum GivenValues {
    static func values(for playbook: Playbook, _ incident: Incident?, _ assignments: [String]) throws -> [String: String] {
        var given: [String: String] = [:]
        if let incident {
            let known: [String: String] = [
                "__incident__": incident.code.description, "__severity__": incident.severity.rawValue,
                "__category__": incident.category.rawValue, "__agency__": incident.agency ?? "",
                "__attacker__": incident.attacker?.description ?? "", "__victim__": incident.victim?.description ?? "",
                "__indicator__": incident.indicator ?? "",
            ]
            given = known.filter { name, value in
                guard let variable = playbook.variables[name], variable.isExternal else { return false }
                // What the incident does not know may still be given, or have the playbook's own value.
                return !(value.isEmpty && VariableType.fits(value, variable.type) == false)
            }
        }
        for assignment in assignments {
            guard let equal = assignment.firstIndex(of: "=") else {
                throw UsageError("--set \(assignment): cần dạng tên=giá_trị", "--set \(assignment): expected name=value")
            }
            given[String(assignment[..<equal])] = String(assignment[assignment.index(after: equal)...])
        }
        return given
    }

    /// Asks the person for what is still missing; an empty line leaves it missing.
    static func ask(for playbook: Playbook, _ given: inout [String: String], _ session: Session) {
        var variables = playbook.variables
        for (name, value) in given { variables[name]?.value = value }
        for name in PlaybookEngine.missing(in: variables) {
            guard let variable = variables[name] else { continue }
            let about = variable.description.map { Playbook.part($0, session.language) + " " } ?? ""
            while let answer = Prompt.line(DisplayText.safe("\(about)(\(name), \(variable.type)): ")), !answer.isEmpty {
                guard VariableType.fits(answer, variable.type) != false else {
                    session.say("không đúng kiểu \(variable.type)", "not of type \(variable.type)")
                    continue
                }
                given[name] = answer
                break
            }
        }
    }
}

struct PlaybookRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: HelpText.text("Run a playbook on an incident."),
        discussion: HelpText.text(
            """
            Every step is written on the incident before it has an effect. Manual steps ask at the terminal; without one, --answers gives \
            the answers. Values that the playbook takes from outside come from the incident (__incident__, __severity__, __category__, \
            __agency__, __attacker__, __victim__, __indicator__) and from --set. With --json each event is a line of JSON.
            """))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @OptionGroup var options: RunOptions
    @Argument(help: ArgumentHelp(HelpText.text("Name, file or id.")), completion: Suggestions.playbooks) var name: String
    @Option(help: ArgumentHelp(HelpText.text("The incident."))) var incident: IncidentCode
    @Option(name: .customLong("set"), help: ArgumentHelp(HelpText.text("A value from outside."), valueName: "name=value")) var values:
        [String] = []

    func run() throws {
        let session = Session(options: common)
        let reading = try place.shelf.read(name)
        let playbook = try options.byHand ? reading.walkable(allowsOutdated: options.allowOutdated) : reading.runnable()
        let store = try session.store(.readWrite)
        let incident = try store.incident(incident)
        var given = try GivenValues.values(for: playbook, incident, values)
        var trust = try PlaybookTrust(file: options.trust, shelf: place.shelf)
        trust.allowsUnsigned = options.allowUnsigned
        trust.isByHand = options.byHand
        // What cannot run at all must not be on record as a run.
        try trust.check(playbook)
        if !options.isInteractive, !options.yes, !options.byHand, let step = playbook.reachable.first(where: \.runsCommands) {
            throw PlaybookRunError.commandNotAllowed(step: Playbook.part(step.title, session.language))
        }
        let library = ShelfLibrary(shelf: place.shelf, trust: trust)
        if options.isInteractive { GivenValues.ask(for: playbook, &given, session) }
        _ = try PlaybookEngine(playbook, values: given, performer: AnsweringPerformer.none, record: NoRecord())
        let hand = session.hand()
        let judgement = TrustJudgement(playbook, policy: trust.policy)
        let input: JSONValue = .object([
            "values": .object(given.mapValues(JSONValue.string)), "by_hand": .bool(options.byHand),
            "allow_unsigned": .bool(options.allowUnsigned), "allow_outdated": .bool(options.allowOutdated),
            "second_person": .bool(options.settings().leastConfirmation == .secondPerson),
            "playbooks": JSONValue(place.playbooks), "signers": .array(judgement.signers.map { .string($0) }),
        ])
        let lease = try store.beginRun(
            on: incident.code, playbook: playbook.id, name: playbook.name, digest: playbook.digest().hex,
            text: playbook.source.canonicalText(), input: input, process: ProcessName.own, by: hand)
        try RunSession(
            session: session, store: store, lease: lease, incident: incident.code, hand: hand, isResumed: false, options: options,
            console: Console()
        ).work(playbook, values: given, library: library, secrets: options.secretStore(), settings: options.settings())
    }
}

extension AnsweringPerformer {
    /// Answers nothing.
    static var none: AnsweringPerformer {
        AnsweringPerformer(
            answers: nil, runsCommands: false, confirmations: [], interrupted: nil, runner: CommandRunner(), attachments: nil,
            approvals: nil)
    }
}

extension WorkflowStep {
    /// It does something without a person.
    fileprivate var runsCommands: Bool { (type as? ActionStep)?.isAutomatic ?? false }
}

struct PlaybookResume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: HelpText.text("Go on with a run that was interrupted."),
        discussion: HelpText.text(
            """
            Steps that ended are not repeated. One that had begun may have run: it is asked about, unless its playbook says that it is \
            idempotent; without a terminal, --interrupted or the answers say what became of it.
            """))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @OptionGroup var options: RunOptions
    @Argument(help: ArgumentHelp(HelpText.text("The run's number."), valueName: "run"), completion: Suggestions.runs) var number: Int64

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        let input = try store.runInput(number)
        guard let record = try store.playbookRuns().first(where: { $0.id == number }) else { throw NotFoundError(.run, String(number)) }
        guard let text = try store.playbookText(digest: record.digest) else { throw PlaybookLeaseError.notKept(run: number) }
        // The very text that the run began with, whatever lies on the shelf now.
        let reading = try PlaybookReading(stored: text)
        let allowsOutdated = options.allowOutdated || input["allow_outdated"]?.bool ?? false
        let playbook =
            try options.byHand || input["by_hand"]?.bool == true ? reading.walkable(allowsOutdated: allowsOutdated) : reading.runnable()
        var values: [String: String] = [:]
        if case .object(let members)? = input["values"] { values = members.compactMapValues(\.text) }
        var options = options
        options.byHand = options.byHand || input["by_hand"]?.bool ?? false
        options.secondPerson = options.secondPerson || input["second_person"]?.bool ?? false
        options.allowUnsigned = options.allowUnsigned || input["allow_unsigned"]?.bool ?? false
        let shelf = PlaybookShelf(folder: place.playbooks ?? input["playbooks"]?.text)
        var trust = try PlaybookTrust(file: options.trust, shelf: shelf)
        trust.allowsUnsigned = options.allowUnsigned
        trust.isByHand = options.byHand
        try trust.check(playbook)
        if !options.isInteractive, !options.yes, !options.byHand, let step = playbook.reachable.first(where: \.runsCommands) {
            throw PlaybookRunError.commandNotAllowed(step: Playbook.part(step.title, session.language))
        }
        let hand = session.hand()
        let secrets = try options.secretStore()
        if let holder = try RunDocument.holder(number, store) {
            throw PlaybookLeaseError.held(run: number, by: holder.actor, host: holder.host)
        }
        let left = ProcessName.left(by: number, of: session.folder)
        guard left.isEmpty else { throw PlaybookLeaseError.stillRunning(run: number, processes: left) }
        let lease = try store.takeUpRun(number, process: ProcessName.own, isAlive: ProcessName.isAlive, by: hand)
        try RunSession(
            session: session, store: store, lease: lease, incident: record.incident, hand: hand, isResumed: true, options: options,
            console: Console()
        ).work(
            playbook, values: values, library: ShelfLibrary(shelf: shelf, trust: trust), secrets: secrets, settings: options.settings())
    }
}

struct PlaybookPlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: HelpText.text("Show every command, target and credential name that a run would use; nothing is changed."))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: ArgumentHelp(HelpText.text("Name, file or id.")), completion: Suggestions.playbooks) var name: String
    @Option(help: ArgumentHelp(HelpText.text("The incident that values come from."))) var incident: IncidentCode?
    @Option(name: .customLong("set"), help: ArgumentHelp(HelpText.text("A value from outside."), valueName: "name=value")) var values:
        [String] = []
    @Option(help: ArgumentHelp(HelpText.text("Whose signatures count, YAML."), valueName: "file"), completion: .file()) var trust: String?

    func run() throws {
        let session = Session(options: common)
        let reading = try place.shelf.read(name)
        // Nothing is done, so mistakes in it keep nobody from looking.
        let playbook = try reading.walkable(allowsOutdated: true)
        let refusal: PlaybookRunError?
        do throws(PlaybookRunError) {
            _ = try reading.runnable()
            refusal = nil
        } catch {
            refusal = error
        }
        let known = try incident.map { try session.store().incident($0) }
        let given = try GivenValues.values(for: playbook, known, values)
        let policy = try PlaybookTrust(file: trust, shelf: place.shelf)
        let judgement = TrustJudgement(playbook, policy: policy.policy)
        let plan = PlaybookPlan(playbook, values: given, library: ShelfLibrary(shelf: place.shelf, trust: policy))
        if common.json {
            guard case .object(var document) = plan.json else { return }
            document["playbook"] = .string(playbook.id)
            document["trusted"] = .bool(judgement.isTrusted)
            document["refused"] = JSONValue(refusal?.english)
            document["signers"] = .array(judgement.signers.map { .string($0) })
            return try session.show(.object(document))
        }
        var lines = [DisplayText.safe(playbook.title(session.language))]
        let trusted =
            judgement.isTrusted
            ? session.text("chữ ký: ", "signed by ") + judgement.signers.joined(separator: ", ")
            : session.text(
                "kịch bản \(judgement.reason.vietnamese): bước tự động không được chạy",
                "the playbook \(judgement.reason.english): automatic steps do not run")
        let unknown = plan.unknown.isEmpty ? nil : session.text("chưa biết: ", "not known yet: ") + plan.unknown.joined(separator: " ")
        let refused = refusal.map { session.text("không chạy được: ", "cannot be run: ") + session.text(of: $0) }
        lines += PlainText.lines([trusted, refused, unknown].compactMap { $0.map(DisplayText.safe) }, indent: 2, session).map { "  " + $0 }
        let steps = StepLines(session: session)
        for item in plan.items where item.type != "start" && item.type != "end" { lines += steps.lines(item) }
        lines.append(session.text("Chưa làm gì cả.", "Nothing was done."))
        session.show(lines: lines)
    }
}
