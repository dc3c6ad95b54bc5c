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
        /// Where seven of its bytes stand whose four windows traffic holds rarely; see ``hasRun``.
        var runOffset: UInt16 = 0
        /// It can be known by every fourth window of a text.
        var hasRun = false
        var isCaseInsensitive: Bool
        var length: UInt16
        /// Of its bytes in ``text``.
        var start: UInt32
    }

    let records: [Record]
    // Written in init alone; workers only read.
    nonisolated(unsafe) let text: UnsafeMutablePointer<UInt8>

    public var count: Int { records.count }

    /// Literals with fewer bytes are better not searched for.
    public static let fewestBytes = 4

    /// Of a literal that is longer only so many bytes are searched for.
    private static let longest = 1024
    /// A window that costs as much stands in every other text.
    private static let common = 36

    /// - Parameter literals: their places are their numbers in the pool.
    public init(_ literals: [Literal]) {
        var records: [Record] = []
        records.reserveCapacity(literals.count)
        var pool: [UInt8] = []
        for literal in literals {
            let length = min(literal.bytes.count, LiteralPool.longest)
            var record = Record(isCaseInsensitive: literal.isCaseInsensitive, length: UInt16(length), start: UInt32(pool.count))
            if length >= WindowTable.fewestBytes {
                let costs = (0...length - WindowTable.windowSize).map { LiteralPool.cost(literal.bytes, $0) }
                let worst = (0...length - WindowTable.fewestBytes).map { max(costs[$0], costs[$0 + 1], costs[$0 + 2], costs[$0 + 3]) }
                let run = worst.indices.min { worst[$0] < worst[$1] } ?? 0
                record.runOffset = UInt16(run)
                record.hasRun = worst[run] < LiteralPool.common
            }
            records.append(record)
            pool += literal.bytes[..<length]
        }
        self.records = records
        unsafe text = .allocate(capacity: max(1, pool.count))
        unsafe text.initialize(from: pool, count: pool.count)
    }

    deinit { unsafe text.deallocate() }

    /// Four bytes of a literal, folded.
    func window(_ record: Record, _ offset: Int) -> UInt32 {
        var word: UInt32 = 0
        for index in 0..<4 { unsafe word |= UInt32(text[Int(record.start) + offset + index] | 0x20) << UInt32(8 * index) }
        return word
    }

    /// One of them, to be looked for by itself.
    func needle(_ number: UInt32) -> Needle {
        let record = records[Int(number)]
        let bytes = (0..<Int(record.length)).map { unsafe text[Int(record.start) + $0] }
        return Needle(bytes, isCaseInsensitive: record.isCaseInsensitive)
    }

    /// What looking for one of them by itself costs, in tenths of instructions per byte of text.
    func costAlone(_ number: UInt32) -> Int {
        let record = records[Int(number)]
        let bytes = unsafe UnsafeBufferPointer(start: text + Int(record.start), count: Int(record.length))
        var least = Int.max
        for byte in unsafe bytes { least = min(least, ByteFrequency.instructions(byte, record.isCaseInsensitive)) }
        return least
    }

    /// How often a window stands in traffic, roughly.
    private static func cost(_ bytes: [UInt8], _ offset: Int) -> Int {
        var cost = 0
        for index in 0..<WindowTable.windowSize { cost += Int(ByteFrequency.costs[Int(bytes[offset + index])]) }
        let four = bytes[offset..<offset + 4]
        if four.contains(where: { byte in four.count { $0 == byte } >= 3 }) { cost += 40 }
        if ByteFrequency.commonWindows.contains(ByteFrequency.folded(bytes, offset)) { cost += 24 }
        return cost
    }
}
