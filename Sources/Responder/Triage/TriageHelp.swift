import Incidents
import Terminal

/// What explains the screen on the screen itself.
enum TriageHelp {
    static func name(_ tab: TriageModel.Tab, _ detail: TriageDetail, _ model: TriageModel) -> String {
        func counted(_ name: String, _ count: Int) -> String { count > 0 ? "\(name) \(count)" : name }
        switch tab {
        case .summary: return model.text("Tóm tắt", "Summary")
        case .timeline: return model.text("Diễn biến", "Timeline")
        case .hosts: return model.text("Máy", "Hosts")
        case .packets: return model.text("Gói tin", "Packets")
        case .evidence: return counted(model.text("Chứng cứ", "Evidence"), detail.detail.evidence.count)
        case .clocks: return counted(model.text("Thời hạn", "Clocks"), detail.clocks.filter { $0.metAt == nil && !$0.isCandidate }.count)
        case .tasks: return counted(model.text("Việc", "Tasks"), detail.openTasks.count)
        }
    }

    static func name(_ scope: QueueFilter.Scope, _ model: TriageModel) -> String {
        switch scope {
        case .open: model.text("đang mở", "open")
        case .new: model.text("mới", "new")
        case .working: model.text("đang xử lý", "being worked on")
        case .owing: model.text("còn nợ thời hạn", "with a deadline")
        case .done: model.text("đã xong", "done")
        case .all: model.text("tất cả", "all")
        }
    }

    static func filters(_ model: TriageModel) -> [StyledLine] {
        [
            StyledLine(
                model.text(
                    "Lọc:  o mở  n mới  w đang xử lý  d nợ thời hạn  c đã xong  a tất cả",
                    "Filter:  o open  n new  w worked on  d with a deadline  c done  a all"), .strong),
            StyledLine(
                model.text(
                    "1-4 mức  m của tôi  g cơ quan này  u quá hạn  x bỏ lọc  Esc thôi",
                    "1-4 severity  m mine  g this agency  u overdue  x none  Esc leave"), .strong),
        ]
    }

    static func lines(_ model: TriageModel) -> [StyledLine] {
        var lines = [StyledLine(model.text("Phím", "Keys"), .strong)]
        func pair(_ keys: String, _ vietnamese: String, _ english: String) {
            lines.append(StyledLine("  " + DisplayText.fitted(keys, to: 16), .strong).adding(model.text(vietnamese, english)))
        }
        pair("↑ ↓ j k g G", "chọn sự cố; trong thẻ lớn: cuộn", "choose an incident; with a large pane: scroll")
        pair("Tab ← → 1-7", "thẻ: tóm tắt, diễn biến, máy, gói tin, chứng cứ, thời hạn, việc", "part of the incident")
        pair("PgUp PgDn", "cuộn thẻ", "scroll the pane")
        pair("Enter  Esc", "phóng to, mở chứng cứ; trở lại", "make large, open evidence; back")
        pair("/  l", "tìm (không cần dấu, có thể là địa chỉ); lọc", "find (marks do not matter, may be an address); filter")
        pair(":", "mọi việc làm được với sự cố, tìm theo tên", "everything that can be done with the incident, by name")
        pair("$", "lệnh tương ứng của mỗi phím", "the command line of each key")
        pair("L  Ctrl-L  q", "ngôn ngữ; vẽ lại; thoát", "language; paint anew; quit")
        if !model.isReadOnly {
            lines.append(StyledLine(model.text("Thao tác", "Actions"), .strong))
            var row = StyledLine("  ")
            for verb in TriageVerb.all {
                let text = DisplayText.fitted("\(verb.key) \(verb.name[model.language])", to: 18)
                if row.width + 18 > model.columns {
                    lines.append(row)
                    row = StyledLine("  ")
                }
                row.add(String(text.prefix(1)), .strong)
                row.add(String(text.dropFirst()))
            }
            lines.append(row)
        }
        lines.append(StyledLine(model.text("Dấu trong hàng đợi", "Marks in the queue"), .strong))
        lines.append(
            StyledLine(
                model.text(
                    "  > đang chọn   ! quá hạn   * chưa ai xem   @ của tôi   & của người khác",
                    "  > selected   ! overdue   * nobody has looked   @ mine   & somebody else's")))
        lines.append(
            StyledLine(
                model.text(
                    "  (5 giờ) thời hạn sẽ chạy nếu xác nhận   QUÁ 5 giờ: đã quá hạn",
                    "  (5 h) a deadline that would run if confirmed   OVER 5 h: it has passed")))
        return lines
    }

    /// The command line of every key, for the selected incident.
    static func commands(_ model: TriageModel) -> [StyledLine] {
        var lines = [
            StyledLine(
                model.text("Lệnh tương ứng (gõ được ở dòng lệnh, dùng được trong script)", "The same at the command line, and in scripts"),
                .strong)
        ]
        func add(_ key: String, _ command: CommandLineForm) {
            lines.append(
                StyledLine("  " + DisplayText.fitted(key, to: 3), .strong).adding(command.text(with: model.options)))
        }
        let filter = model.filter
        var list = ["--status", "new"]
        if filter.scope != .new { list = [] }
        add("l", CommandLineForm("incident list", list + CommandLineForm.option("--severity", filter.severity?.rawValue ?? "")))
        guard let detail = model.detail else { return lines }
        let code = detail.incident.code.description
        add("1", CommandLineForm("incident show", [code]))
        add("2", CommandLineForm("incident timeline", [code]))
        add("4", CommandLineForm("alert list", ["--incident", code]))
        if let item = detail.detail.evidence.first {
            add("5", CommandLineForm("evidence view", [String(item.id), "--reason", "…"]))
        } else {
            add("5", CommandLineForm("evidence list", ["--incident", code]))
        }
        add("6", CommandLineForm("clock list", ["--incident", code]))
        add("7", CommandLineForm("incident task list", [code]))
        guard !model.isReadOnly else { return lines }
        let context = model.context(detail)
        for verb in TriageVerb.all where verb.applies(detail) {
            for command in TriageForm(verb, context).commands { add(String(verb.key), command) }
        }
        return lines
    }
}
