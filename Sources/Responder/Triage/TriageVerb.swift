import Foundation
import Incidents
import Playbooks
import Wording

/// A command line of `vonggac`: what is shown is what is run.
struct CommandLineForm: Sendable, Hashable {
    /// The nouns and the verb: `incident confirm`.
    var path: [String]
    var arguments: [String]

    init(_ path: String, _ arguments: [String]) {
        self.path = path.split(separator: " ").map(String.init)
        self.arguments = arguments
    }

    /// A line that a person has typed; further options stand before its own.
    init(words: [String]) {
        let end = words.firstIndex { $0.hasPrefix("-") } ?? words.count
        path = Array(words[..<end])
        arguments = Array(words[end...])
    }

    /// The words behind `vonggac`, with options that are not shown.
    func words(with options: [String] = []) -> [String] { path + options + arguments }

    /// As a person would type it in a shell.
    func text(with options: [String] = []) -> String {
        (["vonggac"] + path + arguments + options).map(CommandLineForm.quoted).joined(separator: " ")
    }

    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "_./:=@%+-,".contains($0) }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// `--name value`, or nothing where there is no value. A value that looks like an option is tied to the name.
    static func option(_ name: String, _ value: String) -> [String] {
        value.isEmpty ? [] : value.hasPrefix("-") ? ["\(name)=\(value)"] : [name, value]
    }

    /// A word that must not be taken for an option.
    static func operand(_ text: String) -> [String] { text.hasPrefix("-") ? ["--", text] : [text] }
}

/// One question of a form.
struct FormStep: Sendable, Hashable {
    struct Choice: Sendable, Hashable {
        var value: String
        var label: String
    }

    enum Kind: Sendable, Hashable {
        case text(isRequired: Bool)
        /// - isOpen: something else may be typed.
        case choice([Choice], isOpen: Bool)
    }

    var prompt: String
    var kind: Kind
    /// What is there before anything is typed; of a choice, the value that is selected.
    var initial = ""
}

/// What a form asks about.
struct FormContext: Sendable {
    var detail: TriageDetail
    var items: [QueueItem]
    var choices: TriageChoices
    var actor: String
    var language: Language

    var incident: Incident { detail.incident }
    var code: String { detail.incident.code.description }

    func text(_ vietnamese: String, _ english: String) -> String { language == .vi ? vietnamese : english }
    func reason(_ isRequired: Bool = true) -> FormStep {
        FormStep(
            prompt: text("Lý do", "Reason") + (isRequired ? "" : text(" (có thể bỏ trống)", " (may be left out)")),
            kind: .text(isRequired: isRequired))
    }
    var note: FormStep {
        FormStep(prompt: text("Ghi chú (có thể bỏ trống)", "Note (may be left out)"), kind: .text(isRequired: false))
    }
    /// What was done, without which the record does not let an incident be contained, eradicated or recovered.
    var account: FormStep { FormStep(prompt: text("Đã làm gì", "What was done"), kind: .text(isRequired: true)) }
}

/// Something that can be done with the selected incident, by one key.
struct TriageVerb: Sendable {
    let key: Character
    let name: BilingualText
    /// Whether it makes sense now. What the rules of the house demand beyond that, they say themselves.
    let applies: @Sendable (TriageDetail) -> Bool
    /// What must be asked.
    let steps: @Sendable (FormContext) -> [FormStep]
    /// The command lines that do it, one after the other, from the answers in the order of the steps.
    let commands: @Sendable (FormContext, [String]) -> [CommandLineForm]
    /// It needs the terminal for itself.
    var takesTerminal = false

    static func of(_ key: Character) -> TriageVerb? { all.first { $0.key == key } }

    /// Every verb, in the order in which keys are shown.
    static let all: [TriageVerb] = [
        confirm, dismiss, contain, eradicate, recover, close, reopen, assign, note, classify, impact, playbook, report, merge, duplicate,
        split, link, addTask, endTask, hold, release, undo,
    ]

    private static func state(_ states: IncidentState...) -> @Sendable (TriageDetail) -> Bool {
        { states.contains($0.incident.state) }
    }

