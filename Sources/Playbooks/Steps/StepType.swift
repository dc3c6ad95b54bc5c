/// A type of workflow step (CACAO 4): what is its own besides the properties that all steps share.
///
/// One file per type in this folder, and one line in ``StepTypes``.
public protocol StepType: Sendable {
    /// CACAO's `type`: `if-condition`.
    static var name: String { get }

    /// Reads the type's own properties, noting what is wrong.
    init(_ reader: inout ObjectReader)

    /// The type as the playbook names it.
    var typeName: String { get }

    /// Where it branches to by itself, with the property that says so; `on_completion` and the like are the step's, not the type's.
    var branches: [(property: String, id: StepID)] { get }

    /// The condition that it decides by; nil where there is none.
    var condition: String? { get }

    /// What a run does here.
    /// - Parameter path: this passage, for what is on record about its parts.
    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult
}

extension StepType {
    public var typeName: String { Self.name }
    public var branches: [(property: String, id: StepID)] { [] }
    public var condition: String? { nil }
}

/// How a step ended.
public struct StepResult: Sendable, Hashable {
    public enum Outcome: String, Sendable { case succeeded, failed }

    public var outcome: Outcome
    /// What it printed or what a person answered.
    public var output: String?
    /// Values that it set.
    public var variables: [String: String] = [:]

    public init(_ outcome: Outcome, output: String? = nil, variables: [String: String] = [:]) {
        self.outcome = outcome
        self.output = output
        self.variables = variables
    }
}
