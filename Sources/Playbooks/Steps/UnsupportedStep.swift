/// A step whose type CACAO does not know: it is shown, and the playbook has an error.
struct UnsupportedStep: StepType {
    static let name = "unsupported"

    let typeName: String
    let branches: [(property: String, id: StepID)]

    init(_ reader: inout ObjectReader) {
        typeName = reader.text("type") ?? ""
        branches = reader.texts("next_steps").enumerated().map { ("next_steps/\($0.offset)", StepID($0.element)) }
    }

    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult {
        throw PlaybookRunError.unsupported(steps: ["\(step.title): \(typeName)"])
    }
}
