/// `manual` (CACAO 5.7): a person does it and says how it went.
struct ManualCommand: CommandType {
    static let name = "manual"

    let text: String
    var isAutomatic: Bool { false }

    init(_ reader: inout ObjectReader) {
        // Published playbooks often say what is to be done only in the description, or in the step's name.
        if reader.value("command") == nil, reader.value("command_b64") == nil {
            text = reader.text("description") ?? ""
            text.isEmpty
                ? reader.warning("command", "thiếu command; dùng tên bước thay", "command is missing; the step's name stands in")
                : reader.warning("command", "thiếu command; dùng description thay", "command is missing; its description stands in")
        } else {
            text = reader.commandText()
        }
    }

    func run(_ unit: CommandUnit, in walker: inout BranchWalker) throws -> StepResult {
        try walker.ask(walker.task(unit, text: walker.said(text.isEmpty ? unit.step.title : text)))
    }

    func preview(_ unit: CommandUnit, _ value: (String) -> String?) -> String {
        VariableName.filled(text) { name in value(name).map(Self.said) }
    }

    /// A value in a sentence.
    static func said(_ value: String) -> String { value.isEmpty ? "–" : value }
}

/// What a person is asked to do.
public struct ManualTask: Sendable {
    public var step: StepID
    public var path: StepPath
    public var title: String
    public var description: String
    /// The command, with the values of variables filled in.
    public var text: String
    /// Who should do it; nil where the playbook does not say.
    public var agent: String?
    /// Values that the person should give.
    public var wanted: [(name: String, variable: Variable?)]
    /// The type of a command that is done by hand although it is for a machine; nil for what is meant for people.
    public var insteadOf: String?
    /// An answer for all steps is not enough.
    public var mustBeNamed = false
    /// Nothing follows where it could not be done: the branch has failed.
    public var endsBranch = false
    /// When it has failed; nil never.
    public var deadline: ContinuousClock.Instant?
}