    private static let isOpen: @Sendable (TriageDetail) -> Bool = { $0.incident.state.isOpen }

    /// A verb that asks for a note or what was done and moves the incident on.
    private static func move(
        _ key: Character, _ name: BilingualText, _ verb: String, from states: IncidentState...,
        asking step: @escaping @Sendable (FormContext) -> FormStep = { $0.account }
    ) -> TriageVerb {
        TriageVerb(
            key: key, name: name, applies: { states.contains($0.incident.state) }, steps: { [step($0)] },
            commands: { [CommandLineForm("incident \(verb)", [$0.code] + CommandLineForm.option("--note", $1[0]))] })
    }

    private static let confirm = move("c", BilingualText("xác nhận", "confirm"), "confirm", from: .new, asking: { $0.note })
    private static let contain = move("s", BilingualText("ngăn chặn", "contain"), "contain", from: .confirmed)
    private static let eradicate = move("e", BilingualText("gỡ bỏ", "eradicate"), "eradicate", from: .contained)
    private static let recover = move("v", BilingualText("khôi phục", "recover"), "recover", from: .contained, .eradicated)

    private static let dismiss = TriageVerb(
        key: "f", name: BilingualText("báo nhầm", "false alarm"), applies: state(.new, .confirmed), steps: { [$0.reason()] },
        commands: { [CommandLineForm("incident dismiss", [$0.code] + CommandLineForm.option("--reason", $1[0]))] })

    private static let reopen = TriageVerb(
        key: "o", name: BilingualText("mở lại", "reopen"), applies: state(.closed, .falseAlarm), steps: { [$0.reason()] },
        commands: { [CommandLineForm("incident reopen", [$0.code] + CommandLineForm.option("--reason", $1[0]))] })

    private static let undo = TriageVerb(
        key: "u", name: BilingualText("hoàn tác", "undo"), applies: { _ in true }, steps: { [$0.reason(false)] },
        commands: { [CommandLineForm("incident undo", [$0.code] + CommandLineForm.option("--reason", $1[0]))] })

    private static let note = TriageVerb(
        key: "n", name: BilingualText("ghi chú", "note"), applies: { $0.incident.state != .duplicate },
        steps: { [FormStep(prompt: $0.text("Ghi chú", "Note"), kind: .text(isRequired: true))] },
        commands: { [CommandLineForm("incident note", [$0.code] + CommandLineForm.operand($1[0]))] })

    private static let assign = TriageVerb(
        key: "a", name: BilingualText("giao", "assign"), applies: isOpen,
        steps: { context in
            let known = Set(context.items.compactMap(\.incident.assignee)).subtracting([context.actor]).sorted()
            let people =
                [FormStep.Choice(value: context.actor, label: context.actor + context.text(" (tôi)", " (me)"))]
                + known.map { FormStep.Choice(value: $0, label: $0) }
            let nobody = FormStep.Choice(value: "", label: context.text("(không ai)", "(nobody)"))
            return [
                FormStep(
                    prompt: context.text("Giao cho ai (chọn hoặc gõ tên)", "To whom (choose, or type a name)"),
                    kind: .choice(people + (context.incident.assignee == nil ? [] : [nobody]), isOpen: true))
            ]
        },
        commands: { [CommandLineForm("incident assign", [$0.code] + ($1[0].isEmpty ? [] : CommandLineForm.operand($1[0])))] })

    static func others(_ context: FormContext) -> [FormStep.Choice] {
        context.items.filter { $0.code != context.incident.code && $0.incident.state.isOpen }.map { item in
            FormStep.Choice(
                value: item.code.description,
                label: "\(item.code)  \(item.incident.severity.rawValue)  "
                    + context.text(item.incident.titleVietnamese, item.incident.titleEnglish))
        }
    }

    private static let merge = TriageVerb(
        key: "m", name: BilingualText("gộp", "merge"), applies: isOpen,
        steps: { [FormStep(prompt: $0.text("Gộp vào sự cố nào", "Into which incident"), kind: .choice(others($0), isOpen: true))] },
        commands: { [CommandLineForm("incident merge", [$0.code, $1[0]])] })

