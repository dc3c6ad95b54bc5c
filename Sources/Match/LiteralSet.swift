import Bytes

/// Some literals of a pool, searched for at once in a block of bytes.
///
/// Which literals the text holds is all that is asked; where, the rules look for themselves. A few with a rare byte are looked for one by one
/// (`Needle`); else long literals are found by every fourth window of the text, those from four bytes on by every second (`WindowTable`), and
/// the shortest by every pair (`PairTable`).
public final class LiteralSet: Sendable {
    private let coarse: WindowTable?
    private let fine: WindowTable?
    private let pairs: PairTable?
    private let few: [(number: UInt32, needle: Needle)]
    /// Literals in the set.
    public let count: Int

    /// What looking for needles one by one may cost, in tenths of instructions per byte of text: all of a set, and those beside a table.
    private static let budgetAlone = 20
    private static let budgetBeside = 20
    /// So many literals may be known by fine windows alone: one look at the text instead of two, though one that stops more often.
    private static let mostFine = 600

    /// - Parameter members: their numbers in the pool; what is found are places in this list.
    public init(_ pool: LiteralPool, _ members: [UInt32]) {
        count = members.count
        var numbered: [(number: UInt32, member: UInt32)] = []
        numbered.reserveCapacity(members.count)
        for (number, member) in members.enumerated() { numbered.append((UInt32(number), member)) }
        let fits = { (list: [(number: UInt32, member: UInt32)], budget: Int) in
            list.count <= budget && list.reduce(0) { $0 + pool.costAlone($1.member) } <= budget
        }
        if fits(numbered, LiteralSet.budgetAlone) {
            few = numbered.map { ($0.number, pool.needle($0.member)) }
            (coarse, fine, pairs) = (nil, nil, nil)
            return
        }
        func table(_ members: [(number: UInt32, member: UInt32)], _ grain: WindowTable.Grain) -> WindowTable? {
            members.isEmpty ? nil : WindowTable(pool, members, grain)
        }
        var long = numbered.filter { pool.records[Int($0.member)].hasCoarseWindows }
        var rest = numbered.filter { !pool.records[Int($0.member)].hasCoarseWindows }
        if fits(rest, LiteralSet.budgetBeside) {
            few = rest.map { ($0.number, pool.needle($0.member)) }
            (coarse, fine, pairs) = (table(long, .coarse), nil, nil)
            return
        }
        if numbered.count <= LiteralSet.mostFine { (long, rest) = ([], numbered) }
        coarse = table(long, .coarse)
        fine = table(rest.filter { pool.records[Int($0.member)].hasFineWindows }, .fine)
        let shortest = rest.filter { !pool.records[Int($0.member)].hasFineWindows }
        let areFew = fits(shortest, LiteralSet.budgetBeside)
        few = areFew ? shortest.map { ($0.number, pool.needle($0.member)) } : []
        pairs = areFew ? nil : PairTable(pool, shortest)
    }

    /// All of a pool.
    public convenience init(_ literals: [Literal]) {
        let pool = LiteralPool(literals)
        self.init(pool, Array(0..<UInt32(literals.count)))
    }

    /// Adds the numbers of the literals that `bytes` hold to `found`.
    public func scan(_ bytes: RawSpan, into found: Candidates) {
        coarse?.scan(bytes, into: found)
        fine?.scan(bytes, into: found)
        for index in few.indices where few[index].needle.first(in: bytes) != nil { found.insert(few[index].number) }
        pairs?.scan(bytes, into: found)
    }
}
