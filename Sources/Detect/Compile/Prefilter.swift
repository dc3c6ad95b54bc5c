import Bytes
import Match

/// Finds, in one pass over a buffer, which rules are worth a closer look there.
///
/// Rules with the same literal share it; rules that have none stand in ``always``.
struct Prefilter {
    private var literals: [Literal: UInt32] = [:]
    private var rulesByLiteral: [[UInt32]] = []
    /// Rules without a literal to search for.
    private(set) var always: [UInt32] = []
    private(set) var set: LiteralSet?

    var isEmpty: Bool { rulesByLiteral.isEmpty && always.isEmpty }
    var literalCount: Int { rulesByLiteral.count }

    mutating func add(rule: Int, _ bytes: [UInt8], ignoringCase: Bool) {
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
    }

    /// Adds to `rules` those whose literal stands in `bytes`. The caller adds ``always`` where they belong.
    func scan(_ bytes: RawSpan, _ scratch: MatchScratch, into rules: Candidates) {
        guard let set else { return }
        scratch.candidates.reset()
        set.scan(bytes, scratch)
        for literal in scratch.candidates.ids {
            for rule in rulesByLiteral[Int(literal)] { rules.insert(rule) }
        }
    }
}
