/// `dataset`: the whole buffer against a list.
public struct DatasetTest: Sendable {
    public enum Command: String, Sendable {
        case isSet = "isset"
        case isNotSet = "isnotset"
        case set, unset
    }

    public var set: Dataset
    public var command: Command
    /// Where the JSON of a value found goes in the alert's `context`.
    public var contextKey: String?

    init(set: Dataset, command: Command, contextKey: String? = nil) {
        self.set = set
        self.command = command
        self.contextKey = contextKey
        if command == .set || command == .unset { set.noteChanges() }
    }
}

/// `entropy`: how evenly the bytes of a part of the buffer are spread, in bits a byte (Shannon).
public struct EntropyTest: Sendable {
    public var offset = 0
    /// Bytes that are looked at; nil for the rest of the buffer.
    public var count: Int?
    public var range: RealRange
    /// What EVE calls the value.
    public var name: String

    public init(range: RealRange, name: String) {
        self.range = range
        self.name = name
    }
}

/// Suricata's grammar for real numbers: n, =n, <n, <=n, >n, >=n, !=n, a-b and !a-b with both ends excluded.
public enum RealRange: Hashable, Sendable {
    case equal(Double), notEqual(Double), less(Double), lessOrEqual(Double), greater(Double), greaterOrEqual(Double)
    case between(Double, Double), notBetween(Double, Double)

    public func contains(_ value: Double) -> Bool {
        switch self {
        case .equal(let n): value == n
        case .notEqual(let n): value != n
        case .less(let n): value < n
        case .lessOrEqual(let n): value <= n
        case .greater(let n): value > n
        case .greaterOrEqual(let n): value >= n
        case .between(let low, let high): value > low && value < high
        case .notBetween(let low, let high): value <= low || value >= high
        }
    }
}
