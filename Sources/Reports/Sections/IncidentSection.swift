import Bytes
import Incidents
import Wording

/// II. Incidents by category, severity and agency, compared with before (TT 31/2017 Đ5.3.đ, e; TT 20/2017 Mẫu 05).
struct IncidentSection: ReportSection {
    let heading = BilingualText("Tình hình sự cố trong tuần", "Incidents in the week")

    func content(_ context: SectionContext) -> SectionContent {
        var content = SectionContent()
        summary(context, &content)
        categories(context, &content)
        severities(context, &content)
        agencies(context, &content)
        trend(context, &content)
        work(context, &content)
        return content
    }

    private func summary(_ context: SectionContext, _ content: inout SectionContent) {
        let data = context.data
        let numbers = context.numbers
        let (now, before) = (data.confirmed.count, data.previousConfirmed.count)
        let change = before > 0 ? Double(now - before) / Double(before) : nil
        content.metrics.append(
            Metric(
                "W07", BilingualText("So với tuần trước", "Change against last week"),
                method: BilingualText(
                    "(tuần này − tuần trước) / tuần trước, sự cố đã xác nhận", "(this − last) / last, confirmed incidents"),
                [MetricValue("change", nil, change.map { .share($0) } ?? .missing, data.confirmed.map(\.code))]))
        let triaged = data.incidents.filter { $0.state != .new && $0.state != .duplicate }
        let falseShare = triaged.isEmpty ? nil : Double(data.falseAlarms.count) / Double(triaged.count)
        content.metrics.append(
            Metric(
                "W20", BilingualText("Số cảnh báo, tỷ lệ cảnh báo sai", "Alerts, share of false alarms"),
                method: BilingualText("tổng số cảnh báo; sự cố bị bác bỏ / sự cố đã xem xét", "all alerts; dismissed / triaged incidents"),
                [
                    MetricValue("alerts", BilingualText("Cảnh báo", "Alerts"), .count(data.alertCount)),
                    MetricValue(
                        "false_share", BilingualText("Tỷ lệ cảnh báo sai", "Share of false alarms"),
                        falseShare.map { .share($0) } ?? .missing,
                        data.falseAlarms.map(\.code)),
                ]))
        content.blocks.append(
            .facts([
                Fact(context.text("Sự cố đã xác nhận", "Confirmed incidents"), numbers.count(now)),
                Fact(context.text("Nghi vấn chờ xác minh", "Candidates to be checked"), numbers.count(data.candidates.count)),
                Fact(
                    data.period.isWeek
                        ? context.text("So với tuần trước", "Against last week")
                        : context.text("So với kỳ trước", "Against the period before"),
                    change.map { "\(numbers.change($0)) (\(before) → \(now))" } ?? "- (\(before) → \(now))"),
                Fact(
                    context.text("Cảnh báo của cảm biến", "Alerts of the sensors"),
                    context.text(
                        "\(numbers.count(data.alertCount)) (kỳ trước \(numbers.count(data.previousAlertCount)))",
                        "\(numbers.count(data.alertCount)) (before: \(numbers.count(data.previousAlertCount)))")
                ),
                Fact(context.text("Tỷ lệ cảnh báo sai", "Share of false alarms"), falseShare.map { numbers.percent($0) } ?? context.noData),
            ]))
    }

    private func categories(_ context: SectionContext, _ content: inout SectionContent) {
        let data = context.data
        let confirmed = Dictionary(grouping: data.confirmed, by: \.category)
        let candidates = Dictionary(grouping: data.candidates, by: \.category)
        let known = data.profile.categories.map(\.code)
        let codes = (known + Set(confirmed.keys).union(candidates.keys).subtracting(known).sorted()).filter {
            confirmed[$0] != nil || candidates[$0] != nil
        }
        content.metrics.append(
            Metric(
                "W04", BilingualText("Số sự cố theo loại", "Incidents by category"),
                method: BilingualText(
                    "đếm sự cố đã xác nhận theo loại chính, phát hiện trong kỳ",
                    "confirmed incidents by primary category, detected in the period"),
                known.map { code in
                    MetricValue(
                        code.rawValue, data.profile[code]?.name, .count(confirmed[code]?.count ?? 0), (confirmed[code] ?? []).map(\.code))
                }))
        guard !codes.isEmpty else {
            content.blocks.append(.paragraph(context.text("Trong kỳ không ghi nhận sự cố nào.", "No incident was recorded in the period.")))
            return
        }
        content.blocks.append(
            .bars(
                BarChart(
                    title: context.text("Sự cố theo loại", "Incidents by category"),
                    legend: [context.text("đã xác nhận", "confirmed"), context.text("chờ xác minh", "to be checked")],
                    bars: codes.map {
                        .init(label: context.categoryName($0), first: confirmed[$0]?.count ?? 0, second: candidates[$0]?.count ?? 0)
                    })))
    }

