import Bytes
import Synchronization

/// Puts together files that come as ranges, perhaps over several connections.
///
/// Made once and handed to parsers with their limits; workers side by side have one each, over the same parts. Parts wait in memory, bounded
/// in bytes and in time.
public final class PartialContent: Sendable {
    private struct Whole {
        var size: UInt64
        var parts: [(start: UInt64, bytes: [UInt8])] = []
        var count = 0
        var last: Timestamp
    }

    private struct State {
        var wholes: [[UInt8]: Whole] = [:]
        var count = 0
    }

    /// The parts, by all workers.
    private final class Parts: Sendable {
        let state = Mutex(State())
    }

    /// Seconds after which parts are given up.
    private static let patience: Double = 60
    private let limit: Int
    private let parts: Parts
    private let awaitTurn: (@Sendable () -> Void)?

    /// - Parameter limit: bytes of parts that wait (Suricata: `byterange.memcap`).
    public init(limit: Int = 100 << 20) {
        self.limit = limit
        parts = Parts()
        awaitTurn = nil
    }

    /// Another worker's way to the same parts.
    ///
    /// - Parameter awaitTurn: called before they are touched, so that workers come to them in the order of the packets.
    public init(sharing other: PartialContent, awaitTurn: @escaping @Sendable () -> Void) {
        limit = other.limit
        parts = other.parts
        self.awaitTurn = awaitTurn
    }

    /// Takes one part of the file that `key` names.
    ///
    /// - Returns: the whole file, when this part was the last one missing.
    func add(_ bytes: [UInt8], from start: UInt64, of size: UInt64, key: [UInt8], time: Timestamp) -> [UInt8]? {
        awaitTurn?()
        return parts.state.withLock { state in
            var whole = state.wholes.removeValue(forKey: key) ?? Whole(size: size, last: time)
            if whole.size != size || time.seconds(since: whole.last) > PartialContent.patience {
                state.count -= whole.count
                whole = Whole(size: size, last: time)
            }
            whole.last = time
            let place = whole.parts.firstIndex { $0.start > start } ?? whole.parts.count
            whole.parts.insert((start, bytes), at: place)
            whole.count += bytes.count
            state.count += bytes.count
            if let result = PartialContent.joined(whole) {
                state.count -= whole.count
                return result
            }
            state.wholes[key] = whole
            while state.count > limit, let oldest = state.wholes.min(by: { $0.value.last < $1.value.last }) {
                state.wholes[oldest.key] = nil
                state.count -= oldest.value.count
            }
            return nil
        }
    }

    /// The parts one after the other, overlaps once; nil while something is missing.
    private static func joined(_ whole: Whole) -> [UInt8]? {
        var end: UInt64 = 0
        for part in whole.parts {
            guard part.start <= end else { return nil }
            end = max(end, part.start + UInt64(part.bytes.count))
        }
        guard end >= whole.size else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(Int(clamping: end))
        for part in whole.parts {
            let known = UInt64(result.count) - part.start
            if known < UInt64(part.bytes.count) { result += part.bytes[Int(known)...] }
        }
        return result
    }
}

/// One part while it comes in.
struct PartialResponse {
    private static let longest = 16 << 20

    let key: [UInt8]
    let start: UInt64
    let size: UInt64
    private(set) var bytes: [UInt8] = []
    private(set) var isTooLong = false

    init(key: [UInt8], start: UInt64, size: UInt64) {
        self.key = key
        self.start = start
        self.size = size
    }

    mutating func append(_ more: RawSpan) {
        guard !isTooLong else { return }
        guard bytes.count + more.byteCount <= PartialResponse.longest else {
            isTooLong = true
            bytes = []
            return
        }
        unsafe more.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }
}
