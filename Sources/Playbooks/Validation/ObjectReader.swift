import Trust
import Wording

/// Reads the properties of one JSON object and notes what is wrong with them, so that one mistake hides no other.
public struct ObjectReader {
    public let object: [String: JSONValue]
    /// JSON pointer of the object.
    public let pointer: String
    public private(set) var findings: [Finding] = []
    private var read: Set<String> = []

    init(_ value: JSONValue, pointer: String) {
        self.pointer = pointer
        if case .object(let object) = value {
            self.object = object
        } else {
            object = [:]
            findings = [
                Finding(
                    grade: .error, pointer: pointer.isEmpty ? "/" : pointer,
                    text: BilingualText("phải là một đối tượng {…}", "expected an object {…}"))
            ]
        }
    }

    mutating func take(_ others: [Finding]) { findings += others }

    mutating func error(_ name: String? = nil, _ vietnamese: String, _ english: String) { note(.error, name, vietnamese, english) }
    mutating func warning(_ name: String? = nil, _ vietnamese: String, _ english: String) { note(.warning, name, vietnamese, english) }

    private mutating func note(_ grade: Finding.Grade, _ name: String?, _ vietnamese: String, _ english: String) {
        let place = name.map { pointer + "/" + JSONPointer.escape($0) } ?? pointer
        findings.append(Finding(grade: grade, pointer: place.isEmpty ? "/" : place, text: BilingualText(vietnamese, english)))
    }

    /// The value of a property; nil where it is missing or null.
    mutating func value(_ name: String) -> JSONValue? {
        read.insert(name)
        guard let value = object[name], value != .null else { return nil }
        return value
    }

    mutating func text(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else {
            error(name, "phải là chuỗi ký tự", "expected text")
            return nil
        }
        return text
    }

    mutating func requiredText(_ name: String) -> String {
        if value(name) == nil { error(name, "thiếu thuộc tính này", "this property is missing") }
        return text(name) ?? ""
    }

    mutating func texts(_ name: String) -> [String] {
        guard let value = value(name) else { return [] }
        guard let elements = value.elements else {
            error(name, "phải là danh sách", "expected a list")
            return []
        }
        if elements.contains(where: { $0.text == nil }) { error(name, "phải là danh sách chuỗi ký tự", "expected a list of texts") }
        return elements.compactMap(\.text)
    }

    mutating func flag(_ name: String) -> Bool {
        guard let value = value(name) else { return false }
        guard let flag = value.bool else {
            error(name, "phải là true hoặc false", "expected true or false")
            return false
        }
        return flag
    }

    /// Milliseconds: a whole number from 0 to a year.
    mutating func milliseconds(_ name: String) -> Int? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer, (0...31_536_000_000).contains(number) else {
            if let text = value.text, let number = Int(text), number >= 0 {
                error(name, "phải là số, không có dấu nháy: \(number)", "expected a number, without quotes: \(number)")
            } else {
                error(name, "phải là số nguyên mili giây, từ 0", "expected a whole number of milliseconds, from 0")
            }
            return nil
        }
        return Int(number)
    }

    mutating func step(_ name: String) -> StepID? {
        // CACAO 1.x has lists here: with one step in it, it is clear what is meant.
        if let elements = value(name)?.elements, elements.count == 1, let only = elements.first?.text {
            error(name, "phải là chuỗi ký tự, không phải danh sách", "expected text, not a list")
            return StepID(only)
        }
        return text(name).map { StepID($0) }
    }

    mutating func objects(_ name: String) -> [(key: String, value: JSONValue)] {
        guard let value = value(name) else { return [] }
        guard case .object(let object) = value else {
            error(name, "phải là một đối tượng {…}", "expected an object {…}")
            return []
        }
        return object.sorted { $0.key < $1.key }
    }

    /// Names of properties that nothing asked for.
    var unread: [String] { object.keys.filter { !read.contains($0) }.sorted() }
}

/// RFC 6901.
enum JSONPointer {
    static func escape(_ name: String) -> String { name.replacing("~", with: "~0").replacing("/", with: "~1") }
}
