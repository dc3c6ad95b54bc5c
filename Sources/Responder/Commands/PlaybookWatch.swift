import ArgumentParser
import Bytes
import Foundation
import Incidents
import Playbooks
import Terminal
import Trust
import Wording

struct PlaybookStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: HelpText.text("Runs of playbooks; with a number, one run as a tree of steps."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The run's number."), valueName: "run"), completion: Suggestions.runs) var number: Int64?
    @Option(help: ArgumentHelp(HelpText.text("Only of this incident."))) var incident: IncidentCode?

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        if let number {
            guard let record = try store.playbookRuns().first(where: { $0.id == number }) else { throw NotFoundError(.run, String(number)) }
            if common.json { return try session.show(RunDocument.json(record, store)) }
            return try RunDocument.show(record, store, session)
        }
        let runs = try store.playbookRuns(incident: incident)
        if common.json { return try session.show(.array(runs.map { try RunDocument.json($0, store) })) }
        if runs.isEmpty { return session.say("Chưa chạy kịch bản nào.", "No playbook was run.") }
        var table = Table([
            session.text("Lượt", "Run"), session.text("Sự cố", "Incident"), session.text("Bắt đầu", "Began"), session.text("Người", "By"),
            session.text("Kết quả", "Result"), session.text("Kịch bản", "Playbook"),
        ])
        for run in runs {
            table.add([
                String(run.id), run.incident.description, LocalTime.text(run.startedAt), run.actor,
                try RunDocument.state(run, store, session.language), Playbook.part(run.name, session.language),
            ])
        }
        session.show(table)
    }
}

/// One run for people and for programs.
enum RunDocument {
    /// Who runs it right now; nil for nobody.
    static func holder(_ run: Int64, _ store: IncidentStore) throws -> LeaseHolder? {
        guard let holder = try store.leaseHolder(run), holder.until > .now else { return nil }
        return holder.host != IncidentStore.host || ProcessName.isAlive(holder.process) ? holder : nil
    }

    static func state(_ run: PlaybookRun, _ store: IncidentStore, _ language: Language) throws -> String {
        if let outcome = run.outcome { return RunSession.name(outcome, language) }
        let isHeld = try holder(run.id, store) != nil
        return isHeld ? RunSession.name(nil, language) : language == .vi ? "bị ngắt" : "interrupted"
    }

    static func json(_ run: PlaybookRun, _ store: IncidentStore) throws -> JSONValue {
        guard case .object(var document) = run.json else { return .null }
        document["state"] = .string(try state(run, store, .en))
        document["passages"] = .array(
            try store.passages(run: run.id).map {
                .object([
                    "path": .string($0.path), "attempt": JSONValue($0.attempt), "step": .string($0.step), "name": .string($0.name),
                    "type": .string($0.type), "target": JSONValue($0.target), "started_at": .time($0.startedAt),
                    "ended_at": .time($0.endedAt),
                    "outcome": .optional($0.outcome?.rawValue), "output": .optional($0.output),
                    "variables": .object($0.variables.mapValues(JSONValue.string)),
                ])
            })
        document["undo"] = .array(
            try store.undos(run: run.id).map {
                .object([
                    "id": .integer($0.id), "step": .string($0.step), "name": .string($0.name), "state": .string($0.state.rawValue),
                    "until": .time($0.until), "expires_at": .time($0.expires), "ended_at": .time($0.endedAt),
                    "output": .optional($0.output),
                ])
            })
        return .object(document)
    }

    static func show(_ run: PlaybookRun, _ store: IncidentStore, _ session: Session) throws {
        var lines = [DisplayText.safe("\(run.id)  \(run.incident)  \(Playbook.part(run.name, session.language))")]
        let time = RunTree.elapsed(Double((run.endedAt ?? .now).microseconds - run.startedAt.microseconds) / 1_000_000)
        lines.append(
            DisplayText.safe("  \(try state(run, store, session.language)), \(run.actor), \(LocalTime.text(run.startedAt)), \(time)"))
        lines += RunTree.lines(try store.passages(run: run.id), language: session.language, columns: session.columns, now: .now)
        if run.outcome != .succeeded, run.outcome != .failed, try holder(run.id, store) == nil {
            lines.append(session.text("Chạy tiếp: ", "To go on: ") + "vonggac playbook resume \(run.id)")
        }
        let undos = try store.undos(run: run.id)
        if !undos.isEmpty {
            lines.append(
                undos.contains { $0.state != .done }
                    ? session.text("Hoàn tác (vonggac playbook rollback \(run.id)):", "To undo (vonggac playbook rollback \(run.id)):")
                    : session.text("Hoàn tác:", "Undone:"))
        }
        for undo in undos {
            let state =
                switch undo.state {
                case .open: session.text("chưa hoàn tác", "not undone")
                case .begun: session.text("đang dở", "begun")
                case .done: session.text("đã hoàn tác", "undone")
                case .failed: session.text("hoàn tác lỗi", "undoing failed")
                }
            let expires = undo.expires.map { session.text(", hết hạn ", ", expires ") + LocalTime.text($0) } ?? ""
            let line = DisplayText.safe("↩ \(Playbook.part(undo.name, session.language)): \(state)\(undo.state == .open ? expires : "")")
            lines += PlainText.lines([line], indent: 2, session).map { "  " + $0 }
        }
        session.show(lines: lines)
    }
}

