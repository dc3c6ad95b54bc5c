import Trust

/// What undoes a step, as a record keeps it: which commands, by whom, where, and with which values.
public struct UndoOrder: Sendable {
    public var commands: [JSONValue]
    public var agent: String?
    public var targets: [String]
    public var values: [String: String]
    public var description: String?
    public var isPlainDevice: Bool

    public init(_ undo: Passage.Undo) {
        commands = undo.rollback.commands
        agent = undo.agent
        targets = undo.targets
        values = undo.values
        description = undo.rollback.description
        isPlainDevice = undo.rollback.isPlainDevice
    }

    /// - Parameter text: as ``json`` gives it.
    public init?(text: String) {
        guard let value = try? JSONValue(parsing: text), let commands = value["commands"]?.elements else { return nil }
        self.commands = commands
        agent = value["agent"]?.text
        targets = (value["targets"]?.elements ?? []).compactMap(\.text)
        values = [:]
        if case .object(let members)? = value["values"] { values = members.compactMapValues(\.text) }
        description = value["description"]?.text
        isPlainDevice = value["plain_device"]?.bool ?? false
    }

    public var json: JSONValue {
        .object([
            "commands": .array(commands), "agent": JSONValue(agent), "targets": .array(targets.map { .string($0) }),
            "values": .object(values.mapValues { .string($0) }), "description": JSONValue(description),
            "plain_device": isPlainDevice ? true : .null,
        ])
    }

    private func step(_ title: String) -> (WorkflowStep, ActionStep) {
        let action = ActionStep(undoing: commands, agent: agent, targets: targets)
        var policy = StepPolicy()
        policy.isIdempotent = true
        policy.isPlainDevice = isPlainDevice
        return (
            WorkflowStep(
                id: StepID("action--undo"), name: title, description: description, delay: 0, timeout: nil, variables: [:],
                onCompletion: nil,
                onSuccess: nil, onFailure: nil, policy: policy, type: action), action
        )
    }

    /// What would be done, for people.
    public func preview(_ playbook: Playbook, title: String) -> [String] {
        let (step, action) = step(title)
        return action.commands.map { command in
            command.preview(
                CommandUnit(
                    step: step, playbook: playbook, agent: agent.flatMap { playbook.agents[$0] },
                    target: targets.first.flatMap { playbook.agents[$0] }, outputs: [], path: .root)
            ) { values[$0] }
        }
    }

    /// Undoes the step.
    /// - Parameter playbook: the one that the step stands in.
    public func carryOut(
        _ playbook: Playbook, title: String, performer: any StepPerformer, secrets: any SecretSource, settings: RunSettings
    ) throws -> StepResult {
        let (step, _) = step(title)
        let context = RunContext(performer: performer, record: NoRecord(), library: EmptyLibrary(), secrets: secrets, settings: settings)
        var variables = playbook.variables
        for (name, value) in values {
            variables[name] = Variable(
                type: variables[name]?.type ?? "string", description: variables[name]?.description, value: value, isConstant: false,
                isExternal: false)
        }
        var undoing = playbook
        undoing.workflow = [step.id: step]
        undoing.start = step.id
        undoing.exceptionHandler = nil
        var walker = BranchWalker(context: context, playbook: undoing, variables: variables)
        return try walker.single(step)
    }
}

extension BranchWalker {
    /// One step, without what follows it.
    mutating func single(_ step: WorkflowStep) throws -> StepResult { try perform(step, at: StepPath.root.step(step.id, number: 1)) }
}
