import Bytes
import Incidents
import Terminal
import Wording

/// A line of the pane.
struct PaneLine: Sendable, Hashable {
    var line: StyledLine
    /// Enter would open it.
    var isSelected = false
    /// A packet begins here.
    var isHead = false
    /// Where the line goes on when it is wider than the screen.
    var indent = 0

    init(_ line: StyledLine, isSelected: Bool = false, isHead: Bool = false, indent: Int = 0) {
        self.line = line
        self.isSelected = isSelected
        self.isHead = isHead
        self.indent = indent
    }

    init(_ text: String, _ style: TextStyle = .plain, indent: Int = 0) { self.init(StyledLine(text, style), indent: indent) }
}

/// The screen as lines, from the state alone.
enum TriageLayout {
    /// Smaller terminals show only that they are too small.
    static let leastRows = 12
    static let leastColumns = 40

    static func frame(_ model: TriageModel) -> ScreenFrame {
        guard model.rows >= leastRows, model.columns >= leastColumns else {
            return ScreenFrame(lines: [StyledLine(model.text("Màn hình nhỏ quá", "Terminal too small"), .alarm)])
        }
        if let lines = popupLines(model) { return popup(lines, model) }
        var lines = [title(model)]
        if !model.isLarge { lines += queue(model) }
        lines += heading(model)
        lines += pane(model)
        var frame = ScreenFrame(lines: lines)
        var panel: (lines: [StyledLine], cursor: (row: Int, column: Int)?)?
        if case .form(let form) = model.dialog { panel = FormLayout.panel(form, model) }
        if case .palette(let palette) = model.dialog { panel = PaletteLayout.panel(palette, model) }
        if let panel {
            // Questions stand above the last lines, over the pane.
            let room = max(0, model.rows - panel.lines.count)
            frame.lines = Array(lines.prefix(room)) + panel.lines
            frame.cursor = panel.cursor.map { (room + $0.row, $0.column) }
        } else {
            frame.lines += status(model) + keys(model)
            if case .search(let editor, _) = model.dialog {
                let prompt = "/"
                let window = editor.window(columns: model.columns - 2)
                frame.lines[model.rows - keyRows(model) - 2] = StyledLine(prompt + window.text)
                frame.cursor = (model.rows - keyRows(model) - 2, 1 + window.cursor)
            }
        }
        frame.lines = frame.lines.prefix(model.rows).map { $0.fitted(to: model.columns) }
        return frame
    }

    // MARK: how the rows are shared out

    /// Lines of keys, of which there are up to three.
    private static func keyRows(_ model: TriageModel) -> Int { keys(model).count }

    private static func queueRows(_ model: TriageModel) -> Int {
        guard !model.isLarge else { return 0 }
        // Title, headings, two of the incident, two of the status, and up to three of keys.
        let room = model.rows - 9
        return max(2, room * 2 / 5)
    }

    static func paneRows(_ model: TriageModel) -> Int {
        max(1, model.rows - 1 - (model.isLarge ? 0 : 1 + queueRows(model)) - 2 - 2 - keyRows(model))
    }

    // MARK: title