    /// The two classes of QĐ 05/2017 Đ9. Loss of control and of data are read from the category; what cannot be seen (state secrets, spread,
    /// whether the owner can handle it) from the flags that a person set.
    private func isSerious(_ incident: Incident, _ data: WeeklyData) -> Bool {
        guard let level = incident.agency.flatMap({ data.agency($0)?.level }), level >= 4, incident.flags.contains(.beyondCapability) else {
            return false
        }
        return !incident.flags.isDisjoint(with: [.seriousDisruption, .nationalSecurity])
            || ["UNAUTH", "ENCRYPT", "DESTROY"].contains(incident.category.rawValue)
    }

    private func severities(_ context: SectionContext, _ content: inout SectionContent) {
        let data = context.data
        let classes: [(key: String, name: BilingualText, incidents: [Incident])] = [
            (
                "QD05_SERIOUS", BilingualText("Sự cố nghiêm trọng (QĐ 05/2017)", "Serious (Decision 05/2017)"),
                data.confirmed.filter { isSerious($0, data) }
            ),
            (
                "QD05_NORMAL", BilingualText("Sự cố thông thường (QĐ 05/2017)", "Normal (Decision 05/2017)"),
                data.confirmed.filter { !isSerious($0, data) }
            ),
        ]
        content.metrics.append(
            Metric(
                "W05", BilingualText("Số sự cố theo mức độ", "Incidents by severity"),
                method: BilingualText(
                    "đếm sự cố đã xác nhận theo mức M1–M4; theo QĐ 05/2017 Đ9, nghiêm trọng là: hệ thống cấp độ 4, 5, vượt khả năng xử lý, và bị gián đoạn, xâm hại an ninh, mất quyền điều khiển hoặc mất dữ liệu",
                    "confirmed incidents by severity M1–M4; by Decision 05/2017, article 9, serious is: a system of level 4 or 5, beyond capability, and disrupted, harmed in security, taken over or with data lost"
                ),
                data.profile.severities.map { level in
                    let these = data.confirmed.filter { $0.severity == level.severity }
                    return MetricValue(level.severity.rawValue, level.name, .count(these.count), these.map(\.code))
                } + classes.map { MetricValue($0.key, $0.name, .count($0.incidents.count), $0.incidents.map(\.code)) }))
        content.blocks.append(
            .table(
                DataTable(
                    context.text("Sự cố theo mức độ", "Incidents by severity"),
                    [
                        (context.text("Mức độ", "Severity"), .start), (context.text("Đã xác nhận", "Confirmed"), .end),
                        (context.text("Chờ xác minh", "To be checked"), .end),
                        (
                            data.period.isWeek ? context.text("Tuần trước", "Last week") : context.text("Kỳ trước", "Before"), .end
                        ),
                    ],
                    data.profile.severities.map { level in
                        func count(_ incidents: [Incident]) -> String {
                            context.numbers.count(incidents.count { $0.severity == level.severity })
                        }
                        return [
                            "\(level.severity.rawValue) – \(level.name[context.language])", count(data.confirmed), count(data.candidates),
                            count(data.previousConfirmed),
                        ]
                    })))
        content.blocks.append(
            .facts([
                Fact(
                    context.text("Theo QĐ 05/2017 Đ9: nghiêm trọng / thông thường", "By Decision 05/2017, article 9: serious / normal"),
                    "\(classes[0].incidents.count) / \(classes[1].incidents.count)")
            ]))
    }

