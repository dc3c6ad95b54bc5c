import Bytes
import Compliance
import Incidents
import Playbooks
import Terminal
import Wording

/// The parts of an incident as lines.
enum PaneText {
    static func lines(_ model: TriageModel) -> [PaneLine] {
        guard let detail = model.detail else {
            return model.selected == nil ? [] : [PaneLine(model.text("đang đọc…", "reading…"), .quiet)]
        }
        switch model.tab {
        case .summary: return summary(detail, model)
        case .timeline: return timeline(detail, model)
        case .hosts: return hosts(detail, model)
        case .packets: return packets(detail, model)
        case .evidence: return evidence(detail, model)
        case .clocks: return clocks(detail, model)
        case .tasks: return tasks(detail, model)
        }
    }

    private static func fact(_ name: String, _ value: String, _ style: TextStyle = .plain) -> PaneLine {
        PaneLine(StyledLine(DisplayText.fitted(name, to: 16), .quiet).adding(value, style), indent: 16)
    }

    private static func nothing(_ vietnamese: String, _ english: String, _ model: TriageModel) -> [PaneLine] {
        [PaneLine(model.text(vietnamese, english), .quiet)]
    }

    /// `21/11 08:00 (3 giờ trước)`.
    private static func moment(_ time: Timestamp, _ model: TriageModel) -> String {
        let seconds = Double(model.now.microseconds - time.microseconds) / 1_000_000
        return TriageText.moment(time) + " (" + RelativeTime.text(seconds: seconds, isVietnamese: model.language == .vi) + ")"
    }

    private static func alerts(_ count: Int, _ model: TriageModel) -> String {
        model.text("\(count) cảnh báo", count == 1 ? "1 alert" : "\(count) alerts")
    }

