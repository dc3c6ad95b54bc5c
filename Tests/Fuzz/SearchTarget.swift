import Bytes

@testable import Match

/// The search for many literals at once, against one that looks for each by itself.
enum SearchTarget {
    /// More literals, so that the search's larger tables are built too; every one differs.
    private static let others: [Literal] = (0..<600).map { number in
        Literal(Array("k\(number)e\(number &* 7919 % 600)".utf8), isCaseInsensitive: number % 3 == 0)
    }

    /// Input: a byte of choices (bits 0-1 how many further literals; bit 2 a literal of great length), a byte with the number of
    /// literals, then these: a byte (bits 0-5 the length, bit 7 whether case is ignored) and the bytes; then the text.
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let choices = input.byte()
        var literals: [Literal] = []
        for _ in 0..<Int(input.byte() & 63) {
            let head = input.byte()
            let text = input.bytes(max(1, Int(head & 63)))
            if !text.isEmpty { literals.append(Literal(text, isCaseInsensitive: head & 128 != 0)) }
        }
        let text = Array(input.all().prefix(4096))
        if choices & 4 != 0, !text.isEmpty { literals.append(Literal(text, isCaseInsensitive: choices & 8 != 0)) }
        literals += others.prefix([0, 0, 200, 600][Int(choices & 3)])
        guard !literals.isEmpty else { return }
        check(LiteralSet(literals), literals, Array(literals.indices), text)

        // A set of every other literal of a pool reports places in its own list.
        let members = Array(stride(from: literals.count - 1, through: 0, by: -2))
        check(LiteralSet(LiteralPool(literals), members.map { UInt32($0) }), literals, members, text)
    }

    private static func check(_ set: LiteralSet, _ literals: [Literal], _ members: [Int], _ text: [UInt8]) {
        if set.count != members.count { fail("a set of \(set.count) literals made of \(members.count)") }
        let found = Candidates()
        // Twice, the second time without the first byte: nothing is kept, and no alignment is needed.
        for start in 0...min(1, text.count) {
            found.reset()
            set.scan(text.rawSpan.dropping(start), into: found)
            let expected = members.indices.filter { holds(text[start...], literals[members[$0]]) }
            let numbers = (0..<found.count).map { found[$0] }.sorted()
            if numbers != Array(expected) { fail("found \(numbers) instead of \(expected)") }
        }
    }

    /// Only the first 1,024 bytes of a literal are searched for.
    private static func holds(_ text: ArraySlice<UInt8>, _ literal: Literal) -> Bool {
        let wanted = literal.bytes.prefix(1024)
        let folded = literal.isCaseInsensitive
        guard let first = wanted.first, wanted.count <= text.count else { return false }
        for at in text.startIndex...text.endIndex - wanted.count {
            guard (folded ? ASCII.lowercased(text[at]) : text[at]) == first else { continue }
            if zip(text[at...], wanted).allSatisfy({ (folded ? ASCII.lowercased($0) : $0) == $1 }) { return true }
        }
        return false
    }
}
