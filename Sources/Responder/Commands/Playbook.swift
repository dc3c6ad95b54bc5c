import ArgumentParser
import Foundation
import Incidents
import Playbooks
import Terminal
import Trust
import Wording

struct PlaybookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook", abstract: "CACAO 2.0 playbooks: what to do, step by step.",
        subcommands: [PlaybookList.self, PlaybookShow.self, PlaybookValidate.self, PlaybookRunCommand.self])
}

/// Where playbooks are looked for.
struct ShelfOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of playbooks.", valueName: "folder"))
    var playbooks: String?

    var shelf: PlaybookShelf { PlaybookShelf(folder: playbooks) }
}

struct PlaybookList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List playbooks.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions

    func run() throws {
        let session = Session(options: common)
        let readings = place.shelf.entries.map { entry in (entry, Result { try PlaybookReading(file: entry.path) }) }
        if common.json {
            return try session.show(
                .array(
                    readings.map { entry, reading in
                        let playbook = try? reading.get().playbook
                        return .object([
                            "name": .string(entry.name), "path": .string(entry.path), "id": JSONValue(playbook?.id),
                            "title": JSONValue(playbook?.name),
                            "categories": .array((playbook?.labels("category") ?? []).map { .string($0) }),
                            "errors": JSONValue((try? reading.get().errors) ?? 1),
                        ])
                    }))
        }
        if readings.isEmpty { return session.say("Chưa có kịch bản nào.", "No playbooks.") }
        var table = Table([
            session.text("Tên", "Name"), session.text("Loại sự cố", "Category"), session.text("Bước", "Steps"),
            session.text("Nội dung", "What"),
        ])
        for (entry, reading) in readings {
            switch reading {
            case .success(let reading):
                let title = reading.playbook?.title(session.language) ?? "-"
                table.add([
                    entry.name, reading.playbook?.labels("category").joined(separator: ",") ?? "-",
                    String(reading.playbook?.workflow.count ?? 0),
                    reading.errors == 0 ? title : session.text("có \(reading.errors) lỗi: ", "\(reading.errors) error(s): ") + title,
                ])
            case .failure(let error): table.add([entry.name, "-", "-", session.text(of: error)])
            }
        }
        session.show(table)
    }
}

struct PlaybookShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "A playbook's steps.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: "Name, file or id.") var name: String

    func run() throws {
        let session = Session(options: common)
        let reading = try place.shelf.read(name)
        guard let playbook = reading.playbook else { throw PlaybookRunError.invalid(errors: reading.errors) }
        if common.json { return try session.show(playbook.source) }
        print(DisplayText.safe(playbook.title(session.language)))
        print("  \(DisplayText.safe(playbook.id))  SHA-256 \(try playbook.digest().hex.prefix(16))…")
        for line in (playbook.description ?? "").split(separator: "\n") { print("  " + DisplayText.safe(String(line))) }
        for name in playbook.variables.keys.sorted() {
            guard let variable = playbook.variables[name] else { continue }
            let kind =
                variable.isExternal ? session.text("từ ngoài", "from outside") : variable.isConstant ? session.text("hằng", "constant") : ""
            print(DisplayText.safe("  \(name): \(variable.type) \(kind) \(Playbook.part(variable.description ?? "", session.language))"))
        }
        print()
        for step in playbook.reachable {
            print(DisplayText.safe("\(type(of: step.type).name)  \(Playbook.part(step.title, session.language))"))
            if let condition = step.type.condition { print("    ? " + DisplayText.safe(condition)) }
            for command in (step.type as? ActionStep)?.commands ?? [] {
                for (index, line) in command.text.split(separator: "\n").enumerated() {
                    print(DisplayText.safe((index == 0 ? "    \(command.typeName): " : "      ") + line))
                }
            }
            for (property, id) in step.successors {
                print(
                    DisplayText.safe(
                        "    \(property) → \(playbook.workflow[id].map { Playbook.part($0.title, session.language) } ?? id.rawValue)"))
            }
        }
    }
}