struct PlaybookFollow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow", abstract: HelpText.text("Watch a run from another terminal until it ends."),
        discussion: HelpText.text("With --json each entry of the ledger that is about the run is a line."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The run's number."), valueName: "run"), completion: Suggestions.runs) var number: Int64
    @Flag(help: ArgumentHelp(HelpText.text("Show what there is and stop."))) var once = false

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        var seen: Int64 = 0
        var begun: Set<String> = []
        let console = Console()
        while true {
            guard let record = try store.playbookRuns().first(where: { $0.id == number }) else { throw NotFoundError(.run, String(number)) }
            let isOver = record.outcome != nil
            for event in try store.events(subject: "incident/\(record.incident)", kindPrefix: "playbook.") where event.seq > seen {
                seen = event.seq
                guard let body = try? JSONValue(parsing: event.body), body["run"]?.integer == number else { continue }
                if common.json {
                    let entry: JSONValue =
                        .object([
                            "seq": .integer(event.seq), "time": .time(event.time), "kind": .string(event.kind),
                            "actor": .string(event.actor),
                            "body": body,
                        ])
                    console.say([try entry.canonicalText()])
                } else {
                    console.say(lines(event, body, session, &begun))
                }
            }
            if isOver || once {
                if !common.json {
                    session.say(
                        "Lượt chạy \(number): \(try RunDocument.state(record, store, .vi)).",
                        "Run \(number): \(try RunDocument.state(record, store, .en)).")
                }
                return
            }
            usleep(400_000)
        }
    }

    private func lines(_ event: IncidentEvent, _ body: JSONValue, _ session: Session, _ begun: inout Set<String>) -> [String] {
        let path = StepPath(body["path"]?.text ?? "")
        let type = body["type"]?.text ?? path.stepType ?? ""
        let title = Playbook.part(body["name"]?.text ?? "", session.language)
        let time = String(LocalTime.text(event.time).suffix(8))
        let columns = min(session.columns ?? 80, 120)
        func line(_ mark: String, _ title: String, _ note: String = "") -> [String] {
            [RunTree.line(mark: mark, depth: path.depth, title: title, note: note, time: time, columns)]
        }
        /// Something that a person did: who did what comes first, the step may be cut.
        func deed(_ vietnamese: String, _ english: String) -> [String] {
            line("·", event.actor + " " + session.text(vietnamese, english) + (title.isEmpty ? "" : ": " + title))
        }
        switch event.kind {
        case "playbook.started": return line("▶", title, event.actor)
        case "playbook.resumed": return line("▶", session.text("chạy tiếp", "resumed"), event.actor)
        case "playbook.step.started":
            if !RunTree.isShown(type) { begun.insert(path.rawValue) }
            return begun.contains(path.rawValue) ? [] : line("▸", title)
        case "playbook.step.finished":
            guard !begun.contains(path.rawValue) else { return [] }
            let isFailed = body["outcome"]?.text != "succeeded"
            var variables: [String: String] = [:]
            if case .object(let members)? = body["variables"] { variables = members.compactMapValues(\.text) }
            let note = RunTree.note(body["output"]?.text, type: type, isFailed: isFailed, variables: variables, session.language)
            return line(isFailed ? "✗" : "✓", title, note)
        case "playbook.step.waiting":
            return line("▲", title, session.text("chờ người thứ hai", "waits for a second person"))
                + ["    vonggac playbook approve \(number)" + session.text(" --actor TÊN", " --actor NAME")]
        case "playbook.approved": return deed("đồng ý", "agrees")
        case "playbook.step.confirmed": return deed("xác nhận", "confirms")
        case "playbook.step.repeated": return deed("làm lại", "does it again")
        case "playbook.undo.started": return deed("hoàn tác", "undoes")
        case "playbook.undo.finished":
            return body["outcome"]?.text == "succeeded" ? deed("đã hoàn tác", "has undone") : deed("hoàn tác không được", "could not undo")
        case "playbook.stop": return deed("yêu cầu dừng", "asks it to stop")
        default: return []
        }
    }
}

