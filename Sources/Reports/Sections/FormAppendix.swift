import Incidents
import Wording

/// The table of TT 20/2017 Mẫu 05 for the period: ten categories by how they were handled.
struct FormAppendix: ReportSection {
    let number = "PL"
    let heading = BilingualText(
        "Phụ lục: Bảng tổng hợp sự cố theo Mẫu 05 (TT 20/2017/TT-BTTTT)", "Appendix: table of incidents by form 05 (Circular 20/2017)")
    var isAppendix: Bool { true }

    func content(_ context: SectionContext) -> SectionContent {
        let data = context.data
        let rows = data.profile.categories.filter { $0.formRow != nil }.sorted { ($0.formRow ?? 0) < ($1.formRow ?? 0) }
        let modes = HandlingMode.allCases
        func counts(_ incidents: [Incident]) -> [Int] {
            [incidents.count] + modes.map { mode in incidents.count { $0.handlingMode == mode } }
        }
        var content = SectionContent()
        var values: [MetricValue] = []
        var table: [[String]] = []
        var total = [Int](repeating: 0, count: modes.count + 1)
        for category in rows {
            let these = data.confirmed.filter { $0.category == category.code }
            let numbers = counts(these)
            total = zip(total, numbers).map(+)
            values.append(MetricValue(category.code.rawValue, category.name, .count(these.count), these.map(\.code)))
            table.append(
                ["\(category.formRow ?? 0)", category.name[context.language]] + numbers.map { context.numbers.count($0) } + [context.noData]
            )
        }
        table.append(["", context.text("Tổng số", "Total")] + total.map { context.numbers.count($0) } + [""])
        content.metrics.append(
            Metric(
                "M05", BilingualText("Mẫu 05", "Form 05"),
                method: BilingualText(
                    "sự cố đã xác nhận theo loại chính; cách xử lý ghi khi đóng",
                    "confirmed incidents by primary category; handling as recorded on closing"),
                values))
        content.blocks.append(
            .table(
                DataTable(
                    context.text("Số sự cố theo loại và cách xử lý", "Incidents by category and handling"),
                    [
                        (context.text("TT", "No."), .end), (context.text("Loại sự cố", "Category"), .start),
                        (context.text("Số lượng", "Number"), .end),
                        (context.text("Tự xử lý", "Alone"), .end), (context.text("Tổ chức khác hỗ trợ", "Helped"), .end),
                        (context.text("Nước ngoài hỗ trợ", "Foreign help"), .end), (context.text("Đề nghị điều phối", "Coordinator"), .end),
                        (context.text("Thiệt hại ước tính", "Estimated damage"), .end),
                    ], table, hasTotal: true)))
        let others = data.confirmed.filter { incident in !rows.contains { $0.code == incident.category } }
        if !others.isEmpty {
            content.blocks.append(
                .paragraph(
                    context.text(
                        "Ngoài bảng (lỗi hệ thống, lỗi vận hành, thảm họa; Mẫu 05 không có dòng): \(others.count) sự cố: ",
                        "Outside the table (faults and disasters, which form 05 has no row for): \(others.count) incident(s): ")
                        + context.codes(others.map(\.code)) + "."))
        }
        content.blocks.append(
            .paragraph(
                context.text(
                    "Chỉ tính sự cố đã có người xác nhận; cảnh báo và nghi vấn không vào bảng này.",
                    "Only incidents that a person confirmed are counted; alerts and candidates are not in this table.")))
        return content
    }
}
