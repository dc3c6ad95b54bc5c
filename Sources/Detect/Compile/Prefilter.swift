import Bytes
import Match

/// Finds, in one pass over a buffer, which rules are worth a closer look there.
///
/// Rules with the same literal share it; rules that have none stand in ``always``. Literals that can only stand near the beginning of the buffer
/// are searched for there alone, and bytes with a fixed place are compared at that place.
final class Prefilter: Sendable {
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

    /// Null where nothing is searched for.
    private let anywhere: RuleSearch?
    private let near: RuleSearch?
    /// No literal of `near` ends later in the buffer.
    private let nearEnd: Int
    private let anchors: AnchorTable
    /// Nothing that must stand at or near the beginning ends later.
    private let beginning: Int
    /// Rules without a literal to search for.
    let always: [UInt32]
    let isEmpty: Bool

    private init(_ builder: consuming Builder, _ pool: LiteralPool, _ anchors: AnchorTable) {
        self.anchors = anchors
        anywhere = RuleSearch(pool, builder.anywhere)
        near = RuleSearch(pool, builder.near)
        nearEnd = builder.nearEnd
        beginning = max(builder.nearEnd, anchors.end)
        always = builder.always
        isEmpty = anywhere == nil && near == nil && anchors.isEmpty && always.isEmpty
    }

    /// Adds to `found` the rules whose literal stands in `bytes`. The caller adds ``always`` where they belong.
    func scan(_ bytes: RawSpan, _ scratch: Candidates, into found: Candidates) {
        anchors.look(bytes) { found.insert($0) }
        near?.scan(bytes.prefix(nearEnd), scratch, into: found)
        anywhere?.scan(bytes, scratch, into: found)
    }

    /// The same for a buffer that has grown since it was last scanned: `from` is where what is new begins, with what may reach into it.
    func scan(_ bytes: RawSpan, from: Int, _ scratch: Candidates, into found: Candidates) {
        if from < beginning {
            anchors.look(bytes) { found.insert($0) }
            near?.scan(bytes.prefix(nearEnd), scratch, into: found)
        }
        anywhere?.scan(bytes.dropping(from), scratch, into: found)
    }

    /// The same for bytes that do not begin where the buffer does.
    func scanInside(_ bytes: RawSpan, _ scratch: Candidates, into found: Candidates) { anywhere?.scan(bytes, scratch, into: found) }

    /// Rules on their way into a prefilter.
    struct Builder {
        /// More rules than this with the same bytes at the same place are told apart by their literals instead; fewer when many payloads have them.
        private static let mostAtOneAnchor = 16
        private static let mostAtCommonAnchor = 3
        /// Literals of one to three bytes are in most texts: as long as they are few, their rules are told apart by their headers instead.
        private static let fewShort = 24
        /// The caller has no use for rules that are always looked at.
        private let searchesAll: Bool

        fileprivate var anywhere: [(literal: UInt32, rule: UInt32)] = []
        fileprivate var near: [(literal: UInt32, rule: UInt32)] = []
        fileprivate var nearEnd = 0
        fileprivate var always: [UInt32] = []
        private var short: [(rule: UInt32, literal: UInt32)] = []
        private var anchored: [(anchor: UInt32, rule: UInt32, otherwise: Sought)] = []

        /// - Parameter searchesAll: every rule is searched for, however short its literal.
        init(searchesAll: Bool = false) { self.searchesAll = searchesAll }

        mutating func add(rule: UInt32, _ sought: Sought) {
            if sought.endsBefore <= UInt32(Prefilter.nearLimit) {
                near.append((sought.literal, rule))
                nearEnd = max(nearEnd, Int(sought.endsBefore))
            } else if sought.isShort, !searchesAll {
                short.append((rule, sought.literal))
            } else {
                anywhere.append((sought.literal, rule))
            }
        }

        /// - Parameters:
        ///   - anchor: its number.
        ///   - otherwise: what to search for when too many rules have the same anchor.
        mutating func add(rule: UInt32, at anchor: UInt32, otherwise: Sought) { anchored.append((anchor, rule, otherwise)) }

        mutating func addAlways(rule: UInt32) { always.append(rule) }

        /// - Parameter list: what the numbers of anchors stand for.
        consuming func compile(_ pool: LiteralPool, anchors list: [AnchorTable.Anchor] = []) -> Prefilter {
            anchored.sort { ($0.anchor, $0.rule) < ($1.anchor, $1.rule) }
            var rare: [(rule: UInt32, anchor: AnchorTable.Anchor)] = []
            var from = 0
            while from < anchored.count {
                var to = from
                while to < anchored.count, anchored[to].anchor == anchored[from].anchor { to += 1 }
                let isTelling = ByteFrequency.areTelling(list[Int(anchored[from].anchor)].bytes)
                let most = isTelling ? Builder.mostAtOneAnchor : Builder.mostAtCommonAnchor
                for (anchor, rule, otherwise) in anchored[from..<to] {
                    if to - from > most { add(rule: rule, otherwise) } else { rare.append((rule, list[Int(anchor)])) }
                }
                from = to
            }
            if short.count <= Builder.fewShort {
                always += short.map(\.rule)
            } else {
                anywhere += short.map { ($0.literal, $0.rule) }
            }
            return Prefilter(self, pool, AnchorTable(rare))
        }
    }
}

/// Literals that are searched for together, each with its rules.
private final class RuleSearch: Sendable {
    private let set: LiteralSet
    /// The rules of all literals one after the other, and where those of each literal begin.
    private let rules: FrozenTable<UInt32>
    private let places: FrozenTable<UInt32>

    /// Nil where there is nothing to search for.
    init?(_ pool: LiteralPool, _ sought: [(literal: UInt32, rule: UInt32)]) {
        guard !sought.isEmpty else { return nil }
        let sought = sought.sorted { ($0.literal, $0.rule) < ($1.literal, $1.rule) }
        var members: [UInt32] = []
        var places: [UInt32] = []
        for (index, (literal, _)) in sought.enumerated() where members.last != literal {
            members.append(literal)
            places.append(UInt32(index))
        }
        places.append(UInt32(sought.count))
        rules = FrozenTable(sought.map(\.rule))
        self.places = FrozenTable(places)
        set = LiteralSet(pool, members)
    }

    @inline(__always)
    func scan(_ bytes: RawSpan, _ scratch: Candidates, into found: Candidates) {
        scratch.reset()
        set.scan(bytes, into: scratch)
        var index = 0
        while index < scratch.count {
            let literal = scratch[index]
            for place in Int(places[literal])..<Int(places[literal + 1]) { found.insert(rules[place]) }
            index &+= 1
        }
    }
}