struct PlaybookAbort: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: HelpText.text("Stop a run, wherever it runs."),
        discussion: HelpText.text("A run that was stopped can be gone on with: playbook resume."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The run's number."), valueName: "run"), completion: Suggestions.runs) var number: Int64

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        let waits = try store.askToStop(number, isAlive: ProcessName.isAlive, by: session.hand())
        for _ in 0..<100 where waits {
            if try store.playbookRuns().first(where: { $0.id == number })?.outcome != nil { break }
            usleep(100_000)
        }
        let record = try store.playbookRuns().first { $0.id == number }
        if common.json { return try session.show(record.map { try RunDocument.json($0, store) } ?? .null) }
        session.say(
            record?.outcome == nil
                ? "Đã yêu cầu dừng lượt chạy \(number)." : "Lượt chạy \(number): \(RunSession.name(record?.outcome, .vi)).",
            record?.outcome == nil ? "Run \(number) was asked to stop." : "Run \(number): \(RunSession.name(record?.outcome, .en)).")
    }
}

struct PlaybookApprove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: HelpText.text("Agree, as the second person, to the step that a run waits with."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The run's number."), valueName: "run"), completion: Suggestions.runs) var number: Int64
    @Flag(help: ArgumentHelp(HelpText.text("Agree without being asked."))) var yes = false

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        guard let waiting = try store.waitingForApproval(run: number) else {
            return session.say("Lượt chạy \(number) không chờ ai đồng ý.", "Run \(number) waits for nobody.")
        }
        if !common.json {
            let record = try store.playbookRuns().first { $0.id == number }
            let about = record.map { "\($0.incident), \(Playbook.part($0.name, session.language)), \($0.actor)" }
            var lines = PlainText.lines([DisplayText.safe(Playbook.part(waiting.name, session.language))], indent: 2, session)
                .enumerated().map { ($0.offset == 0 ? "▲ " : "  ") + $0.element }
            if let about { lines += PlainText.lines([DisplayText.safe(about)], indent: 2, session).map { "  " + $0 } }
            for command in waiting.commands { lines += PlainText.command(command, sign: "$ ", indent: "  ", columns: session.columns) }
            for line in lines { print(line) }
        }
        if !yes {
            guard isatty(0) == 1, isatty(1) == 1 else {
                throw CommandFailure(code: .refused, message: session.text("vonggac: thêm --yes để đồng ý", "vonggac: add --yes to agree"))
            }
            guard Prompt.line(session.text("Đồng ý? [c/K] ", "Agree? [y/N] "))?.lowercased() == (session.language == .vi ? "c" : "y") else {
                throw CommandFailure(code: .refused, message: nil)
            }
        }
        try store.approve(run: number, path: waiting.path, by: session.hand())
        session.say("\(session.hand().actor) đồng ý.", "\(session.hand().actor) agrees.")
    }
}

