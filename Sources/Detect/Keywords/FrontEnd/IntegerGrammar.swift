import Bytes
import RuleLanguage

/// Suricata's grammar for integers: `n`, `<n`, `<=n`, `>n`, `>=n`, `!n`, `=n`, `a<>b` and `a-b` (both ends excluded),
/// `&mask=n` and `&mask!=n`.
enum IntegerGrammar {
    static func range(_ text: ArraySlice<UInt8>, _ keyword: String, max: UInt64 = .max) throws(RuleError) -> IntegerRange {
        let text = text.trimmed
        func number(_ digits: ArraySlice<UInt8>) throws(RuleError) -> UInt64 {
            guard let value = digits.trimmed.number else {
                throw RuleError("\(keyword): \"\(text.text)\" is no number, expected n, <n, <=n, >n, >=n, !n or a<>b", at: text)
            }
            guard value <= max else { throw RuleError("\(keyword): \(value) is too large, expected at most \(max)", at: digits) }
            return value
        }
        guard let first = text.first else { throw RuleError("\(keyword) needs a number", at: text) }
        let hasEqual = text.rest.first == 61
        let afterOperator = hasEqual ? text.rest.rest : text.rest
        switch first {
        case 60: return IntegerRange(hasEqual ? .lessOrEqual(try number(afterOperator)) : .less(try number(afterOperator)))
        case 62: return IntegerRange(hasEqual ? .greaterOrEqual(try number(afterOperator)) : .greater(try number(afterOperator)))
        case 61: return IntegerRange(.equal(try number(text.rest)))
        case 38:
            guard let equal = text.firstIndex(of: 61), equal > text.startIndex + 1 else {
                throw RuleError("\(keyword): \"\(text.text)\", expected &mask=n or &mask!=n", at: text)
            }
            let isNegated = text[equal - 1] == 33
            let mask = try number(text[(text.startIndex + 1)..<(isNegated ? equal - 1 : equal)])
            let value = try number(text[(equal + 1)...])
            return IntegerRange(isNegated ? .otherBits(mask: mask, than: value) : .bits(mask: mask, equal: value))
        case 33:
            if let (low, high) = try interval(hasEqual ? afterOperator : text.rest, keyword, number) {
                return IntegerRange(.notBetween(low, high))
            }
            return IntegerRange(.notEqual(try number(afterOperator)))
        default: break
        }
        if let (low, high) = try interval(text, keyword, number) { return IntegerRange(.between(low, high)) }
        return IntegerRange(.equal(try number(text)))
    }

    private static func interval(
        _ text: ArraySlice<UInt8>, _ keyword: String, _ number: (ArraySlice<UInt8>) throws(RuleError) -> UInt64
    ) throws(RuleError) -> (UInt64, UInt64)? {
        let low: UInt64
        let high: UInt64
        if let mark = text.firstIndex(of: 60), mark + 1 < text.endIndex, text[mark + 1] == 62 {
            low = try number(text[..<mark])
            high = try number(text[(mark + 2)...])
        } else if let mark = text.firstIndex(of: 45) {
            low = try number(text[..<mark])
            high = try number(text[(mark + 1)...])
        } else {
            return nil
        }
        guard high > low, high - low > 1 else {
            throw RuleError(
                "\(keyword): nothing lies between \(low) and \(high), expected a<>b with room between (both ends are excluded)", at: text)
        }
        return (low, high)
    }

    /// The largest value that can match; nil when there is no bound.
    static func maximum(_ range: IntegerRange) -> UInt64? {
        switch range.comparison {
        case .equal(let n), .lessOrEqual(let n): n
        case .less(let n): n == 0 ? 0 : n - 1
        case .between(_, let high): high - 1
        case .notEqual, .greater, .greaterOrEqual, .notBetween, .bits, .otherBits: nil
        }
    }
}
