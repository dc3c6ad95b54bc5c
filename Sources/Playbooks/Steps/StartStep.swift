/// `start` (CACAO 4.3): where a workflow begins.
struct StartStep: StepType {
    static let name = "start"

    init(_ reader: inout ObjectReader) {
        for property in ["on_success", "on_failure"] where reader.value(property) != nil {
            reader.error(property, "bước start chỉ được dùng on_completion", "a start step only has on_completion")
        }
        if reader.value("on_completion") == nil {
            reader.error("on_completion", "bước start phải dẫn tới bước tiếp theo", "a start step leads to the next step")
        }
    }

    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) -> StepResult { StepResult(.succeeded) }
}
