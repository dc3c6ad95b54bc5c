/// The step types of CACAO 2.0.
enum StepTypes {
    static let all: [any StepType.Type] = [
        StartStep.self, EndStep.self, ActionStep.self, PlaybookActionStep.self, ParallelStep.self, IfConditionStep.self,
        WhileConditionStep.self, SwitchConditionStep.self,
    ]

    static func named(_ name: String) -> (any StepType.Type)? { all.first { $0.name == name } }
}
