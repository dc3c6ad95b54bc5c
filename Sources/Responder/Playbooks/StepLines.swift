import Playbooks
import Terminal
import Wording

/// A step of a playbook as lines: for `show`, as its author wrote it; for `plan`, with values.
struct StepLines {
    let session: Session
    /// Its own description stands with it.
    var hasDescriptions = false

    private var language: Language { session.language }
    /// As wide as the terminal, but no wider than is good to read.
    private var columns: Int? { session.columns.map { min($0, 120) } }

    /// Why a run may come there, in the reader's words.
    private func reason(_ reason: String) -> String {
        func text(_ vietnamese: String, _ english: String) -> String { "[\(session.text(vietnamese, english))] " }
        switch reason {
        case "": return ""
        case "on_true": return text("nếu đúng", "if so")
        case "on_false": return text("nếu không", "if not")
        case "on_failure": return text("nếu không được", "if it fails")
        case "workflow_exception": return text("khi kịch bản hỏng", "when the playbook fails")
        case "cases/default": return text("còn lại", "else")
        default: break
        }
        if reason.hasPrefix("cases/") { return "[" + reason.dropFirst(6).replacing("~1", with: "/").replacing("~0", with: "~") + "] " }
        if reason.hasPrefix("next_steps/"), let number = Int(reason.dropFirst(11)) {
            return text("nhánh \(number + 1)", "branch \(number + 1)")
        }
        return "[\(reason)] "
    }

    private func wrapped(_ text: String, _ indent: String) -> [String] {
        let lines = text.split(separator: "\n").map { DisplayText.safe(String($0)) }
        return PlainText.lines(lines, indent: indent.count, session).map { indent + $0 }
    }

    func lines(_ item: PlaybookPlan.Item) -> [String] {
        let indent = String(repeating: "  ", count: min(item.depth, 10))
        let head = reason(item.reason) + Playbook.part(item.title, language)
        if item.isReference {
            return wrapped(session.text("↑ \(head) (ở trên)", "↑ \(head) (above)"), indent)
        }
        var lines = wrapped((item.isDestructive ? "▲ " : "• ") + head, indent)
        let inner = indent + "    "
        if let condition = item.condition {
            let text = condition.isEmpty ? session.text("(không ghi điều kiện)", "(no condition is written)") : condition
            lines += PlainText.command(text, sign: "? ", indent: inner, columns: columns)
        }
        if hasDescriptions, let description = item.description { lines += wrapped(Playbook.part(description, language), inner) }
        if item.delay > 0 { lines.append(inner + session.text("chờ ", "waits ") + duration(item.delay)) }
        if let timeout = item.timeout, timeout > 0 { lines.append(inner + session.text("hạn ", "timeout ") + duration(timeout)) }
        if item.attempts > 1 { lines.append(inner + session.text("thử \(item.attempts) lần", "tried \(item.attempts) times")) }
        for command in item.commands { lines += self.lines(command, inner) }
        if item.confirmation != .none || item.isDestructive {
            lines.append(
                inner
                    + (item.confirmation == .secondPerson
                        ? session.text("▲ cần người thứ hai đồng ý", "▲ needs a second person")
                        : session.text("▲ cần gõ lại để xác nhận", "▲ needs a typed confirmation")))
        }
        for undo in item.undo { lines += PlainText.command(undo, sign: "↩ ", indent: inner, columns: columns) }
        if let expires = item.expires {
            lines.append(inner + session.text("⏲ tự hết hạn sau ", "⏲ expires after ") + duration(expires))
        }
        return lines
    }

    private func lines(_ command: PlaybookPlan.Command, _ indent: String) -> [String] {
        let who =
            command.isByHand
            ? session.text("người: ", "person: ") + Playbook.part(command.agent ?? "-", language)
                + (command.type == "manual" ? "" : " (\(command.type))") : command.type
        let place = [command.target.map { Playbook.part($0, language) }, command.address].compactMap { $0 }.joined(separator: " ")
        var head = who + (place.isEmpty ? "" : " → \(place)")
        if let credential = command.credential { head += session.text("  bí mật: ", "  secret: ") + credential }
        var lines = wrapped(head, indent)
        let text = Playbook.lines(command.text, language)
        // What a person reads is wrapped; what a machine reads keeps its lines.
        lines +=
            command.type == "manual"
            ? wrapped(text, indent + "  ") : PlainText.command(text, sign: "$ ", indent: indent + "  ", columns: columns)
        if let refusal = command.refusal { lines += wrapped("✗ " + refusal, indent + "  ") }
        return lines
    }

    /// Milliseconds as people say them.
    private func duration(_ milliseconds: Int) -> String {
        if milliseconds % 60_000 == 0 { return session.text("\(milliseconds / 60_000) phút", "\(milliseconds / 60_000) min") }
        if milliseconds % 1000 == 0 { return session.text("\(milliseconds / 1000) giây", "\(milliseconds / 1000) s") }
        return "\(milliseconds) ms"
    }
}
