/// A step whose type CACAO does not know: it is shown, and the playbook has an error.
struct UnsupportedStep: StepType {
    static let name = "unsupported"

    let typeName: String
    let branches: [(property: String, id: StepID)]

    init(_ reader: inout ObjectReader) {
        typeName = reader.text("type") ?? ""
        branches = reader.texts("next_steps").enumerated().map { ("next_steps/\($0.offset)", StepID($0.element)) }
    }

    /// Only a person who walks through a playbook with errors comes here.
    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult {
        guard walker.context.settings.isByHand else { throw PlaybookRunError.unsupported(steps: ["\(step.title): \(typeName)"]) }
        var task = walker.question(step, at: path)
        task.insteadOf = typeName
        return try walker.ask(task)
    }
}
