import Bytes
import Foundation
import Yams

/// A value in a YAML file that knows where it stands, so that every complaint names file, line and key.
public struct ContentValue {
    public let file: String
    public let key: String
    let node: Node

    /// Reads the file's only document.
    public static func load(file: String) throws(ContentError) -> ContentValue {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ContentError(file: file, line: nil, key: "", problem: "cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ContentError(file: file, line: nil, key: "", problem: "is not UTF-8 text")
        }
        return try parse(text, file: file)
    }

    /// - Parameter file: the name that complaints begin with.
    public static func parse(_ text: String, file: String) throws(ContentError) -> ContentValue {
        guard YAMLAliases.areFew(in: text) else {
            throw ContentError(file: file, line: nil, key: "", problem: "has too many aliases of aliases")
        }
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw ContentError(file: file, line: nil, key: "", problem: "is empty")
            }
            return ContentValue(file: file, key: "", node: node)
        } catch let error as ContentError {
            throw error
        } catch let error as YamlError {
            throw ContentError(file: file, line: error.line, key: "", problem: error.summary)
        } catch {
            throw ContentError(file: file, line: nil, key: "", problem: "\(error)")
        }
    }

    public var line: Int? { node.mark?.line }

    public func error(_ problem: String) -> ContentError { ContentError(file: file, line: line, key: key, problem: problem) }

    /// The value of a key; nil where it is missing or null.
    public subscript(name: String) -> ContentValue? {
        guard case .mapping(let mapping) = node, let value = mapping[name] else { return nil }
        if case .scalar(let scalar) = value, scalar.style == .plain, ["", "~", "null"].contains(scalar.string) { return nil }
        return ContentValue(file: file, key: key.isEmpty ? name : "\(key).\(name)", node: value)
    }

    /// The value of a key that must be there.
    public func require(_ name: String) throws(ContentError) -> ContentValue {
        guard case .mapping = node else { throw error("expected keys and values") }
        guard let value = self[name] else { throw error("the key \(name) is missing") }
        return value
    }

    /// Refuses keys that nothing reads, because a misspelt key would be ignored silently.
    public func allow(keys: Set<String>) throws(ContentError) {
        guard case .mapping(let mapping) = node else { throw error("expected keys and values") }
        for (name, _) in mapping {
            guard let text = name.string, keys.contains(text) else {
                throw ContentError(
                    file: file, line: name.mark?.line, key: key,
                    problem: "unknown key \(name.string ?? "?"); known are \(keys.sorted().joined(separator: ", "))")
            }
        }
    }

    public func list() throws(ContentError) -> [ContentValue] {
        guard case .sequence(let nodes) = node else { throw error("expected a list") }
        return nodes.enumerated().map { ContentValue(file: file, key: "\(key)[\($0.offset)]", node: $0.element) }
    }

    /// The keys and values of a mapping, in the file's order.
    public func entries() throws(ContentError) -> [(name: String, value: ContentValue)] {
        guard case .mapping(let mapping) = node else { throw error("expected keys and values") }
        var entries: [(name: String, value: ContentValue)] = []
        for (name, value) in mapping {
            guard let text = name.string else { throw error("expected text as key") }
            entries.append((text, ContentValue(file: file, key: key.isEmpty ? text : "\(key).\(text)", node: value)))
        }
        return entries
    }

    public func text() throws(ContentError) -> String {
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else { throw error("expected text") }
        return scalar.string
    }

    public func integer(_ range: ClosedRange<Int>) throws(ContentError) -> Int {
        guard case .scalar(let scalar) = node, let value = Int(scalar.string), range.contains(value) else {
            throw error("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    public func flag() throws(ContentError) -> Bool {
        guard case .scalar(let scalar) = node else { throw error("expected true or false") }
        switch scalar.string {
        case "true", "yes": return true
        case "false", "no": return false
        default: throw error("expected true or false")
        }
    }

    /// One of a set of words.
    public func word<Word: RawRepresentable & CaseIterable>(_: Word.Type) throws(ContentError) -> Word where Word.RawValue == String {
        let text = try self.text()
        guard let word = Word(rawValue: text) else {
            throw error("expected one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")), found \(text)")
        }
        return word
    }
}

extension YamlError {
    var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    var summary: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): "not YAML: \(problem)"
        case .duplicatedKeysInMapping(let duplicates, _): "the key \(duplicates.map { "\($0)" }.joined(separator: ", ")) stands twice"
        default: "not YAML: \(self)"
        }
    }
}
