import Bytes

/// One run of a playbook on an incident.
public struct PlaybookRun: Sendable, Hashable, Identifiable {
    public var id: Int64
    public var incident: IncidentCode
    /// CACAO id: `playbook--…`.
    public var playbook: String
    public var name: String
    /// SHA-256 of the playbook's canonical JSON, hexadecimal.
    public var digest: String
    public var actor: String
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
    /// `succeeded`, `failed` or `aborted`; nil while it runs.
    public var outcome: RunOutcome?
    public var steps: [PlaybookStepRun]
}

/// One step of a run.
public struct PlaybookStepRun: Sendable, Hashable, Identifiable {
    public var id: Int64
    /// CACAO id: `action--…`.
    public var step: String
    public var name: String
    /// CACAO type: `action`.
    public var type: String
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
    public var outcome: StepOutcome?
    /// What a command printed or a person answered, shortened by the caller.
    public var output: String?
}

public enum RunOutcome: String, Sendable, CaseIterable {
    case succeeded, failed, aborted
}

public enum StepOutcome: String, Sendable, CaseIterable {
    case succeeded, failed, skipped
}
