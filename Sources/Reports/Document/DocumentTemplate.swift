import Incidents
import Wording

/// What a document says besides its data, from a file of Templates/ or one that the unit put in its place: kind, title, headings, fields, texts.
/// Nothing of it needs a new build; every mistake is named by file and line.
public struct DocumentTemplate: Sendable {
    /// `weekly`, `f24`; also the file's name.
    public var id: String
    public var kind: BilingualText
    /// Abbreviation in the document's number: `BC`.
    public var symbol: String
    /// With places such as `{week}`.
    public var title: TemplateText
    public var basis: [BilingualText]
    /// Kính gửi where neither organisation.yaml nor the deadline's recipients say it.
    public var recipients: [BilingualText]
    /// Subject of the mail that carries it.
    public var mailSubject: TemplateText?
    public var signatureLines: [BilingualText]
    public var signatureNote: BilingualText?
    /// What the compliance profile calls the form.
    public var profileForm: String?
    public var fulfils: Fulfilment
    /// No address of an inner network may stand anywhere in it.
    public var isPublicOnly: Bool
    /// The text's sections where it is made of data; empty for a form.
    public var sections: [SectionTemplate]
    /// The parts of a form; empty for a report.
    public var parts: [FormPart]
    public var about: FormSubjectKind
    public var wording: ReportWording

    /// A section of a report: which, and what it is called here; or the unit's own text.
    public struct SectionTemplate: Sendable, Hashable {
        public enum Content: Sendable, Hashable {
            /// One of ``ReportCatalogue``.
            case data(String)
            case text(TemplateText)
        }

        public var content: Content
        public var heading: BilingualText?
        /// It stands only where this is so.
        public var condition: TemplateCondition?
    }

    /// The deadlines that sending it fulfils.
    public struct Fulfilment: Sendable, Hashable {
        public var always: [String] = []
        /// By the value of a field.
        public var field: String?
        public var byValue: [String: [String]] = [:]

        public func clocks(_ values: [String: String]) -> [String] {
            guard let field else { return always }
            return always + (byValue[values[field] ?? ""] ?? [])
        }
    }
}

/// What a form is about.
public enum FormSubjectKind: String, Sendable, CaseIterable { case incident, period }

extension DocumentTemplate {
    /// Reads a template's text. Every error names file, line and key.
    public static func parse(_ text: String, file: String) throws(ContentError) -> DocumentTemplate {
        try DocumentTemplate(ContentValue.parse(text, file: file))
    }

    private init(_ root: ContentValue) throws(ContentError) {
        try root.allow(keys: [
            "schema", "id", "kind", "symbol", "title", "basis", "recipients", "mail_subject", "signature", "profile_form", "fulfils",
            "about",
            "sections", "form", "wording", "public_only",
        ])
        let schema = try root.require("schema")
        guard try schema.text() == "vonggac-template/1" else { throw schema.error("expected vonggac-template/1, which this program reads") }
        id = try root.require("id").text()
        kind = try Self.names(root.require("kind"))
        symbol = try root.require("symbol").text()
        about = try root["about"]?.word(FormSubjectKind.self) ?? .period
        basis = try Self.texts(root["basis"])
        recipients = try Self.texts(root["recipients"])
        profileForm = try root["profile_form"]?.text()
        isPublicOnly = try root["public_only"]?.flag() ?? false
        wording = ReportWording()
        if let entry = root["wording"] {
            let known = ReportPhrases.all
            for (pattern, value) in try entry.entries() {
                guard let phrase = known[pattern] else {
                    throw value.error("no text of the report reads so; vonggac report template \(id) --wording lists them")
                }
                let other = BilingualText(try value["vi"]?.text() ?? phrase.vietnamese, try value["en"]?.text() ?? phrase.english)
                try value.allow(keys: ["vi", "en"])
                for (text, from) in [(other.vietnamese, pattern), (other.english, phrase.english)] {
                    let places = Set(TemplateText.places(of: from))
                    for place in TemplateText.places(of: text) where !places.contains(place) {
                        throw value.error(
                            "{\(place)} is unknown here; the text has \(places.sorted().map { "{\($0)}" }.joined(separator: ", "))")
                    }
                }
                wording.replacements[pattern] = other
            }
        }
        signatureLines = []
        if let entry = root["signature"] {
            try entry.allow(keys: ["lines", "note"])
            signatureLines = try Self.texts(entry["lines"])
            signatureNote = try entry["note"].map { value throws(ContentError) in try Self.names(value) }
        }
        fulfils = Fulfilment()
        if let entry = root["fulfils"] {
            try entry.allow(keys: ["clocks", "by"])
            if let list = entry["clocks"] { for code in try list.list() { fulfils.always.append(try code.text()) } }
            if let by = entry["by"] {
                try by.allow(keys: ["field", "values"])
                fulfils.field = try by.require("field").text()
                for (value, list) in try by.require("values").entries() {
                    var codes: [String] = []
                    for code in try list.list() { codes.append(try code.text()) }
                    fulfils.byValue[value] = codes
                }
            }
        }
        sections = []
        parts = []
        if let entry = root["form"] {
            guard root["sections"] == nil else { throw entry.error("a template has form or sections, not both") }
            parts = try FormPart.list(entry, about: about)
        } else {
            for entry in try root.require("sections").list() {
                sections.append(try Self.section(entry))
            }
        }
        let places = sections.isEmpty ? FormSources.names(about) : WeeklyReport.places
        title = try TemplateText(root.require("title"), places: places)
        mailSubject = try root["mail_subject"].map { value throws(ContentError) in try TemplateText(value, places: places) }
        if let field = fulfils.field, let entry = root["fulfils"]?["by"]?["field"], !parts.contains(where: { $0.field?.key == field }) {
            throw entry.error("the form has no field \(field)")
        }
    }

    private static func section(_ entry: ContentValue) throws(ContentError) -> SectionTemplate {
        try entry.allow(keys: ["section", "text", "vi", "en", "if"])
        func isKnown(_ name: String) -> Bool { WeeklyReport.places.contains(name) || WeeklyReport.isNumber(name) }
        func known() -> [String] { WeeklyReport.places + ["W01.… to W26.…: numbers, as report weekly --format json names them"] }
        let condition = try entry["if"].map { value throws(ContentError) in
            try TemplateCondition(value, isKnown: isKnown, names: known)
        }
        let heading = entry["vi"] == nil ? nil : try Self.names(entry)
        if let text = entry["text"] {
            guard entry["section"] == nil else { throw text.error("an entry is a section or a text, not both") }
            guard heading != nil else { throw entry.error("a text of one's own has a heading: vi and en") }
            return SectionTemplate(
                content: .text(try TemplateText(text, isKnown: isKnown, names: known)), heading: heading, condition: condition)
        }
        let name = try entry.require("section")
        guard ReportCatalogue.sections[try name.text()] != nil else {
            throw name.error("no such section; known are \(ReportCatalogue.sections.keys.sorted().joined(separator: ", "))")
        }
        return SectionTemplate(content: .data(try name.text()), heading: heading, condition: condition)
    }

    static func names(_ entry: ContentValue) throws(ContentError) -> BilingualText {
        BilingualText(try entry.require("vi").text(), try entry.require("en").text())
    }

    static func texts(_ entry: ContentValue?) throws(ContentError) -> [BilingualText] {
        guard let entry else { return [] }
        var texts: [BilingualText] = []
        for value in try entry.list() { texts.append(try names(value)) }
        return texts
    }
}
