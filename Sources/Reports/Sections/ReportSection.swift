import Bytes
import Incidents
import Wording

/// One section of a report on a period. One file per section in this folder, and one line in ``ReportCatalogue``.
protocol ReportSection: Sendable {
    /// What it is called where the template does not say.
    var heading: BilingualText { get }
    var isAppendix: Bool { get }
    /// On sheets that lie across.
    var isLandscape: Bool { get }
    func content(_ context: SectionContext) -> SectionContent
}

extension ReportSection {
    var isAppendix: Bool { false }
    var isLandscape: Bool { false }
}

/// What a section says.
struct SectionContent {
    var metrics: [Metric] = []
    var blocks: [Block] = []
}

/// What a section is made from.
struct SectionContext: Sendable {
    let data: WeeklyData
    let options: WeeklyOptions

    var language: Language { options.language }
    var numbers: NumberText { NumberText(language: language) }

    /// A text of the report in its language, worded as the template has it.
    func text(_ vietnamese: Phrase, _ english: Phrase) -> String { options.template.wording.text(vietnamese, english, language) }

    var noData: String { text("chưa có dữ liệu", "no data") }

    func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    /// The agency's name, or what stands for none.
    func agencyName(_ code: String?) -> String {
        guard let code else { return text("(chưa gắn với cơ quan)", "(no agency)") }
        guard let agency = data.agency(code) else { return code }
        return language == .vi ? agency.name : agency.nameEnglish
    }

    /// A document by the name that the profile or its template gives it.
    func formName(_ id: String) -> String {
        if let form = data.profile.form(id) { return form.title[language] }
        guard let template = try? TemplateLibrary(folders: []).template(id) else { return id }
        return template.profileForm.flatMap { data.profile.form($0) }?.title[language] ?? template.kind[language].capitalizedFirst
    }

    func categoryName(_ code: CategoryCode) -> String { data.profile[code]?.name[language] ?? code.rawValue }

    func stateName(_ state: IncidentState) -> String { language == .vi ? state.vietnamese : state.english }

    func title(_ incident: Incident) -> String { language == .vi ? incident.titleVietnamese : incident.titleEnglish }

    /// From one moment to another; the second without its date where that is the same.
    func span(_ first: Timestamp, _ last: Timestamp) -> String {
        let (from, to) = (LocalTime.text(first), LocalTime.text(last))
        if from == to { return from }
        return from + " – " + (LocalTime.date(first) == LocalTime.date(last) ? String(to.dropFirst(11)) : to)
    }

    /// Rows of one table: a report on half a year is about what stands out in it.
    private var mostRows: Int { data.period.until.microseconds - data.period.from.microseconds > 32 * ReportPeriod.day ? 40 : 300 }

    /// A table, or as much of it as belongs in the report, with how much is left out.
    func listed(_ table: DataTable) -> [Block] {
        guard table.rows.count > mostRows else { return [.table(table)] }
        var shown = table
        shown.rows = Array(table.rows.prefix(mostRows))
        let more = table.rows.count - mostRows
        return [.table(shown), .paragraph(text("Và \(more) dòng khác, có trong cơ sở dữ liệu.", "And \(more) more, in the database."))]
    }

    /// Codes in a row; long rows are cut, with how many more there are.
    func codes(_ incidents: [IncidentCode], most: Int = 6) -> String {
        let shown = incidents.prefix(most).map(\.description).joined(separator: ", ")
        return incidents.count > most
            ? shown + " " + text("và \(incidents.count - most) sự cố khác", "and \(incidents.count - most) more") : shown
    }

    /// Counts of incidents by a key, the most first, then by key.
    func grouped<Key: Comparable & Hashable>(_ incidents: [Incident], by key: (Incident) -> Key) -> [(key: Key, incidents: [Incident])] {
        Dictionary(grouping: incidents, by: key).sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }.map { ($0.key, $0.value) }
    }
}
