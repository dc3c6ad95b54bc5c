import Bytes

/// Finds literals of four bytes and more by one window of four bytes in each: the bytes at hand are hashed window by window, and only where a
/// small table of the hashes says so the literals with that window are compared.
///
/// The window of a literal is the one that is rarest in traffic. Case is folded coarsely (`| 0x20` on every byte) in windows and exactly when
/// literals are compared. Time is linear in the bytes but for windows that are there, of which each costs the comparison of its few literals.
@safe final class WindowTable: Sendable {
    private struct Entry: BitwiseCopyable {
        var literal: LiteralPool.Record
        /// What is reported.
        var number: UInt32
    }

    static let windowSize = 4

    // Written in init alone; workers only read.
    /// By the first bits of a hash: which of eight further values some literal's window has there, as bits.
    private nonisolated(unsafe) let marks: UnsafeMutablePointer<UInt8>
    private nonisolated(unsafe) let places: UnsafeMutablePointer<UInt32>
    private nonisolated(unsafe) let entries: UnsafeMutablePointer<Entry>
    private let pool: LiteralPool
    private let markShift: UInt32
    private let placeShift: UInt32

    /// - Parameter members: of at least ``windowSize`` bytes, each with the number that is reported.
    init(_ pool: LiteralPool, _ members: [(number: UInt32, member: UInt32)]) {
        self.pool = pool
        let bits = UInt32(max(8, min(16, 64 - max(1, members.count * 32 - 1).leadingZeroBitCount)))
        let placeBits = UInt32(max(6, min(16, 64 - max(1, members.count * 2 - 1).leadingZeroBitCount)))
        markShift = 32 - bits
        placeShift = 32 - placeBits
        unsafe marks = .allocate(capacity: 1 << Int(bits))
        unsafe marks.initialize(repeating: 0, count: 1 << Int(bits))

        var counts = [UInt32](repeating: 0, count: 1 << Int(placeBits) + 1)
        for (_, member) in members { counts[Int(WindowTable.hash(pool.records[Int(member)].window) >> placeShift) + 1] += 1 }
        for index in 1..<counts.count { counts[index] += counts[index - 1] }
        unsafe places = .allocate(capacity: counts.count)
        unsafe places.initialize(from: counts, count: counts.count)
        unsafe entries = .allocate(capacity: max(1, members.count))
        var next = counts
        for (number, member) in members {
            let literal = pool.records[Int(member)]
            let hash = WindowTable.hash(literal.window)
            let place = Int(hash >> placeShift)
            unsafe (entries + Int(next[place])).initialize(to: Entry(literal: literal, number: number))
            next[place] += 1
            unsafe marks[Int(hash >> markShift)] |= WindowTable.mark(hash)
        }
    }

    deinit {
        unsafe marks.deallocate()
        unsafe places.deallocate()
        unsafe entries.deallocate()
    }

    /// Eight values of the bits that the place in the table of marks leaves out.
    @inline(__always)
    private static func mark(_ hash: UInt32) -> UInt8 { 1 &<< UInt8(truncatingIfNeeded: hash >> 8 & 7) }

    @inline(__always)
    private static func hash(_ window: UInt32) -> UInt32 { window &* 0x9e37_79b1 }

    /// Gives the numbers of the literals that `bytes` hold.
    func scan(_ bytes: RawSpan, into found: Candidates) {
        let count = bytes.byteCount
        guard count >= WindowTable.windowSize else { return }
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            let last = count - WindowTable.windowSize
            var at = 0
            // Four windows from one load of eight bytes.
            while at + 8 <= count {
                let word = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt64.self) | 0x2020_2020_2020_2020
                let one = WindowTable.hash(UInt32(truncatingIfNeeded: word))
                let two = WindowTable.hash(UInt32(truncatingIfNeeded: word >> 8))
                let three = WindowTable.hash(UInt32(truncatingIfNeeded: word >> 16))
                let four = WindowTable.hash(UInt32(truncatingIfNeeded: word >> 24))
                if unsafe marks(one) | marks(two) | marks(three) | marks(four) != 0 {
                    unsafe compare(base, count, at, one, UInt32(truncatingIfNeeded: word), found)
                    unsafe compare(base, count, at + 1, two, UInt32(truncatingIfNeeded: word >> 8), found)
                    unsafe compare(base, count, at + 2, three, UInt32(truncatingIfNeeded: word >> 16), found)
                    unsafe compare(base, count, at + 3, four, UInt32(truncatingIfNeeded: word >> 24), found)
                }
                at &+= 4
            }
            while at <= last {
                let window = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt32.self) | 0x2020_2020
                unsafe compare(base, count, at, WindowTable.hash(window), window, found)
                at &+= 1
            }
        }
    }

    @inline(__always)
    private func marks(_ hash: UInt32) -> UInt8 { unsafe marks[Int(hash &>> markShift)] }

    /// Compares the literals with a window, if there are any.
    @inline(__always)
    private func compare(
        _ base: UnsafeRawPointer, _ count: Int, _ at: Int, _ hash: UInt32, _ window: UInt32, _ found: Candidates
    ) {
        if marks(hash) & WindowTable.mark(hash) != 0 { unsafe compareMarked(base, count, at, hash, window, found) }
    }

    @inline(never)
    private func compareMarked(
        _ base: UnsafeRawPointer, _ count: Int, _ at: Int, _ hash: UInt32, _ window: UInt32, _ found: Candidates
    ) {
        let place = Int(hash &>> placeShift)
        let end = Int(unsafe places[place + 1])
        var index = Int(unsafe places[place])
        while index < end {
            defer { index &+= 1 }
            guard unsafe entries[index].literal.window == window else { continue }
            let literal = unsafe entries[index].literal
            let start = at - Int(literal.windowOffset)
            let length = Int(literal.length)
            guard start >= 0, start + length <= count else { continue }
            let wanted = unsafe pool.text + Int(literal.start)
            let bytes = unsafe (base + start).assumingMemoryBound(to: UInt8.self)
            var same = 0
            if literal.isCaseInsensitive {
                while same < length, unsafe ASCII.lowercased(bytes[same]) == wanted[same] { same &+= 1 }
            } else {
                while same < length, unsafe bytes[same] == wanted[same] { same &+= 1 }
            }
            if same == length { found.insert(unsafe entries[index].number) }
        }
    }
}
