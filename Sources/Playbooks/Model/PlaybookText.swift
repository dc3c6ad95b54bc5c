import Bytes
import Foundation
import Trust
import Yams

/// A playbook's file as a JSON value: JSON, or YAML that says the same.
enum PlaybookText {
    /// More than any playbook: a file this big is something else.
    static let largest = 8 << 20

    /// - Throws: ``PlaybookFileError``.
    static func load(_ path: String) throws(PlaybookFileError) -> JSONValue {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw .missing(path: path) }
        guard !isFolder.boolValue, let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        guard data.count <= largest else { throw .tooLarge(path: path) }
        guard let text = String(validating: data, as: UTF8.self) else { throw .syntax(path: path, problem: "not UTF-8 text") }
        return try parse(text, path: path)
    }

    static func parse(_ text: String, path: String) throws(PlaybookFileError) -> JSONValue {
        if let first = text.first(where: { !$0.isWhitespace && $0 != "\u{feff}" }), first == "{" {
            do throws(JSONSyntaxError) {
                return try JSONValue(parsing: text.first == "\u{feff}" ? String(text.dropFirst()) : text)
            } catch {
                throw .syntax(path: path, problem: place(error, in: text))
            }
        }
        guard YAMLAliases.areFew(in: text) else { throw .syntax(path: path, problem: "too many aliases of aliases") }
        do {
            guard let node = try Yams.compose(yaml: text) else { throw PlaybookFileError.syntax(path: path, problem: "empty") }
            var budget = 200_000
            return try value(of: node, depth: 0, budget: &budget, path: path)
        } catch let error as PlaybookFileError {
            throw error
        } catch {
            throw .syntax(path: path, problem: "\(error)".split(separator: "\n").first.map(String.init) ?? "not YAML")
        }
    }

    private static func place(_ error: JSONSyntaxError, in text: String) -> String {
        let line = text.utf8.prefix(error.offset).reduce(1) { $0 + ($1 == 0x0a ? 1 : 0) }
        return "line \(line): \(error.problem)"
    }

    /// Aliases may stand for each other many times over; `budget` bounds what they can grow to.
    private static func value(of node: Node, depth: Int, budget: inout Int, path: String) throws(PlaybookFileError) -> JSONValue {
        budget -= 1
        guard depth < 64, budget > 0 else { throw .syntax(path: path, problem: "nested too deep or too large") }
        switch node {
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.string) }
            switch scalar.string {
            case "", "~", "null": return .null
            case "true": return true
            case "false": return false
            default:
                if let integer = Int64(scalar.string), String(integer) == scalar.string { return .integer(integer) }
                // Times, versions and hashes look like numbers to YAML; only what is written as a decimal is one.
                if scalar.string.wholeMatch(of: /-?\d+\.\d+/) != nil, let number = Double(scalar.string) { return .number(number) }
                return .string(scalar.string)
            }
        case .sequence(let nodes):
            var values: [JSONValue] = []
            for node in nodes { values.append(try value(of: node, depth: depth + 1, budget: &budget, path: path)) }
            return .array(values)
        case .mapping(let mapping):
            var object: [String: JSONValue] = [:]
            for (key, entry) in mapping {
                guard let name = key.string else { throw .syntax(path: path, problem: "a key that is no text") }
                object[name] = try value(of: entry, depth: depth + 1, budget: &budget, path: path)
            }
            return .object(object)
        case .alias(let alias):
            throw .syntax(path: path, problem: "the alias *\(alias.anchor.rawValue) stands for nothing")
        }
    }
}
