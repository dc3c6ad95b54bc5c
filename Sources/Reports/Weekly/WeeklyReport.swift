import Bytes
import Compliance
import Incidents
import Trust
import Wording

/// What the author of a report on a period adds to the data.
public struct WeeklyOptions: Sendable {
    public var template: DocumentTemplate
    public var language = Language.vi
    public var letterhead = Letterhead.blank
    /// The document's number; blank to be filled in when it is registered.
    public var number: String?
    /// The document's date; blank to be filled in when it is signed.
    public var date: Timestamp?
    /// The author's own words for the assessment, paragraph by paragraph.
    public var remarks: [String] = []
    /// What people answered for tables: `damage.MALWARE`.
    public var answers: [String: String] = [:]
    public var isTraced = false
    /// Where addresses are from; nil where nothing says so.
    public var origins: (any AddressOrigins)?

    public init(template: DocumentTemplate) { self.template = template }
}

/// A report on a period, made of sections: the weekly compliance report (TT 31/2017/TT-BTTTT Đ5.3.d), the daily log, the half-yearly report.
public struct WeeklyReport: Sendable {
    public let data: WeeklyData
    public let options: WeeklyOptions

    public init(_ data: WeeklyData, _ options: WeeklyOptions) {
        self.data = data
        self.options = options
    }

    /// Names that may stand in braces in the template's title.
    static let places: Set<String> = ["week", "span", "from", "to", "year", "half"]

    /// `W17.overdue`: a number of the report, by its code and key.
    static func isNumber(_ name: String) -> Bool {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 3, parts[0].first == "W", let number = Int(parts[0].dropFirst()) else { return false }
        return (1...26).contains(number) && !parts[1].isEmpty
    }

    /// What texts of the template may name.
    private func numbers(_ metrics: [Metric], _ context: SectionContext) -> [String: String] {
        var numbers: [String: String] = [:]
        for metric in metrics {
            for value in metric.values {
                if value.amount != .missing { numbers["\(metric.code).\(value.key)"] = context.numbers.text(value.amount) }
            }
        }
        return numbers
    }

    public var document: ReportDocument {
        let context = SectionContext(data: data, options: options)
        let template = options.template
        var count = 0
        // Every section is made, also one that its condition leaves out: texts and conditions may speak of all numbers.
        let contents = template.sections.map { entry -> (section: any ReportSection, content: SectionContent)? in
            guard case .data(let name) = entry.content, let section = ReportCatalogue.sections[name] else { return nil }
            var content = section.content(context)
            for index in content.metrics.indices {
                content.metrics[index].name = template.wording.text(content.metrics[index].name)
                content.metrics[index].method = template.wording.text(content.metrics[index].method)
            }
            return (section, content)
        }
        let numbers = numbers(contents.compactMap { $0 }.flatMap(\.content.metrics), context)
        func value(_ name: String) -> String? { Self.places.contains(name) ? place(name, context) : numbers[name] }
        let sections = zip(template.sections, contents).compactMap { entry, made -> ReportDocument.Section? in
            if let condition = entry.condition, !condition.holds(value) { return nil }
            switch entry.content {
            case .text(let text):
                count += 1
                let paragraphs = text.filled(options.language, blank: context.noData, value).split(separator: "\n").map(\.trimmingSpaces)
                return ReportDocument.Section(
                    number: OfficialText.roman(count), heading: entry.heading?[options.language] ?? "",
                    blocks: paragraphs.filter { !$0.isEmpty }.map { .paragraph($0) })
            case .data:
                guard let (section, content) = made else { return nil }
                if !section.isAppendix { count += 1 }
                return ReportDocument.Section(
                    number: section.isAppendix ? "PL" : OfficialText.roman(count),
                    heading: (entry.heading ?? template.wording.text(section.heading))[options.language], isAppendix: section.isAppendix,
                    isLandscape: section.isLandscape, metrics: content.metrics, blocks: content.blocks)
            }
        }
        let letterhead = options.letterhead
        let lines = template.signatureLines.map { $0[options.language] }
        return ReportDocument(
            form: template.id, language: options.language, letterhead: letterhead, symbol: template.symbol, number: options.number,
            date: options.date, kind: template.kind[options.language], title: title(context),
            basis: template.basis.map { $0[options.language] }, addressees: addressees, sections: sections,
            provenance: provenance(context, sections.flatMap(\.metrics)),
            signature: Signature(
                lines: lines.isEmpty ? letterhead.signature.lines : lines, note: template.signatureNote?[options.language],
                name: letterhead.signature.name),
            copies: letterhead.copies, isTraced: options.isTraced)
    }

    /// The unit's own recipients of this report, else the unit's in general, else the template's.
    public var addressees: [String] {
        let letterhead = options.letterhead
        if let own = letterhead.recipients[options.template.id] { return own }
        return letterhead.addressees.isEmpty ? options.template.recipients.map { $0[options.language] } : letterhead.addressees
    }

    /// Subject of the mail that carries it.
    public var mailSubject: String {
        let context = SectionContext(data: data, options: options)
        return options.template.mailSubject?.filled(options.language, blank: "") { place($0, context) }
            ?? title(context).replacing("\n", with: " ")
    }

    private func title(_ context: SectionContext) -> String {
        options.template.title.filled(options.language, blank: "") { place($0, context) }
    }

    private func place(_ name: String, _ context: SectionContext) -> String {
        let period = data.period
        let week = period.isoWeek
        let isVietnamese = options.language == .vi
        switch name {
        case "week":
            guard period.isWeek else { return "" }
            return isVietnamese ? " tuần \(context.pad(week.week))/\(week.year)" : " week \(context.pad(week.week))/\(week.year)"
        case "span":
            let (from, to) = (LocalTime.date(period.from), LocalTime.date(period.lastDay))
            return isVietnamese ? "từ ngày \(from) đến ngày \(to)" : "from \(from) to \(to)"
        case "from": return LocalTime.date(period.from)
        case "to": return LocalTime.date(period.lastDay)
        case "year": return String(LocalTime.fields(period.lastDay).year)
        default: return LocalTime.fields(period.from).month <= 6 ? "1" : "2"
        }
    }

    private func provenance(_ context: SectionContext, _ metrics: [Metric]) -> [Fact] {
        let digest = (try? JSONRenderer.json(of: metrics).canonicalDigest().hex) ?? "-"
        return [
            Fact(
                context.text("Hồ sơ tuân thủ", "Compliance profile"), "\(data.profile.label): " + data.profile.basis.joined(separator: "; ")
            ),
            Fact(
                context.text("Khoảng dữ liệu", "Data from and to"),
                "[\(LocalTime.iso(data.period.from)), \(LocalTime.iso(data.period.until)))"),
            data.ledger.fact(options.language),
            Fact(context.text("Mã băm số liệu", "Digest of the numbers"), "SHA-256 \(digest)"),
        ]
    }
}
