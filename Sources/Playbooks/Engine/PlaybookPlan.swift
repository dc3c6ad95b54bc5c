import Trust

/// What a run would do, step by step: every command, target and credential name, with values as far as they are known. Nothing is done,
/// no secret is looked at.
public struct PlaybookPlan: Sendable {
    public struct Item: Sendable {
        /// How far it is indented: 0 for the steps of the workflow itself.
        public var depth: Int
        public var step: StepID
        public var title: String
        public var description: String?
        public var type: String
        /// The step stands further up with all that follows it: only its name is given here.
        public var isReference = false
        /// Why the run may come here: `on_true`, `cases/x`; empty for what simply follows.
        public var reason: String
        public var condition: String?
        public var commands: [Command]
        public var isDestructive: Bool
        public var confirmation: StepPolicy.Confirmation
        /// What undoes it, with values.
        public var undo: [String]
        public var expires: Int?
        public var delay: Int
        public var timeout: Int?
        public var attempts: Int
    }

    public struct Command: Sendable {
        public var type: String
        public var text: String
        public var agent: String?
        public var target: String?
        public var address: String?
        /// The name of the secret that would be used.
        public var credential: String?
        /// A person does it.
        public var isByHand: Bool
        /// Why it would be refused with these values.
        public var refusal: String?
    }

    public private(set) var items: [Item] = []
    /// Names that have no value yet.
    public private(set) var unknown: [String] = []
    private let library: any PlaybookLibrary
    private let settings: RunSettings
    private let isFilled: Bool

    /// - Parameter isFilled: values stand where the author wrote their names.
    public init(
        _ playbook: Playbook, values: [String: String], library: any PlaybookLibrary, settings: RunSettings = RunSettings(),
        isFilled: Bool = true
    ) {
        self.library = library
        self.settings = settings
        self.isFilled = isFilled
        add(playbook, values: values, depth: 0, chain: [playbook.id])
        unknown = Array(Set(unknown)).sorted()
    }

    private mutating func add(_ playbook: Playbook, values: [String: String], depth: Int, chain: [String]) {
        var variables = playbook.variables
        for (name, value) in values where variables[name] != nil { variables[name]?.value = value }
        var seen: Set<StepID> = []
        branch(playbook, variables, from: playbook.start, depth: depth, reason: "", seen: &seen, chain: chain)
        if let handler = playbook.exceptionHandler, playbook.workflow[handler] != nil {
            branch(playbook, variables, from: handler, depth: depth, reason: "workflow_exception", seen: &seen, chain: chain)
        }
    }

    private mutating func branch(
        _ playbook: Playbook, _ variables: [String: Variable], from start: StepID, depth: Int, reason: String, seen: inout Set<StepID>,
        chain: [String], until stop: Set<StepID> = []
    ) {
        guard items.count < PlaybookEngine.mostSteps, depth < 2 * PlaybookEngine.deepest else { return }
        var next: (id: StepID, reason: String)? = (start, reason)
        while let (id, reason) = next, !stop.contains(id), let step = playbook.workflow[id] {
            guard seen.insert(id).inserted else {
                if step.type is EndStep { return }
                items.append(Item(reference: step, depth: depth, reason: reason))
                return
            }
            item(playbook, variables.merging(step.variables) { $1 }, step, depth, reason)
            for (property, id) in step.type.branches {
                branch(playbook, variables, from: id, depth: depth + 1, reason: property, seen: &seen, chain: chain)
            }
            if let other = step.type as? PlaybookActionStep {
                if chain.contains(other.playbookID) {
                    items[items.count - 1].reason = "↺ \(other.playbookID)"
                } else if let found = try? library.playbook(id: other.playbookID, version: other.version) {
                    var values: [String: String] = [:]
                    for name in found.variables.keys { values[name] = (step.variables[name] ?? variables[name])?.value }
                    add(found, values: values, depth: depth + 1, chain: chain + [other.playbookID])
                } else {
                    items[items.count - 1].commands.append(
                        Command(type: "playbook", text: other.playbookID, isByHand: false, refusal: "not found"))
                }
            }
            if let handler = step.onFailure {
                // It often leads back to where success leads: that is shown there.
                branch(
                    playbook, variables, from: handler, depth: depth + 1, reason: "on_failure", seen: &seen, chain: chain,
                    until: stop.union(playbook.ahead(of: step)))
            }
            next = (step.onSuccess ?? step.onCompletion).map { ($0, "") }
        }
    }