struct PlaybookRollback: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: HelpText.text("Undo what a run did, the latest first; with --expired, what should be over by now in all runs."),
        discussion: HelpText.text("A timer that calls `vonggac playbook rollback --expired --yes` every minute ends blocks in time."))
    @OptionGroup var common: CommonOptions
    @OptionGroup var options: RunOptions
    @Argument(help: ArgumentHelp(HelpText.text("The run's number."), valueName: "run"), completion: Suggestions.runs) var number: Int64?
    @Option(help: ArgumentHelp(HelpText.text("Only this step (id or name)."), valueName: "step")) var step: String?
    @Flag(help: ArgumentHelp(HelpText.text("What has expired, of all runs."))) var expired = false
    @Flag(help: ArgumentHelp(HelpText.text("Show what would be done."))) var plan = false

    func run() throws {
        if (number == nil) == !expired { throw UsageError("cần số của lượt chạy, hoặc --expired", "give a run's number, or --expired") }
        let session = Session(options: common)
        let store = try session.store(plan ? .readOnly : .readWrite)
        if let number, try !store.playbookRuns().contains(where: { $0.id == number }) { throw NotFoundError(.run, String(number)) }
        var undos = try number.map { try store.undos(run: $0) } ?? store.expiredUndos(at: .now)
        if let step {
            undos = undos.filter { undo in
                undo.step == step || undo.name == step || Playbook.part(undo.name, .vi) == step || Playbook.part(undo.name, .en) == step
            }
        }
        undos = undos.filter { $0.state != .done }
        if undos.isEmpty {
            if common.json { return try session.show(.array([])) }
            return session.say("Không có gì để hoàn tác.", "There is nothing to undo.")
        }
        var documents: [JSONValue] = []
        var failed = false
        for undo in undos {
            let done = try carryOut(undo, store, session)
            documents.append(.object(["undo": .integer(undo.id), "step": .string(undo.step), "outcome": .string(done)]))
            failed = failed || done == "failed" || done == "refused"
        }
        if common.json { try session.show(.array(documents)) }
        if plan, !common.json { session.say("Chưa làm gì cả.", "Nothing was done.") }
        if failed { throw CommandFailure(code: .failed, message: nil) }
    }

    private func carryOut(_ undo: PlaybookUndo, _ store: IncidentStore, _ session: Session) throws -> String {
        guard let order = UndoOrder(text: undo.body), let text = try store.playbookText(digest: undo.digest),
            let playbook = try PlaybookReading(stored: text).playbook
        else { throw PlaybookLeaseError.notKept(run: undo.run) }
        let title = Playbook.part(undo.name, session.language)
        let commands = order.preview(playbook, title: undo.name)
        if !common.json {
            var lines = PlainText.lines([DisplayText.safe(title)], indent: 2, session).enumerated().map {
                ($0.offset == 0 ? "↩ " : "  ") + $0.element
            }
            for command in commands {
                lines += PlainText.command(
                    Playbook.lines(command, session.language), sign: "$ ", indent: "  ", columns: session.columns)
            }
            for line in lines { print(line) }
        }
        if plan { return "planned" }
        if let until = undo.until, until < .now {
            if !common.json { session.say("  đã quá hạn hoàn tác", "  it is too late to undo it") }
            return "refused"
        }
        var again = undo.state == .failed
        if undo.state == .begun {
            // Undoing may have run: like any step, it is not repeated unasked.
            guard
                options.interrupted == .again
                    || options.isInteractive
                        && asks(
                            session.text("  Lần hoàn tác trước bị ngắt. Làm lại? [c/K] ", "  Undoing was interrupted. Do it again? [y/N] "),
                            session)
            else {
                throw PlaybookRunError.mayHaveRun(step: title)
            }
            again = true
        }
        if !options.yes {
            guard options.isInteractive else { throw PlaybookRunError.commandNotAllowed(step: title) }
            guard asks(session.text("  Hoàn tác? [c/K] ", "  Undo it? [y/N] "), session) else { return "skipped" }
        }
        let hand = session.hand()
        try store.beginUndo(undo, again: again, reason: expired ? "expired" : "asked", by: hand)
        let runner = CommandRunner(environment: ["VONGGAC_STATE": session.folder, "VONGGAC_INCIDENT": undo.incident.description])
        let attachments = Attachments(store: store, folder: session.folder, incident: undo.incident, hand: hand)
        let performer: any StepPerformer =
            options.isInteractive
            ? TerminalPerformer(
                language: session.language, runsCommands: true, runner: runner, console: Console(), attachments: attachments,
                approvals: nil, columns: session.columns ?? 80,
                isOver: { false })
            : AnsweringPerformer(
                answers: try options.answers.map { try Answers.load($0) }, runsCommands: true, confirmations: [], interrupted: nil,
                runner: runner, attachments: attachments, approvals: nil)
        let result: StepResult
        do {
            result = try order.carryOut(
                playbook, title: undo.name, performer: performer, secrets: options.secretStore(), settings: options.settings())
        } catch {
            try store.endUndo(undo, succeeded: false, output: session.text(of: error), by: hand)
            throw error
        }
        try store.endUndo(undo, succeeded: result.outcome == .succeeded, output: result.output.map(IncidentRunRecord.shortened), by: hand)
        if !common.json {
            let note = result.output.flatMap { $0.split(separator: "\n").first.map(String.init) } ?? ""
            print((result.outcome == .succeeded ? "  ✓ " : "  ✗ ") + DisplayText.safe(note))
        }
        return result.outcome.rawValue
    }

    private func asks(_ prompt: String, _ session: Session) -> Bool {
        return Prompt.line(prompt)?.lowercased() == (session.language == .vi ? "c" : "y")
    }
}

/// One question outside of a run.
enum Prompt {
    static func line(_ text: String) -> String? {
        FileHandle.standardOutput.write(Data(text.utf8))
        return readLine()?.trimmingCharacters(in: .whitespaces)
    }
}
