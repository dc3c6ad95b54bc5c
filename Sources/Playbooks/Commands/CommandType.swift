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
    /// This program can do it.
    var isSupported: Bool { get }

    func run(_ step: WorkflowStep, action: ActionStep, in engine: inout PlaybookEngine) throws -> StepResult
}

extension CommandType {
    public var typeName: String { Self.name }
    public var isSupported: Bool { true }
}
