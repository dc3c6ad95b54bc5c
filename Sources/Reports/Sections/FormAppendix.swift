import Incidents
import Wording

/// The table of TT 20/2017 Mẫu 05 for the period: ten categories by how they were handled.
struct FormAppendix: ReportSection {
    let heading = BilingualText("Bảng tổng hợp sự cố theo Mẫu 05 (TT 20/2017/TT-BTTTT)", "Table of incidents by form 05 (Circular 20/2017)")
    var isAppendix: Bool { true }
    var isLandscape: Bool { true }

    func content(_ context: SectionContext) -> SectionContent {
        let data = context.data
        var content = SectionContent()
        let categories = data.profile.categories.filter { $0.formRow != nil }.sorted { ($0.formRow ?? 0) < ($1.formRow ?? 0) }
        content.metrics.append(
            Metric(
                "M05", BilingualText("Mẫu 05", "Form 05"),
                method: BilingualText(
                    "sự cố đã xác nhận theo loại chính; cách xử lý ghi khi đóng",
                    "confirmed incidents by primary category; handling as recorded on closing"),
                categories.map { category in
                    let these = data.confirmed.filter { $0.category == category.code }
                    return MetricValue(category.code.rawValue, category.name, .count(these.count), these.map(\.code))
                }))
        content.blocks = Form05(data: data, damage: context.options.answers, language: context.language).blocks
        content.blocks.append(
            .paragraph(
                context.text(
                    "Chỉ tính sự cố đã có người xác nhận; cảnh báo và nghi vấn không vào bảng này.",
                    "Only incidents that a person confirmed are counted; alerts and candidates are not in this table.")))
        return content
    }
}
