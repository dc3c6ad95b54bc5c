import Bytes

/// The shape that addresses and ports share: elements, `[lists]`, `!`, `$VARS`, `any`, nested at will.
indirect enum SetExpression<Element> {
    case any(offset: Int)
    case element(Element)
    case variable(name: String, offset: Int)
    case list([SetExpression])
    case negated(SetExpression)
}

extension SetExpression {
    /// Deepest nesting of lists and variables.
    static var depthLimit: Int { 32 }

    typealias ElementParser = (ArraySlice<UInt8>) throws(RuleError) -> Element

    /// - Parameter what: for messages: "address" or "port".
    init(_ text: ArraySlice<UInt8>, what: String, depth: Int = 0, element: ElementParser) throws(RuleError) {
        let text = text.trimmed
        guard depth <= Self.depthLimit else { throw RuleError("\(what) lists nested over \(Self.depthLimit) deep", at: text) }
        guard let first = text.first else {
            throw RuleError("an empty \(what), expected one \(what), a list, a $VARIABLE or any", at: text)
        }
        // Suricata takes a list without brackets at the top.
        if depth == 0, text.contains(44) {
            let bare = try Self.items(text, what: what)
            if bare.count > 1 {
                var items: [SetExpression] = []
                for item in bare { items.append(try SetExpression(item, what: what, depth: 1, element: element)) }
                self = .list(items)
                return
            }
        }
        switch first {
        case 33:
            self = .negated(try SetExpression(text.rest, what: what, depth: depth + 1, element: element))
        case 91:
            guard text.last == 93, text.count >= 2 else { throw RuleError("no end of the \(what) list, expected \"]\"", at: text.endIndex) }
            var items: [SetExpression] = []
            for item in try Self.items(text[(text.startIndex + 1)..<(text.endIndex - 1)], what: what) {
                items.append(try SetExpression(item, what: what, depth: depth + 1, element: element))
            }
            self = .list(items)
        case 36:
            guard text.count > 1 else { throw RuleError("\"$\" without a name, expected a variable such as $HOME_NET", at: text) }
            self = .variable(name: text.rest.text, offset: text.startIndex)
        default:
            self = text.lowercasedText == "any" ? .any(offset: text.startIndex) : .element(try element(text))
        }
    }

    /// Splits at the commas that stand in no inner list.
    private static func items(_ text: ArraySlice<UInt8>, what: String) throws(RuleError) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var depth = 0
        var start = text.startIndex
        for index in text.indices {
            switch text[index] {
            case 91: depth += 1
            case 93:
                depth -= 1
                if depth < 0 { throw RuleError("\"]\" without \"[\" in a \(what) list", at: index) }
            case 44 where depth == 0:
                result.append(text[start..<index])
                start = index + 1
            default: break
            }
        }
        if depth != 0 { throw RuleError("no end of the \(what) list, expected \"]\"", at: text.endIndex) }
        result.append(text[start..<text.endIndex])
        return result
    }
}

/// Closed intervals of something that can be counted through, sorted and disjoint.
struct IntervalSet<Bound: IntervalBound> {
    var ranges: [ClosedRange<Bound>]

    init(_ unsorted: [ClosedRange<Bound>]) {
        ranges = []
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, last.upperBound >= range.lowerBound || last.upperBound.successor == range.lowerBound {
                if range.upperBound > last.upperBound { ranges[ranges.count - 1] = last.lowerBound...range.upperBound }
            } else {
                ranges.append(range)
            }
        }
    }

    static var full: IntervalSet { IntervalSet([Bound.lowest...Bound.highest]) }

    var isFull: Bool { ranges.count == 1 && ranges[0].lowerBound == Bound.lowest && ranges[0].upperBound == Bound.highest }

    func subtracting(_ other: IntervalSet) -> IntervalSet {
        var result: [ClosedRange<Bound>] = []
        var cut = 0
        for range in ranges {
            var low = range.lowerBound
            var isDone = false
            while cut < other.ranges.count, other.ranges[cut].upperBound < low { cut += 1 }
            var index = cut
            while index < other.ranges.count, other.ranges[index].lowerBound <= range.upperBound {
                let hole = other.ranges[index]
                if hole.lowerBound > low, let before = hole.lowerBound.predecessor { result.append(low...before) }
                guard hole.upperBound < range.upperBound, let next = hole.upperBound.successor else {
                    isDone = true
                    break
                }
                low = next
                index += 1
            }
            if !isDone { result.append(low...range.upperBound) }
        }
        return IntervalSet(result)
    }
}

protocol IntervalBound: Comparable {
    static var lowest: Self { get }
    static var highest: Self { get }
    var successor: Self? { get }
    var predecessor: Self? { get }
}

extension UInt16: IntervalBound {
    static var lowest: UInt16 { 0 }
    static var highest: UInt16 { .max }
    var successor: UInt16? { self == .max ? nil : self + 1 }
    var predecessor: UInt16? { self == 0 ? nil : self - 1 }
}

extension IPAddress: IntervalBound {
    static var lowest: IPAddress { IPAddress(high: 0, low: 0) }
    static var highest: IPAddress { IPAddress(high: .max, low: .max) }
    var successor: IPAddress? {
        if low != .max { return IPAddress(high: high, low: low + 1) }
        return high == .max ? nil : IPAddress(high: high + 1, low: 0)
    }
    var predecessor: IPAddress? {
        if low != 0 { return IPAddress(high: high, low: low - 1) }
        return high == 0 ? nil : IPAddress(high: high - 1, low: .max)
    }
}