    private static func title(_ model: TriageModel) -> StyledLine {
        var left = StyledLine(" VongGac ", TextStyle(.strong, isReversed: true))
        let visible = model.visible
        let fresh = visible.filter { $0.incident.state == .new }.count
        let overdue = visible.filter { $0.isOverdue(at: model.now) }.count
        left.add(model.text(" \(visible.count) sự cố", visible.count == 1 ? " 1 incident" : " \(visible.count) incidents"), .bar)
        // The others are less grave, or older: the end of the queue reads on.
        if model.unread > 0 {
            left.add(
                model.text(", còn \(model.unread) chưa hiện", ", \(model.unread) more not shown"), TextStyle(.warning, isReversed: true))
        }
        if fresh > 0 { left.add(model.text(", \(fresh) mới", ", \(fresh) new"), .bar) }
        if overdue > 0 { left.add(model.text(", \(overdue) QUÁ HẠN", ", \(overdue) OVERDUE"), TextStyle(.alarm, isReversed: true)) }
        let filters = filters(model)
        if !filters.isEmpty { left.add(model.text("  lọc: ", "  filter: ") + filters, .bar) }
        var right = StyledLine("", .bar)
        if model.isReadOnly { right.add(model.text(" CHỈ ĐỌC ", " READ-ONLY "), TextStyle(.strong, isReversed: true)) }
        right.add(" \(model.actor)  \(TriageText.moment(model.now)) ", .bar)
        let room = model.columns - right.width
        guard room > 20 else { return left.fitted(to: model.columns, padding: .bar) }
        var line = left.fitted(to: room, padding: .bar)
        for piece in right.pieces { line.add(piece.text, piece.style) }
        return line
    }

    static func filters(_ model: TriageModel) -> String {
        let filter = model.filter
        var parts: [String] = []
        if filter.scope != .open { parts.append(TriageHelp.name(filter.scope, model)) }
        if let severity = filter.severity { parts.append(severity.rawValue) }
        if let agency = filter.agency { parts.append(agency) }
        if let assignee = filter.assignee { parts.append(assignee) }
        if filter.isOverdue { parts.append(model.text("quá hạn", "overdue")) }
        if !filter.text.isEmpty { parts.append("/" + filter.text) }
        return parts.joined(separator: ", ")
    }

    // MARK: queue

    private static func queue(_ model: TriageModel) -> [StyledLine] {
        let rows = queueRows(model)
        let visible = model.visible
        let index = visible.firstIndex { $0.code == model.selected } ?? 0
        // The selection stands in the middle where there is more than fits.
        let top = max(0, min(index - rows / 2, visible.count - rows))
        var lines = [
            row(
                "   ", model.text("Mức", "Sev"), model.text("Mã", "Code"), model.text("Trạng thái", "State"), model.text("Còn", "Left"),
                model.text("Cơ quan", "Agency"), model.text("Nội dung", "What"), model, .strong)
        ]
        for item in visible[top..<min(visible.count, top + rows)] { lines.append(row(item, model)) }
        if visible.isEmpty {
            lines.append(
                StyledLine(
                    "   "
                        + (model.filter == QueueFilter()
                            ? model.text("Không có sự cố nào đang mở.", "No incident is open.")
                            : model.text("Không có sự cố nào như vậy (Esc: bỏ lọc).", "No such incident (Esc: all again).")),
                    .quiet))
        }
        while lines.count < rows + 1 { lines.append(StyledLine()) }
        return lines
    }

    private static func row(
        _ mark: String, _ severity: String, _ code: String, _ state: String, _ left: String, _ agency: String, _ what: String,
        _ model: TriageModel, _ style: TextStyle
    ) -> StyledLine {
        var line = StyledLine(mark, style)
        for (text, columns) in [(severity, 4), (code, 13), (state, 11), (left, 15), (agency, 9)] {
            line.add(DisplayText.fitted(text, to: columns - 1) + " ", style)
        }
        line.add(what, style)
        return line
    }

