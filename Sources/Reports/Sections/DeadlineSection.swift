import Bytes
import Compliance
import Incidents
import Trust
import Wording

/// VII. Were the legal deadlines met (NĐ 331/2026 Đ31.2.d; TT 20/2017 Đ9; Luật 91/2025 Đ23).
struct DeadlineSection: ReportSection {
    let heading = BilingualText("Tuân thủ thời hạn báo cáo, ứng cứu", "Deadlines for reporting and response")

    /// Rows for deadlines that were overdue before the period.
    static let mostOld = 20

    func content(_ context: SectionContext) -> SectionContent {
        let data = context.data
        let numbers = context.numbers
        let period = data.period
        let ofWeek = Set(data.incidents.map(\.code))
        func limit(_ clock: IncidentClock) -> Timestamp? { data.target(of: clock) }
        /// A clock that is met was met in time or not; one that is not is overdue when the period ends after its limit.
        func standing(_ clock: IncidentClock) -> ClockStanding {
            data.engine(of: clock).standing(of: clock, at: clock.metAt.map { max($0, period.until) } ?? period.until)
        }
        let due = data.clocks.filter { clock in limit(clock).map { period.contains($0) } ?? false }
        let all = data.clocks.filter { clock in
            ofWeek.contains(clock.incident) || (limit(clock).map { $0 < period.until } ?? false && clock.metAt == nil)
                || (limit(clock).map { period.contains($0) } ?? false)
        }
        // Those of the period whole; of the overdue ones from before the latest, so that a backlog does not bury them.
        let old = all.filter { clock in !ofWeek.contains(clock.incident) && !(limit(clock).map { period.contains($0) } ?? false) }
            .sorted { (limit($1)?.microseconds ?? 0, $1.incident, $1.code) < (limit($0)?.microseconds ?? 0, $0.incident, $0.code) }
        let left = Set(old.dropFirst(Self.mostOld).map { "\($0.incident) \($0.code)" })
        let shown = all.filter { !left.contains("\($0.incident) \($0.code)") }
        var content = SectionContent()
        let codes = Set(due.map(\.code)).sorted()
        content.metrics.append(
            Metric(
                "W16", BilingualText("Thời hạn báo cáo đúng hạn", "Deadlines met in time"),
                method: BilingualText(
                    "hoàn thành đúng hạn / đến hạn trong kỳ, theo từng thời hạn", "met in time / due in the period, by deadline"),
                codes.isEmpty
                    ? [MetricValue("", nil, .missing)]
                    : codes.map { code in
                        let these = due.filter { $0.code == code }
                        let met = these.count { standing($0) == .met }
                        return MetricValue(
                            code, these.first.flatMap { data.name(of: $0) }, .share(Double(met) / Double(these.count)),
                            these.map(\.incident))
                    }))
        // As they stood when the period ended.
        let open = data.clocks.filter { $0.t0 < period.until && ($0.metAt.map { $0 >= period.until } ?? true) }
        let overdue = open.filter { clock in limit(clock).map { $0 < period.until } ?? false }
        let next = Timestamp(microseconds: period.until.microseconds + 7 * ReportPeriod.day)
        let soon = open.filter { clock in limit(clock).map { $0 >= period.until && $0 < next } ?? false }
        content.metrics.append(
            Metric(
                "W17", BilingualText("Thời hạn quá hạn, sắp đến hạn", "Overdue, due next"),
                method: BilingualText(
                    "chưa hoàn thành và hạn trước cuối kỳ; hạn trong 7 ngày sau kỳ",
                    "not met and due before the period's end; due within 7 days after it"),
                [
                    MetricValue("overdue", BilingualText("Quá hạn", "Overdue"), .count(overdue.count), overdue.map(\.incident)),
                    MetricValue("due_next", BilingualText("Sắp đến hạn", "Due next"), .count(soon.count), soon.map(\.incident)),
                ]))
        content.blocks.append(
            .facts([
                Fact(
                    context.text("Đến hạn trong kỳ", "Due in the period"),
                    context.text(
                        "\(due.count), đúng hạn \(due.count { standing($0) == .met })",
                        "\(due.count), met in time \(due.count { standing($0) == .met })")),
                Fact(context.text("Quá hạn", "Overdue"), numbers.count(overdue.count)),
                Fact(context.text("Đến hạn trong 7 ngày tới", "Due within the next 7 days"), numbers.count(soon.count)),
            ]))
        if shown.isEmpty {
            content.blocks.append(
                .paragraph(
                    context.text(
                        "Không có thời hạn nào; thời hạn bắt đầu chạy khi sự cố được xác nhận.",
                        "No deadlines; they start when an incident is confirmed.")))
        } else {
            content.blocks += context.listed(
                DataTable(
                    context.text("Các thời hạn", "Deadlines"),
                    [
                        (context.text("Sự cố", "Incident"), .code), (context.text("Thời hạn", "Deadline"), .start),
                        (context.text("Hạn", "Due"), .start), (context.text("Hoàn thành", "Met"), .start),
                        (context.text("Kết quả", "Result"), .start), (context.text("Văn bản", "Document"), .start),
                    ],
                    shown.sorted {
                        // What went wrong comes first where not all is shown.
                        let (one, other) = (Self.rank(standing($0), context), Self.rank(standing($1), context))
                        return (one, $0.incident, $0.due?.microseconds ?? .max, $0.code)
                            < (other, $1.incident, $1.due?.microseconds ?? .max, $1.code)
                    }.map { clock in
                        return [
                            clock.incident.description, "\(clock.code) – \(data.name(of: clock)?[context.language] ?? clock.profile)",
                            limit(clock).map { LocalTime.text($0) + (clock.due == nil ? "*" : "") } ?? "-",
                            clock.metAt.map { LocalTime.text($0) } ?? "-", Self.name(standing(clock), context),
                            clock.fulfilledBy ?? "-",
                        ]
                    }))
            if !left.isEmpty {
                content.blocks.append(
                    .paragraph(
                        context.text(
                            "Và \(left.count) thời hạn quá hạn từ trước.",
                            "And \(left.count) that were overdue before.")))
            }
            if shown.contains(where: { $0.due == nil }) {
                content.blocks.append(
                    .paragraph(
                        context.text(
                            "* Mục tiêu nội bộ: văn bản ghi “ngay” hoặc không nêu số giờ.",
                            "* Internal target: the law says \"at once\" or gives no number.")))
            }
        }
        playbooks(context, &content)
        sharing(context, &content)
        return content
    }

