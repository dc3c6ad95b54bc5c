import Bytes
import Match

/// Finds, in one pass over a buffer, which rules are worth a closer look there.
///
/// Rules with the same literal share it; rules that have none stand in ``always``.
struct Prefilter {
    private var literals: [Literal: UInt32] = [:]
    private var rulesByLiteral: [[UInt32]] = []
    /// The rules of all literals one after the other, and where those of each literal begin.
    private var rules: [UInt32] = []
    private var places: [UInt32] = []
    /// Rules without a literal to search for.
    private(set) var always: [UInt32] = []
    private(set) var set: LiteralSet?
    /// Bytes of the longest literal; 1 where there is none.
    private(set) var longest = 1

    var isEmpty: Bool { self.set == nil && always.isEmpty }

    mutating func add(rule: Int, _ bytes: [UInt8], ignoringCase: Bool) {
        longest = max(longest, bytes.count)
        let key = Literal(bytes: ignoringCase ? bytes.map(ASCII.lowercased) : bytes, isCaseInsensitive: ignoringCase, id: 0)
        if let index = literals[key] {
            rulesByLiteral[Int(index)].append(UInt32(rule))
        } else {
            literals[key] = UInt32(rulesByLiteral.count)
            rulesByLiteral.append([UInt32(rule)])
        }
    }

    mutating func addAlways(rule: Int) { always.append(UInt32(rule)) }

    /// Builds the searcher; nothing can be added afterwards.
    mutating func compile() throws(MatchError) {
        guard !literals.isEmpty else { return }
        set = try LiteralSet(literals.map { Literal(bytes: $0.key.bytes, isCaseInsensitive: $0.key.isCaseInsensitive, id: $0.value) })
        literals = [:]
        places.reserveCapacity(rulesByLiteral.count + 1)
        for list in rulesByLiteral {
            places.append(UInt32(rules.count))
            rules += list
        }
        places.append(UInt32(rules.count))
        rulesByLiteral = []
    }

    /// Adds to `found` the rules whose literal stands in `bytes`. The caller adds ``always`` where they belong.
    func scan(_ bytes: RawSpan, _ scratch: MatchScratch, into found: Candidates) {
        guard let set else { return }
        scratch.candidates.reset()
        set.scan(bytes, scratch)
        for literal in scratch.candidates.ids {
            for place in Int(places[Int(literal)])..<Int(places[Int(literal) + 1]) { found.insert(rules[place]) }
        }
    }
}
