import Incidents
import Wording

/// V. Who attacked (TT 31/2017 Đ5.3.d(4)).
struct SourceSection: ReportSection {
    let heading = BilingualText("Nguồn tấn công", "Sources of attacks")

    static let mostRows = 20

    func content(_ context: SectionContext) -> SectionContent {
        let data = context.data
        let numbers = context.numbers
        var content = SectionContent()
        content.metrics.append(
            Metric(
                "W13", BilingualText("Đối tượng tấn công", "Attack sources"),
                method: BilingualText("đếm sự cố chưa bị bác bỏ theo địa chỉ nguồn", "incidents that are not dismissed, by source address"),
                data.sources.map { MetricValue("\($0.address)", BilingualText("\($0.address)", "\($0.address)"), .count($0.incidents)) }))
        guard !data.sources.isEmpty else {
            content.blocks.append(
                .paragraph(context.text("Không ghi nhận nguồn tấn công nào trong kỳ.", "No source of attacks in the period.")))
            return content
        }
        content.blocks.append(
            .table(
                DataTable(
                    context.text("Nguồn tấn công nhiều nhất", "Foremost sources"),
                    [
                        (context.text("Địa chỉ", "Address"), .code), (context.text("Vị trí", "Where"), .start),
                        (context.text("Sự cố", "Incidents"), .end), (context.text("Mục tiêu", "Targets"), .end),
                        (context.text("Cảnh báo", "Alerts"), .end), (context.text("Thời điểm", "When"), .start),
                    ],
                    data.sources.prefix(Self.mostRows).map { source in
                        [
                            source.address.description,
                            source.address.isPrivate ? context.text("trong mạng", "inside") : context.text("bên ngoài", "outside"),
                            numbers.count(source.incidents), numbers.count(source.targets), numbers.count(source.alerts),
                            context.span(source.firstSeen, source.lastSeen),
                        ]
                    })))
        content.blocks.append(
            .missing(
                context.text(
                    "Quốc gia và nhà mạng của địa chỉ: chưa có dữ liệu (chưa có cơ sở dữ liệu địa lý).",
                    "Country and network of the addresses: no data (there is no geographic database).")))
        return content
    }
}
