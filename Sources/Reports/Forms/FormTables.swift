import Bytes
import Compliance
import Incidents
import Trust
import Wording

/// Tables of forms, made from the record.
struct FormTables {
    let form: FormDocument

    init(_ form: FormDocument) { self.form = form }

    private var isVietnamese: Bool { form.options.language == .vi }
    private func text(_ vietnamese: String, _ english: String) -> String { isVietnamese ? vietnamese : english }

    func blocks(_ table: FormTable) -> [Block] {
        switch (table, form.subject) {
        case (.evidence, .incident(let detail, _)): [.table(evidence(detail))]
        case (.hosts, .incident(let detail, let agencies)): [.table(hosts(detail, agencies))]
        case (.timeline, .incident(let detail, _)): [.table(timeline(detail))]
        case (.entries, .incident(let detail, _)): entries(detail)
        case (.form05, .period(let data)): Form05(data: data, damage: form.answers, language: form.options.language).blocks
        case (.systems, .period(let data)): [.table(systems(data))]
        default: []
        }
    }

    private func evidence(_ detail: IncidentDetail) -> DataTable {
        DataTable(
            text("Danh mục chứng cứ", "List of evidence"),
            [
                (text("TT", "No."), .end), (text("Loại", "Kind"), .start), (text("Mô tả", "What"), .start),
                (text("Thời điểm", "When"), .start), ("SHA-256", .hash),
            ],
            detail.evidence.enumerated().map {
                [
                    String($0 + 1), $1.kind.name[form.options.language].replacing(" ", with: "\u{a0}"),
                    text($1.vietnameseDescription, $1.description), LocalTime.text($1.time),
                    $1.digest.hex,
                ]
            })
    }

    private func hosts(_ detail: IncidentDetail, _ agencies: [Agency]) -> DataTable {
        DataTable(
            text("Máy liên quan", "Hosts involved"),
            [
                (text("Địa chỉ", "Address"), .code), (text("Vai trò", "Role"), .start), (text("Cơ quan", "Agency"), .start),
                (text("Lần đầu", "First"), .start), (text("Lần cuối", "Last"), .start), (text("Cảnh báo", "Alerts"), .end),
            ],
            detail.hosts.map { host in
                let role =
                    switch host.role {
                    case .attacker: text("tấn công", "attacker")
                    case .victim: text("bị hại", "victim")
                    case .relay: text("trung gian", "relay")
                    }
                return [
                    host.address.description, role, agency(host.agency, agencies), LocalTime.text(host.firstSeen),
                    LocalTime.text(host.lastSeen),
                    String(host.alerts),
                ]
            })
    }

    private func agency(_ code: String?, _ agencies: [Agency]) -> String {
        agencies.first { $0.code == code }.map { text($0.name, $0.nameEnglish) } ?? code ?? "-"
    }

    /// What people wrote and decided, in order, as the forms of TT 20/2017 Đ9.3.c–đ want it: a time and a description.
    private func timeline(_ detail: IncidentDetail) -> DataTable {
        let rows = detail.events.compactMap { event -> [String]? in
            guard let what = EventText.say(event, form.profile, form.options.language) else { return nil }
            return [LocalTime.text(event.time), what, EventText.actor(event, form.options.language)]
        }
        return DataTable(
            text("Diễn biến", "Course of events"),
            [(text("Thời điểm", "When"), .start), (text("Nội dung", "What"), .start), (text("Người ghi", "By"), .start)], rows)
    }

    /// Entries that people wrote for the form itself: an answer `entries`, one a line, `time | text`; else the timeline.
    private func entries(_ detail: IncidentDetail) -> [Block] {
        guard let written = form.answers["entries"], !written.isEmpty else { return [.table(timeline(detail))] }
        let rows = written.split(separator: "\n").map { line -> [String] in
            let parts = line.split(separator: "|", maxSplits: 1).map(\.trimmingSpaces)
            return parts.count == 2 ? parts : ["", parts.first ?? ""]
        }
        return [
            .table(
                DataTable(
                    text("Diễn biến", "Course of events"), [(text("Thời điểm", "When"), .start), (text("Nội dung", "What"), .start)], rows))
        ]
    }

    /// NĐ 331/2026 Mẫu 08: a row for each agency's system; what the record does not hold is answered as `systems.CODE.COLUMN`.
    private func systems(_ data: WeeklyData) -> DataTable {
        let columns: [(key: String, vi: String, en: String)] = [
            ("system", "Tên hệ thống", "System"), ("owner", "Chủ quản", "Owner"), ("operator", "Đơn vị vận hành", "Operator"),
            ("level", "Cấp độ đề xuất", "Level"), ("approval", "Tình trạng phê duyệt", "Approval"),
            ("decision", "Quyết định phê duyệt", "Decision"),
            ("regulation", "Quy chế", "Regulation"), ("expected_approval", "Dự kiến phê duyệt", "Approval expected"),
            ("plan", "Đã triển khai phương án", "Plan in place"), ("expected_plan", "Dự kiến triển khai", "Plan expected"),
            ("checked", "Đã kiểm tra", "Checked"),
        ]
        let owner = form.options.letterhead.facts["owner"]
        let rows = data.agencies.enumerated().map { index, agency -> [String] in
            let known: [String: String?] = [
                "system": text("Hệ thống mạng của \(agency.name)", "Network of \(agency.nameEnglish)"), "owner": owner,
                "operator": isVietnamese ? agency.name : agency.nameEnglish, "level": agency.level.map(String.init),
                "decision": agency.decision,
            ]
            return [String(index + 1)]
                + columns.map { column in form.answers["systems.\(agency.code).\(column.key)"] ?? known[column.key].flatMap { $0 } ?? "…" }
        }
        return DataTable(
            text("Kết quả theo từng hệ thống thông tin", "Results by information system"),
            [(text("TT", "No."), .end)] + columns.map { (isVietnamese ? $0.vi : $0.en, .start) }, rows)
    }
}

