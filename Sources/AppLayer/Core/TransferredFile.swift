import Bytes
import Digest

/// A file seen within a transaction: an HTTP body, a mail attachment.
public final class TransferredFile {
    public enum State: Sendable { case open, closed, truncated, error }

    public let direction: FlowDirection
    /// As the protocol names it, raw bytes; empty when it has no name.
    public var name: [UInt8]
    /// The bytes for `file.data` and magic, bounded by the body limit.
    public let content: StreamingBody
    public private(set) var state = State.open
    /// Bytes of the file seen so far.
    public private(set) var size: UInt64 = 0
    public private(set) var md5: [UInt8] = []
    public private(set) var sha1: [UInt8] = []
    public private(set) var sha256: [UInt8] = []
    /// Its fileinfo event was written.
    public var isLogged = false
    /// Identifies the file within the flow, from 1.
    public var id: UInt64 = 0

    private var hashing: FileHashes?

    /// - Parameters:
    ///   - limit: bytes of content that are kept for inspection (0 = all).
    ///   - hashes: digests to compute over the whole file.
    public init(direction: FlowDirection, name: [UInt8], limit: UInt64, hashes: FileHashSelection = []) {
        self.direction = direction
        self.name = name
        content = StreamingBody(limit: limit)
        if !hashes.isEmpty { hashing = FileHashes(hashes) }
    }

    public func append(_ bytes: RawSpan) {
        guard state == .open else { return }
        size += UInt64(bytes.byteCount)
        content.append(bytes)
        hashing?.update(bytes)
    }

    /// Bytes are missing: the digests would be those of something else, so they are given up.
    public func noteGap(_ count: Int) {
        content.noteGap(count)
        hashing = nil
    }

    /// - Parameter state: `.closed` when the protocol said that the file is whole.
    public func close(_ state: State) {
        guard self.state == .open else { return }
        self.state = state
        content.complete()
        if state == .closed, let digests = hashing.take()?.finish() {
            (md5, sha1, sha256) = digests
        }
        hashing = nil
    }
}

/// Which digests a file gets.
public struct FileHashSelection: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let md5 = FileHashSelection(rawValue: 1)
    public static let sha1 = FileHashSelection(rawValue: 2)
    public static let sha256 = FileHashSelection(rawValue: 4)
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