    private static func row(_ item: QueueItem, _ model: TriageModel) -> StyledLine {
        let incident = item.incident
        let isSelected = item.code == model.selected
        let isOverdue = item.isOverdue(at: model.now)
        var line = StyledLine(isSelected ? ">" : " ")
        line.add(isOverdue ? "!" : incident.acknowledgedAt == nil ? "*" : " ", isOverdue ? .alarm : .warning)
        line.add(incident.assignee == nil ? " " : incident.assignee == model.actor ? "@" : "&")
        line.add(DisplayText.fitted(incident.severity.rawValue, to: 4), style(incident.severity))
        line.add(DisplayText.fitted(item.code.description, to: 13))
        line.add(
            DisplayText.fitted(TriageText.short(incident.state, model.language), to: 11), incident.state == .new ? .warning : .plain)
        if let deadline = item.deadline {
            let left = TriageText.left(until: deadline.limit, at: model.now, model.language)
            line.add(
                DisplayText.fitted(deadline.isCandidate ? "(\(left))" : left, to: 15),
                deadline.isCandidate ? .quiet : isOverdue ? .alarm : isSoon(deadline.limit, model) ? .warning : .plain)
        } else {
            line.add(DisplayText.fitted("-", to: 15), .quiet)
        }
        line.add(DisplayText.fitted(incident.agency ?? "-", to: 8) + " ")
        line.add(model.text(incident.titleVietnamese, incident.titleEnglish))
        return isSelected ? line.fitted(to: model.columns).reversed : line
    }

    static func style(_ severity: Severity) -> TextStyle {
        switch severity {
        case .m1: .alarm
        case .m2: .warning
        case .m3, .m4: .plain
        }
    }

    /// Within four hours.
    static func isSoon(_ limit: Timestamp, _ model: TriageModel) -> Bool {
        limit.microseconds - model.now.microseconds < 4 * 3_600_000_000
    }

    // MARK: the incident

    private static func heading(_ model: TriageModel) -> [StyledLine] {
        guard let detail = model.detail else { return [StyledLine(), StyledLine()] }
        let incident = detail.incident
        var line = StyledLine("\(incident.code)  ", .strong)
        line.add(incident.severity.rawValue + "  ", style(incident.severity))
        line.add(StateNames.name(incident.state, model.language) + "  ")
        line.add(model.text(incident.titleVietnamese, incident.titleEnglish), .strong)
        if let viewed = model.viewed {
            return [line, StyledLine(viewed.title, .bar).fitted(to: model.columns, padding: .bar)]
        }
        var tabs = StyledLine()
        for tab in TriageModel.Tab.allCases {
            let name = " \(tab.rawValue + 1) \(TriageHelp.name(tab, detail, model)) "
            // The tab that is shown stands in brackets, for who sees no colours.
            tabs.add(
                tab == model.tab ? "[" + name.dropFirst().dropLast() + "]" : name,
                tab == model.tab ? TextStyle(.strong, isReversed: true) : .bar)
        }
        return [line, tabs.fitted(to: model.columns, padding: .bar)]
    }

    static func paneLines(_ model: TriageModel) -> [PaneLine] {
        let lines = model.viewed?.lines ?? PaneText.lines(model)
        return lines.flatMap { pane -> [PaneLine] in
            let parts = pane.line.wrapped(to: model.columns, indent: pane.indent)
            return parts.enumerated().map { index, part in
                PaneLine(part, isSelected: pane.isSelected && index == 0, isHead: pane.isHead && index == 0)
            }
        }
    }

    private static func pane(_ model: TriageModel) -> [StyledLine] {
        let rows = paneRows(model)
        let all = paneLines(model)
        let top = max(0, min(model.paneTop, all.count - rows))
        var lines = all[top..<min(all.count, top + rows)].map {
            $0.isSelected && model.isLarge ? $0.line.fitted(to: model.columns).reversed : $0.line
        }
        let below = all.count - top - rows
        if below > 0, let last = lines.indices.last {
            // What is hidden is counted where it would go on.
            let more = model.text(" còn \(below + 1) dòng ", " \(below + 1) more lines ")
            lines[last] = lines[last].fitted(to: max(0, model.columns - DisplayText.width(more))).adding(more, .bar)
        }
        while lines.count < rows { lines.append(StyledLine()) }
        return lines
    }

    // MARK: the last lines

