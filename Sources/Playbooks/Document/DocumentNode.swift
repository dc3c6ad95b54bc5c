import Trust

/// A value of a playbook's file with the line that it stands on, and members in the order in which the author wrote them.
public struct DocumentNode: Sendable {
    public indirect enum Content: Sendable {
        case object([Member])
        case array([DocumentNode])
        /// Text, number, true, false or null.
        case scalar(JSONValue)
    }

    public struct Member: Sendable {
        public var name: String
        /// Line of the name, from 1.
        public var line: Int
        public var value: DocumentNode

        public init(name: String, line: Int, value: DocumentNode) {
            self.name = name
            self.line = line
            self.value = value
        }
    }

    /// From 1.
    public var line: Int
    public var content: Content

    public init(line: Int, content: Content) {
        self.line = line
        self.content = content
    }

    /// The value without lines and order.
    public var value: JSONValue {
        switch content {
        case .scalar(let value): value
        case .array(let nodes): .array(nodes.map(\.value))
        case .object(let members): .object(Dictionary(members.map { ($0.name, $0.value.value) }, uniquingKeysWith: { $1 }))
        }
    }

    /// The line of what a JSON pointer (RFC 6901) leads to; where the last part is missing, the line of what should hold it.
    public func line(of pointer: String) -> Int {
        var node = self
        var found = line
        for part in pointer.split(separator: "/") {
            let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
            switch node.content {
            case .object(let members):
                guard let member = members.last(where: { $0.name == name }) else { return found }
                found = member.line
                node = member.value
            case .array(let nodes):
                guard let index = Int(name), nodes.indices.contains(index) else { return found }
                node = nodes[index]
                found = node.line
            case .scalar: return found
            }
        }
        return found
    }

    /// A value that no file has, in the order in which CACAO lists properties.
    public init(_ value: JSONValue, order: (String) -> Int = { _ in 0 }) {
        line = 1
        switch value {
        case .array(let elements): content = .array(elements.map { DocumentNode($0, order: order) })
        case .object(let members):
            content = .object(
                members.sorted { (order($0.key), $0.key) < (order($1.key), $1.key) }.map {
                    Member(name: $0.key, line: 1, value: DocumentNode($0.value, order: order))
                })
        default: content = .scalar(value)
        }
    }

    /// The same document with another value for one of its own members; null takes it away.
    public func with(_ name: String, _ value: JSONValue) -> DocumentNode {
        guard case .object(var members) = content else { return self }
        let node = DocumentNode(value, order: PropertyOrder.place)
        if let index = members.firstIndex(where: { $0.name == name }) {
            if value == .null { members.remove(at: index) } else { members[index].value = node }
        } else if value != .null {
            let place = members.firstIndex { PropertyOrder.place($0.name) > PropertyOrder.place(name) } ?? members.count
            members.insert(Member(name: name, line: line, value: node), at: place)
        }
        return DocumentNode(line: line, content: .object(members))
    }
}
