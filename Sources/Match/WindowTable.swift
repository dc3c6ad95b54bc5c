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
    private let size: Size

    /// Of the table of marks: 4, 16 or 64 KiB.
    private enum Size {
        case small, medium, large

        /// What is left of a hash is the place in the table.
        @inline(__always)
        var shift: UInt32 {
            switch self {
            case .small: 20
            case .medium: 18
            case .large: 16
            }
        }
    }
    private let placeShift: UInt32

    /// - Parameter members: of at least ``windowSize`` bytes, each with the number that is reported.
    init(_ pool: LiteralPool, _ members: [(number: UInt32, member: UInt32)]) {
        self.pool = pool
        size = members.count <= 128 ? .small : members.count <= 512 ? .medium : .large
        let shift = size.shift
        let placeBits = UInt32(max(6, min(16, 64 - max(1, members.count * 2 - 1).leadingZeroBitCount)))
        placeShift = 32 - placeBits
        unsafe marks = .allocate(capacity: 1 << Int(32 - shift))
        unsafe marks.initialize(repeating: 0, count: 1 << Int(32 - shift))

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
            unsafe marks[Int(hash >> shift)] |= WindowTable.mark(hash)
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
            // Shifts by constants are faster; there are three sizes for that.
            switch size {
            case .small: unsafe scan(base, count, found, Size.small.shift)
            case .medium: unsafe scan(base, count, found, Size.medium.shift)
            case .large: unsafe scan(base, count, found, Size.large.shift)
            }
        }
    }

    @inline(__always)
    private func scan(_ base: UnsafeRawPointer, _ count: Int, _ found: Candidates, _ shift: UInt32) {
        let marks = unsafe self.marks
        var at = 0
        // Four windows from one load of eight bytes.
        while at &+ 8 <= count {
            let word = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt64.self) | 0x2020_2020_2020_2020
            let one = WindowTable.hash(UInt32(truncatingIfNeeded: word)) &>> shift
            let two = WindowTable.hash(UInt32(truncatingIfNeeded: word &>> 8)) &>> shift
            let three = WindowTable.hash(UInt32(truncatingIfNeeded: word &>> 16)) &>> shift
            let four = WindowTable.hash(UInt32(truncatingIfNeeded: word &>> 24)) &>> shift
            if unsafe marks[Int(one)] | marks[Int(two)] | marks[Int(three)] | marks[Int(four)] != 0 {
                unsafe compare(base, count, at, 4, found)
            }
            at &+= 4
        }
        if at &+ WindowTable.windowSize <= count { unsafe compare(base, count, at, count - at - WindowTable.windowSize + 1, found) }
    }

    /// Compares the literals with some windows from a place on, if there are any.
    @inline(never)
    private func compare(_ base: UnsafeRawPointer, _ count: Int, _ start: Int, _ windows: Int, _ found: Candidates) {
        for at in start..<start + windows {
            let window = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt32.self) | 0x2020_2020
            let hash = WindowTable.hash(window)
            let mark = unsafe marks[Int(hash >> size.shift)]
            if mark & WindowTable.mark(hash) != 0 { unsafe compareMarked(base, count, at, hash, window, found) }
        }
    }

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
