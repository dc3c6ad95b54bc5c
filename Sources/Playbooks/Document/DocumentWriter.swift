import Trust

extension DocumentNode {
    /// JSON with two spaces per level, in the author's order.
    /// - Throws: ``CanonicalJSONError`` for numbers that JSON has no form for.
    public func jsonText() throws(CanonicalJSONError) -> String {
        var out = ""
        try writeJSON(into: &out, indent: 0)
        return out + "\n"
    }

    private func writeJSON(into out: inout String, indent: Int) throws(CanonicalJSONError) {
        let inner = String(repeating: "  ", count: indent + 1)
        let outer = String(repeating: "  ", count: indent)
        switch content {
        case .scalar(let value): out += try value.canonicalText()
        case .array(let nodes):
            if nodes.isEmpty {
                out += "[]"
                return
            }
            out += "[\n"
            for (index, node) in nodes.enumerated() {
                out += inner
                try node.writeJSON(into: &out, indent: indent + 1)
                out += index == nodes.count - 1 ? "\n" : ",\n"
            }
            out += outer + "]"
        case .object(let members):
            if members.isEmpty {
                out += "{}"
                return
            }
            out += "{\n"
            for (index, member) in members.enumerated() {
                out += inner + (try JSONValue.string(member.name).canonicalText()) + ": "
                try member.value.writeJSON(into: &out, indent: indent + 1)
                out += index == members.count - 1 ? "\n" : ",\n"
            }
            out += outer + "}"
        }
    }

    /// YAML that reads back as the same values: texts of several lines as blocks, others quoted where they would read as something else, the
    /// author's comments at their places.
    /// - Throws: ``CanonicalJSONError`` for numbers that JSON has no form for.
    public func yamlText() throws(CanonicalJSONError) -> String {
        if let (bare, comments) = AuthorComments.taken(from: self) {
            var writer = YAMLWriter(comments: comments.places)
            try writer.write(bare)
            // Comments that have no place, or are more than comments, stay what they are in JSON.
            if let back = try? PlaybookText.parse(writer.out, path: "comments.yaml"),
                try back.value.canonicalText() == value.canonicalText()
            {
                return writer.out
            }
        }
        var writer = YAMLWriter(comments: [:])
        try writer.write(self)
        return writer.out
    }
}

private struct YAMLWriter {
    let comments: [String: AuthorComments.Place]
    var out = ""

    init(comments: [String: AuthorComments.Place]) { self.comments = comments }

    mutating func write(_ document: DocumentNode) throws(CanonicalJSONError) {
        write(lines: comments[""]?.before ?? [], "")
        try write(document, at: "", indent: 0, isElement: false, behind: "")
    }

    private mutating func write(lines: [String?], _ space: String) {
        for line in lines { out += line.map { space + "#" + $0 + "\n" } ?? "\n" }
    }

    private func pointer(_ pointer: String, _ name: String) -> String {
        comments.isEmpty ? "" : pointer + "/" + JSONPointer.escape(name)
    }

    private func behind(_ pointer: String) -> String { comments[pointer]?.behind.map { "  #" + $0 } ?? "" }

    /// - Parameter isElement: it begins behind a dash.
    private mutating func write(
        _ node: DocumentNode, at place: String, indent: Int, isElement: Bool, behind text: String
    ) throws(CanonicalJSONError) {
        let space = String(repeating: "  ", count: indent)
        switch node.content {
        case .scalar(let value):
            let written = try Self.yaml(value, indent: indent)
            // The head of a block has a line of its own.
            let head = written.hasPrefix("|") ? written.prefix { $0 != "\n" } : written[...]
            out += head + text + written.dropFirst(head.count) + "\n"
        case .array(let nodes):
            if nodes.isEmpty {
                out += "[]" + text + "\n"
                return
            }
            for (index, node) in nodes.enumerated() {
                let own = pointer(place, String(index))
                let isFirst = isElement && index == 0
                if !isFirst { write(lines: comments[own]?.before ?? [], space) }
                out += (isFirst ? "" : space) + "- "
                try write(node, at: own, indent: indent + 1, isElement: true, behind: behind(own))
            }
            write(lines: comments[place]?.after ?? [], space)
        case .object(let members):
            if members.isEmpty {
                out += "{}" + text + "\n"
                return
            }
            for (index, member) in members.enumerated() {
                let own = pointer(place, member.name)
                let isFirst = isElement && index == 0
                if !isFirst { write(lines: comments[own]?.before ?? [], space) }
                out += (isFirst ? "" : space) + (try Self.yaml(.string(member.name), indent: nil)) + ":"
                var rest = behind(own)
                switch member.value.content {
                case .object(let inner) where !inner.isEmpty:
                    out += rest + "\n"
                    rest = ""
                case .array(let inner) where !inner.isEmpty:
                    out += rest + "\n"
                    rest = ""
                default: out += " "
                }
                try write(member.value, at: own, indent: indent + 1, isElement: false, behind: rest)
            }
            write(lines: comments[place]?.after ?? [], space)
        }
    }

