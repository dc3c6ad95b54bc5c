import Bytes

/// A file that is transferred in chunks with offsets (SMB, NFS), put in order.
///
/// Chunks may come in any order, but one at a time: a new one while the last is not whole cuts the file short. Chunks that came too
/// early wait; whoever feeds it bounds them by ``waitingBytes`` and ``waitingChunks``.
public final class FileAssembly {
    public let file: TransferredFile
    /// Bytes of the file that came in order.
    public private(set) var position: UInt64 = 0
    /// Bytes in chunks that came too early.
    public private(set) var waitingBytes: UInt64 = 0
    public private(set) var isOpen = true

    private struct Chunk {
        var bytes: [UInt8] = []
        var hasGap = false
    }

    private var waiting: [UInt64: Chunk] = [:]
    /// Bytes of the chunk at hand that are still to come.
    private var left: UInt64 = 0
    /// Where the chunk at hand begins when it came too early.
    private var earlyOffset: UInt64?

    public init(_ file: TransferredFile) { self.file = file }

    public var waitingChunks: Int { waiting.count }

    /// Starts a chunk of `size` bytes at `offset` of the file and takes what there is of it.
    ///
    /// - Returns: bytes of `bytes` that belong to the chunk.
    @discardableResult
    public func begin(offset: UInt64, size: UInt64, _ bytes: RawSpan) -> Int {
        if left > 0 { truncate() }
        earlyOffset = offset == position ? nil : offset
        left = size
        return add(bytes)
    }

    /// Goes on with the chunk at hand.
    ///
    /// - Returns: bytes of `bytes` that belong to it.
    @discardableResult
    public func add(_ bytes: RawSpan) -> Int {
        let count = Int(min(left, UInt64(bytes.byteCount)))
        guard count > 0 else { return 0 }
        let part = bytes.prefix(count)
        if let earlyOffset {
            unsafe part.withUnsafeBytes { unsafe waiting[earlyOffset, default: Chunk()].bytes.append(contentsOf: $0) }
            waitingBytes += UInt64(count)
        } else {
            file.append(part)
            position += UInt64(count)
        }
        took(count)
        return count
    }

    /// `count` bytes of the stream are lost.
    ///
    /// - Returns: how many of them belonged to the chunk at hand.
    public func gap(_ count: Int) -> Int {
        let lost = Int(min(left, UInt64(max(count, 0))))
        guard lost > 0 else { return 0 }
        if let earlyOffset {
            waiting[earlyOffset, default: Chunk()].hasGap = true
        } else {
            file.noteGap(lost)
            position += UInt64(lost)
        }
        took(lost)
        return lost
    }

    private func took(_ count: Int) {
        left -= UInt64(count)
        guard left == 0 else { return }
        if earlyOffset != nil {
            earlyOffset = nil
            return
        }
        while let chunk = waiting.removeValue(forKey: position) {
            waitingBytes -= UInt64(chunk.bytes.count)
            if chunk.hasGap { file.noteGap(0) }
            file.append(chunk.bytes.rawSpan)
            guard !chunk.bytes.isEmpty else { return }
            position += UInt64(chunk.bytes.count)
        }
    }

    /// The file is whole, as its protocol says.
    public func close() { finish(.closed) }

    /// No more of the file is taken.
    public func truncate() { finish(.truncated) }

    private func finish(_ state: TransferredFile.State) {
        file.close(state)
        isOpen = false
        waiting.removeAll()
        waitingBytes = 0
    }
}
