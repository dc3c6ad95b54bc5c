import Digest

/// What is wrong with a ledger, in the order of its entries.
public enum LedgerFinding: Hashable, Sendable, CustomStringConvertible {
    /// The content no longer gives the stored hash.
    case changed(seq: Int64)
    /// The entry does not follow the one before it: its `previous` is another hash.
    case broken(seq: Int64)
    /// Entries are gone: from … through.
    case missing(from: Int64, through: Int64)
    /// A number stands twice or runs backwards.
    case reordered(seq: Int64)
    /// What a table says about a subject is not what its last entry says.
    case projection(subject: String, table: String, ledger: String)

    public var description: String {
        switch self {
        case .changed(let seq): "event \(seq): changed after it was written"
        case .broken(let seq): "event \(seq): does not follow the event before it"
        case .missing(let from, let through): from == through ? "event \(from): missing" : "events \(from) to \(through): missing"
        case .reordered(let seq): "event \(seq): out of order"
        case .projection(let subject, let table, let ledger): "\(subject): the table says \(table), the ledger says \(ledger)"
        }
    }
}

/// Re-computes a chain entry by entry, in bounded memory.
public struct LedgerAudit: Sendable {
    public private(set) var findings: [LedgerFinding] = []
    /// How many entries were looked at.
    public private(set) var count: Int64 = 0
    /// The hash of the last entry; ``LedgerEvent/origin`` for an empty ledger.
    public private(set) var head = LedgerEvent.origin
    private var last: Int64 = 0

    public init() {}

    /// Takes the next entry, in stored order.
    public mutating func add(_ event: LedgerEvent) {
        count += 1
        var follows = event.previous == head
        if event.seq <= last {
            findings.append(.reordered(seq: event.seq))
        } else if event.seq - last > 1 {
            findings.append(.missing(from: last + 1, through: event.seq - 1))
            // With entries gone, `previous` cannot be compared with the hash of the one before it.
            follows = true
        }
        if (try? event.computedHash()) != event.hash {
            findings.append(.changed(seq: event.seq))
        } else if !follows {
            findings.append(.broken(seq: event.seq))
        }
        last = max(last, event.seq)
        head = event.hash
    }

    /// Takes an entry that cannot even be read as one.
    public mutating func addUnreadable(seq: Int64, hash: SHA256Digest?) {
        count += 1
        if seq - last > 1 { findings.append(.missing(from: last + 1, through: seq - 1)) }
        findings.append(.changed(seq: seq))
        last = max(last, seq)
        if let hash { head = hash }
    }

    /// Ends the audit.
    /// - Parameter highest: the highest number that was ever given out, so that entries cut off at the end are noticed.
    public mutating func finish(highest: Int64) {
        if highest > last { findings.append(.missing(from: last + 1, through: highest)) }
    }

    public mutating func add(_ finding: LedgerFinding) { findings.append(finding) }
}
