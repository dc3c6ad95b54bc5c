import AppLayer
import Bytes
import Match

/// What is searched for in packets and streams on behalf of each rule: chosen once, for all groups of ports that the rule stands in.
struct PayloadChoices: Sendable {
    /// What is searched for on behalf of one rule.
    struct Choice: Sendable {
        var literal: Literal
        /// See ``Prefilter/Sought``.
        var endsBefore: UInt32
        var anchor: AnchorTable.Anchor?

        init(literal: Literal, endsBefore: UInt32, anchor: AnchorTable.Anchor?) {
            self.literal = literal
            self.endsBefore = endsBefore
            self.anchor = anchor
        }

        /// nil where the rule has nothing to search for.
        init?(_ signature: Signature) {
            let bound = PayloadChoices.sizeBound(signature)
            for inspection in signature.inspections where inspection.buffer == .payload && inspection.transforms.isEmpty {
                guard let choice = Choice(inspection, bound) else { continue }
                self = choice
                return
            }
            return nil
        }

        /// - Parameter bound: the most bytes of the buffer with which the rule holds.
        init?(_ inspection: BufferInspection, _ bound: Int? = nil) {
            guard var (literal, end) = PayloadChoices.sought(inspection, bound) else { return nil }
            var anchor = PayloadChoices.anchor(inspection, literal)
            if anchor == nil, end.map({ $0 > Prefilter.nearLimit }) ?? true {
                anchor = PayloadChoices.bestAnchor(inspection)
                if anchor.map({ !ByteFrequency.areTelling($0.bytes) }) ?? true, let (other, itsEnd) = PayloadChoices.near(inspection, bound)
                {
                    (literal, end, anchor) = (other, itsEnd, nil)
                }
            }
            self.init(literal: literal, endsBefore: end.map { UInt32(min($0, 1 << 20)) } ?? .max, anchor: anchor)
        }
    }

    /// A choice with its literal and its anchor in tables.
    fileprivate struct Entry: BitwiseCopyable, Sendable {
        var literal = UInt32.max
        var endsBefore = UInt32.max
        var anchor = UInt32.max
        var isShort = false
    }

    /// Gathers the choices of rules in evaluation order.
    struct Gathering {
        fileprivate var literals: [Literal] = []
        fileprivate var entries: [Entry] = []
        fileprivate var anchors: [AnchorTable.Anchor] = []
        private var literalNumbers: [Literal: UInt32] = [:]
        private var anchorNumbers: [AnchorTable.Anchor: UInt32] = [:]

        mutating func add(_ choice: Choice?) {
            var entry = Entry()
            if let choice {
                let literal = literalNumbers[choice.literal] ?? UInt32(literals.count)
                if literal == literals.count {
                    literals.append(choice.literal)
                    literalNumbers[choice.literal] = literal
                }
                entry.literal = literal
                entry.isShort = choice.literal.bytes.count < 4
                entry.endsBefore = choice.endsBefore
                if let anchor = choice.anchor {
                    let number = anchorNumbers[anchor] ?? UInt32(anchors.count)
                    if number == anchors.count {
                        anchors.append(anchor)
                        anchorNumbers[anchor] = number
                    }
                    entry.anchor = number
                }
            }
            entries.append(entry)
        }
    }

    let pool: LiteralPool
    private let choices: [Entry]
    private let anchors: [AnchorTable.Anchor]

    init(_ gathering: Gathering) {
        choices = gathering.entries
        anchors = gathering.anchors
        pool = LiteralPool(gathering.literals)
    }

    func add(_ rule: UInt32, to prefilter: inout Prefilter.Builder) { add(rule, as: rule, to: &prefilter) }

    /// Whether something must stand in the payload for the rule to hold.
    func isSought(_ rule: UInt32) -> Bool { choices[Int(rule)].literal != .max }

    /// - Parameter place: of the choice.
    func add(_ place: UInt32, as rule: UInt32, to prefilter: inout Prefilter.Builder) {
        let choice = choices[Int(place)]
        guard choice.literal != .max else {
            prefilter.addAlways(rule: rule)
            return
        }
        let sought = Prefilter.Sought(literal: choice.literal, endsBefore: choice.endsBefore, isShort: choice.isShort)
        if choice.anchor != .max {
            prefilter.add(rule: rule, at: choice.anchor, otherwise: sought)
        } else {
            prefilter.add(rule: rule, sought)
        }
    }

    func compile(_ builder: consuming Prefilter.Builder) -> Prefilter { builder.compile(pool, anchors: anchors) }

    /// The most bytes of payload with which the rule holds (`dsize`).
    fileprivate static func sizeBound(_ signature: Signature) -> Int? {
        var bound: UInt64?
        for case .integer(.payloadSize, let range) in signature.packetTests {
            if let upper = range.upperBound { bound = min(bound ?? upper, upper) }
        }
        return bound.map { Int(min($0, 1 << 20)) }
    }

