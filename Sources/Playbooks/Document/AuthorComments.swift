import Trust

/// What an author wrote as comments and blank lines of YAML, by the JSON pointer (RFC 6901) of the property or element that they stand at.
///
/// JSON has neither: there they are an extension of the playbook, so that they come back at the same place when it is written as YAML,
/// and the playbook is the same in both forms. They are part of what is signed.
///
///     playbook_extensions:
///       extension-definition--3c0e8d1a-5b94-4f27-9a6e-d2f1b7c08e45:
///         comments:
///           /workflow/action--…: {before: [null, " C2: within an hour"]}
///           /workflow/action--…/timeout: {behind: " ten minutes"}
struct AuthorComments: Hashable {
    static let extensionID = "extension-definition--3c0e8d1a-5b94-4f27-9a6e-d2f1b7c08e45"

    static var definition: JSONValue {
        [
            "type": "extension-definition", "name": "VongGac comments",
            "description": "Chú thích của người soạn trong YAML / Comments that the author wrote in YAML",
            "created_by": "identity--d4d828b0-3b9b-5eeb-80eb-f086371e8039",
            "schema": "https://vonggac.invalid/docs/playbooks.md#comments", "version": "1.0.0",
        ]
    }

    /// Lines without their `#`; nil is a blank line.
    struct Place: Hashable {
        /// Above it.
        var before: [String?] = []
        /// On its line.
        var behind: String?
        /// Below the last thing that is in it.
        var after: [String?] = []
    }

    /// By pointer; the empty one is the whole document.
    var places: [String: Place] = [:]

    /// More lines are no comments but a text of another kind.
    static let mostLines = 20_000
    /// Bytes of pointers: names may be long.
    static let mostPointers = 4 << 20

    private var value: JSONValue {
        .object([
            "comments": .object(
                places.mapValues { place in
                    var members: [String: JSONValue] = [:]
                    if !place.before.isEmpty { members["before"] = .array(place.before.map { JSONValue($0) }) }
                    if let behind = place.behind { members["behind"] = .string(behind) }
                    if !place.after.isEmpty { members["after"] = .array(place.after.map { JSONValue($0) }) }
                    return .object(members)
                })
        ])
    }

    private init?(_ value: JSONValue) {
        guard case .object(let members) = value, members.count == 1, case .object(let places)? = members["comments"] else { return nil }
        func lines(_ value: JSONValue?) -> [String?] {
            (value?.elements ?? []).compactMap { element in element == .null ? .some(nil) : element.text.map { .some($0) } }
        }
        for (pointer, place) in places {
            self.places[pointer] = Place(before: lines(place["before"]), behind: place["behind"]?.text, after: lines(place["after"]))
        }
    }

    init() {}

    /// The playbook with these comments as its extension. What a file already has of that extension stays as it is.
    func put(into document: DocumentNode) -> DocumentNode {
        guard !places.isEmpty, document.value["type"]?.text == "playbook", let extensions = document.members("playbook_extensions"),
            !extensions.contains(where: { $0.name == Self.extensionID }), let definitions = document.members("extension_definitions")
        else { return document }
        var document = document
        document.put("playbook_extensions", extensions + [member(value)])
        if !definitions.contains(where: { $0.name == Self.extensionID }) {
            document.put("extension_definitions", definitions + [member(Self.definition)])
        }
        return document
    }

    private func member(_ value: JSONValue) -> DocumentNode.Member {
        DocumentNode.Member(name: Self.extensionID, line: 1, value: DocumentNode(value, order: PropertyOrder.place))
    }

    /// The comments of a playbook, and the playbook without the extension; nil where it has none.
    static func taken(from document: DocumentNode) -> (document: DocumentNode, comments: AuthorComments)? {
        guard let extensions = document.members("playbook_extensions"),
            let own = extensions.first(where: { $0.name == extensionID }), let comments = AuthorComments(own.value.value),
            let definitions = document.members("extension_definitions")
        else { return nil }
        var document = document
        document.put("playbook_extensions", extensions.filter { $0.name != extensionID })
        document.put(
            "extension_definitions", definitions.filter { $0.name != extensionID || $0.value.value != definition })
        return (document, comments)
    }
}

extension DocumentNode {
    /// The members of an object that this one has; none where it is missing, nil where it is something else.
    fileprivate func members(_ name: String) -> [Member]? {
        guard case .object(let members) = content else { return nil }
        guard let member = members.first(where: { $0.name == name }) else { return [] }
        guard case .object(let inner) = member.value.content else { return nil }
        return inner
    }

    /// Gives this object another object, or takes it away where that would be empty.
    fileprivate mutating func put(_ name: String, _ inner: [Member]) {
        guard case .object(var members) = content else { return }
        if let index = members.firstIndex(where: { $0.name == name }) {
            if inner.isEmpty { members.remove(at: index) } else { members[index].value.content = .object(inner) }
        } else if !inner.isEmpty {
            let place = members.firstIndex { PropertyOrder.place($0.name) > PropertyOrder.place(name) } ?? members.count
            members.insert(Member(name: name, line: 1, value: DocumentNode(line: 1, content: .object(inner))), at: place)
        }
        content = .object(members)
    }
}