    /// Documents that went up in the period.
    private func sharing(_ context: SectionContext, _ content: inout SectionContent) {
        let sendings = context.data.sendings
        let sent = sendings.filter { $0.kind == "report.sent" }
        let failed = sendings.count - sent.count
        let name = BilingualText("Chia sẻ, kết nối dữ liệu", "Data shared upward")
        content.metrics.append(
            Metric(
                "W25", name,
                method: BilingualText(
                    "mục report.sent và report.failed của sổ cái trong kỳ",
                    "report.sent and report.failed entries of the ledger in the period"),
                [
                    MetricValue("sent", BilingualText("Đã gửi", "Sent"), .count(sent.count)),
                    MetricValue("failed", BilingualText("Không gửi được", "Failed"), .count(failed)),
                    MetricValue(
                        "last", BilingualText("Lần cuối", "Last"), sent.map(\.time).max().map { .text(LocalTime.iso($0)) } ?? .missing),
                ]))
        content.blocks.append(.subheading(context.text("Báo cáo, thông báo đã gửi", "Reports and notices sent")))
        guard !sendings.isEmpty else {
            content.blocks.append(.paragraph(context.text("Trong kỳ chưa gửi văn bản nào.", "No document was sent in the period.")))
            return
        }
        content.blocks += context.listed(
            DataTable(
                context.text("Văn bản đã gửi", "Documents sent"),
                [
                    (context.text("Thời điểm", "When"), .start), (context.text("Văn bản", "Document"), .start),
                    (context.text("Về", "About"), .code), (context.text("Nơi nhận", "Recipient"), .start),
                    (context.text("Kênh", "Channel"), .start), (context.text("Kết quả", "Result"), .start),
                ],
                sendings.sorted { ($0.time, $0.seq) < ($1.time, $1.seq) }.map { event in
                    let body = try? JSONValue(parsing: event.body)
                    let about = event.subject.split(separator: "/").dropFirst()
                    let form = about.first.map { context.formName(String($0)) } ?? ""
                    return [
                        LocalTime.text(event.time), [body?["document"]?.text ?? "", form].filter { !$0.isEmpty }.joined(separator: ", "),
                        about.dropFirst().joined(separator: "/"),
                        body?["recipient"]?.text ?? "",
                        (body?["channel"]?.text).map { Dispatch.Channel(rawValue: $0)?.name[context.language] ?? $0 } ?? "",
                        body?["failure"]?.text ?? context.text("đã gửi", "sent"),
                    ]
                }))
    }

