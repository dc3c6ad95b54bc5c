import Trust

/// Where a run is written down. Everything that has an effect is written before it has one.
public protocol RunRecord: Sendable {
    /// What an earlier session of this run left about a passage; nil where it never came there.
    func earlier(_ path: StepPath, attempt: Int) throws -> EarlierPassage?
    /// A step, or a command of it, begins. Returns what ``end(_:passage:result:)`` is called with.
    func begin(_ passage: Passage) throws -> Int64
    /// Something that was begun in an earlier session is done again.
    func again(_ id: Int64, passage: Passage, reason: String) throws
    func end(_ id: Int64, passage: Passage, result: StepResult) throws
    /// A person said yes to a step before it began.
    func confirmed(_ passage: Passage, by answer: String) throws
    /// The text of another playbook that a step runs, so that the same one is taken up again after an interruption.
    func keep(_ playbook: Playbook, for path: StepPath) throws
    func kept(for path: StepPath) throws -> JSONValue?
}

/// What is known from before an interruption.
public enum EarlierPassage: Sendable {
    case ended(StepResult)
    /// It began, and nobody knows how far it came.
    case begun(id: Int64)
}

/// One passage, as the record keeps it.
public struct Passage: Sendable {
    public var path: StepPath
    public var attempt: Int
    public var step: StepID
    public var title: String
    /// CACAO's type of the step; for a single command of a step, `command:` and its type.
    public var type: String
    /// Where it is done; nil for this machine or a person.
    public var target: String?
    /// How it can be undone; nil where the playbook does not say.
    public var undo: Undo?
    /// A program does it, not a person.
    public var isAutomatic = false

    /// What undoes a step, with the values of when it was done.
    public struct Undo: Sendable {
        public var playbook: Playbook
        public var rollback: StepPolicy.Rollback
        public var agent: String?
        public var targets: [String]
        /// Values of the variables that its commands use.
        public var values: [String: String]
        /// Milliseconds after which it should be undone by itself.
        public var expires: Int?
    }
}

/// A record that is not kept: for looking at a playbook.
public struct NoRecord: RunRecord {
    public init() {}
    public func earlier(_ path: StepPath, attempt: Int) -> EarlierPassage? { nil }
    public func begin(_ passage: Passage) -> Int64 { 0 }
    public func again(_ id: Int64, passage: Passage, reason: String) {}
    public func end(_ id: Int64, passage: Passage, result: StepResult) {}
    public func confirmed(_ passage: Passage, by answer: String) {}
    public func keep(_ playbook: Playbook, for path: StepPath) {}
    public func kept(for path: StepPath) -> JSONValue? { nil }
}
