/// `manual` (CACAO 5.7): a person does it and says how it went.
struct ManualCommand: CommandType {
    static let name = "manual"

    let text: String

    init(_ reader: inout ObjectReader) {
        // Published playbooks often say what is to be done only in the description.
        if reader.value("command") == nil, reader.value("command_b64") == nil, let description = reader.text("description") {
            reader.warning("command", "thiếu command; dùng description thay", "command is missing; its description stands in")
            text = description
        } else {
            text = reader.commandText()
        }
    }

    func run(_ step: WorkflowStep, action: ActionStep, in engine: inout PlaybookEngine) throws -> StepResult {
        let wanted = action.outputs.map { name in (name: name, variable: engine.declaration(of: name)) }
        let task = ManualTask(
            step: step.id, title: step.title, description: engine.filled(step.description ?? ""), text: engine.filled(text),
            agent: action.agent.flatMap { engine.playbook.agents[$0] }.map { engine.filled($0) }, wanted: wanted)
        return try engine.performer.perform(task)
    }
}

/// What a person is asked to do.
public struct ManualTask: Sendable {
    public var step: StepID
    public var title: String
    public var description: String
    /// The command, with the values of variables filled in.
    public var text: String
    /// Who should do it; nil where the playbook does not say.
    public var agent: String?
    /// Values that the person should give.
    public var wanted: [(name: String, variable: Variable?)]
}
