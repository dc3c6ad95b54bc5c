import Bytes

/// Some literals of a pool, searched for at once in a block of bytes.
///
/// Which literals the text holds is all that is asked; where, the rules look for themselves.
public final class LiteralSet: Sendable {
    private let windows: WindowTable?
    private let short: ShortTable?
    /// All of them, when they are so few that each is looked for by itself.
    private let few: [Needle]
    private static let fewest = 4
    /// Literals in the set.
    public let count: Int

    /// - Parameter members: their numbers in the pool; what is found are places in this list.
    public init(_ pool: LiteralPool, _ members: [UInt32]) {
        count = members.count
        guard members.count > LiteralSet.fewest else {
            few = members.map { pool.needle($0) }
            (windows, short) = (nil, nil)
            return
        }
        few = []
        var long: [(number: UInt32, member: UInt32)] = []
        var rest: [(number: UInt32, member: UInt32)] = []
        long.reserveCapacity(members.count)
        for (number, member) in members.enumerated() {
            if Int(pool.records[Int(member)].length) >= WindowTable.windowSize {
                long.append((UInt32(number), member))
            } else {
                rest.append((UInt32(number), member))
            }
        }
        windows = long.isEmpty ? nil : WindowTable(pool, long)
        short = rest.isEmpty ? nil : ShortTable(pool, rest)
    }

    /// All of a pool.
    public convenience init(_ literals: [Literal]) {
        let pool = LiteralPool(literals)
        self.init(pool, Array(0..<UInt32(literals.count)))
    }

    /// Adds the numbers of the literals that `bytes` hold to `found`.
    @inline(__always)
    public func scan(_ bytes: RawSpan, into found: Candidates) {
        for number in few.indices where few[number].first(in: bytes) != nil { found.insert(UInt32(number)) }
        windows?.scan(bytes, into: found)
        short?.scan(bytes, into: found)
    }
}
