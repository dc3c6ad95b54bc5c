import Bytes

/// A body or file content that arrives in pieces and is inspected in windows.
///
/// It keeps the bytes from `firstOffset` on; what every reader is done with can be dropped. Memory is bounded by `limit`:
/// bytes past it are counted but not kept.
public final class StreamingBody {
    /// The bytes that are kept; the first has the body offset ``firstOffset``.
    public private(set) var bytes: [UInt8] = []
    /// Body offset of the first byte kept.
    public private(set) var firstOffset: UInt64 = 0
    /// Bytes seen in all, kept or not.
    public private(set) var total: UInt64 = 0
    /// Most bytes that are looked at from the start of the body; 0 means no limit.
    public let limit: UInt64
    /// No more bytes will come.
    public private(set) var isComplete = false
    /// Bytes were missing from the stream.
    public private(set) var hasGap = false
    /// Body offset up to which rules have inspected it. Set by detection.
    public var inspectedTo: UInt64 = 0

    public init(limit: UInt64) { self.limit = limit }

    /// Body offset after the last byte kept.
    public var end: UInt64 { firstOffset + UInt64(bytes.count) }

    /// Whether bytes past the limit were seen.
    public var isOverLimit: Bool { limit != 0 && total > limit }

    public func append(_ more: RawSpan) {
        total += UInt64(more.byteCount)
        var keep = more.byteCount
        if limit != 0 {
            let room = limit > end ? limit - end : 0
            keep = Int(min(UInt64(keep), room))
        }
        if keep > 0 {
            unsafe more.withUnsafeBytes { unsafe bytes.append(contentsOf: $0[0..<keep]) }
        }
    }

    public func noteGap(_ count: Int) {
        hasGap = true
        total += UInt64(max(count, 0))
    }

    public func complete() { isComplete = true }

    /// Forgets the bytes before the body offset `offset`.
    public func drop(before offset: UInt64) {
        guard offset > firstOffset else { return }
        let count = Int(min(offset - firstOffset, UInt64(bytes.count)))
        bytes.removeFirst(count)
        firstOffset += UInt64(count)
    }
}
