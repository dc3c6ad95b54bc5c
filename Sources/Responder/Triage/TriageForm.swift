import Incidents
import Terminal

/// Questions that are being answered, one after the other.
struct TriageForm: Sendable {
    let verb: TriageVerb
    let context: FormContext
    let steps: [FormStep]
    /// Of the incident as the person saw it: the action is refused when somebody else was faster.
    let version: Int64
    private(set) var answers: [String] = []
    var editor: LineEditor
    /// Of the choices that fit what was typed.
    private(set) var selection = 0
    /// Something that is demanded is missing.
    private(set) var isMissing = false

    init(_ verb: TriageVerb, _ context: FormContext) {
        self.verb = verb
        self.context = context
        steps = verb.steps(context)
        version = context.incident.version
        editor = LineEditor()
        begin()
    }

    var step: FormStep { steps[answers.count] }

    private mutating func begin() {
        isMissing = false
        editor = LineEditor()
        selection = 0
        switch step.kind {
        case .text: editor = LineEditor(step.initial)
        case .choice(let choices, _): selection = choices.firstIndex { $0.value == step.initial } ?? 0
        }
    }

    /// Choices that hold every word that was typed, and what was typed where that may be an answer.
    var offered: [FormStep.Choice] {
        guard case .choice(let choices, let isOpen) = step.kind else { return [] }
        let words = TriageText.folded(editor.text).split(separator: " ")
        guard !words.isEmpty else { return choices }
        let fitting = choices.filter { choice in words.allSatisfy { TriageText.folded(choice.label).contains($0) } }
        guard isOpen, !fitting.contains(where: { $0.value == editor.text }) else { return fitting }
        return fitting + [FormStep.Choice(value: editor.text, label: "“\(editor.text)”")]
    }

    /// What Enter would answer now; nil where that is not enough.
    private var answer: String? {
        switch step.kind {
        case .text(let isRequired):
            let hasText = editor.text.contains { !$0.isWhitespace }
            return isRequired && !hasText ? nil : hasText ? editor.text : ""
        case .choice:
            let offered = offered
            return offered.indices.contains(selection) ? offered[selection].value : nil
        }
    }

    /// The commands as they would be, with what is not answered yet as it stands.
    var commands: [CommandLineForm] {
        var all = answers
        for index in answers.count..<steps.count {
            if index == answers.count, let answer {
                all.append(answer)
                continue
            }
            switch steps[index].kind {
            case .text(let isRequired): all.append(isRequired ? "…" : steps[index].initial)
            case .choice(let choices, _):
                all.append(choices.contains { $0.value == steps[index].initial } ? steps[index].initial : choices.first?.value ?? "…")
            }
        }
        return verb.commands(context, all)
    }

    enum Outcome { case goesOn, cancelled, done }

    mutating func take(_ key: Key) -> Outcome {
        isMissing = false
        switch key {
        case .escape, .control("g"), .control("c"): return .cancelled
        case .up, .control("p"): selection = max(0, selection - 1)
        case .down, .control("n"), .tab: selection = min(max(0, offered.count - 1), selection + 1)
        case .pageUp: selection = max(0, selection - 5)
        case .pageDown: selection = min(max(0, offered.count - 1), selection + 5)
        case .enter:
            guard let answer else {
                isMissing = true
                return .goesOn
            }
            answers.append(answer)
            if answers.count == steps.count { return .done }
            begin()
        default:
            let before = editor.text
            _ = editor.take(key)
            if editor.text != before { selection = 0 }
        }
        return .goesOn
    }

    /// What was answered; only when it is done.
    var finished: [CommandLineForm] { verb.commands(context, answers) }
}
