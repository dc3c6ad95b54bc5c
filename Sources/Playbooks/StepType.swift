/// Workflow step types of CACAO 2.0 §4.
public enum StepType: String, Sendable, CaseIterable {
    case start
    case end
    case action
    case playbookAction = "playbook-action"
    case parallel
    case ifCondition = "if-condition"
    case whileCondition = "while-condition"
    case switchCondition = "switch-condition"
}
