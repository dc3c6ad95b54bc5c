import Digest
import Wording

/// What is wrong with a record, in the order of its entries, then of its tables.
public enum LedgerFinding: BilingualError, Hashable {
    /// The content no longer gives the stored hash.
    case changed(seq: Int64)
    /// The entry does not follow the one before it: its `previous` is another hash.
    case broken(seq: Int64)
    /// Entries are gone: from … through.
    case missing(from: Int64, through: Int64)
    /// A number stands twice or runs backwards.
    case reordered(seq: Int64)
    /// A row of a table is not what the ledger's entries make of it.
    case row(table: String, key: String, RowFault)
    /// More rows of a table differ than are listed.
    case moreRows(table: String, count: Int)
    /// An alert is not the one that was sealed.
    case alert(id: Int64, RowFault)
    /// Numbers that are counted do not fit what they count.
    case count(String)
    /// Part of the database's schema is not as the program made it.
    case schema(name: String, RowFault)
    /// A signed checkpoint does not fit the ledger.
    case checkpoint(name: String, CheckpointFault)

    public enum RowFault: Hashable, Sendable {
        /// Its columns differ; empty where only that is known.
        case changed([Difference])
        /// The ledger does not know it.
        case inserted
        /// The ledger knows it, and it is not there.
        case missing
    }

    public struct Difference: Hashable, Sendable {
        public var column: String
        public var table: String
        public var ledger: String

        public init(column: String, table: String, ledger: String) {
            self.column = column
            self.table = table
            self.ledger = ledger
        }
    }

    public enum CheckpointFault: Hashable, Sendable {
        case unreadable
        /// Not signed by the key that was given.
        case badSignature
        /// The signature cannot be checked: it is of another key than those that were given.
        case unknownKey(fingerprint: String)
        /// The ledger ends before the entry that was its last when this was signed.
        case cutOff(seq: Int64, last: Int64)
        /// The entry has another hash: the ledger was rewritten.
        case otherHash(seq: Int64)
    }

    public var english: String {
        switch self {
        case .changed(let seq): "event \(seq): changed after it was written"
        case .broken(let seq): "event \(seq): does not follow the event before it"
        case .missing(let from, let through): from == through ? "event \(from): missing" : "events \(from) to \(through): missing"
        case .reordered(let seq): "event \(seq): out of order"
        case .row(let table, let key, let fault): "\(table) \(key): \(LedgerFinding.text(fault, english: true))"
        case .moreRows(let table, let count): "\(table): \(count) more rows differ"
        case .alert(let id, let fault): "alert \(id): \(LedgerFinding.text(fault, english: true))"
        case .count(let text): text
        case .schema(let name, let fault): "schema, \(name): \(LedgerFinding.text(fault, english: true))"
        case .checkpoint(let name, let fault):
            switch fault {
            case .unreadable: "\(name): no checkpoint"
            case .badSignature: "\(name): the signature is wrong"
            case .unknownKey(let fingerprint): "\(name): signed by a key that was not given (\(fingerprint.prefix(16))…)"
            case .cutOff(let seq, let last): "\(name): the ledger had \(seq) entries when this was signed and ends at \(last) now"
            case .otherHash(let seq): "\(name): event \(seq) is not the one that was signed; the ledger was rewritten"
            }
        }
    }

    public var vietnamese: String {
        switch self {
        case .changed(let seq): "mục \(seq): bị sửa sau khi ghi"
        case .broken(let seq): "mục \(seq): không nối tiếp mục trước"
        case .missing(let from, let through): from == through ? "mục \(from): bị mất" : "các mục \(from) đến \(through): bị mất"
        case .reordered(let seq): "mục \(seq): sai thứ tự"
        case .row(let table, let key, let fault): "\(table) \(key): \(LedgerFinding.text(fault, english: false))"
        case .moreRows(let table, let count): "\(table): còn \(count) dòng khác sai lệch"
        case .alert(let id, let fault): "alert \(id): \(LedgerFinding.text(fault, english: false))"
        case .count(let text): text
        case .schema(let name, let fault): "cấu trúc, \(name): \(LedgerFinding.text(fault, english: false))"
        case .checkpoint(let name, let fault):
            switch fault {
            case .unreadable: "\(name): không phải mốc xác nhận"
            case .badSignature: "\(name): chữ ký sai"
            case .unknownKey(let fingerprint): "\(name): ký bằng khóa chưa được cung cấp (\(fingerprint.prefix(16))…)"
            case .cutOff(let seq, let last): "\(name): khi ký sổ có \(seq) mục, nay chỉ còn đến mục \(last)"
            case .otherHash(let seq): "\(name): mục \(seq) không phải mục đã được ký; sổ đã bị viết lại"
            }
        }
    }

    private static func text(_ fault: RowFault, english: Bool) -> String {
        switch fault {
        case .changed(let differences) where differences.isEmpty: english ? "changed after it was written" : "bị sửa sau khi ghi"
        case .changed(let differences):
            differences.map {
                english
                    ? "\($0.column) is \(short($0.table)), the ledger says \(short($0.ledger))"
                    : "\($0.column) là \(short($0.table)), theo sổ là \(short($0.ledger))"
            }.joined(separator: "; ")
        case .inserted: english ? "not in the ledger" : "không có trong sổ"
        case .missing: english ? "missing" : "bị mất"
        }
    }

    private static func short(_ text: String) -> String { text.count > 60 ? "\(text.prefix(59))…" : text }
}

/// Re-computes a chain entry by entry, in bounded memory.
public struct LedgerAudit: Sendable {
    public private(set) var findings: [LedgerFinding] = []
    /// How many entries were looked at.
    public private(set) var count: Int64 = 0
    /// The number of the last entry.
    public private(set) var last: Int64 = 0
    /// The hash of the last entry; ``LedgerEvent/origin`` for an empty ledger.
    public private(set) var head = LedgerEvent.origin
    /// Rows and alerts that changed since the last seal; the next one takes them in.
    public var waiting = 0

    public init() {}

    /// Takes the next entry, in stored order.
    public mutating func add(_ event: LedgerEvent) {
        add(seq: event.seq, previous: event.previous, hash: event.hash, computed: try? event.computedHash())
    }

    /// Takes the next entry, in stored order.
    /// - Parameters:
    ///   - previous: nil where what is stored is no hash, and so for `hash`.
    ///   - computed: the hash that its content gives; nil where it cannot be read.
    public mutating func add(seq: Int64, previous: SHA256Digest?, hash: SHA256Digest?, computed: SHA256Digest?) {
        count += 1
        var follows = previous == head
        if seq <= last {
            findings.append(.reordered(seq: seq))
        } else if seq - last > 1 {
            findings.append(.missing(from: last + 1, through: seq - 1))
            // With entries gone, `previous` cannot be compared with the hash of the one before it.
            follows = true
        }
        if hash == nil || computed != hash {
            findings.append(.changed(seq: seq))
        } else if !follows {
            findings.append(.broken(seq: seq))
        }
        last = max(last, seq)
        if let hash { head = hash }
    }

    /// Ends the chain.
    /// - Parameter highest: the highest number that was ever given out, so that entries cut off at the end are noticed.
    public mutating func finish(highest: Int64) {
        if highest > last { findings.append(.missing(from: last + 1, through: highest)) }
    }

    public mutating func add(_ finding: LedgerFinding) { findings.append(finding) }
}
