/// `if-condition` (CACAO 4.8).
struct IfConditionStep: StepType {
    static let name = "if-condition"

    private let text: String
    private let onTrue: StepID?
    private let onFalse: StepID?

    init(_ reader: inout ObjectReader) {
        text = reader.requiredText("condition")
        onTrue = reader.step("on_true")
        onFalse = reader.step("on_false")
        if onTrue == nil { reader.error("on_true", "thiếu thuộc tính này", "this property is missing") }
    }

    var condition: String? { text }

    var branches: [(property: String, id: StepID)] {
        [("on_true", onTrue), ("on_false", onFalse)].compactMap { property, id in id.map { (property, $0) } }
    }

    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult {
        let holds = try walker.decide(text, step, at: path)
        guard let branch = holds ? onTrue : onFalse else { return StepResult(.succeeded, output: String(holds)) }
        return StepResult(try walker.walk(from: branch, at: path.adding(holds ? "t" : "f")), output: String(holds))
    }
}
