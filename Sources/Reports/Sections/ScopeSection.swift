import Incidents
import Wording

/// I. What was watched, when, and with which gaps (TT 31/2017 Đ5.3.d(1), Đ5.3.a, Đ5.2.b).
struct ScopeSection: ReportSection {
    let heading = BilingualText("Thời gian và phạm vi giám sát", "Time and scope of monitoring")

    func content(_ context: SectionContext) -> SectionContent {
        let data = context.data
        let numbers = context.numbers
        var content = SectionContent()
        let period = "\(LocalTime.text(data.period.from)) – \(LocalTime.text(data.period.until))"
        content.metrics.append(
            Metric(
                "W01", BilingualText("Thời gian giám sát", "Monitoring period"),
                method: BilingualText("đầu và cuối kỳ, giờ Việt Nam, không tính thời điểm cuối", "start and end, UTC+7, the end excluded"),
                [
                    MetricValue("from", nil, .text(LocalTime.iso(data.period.from))),
                    MetricValue("until", nil, .text(LocalTime.iso(data.period.until))),
                ]))

        let active = data.sensors.filter { $0.coveredSeconds > 0 }
        content.metrics.append(
            Metric(
                "W02", BilingualText("Tỷ lệ hoạt động cảm biến", "Sensor up-time"),
                method: BilingualText(
                    "số giây có nhịp hoạt động / số giây của kỳ, theo từng cảm biến",
                    "seconds with heartbeats / seconds of the period, by sensor"),
                data.sensors.isEmpty
                    ? [MetricValue("", nil, .missing)]
                    : data.sensors.map {
                        MetricValue($0.identity.name, BilingualText($0.identity.name, $0.identity.name), .share($0.uptime))
                    }))

        let links = data.agencies.flatMap { agency in agency.links.map { (agency: agency, link: $0) } }
        let alive = Set(active.map(\.identity.name))
        let watched = links.filter { $0.link.sensor.map { alive.contains($0) } ?? false }
        content.metrics.append(
            links.isEmpty
                ? .missing(
                    "W03", BilingualText("Độ bao phủ kết nối Internet", "Coverage of Internet links"),
                    why: BilingualText(
                        "chưa khai báo kết nối Internet nào trong danh mục cơ quan", "no Internet link is registered with the agencies"))
                : Metric(
                    "W03", BilingualText("Độ bao phủ kết nối Internet", "Coverage of Internet links"),
                    method: BilingualText(
                        "số kết nối có cảm biến hoạt động / số kết nối đã khai báo", "links with an active sensor / registered links"),
                    [
                        MetricValue("share", nil, .share(Double(watched.count) / Double(links.count))),
                        MetricValue("watched", nil, .count(watched.count)), MetricValue("registered", nil, .count(links.count)),
                    ]))

        content.blocks.append(
            .facts([
                Fact(context.text("Thời gian giám sát", "Monitoring period"), period),
                Fact(
                    context.text("Cơ quan được giám sát", "Agencies watched"),
                    data.agencies.isEmpty ? context.noData : numbers.count(data.agencies.count)),
                Fact(
                    context.text("Cảm biến hoạt động trong kỳ", "Sensors active in the period"),
                    "\(numbers.count(active.count))/\(numbers.count(data.sensors.count))"),
                Fact(
                    context.text("Bao phủ kết nối Internet", "Coverage of Internet links"),
                    links.isEmpty
                        ? context.noData
                        : "\(watched.count)/\(links.count) (\(numbers.percent(Double(watched.count) / Double(links.count))))"),
            ]))
        if data.sensors.isEmpty {
            content.blocks.append(.missing(context.text("Chưa có cảm biến nào báo về.", "No sensor has reported.")))
        } else {
            content.blocks.append(
                .table(
                    DataTable(
                        context.text("Hoạt động của cảm biến", "How the sensors did"),
                        [
                            (context.text("Cảm biến", "Sensor"), .start), (context.text("Hoạt động", "Up"), .end),
                            (context.text("Gói tin", "Packets"), .end), (context.text("Dữ liệu", "Data"), .end),
                            (context.text("Gói bị mất", "Dropped"), .end), (context.text("Cảnh báo", "Alerts"), .end),
                        ],
                        data.sensors.map { sensor in
                            [
                                sensor.identity.name
                                    + (sensor.identity.mode == .offline ? " " + context.text("(đọc tệp)", "(from files)") : ""),
                                numbers.percent(sensor.uptime), numbers.count(sensor.packets), numbers.bytes(sensor.bytes),
                                numbers.count(sensor.kernelDrops), numbers.count(sensor.alerts),
                            ]
                        })))
        }
        let gaps = links.filter { link in !watched.contains { $0.agency.code == link.agency.code && $0.link == link.link } }
        if !gaps.isEmpty {
            content.blocks.append(
                .paragraph(context.text("Kết nối Internet không được giám sát trong kỳ:", "Internet links not watched in the period:")))
            content.blocks.append(
                .list(gaps.map { "\(context.agencyName($0.agency.code)): \($0.link.name)" + ($0.link.sensor.map { " (\($0))" } ?? "") }))
        }
        silence(context, &content)
        return content
    }

    static let mostGaps = 30

    /// Spans that a live sensor did not watch, each by name.
    private func silence(_ context: SectionContext, _ content: inout SectionContent) {
        let gaps = context.data.gaps
        guard !gaps.isEmpty else { return }
        content.blocks.append(
            .table(
                DataTable(
                    context.text("Khoảng thời gian không giám sát", "Spans that were not watched"),
                    [
                        (context.text("Cảm biến", "Sensor"), .start), (context.text("Từ", "From"), .start),
                        (context.text("Đến", "Until"), .start), (context.text("Kéo dài", "For"), .end),
                    ],
                    gaps.prefix(Self.mostGaps).map {
                        [$0.sensor, LocalTime.text($0.from), LocalTime.text($0.until), context.numbers.duration($0.seconds)]
                    })))
        if gaps.count > Self.mostGaps {
            let more = gaps.count - Self.mostGaps
            content.blocks.append(
                .paragraph(context.text("Và \(more) khoảng khác.", "And \(more) more.")))
        }
    }
}