struct PlaybookValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Say everything that is wrong with playbooks.",
        discussion: "Exit code 1 when one has an error; warnings alone are no error.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: "Names or files; all on the shelf by default.") var names: [String] = []

    func run() throws {
        let session = Session(options: common)
        let all = names.isEmpty ? place.shelf.entries.map(\.path) : names
        var documents: [JSONValue] = []
        var failed = false
        for name in all {
            var findings: [Finding] = []
            do {
                findings = try place.shelf.read(name).findings
            } catch let error as PlaybookFileError {
                findings = [Finding(grade: .error, pointer: "/", text: BilingualText(error.vietnamese, error.english))]
            }
            if findings.contains(where: { $0.grade == .error }) { failed = true }
            if common.json {
                documents.append(
                    .object([
                        "playbook": .string(name),
                        "findings": .array(
                            findings.map {
                                .object([
                                    "grade": .string($0.grade.rawValue), "pointer": .string($0.pointer),
                                    "text": .string($0.text[session.language]),
                                ])
                            }),
                    ]))
            } else {
                for finding in findings {
                    let grade = finding.grade == .error ? session.text("lỗi", "error") : session.text("lưu ý", "warning")
                    print(DisplayText.safe("\(name): \(grade): \(finding.pointer): \(finding.text[session.language])"))
                }
                if findings.isEmpty { print(DisplayText.safe("\(name): \(session.text("hợp lệ", "valid"))")) }
            }
        }
        if common.json { try session.show(.array(documents)) }
        if failed { throw CommandFailure(code: .failed, message: nil) }
    }
}

