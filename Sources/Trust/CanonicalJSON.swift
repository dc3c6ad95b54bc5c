import Bytes
import Digest

/// A JSON value as the ledger hashes it (RFC 8785).
public indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

/// Why a value has no canonical form.
public enum CanonicalJSONError: Error, Hashable, CustomStringConvertible {
    /// RFC 8785 §3.2.2.3: not a number or infinite.
    case notFinite
    /// RFC 7493 §2.2: an integer beyond ±(2^53 − 1) is not read the same by every program; write it as a string.
    case integerTooLarge(Int64)

    public var description: String {
        switch self {
        case .notFinite: "JSON has no number for infinity or not-a-number"
        case .integerTooLarge(let value): "the integer \(value) is beyond 2^53 - 1; write it as a string"
        }
    }
}

extension JSONValue {
    /// The one serialisation of this value by RFC 8785 (JSON Canonicalization Scheme), in UTF-8.
    public func canonicalBytes() throws(CanonicalJSONError) -> [UInt8] {
        var out: [UInt8] = []
        try write(into: &out)
        return out
    }

    /// ``canonicalBytes()`` as text.
    public func canonicalText() throws(CanonicalJSONError) -> String {
        String(decoding: try canonicalBytes(), as: UTF8.self)
    }

    /// SHA-256 over the canonical form.
    public func canonicalDigest() throws(CanonicalJSONError) -> SHA256Digest {
        SHA256Digest(of: try canonicalBytes())
    }

    /// Appends the canonical form to `out`.
    public func write(into out: inout [UInt8]) throws(CanonicalJSONError) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value):
            guard value.magnitude < 1 << 53 else { throw .integerTooLarge(value) }
            JSONValue.write(value, into: &out)
        case .number(let value):
            guard let text = ECMAScriptNumber.text(of: value) else { throw .notFinite }
            out += text.utf8
        case .string(let value): JSONValue.write(value, into: &out)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                try value.write(into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            // RFC 8785 §3.2.3: member names sort by their UTF-16 code units, which differs from code point order above U+FFFF.
            let isPlain = members.keys.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
            let sorted = members.sorted {
                isPlain ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : $0.key.utf16.lexicographicallyPrecedes($1.key.utf16)
            }
            for (index, (name, value)) in sorted.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSONValue.write(name, into: &out)
                out.append(UInt8(ascii: ":"))
                try value.write(into: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a text in quotation marks. RFC 8785 §3.2.2.2: only what must be escaped is, the short forms first.
    public static func write(_ text: String, into out: inout [UInt8]) {
        var text = text
        text.withUTF8 { write(utf8: UnsafeRawBufferPointer($0).bytes, into: &out) }
    }

    /// Appends a text, given as UTF-8, in quotation marks.
    public static func write(utf8 text: RawSpan, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        text.withUnsafeBytes { bytes in
            if bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }) {
                out.append(contentsOf: bytes)
                return
            }
            for byte in bytes {
                switch byte {
                case 0x08: out += [0x5c, UInt8(ascii: "b")]
                case 0x09: out += [0x5c, UInt8(ascii: "t")]
                case 0x0a: out += [0x5c, UInt8(ascii: "n")]
                case 0x0c: out += [0x5c, UInt8(ascii: "f")]
                case 0x0d: out += [0x5c, UInt8(ascii: "r")]
                case 0x22, 0x5c: out += [0x5c, byte]
                case ..<0x20: out += Array("\\u00".utf8) + [ASCII.hexDigit(byte >> 4), ASCII.hexDigit(byte)]
                default: out.append(byte)
                }
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Appends a whole number's digits.
    public static func write(_ number: Int64, into out: inout [UInt8]) {
        if number < 0 { out.append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = out.count
        repeat {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        out[start...].reverse()
    }

    /// Whether a member of an object stands before another: RFC 8785 §3.2.3 sorts names by their UTF-16 code units.
    public static func precedes(_ a: String, _ b: String) -> Bool { a.utf16.lexicographicallyPrecedes(b.utf16) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}

extension JSONValue {
    /// The text, or null where there is none.
    public init(_ text: String?) { self = text.map(JSONValue.string) ?? .null }
    /// The integer, or null where there is none.
    public init(_ value: Int64?) { self = value.map(JSONValue.integer) ?? .null }
    /// The integer, or null where there is none.
    public init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }

    /// The member of that name; nil where this is no object or has no such member.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    /// The text; nil for any other value.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The whole number; nil for any other value.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The truth value; nil for any other value.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The members of an array; nil for any other value.
    public var elements: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }
}
