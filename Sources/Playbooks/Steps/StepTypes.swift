/// The step types that this program runs.
enum StepTypes {
    static let all: [any StepType.Type] = [
        StartStep.self, EndStep.self, ActionStep.self, IfConditionStep.self, WhileConditionStep.self, SwitchConditionStep.self,
    ]

    /// What CACAO 2.0 has besides: read and shown, but a playbook with one is not run.
    static let others = ["parallel", "playbook-action"]

    static func named(_ name: String) -> (any StepType.Type)? { all.first { $0.name == name } }
}
