import Bytes

/// Why a text is no I-JSON (RFC 8259, RFC 7493).
public struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    /// Offset of the byte where it went wrong.
    public var offset: Int
    public var problem: String

    public var description: String { "JSON, byte \(offset): \(problem)" }
}

extension JSONValue {
    /// Reads one JSON text (RFC 8259) with the limits of I-JSON (RFC 7493): no duplicate names, valid UTF-8.
    ///
    /// Nesting is limited to 128 levels.
    public init(parsing text: some Collection<UInt8>) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: Array(text))
        self = try parser.document()
    }

    /// Reads one JSON text.
    public init(parsing text: String) throws(JSONSyntaxError) { try self.init(parsing: text.utf8) }
}

private struct JSONParser {
    let bytes: [UInt8]
    var offset = 0

    static let deepest = 128

    init(bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func failure(_ problem: String) -> JSONSyntaxError { JSONSyntaxError(offset: offset, problem: problem) }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { offset += 1 }
    }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        let value = try self.value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw failure("text after the value") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepest else { throw failure("more than \(Self.deepest) levels deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("the text ends where a value was expected")
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        guard bytes[offset...].starts(with: word.utf8) else { throw failure("expected \(word)") }
        offset += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        offset += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if next == UInt8(ascii: "}") {
            offset += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("expected a member name in quotes") }
            let name = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw failure("expected ':'") }
            offset += 1
            let value = try self.value(depth: depth + 1)
            guard members.updateValue(value, forKey: name) == nil else { throw failure("the member \"\(name)\" stands twice") }
            skipSpace()
            guard let separator = next else { throw failure("the object does not end") }
            offset += 1
            if separator == UInt8(ascii: "}") { return .object(members) }
            guard separator == UInt8(ascii: ",") else { throw failure("expected ',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        offset += 1
        var values: [JSONValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            offset += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            guard let separator = next else { throw failure("the array does not end") }
            offset += 1
            if separator == UInt8(ascii: "]") { return .array(values) }
            guard separator == UInt8(ascii: ",") else { throw failure("expected ',' or ']'") }
        }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        offset += 1
        var out: [UInt8] = []
        while let byte = next {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: out, as: UTF8.self) else { throw failure("the string is not UTF-8") }
                return text
            case UInt8(ascii: "\\"): try escape(into: &out)
            case ..<0x20: throw failure("a control character in a string must be escaped")
            default: out.append(byte)
            }
        }
        throw failure("the string does not end")
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONSyntaxError) {
        guard let kind = next else { throw failure("the string does not end") }
        offset += 1
        switch kind {
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0c)
        case UInt8(ascii: "n"): out.append(0x0a)
        case UInt8(ascii: "r"): out.append(0x0d)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(kind)
        case UInt8(ascii: "u"):
            var code = UInt32(try hexadecimal())
            if (0xd800..<0xdc00).contains(code) {
                guard bytes[offset...].starts(with: [0x5c, UInt8(ascii: "u")]) else { throw failure("half a surrogate pair") }
                offset += 2
                let low = UInt32(try hexadecimal())
                guard (0xdc00..<0xe000).contains(low) else { throw failure("half a surrogate pair") }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
            out += Array(String(Character(scalar)).utf8)
        default: throw failure("unknown escape")
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt16 {
        guard bytes.count - offset >= 4 else { throw failure("expected four hexadecimal digits") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = ASCII.hexValue(bytes[offset]) else { throw failure("expected four hexadecimal digits") }
            value = value << 4 | UInt16(digit)
            offset += 1
        }
        return value
    }

    /// RFC 8259 §6, which is narrower than what `Double.init` takes.
    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = offset
        if next == UInt8(ascii: "-") { offset += 1 }
        let whole = digits()
        guard whole > 0 else { throw failure("expected a value") }
        guard whole == 1 || bytes[offset - whole] != UInt8(ascii: "0") else { throw failure("a number does not begin with 0") }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            guard digits() > 0 else { throw failure("expected a digit") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            guard digits() > 0 else { throw failure("expected a digit") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let value = Int64(text) {
            // Beyond 2^53 an integer is only read the same everywhere when it is what a program writes for a floating-point number.
            let number = Double(value)
            if value.magnitude >= 1 << 53, ECMAScriptNumber.text(of: number) == text { return .number(number) }
            return .integer(value)
        }
        guard let value = Double(text), value.isFinite else { throw failure("the number is too large") }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = offset
        while let byte = next, ASCII.isDigit(byte) { offset += 1 }
        return offset - start
    }
}
