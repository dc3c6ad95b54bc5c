import Bytes
import Digest
import Synchronization

/// What the values of a dataset are, and how its file writes them.
public enum DatasetKind: String, Sendable, CaseIterable {
    /// Any bytes; Base64 in the file.
    case string
    /// Digests; hexadecimal in the file.
    case md5, sha256
    /// Addresses as text.
    case ipv4, ip

    /// Bytes of every value; nil where they differ.
    var size: Int? {
        switch self {
        case .string: nil
        case .md5: 16
        case .sha256: 32
        case .ipv4: 4
        case .ip: 16
        }
    }
}

/// How the file of a dataset is written.
public enum DatasetFormat: Sendable, Equatable {
    /// A value a line, a reputation after a comma.
    case csv
    /// One JSON text whose array holds the values; the array at `arrayKey`, in each element the value at `valueKey`.
    case json(valueKey: String, arrayKey: String, dropsKey: Bool)
    /// A JSON object a line.
    case ndjson(valueKey: String, dropsKey: Bool)
}

/// Values that rules look up, add and remove, perhaps with a reputation or a piece of JSON each. Shared by the workers.
public final class Dataset: Sendable {
    /// Bytes that a dataset may take when nothing is said (Suricata's default).
    static let usualMemory = 16 << 20

    struct State {
        var table = ValueTable()
        /// JSON texts, by the payload of their values.
        var contexts: [[UInt8]] = []
        var memory = 0
    }

    public let name: String
    public let kind: DatasetKind
    let loadPath: String?
    let savePath: String?
    let format: DatasetFormat
    /// Bytes allowed; nil for the usual amount, or what the file takes where that is more.
    let memoryLimit: Int?
    private let state: Mutex<State>

    init(
        name: String, kind: DatasetKind, loadPath: String?, savePath: String?, format: DatasetFormat, memoryLimit: Int?,
        state: consuming State
    ) {
        self.name = name
        self.kind = kind
        self.loadPath = loadPath
        self.savePath = savePath
        self.format = format
        self.memoryLimit = memoryLimit
        let loaded = state.table.memory + state.memory
        limit = memoryLimit ?? max(Dataset.usualMemory, loaded)
        self.state = Mutex(state)
    }

    private let limit: Int

    private let changes = Atomic<Bool>(false)

    /// Some rule adds or removes values: what a look-up finds depends on the packets before.
    var isChanging: Bool { changes.load(ordering: .relaxed) }

    /// A rule that adds or removes values was loaded.
    func noteChanges() { changes.store(true, ordering: .relaxed) }

    /// Values in it.
    public var count: Int { state.withLock { $0.table.count } }

    /// Calls `body` with the bytes that the table holds for `value`; false where `value` cannot be one of this kind.
    private func stored(_ value: RawSpan, _ body: (RawSpan) -> Bool) -> Bool {
        guard let size = kind.size else { return value.byteCount > 0 && body(value) }
        if value.byteCount == size { return body(value) }
        guard kind == .ip, value.byteCount == 4 else { return false }
        // Both families stand side by side as in IPAddress: IPv4 mapped.
        let address = IPAddress(v4: value.uint32(at: 0))
        var bytes: InlineArray<16, UInt8> = .init(repeating: 0)
        for index in 0..<8 { bytes[8 + index] = UInt8(truncatingIfNeeded: address.low >> (56 - 8 * UInt64(index))) }
        return unsafe body(bytes.span.bytes)
    }

    func contains(_ value: RawSpan) -> Bool {
        stored(value) { bytes in state.withLock { $0.table.payload(of: bytes) != nil } }
    }

    /// The JSON that came with a value; nil when the value is not there, empty when nothing came with it.
    func context(of value: RawSpan) -> [UInt8]? {
        var result: [UInt8]?
        _ = stored(value) { bytes in
            result = state.withLock { state in
                state.table.payload(of: bytes).map { state.contexts.indices.contains($0) ? state.contexts[$0] : [] }
            }
            return true
        }
        return result
    }

    /// The reputation that came with a value.
    func reputation(of value: RawSpan) -> UInt16? {
        var result: UInt16?
        _ = stored(value) { bytes in
            result = state.withLock { $0.table.payload(of: bytes).map { UInt16(truncatingIfNeeded: $0) } }
            return true
        }
        return result
    }

    /// What became of a value that was to be added.
    enum Insertion {
        case added, known
        /// It would have taken the set over its memory.
        case refused
        /// It cannot be a value of this kind.
        case unfit
    }

    func insert(_ value: RawSpan) -> Insertion {
        var result = Insertion.unfit
        _ = stored(value) { bytes in
            result = state.withLock { state in
                guard state.table.payload(of: bytes) == nil else { return .known }
                guard state.table.memory + state.memory + bytes.byteCount + ValueTable.entryCost <= limit else { return .refused }
                return state.table.insert(bytes) ? .added : .known
            }
            return true
        }
        return result
    }

    /// True when the value was there.
    func remove(_ value: RawSpan) -> Bool {
        stored(value) { bytes in state.withLock { $0.table.remove(bytes) } }
    }

    /// The values as lines of a file.
    func lines() -> [UInt8] {
        var result: [UInt8] = []
        state.withLock { state in
            state.table.forEach { value in
                switch kind {
                case .string: result += Array(Base64.encoded(value).utf8)
                case .md5, .sha256: result += Array(Hex.encoded(value.copied()).utf8)
                case .ipv4: result += Array(IPAddress(v4: value.uint32(at: 0)).description.utf8)
                case .ip: result += Array(IPAddress(high: value.uint64(at: 0), low: value.uint64(at: 8)).description.utf8)
                }
                result.append(10)
            }
        }
        return result
    }
}
