/// Where and why a text is no JSON.
public struct JSONTextError: Error, Sendable, CustomStringConvertible {
    /// Offset of the byte where it went wrong.
    public let offset: Int
    public let problem: String

    public var description: String { "byte \(offset): \(problem)" }
}

/// One value of a JSON text (RFC 8259) as the bytes that it is written in: numbers keep their digits, members their order.
///
/// For lists that are passed on as they came; nothing is converted that nobody asks for.
public struct JSONText: Sendable {
    public enum Kind: Sendable { case object, array, string, number, bool, null }

    /// The value without the blanks around it.
    public let bytes: ArraySlice<UInt8>

    private static let deepest = 128

    /// Checks a whole text: one value, blanks around it allowed, at most 128 levels deep.
    public init(_ text: ArraySlice<UInt8>) throws(JSONTextError) {
        let start = JSONText.skipBlanks(text, text.startIndex)
        let end = try JSONText.end(of: text, start, depth: 0)
        let rest = JSONText.skipBlanks(text, end)
        guard rest == text.endIndex else { throw JSONTextError(offset: rest - text.startIndex, problem: "text after the value") }
        bytes = text[start..<end]
    }

    /// A value inside of a text that was checked.
    private init(checked bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    public var kind: Kind {
        switch bytes.first {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    // MARK: reading

    /// The elements of an array; empty for anything else.
    public var elements: [JSONText] {
        guard kind == .array else { return [] }
        var result: [JSONText] = []
        var index = JSONText.skipBlanks(bytes, bytes.startIndex + 1)
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: "]"), let end = try? JSONText.end(of: bytes, index, depth: 0) {
            result.append(JSONText(checked: bytes[index..<end]))
            index = JSONText.skipBlanks(bytes, end)
            if index < bytes.endIndex, bytes[index] == UInt8(ascii: ",") { index = JSONText.skipBlanks(bytes, index + 1) }
        }
        return result
    }

    /// The members of an object in order; empty for anything else.
    public var members: [(name: JSONText, value: JSONText)] {
        guard kind == .object else { return [] }
        var result: [(name: JSONText, value: JSONText)] = []
        var index = JSONText.skipBlanks(bytes, bytes.startIndex + 1)
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: "}"), let nameEnd = try? JSONText.end(of: bytes, index, depth: 0) {
            let name = JSONText(checked: bytes[index..<nameEnd])
            let start = JSONText.skipBlanks(bytes, JSONText.skipBlanks(bytes, nameEnd) + 1)
            guard let end = try? JSONText.end(of: bytes, start, depth: 0) else { break }
            result.append((name, JSONText(checked: bytes[start..<end])))
            index = JSONText.skipBlanks(bytes, end)
            if index < bytes.endIndex, bytes[index] == UInt8(ascii: ",") { index = JSONText.skipBlanks(bytes, index + 1) }
        }
        return result
    }

    /// The bytes that a string stands for, escapes undone; nil for anything else.
    public var string: [UInt8]? {
        guard kind == .string else { return nil }
        var result: [UInt8] = []
        var index = bytes.startIndex + 1
        let end = bytes.endIndex - 1
        while index < end {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            let escape = bytes[index]
            index += 1
            switch escape {
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "u"):
                var unit = codeUnit(at: index)
                index += 4
                if 0xd800..<0xdc00 ~= unit, index + 6 <= end, bytes[index] == UInt8(ascii: "\\") {
                    let low = codeUnit(at: index + 2)
                    if 0xdc00..<0xe000 ~= low {
                        unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
                        index += 6
                    }
                }
                result += Array(String(UnicodeScalar(unit) ?? "\u{fffd}").utf8)
            default: result.append(escape)
            }
        }
        return result
    }

    private func codeUnit(at index: Int) -> UInt32 {
        guard index + 4 <= bytes.endIndex else { return 0xfffd }
        return bytes[index..<index + 4].reduce(0) { $0 << 4 | UInt32(ASCII.hexValue($1) ?? 0) }
    }

    /// The value at a dotted path of member names; nil where there is none.
    public func value(at path: String) -> JSONText? {
        var current = self
        for name in path.split(separator: ".", omittingEmptySubsequences: false) {
            guard let found = current.members.first(where: { $0.name.string?.elementsEqual(name.utf8) == true }) else { return nil }
            current = found.value
        }
        return current
    }

