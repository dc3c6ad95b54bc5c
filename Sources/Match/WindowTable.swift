import Bytes

/// Finds literals by windows of a few bytes in each: windows of the text are hashed, and only where a small table of the hashes says so the
/// literals with that window are compared.
///
/// Not every window of the text is looked at: a literal is known by as many windows as there are places between two looks, one for each
/// remainder, of which the text must have one where it is looked at. Case is folded coarsely (`& 0xdf` on every byte) in windows and exactly when literals are
/// compared. Time is linear in the bytes but for windows that are there, of which each costs the comparison of its few literals.
@safe final class WindowTable: Sendable {
    /// How large windows are, and how far apart.
    enum Grain: Sendable {
        /// Four bytes, every fourth window: half the looks, for literals of seven bytes and more.
        case coarse
        /// Three bytes, every second window: for literals of four bytes and more.
        case fine

        @inline(__always)
        var windowSize: Int {
            switch self {
            case .coarse: 4
            case .fine: 3
            }
        }

        @inline(__always)
        var stride: Int {
            switch self {
            case .coarse: 4
            case .fine: 2
            }
        }

        /// Fewest bytes of a literal: those of all the windows by which it is known.
        var fewestBytes: Int { windowSize + stride - 1 }

        /// The bits of a word that make a window: without those by which letters differ in case.
        @inline(__always)
        var mask: UInt32 {
            switch self {
            case .coarse: 0xdfdf_dfdf
            case .fine: 0x00df_dfdf
            }
        }
    }

    private struct Entry: BitwiseCopyable {
        var window: UInt32
        /// Four more bytes of the literal, folded as windows are, and how far from the window they stand: what shares the window with a
        /// literal is mostly told from it by these, without a look at the literal itself.
        var probe: UInt32
        var probeDistance: Int32
        var literal: LiteralPool.Entry

        @inline(__always)
        func mayStand(_ base: UnsafeRawPointer, _ count: Int, _ at: Int) -> Bool {
            let place = at &+ Int(probeDistance)
            guard place >= 0, place &+ 4 <= count else { return false }
            return unsafe base.loadUnaligned(fromByteOffset: place, as: UInt32.self) & 0xdfdf_dfdf == probe
        }
    }

    /// Of the table of marks: 4, 16, 64 or 256 KiB. One in twenty of its places or fewer has a mark.
    private enum Size {
        case small, medium, large, huge

        /// What is left of a hash is the place in the table.
        @inline(__always)
        var shift: UInt32 {
            switch self {
            case .small: 20
            case .medium: 18
            case .large: 16
            case .huge: 14
            }
        }
    }

    // Written in init alone; workers only read.
    /// By the first bits of a hash: which of eight further values some literal's window has there, as bits.
    private nonisolated(unsafe) let marks: UnsafeMutablePointer<UInt8>
    private nonisolated(unsafe) let places: UnsafeMutablePointer<UInt32>
    private nonisolated(unsafe) let entries: UnsafeMutablePointer<Entry>
    private let pool: LiteralPool
    private let grain: Grain
    private let size: Size
    private let placeShift: UInt32

