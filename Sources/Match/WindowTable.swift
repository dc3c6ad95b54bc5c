import Bytes

/// Finds literals of seven bytes and more by windows of four bytes in each: windows of the bytes at hand are hashed, and only where a small table
/// of the hashes says so the literals with that window are compared.
///
/// Every fourth window of the text is looked at, and a literal is known by four windows that follow each other, one of which the text must have
/// at such a place. Case is folded coarsely (`| 0x20` on every byte) in windows and exactly when literals are compared. Time is linear in the
/// bytes but for windows that are there, of which each costs the comparison of its few literals.
@safe final class WindowTable: Sendable {
    private struct Entry: BitwiseCopyable {
        var window: UInt32
        /// Where the window stands in the literal.
        var offset: UInt16
        var length: UInt16
        /// Of the literal in the pool's text.
        var start: UInt32
        /// What is reported.
        var number: UInt32
        var isCaseInsensitive: Bool
    }

    static let windowSize = 4
    private static let stride = 4
    /// Fewest bytes of a literal: those of four windows that follow each other.
    static let fewestBytes = windowSize + stride - 1

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

    // Written in init alone; workers only read.
    /// By the first bits of a hash: which of eight further values some literal's window has there, as bits.
    private nonisolated(unsafe) let marks: UnsafeMutablePointer<UInt8>
    private nonisolated(unsafe) let places: UnsafeMutablePointer<UInt32>
    private nonisolated(unsafe) let entries: UnsafeMutablePointer<Entry>
    private let pool: LiteralPool
    private let size: Size
    private let placeShift: UInt32

    /// - Parameter members: of at least ``fewestBytes`` bytes, each with the number that is reported.
    init(_ pool: LiteralPool, _ members: [(number: UInt32, member: UInt32)]) {
        self.pool = pool
        var list: [Entry] = []
        list.reserveCapacity(members.count * WindowTable.stride)
        for (number, member) in members {
            let record = pool.records[Int(member)]
            for offset in Int(record.runOffset)..<Int(record.runOffset) + WindowTable.stride {
                list.append(
                    Entry(
                        window: pool.window(record, offset), offset: UInt16(offset), length: record.length, start: record.start,
                        number: number, isCaseInsensitive: record.isCaseInsensitive))
            }
        }
        size = list.count <= 64 ? .small : list.count <= 256 ? .medium : .large
        let shift = size.shift
        let placeBits = UInt32(max(6, min(16, 64 - max(1, list.count * 2 - 1).leadingZeroBitCount)))
        placeShift = 32 - placeBits
        unsafe marks = .allocate(capacity: 1 << Int(32 - shift))
        unsafe marks.initialize(repeating: 0, count: 1 << Int(32 - shift))

        var counts = [UInt32](repeating: 0, count: 1 << Int(placeBits) + 1)
        for entry in list { counts[Int(WindowTable.hash(entry.window) >> placeShift) + 1] += 1 }
        for index in 1..<counts.count { counts[index] += counts[index - 1] }
        unsafe places = .allocate(capacity: counts.count)
        unsafe places.initialize(from: counts, count: counts.count)
        unsafe entries = .allocate(capacity: max(1, list.count))
        var next = counts
        for entry in list {
            let hash = WindowTable.hash(entry.window)
            let place = Int(hash >> placeShift)
            unsafe (entries + Int(next[place])).initialize(to: entry)
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
        while at &+ 16 <= count {
            let one = unsafe WindowTable.hash(base.loadUnaligned(fromByteOffset: at, as: UInt32.self) | 0x2020_2020) &>> shift
            let two = unsafe WindowTable.hash(base.loadUnaligned(fromByteOffset: at &+ 4, as: UInt32.self) | 0x2020_2020) &>> shift
            let three = unsafe WindowTable.hash(base.loadUnaligned(fromByteOffset: at &+ 8, as: UInt32.self) | 0x2020_2020) &>> shift
            let four = unsafe WindowTable.hash(base.loadUnaligned(fromByteOffset: at &+ 12, as: UInt32.self) | 0x2020_2020) &>> shift
            if unsafe marks[Int(one)] | marks[Int(two)] | marks[Int(three)] | marks[Int(four)] != 0 {
                unsafe compare(base, count, at, at + 16, found)
            }
            at &+= 16
        }
        unsafe compare(base, count, at, count - WindowTable.windowSize + 1, found)
    }

    /// Compares the literals with the windows that begin at every fourth place between two, if there are any.
    @inline(never)
    private func compare(_ base: UnsafeRawPointer, _ count: Int, _ start: Int, _ end: Int, _ found: Candidates) {
        let shift = size.shift
        var at = start
        while at < end {
            let window = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt32.self) | 0x2020_2020
            let hash = WindowTable.hash(window)
            if unsafe marks[Int(hash &>> shift)] & WindowTable.mark(hash) != 0 {
                unsafe compareMarked(base, count, at, hash, window, found)
            }
            at &+= WindowTable.stride
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
            guard unsafe entries[index].window == window else { continue }
            let entry = unsafe entries[index]
            let start = at - Int(entry.offset)
            let length = Int(entry.length)
            guard start >= 0, start + length <= count, !found.contains(entry.number) else { continue }
            let wanted = unsafe pool.text + Int(entry.start)
            let bytes = unsafe (base + start).assumingMemoryBound(to: UInt8.self)
            var same = 0
            if entry.isCaseInsensitive {
                while same < length, unsafe ASCII.lowercased(bytes[same]) == wanted[same] { same &+= 1 }
            } else {
                while same < length, unsafe bytes[same] == wanted[same] { same &+= 1 }
            }
            if same == length { found.insert(entry.number) }
        }
    }
}
