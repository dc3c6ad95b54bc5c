import Trust

// The values that a branch sees, and what is decided by them.
extension BranchWalker {
    // MARK: Variables

    /// The declaration that a name means here.
    func declaration(of name: String) -> Variable? { scopes.last { $0[name] != nil }?[name] }

    /// The value that a name has here; nil where it is unknown.
    func current(_ name: String) -> String? { declaration(of: name)?.value }

    /// Sets values in the scope that declares each; one that nothing declares becomes the playbook's. Returns what is wrong with one that
    /// may not have its value, which is left as it is.
    @discardableResult
    mutating func set(_ values: [String: String]) -> String? {
        var problem: String?
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let scope = scopes.lastIndex(where: { $0[name] != nil }), let variable = scopes[scope][name] else {
                scopes[0][name] = Variable(type: "string", description: nil, value: value, isConstant: false, isExternal: false)
                continue
            }
            if variable.isConstant {
                if variable.value != value { problem = problem ?? "\(name) is a constant" }
            } else if VariableType.fits(value, variable.type) == false {
                problem = problem ?? "\(name): the value is not of type \(variable.type)"
            } else {
                scopes[scope][name]?.value = value
            }
        }
        return problem
    }

    /// Values as they are seen from here that differ from what was seen before.
    func changes(since before: [[String: Variable]]) -> [String: String] {
        var changes: [String: String] = [:]
        for level in scopes.indices where level < before.count {
            for (name, variable) in scopes[level] where before[level][name]?.value != variable.value { changes[name] = variable.value }
        }
        return changes
    }

    /// The text with values filled in, for people. Names without a value stay.
    func filled(_ text: String) -> String { VariableName.filled(text) { current($0) } }

    /// The same for sentences, where an empty value would leave a hole.
    func said(_ text: String) -> String { VariableName.filled(text) { name in current(name).map(ManualCommand.said) } }

    // MARK: Conditions

    /// Whether a condition holds; a person is asked where the values do not say.
    mutating func decide(_ text: String, _ step: WorkflowStep, at path: StepPath) throws -> Bool {
        if let condition = try? Condition(parsing: text),
            let decided = condition.holds({ name in declaration(of: name).map { (text: $0.value, type: $0.type) } })
        {
            return decided
        }
        let names = VariableName.references(in: text)
        let passage = Passage(path: path.adding("q"), attempt: 1, step: step.id, title: step.title, type: "decision")
        let id: Int64
        switch try context.record.earlier(passage.path, attempt: 1) {
        case .ended(let result)?: return result.output == "true"
        // A question has no effect: it is asked again.
        case .begun(let earlier)?: id = earlier
        case nil: id = try context.record.begin(passage)
        }
        let decided = try context.performer.decide(
            ConditionQuestion(step: step.id, title: step.title, condition: text, values: names.map { ($0, current($0)) }))
        try context.record.end(id, passage: passage, result: StepResult(.succeeded, output: String(decided)))
        return decided
    }

    /// A variable's value; a person is asked where it is unknown.
    /// - Parameter choices: the values that lead somewhere.
    mutating func value(of name: String, choices: [String], _ step: WorkflowStep, at path: StepPath) throws -> String {
        if let value = current(name) { return value }
        let passage = Passage(path: path.adding("q"), attempt: 1, step: step.id, title: step.title, type: "decision")
        let id: Int64
        switch try context.record.earlier(passage.path, attempt: 1) {
        case .ended(let result)?:
            set(result.variables)
            return result.variables[name] ?? ""
        case .begun(let earlier)?: id = earlier
        case nil: id = try context.record.begin(passage)
        }
        let result = try ask(
            ManualTask(
                step: step.id, path: passage.path, title: step.title, description: step.description ?? "",
                text: "\(name) = \(choices.joined(separator: " | "))", agent: nil,
                wanted: [(name, declaration(of: name))], endsBranch: step.onFailure == nil, deadline: deadline))
        guard let value = result.variables[name] else { throw PlaybookRunError.noAnswer(step: step.title) }
        try context.record.end(id, passage: passage, result: StepResult(.succeeded, output: value, variables: [name: value]))
        set([name: value])
        return value
    }
}
