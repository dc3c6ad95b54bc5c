import Bytes
import Match

/// Finds, in one pass over a buffer, which rules are worth a closer look there.
///
/// Rules with the same literal share it; rules that have none stand in ``always``. Literals that can only stand near the beginning of the buffer
/// are searched for there alone, and bytes with a fixed place are compared at that place.
// Built by one thread, then only read.
final class Prefilter: @unchecked Sendable {
    /// Literals that are searched for together, each with its rules.
    private struct Search {
        private var sought: [(literal: UInt32, rule: UInt32)] = []
        /// The rules of all literals one after the other, and where those of each literal begin.
        private var rules: [UInt32] = []
        private var places: [UInt32] = []
        private(set) var set: LiteralSet?

        mutating func add(_ literal: UInt32, _ rule: UInt32) { sought.append((literal, rule)) }

        mutating func compile(_ pool: LiteralPool) {
            guard !sought.isEmpty else { return }
            sought.sort { ($0.literal, $0.rule) < ($1.literal, $1.rule) }
            var members: [UInt32] = []
            rules.reserveCapacity(sought.count)
            for (literal, rule) in sought {
                if members.last != literal {
                    members.append(literal)
                    places.append(UInt32(rules.count))
                }
                rules.append(rule)
            }
            places.append(UInt32(rules.count))
            set = LiteralSet(pool, members)
            sought = []
        }

        @inline(__always)
        func scan(_ bytes: RawSpan, _ scratch: Candidates, into found: Candidates) {
            guard let set else { return }
            scratch.reset()
            set.scan(bytes, into: scratch)
            for literal in scratch.ids {
                for place in Int(places[Int(literal)])..<Int(places[Int(literal) + 1]) { found.insert(rules[place]) }
            }
        }
    }

    /// A literal that must stand in the buffer for a rule to hold.
    struct Sought {
        /// Its number in the pool.
        var literal: UInt32
        /// It ends before this place of the buffer, or the rule does not hold; `max` when it may stand anywhere.
        var endsBefore = UInt32.max
        /// It has fewer than four bytes.
        var isShort = false
    }

    /// A literal that ends before this many bytes of the buffer counts as near its beginning.
    static let nearLimit = 128
    /// More rules than this with the same bytes at the same place are told apart by their literals instead; fewer when many payloads have them.
    private static let mostAtOneAnchor = 16
    private static let mostAtCommonAnchor = 3

    private var anywhere = Search()
    private var near = Search()
    private var short: [(rule: UInt32, literal: UInt32)] = []
    /// No literal of `near` ends later in the buffer.
    private var nearEnd = 0
    private var anchored: [(anchor: UInt32, rule: UInt32, otherwise: Sought)] = []
    private var anchors = AnchorTable([])
    /// Rules without a literal to search for.
    private(set) var always: [UInt32] = []

    var isEmpty: Bool { anywhere.set == nil && near.set == nil && anchors.isEmpty && always.isEmpty }

    func add(rule: UInt32, _ sought: Sought) {
        if sought.endsBefore <= UInt32(Prefilter.nearLimit) {
            near.add(sought.literal, rule)
            nearEnd = max(nearEnd, Int(sought.endsBefore))
        } else if sought.isShort {
            short.append((rule, sought.literal))
        } else {
            anywhere.add(sought.literal, rule)
        }
    }

    /// - Parameters:
    ///   - anchor: its number.
    ///   - otherwise: what to search for when too many rules have the same anchor.
    func add(rule: UInt32, at anchor: UInt32, otherwise: Sought) { anchored.append((anchor, rule, otherwise)) }

    func addAlways(rule: UInt32) { always.append(rule) }

    /// Literals of one to three bytes are in most texts: as long as they are few, their rules are told apart by their headers instead.
    private static let fewShort = 24

    /// Builds the searchers; nothing can be added afterwards.
    func compile(_ pool: LiteralPool, anchors list: [AnchorTable.Anchor] = []) {
        anchored.sort { ($0.anchor, $0.rule) < ($1.anchor, $1.rule) }
        var rare: [(rule: UInt32, anchor: AnchorTable.Anchor)] = []
        var from = 0
        while from < anchored.count {
            var to = from
            while to < anchored.count, anchored[to].anchor == anchored[from].anchor { to += 1 }
            let isTelling = ByteFrequency.areTelling(list[Int(anchored[from].anchor)].bytes)
            let most = isTelling ? Prefilter.mostAtOneAnchor : Prefilter.mostAtCommonAnchor
            for (anchor, rule, otherwise) in anchored[from..<to] {
                if to - from > most { add(rule: rule, otherwise) } else { rare.append((rule, list[Int(anchor)])) }
            }
            from = to
        }
        anchored = []
        anchors = AnchorTable(rare)
        if short.count <= Prefilter.fewShort {
            always += short.map(\.rule)
        } else {
            for (rule, literal) in short { anywhere.add(literal, rule) }
        }
        short = []
        anywhere.compile(pool)
        near.compile(pool)
    }

    /// Adds to `found` the rules whose literal stands in `bytes`. The caller adds ``always`` where they belong.
    func scan(_ bytes: RawSpan, _ scratch: Candidates, into found: Candidates) {
        anchors.look(bytes) { found.insert($0) }
        near.scan(bytes.prefix(nearEnd), scratch, into: found)
        scanInside(bytes, scratch, into: found)
    }

    /// The same for bytes that do not begin where the buffer does.
    func scanInside(_ bytes: RawSpan, _ scratch: Candidates, into found: Candidates) { anywhere.scan(bytes, scratch, into: found) }
}