    private static func summary(_ detail: TriageDetail, _ model: TriageModel) -> [PaneLine] {
        let incident = detail.incident
        var lines: [PaneLine] = []
        if let next = detail.clocks.first(where: { $0.metAt == nil && $0.limit != nil }), let limit = next.limit {
            lines.append(
                fact(
                    model.text("Hạn gần nhất", "Next deadline"),
                    "\(next.code)  \(TriageText.left(until: limit, at: model.now, model.language))  \(next.name)"
                        + (next.isCandidate ? model.text(" (nếu xác nhận)", " (if confirmed)") : ""),
                    next.isCandidate ? .quiet : limit < model.now ? .alarm : TriageLayout.isSoon(limit, model) ? .warning : .plain))
        }
        let seen = incident.firstSeen == incident.lastSeen ? "" : " – " + moment(incident.lastSeen, model)
        lines.append(fact(model.text("Thấy", "Seen"), moment(incident.firstSeen, model) + seen))
        let ends = [incident.attacker?.description, incident.victim?.description].compactMap { $0 }.joined(separator: " → ")
        lines.append(
            fact(
                model.text("Từ → đến", "From → to"),
                [ends, incident.indicator, incident.agency].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "  ")))
        lines.append(
            fact(
                model.text("Loại", "Category"),
                ([incident.category] + incident.secondaryCategories).map(\.rawValue).joined(separator: " + ")
                    + (incident.kind.map { "  (\($0.rawValue))" } ?? "")))
        lines.append(fact(model.text("Người xử lý", "Assignee"), incident.assignee ?? "-"))
        if let note = detail.timeline.last(where: { $0.name == EventText.name("incident.note", model.language) }) {
            lines.append(fact(model.text("Ghi chú mới", "Last note"), "\(note.actor): \(note.text)"))
        }
        let pieces = detail.detail.evidence.count
        var counts = alerts(incident.alertCount, model)
        counts += model.text(", \(pieces) chứng cứ", pieces == 1 ? ", 1 piece of evidence" : ", \(pieces) pieces of evidence")
        counts += model.text(", phiên bản \(incident.version)", ", version \(incident.version)")
        lines.append(fact(model.text("Gồm", "Holds"), counts))
        for name in incident.flags.names {
            guard let flag = IncidentFlags.named(name) else { continue }
            lines.append(
                fact(
                    model.text("Ảnh hưởng", "Affected"),
                    "\(TriageVerb.label(flag, model.language))  T0 \(TriageText.moment(incident.t0(of: flag)))"))
        }
        if let other = incident.supersededBy { lines.append(fact(model.text("Gộp vào", "Merged into"), other.description)) }
        if let sender = incident.reportedBy { lines.append(fact(model.text("Bên thông báo", "Reported by"), sender)) }
        if incident.isHeld { lines.append(fact(model.text("Giữ pháp lý", "Legal hold"), model.text("có", "yes"))) }
        for stage in incident.stages {
            lines.append(
                fact(
                    model.text("Giai đoạn", "Stage"),
                    "\(TriageText.moment(stage.at))  \(model.text(stage.stage.vietnamese, stage.stage.english))  \(stage.kind)"))
        }
        for link in detail.detail.links { lines.append(fact(model.text("Liên quan", "Linked"), "\(link.with)  \(link.reason ?? "")")) }
        for run in detail.detail.runs {
            let outcome = RunSession.name(run.outcome, model.language)
            lines.append(
                fact(
                    model.text("Kịch bản", "Playbook"),
                    "\(run.id)  \(Playbook.part(run.name, model.language))  \(run.endedAt == nil ? model.text("chưa xong", "not ended") : outcome)"
                ))
        }
        for task in detail.openTasks {
            lines.append(fact(model.text("Việc còn mở", "Open task"), "\(task.number). \(task.text)", .warning))
        }
        if let summary = incident.summary { lines.append(fact(model.text("Tổng kết", "Summary"), summary)) }
        return lines
    }

    private static func timeline(_ detail: TriageDetail, _ model: TriageModel) -> [PaneLine] {
        // The newest first: that is what who comes to an incident wants to know.
        detail.timeline.reversed().map { entry in
            PaneLine(
                StyledLine(TriageText.moment(entry.time) + "  ", .quiet)
                    .adding(DisplayText.fitted(entry.actor, to: 14) + "  ")
                    .adding(DisplayText.fitted(entry.name, to: 17) + " ", .strong).adding(entry.text), indent: 47)
        }
    }

    private static func hosts(_ detail: TriageDetail, _ model: TriageModel) -> [PaneLine] {
        guard !detail.detail.hosts.isEmpty else { return nothing("Không có máy nào.", "No hosts.", model) }
        func role(_ role: IncidentHost.Role) -> String {
            switch role {
            case .attacker: model.text("tấn công", "attacker")
            case .victim: model.text("nạn nhân", "victim")
            case .relay: model.text("chuyển tiếp", "relay")
            }
        }
        return detail.detail.hosts.map { host in
            PaneLine(
                StyledLine(DisplayText.fitted(role(host.role), to: 12), host.role == .attacker ? .warning : .plain)
                    .adding(DisplayText.fitted(host.address.description, to: host.address.isV4 ? 16 : 40), .strong)
                    .adding(DisplayText.fitted(host.agency ?? "-", to: 9))
                    .adding(DisplayText.fitted(alerts(host.alerts, model), to: 14))
                    .adding(TriageText.moment(host.firstSeen) + " – " + TriageText.moment(host.lastSeen), .quiet), indent: 12)
        }
    }

    private static func packets(_ detail: TriageDetail, _ model: TriageModel) -> [PaneLine] {
        var lines = pieces(model)
        if lines.isEmpty { lines = nothing("Không giữ được gói tin nào.", "No packets were kept.", model) }
        lines.append(PaneLine(model.text("Cảnh báo", "Alerts"), .strong))
        for alert in detail.detail.alerts {
            let record = alert.record
            lines.append(
                PaneLine(
                    StyledLine(TriageText.moment(record.time) + "  ", .quiet).adding("\(record.sid)  ").adding(record.message, .strong),
                    indent: 13))
            var second = "  \(record.source) → \(record.destination)  \(record.appProtocol ?? record.transport.rawValue)"
            if let name = record.hostname { second += "  " + name }
            if let url = record.url { second += "  " + url }
            if let number = record.packetNumber { second += model.text("  gói \(number)", "  packet \(number)") }
            lines.append(PaneLine(second, indent: 13))
        }
        let more = detail.incident.alertCount - detail.detail.alerts.count
        if more > 0 { lines.append(PaneLine(model.text("… và \(more) nữa", "… and \(more) more"), .quiet)) }
        return lines
    }

    private static func evidence(_ detail: TriageDetail, _ model: TriageModel) -> [PaneLine] {
        let lines = pieces(model)
        return lines.isEmpty ? nothing("Chưa có chứng cứ.", "No evidence.", model) : lines
    }

    /// Evidence that Enter opens.
    private static func pieces(_ model: TriageModel) -> [PaneLine] {
        model.listedEvidence.enumerated().map { index, item in
            let isSelected = index == model.evidenceIndex
            return PaneLine(
                StyledLine(isSelected ? "> " : "  ").adding(DisplayText.fitted(String(item.id), to: 5), .strong)
                    .adding(DisplayText.fitted(item.kind.name[model.language], to: 16))
                    .adding(DisplayText.fitted(ByteCount.text(item.size), to: 9))
                    .adding(item.digest.hex.prefix(12) + "…  ", .quiet).adding(model.text(item.vietnameseDescription, item.description)),
                isSelected: isSelected, indent: 7)
        }
    }

    private static func clocks(_ detail: TriageDetail, _ model: TriageModel) -> [PaneLine] {
        guard !detail.clocks.isEmpty else {
            return nothing("Không có thời hạn nào.", "No deadlines.", model)
        }
        let isCandidate = detail.clocks.contains(where: \.isCandidate)
        let head =
            isCandidate
            ? nothing("Thời hạn bắt đầu khi xác nhận sự cố:", "Confirming the incident starts these deadlines:", model) : []
        return head
            + detail.clocks.flatMap { clock -> [PaneLine] in
                var line = StyledLine(DisplayText.fitted(clock.code, to: 12), .strong)
                if let met = clock.metAt {
                    let isLate = clock.limit.map { met > $0 } ?? false
                    line.add(
                        DisplayText.fitted(isLate ? model.text("xong muộn", "met late") : model.text("đã xong", "met"), to: 14),
                        isLate ? .warning : .good)
                    line.add(TriageText.moment(met) + "  " + (clock.fulfilledBy ?? ""))
                } else if let limit = clock.limit {
                    let left = TriageText.left(until: limit, at: model.now, model.language)
                    line.add(
                        DisplayText.fitted(clock.isCandidate ? "(\(left))" : left, to: 14),
                        clock.isCandidate ? .quiet : limit < model.now ? .alarm : TriageLayout.isSoon(limit, model) ? .warning : .plain)
                    line.add(TriageText.moment(limit) + (clock.isTarget ? "*" : " ") + " ")
                } else {
                    line.add(DisplayText.fitted("-", to: 14))
                }
                line.add(" " + clock.name)
                var lines = [PaneLine(line, indent: 12)]
                let basis = [clock.form, clock.source].compactMap { $0 }.joined(separator: "  ")
                if !basis.isEmpty { lines.append(PaneLine(String(repeating: " ", count: 12) + basis, .quiet, indent: 12)) }
                return lines
            }
            + (detail.clocks.contains { $0.isTarget && $0.metAt == nil }
                ? [PaneLine(model.text("* mục tiêu nội bộ; luật không nêu số giờ", "* internal target; the law gives no number"), .quiet)]
                : [])
    }

    private static func tasks(_ detail: TriageDetail, _ model: TriageModel) -> [PaneLine] {
        guard !detail.detail.tasks.isEmpty else { return nothing("Không có việc nào (t: thêm việc).", "No tasks (t: add one).", model) }
        return detail.detail.tasks.map { task in
            let (mark, state): (String, String) =
                switch task.state {
                case .open: ("[ ]", model.text("chưa xong", "open"))
                case .done: ("[x]", model.text("xong", "done"))
                case .dropped: ("[-]", model.text("đã bỏ", "dropped"))
                }
            var line = StyledLine("\(mark) \(task.number). ", task.state == .open ? .warning : .quiet)
            line.add(task.text, task.state == .open ? .strong : .plain)
            let who = task.endedBy ?? task.assignee
            line.add(
                "  "
                    + [state, who, task.due.map { model.text("hạn ", "due ") + TriageText.moment($0) }, task.note].compactMap { $0 }.joined(
                        separator: ", "), .quiet)
            return PaneLine(line, indent: 7)
        }
    }
}

/// Sizes as people read them.
enum ByteCount {
    static func text(_ bytes: Int64) -> String {
        if bytes < 10_000 { return "\(bytes) B" }
        if bytes < 10_000_000 { return "\(bytes / 1000) kB" }
        return "\(bytes / 1_000_000) MB"
    }
}
