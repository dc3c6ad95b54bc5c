import Compliance
import Incidents
import Wording

/// IX. What follows from the data, and the author's own words (TT 31/2017 Đ5.3.d(6)).
struct AssessmentSection: ReportSection {
    let heading = BilingualText("Đánh giá, kiến nghị; kế hoạch tuần tới", "Assessment, recommendations; next week")

    func content(_ context: SectionContext) -> SectionContent {
        var content = SectionContent()
        content.blocks.append(.subheading(context.text("Kiến nghị từ số liệu", "What the numbers suggest")))
        let advice = recommendations(context)
        content.blocks.append(
            advice.isEmpty ? .paragraph(context.text("Số liệu trong kỳ không có điểm bất thường.", "Nothing stands out.")) : .list(advice))
        content.blocks.append(
            .subheading(
                context.data.period.isWeek
                    ? context.text("Việc phải làm trong tuần tới", "To do next week")
                    : context.text("Việc phải làm tiếp theo", "To do next")))
        let plan = tasks(context)
        content.blocks.append(
            plan.isEmpty
                ? .paragraph(context.text("Không còn sự cố mở, không có thời hạn sắp đến.", "No open incident, no deadline ahead."))
                : .list(plan))
        content.blocks.append(.subheading(context.text("Đánh giá của đơn vị", "The unit's assessment")))
        content.blocks += context.options.remarks.isEmpty ? [.blankLines(3)] : context.options.remarks.map { .paragraph($0) }
        return content
    }

    private func recommendations(_ context: SectionContext) -> [String] {
        let data = context.data
        var lines: [String] = []
        if !data.candidates.isEmpty {
            let grave = data.candidates.filter { $0.severity <= .m2 }
            lines.append(
                grave.isEmpty
                    ? context.text(
                        "Xác minh \(data.candidates.count) nghi vấn chưa có người xem xét.",
                        "Check \(data.candidates.count) candidate(s) that nobody has looked at.")
                    : context.text(
                        "Xác minh \(data.candidates.count) nghi vấn chưa có người xem xét, trước hết \(grave.count) nghi vấn mức M1, M2: \(context.codes(grave.map(\.code))).",
                        "Check \(data.candidates.count) candidate(s) that nobody has looked at, first \(grave.count) of M1 or M2: \(context.codes(grave.map(\.code)))."
                    ))
        }
        for (key, incidents) in context.grouped(data.confirmed + data.candidates, by: { $0.agency ?? "" }).prefix(3)
        where incidents.count >= 2 && !key.isEmpty {
            lines.append(
                context.text(
                    "\(context.agencyName(key)): \(incidents.count) sự cố, nghi vấn trong kỳ; đề nghị rà soát.",
                    "\(context.agencyName(key)): \(incidents.count) incidents and candidates; a review is advised."))
        }
        for source in data.sources.prefix(3) where source.incidents >= 2 && !source.address.isPrivate {
            lines.append(
                context.text(
                    "Xem xét chặn nguồn \(source.address): \(source.incidents) sự cố, \(source.targets) mục tiêu.",
                    "Consider blocking \(source.address): \(source.incidents) incidents, \(source.targets) targets."))
        }
        // Files are read after the fact; only a live sensor that was down is a gap.
        for sensor in data.sensors where sensor.identity.mode == .live && sensor.uptime < 0.99 {
            lines.append(
                context.text(
                    "Cảm biến \(sensor.identity.name) chỉ hoạt động \(context.numbers.percent(sensor.uptime)) thời gian; kiểm tra nguồn, kết nối.",
                    "Sensor \(sensor.identity.name) was up only \(context.numbers.percent(sensor.uptime)) of the time; check power and link."
                ))
        }
        for sensor in data.sensors where sensor.kernelDrops > 0 || sensor.lostAlerts > 0 {
            lines.append(
                context.text(
                    "Cảm biến \(sensor.identity.name) mất \(context.numbers.count(sensor.kernelDrops)) gói tin, \(context.numbers.count(sensor.lostAlerts)) cảnh báo; xem lại năng lực.",
                    "Sensor \(sensor.identity.name) lost \(context.numbers.count(sensor.kernelDrops)) packets and \(context.numbers.count(sensor.lostAlerts)) alerts; review its capacity."
                ))
        }
        if let findings = data.evidenceFindings, !findings.isEmpty {
            lines.append(
                context.text(
                    "\(findings.count) tệp chứng cứ bị mất hoặc thay đổi; kiểm tra lại kho chứng cứ.",
                    "\(findings.count) evidence file(s) missing or changed; check the store of evidence."))
        }
        return lines
    }

    static let mostTasks = 20

    private func tasks(_ context: SectionContext) -> [String] {
        let data = context.data
        var lines: [String] = []
        let open = data.clocks.filter { $0.metAt == nil }.sorted {
            (data.target(of: $0)?.microseconds ?? .max, $0.incident, $0.code) < (
                data.target(of: $1)?.microseconds ?? .max, $1.incident, $1.code
            )
        }
        for clock in open {
            guard let limit = data.target(of: clock), limit.microseconds < data.period.until.microseconds + 7 * ReportPeriod.day else {
                continue
            }
            let name = data.name(of: clock)?[context.language] ?? clock.code
            let isOverdue = limit < data.period.until
            lines.append(
                "\(clock.incident): \(name) (\(clock.code)), "
                    + (isOverdue
                        ? context.text("đã quá hạn \(LocalTime.text(limit))", "overdue since \(LocalTime.text(limit))")
                        : context.text("hạn \(LocalTime.text(limit))", "due \(LocalTime.text(limit))")))
        }
        if lines.count > Self.mostTasks {
            let more = lines.count - Self.mostTasks
            // The latest are at the end.
            lines = Array(lines.suffix(Self.mostTasks))
            lines.append(
                context.text(
                    "Và \(more) thời hạn khác đã quá hạn từ trước.",
                    "And \(more) more that were overdue before."))
        }
        let unfinished = data.begun + data.confirmed.filter { $0.state.isOpen && $0.state != .new }.map(\.code)
        if !unfinished.isEmpty {
            lines.append(
                context.text(
                    "Xử lý tiếp \(unfinished.count) sự cố đang mở: \(context.codes(unfinished, most: 12)).",
                    "Go on with \(unfinished.count) open incident(s): \(context.codes(unfinished, most: 12))."))
        }
        return lines
    }
}
