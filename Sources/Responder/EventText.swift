import Bytes
import Incidents
import Playbooks
import Reports
import Trust
import Wording

/// Entries of the ledger in words.
enum EventText {
    /// What an entry of this kind says, in a word or two.
    static func name(_ kind: String, _ language: Language) -> String {
        guard let name = names[kind] else { return kind }
        return language == .vi ? name.0 : name.1
    }

    private static let names: [String: (String, String)] = [
        "incident.opened": ("mở", "opened"), "incident.confirmed": ("xác nhận", "confirmed"),
        "incident.false_alarm": ("báo động nhầm", "false alarm"), "incident.duplicate": ("trùng", "duplicate"),
        "incident.contained": ("ngăn chặn", "contained"), "incident.eradicated": ("gỡ bỏ", "eradicated"),
        "incident.recovered": ("khôi phục", "recovered"), "incident.closed": ("kết thúc", "closed"),
        "incident.reopened": ("mở lại", "reopened"), "incident.assigned": ("giao việc", "assigned"),
        "incident.note": ("ghi chú", "note"), "incident.classified": ("phân loại", "classified"),
        "incident.handling": ("cách xử lý", "handling"), "incident.held": ("giữ pháp lý", "legal hold"),
        "incident.released": ("thôi giữ pháp lý", "hold released"), "incident.merged": ("gộp vào đây", "merged in"),
        "incident.split": ("tách", "split"), "incident.linked": ("liên kết", "linked"), "incident.unlinked": ("bỏ liên kết", "unlinked"),
        "incident.undone": ("hoàn tác", "undone"), "incident.staged": ("giai đoạn mới", "stage reached"),
        "task.added": ("thêm việc", "task added"), "task.done": ("xong việc", "task done"), "task.dropped": ("bỏ việc", "task dropped"),
        "clock.started": ("bắt đầu thời hạn", "deadline started"), "clock.moved": ("đổi thời hạn", "deadline moved"),
        "clock.met": ("xong thời hạn", "deadline met"), "clock.sent": ("gửi thêm", "sent too"), "clock.warned": ("nhắc hạn", "warned"),
        "evidence.stored": ("lưu chứng cứ", "evidence stored"), "playbook.started": ("chạy kịch bản", "playbook started"),
        "playbook.finished": ("xong kịch bản", "playbook finished"), "playbook.resumed": ("chạy tiếp", "playbook resumed"),
        "playbook.stop": ("yêu cầu dừng", "asked to stop"), "playbook.part": ("kịch bản con", "playbook within"),
        "playbook.step.started": ("bắt đầu bước", "step started"), "playbook.step.finished": ("xong bước", "step finished"),
        "playbook.step.waiting": ("chờ người thứ hai", "second person waited for"), "playbook.approved": ("đồng ý", "agreed to"),
        "playbook.step.confirmed": ("xác nhận bước", "step confirmed"), "playbook.step.repeated": ("làm lại bước", "step repeated"),
        "playbook.undo.started": ("bắt đầu hoàn tác", "undoing"), "playbook.undo.finished": ("hoàn tác xong", "undone"),
        "report.made": ("lập văn bản", "document made"), "report.sent": ("gửi văn bản", "document sent"),
        "report.failed": ("gửi không được", "sending failed"), "report.answered": ("điền biểu mẫu", "form answered"),
    ]

