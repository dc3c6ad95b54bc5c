/// Does what steps need from outside: a person, a program, time. Called from several branches at once.
public protocol StepPerformer: Sendable {
    /// Asks a person to do something and to say how it went.
    func perform(_ task: ManualTask) throws -> StepResult
    /// Runs a program.
    func perform(_ job: CommandJob, isCancelled: @Sendable () -> Bool) throws -> CommandResult
    /// Asks a person whether a condition holds that the values do not decide.
    func decide(_ question: ConditionQuestion) throws -> Bool
    /// Lets a person agree to a step before it begins; what throws stops the run. Returns who agreed, for the record.
    func confirm(_ question: ConfirmationQuestion) throws -> String
    /// Asks a person how far a step came that was interrupted.
    func judge(_ interruption: Interruption) throws -> Interruption.Answer
    /// Lets time pass.
    func wait(milliseconds: Int, isCancelled: @Sendable () -> Bool) throws
}

/// A condition that values do not decide.
public struct ConditionQuestion: Sendable {
    public var step: StepID
    public var title: String
    /// As the author wrote it.
    public var condition: String
    /// The values of the variables in it, as far as they are known.
    public var values: [(name: String, value: String?)]
}

/// A step that takes something away from somebody is about to begin.
public struct ConfirmationQuestion: Sendable {
    public var step: StepID
    public var path: StepPath
    public var title: String
    public var kind: StepPolicy.Confirmation
    /// What the author says about the commands.
    public var notes: [String]
    /// What would be done.
    public var commands: [String]
    public var targets: [String]
    /// What the person must type.
    public var word: String
}

/// A step that had begun when the run was interrupted.
public struct Interruption: Sendable {
    public enum Answer: Sendable {
        case done(StepResult)
        case failed(String?)
        case again
    }

    public var step: StepID
    public var path: StepPath
    public var title: String
    /// What it does.
    public var commands: [String]
    /// A person did it, not a program.
    public var isByHand: Bool
    public var target: String?
    /// Values that are needed where it was done.
    public var wanted: [(name: String, variable: Variable?)]
}

/// Other playbooks, by their id.
public protocol PlaybookLibrary: Sendable {
    /// - Parameter version: `modified` of the wanted one; nil for the newest.
    /// - Throws: ``PlaybookRunError`` where there is none, or it may not run.
    func playbook(id: String, version: String?) throws -> Playbook
    /// Whether a playbook that was kept may still run.
    func check(_ playbook: Playbook) throws
}

/// No other playbooks.
public struct EmptyLibrary: PlaybookLibrary {
    public init() {}
    public func playbook(id: String, version: String?) throws -> Playbook { throw PlaybookRunError.noPlaybook(id: id, version: version) }
    public func check(_ playbook: Playbook) {}
}

/// How a run behaves.
public struct RunSettings: Sendable {
    /// Hosts whose keys are known: SSH goes to no other.
    public var knownHosts = "/etc/vonggac/known_hosts"
    public var sshProgram = "/usr/bin/ssh"
    public var curlProgram = "/usr/bin/curl"
    /// File of the authorities (PEM) whose certificates web servers may show; nil for those of the system.
    public var authorities: String?
    /// A person does everything, and the program only shows it.
    public var isByHand = false
    /// Milliseconds that a program may take at most, whatever the playbook says; nil for no other limit.
    public var longestCommand: Int?
    /// The least that must be asked before a destructive step.
    public var leastConfirmation = StepPolicy.Confirmation.typed

    public init() {}
}
