import Bytes

/// Finds literals of one to three bytes by a bitmap of all pairs of bytes.
@safe final class ShortTable: Sendable {
    private struct Entry: BitwiseCopyable {
        var bytes: (UInt8, UInt8, UInt8)
        var length: UInt8
        var isCaseInsensitive: Bool
        /// What is reported.
        var number: UInt32
    }

    // Written in init alone; workers only read.
    private nonisolated(unsafe) let bitmap: UnsafeMutablePointer<UInt32>
    /// Entries by their first byte, folded: those of byte `b` stand at `places[b]..<places[b + 1]`.
    private let places: [UInt32]
    private let entries: [Entry]

    /// - Parameter members: of one to three bytes, each with the number that is reported.
    init(_ pool: LiteralPool, _ members: [(number: UInt32, member: UInt32)]) {
        unsafe bitmap = .allocate(capacity: 2048)
        unsafe bitmap.initialize(repeating: 0, count: 2048)
        var byFirst = [[Entry]](repeating: [], count: 256)
        for (number, member) in members {
            let literal = pool.records[Int(member)]
            let bytes = (0..<Int(literal.length)).map { unsafe pool.text[Int(literal.start) + $0] }
            let entry = Entry(
                bytes: (bytes[0], bytes.count > 1 ? bytes[1] : 0, bytes.count > 2 ? bytes[2] : 0), length: UInt8(bytes.count),
                isCaseInsensitive: literal.isCaseInsensitive, number: number)
            byFirst[Int(bytes[0] | 0x20)].append(entry)
            for second in bytes.count > 1 ? UInt16(bytes[1] | 0x20)...UInt16(bytes[1] | 0x20) : 0...255 {
                let pair = UInt16(bytes[0] | 0x20) | (second | 0x20) << 8
                unsafe bitmap[Int(pair >> 5)] |= 1 << UInt32(pair & 31)
            }
        }
        var places: [UInt32] = [0]
        var entries: [Entry] = []
        for list in byFirst {
            entries += list
            places.append(UInt32(entries.count))
        }
        self.places = places
        self.entries = entries
    }

    deinit { unsafe bitmap.deallocate() }

    /// Gives the numbers of the literals that `bytes` hold.
    func scan(_ bytes: RawSpan, into found: Candidates) {
        let count = bytes.byteCount
        guard count > 0 else { return }
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            var at = 0
            while at + 1 < count {
                let pair = unsafe base.loadUnaligned(fromByteOffset: at, as: UInt16.self) | 0x2020
                if unsafe bitmap[Int(pair &>> 5)] &>> UInt32(pair & 31) & 1 != 0 { unsafe compare(base, count, at, found) }
                at &+= 1
            }
            unsafe compare(base, count, at, found)
        }
    }

    @inline(never)
    private func compare(_ base: UnsafeRawPointer, _ count: Int, _ at: Int, _ found: Candidates) {
        let bytes = unsafe base.assumingMemoryBound(to: UInt8.self)
        let first = unsafe Int(bytes[at] | 0x20)
        for index in Int(places[first])..<Int(places[first + 1]) {
            let entry = entries[index]
            guard at + Int(entry.length) <= count else { continue }
            let one = unsafe bytes[at]
            let two = entry.length > 1 ? unsafe bytes[at + 1] : 0
            let three = entry.length > 2 ? unsafe bytes[at + 2] : 0
            let isThere =
                entry.isCaseInsensitive
                ? (ASCII.lowercased(one), ASCII.lowercased(two), ASCII.lowercased(three)) == entry.bytes : (one, two, three) == entry.bytes
            if isThere { found.insert(entry.number) }
        }
    }
}
