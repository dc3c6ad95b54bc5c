import Trust

/// `action` (CACAO 4.5): commands, one after the other, by an agent. The walker carries them out.
public struct ActionStep: StepType {
    public static let name = "action"

    public private(set) var commands: [any CommandType]
    public private(set) var agent: String?
    public private(set) var targets: [String]
    public private(set) var inputs: [String]
    public private(set) var outputs: [String]

    /// Something in it is done without a person.
    public var isAutomatic: Bool { commands.contains { $0.isAutomatic && $0.isSupported } }

    public init(_ reader: inout ObjectReader) {
        agent = reader.text("agent")
        targets = reader.texts("targets")
        inputs = reader.texts("in_args").map(VariableName.bare)
        outputs = reader.texts("out_args").map(VariableName.bare)
        // Where the commands are missing, a person who walks through the playbook still finds the step.
        var nothing = ObjectReader(.object(["description": ""]), pointer: "")
        commands = [ManualCommand(&nothing)]
        guard let list = reader.value("commands") else {
            reader.error("commands", "bước action phải có lệnh", "an action step has commands")
            return
        }
        guard let elements = list.elements else {
            reader.error("commands", "phải là danh sách", "expected a list")
            return
        }
        if agent == nil { reader.error("agent", "thiếu người hoặc máy thực hiện", "who or what does it is missing") }
        if elements.isEmpty {
            reader.error("commands", "bước action phải có lệnh", "an action step has commands")
            return
        }
        commands = Self.read(elements, at: "\(reader.pointer)/commands", &reader)
    }

    /// Commands that undo a step: the same agent and targets, other commands.
    init(undoing undo: [JSONValue], agent: String?, targets: [String]) {
        var reader = ObjectReader(.object([:]), pointer: "")
        commands = Self.read(undo, at: "", &reader)
        self.agent = agent
        self.targets = targets
        inputs = []
        outputs = []
    }

    private static func read(_ elements: [JSONValue], at pointer: String, _ reader: inout ObjectReader) -> [any CommandType] {
        elements.enumerated().map { index, element in
            var command = ObjectReader(element, pointer: "\(pointer)/\(index)")
            let type = CommandTypes.read(&command)
            reader.take(command.findings)
            return type
        }
    }

    public func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult { StepResult(.succeeded) }
}
