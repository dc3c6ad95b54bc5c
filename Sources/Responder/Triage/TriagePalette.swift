import Incidents
import Terminal
import Wording

/// Everything that can be done with the selected incident, by name: keys, and commands that have none.
struct TriagePalette: Sendable {
    /// One line of it.
    struct Entry: Sendable, Hashable {
        enum Action: Sendable, Hashable {
            case key(Character)
            /// A command line to be completed and run on the terminal.
            case command(String)
        }

        var action: Action
        var label: String
    }

    let entries: [Entry]
    private(set) var editor = LineEditor()
    private(set) var selection = 0

    init(_ context: FormContext, isReadOnly: Bool) {
        let verbs = isReadOnly ? [] : TriageVerb.all.filter { $0.applies(context.detail) }
        let keys = verbs.map { verb in
            Entry(action: .key(verb.key), label: "\(verb.key)  \(verb.name[context.language])")
        }
        let commands = TriagePalette.commands(context).filter { !isReadOnly || $0.isReading }.map { command in
            Entry(
                action: .command(command.text), label: "$  \(context.text(command.name.vietnamese, command.name.english))  \(command.text)")
        }
        entries = keys + commands
    }

    private struct Command {
        var name: BilingualText
        var text: String
        var isReading = false
    }

    /// Commands of an incident that have no key, as they begin.
    private static func commands(_ context: FormContext) -> [Command] {
        let code = context.code
        func command(_ vietnamese: String, _ english: String, _ text: String, isReading: Bool = false) -> Command {
            Command(name: BilingualText(vietnamese, english), text: text, isReading: isReading)
        }
        var commands = [
            command("xem toàn bộ", "everything about it", "incident show \(code)", isReading: true),
            command("diễn biến", "timeline", "incident timeline \(code)", isReading: true),
            command("mọi cảnh báo", "all alerts", "alert list --incident \(code)", isReading: true),
            command("đếm cảnh báo theo luật", "alerts by rule", "alert count --by rule --incident \(code)", isReading: true),
            command("danh sách chứng cứ", "list of evidence", "evidence list --incident \(code)", isReading: true),
            command("kiểm tra chứng cứ", "check the evidence", "evidence verify --incident \(code)", isReading: true),
            command("mọi thời hạn", "all deadlines", "clock list --all --incident \(code)", isReading: true),
            command("văn bản đã lập, đã gửi", "documents made and sent", "report list --subject \(code)", isReading: true),
            command("thêm tệp chứng cứ", "add files as evidence", "evidence add --incident \(code) --note "),
            command("ghi lại phiên làm việc", "record a terminal session", "evidence record --incident \(code) --note "),
            command("đóng gói chứng cứ", "hand evidence over", "evidence export --incident \(code) --to \(code).tar --reason "),
            command("ai xử lý", "who handles it", "incident handle \(code) "),
            command("nâng, hạ mức", "category and severity", "incident classify \(code) --severity "),
        ]
        for clock in context.detail.clocks where clock.metAt == nil && !clock.isCandidate {
            commands.append(
                command("đã đáp ứng hạn \(clock.code)", "deadline \(clock.code) is met", "clock meet \(code) \(clock.code) --document "))
            commands.append(
                command("thời hạn \(clock.code)", "deadline \(clock.code)", "clock show \(code) \(clock.code)", isReading: true))
        }
        for run in context.detail.detail.runs {
            commands.append(command("kịch bản lượt \(run.id)", "playbook run \(run.id)", "playbook status \(run.id)", isReading: true))
            if run.endedAt == nil { commands.append(command("dừng lượt \(run.id)", "stop run \(run.id)", "playbook abort \(run.id)")) }
        }
        return commands
    }

    /// Entries that hold every word that was typed.
    var offered: [Entry] {
        let words = TriageText.folded(editor.text).split(separator: " ")
        return entries.filter { entry in
            let label = TriageText.folded(entry.label)
            return words.allSatisfy { label.contains($0) }
        }
    }

    enum Outcome { case goesOn, cancelled, chosen(Entry.Action) }

    mutating func take(_ key: Key) -> Outcome {
        let last = max(0, offered.count - 1)
        switch key {
        case .escape, .control("g"), .control("c"): return .cancelled
        case .up, .control("p"): selection = max(0, selection - 1)
        case .down, .control("n"), .tab: selection = min(last, selection + 1)
        case .pageUp: selection = max(0, selection - 10)
        case .pageDown: selection = min(last, selection + 10)
        case .enter:
            guard let entry = offered[safely: selection] else { return .goesOn }
            return .chosen(entry.action)
        case .backspace where editor.text.isEmpty: return .cancelled
        default:
            let before = editor.text
            _ = editor.take(key)
            if editor.text != before { selection = 0 }
        }
        return .goesOn
    }

    /// The command line, where nothing is left to say: those that lack something end with a blank.
    static func complete(_ text: String) -> CommandLineForm? { text.last == " " ? nil : CommandLineForm(words: words(text)) }

    /// A command line that a person completes.
    static func verb(_ begin: String) -> TriageVerb {
        TriageVerb(
            key: ":", name: BilingualText("lệnh", "command"), applies: { _ in true },
            steps: {
                [
                    FormStep(
                        prompt: $0.text("Lệnh (sửa, thêm rồi Enter)", "Command (complete it, then Enter)"), kind: .text(isRequired: true),
                        initial: begin)
                ]
            },
            commands: { [CommandLineForm(words: TriagePalette.words($1[0]))] }, takesTerminal: true)
    }

    /// The words of a line as a shell takes them apart: blanks between words, quotes and backslashes keep them.
    static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isInWord = false
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                word.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
                isInWord = true
            } else if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                isInWord = true
            } else if character == " " {
                if isInWord { words.append(word) }
                word = ""
                isInWord = false
            } else {
                word.append(character)
                isInWord = true
            }
        }
        return isInWord ? words + [word] : words
    }
}

/// The palette over the lower part of the screen.
enum PaletteLayout {
    static func panel(_ palette: TriagePalette, _ model: TriageModel) -> (lines: [StyledLine], cursor: (row: Int, column: Int)) {
        let offered = palette.offered
        let rows = max(4, min(offered.count, model.rows - 8))
        let top = max(0, min(palette.selection - rows / 2, offered.count - rows))
        var lines = [
            StyledLine(model.text(" Mọi việc làm được ", " Everything that can be done "), TextStyle(.strong, isReversed: true))
                .fitted(to: model.columns, padding: .bar)
        ]
        let window = palette.editor.window(columns: model.columns - 3)
        lines.append(StyledLine(": " + window.text))
        for (index, entry) in offered.enumerated().dropFirst(top).prefix(rows) {
            let line = StyledLine((index == palette.selection ? "> " : "  ") + entry.label)
            lines.append(index == palette.selection ? line.fitted(to: model.columns).reversed : line)
        }
        if offered.isEmpty { lines.append(StyledLine(model.text("  (không có)", "  (none)"), .quiet)) }
        var keys = StyledLine("Enter", .strong)
        keys.add(model.text(" chọn  ", " choose  "))
        keys.add("Esc", .strong)
        keys.add(model.text(" thôi   ↑↓, gõ để tìm", " leave   ↑↓, type to find"))
        return (lines + [keys], (1, 2 + window.cursor))
    }
}
