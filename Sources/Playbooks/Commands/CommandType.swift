import Trust

/// A type of command (CACAO 5). One file per type in this folder, and one line in ``CommandTypes``.
public protocol CommandType: Sendable {
    /// CACAO's `type`: `bash`.
    static var name: String { get }

    /// Reads the command's properties, noting what is wrong.
    init(_ reader: inout ObjectReader)

    /// The type as the playbook names it.
    var typeName: String { get }
    /// What is to be done, as the author wrote it.
    var text: String { get }
    /// This program can do it; a person must do what it cannot.
    var isSupported: Bool { get }
    /// It is done without a person.
    var isAutomatic: Bool { get }
    /// It is done once for each target.
    var isForEachTarget: Bool { get }
    /// Where values are used so that only some may stand there.
    var demands: [ShellScript.Use] { get }

    /// Why it must not be done there by a program; nil where it may.
    func misplacement(_ unit: CommandUnit, _ value: (String) -> String?) -> String?
    /// Does it once.
    /// - Parameter target: where it is done; nil for this machine or a person.
    func run(_ unit: CommandUnit, in walker: inout BranchWalker) throws -> StepResult
    /// What would be done, with values filled in and without secrets.
    func preview(_ unit: CommandUnit, _ value: (String) -> String?) -> String
}

extension CommandType {
    public var typeName: String { Self.name }
    public var isSupported: Bool { true }
    public var isAutomatic: Bool { true }
    public var isForEachTarget: Bool { false }
    public var demands: [ShellScript.Use] { [] }
    public func misplacement(_ unit: CommandUnit, _ value: (String) -> String?) -> String? { undefinedTarget(unit) }
    public func preview(_ unit: CommandUnit, _ value: (String) -> String?) -> String { VariableName.filled(text, value) }
}

extension CommandType {
    /// A target that is not defined must not make the command run elsewhere.
    func undefinedTarget(_ unit: CommandUnit) -> String? {
        guard isAutomatic, isSupported, let target = unit.target, !target.isDefined else { return nil }
        return "\(typeName): there is no definition of \(target.id)"
    }
}

/// One command on one target: what happens whole or not at all, as far as the record knows.
public struct CommandUnit: Sendable {
    public var step: WorkflowStep
    public var playbook: Playbook
    public var agent: AgentTarget?
    public var target: AgentTarget?
    public var outputs: [String]
    /// Where in the run.
    public var path: StepPath
    /// What the author says about the command.
    public var note: String?

    /// The place where it happens, and how to get in.
    public var machine: AgentTarget? { target?.isPerson == false ? target : agent?.isPerson == false ? agent : nil }
    public var authentication: AuthenticationInfo? {
        (machine?.authentication ?? agent?.authentication).flatMap { playbook.authentication[$0] }
    }
}

extension CommandUnit {
    /// For programs that belong to no step.
    static let none: CommandUnit = {
        var reader = ObjectReader(.object(["type": "end"]), pointer: "")
        let step = WorkflowStep(
            id: StepID("end--none"), name: "", description: nil, delay: 0, timeout: nil, variables: [:], onCompletion: nil, onSuccess: nil,
            onFailure: nil, policy: StepPolicy(), type: EndStep(&reader))
        let playbook = Playbook(
            id: "", name: "", description: nil, labels: [], created: "", modified: "", validFrom: nil, validUntil: nil, revoked: false,
            variables: [:], start: step.id, exceptionHandler: nil, workflow: [step.id: step], agents: [:], authentication: [:],
            extensions: [:], markings: [], signatures: [], source: .null)
        return CommandUnit(step: step, playbook: playbook, agent: nil, target: nil, outputs: [], path: .root)
    }()
}