    private static let duplicate = TriageVerb(
        key: "d", name: BilingualText("trùng", "duplicate"), applies: state(.new, .confirmed),
        steps: {
            [FormStep(prompt: $0.text("Trùng với sự cố nào", "The same as which incident"), kind: .choice(others($0), isOpen: true))]
        },
        commands: { [CommandLineForm("incident duplicate", [$0.code, $1[0]])] })

    private static let classify = TriageVerb(
        key: "p", name: BilingualText("phân loại", "classify"), applies: { $0.incident.state != .duplicate },
        steps: { context in
            let severities = Severity.allCases.map { FormStep.Choice(value: $0.rawValue, label: $0.rawValue) }
            let categories = context.choices.categories.map { FormStep.Choice(value: $0.code.rawValue, label: "\($0.code)  \($0.name)") }
            return [
                FormStep(
                    prompt: context.text("Mức độ", "Severity"), kind: .choice(severities, isOpen: false),
                    initial: context.incident.severity.rawValue),
                FormStep(
                    prompt: context.text("Loại", "Category"), kind: .choice(categories, isOpen: false),
                    initial: context.incident.category.rawValue),
                context.reason(),
            ]
        },
        commands: { context, answers in
            let severity = answers[0] == context.incident.severity.rawValue ? "" : answers[0]
            let category = answers[1] == context.incident.category.rawValue ? "" : answers[1]
            return [
                CommandLineForm(
                    "incident classify",
                    [context.code] + CommandLineForm.option("--severity", severity) + CommandLineForm.option("--category", category)
                        + CommandLineForm.option("--reason", answers[2]))
            ]
        })

    private static let impact = TriageVerb(
        key: "i", name: BilingualText("ảnh hưởng", "impact"), applies: { $0.incident.state != .duplicate },
        steps: { context in
            let flags = IncidentFlags.names.map { flag, name in
                FormStep.Choice(
                    value: name, label: (context.incident.flags.contains(flag) ? "[x] " : "[ ] ") + label(flag, context.language))
            }
            return [
                FormStep(
                    prompt: context.text("Ảnh hưởng gì (chọn dòng có [x] để bỏ)", "What is affected (choose one with [x] to take it back)"),
                    kind: .choice(flags, isOpen: false)),
                FormStep(
                    prompt: context.text(
                        "Phát hiện lúc nào, 2026-11-21T08:00 (trống: như sự cố)", "Since when, 2026-11-21T08:00 (empty: as the incident)"),
                    kind: .text(isRequired: false)),
                context.reason(),
            ]
        },
        commands: { context, answers in
            let isOn = IncidentFlags.named(answers[0]).map { context.incident.flags.contains($0) } ?? false
            return [
                CommandLineForm(
                    "incident flag",
                    [context.code, answers[0]] + (isOn ? ["--off"] : CommandLineForm.option("--since", answers[1]))
                        + CommandLineForm.option("--reason", answers[2]))
            ]
        })

    static func label(_ flag: IncidentFlags, _ language: Language) -> String {
        let isVietnamese = language == .vi
        switch flag {
        case .personalData: return isVietnamese ? "dữ liệu cá nhân" : "personal data"
        case .nationalSecurity: return isVietnamese ? "an ninh quốc gia, trật tự xã hội" : "national security, public order"
        case .seriousDisruption: return isVietnamese ? "gián đoạn nghiêm trọng" : "serious disruption"
        case .beyondCapability: return isVietnamese ? "vượt khả năng xử lý" : "beyond capability"
        case .locationOrBiometric: return isVietnamese ? "dữ liệu vị trí, sinh trắc" : "location or biometric data"
        case .electronicArchive: return isVietnamese ? "kho lưu trữ điện tử" : "electronic archive"
        default: return flag.names.joined(separator: ", ")
        }
    }