    /// What it says beyond its kind, for people.
    static func text(_ event: IncidentEvent, _ session: Session) -> String {
        guard case .object(let body)? = try? JSONValue(parsing: event.body) else { return event.body }
        func word(_ key: String) -> String? { body[key].flatMap(plain) }
        func time(_ key: String) -> String? {
            guard case .integer(let microseconds)? = body[key] else { return nil }
            return LocalTime.text(Timestamp(microseconds: microseconds))
        }
        let parts: [String?]
        switch event.kind {
        case "incident.opened": parts = [word("message") ?? word("title"), word("description"), word("split_from").map { "← \($0)" }]
        case "incident.duplicate": parts = [word("of").map { "= \($0)" }]
        case "incident.assigned": parts = [word("assignee") ?? session.text("(không ai)", "(nobody)")]
        case "incident.classified":
            parts = [
                change(body, "severity"), change(body, "category"), change(body, "secondary_category"), change(body, "flags"),
                word("reason"),
            ]
        case "incident.handling": parts = [handling(word("handling_mode"), session), word("helper")]
        case "incident.closed": parts = [word("summary"), handling(word("handling_mode"), session)]
        case "incident.merged", "incident.linked", "incident.unlinked": parts = [word("with"), word("reason")]
        case "incident.split": parts = [word("into").map { "→ \($0)" }, word("reason")]
        case "incident.undone": parts = [word("kind").map { "\(name($0, session.language)) (#\(word("undoes") ?? ""))" }, word("reason")]
        case "task.added", "task.done", "task.dropped":
            parts = [word("task").map { "\($0)." }, word("text"), word("assignee"), word("note")]
        case "clock.started", "clock.moved": parts = [word("code"), time("due").map { session.text("hạn ", "due ") + $0 }]
        case "clock.met", "clock.sent":
            parts = [word("code"), word("document"), word("recipient").map { "→ \($0)" }, channel(word("channel"), session)]
        case "clock.warned":
            parts = [
                word("code"), word("channel"),
                body["delivered"] == .bool(true) ? session.text("đã gửi", "delivered") : session.text("KHÔNG GỬI ĐƯỢC", "NOT DELIVERED"),
                word("detail"),
            ]
        case "evidence.stored":
            let description = word("description")
            let sensors = event.actor.hasPrefix("sensor:") ? description.flatMap { SensorEvidence($0) } : nil
            parts = [
                sensors.map { session.text($0.vietnamese, $0.english) } ?? description, word("digest").map { String($0.prefix(16)) + "…" },
            ]
        case let kind where kind.hasPrefix("playbook."): parts = playbook(kind, .object(body), session)
        default:
            let known: Set<String> = ["rows", "was", "state", "from", "digest", "run", "step", "playbook", "type"]
            parts =
                ["note", "reason", "text", "name", "outcome", "output"].map(word)
                + body.keys.filter { !known.contains($0) && !["note", "reason", "text", "name", "outcome", "output"].contains($0) }.sorted()
                .compactMap { key in word(key).map { "\(key) \($0)" } }
        }
        return parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "  ")
    }

    private static func handling(_ mode: String?, _ session: Session) -> String? {
        mode.map { HandlingMode(rawValue: $0)?.name[session.language] ?? $0 }
    }

    private static func channel(_ name: String?, _ session: Session) -> String? {
        name.map { Dispatch.Channel(rawValue: $0)?.name[session.language] ?? $0 }
    }

    /// A run as `playbook follow` tells it: titles in the reader's language, what a step gave, and no internal names.
    private static func playbook(_ kind: String, _ body: JSONValue, _ session: Session) -> [String?] {
        let title = body["name"]?.text.map { Playbook.part($0, session.language) }
        let outcome = body["outcome"]?.text
        switch kind {
        case "playbook.started", "playbook.resumed", "playbook.stop":
            return [title, body["run"]?.integer.map { session.text("lượt \($0)", "run \($0)") }]
        case "playbook.finished":
            return [
                outcome.map { RunSession.name(RunOutcome(rawValue: $0), session.language) },
                body["run"]?.integer.map { session.text("lượt \($0)", "run \($0)") },
            ]
        case "playbook.step.finished":
            var variables: [String: String] = [:]
            if case .object(let members)? = body["variables"] { variables = members.compactMapValues(\.text) }
            let isFailed = outcome == "failed"
            let note = RunTree.note(
                body["output"]?.text, type: StepPath(body["path"]?.text ?? "").stepType ?? "", isFailed: isFailed, variables: variables,
                session.language)
            return [title, isFailed ? session.text("không được", "failed") : nil, note]
        case "playbook.undo.finished":
            return [title, outcome == "succeeded" ? nil : session.text("không được", "failed"), body["output"]?.text]
        default: return [title, body["reason"]?.text, body["by"]?.text]
        }
    }

    /// Entries for people: beginnings and ends of the workflow and single commands are the ledger's, and a step that has ended is told by
    /// its end alone.
    static func told(_ events: [IncidentEvent]) -> [IncidentEvent] {
        var ended: Set<String> = []
        var told: [IncidentEvent] = []
        var last: String?
        for event in events.reversed() {
            guard event.kind == "playbook.step.started" || event.kind == "playbook.step.finished",
                let body = try? JSONValue(parsing: event.body), let path = body["path"]?.text
            else {
                if event.kind != "playbook.part" { told.append(event) }
                last = nil
                continue
            }
            guard let type = StepPath(path).stepType, RunTree.isShown(type) else { continue }
            let key = "\(body["run"]?.integer ?? 0) \(path)"
            if event.kind == "playbook.step.finished" {
                ended.insert(key)
                told.append(event)
                last = key
            } else {
                // What holds other steps says where they begin.
                if !ended.contains(key) || (RunTree.isContainer(type) && last != key) { told.append(event) }
                last = nil
            }
        }
        return told.reversed()
    }

    private static func change(_ body: [String: JSONValue], _ key: String) -> String? {
        guard case .array(let pair)? = body[key], pair.count == 2 else { return nil }
        func text(_ value: JSONValue) -> String { plain(value).flatMap { $0.isEmpty ? nil : $0 } ?? "-" }
        return "\(text(pair[0])) → \(text(pair[1]))"
    }

    private static func plain(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let flag): String(flag)
        case .array(let values): values.compactMap(plain).joined(separator: ", ")
        case .object(let members):
            members.sorted { $0.key < $1.key }.compactMap { key, value in plain(value).map { "\(key) \($0)" } }
                .joined(separator: ", ")
        case .number, .null: nil
        }
    }
}
