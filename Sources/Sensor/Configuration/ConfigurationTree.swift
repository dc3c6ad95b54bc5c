import Bytes
import Detect
import Glibc
import RuleLanguage
import Yams

/// What went wrong with the configuration, in one line.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public let place: String
    public let problem: String

    public init(_ place: String, _ problem: String) {
        self.place = place
        self.problem = problem
    }

    public var description: String { "\(place): \(problem)" }
}

/// A YAML document as plain values: what suricata.yaml is read into, with `include`s followed and `--set` applied.
public indirect enum ConfigurationTree: Sendable, Equatable {
    case null
    case scalar(String)
    case sequence([ConfigurationTree])
    /// In the order of the file.
    case mapping([(key: String, value: ConfigurationTree)])

    public static func == (a: ConfigurationTree, b: ConfigurationTree) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.scalar(let x), .scalar(let y)): x == y
        case (.sequence(let x), .sequence(let y)): x == y
        case (.mapping(let x), .mapping(let y)): x.count == y.count && zip(x, y).allSatisfy { $0.key == $1.key && $0.value == $1.value }
        default: false
        }
    }

    /// A configuration is text for people; anything larger is a mistake or an attack.
    private static var sizeLimit: Int { 8 << 20 }
    private static var depthLimit: Int { 64 }
    /// Aliases may stand for each other many times over; this bounds what they can grow to.
    private static var valueLimit: Int { 200_000 }

    // MARK: reading

    /// Reads a file and the files that it includes (paths relative to the including file's folder).
    public static func load(_ path: String, includeDepth: Int = 0) throws -> ConfigurationTree {
        guard includeDepth < 16 else { throw ConfigurationError(path, "includes are nested deeper than 16 files") }
        let text = try read(path)
        guard YAMLAliases.areFew(in: text) else { throw ConfigurationError(path, "has too many aliases of aliases") }
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(location(error, path), "not valid YAML: \(reason(error))")
        }
        guard let node else { return .mapping([]) }
        var budget = valueLimit
        var tree = try convert(node, path: path, depth: 0, budget: &budget)
        guard case .mapping(let entries) = tree else {
            throw ConfigurationError("\(path):1:1", "a configuration is a mapping of keys to values")
        }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        tree = .mapping(entries.filter { $0.key != "include" })
        for entry in entries where entry.key == "include" {
            let names: [String] =
                switch entry.value {
                case .scalar(let name): [name]
                case .sequence(let items): items.compactMap(\.text)
                default: []
                }
            for name in names {
                let full = name.hasPrefix("/") ? name : folder + "/" + name
                tree = tree.filled(from: try load(full, includeDepth: includeDepth + 1))
            }
        }
        return tree
    }

    private static func read(_ path: String) throws -> String {
        guard let bytes = WholeFile.read(path, limit: sizeLimit) else {
            throw ConfigurationError(path, "cannot be read: \(unsafe String(cString: strerror(errno)))")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(path, "is not UTF-8 text")
        }
        return text
    }

    private static func location(_ error: YamlError, _ path: String) -> String {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): "\(path):\(mark.line):\(mark.column)"
        default: path
        }
    }

    private static func reason(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        default: "\(error)"
        }
    }

    private static func convert(_ node: Node, path: String, depth: Int, budget: inout Int) throws -> ConfigurationTree {
        budget -= 1
        guard budget > 0 else { throw ConfigurationError(path, "holds more than \(valueLimit) values; are there aliases of aliases?") }
        guard depth < depthLimit else {
            throw ConfigurationError("\(path):\(node.mark?.line ?? 0):1", "values are nested deeper than \(depthLimit) levels")
        }
        switch node {
        case .scalar(let scalar): return .scalar(scalar.string)
        case .sequence(let sequence): return .sequence(try sequence.map { try convert($0, path: path, depth: depth + 1, budget: &budget) })
        case .mapping(let mapping):
            return .mapping(
                try mapping.map { pair in
                    (key: pair.key.string ?? "", value: try convert(pair.value, path: path, depth: depth + 1, budget: &budget))
                })
        case .alias: return .null
        }
    }

    /// This tree with keys that it lacks taken from `other`.
    private func filled(from other: ConfigurationTree) -> ConfigurationTree {
        guard case .mapping(var mine) = self, case .mapping(let theirs) = other else { return self }
        for entry in theirs {
            if let index = mine.firstIndex(where: { $0.key == entry.key }) {
                mine[index].value = mine[index].value.filled(from: entry.value)
            } else {
                mine.append(entry)
            }
        }
        return .mapping(mine)
    }

    // MARK: looking up

    public var text: String? {
        if case .scalar(let text) = self { return text }
        return nil
    }

    public var items: [ConfigurationTree] {
        if case .sequence(let items) = self { return items }
        return []
    }

    public var entries: [(key: String, value: ConfigurationTree)] {
        if case .mapping(let entries) = self { return entries }
        return []
    }

    public subscript(key: String) -> ConfigurationTree? { entries.first { $0.key == key }?.value }

    /// A value by dotted path; numbers in it are places in a list.
    public func at(_ path: String) -> ConfigurationTree? {
        var current = self
        for part in path.split(separator: ".") {
            if case .sequence(let items) = current {
                guard let index = Int(part), items.indices.contains(index) else { return nil }
                current = items[index]
            } else {
                guard let next = current[String(part)] else { return nil }
                current = next
            }
        }
        return current
    }

    public func text(_ path: String) -> String? { at(path)?.text }

    /// `yes`, `true`, `on`, `1` and their opposites; nil for anything else.
    public func flag(_ path: String) -> Bool? {
        switch text(path)?.lowercased() {
        case "yes", "true", "on", "1", "enabled": true
        case "no", "false", "off", "0", "disabled": false
        default: nil
        }
    }

    public func integer(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    /// A size such as `64mb`, `100kb`, `1 GiB` or bytes.
    public func size(_ path: String) -> UInt64? { text(path).flatMap(ConfigurationTree.size) }

    static func size(_ text: String) -> UInt64? { SizeText.bytes(Array(text.utf8.filter { $0 != 95 })[...].trimmed) }

    // MARK: changing

    /// This tree with the value at a dotted path replaced, missing levels made.
    public func setting(_ path: String, to value: String) -> ConfigurationTree {
        setting(path.split(separator: ".").map(String.init)[...], to: value)
    }

    private func setting(_ path: ArraySlice<String>, to value: String) -> ConfigurationTree {
        guard let first = path.first else { return .scalar(value) }
        if case .sequence(var items) = self, let index = Int(first) {
            while items.count <= index, index < 1024 { items.append(.null) }
            if items.indices.contains(index) { items[index] = items[index].setting(path.dropFirst(), to: value) }
            return .sequence(items)
        }
        var mapping = entries
        if let index = mapping.firstIndex(where: { $0.key == first }) {
            mapping[index].value = mapping[index].value.setting(path.dropFirst(), to: value)
        } else {
            mapping.append((key: first, value: ConfigurationTree.null.setting(path.dropFirst(), to: value)))
        }
        return .mapping(mapping)
    }
}
