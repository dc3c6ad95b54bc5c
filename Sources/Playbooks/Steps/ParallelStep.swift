/// `parallel` (CACAO 4.7): branches at the same time; it waits for all of them.
struct ParallelStep: StepType {
    static let name = "parallel"

    private let next: [StepID]

    init(_ reader: inout ObjectReader) {
        next = reader.texts("next_steps").map { StepID($0) }
        if next.count == 1 { reader.error("next_steps", "cần ít nhất hai nhánh", "expected at least two branches") }
        if Set(next).count < next.count {
            reader.warning("next_steps", "một nhánh có hai lần", "a branch stands twice")
        }
    }

    var branches: [(property: String, id: StepID)] { next.enumerated().map { ("next_steps/\($0.offset)", $0.element) } }

    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult {
        let outcomes = try walker.branches(next, at: path)
        let failed = outcomes.count { $0 == .failed }
        return StepResult(failed == 0 ? .succeeded : .failed, output: failed == 0 ? nil : "\(failed)/\(outcomes.count) branches failed")
    }
}