    // MARK: writing

    /// The value without blanks between its parts, and without the member at `path`.
    public func compact(omitting path: String? = nil) -> [UInt8] {
        switch kind {
        case .object:
            var result: [UInt8] = [UInt8(ascii: "{")]
            for (name, value) in members {
                var inner: String?
                if let path, let text = name.string.map({ String(decoding: $0, as: UTF8.self) }) {
                    if text == path { continue }
                    if path.hasPrefix(text + ".") { inner = String(path.dropFirst(text.count + 1)) }
                }
                if result.count > 1 { result.append(UInt8(ascii: ",")) }
                result += name.bytes
                result.append(UInt8(ascii: ":"))
                result += value.compact(omitting: inner)
            }
            return result + [UInt8(ascii: "}")]
        case .array:
            var result: [UInt8] = [UInt8(ascii: "[")]
            for element in elements {
                if result.count > 1 { result.append(UInt8(ascii: ",")) }
                result += element.compact()
            }
            return result + [UInt8(ascii: "]")]
        default: return Array(bytes)
        }
    }

    // MARK: checking

    private static func skipBlanks(_ text: ArraySlice<UInt8>, _ start: Int) -> Int {
        var index = start
        while index < text.endIndex, [32, 9, 10, 13].contains(text[index]) { index += 1 }
        return index
    }

    /// Where the value that begins at `start` ends.
    private static func end(of text: ArraySlice<UInt8>, _ start: Int, depth: Int) throws(JSONTextError) -> Int {
        func failure(_ at: Int, _ problem: String) -> JSONTextError { JSONTextError(offset: at - text.startIndex, problem: problem) }
        guard depth < deepest else { throw failure(start, "more than \(deepest) levels deep") }
        guard start < text.endIndex else { throw failure(start, "the text ends where a value was expected") }
        switch text[start] {
        case UInt8(ascii: "\""): return try stringEnd(text, start)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let isObject = text[start] == UInt8(ascii: "{")
            let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
            var index = skipBlanks(text, start + 1)
            if index < text.endIndex, text[index] == close { return index + 1 }
            while true {
                if isObject {
                    guard index < text.endIndex, text[index] == UInt8(ascii: "\"") else {
                        throw failure(index, "expected a member name in quotes")
                    }
                    index = skipBlanks(text, try stringEnd(text, index))
                    guard index < text.endIndex, text[index] == UInt8(ascii: ":") else { throw failure(index, "expected \":\"") }
                    index = skipBlanks(text, index + 1)
                }
                index = skipBlanks(text, try end(of: text, index, depth: depth + 1))
                guard index < text.endIndex else { throw failure(index, isObject ? "the object does not end" : "the array does not end") }
                if text[index] == close { return index + 1 }
                guard text[index] == UInt8(ascii: ",") else { throw failure(index, "expected a comma") }
                index = skipBlanks(text, index + 1)
            }
        default:
            for word in ["true", "false", "null"] where text[start...].starts(with: word.utf8) { return start + word.utf8.count }
            var index = start
            while index < text.endIndex, ASCII.isDigit(text[index]) || "+-.eE".utf8.contains(text[index]) { index += 1 }
            guard index > start, Double(String(decoding: text[start..<index], as: UTF8.self)) != nil else {
                throw failure(start, "expected a value")
            }
            return index
        }
    }

    private static func stringEnd(_ text: ArraySlice<UInt8>, _ start: Int) throws(JSONTextError) -> Int {
        var index = start + 1
        while index < text.endIndex {
            switch text[index] {
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "\\"):
                let isUnicode = index + 1 < text.endIndex && text[index + 1] == UInt8(ascii: "u")
                if isUnicode {
                    guard index + 6 <= text.endIndex, text[index + 2..<index + 6].allSatisfy({ ASCII.hexValue($0) != nil }) else {
                        throw JSONTextError(offset: index - text.startIndex, problem: "expected four hexadecimal digits after \\u")
                    }
                }
                index += isUnicode ? 6 : 2
            case ..<32: throw JSONTextError(offset: index - text.startIndex, problem: "a control character in a string")
            default: index += 1
            }
        }
        throw JSONTextError(offset: text.endIndex - text.startIndex, problem: "the string does not end")
    }
}