    private mutating func item(_ playbook: Playbook, _ variables: [String: Variable], _ step: WorkflowStep, _ depth: Int, _ reason: String)
    {
        let isFilled = isFilled
        let value = { (name: String) in isFilled ? variables[name]?.value : nil }
        var commands: [Command] = []
        if let action = step.type as? ActionStep {
            let agent = action.agent.flatMap { playbook.agents[$0] }
            for command in action.commands {
                let targets = action.targets.map { playbook.agents[$0] ?? AgentTarget(undefined: $0) }
                let places: [AgentTarget?] = command.isForEachTarget && targets.count > 1 ? targets : [targets.first]
                for place in places {
                    let unit = CommandUnit(
                        step: step, playbook: playbook, agent: agent, target: place, outputs: action.outputs, path: .root)
                    var refusal = command.misplacement(unit, value)
                    for use in command.demands {
                        if use.isCommandWord, variables[use.name]?.isConstant != true {
                            refusal = "\(use.name): a value would be the name of the program"
                        } else if let text = value(use.name), !ShellScript.meets(text, use.demand) {
                            refusal = "\(use.name): \(ShellScript.reason(use.demand))"
                        }
                    }
                    unknown += VariableName.references(in: command.text).filter { value($0) == nil && !action.outputs.contains($0) }
                    let isByHand = !command.isAutomatic || !command.isSupported || settings.isByHand
                    commands.append(
                        Command(
                            type: command.typeName, text: command.preview(unit, value),
                            agent: agent.map { VariableName.filled($0.name, value) }, target: place?.name,
                            address: unit.machine.flatMap { $0.host ?? $0.address["url"]?.first }.map { VariableName.filled($0, value) },
                            credential: command.isAutomatic ? unit.authentication?.secretName : nil, isByHand: isByHand, refusal: refusal))
                }
            }
        }
        var undo: [String] = []
        if let rollback = step.policy.rollback, let action = step.type as? ActionStep {
            let order = UndoOrder(
                Passage.Undo(
                    playbook: playbook, rollback: rollback, agent: action.agent, targets: action.targets,
                    values: isFilled ? variables.compactMapValues(\.value) : [:]))
            undo = order.preview(playbook, title: step.title)
        }
        let minutes = step.policy.rollback?.expiresVariable.flatMap(value).flatMap { Int($0) }.map { min($0, 525_600) * 60_000 }
        items.append(
            Item(
                depth: depth, step: step.id, title: step.title, description: step.description.map { VariableName.filled($0, value) },
                type: step.type.typeName, reason: reason,
                condition: step.type.condition ?? (step.type as? SwitchConditionStep).map { $0.variable + ":value" },
                commands: commands, isDestructive: step.policy.isDestructive, confirmation: step.policy.confirmation, undo: undo,
                expires: minutes ?? step.policy.rollback?.expires, delay: step.delay, timeout: step.timeout,
                attempts: step.policy.attempts))
    }

    public var json: JSONValue {
        .object([
            "unknown": .array(unknown.map { .string($0) }),
            "steps": .array(
                items.map { item in
                    .object([
                        "shown_above": .bool(item.isReference),
                        "step": .string(item.step.rawValue), "name": .string(item.title), "type": .string(item.type),
                        "depth": JSONValue(item.depth), "reason": .string(item.reason), "condition": JSONValue(item.condition),
                        "destructive": .bool(item.isDestructive), "confirm": .string(item.confirmation.rawValue),
                        "undo": .array(item.undo.map { .string($0) }), "expires": JSONValue(item.expires), "delay": JSONValue(item.delay),
                        "timeout": JSONValue(item.timeout), "attempts": JSONValue(item.attempts),
                        "commands": .array(
                            item.commands.map {
                                .object([
                                    "type": .string($0.type), "command": .string($0.text), "agent": JSONValue($0.agent),
                                    "target": JSONValue($0.target), "address": JSONValue($0.address),
                                    "credential": JSONValue($0.credential),
                                    "by_hand": .bool($0.isByHand), "refused": JSONValue($0.refusal),
                                ])
                            }),
                    ])
                }),
        ])
    }
}

extension PlaybookPlan.Item {
    fileprivate init(reference step: WorkflowStep, depth: Int, reason: String) {
        self.init(
            depth: depth, step: step.id, title: step.title, type: step.type.typeName, isReference: true, reason: reason, commands: [],
            isDestructive: false, confirmation: .none, undo: [], delay: 0, attempts: 1)
    }
}

extension Playbook {
    /// The steps that follow one another when each succeeds.
    fileprivate func ahead(of step: WorkflowStep) -> Set<StepID> {
        var seen: Set<StepID> = []
        var next = step.onSuccess ?? step.onCompletion
        while let id = next, seen.insert(id).inserted, let step = workflow[id] { next = step.onSuccess ?? step.onCompletion }
        return seen
    }
}
