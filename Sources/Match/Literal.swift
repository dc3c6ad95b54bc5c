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
        /// The coarse windows by which it is known: one at a place of each remainder by four; see ``WindowTable/Grain``.
        var coarse: InlineArray<4, UInt8> = [0, 0, 0, 0]
        /// The fine ones: one at an even and one at an odd place.
        var fine: InlineArray<2, UInt8> = [0, 0]
        /// It is long enough for coarse windows, and those are rare.
        var hasCoarseWindows = false
        var hasFineWindows: Bool { Int(length) >= WindowTable.Grain.fine.fewestBytes }
        var isCaseInsensitive: Bool
        var length: UInt16
        /// Of its bytes in ``text``.
        var start: UInt32
    }

    /// A literal as tables know it: by some of its bytes.
    struct Entry: BitwiseCopyable {
        /// Where those bytes stand in the literal.
        var offset: UInt16
        private var length: UInt16
        /// Of the literal in ``text``.
        private var start: UInt32
        /// What is reported.
        var number: UInt32
        private var isCaseInsensitive: Bool

        init(_ record: Record, offset: Int, number: UInt32) {
            self.offset = UInt16(offset)
            length = record.length
            start = record.start
            self.number = number
            isCaseInsensitive = record.isCaseInsensitive
        }

        /// Reports the literal when it stands in `count` bytes from `base` on with its known bytes at `at`.
        @inline(__always)
        func report(_ base: UnsafePointer<UInt8>, _ count: Int, _ at: Int, _ pool: LiteralPool, into found: Candidates) {
            let place = at - Int(offset)
            let length = Int(length)
            guard place >= 0, place + length <= count, !found.contains(number) else { return }
            let wanted = unsafe pool.text + Int(start)
            let bytes = unsafe base + place
            var same = 0
            if isCaseInsensitive {
                while same < length, unsafe ASCII.lowercased(bytes[same]) == wanted[same] { same &+= 1 }
            } else {
                while same < length, unsafe bytes[same] == wanted[same] { same &+= 1 }
            }
            if same == length { found.insert(number) }
        }
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
        let shared = SharedWindows(literals)
        var pool: [UInt8] = []
        for literal in literals {
            let length = min(literal.bytes.count, LiteralPool.longest)
            var record = Record(isCaseInsensitive: literal.isCaseInsensitive, length: UInt16(length), start: UInt32(pool.count))
            let bytes = literal.bytes[..<min(length, LiteralPool.farthest)]
            if bytes.count >= WindowTable.Grain.coarse.fewestBytes {
                record.hasCoarseWindows = true
                for remainder in 0..<4 {
                    let (place, cost) = LiteralPool.best(bytes, .coarse, remainder, shared)
                    record.coarse[remainder] = place
                    if cost >= LiteralPool.common { record.hasCoarseWindows = false }
                }
            }
            if bytes.count >= WindowTable.Grain.fine.fewestBytes {
                for remainder in 0..<2 { record.fine[remainder] = LiteralPool.best(bytes, .fine, remainder, shared).place }
            }
            records.append(record)
            pool += literal.bytes[..<length]
        }
        self.records = records
        unsafe text = .allocate(capacity: max(1, pool.count))
        unsafe text.initialize(from: pool, count: pool.count)
    }

    deinit { unsafe text.deallocate() }

    /// Windows are chosen among so many bytes of a literal.
    private static let farthest = 250

    /// The rarest window at a place with that remainder by the grain's stride.
    private static func best(
        _ bytes: ArraySlice<UInt8>, _ grain: WindowTable.Grain, _ remainder: Int, _ shared: SharedWindows
    ) -> (place: UInt8, cost: Int) {
        var best = (place: UInt8(remainder), cost: Int.max)
        var least = Int.max
        for place in stride(from: remainder, through: bytes.count - grain.windowSize, by: grain.stride) {
            let cost = cost(bytes[place..<place + grain.windowSize])
            let sum = cost + shared.penalty(bytes[place..<place + 3])
            if sum < least {
                least = sum
                best = (UInt8(place), cost)
            }
        }
        return best
    }

    /// Some bytes of a literal in one word, folded.
    func window(_ record: Record, _ offset: Int, _ size: Int) -> UInt32 {
        var word: UInt32 = 0
        for index in 0..<size { unsafe word |= UInt32(text[Int(record.start) + offset + index] & 0xdf) << UInt32(8 * index) }
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
    private static func cost(_ window: ArraySlice<UInt8>) -> Int {
        var cost = 0
        for byte in window { cost += Int(ByteFrequency.costs[Int(byte)]) }
        if window.contains(where: { byte in window.count { $0 == byte } >= 3 }) { cost += 40 }
        if window.count == 4, ByteFrequency.commonWindows.contains(ByteFrequency.folded(Array(window), 0)) { cost += 24 }
        return cost
    }
}

/// Which bytes many literals have in common: where the text has them too, all of those literals would be compared.
private struct SharedWindows {
    /// By a hash of three bytes: in how many places of literals they stand.
    private var counts = [UInt32](repeating: 0, count: 1 << 16)

    init(_ literals: [Literal]) {
        for literal in literals where literal.bytes.count >= 3 {
            for place in 0...min(literal.bytes.count, 256) - 3 { counts[SharedWindows.place(literal.bytes[place..<place + 3])] += 1 }
        }
    }

    private static func place(_ window: ArraySlice<UInt8>) -> Int {
        var word: UInt32 = 0
        for byte in window { word = word << 8 | UInt32(byte & 0xdf) }
        return Int((word &* 0x9e37_79b1) >> 16)
    }

    /// In the unit of costs.
    func penalty(_ window: ArraySlice<UInt8>) -> Int { 2 * (UInt32.bitWidth - counts[SharedWindows.place(window)].leadingZeroBitCount) }
}
