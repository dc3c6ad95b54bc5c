import Bytes

/// An entry of the ledger as it is stored, nothing left out.
public struct LedgerEntry: Sendable, Hashable, Identifiable {
    public var seq: Int64
    public var time: Timestamp
    public var writtenAt: Timestamp
    public var kind: String
    public var actor: String
    public var subject: String
    /// Canonical JSON; member `rows` has the rows of tables that came of it.
    public var body: String
    public var previous: String
    public var hash: String

    public var id: Int64 { seq }
}
