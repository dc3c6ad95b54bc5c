/// `playbook-action` (CACAO 4.6): another playbook, by its id and version, with its own agents and targets.
public struct PlaybookActionStep: StepType {
    public static let name = "playbook-action"

    /// CACAO id of the other playbook.
    public let playbookID: String
    /// Its `modified`; nil for the newest.
    public let version: String?
    public let inputs: [String]
    public let outputs: [String]

    public init(_ reader: inout ObjectReader) {
        playbookID = reader.text("playbook_id") ?? ""
        version = reader.text("playbook_version")
        inputs = reader.texts("in_args").map(VariableName.bare)
        outputs = reader.texts("out_args").map(VariableName.bare)
    }

    public func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult {
        let context = walker.context
        let other: Playbook
        if let kept = try context.record.kept(for: path) {
            guard let playbook = try PlaybookReading(stored: kept).playbook else { throw PlaybookRunError.invalid(errors: 1) }
            other = playbook
        } else {
            do {
                other = try context.library.playbook(id: playbookID, version: version)
            } catch let error as PlaybookRunError where context.settings.isByHand {
                // A person may have what is not on the shelf, or know what it says.
                guard case .noPlaybook = error else { throw error }
                var task = walker.question(step, at: path)
                task.text = "\(playbookID)\(version.map { " (\($0))" } ?? "")"
                task.insteadOf = Self.name
                task.wanted = outputs.map { ($0, walker.declaration(of: $0)) }
                return try walker.ask(task)
            }
            try context.record.keep(other, for: path)
        }
        try context.library.check(other)
        var values: [String: String] = [:]
        for name in inputs where other.variables[name]?.isConstant == false { values[name] = walker.current(name) }
        // What it takes from outside and is known here under the same name need not be listed.
        for (name, variable) in other.variables where variable.isExternal && values[name] == nil { values[name] = walker.current(name) }
        return try walker.other(other, values: values, outputs: outputs, at: path)
    }
}
