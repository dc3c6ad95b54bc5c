/// `while-condition` (CACAO 4.9). A loop that never ends would hold the responder for ever, so it fails after ``mostRounds``.
struct WhileConditionStep: StepType {
    static let name = "while-condition"
    static let mostRounds = 1000

    private let text: String
    private let onTrue: StepID?

    init(_ reader: inout ObjectReader) {
        text = reader.requiredText("condition")
        onTrue = reader.step("on_true")
        if onTrue == nil { reader.error("on_true", "thiếu thuộc tính này", "this property is missing") }
    }

    var condition: String? { text }
    var branches: [(property: String, id: StepID)] { onTrue.map { [("on_true", $0)] } ?? [] }

    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult {
        guard let onTrue else { return StepResult(.failed) }
        var rounds = 0
        while try walker.decide(text, step, at: path.round(rounds + 1)) {
            guard rounds < Self.mostRounds else { return StepResult(.failed, output: "\(rounds) rounds without an end") }
            rounds += 1
            if try walker.round(of: step.id, from: onTrue, at: path.round(rounds)) == .failed {
                return StepResult(.failed, output: "round \(rounds)")
            }
        }
        return StepResult(.succeeded, output: "\(rounds) rounds")
    }
}
