import Incidents
import Wording

/// A text with places that are filled in (`Sự cố {incident.code}`), parts that stand only where something is so, and parts that stand once for each:
///
///     {#if incident.personal_data = co}Có dữ liệu cá nhân.{#else}Không có dữ liệu cá nhân.{/if}
///     {#if not incident.summary}…{/if}
///     {#each incident.attackers}- {item}; {/each}
public struct TemplateText: Sendable, Hashable {
    public var text: BilingualText
    private let vietnamese: [Piece]
    private let english: [Piece]

    private indirect enum Piece: Sendable, Hashable {
        case text(String)
        case place(String)
        case condition(TemplateCondition, then: [Piece], otherwise: [Piece])
        /// Once for each line of a value, or for each of its parts between commas where it has one line.
        case each(String, [Piece])
    }

    /// - Parameter isKnown: whether a name may stand in braces; `names` says those for the error.
    init(_ value: ContentValue, isKnown: @escaping (String) -> Bool, names: () -> [String]) throws(ContentError) {
        text = try DocumentTemplate.names(value)
        do {
            var parser = TemplateParser(text.vietnamese, isKnown: isKnown)
            vietnamese = try parser.pieces(until: [])
            parser = TemplateParser(text.english, isKnown: isKnown)
            english = try parser.pieces(until: [])
        } catch let error as TemplateParser.Problem {
            switch error {
            case .unknown(let name):
                throw value.error("{\(name)} is unknown; known are \(names().sorted().map { "{\($0)}" }.joined(separator: ", "))")
            case .other(let text): throw value.error(text)
            }
        } catch { throw value.error("\(error)") }
    }

    /// - Parameter places: every name that may stand in braces.
    init(_ value: ContentValue, places: Set<String>) throws(ContentError) {
        try self.init(value, isKnown: { places.contains($0) }, names: { Array(places) })
    }

    static func places(of text: String) -> [String] {
        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            part.firstIndex(of: "}").map { String(part[..<$0]) }
        }
    }

    /// - Parameters:
    ///   - blank: what stands where a value is not known.
    ///   - value: nil where it is not known.
    func filled(_ language: Language, blank: String, _ value: (String) -> String?) -> String {
        Self.filled(language == .vi ? vietnamese : english, blank, item: nil, value)
    }

    private static func filled(_ pieces: [Piece], _ blank: String, item: String?, _ value: (String) -> String?) -> String {
        var result = ""
        for piece in pieces {
            switch piece {
            case .text(let text): result += text
            case .place("item") where item != nil: result += item ?? ""
            case .place(let name): result += value(name) ?? blank
            case .condition(let condition, let then, let otherwise):
                result += filled(condition.holds(value) ? then : otherwise, blank, item: item, value)
            case .each(let name, let pieces):
                for item in items(value(name) ?? "") { result += filled(pieces, blank, item: item, value) }
            }
        }
        return result
    }

    /// The parts of a value that holds several.
    private static func items(_ text: String) -> [String] {
        let lines = text.split(separator: "\n").map(\.trimmingSpaces).filter { !$0.isEmpty }
        guard lines.count == 1, let line = lines.first else { return lines }
        return line.split(separator: ",").map(\.trimmingSpaces).filter { !$0.isEmpty }
    }

    /// Takes a text apart.
    private struct TemplateParser {
        enum Problem: Error {
            case unknown(String)
            case other(String)
        }

        /// Deeper ones are a mistake, and must not fill the stack.
        private static let deepest = 16

        private var rest: Substring
        private let isKnown: (String) -> Bool
        private var depth = 0
        private var loops = 0
        /// The tag that ended the pieces read last.
        private(set) var end = ""

        init(_ text: String, isKnown: @escaping (String) -> Bool) {
            rest = text[...]
            self.isKnown = isKnown
        }

        /// The next place or tag, with the text before it.
        private mutating func next() -> (before: String, tag: String?) {
            guard let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") else {
                defer { rest = "" }
                return (String(rest), nil)
            }
            defer { rest = rest[rest.index(after: close)...] }
            return (String(rest[..<open]), String(rest[rest.index(after: open)..<close]))
        }

        /// - Parameter ends: tags of which one must end the pieces; none for the whole text.
        mutating func pieces(until ends: [String]) throws -> [Piece] {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw Problem.other("parts stand in each other more than \(Self.deepest) deep") }
            var pieces: [Piece] = []
            while true {
                let (before, tag) = next()
                if !before.isEmpty { pieces.append(.text(before)) }
                guard let tag else {
                    if let end = ends.last { throw Problem.other("{\(end)} is missing") }
                    return pieces
                }
                if ends.contains(tag) {
                    end = tag
                    return pieces
                }
                if tag.hasPrefix("#if ") {
                    let condition = try condition(tag.dropFirst(4))
                    let then = try self.pieces(until: ["#else", "/if"])
                    let otherwise = end == "#else" ? try self.pieces(until: ["/if"]) : []
                    pieces.append(.condition(condition, then: then, otherwise: otherwise))
                } else if tag.hasPrefix("#each ") {
                    let name = tag.dropFirst(6).trimmingSpaces
                    try check(name)
                    loops += 1
                    pieces.append(.each(name, try self.pieces(until: ["/each"])))
                    loops -= 1
                } else if tag.hasPrefix("#") || tag.hasPrefix("/") {
                    throw Problem.other("{\(tag)} does not belong here; there are {#if NAME}, {#else}, {/if}, {#each NAME}, {/each}")
                } else {
                    if tag != "item" || loops == 0 { try check(tag) }
                    pieces.append(.place(tag))
                }
            }
        }

        private func condition(_ text: Substring) throws -> TemplateCondition {
            let condition = TemplateCondition(String(text))
            try check(condition.name)
            return condition
        }

        private func check(_ name: String) throws { if !isKnown(name) { throw Problem.unknown(name) } }
    }
}

/// `incident.urgent`, `not incident.summary`, `incident.severity = M1`. What is not known, empty or zero is not so.
public struct TemplateCondition: Sendable, Hashable {
    public var name: String
    public var isNegated: Bool
    /// What the value must be; nil for any.
    public var wanted: String?

    init(_ text: String) {
        var rest = text[...].trimmingSpaces[...]
        isNegated = rest.hasPrefix("not ")
        if isNegated { rest = rest.dropFirst(4) }
        let parts = rest.split(separator: "=", maxSplits: 1)
        name = parts.first?.trimmingSpaces ?? ""
        wanted = parts.count > 1 ? parts[1].trimmingSpaces : nil
    }

    init(_ value: ContentValue, isKnown: (String) -> Bool, names: () -> [String]) throws(ContentError) {
        self.init(try value.text())
        guard isKnown(name) else {
            throw value.error("\(name.isEmpty ? "the condition" : name) is unknown; known are \(names().sorted().joined(separator: ", "))")
        }
    }

    func holds(_ value: (String) -> String?) -> Bool {
        let text = value(name) ?? ""
        let isSo =
            wanted.map { text.split(separator: ",").map(\.trimmingSpaces).contains($0) || text == $0 } ?? !(text.isEmpty || text == "0")
        return isSo != isNegated
    }
}