    /// What is searched for, and the place before which it ends.
    fileprivate static func sought(_ inspection: BufferInspection, _ bound: Int?) -> (Literal, endsBefore: Int?)? {
        FastPattern.sought(inspection).map { ($0.literal, end($0.pattern, bound)) }
    }

    /// The place of the payload before which a content ends where the rule holds; nil where it may stand anywhere.
    private static func end(_ pattern: ContentPattern, _ bound: Int?) -> Int? {
        guard !pattern.isRelative else { return bound }
        if pattern.startsWith { return min(bound ?? .max, pattern.bytes.count) }
        guard case .constant(let depth)? = pattern.depth, (0..<1 << 20).contains(depth) else { return bound }
        switch pattern.offset {
        case .constant(let offset)? where (0..<1 << 20).contains(offset): return min(bound ?? .max, Int(offset + depth))
        case nil: return min(bound ?? .max, Int(depth))
        default: return bound
        }
    }

    /// The bytes at a fixed place, of whichever content, that tell most.
    private static func bestAnchor(_ inspection: BufferInspection) -> AnchorTable.Anchor? {
        let anchors = inspection.tests.compactMap { test -> AnchorTable.Anchor? in
            guard case .content(let pattern) = test else { return nil }
            return AnchorTable.Anchor(pattern)
        }
        func worth(_ anchor: AnchorTable.Anchor) -> Int { anchor.bytes.count + (ByteFrequency.areTelling(anchor.bytes) ? 8 : 0) }
        return anchors.max { worth($0) < worth($1) }
    }

    /// A content that must stand near the beginning: a search there is cheaper than one for a longer content in all of the payload.
    private static func near(_ inspection: BufferInspection, _ bound: Int?) -> (Literal, endsBefore: Int?)? {
        var best: (Literal, endsBefore: Int?)?
        for case .content(let pattern) in inspection.tests where !pattern.isNegated && pattern.bytes.count >= LiteralPool.fewestBytes {
            guard let end = end(pattern, bound), end <= Prefilter.nearLimit, ByteFrequency.areTelling(pattern.bytes) else { continue }
            if pattern.bytes.count > best?.0.bytes.count ?? 0 {
                best = (Literal(pattern.bytes, isCaseInsensitive: pattern.isCaseInsensitive), end)
            }
        }
        return best
    }

    /// Bytes at a fixed place that tell more than a search: those of the content that would be searched for, or, where that is very short,
    /// the most of another one's.
    fileprivate static func anchor(_ inspection: BufferInspection, _ sought: Literal) -> AnchorTable.Anchor? {
        var best: AnchorTable.Anchor?
        for (index, test) in inspection.tests.enumerated() {
            guard case .content(let pattern) = test, let anchor = AnchorTable.Anchor(pattern) else { continue }
            guard index == inspection.fastPattern?.test || sought.bytes.count < 4 else { continue }
            if anchor.bytes.count > best?.bytes.count ?? 0 { best = anchor }
        }
        return best
    }
}

extension FastPattern {
    /// The longest content that must be there; nil where none must.
    static func longest(_ inspection: BufferInspection) -> FastPattern? {
        var best: FastPattern?
        for (place, test) in inspection.tests.enumerated() {
            guard case .content(let pattern) = test, !pattern.isNegated, pattern.bytes.count > best?.slice.count ?? 0 else { continue }
            best = FastPattern(test: place, slice: 0..<pattern.bytes.count)
        }
        if case .absent? = inspection.tests.first { return nil }
        return best
    }

    /// What the prefilter searches for: the chosen content, or, when that tells little, the one that tells most. Nil when none must be there.
    static func sought(_ inspection: BufferInspection) -> (literal: Literal, pattern: ContentPattern)? {
        guard let fast = inspection.fastPattern, fast.test < inspection.tests.count,
            case .content(var pattern) = inspection.tests[fast.test], !pattern.isNegated, !fast.slice.isEmpty,
            fast.slice.upperBound <= pattern.bytes.count
        else { return nil }
        var bytes = Array(pattern.bytes[fast.slice])
        if bytes.count < LiteralPool.fewestBytes {
            for case .content(let other) in inspection.tests where !other.isNegated && other.bytes.count > bytes.count {
                pattern = other
                bytes = other.bytes
            }
        }
        if ByteFrequency.worth(bytes) < ByteFrequency.enoughWorth {
            for case .content(let other) in inspection.tests where !other.isNegated && other.bytes.count >= LiteralPool.fewestBytes {
                guard ByteFrequency.worth(other.bytes) > ByteFrequency.worth(bytes) else { continue }
                pattern = other
                bytes = other.bytes
            }
        }
        return (Literal(bytes, isCaseInsensitive: pattern.isCaseInsensitive), pattern)
    }
}
