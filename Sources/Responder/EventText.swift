import Bytes
import Incidents
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
        "playbook.finished": ("xong kịch bản", "playbook finished"), "playbook.step.started": ("bắt đầu bước", "step started"),
        "playbook.step.finished": ("xong bước", "step finished"),
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
        case "incident.handling": parts = [word("handling_mode"), word("helper")]
        case "incident.closed": parts = [word("summary"), word("handling_mode")]
        case "incident.merged", "incident.linked", "incident.unlinked": parts = [word("with"), word("reason")]
        case "incident.split": parts = [word("into").map { "→ \($0)" }, word("reason")]
        case "incident.undone": parts = [word("kind").map { "\(name($0, session.language)) (#\(word("undoes") ?? ""))" }, word("reason")]
        case "task.added", "task.done", "task.dropped":
            parts = [word("task").map { "\($0)." }, word("text"), word("assignee"), word("note")]
        case "clock.started", "clock.moved": parts = [word("code"), time("due").map { session.text("hạn ", "due ") + $0 }]
        case "clock.met", "clock.sent": parts = [word("code"), word("document"), word("recipient").map { "→ \($0)" }, word("channel")]
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
        default:
            let known: Set<String> = ["rows", "was", "state", "from", "digest", "run", "step", "playbook", "type"]
            parts =
                ["note", "reason", "text", "name", "outcome", "output"].map(word)
                + body.keys.filter { !known.contains($0) && !["note", "reason", "text", "name", "outcome", "output"].contains($0) }.sorted()
                .compactMap { key in word(key).map { "\(key) \($0)" } }
        }
        return parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "  ")
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