    private static func status(_ model: TriageModel) -> [StyledLine] {
        if case .filters = model.dialog { return TriageHelp.filters(model) }
        guard let status = model.status else { return [next(model), StyledLine()] }
        let (mark, style): (String, TextStyle) =
            switch status.kind {
            case .good: ("✓ ", .good)
            case .alarm: ("✗ ", .alarm)
            case .plain: ("", .plain)
            }
        if status.command.isEmpty {
            // A long refusal has both lines.
            let parts = StyledLine(mark + status.text, style).wrapped(to: model.columns, indent: DisplayText.width(mark))
            return [
                parts[0],
                parts.count > 1
                    ? parts[1...].reduce(into: StyledLine()) { line, part in
                        for piece in part.pieces { line.add(piece.text, piece.style) }
                    } : StyledLine(),
            ]
        }
        return [StyledLine(mark + status.text, style), StyledLine("$ " + status.command, .quiet)]
    }

    /// The nearest deadline of all that are shown.
    private static func next(_ model: TriageModel) -> StyledLine {
        let running = model.visible.filter { $0.deadline.map { !$0.isCandidate } ?? false }
        guard let first = running.min(by: { ($0.deadline?.limit.microseconds ?? .max) < ($1.deadline?.limit.microseconds ?? .max) }),
            let deadline = first.deadline
        else { return StyledLine() }
        let left = TriageText.left(until: deadline.limit, at: model.now, model.language)
        return StyledLine(
            model.text("Hạn gần nhất: ", "Nearest deadline: ")
                + "\(first.code) \(deadline.code)  \(LocalTime.text(deadline.limit))  \(left)",
            deadline.limit < model.now ? .alarm : isSoon(deadline.limit, model) ? .warning : .plain)
    }

    static func keys(_ model: TriageModel) -> [StyledLine] {
        var lines: [StyledLine] = []
        if model.viewed != nil {
            return keyLines(
                model.text(
                    "↑↓ PgUp PgDn cuộn|n gói sau|p gói trước|Esc trở lại|? giúp",
                    "↑↓ PgUp PgDn scroll|n next packet|p packet before|Esc back|? help"),
                model, most: 1)
        }
        if !model.isReadOnly, let detail = model.detail {
            let verbs = TriageVerb.all.filter { $0.applies(detail) }.map { "\($0.key) \($0.name[model.language])" }
            lines = keyLines(verbs.joined(separator: "|"), model, most: 2)
        }
        let other =
            model.isLarge
            ? model.text(
                "↑↓ cuộn|Tab thẻ|Enter mở chứng cứ|Esc hàng đợi|: mọi việc|$ lệnh|? giúp",
                "↑↓ scroll|Tab part|Enter open evidence|Esc queue|: everything|$ commands|? help")
            : model.text(
                "↑↓ chọn|Enter mở|Tab thẻ|/ tìm|l lọc|: mọi việc|$ lệnh|? giúp|q thoát|L English",
                "↑↓ choose|Enter open|Tab part|/ find|l filter|: all|$ commands|? help|q quit|L Tiếng Việt")
        return lines + keyLines(other, model, most: 1)
    }

    /// Keys in strong letters, what they do beside them; as many as fit.
    private static func keyLines(_ text: String, _ model: TriageModel, most: Int) -> [StyledLine] {
        var lines = [StyledLine()]
        for part in text.split(separator: "|") {
            let pair = part.split(separator: " ", maxSplits: 1)
            guard pair.count == 2, var line = lines.popLast() else { continue }
            if line.width + DisplayText.width(String(part)) > model.columns, lines.count + 1 < most {
                lines.append(line)
                line = StyledLine()
            }
            if line.width + DisplayText.width(String(part)) <= model.columns {
                line.add(String(pair[0]), .strong)
                line.add(" \(pair[1])")
                if line.width + 2 < model.columns { line.add("  ") }
            }
            lines.append(line)
        }
        return lines
    }

    // MARK: over everything

