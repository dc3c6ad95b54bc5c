/// The last frames that went by, in a ring of fixed size, so that an alert can be kept with the packets before it.
public struct FrameHistory: ~Copyable {
    /// One frame in the ring.
    public struct Entry: Sendable {
        /// The caller's number of what the frame belongs to.
        public var owner: UInt64
        public var time: Timestamp
        public var wireLength: UInt32
        var start: Int
        var count: Int
    }

    private var bytes: [UInt8]
    private var entries: [Entry]
    private var first = 0
    private var count = 0
    private var writeAt = 0

    /// - Parameters:
    ///   - capacity: bytes of frames that are held.
    ///   - entries: frames that are held at most.
    public init(capacity: Int = 8 << 20, entries: Int = 16_384) {
        bytes = [UInt8](repeating: 0, count: max(capacity, 1 << 16))
        self.entries = [Entry](
            repeating: Entry(owner: 0, time: Timestamp(microseconds: 0), wireLength: 0, start: 0, count: 0), count: max(entries, 16))
    }

    /// Keeps a frame; the oldest ones make room.
    public mutating func append(_ frame: RawSpan, owner: UInt64, time: Timestamp, wireLength: UInt32) {
        let size = frame.byteCount
        guard size > 0, size < bytes.count / 4 else { return }
        if writeAt + size > bytes.count { writeAt = 0 }
        let end = writeAt + size
        while count > 0 {
            let oldest = entries[first]
            let overlaps = oldest.start < end && writeAt < oldest.start + oldest.count
            guard overlaps || count == entries.count else { break }
            first = (first + 1) % entries.count
            count -= 1
        }
        let start = writeAt
        unsafe bytes.withUnsafeMutableBytes { target in
            unsafe frame.withUnsafeBytes { source in
                if let to = target.baseAddress, let from = source.baseAddress {
                    unsafe (to + start).copyMemory(from: from, byteCount: size)
                }
            }
        }
        entries[(first + count) % entries.count] = Entry(owner: owner, time: time, wireLength: wireLength, start: start, count: size)
        count += 1
        writeAt = end
    }

    /// Calls `body` for each kept frame of `owner`, oldest first.
    public func forEach(of owner: UInt64, _ body: (Entry, RawSpan) -> Void) {
        for index in 0..<count {
            let entry = entries[(first + index) % entries.count]
            if entry.owner == owner { body(entry, bytes.rawSpan.extracting(entry.start..<entry.start + entry.count)) }
        }
    }
}
