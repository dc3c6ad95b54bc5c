import Bytes

/// A condition as CACAO 2.0 writes it: comparisons in the manner of STIX patterns, over variables.
public indirect enum Condition: Sendable, Hashable {
    case comparison(Operand, Comparison, Operand)
    case member(Operand, [Operand])
    /// A value that is itself true or false.
    case value(Operand)
    case not(Condition)
    case and(Condition, Condition)
    case or(Condition, Condition)

    public enum Operand: Sendable, Hashable {
        case variable(String)
        case text(String)
        case number(Double)
        case flag(Bool)
    }

    public enum Comparison: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// `%` any text, `_` any character.
        case like = "LIKE"
        /// An address lies in a block.
        case isSubset = "ISSUBSET"
        /// A block holds an address.
        case isSuperset = "ISSUPERSET"
    }

    /// Names that it refers to.
    public var variables: Set<String> {
        switch self {
        case .comparison(let a, _, let b): Self.names([a, b])
        case .member(let a, let list): Self.names([a] + list)
        case .value(let a): Self.names([a])
        case .not(let a): a.variables
        case .and(let a, let b), .or(let a, let b): a.variables.union(b.variables)
        }
    }

    private static func names(_ operands: [Operand]) -> Set<String> {
        Set(operands.compactMap { if case .variable(let name) = $0 { name } else { nil } })
    }

    /// Whether it holds; nil where a value is unknown or has the wrong type, so that a person must say.
    public func holds(_ value: (String) -> (text: String?, type: String)?) -> Bool? {
        switch self {
        case .comparison(let a, let comparison, let b): Self.compare(Self.resolve(a, value), comparison, Self.resolve(b, value))
        case .member(let a, let list):
            // One that is equal decides, whatever is unknown about the others.
            list.map { Self.compare(Self.resolve(a, value), .equal, Self.resolve($0, value)) }.reduce(false) { Self.or($0, $1) }
        case .value(let a): Self.flag(Self.resolve(a, value))
        case .not(let a): a.holds(value).map { !$0 }
        case .and(let a, let b): Self.and(a.holds(value), b.holds(value))
        case .or(let a, let b): Self.or(a.holds(value), b.holds(value))
        }
    }

    /// Kleene's three values: what is known may decide alone.
    private static func and(_ a: Bool?, _ b: Bool?) -> Bool? {
        if a == false || b == false { return false }
        return a == nil || b == nil ? nil : true
    }

    private static func or(_ a: Bool?, _ b: Bool?) -> Bool? {
        if a == true || b == true { return true }
        return a == nil || b == nil ? nil : false
    }

    /// A value with what its type says about comparing it.
    private enum Resolved {
        case text(String)
        case number(Double)
        case flag(Bool)
    }

    private static func resolve(_ operand: Operand, _ value: (String) -> (text: String?, type: String)?) -> Resolved? {
        switch operand {
        case .text(let text): return .text(text)
        case .number(let number): return .number(number)
        case .flag(let flag): return .flag(flag)
        case .variable(let name):
            guard let found = value(name), let text = found.text else { return nil }
            switch found.type {
            case "integer", "long", "float": return Double(text).map { .number($0) }
            case "bool": return flag(text).map { .flag($0) }
            default: return .text(text)
            }
        }
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }

    private static func flag(_ value: Resolved?) -> Bool? {
        switch value {
        case .flag(let flag): flag
        case .text(let text): flag(text)
        case .number, nil: nil
        }
    }

    private static func compare(_ a: Resolved?, _ comparison: Comparison, _ b: Resolved?) -> Bool? {
        guard let a, let b else { return nil }
        switch comparison {
        case .like:
            guard case .text(let text) = a, case .text(let pattern) = b else { return nil }
            return like(Array(text), Array(pattern))
        case .isSubset: return isSubset(a, b)
        case .isSuperset: return isSubset(b, a)
        default: break
        }
        switch (a, b) {
        case (.number(let x), .number(let y)): return ordered(x, comparison, y)
        case (.flag(let x), .flag(let y)): return comparison == .equal ? x == y : comparison == .notEqual ? x != y : nil
        case (.text(let x), .text(let y)): return ordered(x, comparison, y)
        // A literal is compared as what the other side is.
        case (.number(let x), .text(let y)): return Double(y).flatMap { ordered(x, comparison, $0) }
        case (.text(let x), .number(let y)): return Double(x).flatMap { ordered($0, comparison, y) }
        case (.flag(let x), .text(let y)): return flag(y).flatMap { compare(.flag(x), comparison, .flag($0)) }
        case (.text(let x), .flag(let y)): return flag(x).flatMap { compare(.flag($0), comparison, .flag(y)) }
        case (.flag, .number), (.number, .flag): return nil
        }
    }

    /// An address, or a smaller block, lies in a block.
    private static func isSubset(_ a: Resolved, _ b: Resolved) -> Bool? {
        guard case .text(let text) = a, case .text(let block) = b, let prefix = IPPrefix(block) else { return nil }
        if let address = IPAddress(text) { return prefix.contains(address) }
        let parts = text.split(separator: "/")
        let outer = block.split(separator: "/")
        guard parts.count == 2, outer.count == 2, IPPrefix(text) != nil, let inner = Int(parts[1]), let size = Int(outer[1]),
            let address = IPAddress(String(parts[0]))
        else { return nil }
        return inner >= size && prefix.contains(address)
    }

    private static func ordered<Value: Comparable>(_ a: Value, _ comparison: Comparison, _ b: Value) -> Bool? {
        switch comparison {
        case .equal: a == b
        case .notEqual: a != b
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .like, .isSubset, .isSuperset: nil
        }
    }

    /// Linear in the text for every run of `%`: on a mismatch only the last `%` takes one character more.
    private static func like(_ text: [Character], _ pattern: [Character]) -> Bool {
        var (t, p) = (0, 0)
        var (star, mark) = (-1, 0)
        while t < text.count {
            if p < pattern.count, pattern[p] == "_" || (pattern[p] == text[t] && pattern[p] != "%") {
                t += 1
                p += 1
            } else if p < pattern.count, pattern[p] == "%" {
                star = p
                mark = t
                p += 1
            } else if star >= 0 {
                mark += 1
                t = mark
                p = star + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "%" }
    }
}