    private func agencies(_ context: SectionContext, _ content: inout SectionContent) {
        let data = context.data
        let shown = data.confirmed + data.candidates
        let groups = context.grouped(shown) { $0.agency ?? "" }
        content.metrics.append(
            Metric(
                "W06", BilingualText("Số sự cố theo cơ quan", "Incidents by agency"),
                method: BilingualText("đếm sự cố đã xác nhận theo cơ quan bị hại", "confirmed incidents by the victim's agency"),
                groups.map { key, incidents in
                    let confirmed = incidents.filter(\.state.isConfirmed)
                    let agency = data.agency(key)
                    return MetricValue(
                        key.isEmpty ? "-" : key, BilingualText(agency?.name ?? "-", agency?.nameEnglish ?? "-"), .count(confirmed.count),
                        confirmed.map(\.code))
                }))
        guard !groups.isEmpty else { return }
        content.blocks.append(
            .bars(
                BarChart(
                    title: context.text("Sự cố theo cơ quan", "Incidents by agency"),
                    legend: [context.text("đã xác nhận", "confirmed"), context.text("chờ xác minh", "to be checked")],
                    bars: groups.map { key, incidents in
                        .init(
                            label: context.agencyName(key.isEmpty ? nil : key), first: incidents.count { $0.state.isConfirmed },
                            second: incidents.count { $0.state == .new })
                    })))
        content.blocks += context.listed(
            DataTable(
                context.text("Danh sách sự cố", "List of incidents"),
                [
                    (context.text("Mã", "Code"), .code), (context.text("Mức", "Sev."), .start),
                    (context.text("Cơ quan", "Agency"), .start),
                    (context.text("Nội dung", "What"), .start), (context.text("Phát hiện", "Detected"), .start),
                    (context.text("Trạng thái", "State"), .start),
                ],
                shown.sorted { ($0.severity, $0.firstSeen, $0.code) < ($1.severity, $1.firstSeen, $1.code) }.map {
                    [
                        $0.code.description, $0.severity.rawValue, context.agencyName($0.agency), context.title($0),
                        LocalTime.text($0.firstSeen), context.stateName($0.state),
                    ]
                }))
    }

    private func trend(_ context: SectionContext, _ content: inout SectionContent) {
        content.blocks.append(
            .columns(
                ColumnChart(
                    title: context.text("Sự cố trong 12 kỳ gần nhất", "Incidents over twelve periods"),
                    legend: [context.text("đã xác nhận", "confirmed"), context.text("chờ xác minh", "to be checked")],
                    columns: context.data.trend.map { point in
                        let day = LocalTime.fields(point.period.from)
                        return .init(
                            label: point.period.isWeek
                                ? context.text("T\(context.pad(point.period.isoWeek.week))", "W\(context.pad(point.period.isoWeek.week))")
                                : "\(context.pad(day.day))/\(context.pad(day.month))",
                            first: point.confirmed, second: point.candidates)
                    })))
    }

