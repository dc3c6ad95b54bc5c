import Trust

/// `action` (CACAO 4.5): commands, one after the other, by an agent.
public struct ActionStep: StepType {
    public static let name = "action"

    public private(set) var commands: [any CommandType]
    public private(set) var agent: String?
    public private(set) var targets: [String]
    public private(set) var inputs: [String]
    public private(set) var outputs: [String]

    public init(_ reader: inout ObjectReader) {
        agent = reader.text("agent")
        targets = reader.texts("targets")
        inputs = reader.texts("in_args").map(VariableName.bare)
        outputs = reader.texts("out_args").map(VariableName.bare)
        commands = []
        guard let list = reader.value("commands") else {
            reader.error("commands", "bước action phải có lệnh", "an action step has commands")
            return
        }
        guard let elements = list.elements else {
            reader.error("commands", "phải là danh sách", "expected a list")
            return
        }
        if agent == nil { reader.error("agent", "thiếu người hoặc máy thực hiện", "who or what does it is missing") }
        if elements.isEmpty { reader.error("commands", "bước action phải có lệnh", "an action step has commands") }
        for (index, element) in elements.enumerated() {
            var command = ObjectReader(element, pointer: "\(reader.pointer)/commands/\(index)")
            let name = command.requiredText("type")
            if let type = CommandTypes.named(name) {
                commands.append(type.init(&command))
            } else {
                commands.append(UnknownCommand(name: name, &command))
            }
            reader.take(command.findings)
        }
    }

    public func run(_ step: WorkflowStep, in engine: inout PlaybookEngine) throws -> StepResult {
        var result = StepResult(.succeeded)
        var outputs: [String] = []
        for command in commands {
            let one = try command.run(step, action: self, in: &engine)
            if let output = one.output, !output.isEmpty { outputs.append(output) }
            // Values count at once: the next command of the step may use them.
            engine.set(one.variables)
            result.variables.merge(one.variables) { $1 }
            if one.outcome == .failed {
                result.outcome = .failed
                break
            }
        }
        result.output = outputs.isEmpty ? nil : outputs.joined(separator: "\n")
        return result
    }
}