    private static let playbook = TriageVerb(
        key: "r", name: BilingualText("kịch bản", "playbook"), applies: isOpen,
        steps: { context in
            let category = context.incident.category.rawValue
            let open = context.detail.detail.runs.filter { $0.endedAt == nil }.map { run in
                FormStep.Choice(
                    value: "resume \(run.id)",
                    label: context.text("chạy tiếp lượt \(run.id): ", "go on with run \(run.id): ")
                        + Playbook.part(run.name, context.language))
            }
            let fitting = context.choices.playbooks.filter { $0.categories.contains(category) }
            let others = context.choices.playbooks.filter { !$0.categories.contains(category) }
            return [
                FormStep(
                    prompt: context.text("Kịch bản nào", "Which playbook"),
                    kind: .choice(
                        open + (fitting + others).map { FormStep.Choice(value: "run \($0.name)", label: "\($0.name)  \($0.title)") },
                        isOpen: false))
            ]
        },
        commands: { context, answers in
            let parts = answers[0].split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return [] }
            if parts[0] == "resume" { return [CommandLineForm("playbook resume", [parts[1]])] }
            return [CommandLineForm("playbook run", [parts[1], "--incident", context.code])]
        }, takesTerminal: true)

    private static let addTask = TriageVerb(
        key: "t", name: BilingualText("thêm việc", "add task"), applies: isOpen,
        steps: { [FormStep(prompt: $0.text("Việc phải làm", "What is to be done"), kind: .text(isRequired: true))] },
        commands: { [CommandLineForm("incident task add", [$0.code] + CommandLineForm.operand($1[0]))] })

    private static func ends(_ context: FormContext) -> FormStep.Kind {
        .choice(
            [
                FormStep.Choice(value: "done", label: context.text("đã xong", "done")),
                FormStep.Choice(value: "drop", label: context.text("không cần nữa", "no longer needed")),
            ], isOpen: false)
    }

    private static let endTask = TriageVerb(
        key: "T", name: BilingualText("xong việc", "end task"), applies: { !$0.openTasks.isEmpty },
        steps: { context in
            [
                FormStep(
                    prompt: context.text("Việc nào", "Which task"),
                    kind: .choice(
                        context.detail.openTasks.map { FormStep.Choice(value: String($0.number), label: "\($0.number). \($0.text)") },
                        isOpen: false)),
                FormStep(prompt: context.text("Kết quả", "What became of it"), kind: ends(context)), context.note,
            ]
        },
        commands: {
            [CommandLineForm("incident task \($1[1])", [$0.code, $1[0]] + CommandLineForm.option("--note", $1[2]))]
        })

    /// Closing asks for everything that the rules of the house demand: each open task, how it was handled, and the summary.
    private static let close = TriageVerb(
        key: "z", name: BilingualText("kết thúc", "close"),
        applies: {
            $0.incident.state.successors.contains(.closed) && ($0.incident.state != .confirmed || $0.incident.severity == .m4)
        },
        steps: { context in
            context.detail.openTasks.map { task in
                FormStep(
                    prompt: context.text("Việc \(task.number) còn mở: \(task.text)", "Task \(task.number) is open: \(task.text)"),
                    kind: ends(context))
            } + [
                FormStep(
                    prompt: context.text("Ai đã xử lý", "Who handled it"),
                    kind: .choice(
                        [
                            FormStep.Choice(value: "self", label: context.text("tự xử lý", "by ourselves")),
                            FormStep.Choice(value: "helped", label: context.text("có tổ chức khác hỗ trợ", "helped by others")),
                            FormStep.Choice(value: "foreign", label: context.text("có tổ chức nước ngoài hỗ trợ", "helped from abroad")),
                            FormStep.Choice(
                                value: "coordinator", label: context.text("cơ quan điều phối hỗ trợ", "helped by the coordinator")),
                        ], isOpen: false), initial: context.incident.handlingMode?.rawValue ?? "self"),
                FormStep(
                    prompt: context.text("Tổng kết: đã xảy ra gì, đã làm gì", "Summary: what happened, what was done"),
                    kind: .text(isRequired: true)),
            ]
        },
        commands: { context, answers in
            let tasks = context.detail.openTasks
            return zip(tasks, answers).map { CommandLineForm("incident task \($1)", [context.code, String($0.number)]) } + [
                CommandLineForm(
                    "incident close",
                    [context.code] + CommandLineForm.option("--summary", answers[tasks.count + 1])
                        + CommandLineForm.option("--handling", answers[tasks.count]))
            ]
        })
}
