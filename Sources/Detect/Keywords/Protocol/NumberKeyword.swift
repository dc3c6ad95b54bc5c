import AppLayer
import Bytes
import RuleLanguage

/// Keywords that compare a number of a transaction: `dns.opcode`, `tls.version`, `ssl_state` and what else protocols declare.
enum NumberKeyword {
    static func apply(_ field: NumberField, _ option: RuleOption, _ builder: inout RuleBuilder) throws(RuleError) {
        guard !option.text.isEmpty else {
            throw RuleError("\(field.name) needs a value, expected \"\(field.name):…;\"", at: option.offset)
        }
        try builder.bind(to: [field.id.appProtocol] + field.alsoIn, keyword: field.name, at: option.offset)
        if isBits(field), !isNumeric(option.text) {
            builder.packetTests += try bits(field, option)
        } else if field.isIndexed, let comma = option.text.lastIndex(of: 44) {
            let value = try range(field, option.text[..<comma].trimmed)
            builder.packetTests.append(.transactionNumberAt(field.id, value, try choice(field, option.text[(comma + 1)...].trimmed)))
        } else {
            builder.packetTests.append(.transactionNumber(field.id, try range(field, option.text)))
        }
    }

    /// `all`, `any`, or a place: from 0, or from -1 backwards.
    private static func choice(_ field: NumberField, _ text: ArraySlice<UInt8>) throws(RuleError) -> InstanceChoice {
        switch text.lowercasedText {
        case "all": return .all
        case "any": return .any
        default:
            guard let place = text.signedNumber, abs(place) <= 0x7fff_ffff else {
                throw RuleError("\(field.name): \"\(text.text)\", expected all, any or a place such as 0 or -1", at: text)
            }
            return .at(Int(place))
        }
    }

    /// Each named value is one bit of its own: a set of states or versions and not one number.
    private static func isBits(_ field: NumberField) -> Bool {
        !field.symbols.isEmpty && (field.name.hasPrefix("ssl_") || field.name.hasSuffix(".flags"))
            && field.symbols.allSatisfy { $0.value.nonzeroBitCount == 1 }
    }

    /// A number or a comparison, and no name.
    private static func isNumeric(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first(where: { $0 != 33 && !ASCII.isSpace($0) }) else { return false }
        return ASCII.isDigit(first) || first == 38 || (60...62).contains(first)
    }

    private static func names(_ field: NumberField) -> String { field.symbols.prefix(8).map(\.name).joined(separator: ", ") }

    private static func symbol(_ field: NumberField, _ text: ArraySlice<UInt8>) -> UInt64? {
        let name = text.lowercasedText
        return field.symbols.first { $0.name.lowercased() == name }?.value
    }

    /// `a,b` or `a|b`, with `!` before a name or before all.
    private static func bits(_ field: NumberField, _ option: RuleOption) throws(RuleError) -> [PacketTest] {
        var mask: UInt64 = 0
        var forbidden: UInt64 = 0
        var tests: [PacketTest] = []
        for list in option.text.parts(separatedBy: 44) {
            for item in list.parts(separatedBy: 124) {
                let isNegated = item.first == 33
                let name = isNegated ? item.rest.trimmed : item
                guard let value = symbol(field, name) else {
                    throw RuleError("\(field.name): \"\(name.text)\", expected \(names(field))", at: name)
                }
                // Flags must all be as they are written; versions and states are alternatives.
                if field.name.hasSuffix(".flags") {
                    tests.append(.transactionBits(field.id, mask: value, isNegated: isNegated))
                } else if isNegated {
                    forbidden |= value
                } else {
                    mask |= value
                }
            }
        }
        if mask != 0 { tests.append(.transactionBits(field.id, mask: mask, isNegated: false)) }
        if forbidden != 0 { tests.append(.transactionBits(field.id, mask: forbidden, isNegated: true)) }
        return tests
    }

    /// A name, `!name`, or a number in the common grammar.
    private static func range(_ field: NumberField, _ text: ArraySlice<UInt8>) throws(RuleError) -> IntegerRange {
        if let value = symbol(field, text) { return IntegerRange(.equal(value)) }
        if text.first == 33, let value = symbol(field, text.rest.trimmed) { return IntegerRange(.notEqual(value)) }
        if !field.symbols.isEmpty, !isNumeric(text) {
            throw RuleError("\(field.name): \"\(text.text)\" is no name or number, expected one such as \(names(field))", at: text)
        }
        return try IntegerGrammar.range(text, field.name, max: field.maximum)
    }
}
