import Bytes
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
        let shown = data.sources.prefix(Self.mostRows)
        let origins = context.options.origins
        let hasNetworks = shown.contains { origins?.network(of: $0.address) != nil }
        var columns: [(heading: String, alignment: DataTable.Alignment)] = [
            (context.text("Địa chỉ", "Address"), .code), (context.text("Vị trí", "Where"), .start),
        ]
        if hasNetworks { columns.append((context.text("Nhà mạng", "Network"), .start)) }
        columns += [
            (context.text("Sự cố", "Incidents"), .end), (context.text("Mục tiêu", "Targets"), .end),
            (context.text("Cảnh báo", "Alerts"), .end), (context.text("Thời điểm", "When"), .start),
        ]
        content.blocks.append(
            .table(
                DataTable(
                    context.text("Nguồn tấn công nhiều nhất", "Foremost sources"), columns,
                    shown.map { source in
                        [source.address.description, place(source.address, context)]
                            + (hasNetworks ? [origins?.network(of: source.address) ?? "-"] : [])
                            + [
                                numbers.count(source.incidents), numbers.count(source.targets), numbers.count(source.alerts),
                                context.span(source.firstSeen, source.lastSeen),
                            ]
                    })))
        if let origins {
            countries(origins, context, &content)
        } else {
            content.blocks.append(
                .missing(
                    context.text(
                        "Quốc gia và nhà mạng của địa chỉ: chưa có dữ liệu (chưa có cơ sở dữ liệu địa lý).",
                        "Country and network of the addresses: no data (there is no geographic database).")))
        }
        return content
    }

    /// Inside, or the country where that is known.
    private func place(_ address: IPAddress, _ context: SectionContext) -> String {
        if address.isPrivate { return context.text("trong mạng", "inside") }
        return context.options.origins?.country(of: address) ?? context.text("bên ngoài", "outside")
    }

    /// All sources outside by country, and what says so.
    private func countries(_ origins: any AddressOrigins, _ context: SectionContext, _ content: inout SectionContent) {
        let outside = context.data.sources.filter { !$0.address.isPrivate }
        var counts: [String: Int] = [:]
        for source in outside { counts[origins.country(of: source.address) ?? "", default: 0] += 1 }
        let named = counts.filter { !$0.key.isEmpty }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let unknown = counts[""] ?? 0
        var parts = named.prefix(10).map { "\($0.key) \(context.numbers.count($0.value))" }
        let others = named.dropFirst(10).reduce(0) { $0 + $1.value }
        if others > 0 { parts.append(context.text("nước khác \(others)", "others \(others)")) }
        if unknown > 0 { parts.append(context.text("không rõ \(unknown)", "unknown \(unknown)")) }
        content.blocks.append(
            .facts([
                Fact(
                    context.text("Địa chỉ nguồn bên ngoài theo quốc gia", "Source addresses outside, by country"),
                    parts.isEmpty ? context.text("không có", "none") : parts.joined(separator: ", ")),
                Fact(context.text("Quốc gia và nhà mạng theo", "Country and network according to"), origins.label),
            ]))
    }
}
