import Bytes
import Compliance
import Incidents
import Trust
import Wording

/// What a form says about: an incident, or a period.
public enum FormSubject: Sendable {
    /// With the registry of agencies, which has their names.
    case incident(IncidentDetail, [Agency])
    case period(WeeklyData)
}

/// What the author adds to any document.
public struct DocumentOptions: Sendable {
    public var language = Language.vi
    public var letterhead = Letterhead.blank
    /// The document's number; blank to be filled in when it is registered.
    public var number: String?
    /// The document's date; blank to be filled in when it is signed.
    public var date: Timestamp?
    /// When the document is made, for forms that print it.
    public var now: Timestamp?
    public var isTraced = false

    public init() {}
}

/// A statutory form, filled in from the record and from what people answered.
public struct FormDocument: Sendable {
    public let template: DocumentTemplate
    public let subject: FormSubject
    public let profile: ComplianceProfile
    /// What people answered, by field.
    public let answers: [String: String]
    public let options: DocumentOptions
    public let ledger: LedgerHead
    private let sources: FormSources

    public init(
        _ template: DocumentTemplate, about subject: FormSubject, profile: ComplianceProfile, answers: [String: String],
        ledger: LedgerHead, options: DocumentOptions
    ) {
        self.template = template
        self.subject = subject
        self.profile = profile
        self.answers = answers
        self.ledger = ledger
        self.options = options
        sources =
            switch subject {
            case .incident(let detail, let agencies):
                FormSources(detail, agencies: agencies, profile: profile, letterhead: options.letterhead, options: options)
            case .period(let data): FormSources(data, letterhead: options.letterhead, options: options)
            }
    }

    /// Every field with what is known of it: an answer before the record.
    public var fields: [(field: FormField, text: String?)] {
        parts.compactMap(\.field).map { field in (field, text(of: field)) }
    }

    /// The parts whose conditions hold.
    private var parts: [FormPart] {
        template.parts.compactMap { part in
            guard case .conditional(let condition, let inner) = part else { return part }
            return condition.holds(value) ? inner : nil
        }
    }

    /// What texts and conditions may name: what the record knows, and fields.
    private func value(_ name: String) -> String? {
        if let field = template.parts.compactMap(\.field).first(where: { $0.key == name }) { return text(of: field) }
        return sources[name]
    }

    /// Values by field, as far as they are known.
    public var values: [String: String] {
        Dictionary(fields.compactMap { field, text in text.map { (field.key, $0) } }, uniquingKeysWith: { first, _ in first })
    }

    /// Fields that the form demands and nobody knows.
    public var missing: [FormField] { fields.filter { $0.field.isRequired && $0.text == nil }.map(\.field) }

    private func text(of field: FormField) -> String? {
        let text = answers[field.key] ?? field.source.flatMap { sources[$0] }
        guard let text else { return nil }
        let kept = field.isPublicOnly ? PublicAddresses.only(text) : shown(text)
        return kept.isEmpty ? nil : kept
    }

    /// A text as the form may show it.
    private func shown(_ text: String) -> String {
        template.isPublicOnly ? PublicAddresses.masked(text, with: options.language == .vi ? "(IP nội bộ)" : "(inner IP)") : text
    }

