import AppLayer
import Bytes
import RuleLanguage

/// `modbus`: function, access or unit of a request.
enum ModbusKeyword {
    private static let expected =
        "expected function <number or group>[, subfunction n], access <read|write> [table][, address a[, value v]], "
        + "or unit n[, one of these]"

    static let modbus = Keyword(
        "modbus", allowsQuotes: true,
        summary: "A Modbus request: `function 16`, `function !reserved`, `access write holding, address 500, value >200`, `unit 10, …`.",
        documentation: "modbus-keyword.html"
    ) { option, builder throws(RuleError) in
        try builder.bind(to: [.modbus], keyword: "modbus", at: option.offset)
        var text = option.text.trimmed
        if text.first == 34, text.last == 34, text.count >= 2 { text = text.dropFirst().dropLast().trimmed }
        var parts = text.parts(separatedBy: 44)
        var test = ModbusTest()
        if let unit = value(of: "unit", in: parts[0]) {
            test.unit = try range(unit)
            parts.removeFirst()
        }
        if let first = parts.first {
            if let function = value(of: "function", in: first) {
                test.subject = try subject(function: function, Array(parts.dropFirst()))
            } else if let access = value(of: "access", in: first) {
                test.subject = try subject(access: access, Array(parts.dropFirst()))
            } else {
                throw RuleError("modbus: \"\(first.text)\", \(expected)", at: first)
            }
        }
        builder.packetTests.append(.transaction(test))
    }

    /// What stands behind the word; nil where another word stands there.
    private static func value(of word: String, in text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let letters = Array(word.utf8)
        guard text.count > letters.count, text.prefix(letters.count).map(ASCII.lowercased) == letters else { return nil }
        return text.dropFirst(letters.count).trimmed
    }

    private static func number(_ text: ArraySlice<UInt8>, most: UInt64 = 65535) throws(RuleError) -> Int {
        guard let number = text.trimmed.decimal, number <= most else {
            throw RuleError("modbus: \"\(text.text)\", expected a number up to \(most)", at: text)
        }
        return Int(number)
    }

    private static func range(_ text: ArraySlice<UInt8>) throws(RuleError) -> ModbusTest.Range {
        if let mark = text.firstIndex(of: 60), mark + 1 < text.endIndex, text[mark + 1] == 62 {
            return .between(try number(text[..<mark]), try number(text[(mark + 2)...]))
        }
        switch text.first {
        case 60: return .below(try number(text.rest))
        case 62: return .above(try number(text.rest))
        default: return .exactly(try number(text))
        }
    }

    private static func subject(function: ArraySlice<UInt8>, _ more: [ArraySlice<UInt8>]) throws(RuleError) -> ModbusTest.Subject {
        if function.first.map(ASCII.isDigit) == true {
            let code = try number(function, most: 255)
            guard code > 0 else { throw RuleError("modbus: function 0 does not exist, expected 1 to 255", at: function) }
            guard let next = more.first else { return .function(UInt8(code), subfunction: nil) }
            guard more.count == 1, let sub = value(of: "subfunction", in: next) else {
                throw RuleError("modbus: \"\(next.text)\", expected subfunction and a number", at: next)
            }
            return .function(UInt8(code), subfunction: UInt16(try number(sub)))
        }
        let isNegated = function.first == 33
        let name = isNegated ? function.rest.trimmed : function
        guard more.isEmpty, let group = ModbusTest.Group(rawValue: name.text) else {
            let names = ModbusTest.Group.allCases.map(\.rawValue).joined(separator: ", ")
            throw RuleError("modbus: \"\(function.text)\", expected a number or \(names)", at: function)
        }
        return .group(group, isNegated: isNegated)
    }

    private static func subject(access: ArraySlice<UInt8>, _ more: [ArraySlice<UInt8>]) throws(RuleError) -> ModbusTest.Subject {
        let isWrite: Bool
        let rest: ArraySlice<UInt8>
        if let table = value(of: "write", in: access + [32]) {
            (isWrite, rest) = (true, table)
        } else if let table = value(of: "read", in: access + [32]) {
            (isWrite, rest) = (false, table)
        } else {
            throw RuleError("modbus: \"\(access.text)\", expected read or write", at: access)
        }
        var table: ModbusTest.Table?
        if !rest.isEmpty {
            guard let named = ModbusTest.Table(rawValue: rest.text) else {
                throw RuleError("modbus: \"\(rest.text)\", expected discretes, coils, input or holding", at: access)
            }
            guard !isWrite || (named != .discretes && named != .input) else {
                throw RuleError("modbus: \(named.rawValue) can only be read", at: access)
            }
            table = named
        }
        guard let first = more.first else { return .access(isWrite: isWrite, table, address: nil, value: nil) }
        guard let place = self.value(of: "address", in: first) else {
            throw RuleError("modbus: \"\(first.text)\", expected address and a number", at: first)
        }
        let address = try range(place)
        guard more.count > 1 else { return .access(isWrite: isWrite, table, address: address, value: nil) }
        guard more.count == 2, let written = self.value(of: "value", in: more[1]) else {
            throw RuleError("modbus: \"\(more[1].text)\", expected value and a number", at: more[1])
        }
        guard case .exactly = address else { throw RuleError("modbus: a value needs one address, not a range", at: more[1]) }
        guard isWrite else { throw RuleError("modbus: a value can only be written", at: more[1]) }
        return .access(isWrite: true, table, address: address, value: try range(written))
    }
}