    /// - Parameter members: of at least as many bytes as the grain asks for, each with the number that is reported.
    init(_ pool: LiteralPool, _ members: [(number: UInt32, member: UInt32)], _ grain: Grain) {
        self.pool = pool
        self.grain = grain
        var list: [Entry] = []
        list.reserveCapacity(members.count * grain.stride)
        for (number, member) in members {
            let record = pool.records[Int(member)]
            for remainder in 0..<grain.stride {
                let offset = Int(grain == .coarse ? record.coarse[remainder] : record.fine[remainder])
                // The end or the beginning, whichever is farther from the window.
                let last = Int(record.length) - 4
                let probe = last - offset >= offset ? last : 0
                list.append(
                    Entry(
                        window: pool.window(record, offset, grain.windowSize), probe: pool.window(record, probe, 4),
                        probeDistance: Int32(probe - offset), literal: LiteralPool.Entry(record, offset: offset, number: number)))
            }
        }
        size = list.count <= 128 ? .small : list.count <= 512 ? .medium : list.count <= 3072 ? .large : .huge
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
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            // Shifts, masks and steps by constants are faster.
            switch (grain, size) {
            case (.coarse, .small): unsafe scan(base, buffer.count, found, Grain.coarse, Size.small.shift)
            case (.coarse, .medium): unsafe scan(base, buffer.count, found, Grain.coarse, Size.medium.shift)
            case (.coarse, .large): unsafe scan(base, buffer.count, found, Grain.coarse, Size.large.shift)
            case (.coarse, .huge): unsafe scan(base, buffer.count, found, Grain.coarse, Size.huge.shift)
            case (.fine, .small): unsafe scan(base, buffer.count, found, Grain.fine, Size.small.shift)
            case (.fine, .medium): unsafe scan(base, buffer.count, found, Grain.fine, Size.medium.shift)
            case (.fine, .large): unsafe scan(base, buffer.count, found, Grain.fine, Size.large.shift)
            case (.fine, .huge): unsafe scan(base, buffer.count, found, Grain.fine, Size.huge.shift)
            }
        }
    }

    @inline(__always)
    private func scan(_ base: UnsafeRawPointer, _ count: Int, _ found: Candidates, _ grain: Grain, _ shift: UInt32) {
        let marks = unsafe self.marks
        let step = grain.stride
        // Four bytes are read for each window, of which a fine one leaves out the last.
        let reach = 3 &* step &+ 4
        var at = 0
        while at &+ reach <= count {
            let one = unsafe marks[Int(WindowTable.hash(WindowTable.window(base + at, grain)) &>> shift)]
            let two = unsafe marks[Int(WindowTable.hash(WindowTable.window(base + (at &+ step), grain)) &>> shift)]
            let three = unsafe marks[Int(WindowTable.hash(WindowTable.window(base + (at &+ 2 &* step), grain)) &>> shift)]
            let four = unsafe marks[Int(WindowTable.hash(WindowTable.window(base + (at &+ 3 &* step), grain)) &>> shift)]
            if one | two | three | four != 0 { unsafe compareMarked(base, count, at, grain, found) }
            at &+= 4 &* step
        }
        if at &+ grain.windowSize <= count { unsafe compareLast(base, count, at, found) }
    }

    /// Compares the literals that are known by the next four windows, after each of which four bytes more can be read.
    @inline(never)
    private func compareMarked(_ base: UnsafeRawPointer, _ count: Int, _ start: Int, _ grain: Grain, _ found: Candidates) {
        let shift = size.shift
        let mask = grain.mask
        let marks = unsafe self.marks
        var at = start
        for _ in 0..<4 {
            let window = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt32.self) & mask
            let hash = WindowTable.hash(window)
            if unsafe marks[Int(hash &>> shift)] & WindowTable.mark(hash) != 0 { unsafe compare(base, count, at, window, found) }
            at &+= grain.stride
        }
    }

    /// The same for what is left at the end of the text.
    @inline(never)
    private func compareLast(_ base: UnsafeRawPointer, _ count: Int, _ start: Int, _ found: Candidates) {
        let shift = size.shift
        let step = grain.stride
        var at = start
        while at < start &+ 4 &* step, at &+ grain.windowSize <= count {
            let window = unsafe WindowTable.window(base, count, at, grain)
            let hash = WindowTable.hash(window)
            if unsafe marks[Int(hash &>> shift)] & WindowTable.mark(hash) != 0 { unsafe compare(base, count, at, window, found) }
            at &+= step
        }
    }

    /// The window at `text`, where four bytes can be read.
    @inline(__always)
    private static func window(_ text: UnsafeRawPointer, _ grain: Grain) -> UInt32 {
        unsafe text.loadUnaligned(as: UInt32.self) & grain.mask
    }

    /// The window at a place of a text that may end with it.
    @inline(__always)
    private static func window(_ base: UnsafeRawPointer, _ count: Int, _ at: Int, _ grain: Grain) -> UInt32 {
        if at &+ 4 <= count { return unsafe window(base + at, grain) }
        let low = unsafe UInt32(base.loadUnaligned(fromByteOffset: at, as: UInt16.self))
        return unsafe (low | UInt32(base.load(fromByteOffset: at &+ 2, as: UInt8.self)) << 16) & grain.mask
    }

    /// Compares the literals that are known by the window at `at`.
    @inline(never)
    private func compare(_ base: UnsafeRawPointer, _ count: Int, _ at: Int, _ window: UInt32, _ found: Candidates) {
        let bytes = unsafe base.assumingMemoryBound(to: UInt8.self)
        let place = Int(WindowTable.hash(window) &>> placeShift)
        for index in unsafe Int(places[place])..<Int(places[place + 1]) where unsafe entries[index].window == window {
            guard unsafe entries[index].mayStand(base, count, at) else { continue }
            unsafe entries[index].literal.report(bytes, count, at, pool, into: found)
        }
    }
}
