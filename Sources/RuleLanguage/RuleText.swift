import Bytes

/// A rule split into its header's words and its options, nothing understood yet.
public struct RuleText: Sendable {
    public let action: ArraySlice<UInt8>
    public let proto: ArraySlice<UInt8>
    public let source: ArraySlice<UInt8>
    public let sourcePorts: ArraySlice<UInt8>
    public let direction: ArraySlice<UInt8>
    public let destination: ArraySlice<UInt8>
    public let destinationPorts: ArraySlice<UInt8>
    public let options: [RuleOption]

    /// Splits a logical line.
    public init(_ line: [UInt8]) throws(RuleError) {
        var fields: [ArraySlice<UInt8>] = []
        fields.reserveCapacity(7)
        var index = 0
        let end = line.count
        while fields.count < 7 {
            while index < end, ASCII.isSpace(line[index]) { index += 1 }
            let start = index
            var depth = 0
            while index < end, depth > 0 || !ASCII.isSpace(line[index]) {
                switch line[index] {
                case 91: depth += 1
                case 93: depth -= 1
                case 40 where index == start:
                    throw RuleError(
                        RuleText.shortHeader(fields.count),
                        at: index)
                case 40: throw RuleError("\"(\" inside a header word, expected a blank before it", at: index)
                default: break
                }
                index += 1
            }
            guard index > start else {
                throw RuleError(
                    RuleText.shortHeader(fields.count),
                    at: start)
            }
            fields.append(line[start..<index])
        }
        while index < end, ASCII.isSpace(line[index]) { index += 1 }
        guard index < end, line[index] == 40 else { throw RuleError("no options, expected \"(\" after the header", at: index) }
        action = fields[0]
        proto = fields[1]
        source = fields[2]
        sourcePorts = fields[3]
        direction = fields[4]
        destination = fields[5]
        destinationPorts = fields[6]
        options = try RuleText.options(line, from: index)
    }

    private static func shortHeader(_ count: Int) -> String {
        "the header ends after \(count) of 7 words, expected action, protocol, source, ports, direction, destination, ports"
    }

    /// Splits the options. A missing `)` is let pass, as Suricata does.
    private static func options(_ line: [UInt8], from start: Int) throws(RuleError) -> [RuleOption] {
        var index = start
        var end = line.count
        while index < end, line[index] == 40 || ASCII.isSpace(line[index]) { index += 1 }
        while end > index, line[end - 1] == 41 || ASCII.isSpace(line[end - 1]) { end -= 1 }
        guard index < end else { throw RuleError("no options, expected at least \"sid\"", at: index) }
        var result: [RuleOption] = []
        result.reserveCapacity(16)
        while index < end {
            while index < end, ASCII.isSpace(line[index]) { index += 1 }
            if index == end { break }
            let first = index
            var colon: Int?
            while index < end, !(line[index] == 59 && line[index - 1] != 92) {
                if line[index] == 58, colon == nil { colon = index }
                index += 1
            }
            guard index < end else {
                let name = line[first..<(colon ?? end)].trimmed.text
                throw RuleError("option \"\(name)\" has no end, expected \";\"", at: first)
            }
            let name = line[first..<(colon ?? index)].trimmed
            guard !name.isEmpty else {
                throw RuleError("an option without a name, expected a keyword before \(colon == nil ? "\";\"" : "\":\"")", at: first)
            }
            result.append(RuleOption(name: name, value: colon.map { line[($0 + 1)..<index].trimmed }))
            index += 1
        }
        return result
    }
}

/// `name;` or `name:value;`. Both are slices of the logical line.
public struct RuleOption: Sendable {
    /// As written, blanks trimmed.
    public let name: ArraySlice<UInt8>
    /// Blanks trimmed; nil when there is no `:`.
    public let value: ArraySlice<UInt8>?

    public init(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>?) {
        self.name = name
        self.value = value
    }

    /// Offset of the name in the line.
    public var offset: Int { name.startIndex }

    /// The value, which the caller knows to be there.
    public var text: ArraySlice<UInt8> { value ?? name[name.endIndex...] }

    /// The value as `"…"` or `!"…"`; nil when it stands in no quotes.
    public var quoted: QuotedValue? {
        guard var rest = value else { return nil }
        var isNegated = false
        if rest.first == 33 {
            isNegated = true
            rest = rest.rest.trimmed
        }
        guard rest.count >= 2, rest.first == 34, rest.last == 34 else { return nil }
        return QuotedValue(isNegated: isNegated, bytes: rest[(rest.startIndex + 1)..<(rest.endIndex - 1)])
    }
}

/// What stood between double quotes.
public struct QuotedValue: Sendable {
    /// `!` stood before the first quote.
    public let isNegated: Bool
    public let bytes: ArraySlice<UInt8>
}
