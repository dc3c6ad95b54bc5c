import Bytes

/// Rules that want certain bytes at a fixed place of the payload (`content:"|16 03|"; depth:2;`), found by comparing that place alone.
struct AnchorTable: Sendable {
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
    private struct Entry: Sendable {
        var value: UInt64
        var mask: UInt64
        var fold: UInt64
        var length: UInt8
        var rule: UInt32
    }

    /// The entries of one offset by the first byte there: those of byte `b` stand at `places[b]..<places[b + 1]`.
    private struct Place: Sendable {
        var offset: Int
        var places: [UInt32]
        var entries: [Entry]
    }

    private var places: [Place] = []

    var isEmpty: Bool { places.isEmpty }

    init(_ rules: [(rule: UInt32, anchor: Anchor)]) {
        for (offset, list) in Dictionary(grouping: rules, by: \.anchor.offset).sorted(by: { $0.key < $1.key }) {
            var byFirst = [[Entry]](repeating: [], count: 256)
            for (rule, anchor) in list {
                let entry = AnchorTable.entry(rule, anchor)
                let first = anchor.bytes[0]
                byFirst[Int(first)].append(entry)
                if anchor.isCaseInsensitive, ASCII.isLetter(first) { byFirst[Int(first ^ 0x20)].append(entry) }
            }
            var place = Place(offset: offset, places: [0], entries: [])
            for entries in byFirst {
                place.entries += entries
                place.places.append(UInt32(place.entries.count))
            }
            places.append(place)
        }
    }

    private static func entry(_ rule: UInt32, _ anchor: Anchor) -> Entry {
        var entry = Entry(value: 0, mask: 0, fold: 0, length: UInt8(anchor.bytes.count), rule: rule)
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
        for index in places.indices {
            let offset = places[index].offset
            guard offset < bytes.byteCount else { return }
            let first = Int(bytes.byte(at: offset))
            let range = Int(places[index].places[first])..<Int(places[index].places[first + 1])
            guard !range.isEmpty else { continue }
            let left = bytes.byteCount - offset
            var word: UInt64 = 0
            for index in 0..<min(8, left) { word |= UInt64(bytes.byte(at: offset &+ index)) << UInt64(8 * index) }
            for place in range {
                let entry = places[index].entries[place]
                if (word | entry.fold) & entry.mask == entry.value, Int(entry.length) <= left { body(entry.rule) }
            }
        }
    }
}