    private func playbooks(_ context: SectionContext, _ content: inout SectionContent) {
        let data = context.data
        let name = BilingualText("Bước kịch bản đã hoàn thành", "Playbook steps done")
        content.blocks.append(.subheading(context.text("Kịch bản ứng cứu đã thực hiện", "Playbooks that were run")))
        guard !data.runs.isEmpty else {
            content.metrics.append(.missing("W23", name, why: BilingualText("chưa chạy kịch bản nào", "no playbook was run")))
            content.blocks.append(
                .missing(context.text("Chưa có dữ liệu: trong kỳ chưa chạy kịch bản nào.", "No data: no playbook was run.")))
            return
        }
        let steps = data.runs.flatMap(\.steps).filter { $0.type == "action" }
        let done = steps.count { $0.outcome == .succeeded }
        content.metrics.append(
            Metric(
                "W23", name,
                method: BilingualText("bước hành động thành công / bước hành động đã bắt đầu", "action steps that succeeded / that began"),
                [
                    MetricValue(
                        "share", nil, steps.isEmpty ? .missing : .share(Double(done) / Double(steps.count)), data.runs.map(\.incident)),
                    MetricValue("runs", nil, .count(data.runs.count), data.runs.map(\.incident)),
                ]))
        content.blocks += context.listed(
            DataTable(
                context.text("Lượt chạy kịch bản", "Runs of playbooks"),
                [
                    (context.text("Sự cố", "Incident"), .code), (context.text("Kịch bản", "Playbook"), .start),
                    (context.text("Bắt đầu", "Begun"), .start), (context.text("Bước xong", "Steps done"), .end),
                    (context.text("Kết quả", "Result"), .start), (context.text("Người thực hiện", "By"), .start),
                ],
                data.runs.map { run in
                    let actions = run.steps.filter { $0.type == "action" }
                    return [
                        run.incident.description, Self.part(run.name, context.language), LocalTime.text(run.startedAt),
                        "\(actions.count { $0.outcome == .succeeded })/\(actions.count)", Self.name(run.outcome, context), run.actor,
                    ]
                }))
    }

    /// Playbooks name themselves `Tiếng Việt / English`.
    private static func part(_ name: String, _ language: Language) -> String {
        let parts = name.split(separator: " / ", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[language == .vi ? 0 : 1]) : name
    }

    private static func name(_ outcome: RunOutcome?, _ context: SectionContext) -> String {
        switch outcome {
        case .succeeded: context.text("hoàn thành", "succeeded")
        case .failed: context.text("không thành công", "failed")
        case .aborted: context.text("đã dừng", "stopped")
        case nil: context.text("đang chạy", "running")
        }
    }

    private static func rank(_ standing: ClockStanding, _ context: SectionContext) -> Int {
        guard !context.data.period.isWeek else { return 0 }
        return switch standing {
        case .overdue: 0
        case .metLate: 1
        case .running: 2
        case .met: 3
        }
    }

    private static func name(_ standing: ClockStanding, _ context: SectionContext) -> String {
        switch standing {
        case .running: context.text("chưa đến hạn", "not yet due")
        case .overdue: context.text("QUÁ HẠN", "OVERDUE")
        case .met: context.text("đúng hạn", "in time")
        case .metLate: context.text("muộn", "late")
        }
    }
}

extension Dispatch.Channel {
    public var name: BilingualText {
        switch self {
        case .officialLetter: BilingualText("công văn", "official letter")
        case .documentSystem: BilingualText("trục liên thông văn bản", "document system")
        case .fax: BilingualText("fax", "fax")
        case .email: BilingualText("thư điện tử", "e-mail")
        case .message: BilingualText("tin nhắn", "message")
        case .portal: BilingualText("cổng tiếp nhận", "portal")
        case .inPerson: BilingualText("nộp trực tiếp", "in person")
        case .other: BilingualText("khác", "other")
        }
    }
}
