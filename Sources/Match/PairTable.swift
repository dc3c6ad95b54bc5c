import Bytes

/// Finds literals, also very short ones, by one pair of bytes in each: the pair that traffic holds least often. A table says of every pair
/// of bytes in the text whether some literal is known by it.
@safe final class PairTable: Sendable {
    private static let size = 1 << 14

    // Written in init alone; workers only read.
    /// By the last bits of a pair: what the byte after it may be, as one of eight values by its last three bits; all of them where any byte may follow.
    private nonisolated(unsafe) let marks: UnsafeMutablePointer<UInt8>
    /// Entries by a hash of the folded pair: those of hash `h` stand at `places[h]..<places[h + 1]`.
    private let places: FrozenTable<UInt32>
    private let entries: FrozenTable<LiteralPool.Entry>
    private let pool: LiteralPool
    /// Literals of one byte, which a text of one byte may hold.
    private let singles: [(byte: UInt8, number: UInt32)]

    /// - Parameter members: of at least one byte, each with the number that is reported.
    init(_ pool: LiteralPool, _ members: [(number: UInt32, member: UInt32)]) {
        self.pool = pool
        unsafe marks = .allocate(capacity: PairTable.size)
        unsafe marks.initialize(repeating: 0, count: PairTable.size)
        var buckets = [[LiteralPool.Entry]](repeating: [], count: 256)
        var singles: [(byte: UInt8, number: UInt32)] = []
        for (number, member) in members {
            let record = pool.records[Int(member)]
            let bytes = (0..<Int(record.length)).map { unsafe pool.text[Int(record.start) + $0] }
            func cases(_ byte: UInt8) -> [UInt8] {
                record.isCaseInsensitive && ASCII.isLetter(byte) ? [byte, byte ^ 0x20] : [byte]
            }
            if bytes.count == 1 { singles += cases(bytes[0]).map { ($0, number) } }
            let offset = PairTable.rarest(bytes)
            let entry = LiteralPool.Entry(record, offset: offset, number: number)
            var follows: UInt8 = 0
            if offset + 2 < bytes.count { for byte in cases(bytes[offset + 2]) { follows |= 1 << (byte & 7) } } else { follows = 0xff }
            var hashes: Set<Int> = []
            for first in cases(bytes[offset]) {
                for second in bytes.count > 1 ? cases(bytes[offset + 1]) : Array(0...255) {
                    unsafe marks[(Int(first) | Int(second) << 8) & (PairTable.size - 1)] |= follows
                    hashes.insert(PairTable.hash(first, second))
                }
            }
            for hash in hashes { buckets[hash].append(entry) }
        }
        var places: [UInt32] = [0]
        for bucket in buckets { places.append(places.last! + UInt32(bucket.count)) }
        self.places = FrozenTable(places)
        entries = FrozenTable(buckets.flatMap { $0 })
        self.singles = singles
    }

    deinit { unsafe marks.deallocate() }

    private static func rarest(_ bytes: [UInt8]) -> Int {
        var best = 0
        var least = Int.max
        for offset in bytes.indices.dropLast() {
            // A byte after the pair tells more still.
            let further = offset + 2 < bytes.count ? Int(ByteFrequency.costs[Int(bytes[offset + 2])]) : 12
            let cost =
                2 * Int(ByteFrequency.costs[Int(bytes[offset])]) + 2 * Int(ByteFrequency.costs[Int(bytes[offset + 1])]) + further
                + (bytes[offset] == bytes[offset + 1] ? 6 : 0)
            if cost < least {
                least = cost
                best = offset
            }
        }
        return best
    }

    @inline(__always)
    private static func hash(_ first: UInt8, _ second: UInt8) -> Int { Int((first | 0x20) &* 31 &+ (second | 0x20)) }

    /// Gives the numbers of the literals that `bytes` hold.
    func scan(_ bytes: RawSpan, into found: Candidates) {
        let count = bytes.byteCount
        guard count > 1 else {
            if count == 1 { for single in singles where single.byte == bytes.byte(at: 0) { found.insert(single.number) } }
            return
        }
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            let marks = unsafe self.marks
            var at = 0
            while at &+ 9 <= count {
                let one =
                    unsafe marks[pair(base, at)] | marks[pair(base, at &+ 1)] | marks[pair(base, at &+ 2)] | marks[pair(base, at &+ 3)]
                let two =
                    unsafe marks[pair(base, at &+ 4)] | marks[pair(base, at &+ 5)] | marks[pair(base, at &+ 6)] | marks[pair(base, at &+ 7)]
                if one | two != 0 { unsafe compare(base, count, at, at &+ 8, found) }
                at &+= 8
            }
            unsafe compare(base, count, at, count - 1, found)
            // The last byte begins no pair.
            let last = unsafe base.load(fromByteOffset: count - 1, as: UInt8.self)
            for single in singles where single.byte == last { found.insert(single.number) }
        }
    }

    /// The place of a pair in ``marks``.
    @inline(__always)
    private func pair(_ base: UnsafeRawPointer, _ at: Int) -> Int {
        unsafe Int(base.loadUnaligned(fromByteOffset: at, as: UInt16.self)) & (PairTable.size - 1)
    }

    /// Compares the literals with the pairs that begin between two places, if there are any.
    @inline(never)
    private func compare(_ base: UnsafeRawPointer, _ count: Int, _ start: Int, _ end: Int, _ found: Candidates) {
        let bytes = unsafe base.assumingMemoryBound(to: UInt8.self)
        for at in start..<max(start, end) {
            let mark = unsafe marks[pair(base, at)]
            guard mark != 0, at + 2 >= count || mark &>> (unsafe bytes[at + 2] & 7) & 1 != 0 else { continue }
            let hash = unsafe PairTable.hash(bytes[at], bytes[at + 1])
            for index in Int(places[hash])..<Int(places[hash + 1]) {
                unsafe entries[index].report(bytes, count, at, pool, into: found)
            }
        }
    }
}
