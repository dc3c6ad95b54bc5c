/// A command of a type that this program does not carry out: kept and shown; a playbook with one is refused before its first step.
struct UnknownCommand: CommandType {
    static let name = "unknown"

    let typeName: String
    let text: String
    var isSupported: Bool { false }

    init(name: String, _ reader: inout ObjectReader) {
        typeName = name
        text = reader.text("command") ?? reader.text("command_b64") ?? ""
    }

    init(_ reader: inout ObjectReader) { self.init(name: reader.text("type") ?? "", &reader) }

    func run(_ step: WorkflowStep, action: ActionStep, in engine: inout PlaybookEngine) throws -> StepResult {
        throw PlaybookRunError.unsupported(steps: ["\(step.title): \(typeName)"])
    }
}
