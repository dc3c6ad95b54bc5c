import Bytes
import Compliance
import Incidents
import Trust
import Wording

/// What the author of a weekly report adds to the data.
public struct WeeklyOptions: Sendable {
    public var language = Language.vi
    public var letterhead = Letterhead.blank
    /// The document's number; blank to be filled in when it is registered.
    public var number: String?
    /// The document's date; blank to be filled in when it is signed.
    public var date: Timestamp?
    /// The author's own words for section IX, paragraph by paragraph.
    public var remarks: [String] = []
    public var isTraced = false

    public init() {}
}

/// The weekly compliance report (TT 31/2017/TT-BTTTT Đ5.3.d) of a period.
public struct WeeklyReport: Sendable {
    public let data: WeeklyData
    public let options: WeeklyOptions

    public init(_ data: WeeklyData, _ options: WeeklyOptions = WeeklyOptions()) {
        self.data = data
        self.options = options
    }

    public var document: ReportDocument {
        let context = SectionContext(data: data, options: options)
        let sections = ReportCatalogue.weekly.map { section in
            let content = section.content(context)
            return ReportDocument.Section(
                number: section.number, heading: section.heading[options.language], isAppendix: section.isAppendix,
                metrics: content.metrics, blocks: content.blocks)
        }
        let metrics = sections.flatMap(\.metrics)
        let period = data.period
        let week = period.isoWeek
        let number =
            period.isWeek
            ? context.text(" tuần \(context.pad(week.week))/\(week.year)", " week \(context.pad(week.week))/\(week.year)") : ""
        let span = context.text(
            "từ ngày \(LocalTime.date(period.from)) đến ngày \(LocalTime.date(period.lastDay))",
            "from \(LocalTime.date(period.from)) to \(LocalTime.date(period.lastDay))")
        return ReportDocument(
            language: options.language, letterhead: options.letterhead, number: options.number, date: options.date,
            kind: context.text("BÁO CÁO", "REPORT"),
            title: context.text(
                "Kết quả giám sát, ứng cứu sự cố an ninh mạng\(number) (\(span))",
                "Cyber security monitoring and incident response,\(number) (\(span))"),
            sections: sections, provenance: provenance(context, metrics),
            signature: [options.letterhead.authority, options.letterhead.signerTitle].compactMap { $0 } + [
                options.letterhead.signerName ?? ""
            ],
            copies: options.letterhead.copies, isTraced: options.isTraced)
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
            Fact(
                context.text("Sổ cái sự kiện", "Ledger"),
                context.text("mục thứ ", "entry ") + "\(data.ledger.seq), SHA-256 \(data.ledger.hash.hex)"),
            Fact(context.text("Mã băm số liệu", "Digest of the numbers"), "SHA-256 \(digest)"),
        ]
    }
}
