import Bytes

/// Something that has to be done for an incident.
public struct IncidentTask: Sendable, Hashable {
    public enum State: String, Sendable, CaseIterable {
        case open, done
        /// No longer needed.
        case dropped
    }

    /// Counts from 1 within the incident.
    public var number: Int
    public var text: String
    public var assignee: String?
    public var due: Timestamp?
    public var state: State
    public var addedAt: Timestamp
    public var endedAt: Timestamp?
    public var endedBy: String?
    /// What came of it.
    public var note: String?
}