    private static func popupLines(_ model: TriageModel) -> [StyledLine]? {
        switch model.dialog {
        case .help: TriageHelp.lines(model).flatMap { $0.wrapped(to: model.columns, indent: 4) }
        case .commands: TriageHelp.commands(model).flatMap { $0.wrapped(to: model.columns, indent: 4) }
        default: nil
        }
    }

    /// How far the page over everything may scroll.
    static func mostPopupTop(_ model: TriageModel) -> Int { max(0, (popupLines(model)?.count ?? 0) - model.rows + 1) }

    private static func popup(_ all: [StyledLine], _ model: TriageModel) -> ScreenFrame {
        let top =
            switch model.dialog {
            case .help(let top), .commands(let top): min(top, max(0, all.count - model.rows + 1))
            default: 0
            }
        let below = max(0, all.count - top - model.rows + 1)
        var shown = Array(all.dropFirst(top).prefix(model.rows - 1))
        while shown.count < model.rows - 1 { shown.append(StyledLine()) }
        shown.append(
            StyledLine(
                below > 0 || top > 0
                    ? model.text(
                        " ↑↓ PgUp PgDn cuộn (còn \(below) dòng); phím khác: trở lại",
                        " ↑↓ PgUp PgDn scroll (\(below) more lines); any other key: back")
                    : model.text(" Phím bất kỳ: trở lại", " Any key: back"), .bar
            ).fitted(to: model.columns, padding: .bar))
        return ScreenFrame(lines: shown.map { $0.fitted(to: model.columns) })
    }
}

/// A question and its answer, at the bottom of the screen.
enum FormLayout {
    static func panel(_ form: TriageForm, _ model: TriageModel) -> (lines: [StyledLine], cursor: (row: Int, column: Int)?)? {
        let step = form.step
        let number = form.steps.count > 1 ? " (\(form.answers.count + 1)/\(form.steps.count))" : ""
        var lines = [
            StyledLine(" \(form.context.code)  \(form.verb.name[model.language])\(number) ", TextStyle(.strong, isReversed: true))
                .fitted(to: model.columns, padding: .bar)
        ]
        lines.append(StyledLine(step.prompt, form.isMissing ? .alarm : .plain))
        if form.isMissing { lines[1].add(model.text("  – cần trả lời", "  – an answer is needed"), .alarm) }
        var cursor: (row: Int, column: Int)?
        let window = form.editor.window(columns: model.columns - 2)
        if case .choice = step.kind {
            let offered = form.offered
            let rows = max(3, min(offered.count, model.rows / 2 - 4))
            let top = max(0, min(form.selection - rows / 2, offered.count - rows))
            for (index, choice) in offered.enumerated().dropFirst(top).prefix(rows) {
                let line = StyledLine((index == form.selection ? "> " : "  ") + choice.label)
                lines.append(index == form.selection ? line.fitted(to: model.columns).reversed : line)
            }
            if offered.isEmpty { lines.append(StyledLine(model.text("  (không có)", "  (none)"), .quiet)) }
            if !form.editor.text.isEmpty {
                lines[1].add("  /" + form.editor.text)
                cursor = (1, min(model.columns - 1, lines[1].width))
            }
        } else {
            lines.append(StyledLine("> " + window.text))
            cursor = (2, 2 + window.cursor)
        }
        let commands = form.commands
        for command in commands.prefix(3) {
            lines.append(StyledLine("$ " + command.text(with: model.options), .quiet))
        }
        if commands.count > 3 { lines.append(StyledLine("$ …", .quiet)) }
        let isLast = form.answers.count + 1 == form.steps.count
        var keys = StyledLine("Enter", .strong)
        keys.add(isLast ? model.text(" làm  ", " do it  ") : model.text(" tiếp  ", " next  "))
        keys.add("Esc", .strong)
        keys.add(model.text(" thôi", " leave"))
        if case .choice = step.kind { keys.add(model.text("   ↑↓ chọn, gõ để tìm", "   ↑↓ choose, type to find")) }
        return (lines + [keys], cursor)
    }
}