/// TT 20/2017 Mẫu 05: ten categories by how they were handled.
struct Form05 {
    let data: WeeklyData
    /// Estimated damage by category, answered as `damage.MALWARE`.
    let damage: [String: String]
    let language: Language

    private func text(_ vietnamese: String, _ english: String) -> String { language == .vi ? vietnamese : english }

    var blocks: [Block] {
        let numbers = NumberText(language: language)
        let categories = data.profile.categories.filter { $0.formRow != nil }.sorted { ($0.formRow ?? 0) < ($1.formRow ?? 0) }
        var total = [Int](repeating: 0, count: HandlingMode.allCases.count + 1)
        var rows: [[String]] = []
        for category in categories {
            let these = data.confirmed.filter { $0.category == category.code }
            let counts = [these.count] + HandlingMode.allCases.map { mode in these.count { $0.handlingMode == mode } }
            total = zip(total, counts).map(+)
            rows.append(
                ["\(category.formRow ?? 0)", category.name[language]] + counts.map { numbers.count($0) }
                    + [damage["damage.\(category.code.rawValue)"] ?? (these.isEmpty ? "-" : text("chưa ước tính", "not estimated"))])
        }
        rows.append(["", text("Tổng số", "Total")] + total.map { numbers.count($0) } + [damage["damage.total"] ?? ""])
        let others = data.confirmed.filter { incident in !categories.contains { $0.code == incident.category } }
        let table = DataTable(
            text("Số sự cố theo loại và cách xử lý", "Incidents by category and handling"),
            [
                (text("TT", "No."), .end), (text("Loại sự cố/tấn công mạng", "Category"), .start), (text("Số lượng", "Number"), .end),
                (text("Số sự cố tự xử lý", "Alone"), .end), (text("Số sự cố có sự hỗ trợ xử lý từ các tổ chức khác", "Helped"), .end),
                (text("Số sự cố có hỗ trợ xử lý từ tổ chức nước ngoài", "Helped from abroad"), .end),
                (text("Số sự cố đề nghị cơ quan điều phối hỗ trợ xử lý", "Asked the coordinator"), .end),
                (text("Thiệt hại ước tính", "Estimated damage"), .end),
            ], rows, hasTotal: true)
        guard !others.isEmpty else { return [.table(table)] }
        return [
            .table(table),
            .paragraph(
                text(
                    "Ngoài bảng (lỗi hệ thống, lỗi vận hành, thảm họa; mẫu không có dòng): \(others.count) sự cố: ",
                    "Outside the table (faults and disasters, which the form has no row for): \(others.count) incident(s): ")
                    + others.map(\.code.description).joined(separator: ", ") + "."),
        ]
    }
}

/// Entries of the ledger as people read them.
enum EventText {
    static func say(_ event: IncidentEvent, _ profile: ComplianceProfile, _ language: Language) -> String? {
        let body = try? JSONValue(parsing: event.body)
        let name: BilingualText
        switch event.kind {
        case "incident.opened": name = BilingualText("Phát hiện", "Detected")
        case "incident.reported": name = BilingualText("Tiếp nhận", "Reported")
        case "incident.confirmed": name = BilingualText("Xác nhận sự cố", "Confirmed")
        case "incident.classified": name = BilingualText("Phân loại", "Classified")
        case "incident.contained": name = BilingualText("Ngăn chặn", "Contained")
        case "incident.eradicated": name = BilingualText("Gỡ bỏ", "Eradicated")
        case "incident.recovered": name = BilingualText("Khôi phục", "Recovered")
        case "incident.closed": name = BilingualText("Kết thúc", "Closed")
        case "incident.reopened": name = BilingualText("Mở lại", "Reopened")
        case "incident.note": name = BilingualText("Ghi chú", "Note")
        case "clock.met": name = BilingualText("Hoàn thành thời hạn", "Deadline met")
        case "report.sent": name = BilingualText("Gửi văn bản", "Document sent")
        default: return nil
        }
        let deadline = event.kind == "clock.met" ? body?["code"]?.text.map { profile.deadline($0)?.name[language] ?? $0 } : nil
        let said = ["note", "text", "summary", "reason", "fulfilled_by", "document"].compactMap { body?[$0]?.text }.first ?? ""
        return name[language] + (deadline.map { " (\($0))" } ?? "") + (said.isEmpty ? "" : ": \(said)")
    }

    /// Who wrote it: a person's name, or which sensor.
    static func actor(_ event: IncidentEvent, _ language: Language) -> String {
        guard event.actor.hasPrefix("sensor:") else { return event.actor }
        return (language == .vi ? "cảm biến " : "sensor ") + event.actor.dropFirst(7)
    }
}
