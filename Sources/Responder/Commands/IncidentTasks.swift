import ArgumentParser
import Bytes
import Incidents
import Terminal
import Trust

struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: HelpText.text("What has to be done for incidents."),
        subcommands: [TaskList.self, TaskAdd.self, TaskDone.self, TaskDrop.self])
}

extension IncidentTask {
    func json(_ incident: IncidentCode) -> JSONValue {
        .object([
            "incident": .string(incident.description), "number": .integer(Int64(number)), "text": .string(text),
            "assignee": .optional(assignee), "due": .time(due), "state": .string(state.rawValue), "added_at": .time(addedAt),
            "ended_at": .time(endedAt), "ended_by": .optional(endedBy), "note": .optional(note),
        ])
    }

    func stateName(_ session: Session) -> String {
        switch state {
        case .open: session.text("chưa xong", "open")
        case .done: session.text("xong", "done")
        case .dropped: session.text("đã bỏ", "dropped")
        }
    }
}

struct TaskList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: HelpText.text("Tasks of one incident, or all that are open."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001; all where it is left out."))) var code: IncidentCode?
    @Option(help: ArgumentHelp(HelpText.text("Only what this person does."))) var assignee: String?
    @Flag(help: ArgumentHelp(HelpText.text("Also those that are done."))) var all = false

    func run() throws {
        let session = Session(options: common)
        let tasks = try session.store().tasks(of: code, state: all || code != nil ? nil : .open, assignee: assignee)
        if common.json { return try session.show(.array(tasks.map { $0.task.json($0.incident) })) }
        if tasks.isEmpty { return session.say("Không có việc nào.", "No tasks.") }
        var table = Table([
            session.text("Sự cố", "Incident"), "#", session.text("Tình trạng", "State"), session.text("Người làm", "Who"),
            session.text("Hạn", "Due"), session.text("Việc", "What"),
        ])
        for (incident, task) in tasks {
            table.add([
                incident.description, String(task.number), task.stateName(session), task.endedBy ?? task.assignee ?? "-",
                task.due.map(session.moment) ?? "-", task.text + (task.note.map { " – \($0)" } ?? ""),
            ])
        }
        session.show(table)
    }
}

struct TaskAdd: TaskAction {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: HelpText.text("Add a task; an incident with open tasks is not closed."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("What is to be done."))) var text: String
    @Option(help: ArgumentHelp(HelpText.text("Who does it."))) var assignee: String?
    @Option(help: ArgumentHelp(HelpText.text("Until when."), valueName: "date")) var due: String?

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> IncidentTask {
        let moment = try due.map { try ListOptions.moment($0, "--due") }
        return try store.addTask(text, to: code, assignee: assignee, due: moment, by: hand)
    }

    func line(_ task: IncidentTask, _ session: Session) -> String {
        session.text("\(code): đã thêm việc \(task.number).", "\(code): task \(task.number) added.")
    }
}

struct TaskDone: TaskAction {
    static let configuration = CommandConfiguration(commandName: "done", abstract: HelpText.text("A task is done."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("The task's number."))) var number: Int
    @Option(help: ArgumentHelp(HelpText.text("What came of it."))) var note: String?

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> IncidentTask {
        try store.endTask(number, of: code, as: .done, note: note, by: hand)
    }
}

struct TaskDrop: TaskAction {
    static let configuration = CommandConfiguration(commandName: "drop", abstract: HelpText.text("A task is no longer needed."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("The task's number."))) var number: Int
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var note: String?

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> IncidentTask {
        try store.endTask(number, of: code, as: .dropped, note: note, by: hand)
    }
}

/// An action on a task.
protocol TaskAction: IncidentAction {
    var work: WorkOptions { get }
    var code: IncidentCode { get }
    func perform(_ store: IncidentStore, _ hand: Hand) throws -> IncidentTask
    func line(_ task: IncidentTask, _ session: Session) -> String
}

extension TaskAction {
    var common: CommonOptions { work.common }

    func act(_ session: Session) throws -> ActionOutcome {
        let task = try perform(session.store(.readWrite), session.hand(expect: work.expect))
        return ActionOutcome(lines: [line(task, session)], json: task.json(code))
    }

    func line(_ task: IncidentTask, _ session: Session) -> String { "\(code)  \(task.number)  \(task.stateName(session))" }
}
