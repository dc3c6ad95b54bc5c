/// Why a text is no condition.
public struct ConditionError: Error, Hashable, CustomStringConvertible {
    /// Offset in characters, from 0.
    public var offset: Int
    public var problem: String

    public var description: String { "character \(offset + 1): \(problem)" }
}

extension Condition {
    /// Parses a condition.
    ///
    ///     or         = and *("OR" and)
    ///     and        = unary *("AND" unary)
    ///     unary      = "NOT" unary / "(" or ")" / "[" or "]" / comparison
    ///     comparison = operand [("=" / "==" / "!=" / "<>" / "<" / "<=" / ">" / ">=" / "LIKE" / "ISSUBSET" / "ISSUPERSET") operand
    ///                          / ["NOT"] "IN" "(" operand *("," operand) ")"]
    ///     operand    = "__" name "__:value" / 'text' / "text" / number / "true" / "false" / word
    public init(parsing text: String) throws(ConditionError) {
        var parser = ConditionParser(characters: Array(text))
        self = try parser.whole()
    }
}

private struct ConditionParser {
    let characters: [Character]
    var offset = 0
    var depth = 0

    init(characters: [Character]) { self.characters = characters }

    mutating func whole() throws(ConditionError) -> Condition {
        let condition = try or()
        skipSpace()
        guard offset == characters.count else { throw error("expected AND, OR or the end") }
        return condition
    }

    private mutating func or() throws(ConditionError) -> Condition {
        var left = try and()
        while word("OR") || symbol("||") { left = .or(left, try and()) }
        return left
    }

    private mutating func and() throws(ConditionError) -> Condition {
        var left = try unary()
        while word("AND") || symbol("&&") { left = .and(left, try unary()) }
        return left
    }

    private mutating func unary() throws(ConditionError) -> Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth < 64 else { throw error("nested too deep") }
        if word("NOT") { return .not(try unary()) }
        for (open, close) in [("(", ")"), ("[", "]")] where symbol(open) {
            let inner = try or()
            guard symbol(close) else { throw error("expected \(close)") }
            return inner
        }
        return try comparison()
    }

    private mutating func comparison() throws(ConditionError) -> Condition {
        let left = try operand()
        let start = offset
        let negated = word("NOT")
        if word("IN") {
            guard symbol("(") else { throw error("expected ( after IN") }
            var list = [try operand()]
            while symbol(",") { list.append(try operand()) }
            guard symbol(")") else { throw error("expected , or )") }
            let member = Condition.member(left, list)
            return negated ? .not(member) : member
        }
        if negated {
            offset = start
            throw error("expected IN after NOT")
        }
        if word("MATCHES") || word("EXISTS") { throw error("this comparison is not supported") }
        for (text, comparison) in ConditionParser.symbols where symbol(text) { return .comparison(left, comparison, try operand()) }
        for comparison in [Condition.Comparison.like, .isSubset, .isSuperset] where word(comparison.rawValue) {
            return .comparison(left, comparison, try operand())
        }
        return .value(left)
    }

    /// Longer ones first.
    private static let symbols: [(String, Condition.Comparison)] = [
        ("==", .equal), ("!=", .notEqual), ("<>", .notEqual), ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("=", .equal), ("<", .less),
        (">", .greater),
    ]

    private mutating func operand() throws(ConditionError) -> Condition.Operand {
        skipSpace()
        guard offset < characters.count else { throw error("expected a value") }
        let first = characters[offset]
        if first == "'" || first == "\"" { return .text(try quoted(first)) }
        let start = offset
        while offset < characters.count, isWordPart(characters[offset]) { offset += 1 }
        guard offset > start else { throw error("expected a value") }
        let text = String(characters[start..<offset])
        if text.hasPrefix("__"), text.hasSuffix(":value") || VariableName.isValid(text) {
            let name = VariableName.bare(text)
            guard VariableName.isValid(name) else {
                offset = start
                throw error("\(name) is no name of a variable")
            }
            return .variable(name)
        }
        if let number = Double(text), number.isFinite, text.first?.isLetter != true { return .number(number) }
        switch text {
        case "true", "TRUE", "True": return .flag(true)
        case "false", "FALSE", "False": return .flag(false)
        case "AND", "OR", "NOT", "IN":
            offset = start
            throw error("expected a value, found \(text)")
        default: return .text(text)
        }
    }

    /// `\'` and `\\` stand for themselves (STIX patterning 9).
    private mutating func quoted(_ quote: Character) throws(ConditionError) -> String {
        let start = offset
        offset += 1
        var text = ""
        while offset < characters.count {
            let character = characters[offset]
            offset += 1
            if character == quote { return text }
            if character == "\\", offset < characters.count {
                text.append(characters[offset])
                offset += 1
            } else {
                text.append(character)
            }
        }
        offset = start
        throw error("the text that begins here does not end")
    }

    private func isWordPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_-:./+%*".contains(character)
    }

    private mutating func skipSpace() { while offset < characters.count, characters[offset].isWhitespace { offset += 1 } }

    private mutating func symbol(_ text: String) -> Bool {
        skipSpace()
        guard characters[offset...].starts(with: text) else { return false }
        offset += text.count
        return true
    }

    /// A keyword in capitals or small letters, not as the beginning of a longer word.
    private mutating func word(_ text: String) -> Bool {
        skipSpace()
        let end = offset + text.count
        guard end <= characters.count else { return false }
        let found = String(characters[offset..<end])
        guard found == text || found == text.lowercased(), end == characters.count || !isWordPart(characters[end]) else { return false }
        offset = end
        return true
    }

    private func error(_ problem: String) -> ConditionError { ConditionError(offset: offset, problem: problem) }
}