    /// The document, with what is missing marked.
    public var document: ReportDocument {
        var sections: [ReportDocument.Section] = []
        var current = ReportDocument.Section(number: "", heading: "", blocks: [])
        var count = 0
        var run: [FilledField] = []
        func close(_ section: inout ReportDocument.Section) {
            if !run.isEmpty { section.blocks.append(.fields(run)) }
            run = []
        }
        func begin(_ next: ReportDocument.Section) {
            close(&current)
            if !current.blocks.isEmpty || !current.heading.isEmpty { sections.append(current) }
            current = next
        }
        for part in parts {
            if case .field(let field) = part {
                run.append(filled(field))
                continue
            }
            close(&current)
            switch part {
            case .field, .conditional: break
            case .heading(let heading):
                count += 1
                begin(.init(number: OfficialText.roman(count), heading: heading[options.language], blocks: []))
            case .subheading(let heading): current.blocks.append(.subheading(heading[options.language]))
            case .text(let text): current.blocks.append(.paragraph(shown(text.filled(options.language, blank: "……", value))))
            case .appendix(let heading, let isLandscape):
                begin(.init(number: "", heading: heading[options.language], isAppendix: true, isLandscape: isLandscape, blocks: []))
            case .table(let table):
                let heading = current.heading.lowercased()
                current.blocks += FormTables(self).blocks(table).map { block in
                    // A caption that only says the heading again is none.
                    guard case .table(var table) = shown(block) else { return block }
                    if !heading.isEmpty, heading.hasPrefix(table.caption.lowercased()) { table.caption = "" }
                    return .table(table)
                }
            }
        }
        begin(.init(number: "", heading: "", blocks: []))
        let draftNote =
            missing.isEmpty
            ? nil : options.language == .vi ? "dự thảo, còn thiếu \(missing.count) mục" : "draft, \(missing.count) field(s) missing"
        let letterhead = options.letterhead
        let lines = template.signatureLines.map { $0[options.language] }
        return ReportDocument(
            form: template.id, language: options.language, letterhead: letterhead, symbol: template.symbol, number: options.number,
            date: options.date, kind: template.kind[options.language], draftNote: draftNote,
            title: shown(template.title.filled(options.language, blank: "……") { sources[$0] }),
            basis: template.basis.map { $0[options.language] }, addressees: addressees, sections: sections, provenance: provenance,
            signature: Signature(
                lines: lines.isEmpty ? letterhead.signature.lines : lines, note: template.signatureNote?[options.language],
                name: letterhead.signature.name),
            copies: letterhead.copies, isTraced: false)
    }

    private func shown(_ block: Block) -> Block {
        guard case .table(var table) = block else { return block }
        table.rows = table.rows.map { $0.map { cell in shown(cell) } }
        return .table(table)
    }

    /// The unit's own recipients of this form, else those of the deadline that it fulfils, else the template's, else the unit's in general.
    public var addressees: [String] {
        if let own = options.letterhead.recipients[template.id] { return own }
        if case .incident = subject {
            let clocks = template.fulfils.clocks(values)
            if let deadline = profile.deadlines.first(where: { clocks.contains($0.code) }) {
                return deadline.recipients.map { $0[options.language] }
            }
        }
        if !template.recipients.isEmpty { return template.recipients.map { $0[options.language] } }
        return options.letterhead.addressees
    }

    /// Subject of the mail that carries it.
    public var mailSubject: String {
        template.mailSubject?.filled(options.language, blank: "") { sources[$0] }
            ?? document.kind + ": " + document.plainTitle
    }

    private func filled(_ field: FormField) -> FilledField {
        let text = text(of: field)
        let value: FilledField.Value
        switch field.kind {
        case .text, .number: value = text.map { .text($0) } ?? (field.isRequired ? .missing : .blank)
        case .choice, .choices:
            let chosen = Set((text ?? "").split(separator: ",").map { $0.trimmingSpaces })
            value =
                chosen.isEmpty && field.isRequired
                ? .missing
                : .choices(
                    field.choices.map { .init(code: $0.code, label: $0.name[options.language], isChosen: chosen.contains($0.code)) })
        }
        return FilledField(key: field.key, label: field.name[options.language], isRequired: field.isRequired, value: value)
    }

    private var provenance: [Fact] {
        let isVietnamese = options.language == .vi
        return [
            Fact(isVietnamese ? "Hồ sơ tuân thủ" : "Compliance profile", profile.label),
            Fact(
                isVietnamese ? "Mẫu" : "Template",
                "\(template.id)" + (template.profileForm.flatMap { profile.form($0)?.source }.map { " – \($0)" } ?? "")),
            ledger.fact(options.language),
        ]
    }
}

/// The ledger's last entry that a document rests on.
public struct LedgerHead: Sendable {
    public var seq: Int64
    public var hash: String

    public init(seq: Int64, hash: String) {
        self.seq = seq
        self.hash = hash
    }

    func fact(_ language: Language) -> Fact {
        language == .vi ? Fact("Sổ cái sự kiện", "mục thứ \(seq), SHA-256 \(hash)") : Fact("Ledger", "entry \(seq), SHA-256 \(hash)")
    }
}

extension Substring {
    var trimmingSpaces: String {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
