/// `end` (CACAO 4.4): where a workflow, or a branch of it, ends.
struct EndStep: StepType {
    static let name = "end"

    init(_ reader: inout ObjectReader) {
        for property in ["on_completion", "on_success", "on_failure"] where reader.value(property) != nil {
            reader.error(property, "bước end không dẫn đi đâu", "an end step leads nowhere")
        }
    }

    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) -> StepResult { StepResult(.succeeded) }
}