    private func work(_ context: SectionContext, _ content: inout SectionContent) {
        let data = context.data
        let numbers = context.numbers
        // As things stood when the period ended.
        let closed = data.confirmed.filter { $0.state == .closed && $0.closedAt.map { $0 < data.period.until } ?? true }
        let open = data.confirmed.filter { !closed.contains($0) }
        content.metrics.append(
            Metric(
                "W08", BilingualText("Đã xử lý, đang xử lý", "Closed, open"),
                method: BilingualText(
                    "sự cố đã xác nhận theo trạng thái cuối kỳ; tồn là sự cố, nghi vấn phát hiện trước kỳ và cuối kỳ còn mở",
                    "confirmed incidents as they stood at the end; backlog: detected before the period and open at its end"),
                [
                    MetricValue("closed", BilingualText("Đã đóng", "Closed"), .count(closed.count), closed.map(\.code)),
                    MetricValue("open", BilingualText("Đang xử lý", "Open"), .count(open.count), open.map(\.code)),
                    MetricValue("backlog", BilingualText("Tồn từ trước", "Backlog"), .count(data.backlog.count), data.backlog),
                    MetricValue(
                        "closed_in_period", BilingualText("Đóng trong kỳ", "Closed in the period"), .count(data.closedInPeriod.count),
                        data.closedInPeriod),
                ]))
        func mean(
            _ code: String, _ name: BilingualText, _ method: BilingualText, _ parts: [(String, BilingualText, (Incident) -> Timestamp?)]
        )
            -> [(BilingualText, Double?, Double?)]
        {
            var values: [MetricValue] = []
            var lines: [(BilingualText, Double?, Double?)] = []
            for (key, label, moment) in parts {
                let timed = data.confirmed.compactMap { incident in moment(incident).map { (incident.code, $0.seconds(since: incident.t0)) }
                }
                let sorted = timed.map(\.1).sorted()
                let average = sorted.isEmpty ? nil : sorted.reduce(0, +) / Double(sorted.count)
                // Nearest rank.
                let p95 = sorted.isEmpty ? nil : sorted[max(0, Int((0.95 * Double(sorted.count)).rounded(.up)) - 1)]
                values.append(MetricValue(key + "_mean", label, average.map { .seconds($0) } ?? .missing, timed.map(\.0)))
                values.append(MetricValue(key + "_p95", label, p95.map { .seconds($0) } ?? .missing, timed.map(\.0)))
                lines.append((label, average, p95))
            }
            content.metrics.append(Metric(code, name, method: method, values))
            return lines
        }
        let acknowledged = mean(
            "W18", BilingualText("Thời gian tiếp nhận", "Time to acknowledge"),
            BilingualText("tiếp nhận − phát hiện; trung bình và bách phân vị 95", "acknowledged − detected; mean and 95th percentile"),
            [("acknowledge", BilingualText("Tiếp nhận", "Acknowledged"), { $0.acknowledgedAt })])
        let handled = mean(
            "W19", BilingualText("Thời gian ngăn chặn, đóng", "Time to contain, to close"),
            BilingualText(
                "ngăn chặn, đóng − phát hiện; trung bình và bách phân vị 95", "contained, closed − detected; mean and 95th percentile"),
            [
                ("contain", BilingualText("Ngăn chặn", "Contained"), { $0.containedAt }),
                ("close", BilingualText("Đóng", "Closed"), { $0.closedAt }),
            ])
        let modes = Dictionary(grouping: data.confirmed.filter { $0.handlingMode != nil }) { $0.handlingMode ?? .alone }
        content.metrics.append(
            Metric(
                "W09", BilingualText("Cách thức xử lý", "How it was handled"),
                method: BilingualText("đếm sự cố đã xác nhận theo cách thức xử lý đã ghi", "confirmed incidents by recorded handling"),
                HandlingMode.allCases.map { mode in
                    MetricValue(mode.rawValue, mode.name, .count(modes[mode]?.count ?? 0), (modes[mode] ?? []).map(\.code))
                }))
        let personal = data.confirmed.filter { !$0.flags.isDisjoint(with: [.personalData, .locationOrBiometric]) }
        content.metrics.append(
            Metric(
                "W24", BilingualText("Sự cố có dữ liệu cá nhân", "Personal-data incidents"),
                method: BilingualText("đếm sự cố đã xác nhận có cờ dữ liệu cá nhân", "confirmed incidents with the personal data flag"),
                [MetricValue("count", nil, .count(personal.count), personal.map(\.code))]))
        content.blocks.append(.subheading(context.text("Kết quả xử lý", "Results of handling")))
        content.blocks.append(
            .facts(
                [
                    Fact(
                        context.text("Đã đóng / đang xử lý / tồn từ trước", "Closed / open / backlog"),
                        "\(closed.count) / \(open.count) / \(data.backlog.count)"),
                    Fact(context.text("Sự cố có dữ liệu cá nhân", "With personal data"), numbers.count(personal.count)),
                ]
                    + (acknowledged + handled).map { label, average, p95 in
                        Fact(
                            context.text(
                                "\(label.vietnamese): trung bình / bách phân vị 95", "\(label.english): mean / 95th percentile"),
                            average.flatMap { mean in p95.map { "\(numbers.duration(mean)) / \(numbers.duration($0))" } } ?? context.noData)
                    }))
    }
}
