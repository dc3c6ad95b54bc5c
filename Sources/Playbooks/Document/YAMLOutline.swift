import Bytes
import Trust
import Yams

/// A YAML text that says what a JSON text could say.
enum YAMLOutline {
    /// Aliases may stand for each other many times over; this bounds what they can grow to.
    private static let mostNodes = 200_000
    private static let deepest = 64

    /// - Throws: ``PlaybookFileError``.
    static func read(_ text: String, path: String) throws(PlaybookFileError) -> DocumentNode {
        guard YAMLAliases.areFew(in: text) else { throw .syntax(path: path, problem: "too many aliases of aliases") }
        guard isShallow(text) else { throw .syntax(path: path, problem: "nested too deep or too large") }
        do {
            guard let node = try Yams.compose(yaml: text) else { throw PlaybookFileError.syntax(path: path, problem: "empty") }
            var budget = mostNodes
            let document = try outline(node, depth: 0, budget: &budget, path: path)
            return try YAMLComments.read(text, node, path: path).put(into: document)
        } catch let error as PlaybookFileError {
            throw error
        } catch {
            throw .syntax(path: path, problem: "\(error)".split(separator: "\n").first.map(String.init) ?? "not YAML")
        }
    }

    /// The parser works by recursion: brackets, or block entries on one line, that go deeper than any playbook are refused before it runs.
    private static func isShallow(_ text: String) -> Bool {
        var depth = 0
        for line in text.utf8.split(separator: 0x0a) {
            var opened = 0
            for byte in line {
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
                default: break
                }
                opened = max(opened, depth)
            }
            // Quoted brackets may be counted as open, so the bound is generous.
            if opened > 4000 { return false }
            if line.count > 400, line.prefix(while: { $0 == 0x20 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "?") }).count > 400 {
                return false
            }
        }
        return true
    }

    private static func outline(_ node: Node, depth: Int, budget: inout Int, path: String) throws(PlaybookFileError) -> DocumentNode {
        budget -= 1
        guard depth < deepest, budget > 0 else { throw .syntax(path: path, problem: "nested too deep or too large") }
        let line = node.mark?.line ?? 1
        switch node {
        case .scalar(let scalar): return DocumentNode(line: line, content: .scalar(value(of: scalar)))
        case .sequence(let nodes):
            var list: [DocumentNode] = []
            for node in nodes { list.append(try outline(node, depth: depth + 1, budget: &budget, path: path)) }
            return DocumentNode(line: line, content: .array(list))
        case .mapping(let mapping):
            var members: [DocumentNode.Member] = []
            var names: Set<String> = []
            for (key, entry) in mapping {
                guard case .scalar(let scalar) = key else {
                    throw .syntax(path: path, problem: "line \(key.mark?.line ?? line): a key that is no text")
                }
                guard names.insert(scalar.string).inserted else {
                    throw .syntax(path: path, problem: "line \(key.mark?.line ?? line): the key \(scalar.string) stands twice")
                }
                let value = try outline(entry, depth: depth + 1, budget: &budget, path: path)
                members.append(DocumentNode.Member(name: scalar.string, line: key.mark?.line ?? value.line, value: value))
            }
            return DocumentNode(line: line, content: .object(members))
        case .alias(let alias):
            throw .syntax(path: path, problem: "line \(line): the alias *\(alias.anchor.rawValue) stands for nothing")
        }
    }

    /// Times, versions and hashes look like numbers to YAML; only what JSON would write as a number is one.
    static func value(of scalar: Node.Scalar) -> JSONValue {
        guard scalar.style == .plain else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null": return .null
        case "true": return true
        case "false": return false
        default:
            if let integer = Int64(scalar.string), String(integer) == scalar.string { return .integer(integer) }
            if scalar.string.utf8.count < 64,
                scalar.string.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+([eE][+-]?[0-9]+)?|[eE][+-][0-9]+)/) != nil,
                let number = Double(scalar.string), number.isFinite
            {
                return .number(number)
            }
            return .string(scalar.string)
        }
    }
}
