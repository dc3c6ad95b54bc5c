import Incidents
import Wording

/// A piece of a form, in its order.
public enum FormPart: Sendable, Hashable {
    case heading(BilingualText)
    case subheading(BilingualText)
    case text(TemplateText)
    case field(FormField)
    case table(FormTable)
    /// What follows stands on a sheet of its own.
    case appendix(BilingualText, isLandscape: Bool)
    /// It stands only where that is so.
    indirect case conditional(TemplateCondition, FormPart)

    /// The field that it is, whether it stands or not.
    var field: FormField? {
        switch self {
        case .field(let field): field
        case .conditional(_, let part): part.field
        default: nil
        }
    }

    static func list(_ entry: ContentValue, about: FormSubjectKind) throws(ContentError) -> [FormPart] {
        var parts: [FormPart] = []
        var keys: Set<String> = []
        for value in try entry.list() {
            let names = FormSources.names(about).union(keys)
            var part = try FormPart(value, about: about, names: names)
            if let entry = value["if"] {
                let condition = try TemplateCondition(entry, isKnown: { names.contains($0) }, names: { Array(names) })
                part = .conditional(condition, part)
            }
            if let field = part.field, !keys.insert(field.key).inserted { throw value.error("the field \(field.key) stands twice") }
            parts.append(part)
        }
        return parts
    }

    /// - Parameter names: what texts and conditions may name: what the record knows, and fields that stand before.
    private init(_ value: ContentValue, about: FormSubjectKind, names: Set<String>) throws(ContentError) {
        if let heading = value["heading"] {
            try value.allow(keys: ["heading", "if"])
            self = .heading(try DocumentTemplate.names(heading))
        } else if let heading = value["subheading"] {
            try value.allow(keys: ["subheading", "if"])
            self = .subheading(try DocumentTemplate.names(heading))
        } else if let text = value["text"] {
            try value.allow(keys: ["text", "if"])
            self = .text(try TemplateText(text, places: names))
        } else if let table = value["table"] {
            try value.allow(keys: ["table", "if"])
            let table = try table.word(FormTable.self)
            guard table.about == nil || table.about == about else {
                throw value.error("\(table.rawValue) is for forms about another subject")
            }
            self = .table(table)
        } else if let appendix = value["appendix"] {
            try value.allow(keys: ["appendix", "landscape", "if"])
            self = .appendix(try DocumentTemplate.names(appendix), isLandscape: try value["landscape"]?.flag() ?? false)
        } else if value["field"] != nil {
            self = .field(try FormField(value, about: about))
        } else {
            throw value.error("expected field, heading, subheading, text, table or appendix")
        }
    }
}

/// Tables that a form may hold.
public enum FormTable: String, Sendable, CaseIterable {
    case evidence, hosts, timeline, entries, form05, systems

    /// What the form must be about; nil for both.
    var about: FormSubjectKind? {
        switch self {
        case .evidence, .hosts, .timeline, .entries: .incident
        case .form05, .systems: .period
        }
    }
}

/// A field of a form: what it is called, where it comes from, what may stand in it.
public struct FormField: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        case text
        case number
        /// One of the choices.
        case choice
        /// Any of the choices.
        case choices
    }

    public struct Choice: Sendable, Hashable {
        public var code: String
        public var name: BilingualText
    }

    /// `reporter_name`.
    public var key: String
    public var name: BilingualText
    public var kind: Kind
    public var choices: [Choice]
    public var isRequired: Bool
    /// Where it is filled in from: `incident.code`; nil when only a person knows.
    public var source: String?
    /// Addresses inside the network may not stand in it (TT 20/2017, Mẫu 03).
    public var isPublicOnly: Bool
    /// Said to the person who is asked.
    public var hint: BilingualText?

    init(_ value: ContentValue, about: FormSubjectKind) throws(ContentError) {
        try value.allow(keys: ["field", "vi", "en", "type", "choices", "required", "from", "public_only", "hint", "if"])
        key = try value.require("field").text()
        guard key.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }) else {
            throw try value.require("field").error("expected lower-case letters, digits and _")
        }
        name = try DocumentTemplate.names(value)
        kind = try value["type"]?.word(Kind.self) ?? .text
        choices = []
        if let list = value["choices"] {
            for entry in try list.list() {
                try entry.allow(keys: ["code", "vi", "en"])
                choices.append(Choice(code: try entry.require("code").text(), name: try DocumentTemplate.names(entry)))
            }
        }
        guard choices.isEmpty == (kind == .text || kind == .number) else {
            throw value.error("choices belong to the types choice and choices")
        }
        isRequired = try value["required"]?.flag() ?? false
        isPublicOnly = try value["public_only"]?.flag() ?? false
        hint = try value["hint"].map { entry throws(ContentError) in try DocumentTemplate.names(entry) }
        if let entry = value["from"] {
            let name = try entry.text()
            guard FormSources.names(about).contains(name) else {
                throw entry.error("\(name) is unknown; known are \(FormSources.names(about).sorted().joined(separator: ", "))")
            }
            source = name
        }
    }
}
