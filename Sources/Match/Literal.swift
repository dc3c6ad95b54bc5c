import Bytes

/// A byte string to search for.
public struct Literal: Sendable, Hashable {
    /// At least one; in lower case where case is ignored.
    public let bytes: [UInt8]
    public let isCaseInsensitive: Bool

    /// - Parameter bytes: at least one.
    public init(_ bytes: [UInt8], isCaseInsensitive: Bool) {
        self.bytes = isCaseInsensitive ? bytes.map(ASCII.lowercased) : bytes
        self.isCaseInsensitive = isCaseInsensitive
    }
}

/// Literals that sets are made of, with all that is worked out once for each.
@safe public final class LiteralPool: Sendable {
    /// What is to be known of a literal for its search.
    struct Record: BitwiseCopyable {
        /// Four of its bytes, folded, and where they stand in it; for literals that are long enough.
        var window: UInt32
        var windowOffset: UInt16
        var length: UInt16
        /// Of its bytes in ``text``.
        var start: UInt32
        var isCaseInsensitive: Bool
    }

    let records: [Record]
    // Written in init alone; workers only read.
    nonisolated(unsafe) let text: UnsafeMutablePointer<UInt8>

    public var count: Int { records.count }

    /// Literals with fewer bytes are better not searched for.
    public static let fewestBytes = WindowTable.windowSize

    /// Of a literal that is longer only so many bytes are searched for.
    private static let longest = 1024

    /// - Parameter literals: their places are their numbers in the pool.
    public init(_ literals: [Literal]) {
        var records: [Record] = []
        records.reserveCapacity(literals.count)
        var pool: [UInt8] = []
        var uses: [UInt32: Int] = [:]
        for literal in literals {
            let length = min(literal.bytes.count, LiteralPool.longest)
            var record = Record(
                window: 0, windowOffset: 0, length: UInt16(length), start: UInt32(pool.count), isCaseInsensitive: literal.isCaseInsensitive)
            if length >= WindowTable.windowSize {
                let offset = LiteralPool.bestWindow(literal.bytes, length, uses)
                record.window = ByteFrequency.folded(literal.bytes, offset)
                record.windowOffset = UInt16(offset)
                uses[record.window, default: 0] += 1
            }
            records.append(record)
            pool += literal.bytes[..<length]
        }
        self.records = records
        unsafe text = .allocate(capacity: max(1, pool.count))
        unsafe text.initialize(from: pool, count: pool.count)
    }

    deinit { unsafe text.deallocate() }

    /// One of them, to be looked for by itself.
    func needle(_ number: UInt32) -> Needle {
        let record = records[Int(number)]
        let bytes = (0..<Int(record.length)).map { unsafe text[Int(record.start) + $0] }
        return Needle(bytes, isCaseInsensitive: record.isCaseInsensitive)
    }

    /// The window that traffic holds least often, other literals' windows counted in.
    private static func bestWindow(_ bytes: [UInt8], _ length: Int, _ uses: [UInt32: Int]) -> Int {
        var best = 0
        var least = Int.max
        let costs = ByteFrequency.costs
        for offset in 0...length - WindowTable.windowSize {
            var cost = 0
            for index in 0..<WindowTable.windowSize { cost += Int(costs[Int(bytes[offset + index])]) }
            if bytes[offset] == bytes[offset + 1], bytes[offset] == bytes[offset + 2], bytes[offset] == bytes[offset + 3] { cost += 40 }
            guard cost < least else { continue }
            let window = ByteFrequency.folded(bytes, offset)
            cost += 4 * min(uses[window] ?? 0, 64)
            if ByteFrequency.commonWindows.contains(window) { cost += 24 }
            if cost < least {
                least = cost
                best = offset
            }
        }
        return best
    }
}