struct PlaybookRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a playbook on an incident.",
        discussion: """
            Every step is written on the incident before it has an effect. Manual steps ask at the terminal; without one, --answers gives \
            the answers. Values that the playbook takes from outside come from the incident (__incident__, __severity__, __category__, \
            __agency__, __attacker__, __victim__, __indicator__) and from --set.
            """)
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: "Name, file or id.") var name: String
    @Option(help: "The incident.") var incident: IncidentCode
    @Option(help: ArgumentHelp("Answers to manual steps, YAML.", valueName: "file")) var answers: String?
    @Option(name: .customLong("set"), help: ArgumentHelp("A value from outside.", valueName: "name=value")) var values: [String] = []
    @Flag(help: "Run commands without asking.") var yes = false

    func run() throws {
        let session = Session(options: common)
        let playbook = try place.shelf.read(name).runnable()
        let store = try session.store(.readWrite)
        let incident = try store.incident(incident)
        let answers = try answers.map { try Answers.load($0) }
        let shell = ShellRunner(environment: ["VONGGAC_STATE": session.folder, "VONGGAC_INCIDENT": incident.code.description])
        let isInteractive = answers == nil && isatty(0) == 1 && isatty(1) == 1
        let performer: any StepPerformer =
            isInteractive
            ? TerminalPerformer(language: session.language, runsCommands: yes, shell: shell)
            : AnsweringPerformer(answers: answers, runsCommands: yes, shell: shell)
        let given = try values(for: playbook, incident)
        // What cannot run at all must not be on record as a run.
        if !isInteractive, !yes, let step = playbook.reachable.first(where: \.runsCommands) {
            throw PlaybookRunError.commandNotAllowed(step: Playbook.part(step.title, session.language))
        }
        _ = try PlaybookEngine(playbook, values: given, performer: performer, record: NoRecord())
        let hand = session.hand()
        let run = try store.startRun(
            on: incident.code, playbook: playbook.id, name: playbook.name, digest: playbook.digest().hex, by: hand)
        let record = IncidentRunRecord(store: store, run: run, hand: hand) { step, result in
            if !common.json { Self.tell(step, result, session, isInteractive: isInteractive) }
        }
        let outcome: RunOutcome
        var stopped: (any Error)?
        do {
            var engine = try PlaybookEngine(playbook, values: given, performer: performer, record: record)
            outcome = try engine.run() == .succeeded ? .succeeded : .failed
        } catch {
            outcome = .aborted
            stopped = error
        }
        try store.finishRun(run, outcome: outcome, by: hand)
        let record2 = try store.playbookRuns(incident: incident.code).first { $0.id == run }
        if common.json {
            try session.show(record2.map(\.json) ?? .null)
        } else {
            let done = record2?.steps.count { $0.outcome == .succeeded } ?? 0
            print(
                session.text(
                    "Lượt chạy \(run) trên \(incident.code): \(done) bước xong, \(Self.name(outcome, session.language)).",
                    "Run \(run) on \(incident.code): \(done) step(s) done, \(outcome.rawValue)."))
        }
        if let stopped { throw stopped }
        if outcome == .failed { throw CommandFailure(code: .failed, message: nil) }
    }

    private func values(for playbook: Playbook, _ incident: Incident) throws -> [String: String] {
        let known: [String: String] = [
            "__incident__": incident.code.description, "__severity__": incident.severity.rawValue,
            "__category__": incident.category.rawValue, "__agency__": incident.agency ?? "",
            "__attacker__": incident.attacker?.description ?? "", "__victim__": incident.victim?.description ?? "",
            "__indicator__": incident.indicator ?? "",
        ]
        var given = known.filter { playbook.variables[$0.key]?.isExternal == true && playbook.variables[$0.key]?.isConstant == false }
        for assignment in values {
            guard let equal = assignment.firstIndex(of: "=") else { throw ValidationError("--set \(assignment): expected name=value") }
            given[String(assignment[..<equal])] = String(assignment[assignment.index(after: equal)...])
        }
        return given
    }

    private static func name(_ outcome: RunOutcome, _ language: Language) -> String {
        guard language == .vi else { return outcome.rawValue }
        switch outcome {
        case .succeeded: return "hoàn thành"
        case .failed: return "không thành công"
        case .aborted: return "đã dừng"
        }
    }

    private static func tell(_ step: WorkflowStep, _ result: StepResult?, _ session: Session, isInteractive: Bool) {
        let title = DisplayText.safe(Playbook.part(step.title, session.language))
        guard let result else {
            if isInteractive { print("▸ \(title)") }
            return
        }
        guard step.type is ActionStep || step.type.condition != nil else { return }
        let mark = result.outcome == .succeeded ? "✓" : "✗"
        let note = result.output.map { "  " + DisplayText.safe(String($0.split(separator: "\n").first ?? "")) } ?? ""
        print("\(mark) \(title)\(note)")
    }
}

extension WorkflowStep {
    /// It does something without a person.
    fileprivate var runsCommands: Bool { (type as? ActionStep)?.commands.contains { $0.typeName != "manual" } ?? false }
}

/// A record that is not written: to see whether a playbook could begin.
private struct NoRecord: RunRecord {
    func begin(_ step: WorkflowStep) -> Int64 { 0 }
    func end(_ id: Int64, step: WorkflowStep, result: StepResult) {}
}

extension PlaybookRun {
    var json: JSONValue {
        .object([
            "id": .integer(id), "incident": .string(incident.description), "playbook": .string(playbook), "name": .string(name),
            "digest": .string(digest), "actor": .string(actor), "started_at": .time(startedAt), "ended_at": .time(endedAt),
            "outcome": .optional(outcome?.rawValue),
            "steps": .array(
                steps.map {
                    .object([
                        "step": .string($0.step), "name": .string($0.name), "type": .string($0.type), "started_at": .time($0.startedAt),
                        "ended_at": .time($0.endedAt), "outcome": .optional($0.outcome?.rawValue), "output": .optional($0.output),
                    ])
                }),
        ])
    }
}
