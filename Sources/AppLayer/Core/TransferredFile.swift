import Bytes
import Digest

/// A file seen within a transaction: an HTTP body, a mail attachment.
public final class TransferredFile {
    public enum State: Sendable {
        case open
        case closed
        /// Bytes are missing: the end, or some in between.
        case truncated
        case error
    }

    /// Bytes of a file that wait for a rule to want them; a larger one cannot be stored any more.
    private static let longestWait = 16 << 20

    public let direction: FlowDirection
    /// As the protocol names it, raw bytes; empty when it has no name.
    public var name: [UInt8]
    /// The bytes for `file.data` and magic, bounded by the body limit.
    public let content: StreamingBody
    public private(set) var state = State.open
    /// Bytes of the file seen so far, those of gaps included.
    public private(set) var size: UInt64 = 0
    public private(set) var md5: [UInt8] = []
    public private(set) var sha1: [UInt8] = []
    public private(set) var sha256: [UInt8] = []
    /// What libmagic makes of the first bytes; empty until it was asked.
    public var magic: [UInt8] = []
    /// Where in a larger file these bytes stand (HTTP's Content-Range): the first byte and the last one.
    public var range: (start: UInt64, end: UInt64)?
    /// Its fileinfo event was written.
    public var isLogged = false
    /// Identifies the file within the flow, from 1.
    public var id: UInt64 = 0

    // MARK: the file store
    /// A rule or the configuration wants it stored.
    public var isWanted = false
    /// Numbers of the rules that asked for it.
    public var wantedBy: [UInt32] = []
    /// Its number in the file store, from 1; 0 before its first bytes went there.
    public var storeNumber: UInt64 = 0
    /// All of it is in the file store.
    public var isStored = false
    /// Bytes that the file store has not taken yet.
    public private(set) var pending: [UInt8] = []

    private var hashing: FileHashes?
    private let treatment: FileHashSelection
    private var isKept: Bool

    /// - Parameters:
    ///   - limit: bytes of content that are kept for inspection (0 = all).
    ///   - hashes: digests to compute over the whole file, and what else is gathered.
    public init(direction: FlowDirection, name: [UInt8], limit: UInt64, hashes: FileHashSelection = []) {
        self.direction = direction
        self.name = name
        content = StreamingBody(limit: limit)
        treatment = hashes
        isKept = hashes.contains(.keepsContent)
        if !hashes.isDisjoint(with: [.md5, .sha1, .sha256]) { hashing = FileHashes(hashes) }
    }

    public func append(_ bytes: RawSpan) {
        guard state == .open else { return }
        size += UInt64(bytes.byteCount)
        content.append(bytes)
        hashing?.update(bytes)
        guard isKept else { return }
        unsafe bytes.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
        if pending.count > TransferredFile.longestWait, !isWanted {
            isKept = false
            pending = []
        }
    }

    /// `count` bytes are missing here.
    public func noteGap(_ count: Int) {
        guard state == .open else { return }
        content.noteGap(count)
        size += UInt64(max(count, 0))
    }

    /// - Parameter state: `.closed` when the protocol said that the file is whole.
    public func close(_ state: State) {
        guard self.state == .open else { return }
        self.state = state == .closed && content.hasGap ? .truncated : state
        content.complete()
        if let digests = hashing.take()?.finish() {
            // The digests of a part would be taken for those of the whole; only the store needs one to name the file by.
            if self.state == .closed {
                (md5, sha1, sha256) = digests
            } else if treatment.contains(.digestsParts) {
                sha256 = digests.sha256
            }
        }
    }

    /// Whether all bytes since the beginning can still be had by the file store.
    public var canBeStored: Bool { isKept || storeNumber != 0 }

    /// Hands over the bytes that wait for the file store.
    public func takePending() -> [UInt8] {
        defer { pending = [] }
        return pending
    }

    /// Nobody will want it stored any more.
    public func release() {
        isKept = false
        pending = []
    }
}

/// What is gathered of a file while it passes.
public struct FileHashSelection: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let md5 = FileHashSelection(rawValue: 1)
    public static let sha1 = FileHashSelection(rawValue: 2)
    public static let sha256 = FileHashSelection(rawValue: 4)
    /// All its bytes, because it may have to be stored.
    public static let keepsContent = FileHashSelection(rawValue: 8)
    /// The SHA-256 of what was seen of a file that is not whole.
    public static let digestsParts = FileHashSelection(rawValue: 16)
}

private final class FileHashes {
    private var md5: Hash?
    private var sha1: Hash?
    private var sha256: Hash?

    init(_ selection: FileHashSelection) {
        md5 = selection.contains(.md5) ? Hash(.md5) : nil
        sha1 = selection.contains(.sha1) ? Hash(.sha1) : nil
        sha256 = selection.contains(.sha256) ? Hash(.sha256) : nil
    }

    func update(_ bytes: RawSpan) {
        md5?.update(bytes)
        sha1?.update(bytes)
        sha256?.update(bytes)
    }

    func finish() -> (md5: [UInt8], sha1: [UInt8], sha256: [UInt8]) {
        (md5.take()?.finish() ?? [], sha1.take()?.finish() ?? [], sha256.take()?.finish() ?? [])
    }
}
