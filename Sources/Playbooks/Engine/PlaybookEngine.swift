/// Does what steps need from outside: a person, a shell, time.
public protocol StepPerformer {
    /// Asks a person to do something and to say how it went.
    func perform(_ task: ManualTask) throws -> StepResult
    /// Runs a script.
    func perform(_ job: ShellJob) throws -> ShellResult
    /// Asks a person whether a condition holds that the values do not decide.
    func decide(_ question: ConditionQuestion) throws -> Bool
    /// Lets time pass before a step.
    func wait(milliseconds: Int) throws
}

/// Where a run is written down. `begin` is called before a step has any effect.
public protocol RunRecord {
    /// Returns what ``end(_:step:result:)`` is called with.
    func begin(_ step: WorkflowStep) throws -> Int64
    func end(_ id: Int64, step: WorkflowStep, result: StepResult) throws
}

/// A condition that values do not decide.
public struct ConditionQuestion: Sendable {
    public var step: StepID
    public var title: String
    /// As the author wrote it.
    public var condition: String
    /// The values of the variables in it, as far as they are known.
    public var values: [(name: String, value: String?)]
}

/// Runs a playbook. The decision table is in docs/playbooks.md.
public struct PlaybookEngine {
    /// No playbook for people has more.
    public static let mostSteps = 10_000

    public let playbook: Playbook
    public let performer: any StepPerformer
    private let record: any RunRecord

    /// The innermost scope is the last.
    private var scopes: [[String: Variable]]
    private var stepCount = 0

    /// - Parameter values: of external variables.
    /// - Throws: ``PlaybookRunError`` where values are missing or unknown, or the playbook cannot be run.
    public init(_ playbook: Playbook, values: [String: String], performer: any StepPerformer, record: any RunRecord) throws {
        let unsupported = playbook.unsupported
        guard unsupported.isEmpty else { throw PlaybookRunError.unsupported(steps: unsupported) }
        self.playbook = playbook
        self.performer = performer
        self.record = record
        var variables = playbook.variables
        for (name, value) in values {
            guard variables[name] != nil, variables[name]?.isConstant == false else { throw PlaybookRunError.unknownValue(name) }
            variables[name]?.value = value
        }
        let missing = variables.filter { $0.value.isExternal && $0.value.value == nil }.keys.sorted()
        guard missing.isEmpty else { throw PlaybookRunError.missingValues(missing) }
        scopes = [variables]
    }

    /// Runs from the start to the end. What throws ends the run as aborted; the caller records it.
    public mutating func run() throws -> StepResult.Outcome {
        let outcome = try walk(from: playbook.start)
        if outcome == .failed, let handler = playbook.exceptionHandler {
            // The run has failed whatever the handler does; it tidies up.
            _ = try walk(from: handler)
        }
        return outcome
    }

    /// Walks a branch until it ends.
    mutating func walk(from start: StepID) throws -> StepResult.Outcome {
        var next: StepID? = start
        while let id = next {
            // Reading made sure that every reference leads to a step.
            guard let step = playbook.workflow[id] else { return .failed }
            stepCount += 1
            guard stepCount <= Self.mostSteps else { throw PlaybookRunError.endless(steps: Self.mostSteps) }
            let result = try perform(step)
            switch result.outcome {
            case .succeeded: next = step.onSuccess ?? step.onCompletion
            case .failed:
                guard let handler = step.onFailure else { return .failed }
                next = handler
            }
        }
        return .succeeded
    }

    private mutating func perform(_ step: WorkflowStep) throws -> StepResult {
        if step.delay > 0 { try performer.wait(milliseconds: step.delay) }
        let id = try record.begin(step)
        scopes.append(step.variables)
        var result: StepResult
        do {
            result = try step.type.run(step, in: &self)
        } catch {
            scopes.removeLast()
            let text = (error as? PlaybookRunError)?.english ?? "\(error)"
            try record.end(id, step: step, result: StepResult(.failed, output: text))
            throw error
        }
        scopes.removeLast()
        // Values that are not the step's own outlive it.
        let refused = set(result.variables.filter { step.variables[$0.key] == nil })
        if let refused {
            result.outcome = .failed
            result.output = (result.output.map { $0 + "\n" } ?? "") + "\(refused) is a constant"
            result.variables[refused] = nil
        }
        try record.end(id, step: step, result: result)
        return result
    }

    // MARK: Variables

    /// The declaration that a name means here.
    public func declaration(of name: String) -> Variable? { scopes.last { $0[name] != nil }?[name] }

    /// The value that a name has here; nil where it is unknown.
    public func current(_ name: String) -> String? { declaration(of: name)?.value }

    /// Sets values in the scope that declares each; one that nothing declares becomes the playbook's. Returns a constant that was to be
    /// changed, which is left as it is.
    @discardableResult
    mutating func set(_ values: [String: String]) -> String? {
        var refused: String?
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let scope = scopes.lastIndex(where: { $0[name] != nil }) else {
                scopes[0][name] = Variable(type: "string", description: nil, value: value, isConstant: false, isExternal: false)
                continue
            }
            if scopes[scope][name]?.isConstant == true {
                if scopes[scope][name]?.value != value { refused = refused ?? name }
            } else {
                scopes[scope][name]?.value = value
            }
        }
        return refused
    }

    /// The text with values filled in, for people. Names without a value stay.
    public func filled(_ text: String) -> String { VariableName.filled(text) { current($0) } }

    // MARK: Conditions

    /// Whether a condition holds; a person is asked where the values do not say.
    mutating func decide(_ text: String, _ step: WorkflowStep) throws -> Bool {
        if let condition = try? Condition(parsing: text),
            let decided = condition.holds({ name in
                declaration(of: name).map { (text: $0.value, type: $0.type) }
            })
        {
            return decided
        }
        let names = VariableName.references(in: text)
        return try performer.decide(
            ConditionQuestion(step: step.id, title: step.title, condition: text, values: names.map { ($0, current($0)) }))
    }

    /// A variable's value; a person is asked where it is unknown.
    mutating func value(of name: String, _ step: WorkflowStep) throws -> String {
        if let value = current(name) { return value }
        let task = ManualTask(
            step: step.id, title: step.title, description: step.description ?? "", text: name, agent: nil,
            wanted: [(name, declaration(of: name))])
        let result = try performer.perform(task)
        guard let value = result.variables[name] else { throw PlaybookRunError.noAnswer(step: step.title) }
        set([name: value])
        return value
    }
}

extension Playbook {
    /// Steps and commands on its way that this program does not carry out, each as `name: type`.
    public var unsupported: [String] {
        reachable.flatMap { step -> [String] in
            if let other = step.type as? UnsupportedStep { return ["\(step.title): \(other.typeName)"] }
            guard let action = step.type as? ActionStep else { return [] }
            return action.commands.filter { !$0.isSupported }.map { "\(step.title): \($0.typeName)" }
        }
    }
}