    /// - Parameter indent: nil where the text must stay on one line.
    private static func yaml(_ value: JSONValue, indent: Int?) throws(CanonicalJSONError) -> String {
        guard case .string(let text) = value else {
            let written = try value.canonicalText()
            // A whole number beyond 2^63 would read as text.
            if case .number = value, !written.contains("."), !written.contains("e"), Int64(written) == nil { return written + ".0" }
            return written
        }
        if let indent, isBlock(text) {
            let space = String(repeating: "  ", count: max(1, indent))
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            let body = text.hasSuffix("\n") ? lines.dropLast() : lines[...]
            return (text.hasSuffix("\n") ? "|" : "|-") + body.map { "\n" + ($0.isEmpty ? "" : space + $0) }.joined()
        }
        return isPlain(text) ? text : escaped(try value.canonicalText())
    }

    /// JSON's text in quotes, as YAML reads it: it takes more characters than JSON for line breaks, or for none at all.
    private static func escaped(_ quoted: String) -> String {
        guard quoted.unicodeScalars.contains(where: { $0.value > 0x7e && !isHarmless($0) }) else { return quoted }
        var out = String.UnicodeScalarView()
        for scalar in quoted.unicodeScalars {
            guard scalar.value > 0x7e, !isHarmless(scalar) else {
                out.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            let isLong = scalar.value > 0xffff
            out.append(
                contentsOf: "\\\(isLong ? "U" : "u")\(String(repeating: "0", count: (isLong ? 8 : 4) - digits.utf8.count))\(digits)"
                    .unicodeScalars)
        }
        return String(out)
    }

    /// Lines that a literal block gives back unchanged.
    private static func isBlock(_ text: String) -> Bool {
        guard text.contains("\n"), !text.hasSuffix("\n\n"), let first = text.unicodeScalars.first, first != " ", first != "\n",
            first != "\t"
        else { return false }
        return text.unicodeScalars.allSatisfy { $0 == "\n" || isHarmless($0) } && !text.contains(" \n") && text != "\n"
    }

    /// Printable, and no line break that YAML would take for one.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: scalar.value < 0xffff
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, first.properties.isAlphabetic || first == "_" || first == "/", text.utf8.count < 400,
            text.unicodeScalars.allSatisfy(isHarmless), text.last != " ", text.last != ":", !text.contains(": "), !text.contains(" #")
        else { return false }
        return !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    }
}

/// The order in which CACAO lists properties, for documents that were not written by hand.
public enum PropertyOrder {
    private static let names = [
        "type", "spec_version", "id", "name", "description", "playbook_types", "playbook_activities", "playbook_processing_summary",
        "created_by", "created", "modified", "revoked", "valid_from", "valid_until", "derived_from", "related_to", "priority", "severity",
        "impact", "industry_sectors", "labels", "external_references", "markings", "playbook_variables", "condition", "switch", "cases",
        "commands", "command", "agent", "targets", "in_args", "out_args", "delay", "timeout", "step_variables", "on_completion",
        "on_success",
        "on_failure", "on_true", "on_false", "next_steps", "workflow_start", "workflow_exception", "workflow", "playbook_extensions",
        "authentication_info_definitions", "agent_definitions", "target_definitions", "extension_definitions", "data_marking_definitions",
        "signatures",
    ]
    private static let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })

    public static func place(_ name: String) -> Int { places[name] ?? names.count }
}
