import ArgumentParser
import Bytes
import Incidents
import Terminal
import Trust

struct TaskCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "What has to be done for incidents.",
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
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Tasks of one incident, or all that are open.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode?
    @Option(help: "Only what this person does.") var assignee: String?
    @Flag(help: "Also those that are done.") var all = false

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

struct TaskAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Add a task; an incident with open tasks is not closed.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Argument var text: String
    @Option(help: "Who does it.") var assignee: String?
    @Option(help: ArgumentHelp("Until when.", valueName: "date")) var due: String?

    func run() throws {
        let session = Session(options: common)
        let moment = try due.map { try ListOptions.moment($0, "--due") }
        let task = try session.store(.readWrite).addTask(text, to: code, assignee: assignee, due: moment, by: session.hand())
        if common.json { return try session.show(task.json(code)) }
        session.say("\(code): đã thêm việc \(task.number).", "\(code): task \(task.number) added.")
    }
}

struct TaskDone: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "done", abstract: "A task is done.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Argument var number: Int
    @Option(help: "What came of it.") var note: String?
    func run() throws { try endTask(common, code, number, .done, note) }
}

struct TaskDrop: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "drop", abstract: "A task is no longer needed.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode
    @Argument var number: Int
    @Option(help: "Why.") var note: String?
    func run() throws { try endTask(common, code, number, .dropped, note) }
}

private func endTask(_ common: CommonOptions, _ code: IncidentCode, _ number: Int, _ state: IncidentTask.State, _ note: String?) throws {
    let session = Session(options: common)
    let task = try session.store(.readWrite).endTask(number, of: code, as: state, note: note, by: session.hand())
    if common.json { return try session.show(task.json(code)) }
    print("\(code)  \(task.number)  \(task.stateName(session))")
}
