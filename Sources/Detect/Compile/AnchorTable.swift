import Bytes

/// Rules that want certain bytes at a fixed place of the payload (`content:"|16 03|"; depth:2;`), found by comparing that place alone.
final class AnchorTable: Sendable {
    /// Bytes at a place of the payload: at most eight, those of the content's beginning.
    struct Anchor: Hashable, Sendable {
        var offset: Int
        var bytes: [UInt8]
        var isCaseInsensitive: Bool

        /// The place that a content has for itself; nil when it may stand in several.
        init?(_ pattern: ContentPattern) {
            guard !pattern.isNegated, !pattern.isRelative, !pattern.bytes.isEmpty else { return nil }
            var offset: Int64 = 0
            switch pattern.offset {
            case .constant(let value)?: offset = value
            case .variable?: return nil
            case nil: break
            }
            if case .constant(let depth)? = pattern.depth {
                guard depth == pattern.bytes.count else { return nil }
            } else {
                guard pattern.depth == nil, pattern.startsWith, offset == 0 else { return nil }
            }
            guard (0..<AnchorTable.farthest).contains(offset) else { return nil }
            self.offset = Int(offset)
            bytes = Array(pattern.bytes.prefix(8))
            isCaseInsensitive = pattern.isCaseInsensitive && bytes.contains { ASCII.isLetter($0) }
            if isCaseInsensitive { bytes = bytes.map(ASCII.lowercased) }
        }
    }

    private static let farthest: Int64 = 4096

    /// Bytes at an offset, in one word: `word | fold & mask == value`.
    private struct Entry: BitwiseCopyable {
        var value: UInt64
        var mask: UInt64
        var fold: UInt64
        var length: UInt8
        /// Its first byte; in lower case where case is ignored.
        var first: UInt8
        var rule: UInt32
    }

    /// An offset at which something is looked for.
    private struct Place: BitwiseCopyable {
        var offset: UInt32
        /// Where its entries end; they begin where those of the place before it do.
        var end: UInt32
        /// Whether some entry begins with a byte: a bit for each.
        var firsts: (UInt64, UInt64, UInt64, UInt64)

        @inline(__always)
        func mayBegin(with byte: UInt8) -> Bool {
            let word =
                switch byte >> 6 {
                case 0: firsts.0
                case 1: firsts.1
                case 2: firsts.2
                default: firsts.3
                }
            return word &>> UInt64(byte & 63) & 1 != 0
        }

        mutating func admit(_ byte: UInt8) {
            let bit: UInt64 = 1 << UInt64(byte & 63)
            switch byte >> 6 {
            case 0: firsts.0 |= bit
            case 1: firsts.1 |= bit
            case 2: firsts.2 |= bit
            default: firsts.3 |= bit
            }
        }
    }

    /// By offset.
    private let places: FrozenTable<Place>
    /// By offset and first byte.
    private let entries: FrozenTable<Entry>

    var isEmpty: Bool { entries.count == 0 }

    /// The bytes all end before this place of the payload.
    var end: Int { places.count == 0 ? 0 : Int(places[places.count - 1].offset) + 8 }

    init(_ rules: [(rule: UInt32, anchor: Anchor)]) {
        var places: [Place] = []
        var entries: [Entry] = []
        for (rule, anchor) in rules.sorted(by: { ($0.anchor.offset, $0.anchor.bytes[0]) < ($1.anchor.offset, $1.anchor.bytes[0]) }) {
            if places.last?.offset != UInt32(anchor.offset) {
                places.append(Place(offset: UInt32(anchor.offset), end: 0, firsts: (0, 0, 0, 0)))
            }
            let entry = AnchorTable.entry(rule, anchor)
            entries.append(entry)
            places[places.count - 1].end = UInt32(entries.count)
            places[places.count - 1].admit(entry.first)
            if entry.fold & 0x20 != 0 { places[places.count - 1].admit(entry.first ^ 0x20) }
        }
        self.places = FrozenTable(places)
        self.entries = FrozenTable(entries)
    }

    private static func entry(_ rule: UInt32, _ anchor: Anchor) -> Entry {
        var entry = Entry(value: 0, mask: 0, fold: 0, length: UInt8(anchor.bytes.count), first: anchor.bytes[0], rule: rule)
        for (index, byte) in anchor.bytes.enumerated() {
            let shift = UInt64(8 * index)
            entry.value |= UInt64(byte) << shift
            entry.mask |= 0xff << shift
            if anchor.isCaseInsensitive, ASCII.isLetter(byte) { entry.fold |= 0x20 << shift }
        }
        return entry
    }

    /// Calls `body` with each rule whose bytes stand at their place.
    @inline(__always)
    func look(_ bytes: RawSpan, _ body: (UInt32) -> Void) {
        var begin = 0
        for index in 0..<places.count {
            let offset = Int(places[index].offset)
            let end = Int(places[index].end)
            defer { begin = end }
            guard offset < bytes.byteCount else { return }
            guard places[index].mayBegin(with: bytes.byte(at: offset)) else { continue }
            let left = bytes.byteCount - offset
            var word: UInt64 = 0
            for index in 0..<min(8, left) { word |= UInt64(bytes.byte(at: offset &+ index)) << UInt64(8 * index) }
            let first = bytes.byte(at: offset)
            lookAmong(begin, end, first, word, left, body)
            if ASCII.isLetter(first), first & 0x20 == 0 { lookAmong(begin, end, first | 0x20, word, left, body) }
        }
    }

    /// Compares the entries with that first byte between two places.
    @inline(__always)
    private func lookAmong(_ begin: Int, _ end: Int, _ first: UInt8, _ word: UInt64, _ left: Int, _ body: (UInt32) -> Void) {
        var low = begin
        var high = end
        while low < high {
            let middle = (low &+ high) / 2
            if entries[middle].first < first { low = middle &+ 1 } else { high = middle }
        }
        while low < end, entries[low].first == first {
            let entry = entries[low]
            if (word | entry.fold) & entry.mask == entry.value, Int(entry.length) <= left { body(entry.rule) }
            low &+= 1
        }
    }
}
