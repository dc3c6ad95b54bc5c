import Foundation
import Playbooks
import Synchronization
import Terminal
import Wording

/// Asks the person at the terminal. An empty line, or the end of input where an answer is needed, never counts as success.
struct TerminalPerformer: StepPerformer {
    let language: Language
    let runsCommands: Bool
    let runner: CommandRunner
    let console: Console
    let attachments: Attachments?
    let approvals: Approvals?
    let columns: Int
    /// Steps whose commands a person has seen and agreed to.
    let agreed = AgreedSteps()
    /// The run was stopped: questions need no answer any more.
    let isOver: @Sendable () -> Bool

    private func text(_ vietnamese: String, _ english: String) -> String { language == .vi ? vietnamese : english }

    /// A text in lines that the terminal holds; of commands that are too long for it, the beginning.
    private func show(_ block: String, _ dialogue: Console.Dialogue, _ sign: String = "") {
        let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
        let most = sign.isEmpty ? lines.count : 10
        for line in lines.prefix(most) {
            let safe = DisplayText.safe(String(line))
            for part in sign.isEmpty ? DisplayText.wrapped(safe, to: columns - 2) : [sign + safe] { dialogue.say("  " + part) }
        }
        if lines.count > most {
            dialogue.say(
                "  "
                    + text(
                        "… thêm \(lines.count - most) dòng; xem hết bằng vonggac playbook plan",
                        "… \(lines.count - most) more line(s); vonggac playbook plan shows all"))
        }
    }

    func perform(_ task: ManualTask) throws -> StepResult {
        try console.dialogue { dialogue in
            dialogue.say("\n● " + DisplayText.safe(Playbook.part(task.title, language)))
            if let agent = task.agent { dialogue.say("  [" + DisplayText.safe(Playbook.part(agent, language)) + "]") }
            if !task.description.isEmpty { show(Playbook.lines(task.description, language), dialogue) }
            if let type = task.insteadOf {
                dialogue.say(
                    "  " + text("Làm bằng tay (lệnh \(DisplayText.safe(type))):", "By hand (a \(DisplayText.safe(type)) command):"))
            }
            show(Playbook.lines(task.text, language), dialogue, task.insteadOf == nil ? "" : "$ ")
            if let deadline = task.deadline {
                let minutes = Int(ContinuousClock.now.duration(to: deadline).components.seconds) / 60
                dialogue.say("  " + text("Hạn trả lời: \(minutes) phút nữa.", "To be answered within \(minutes) min."))
            }
            var values: [String: String] = [:]
            for (name, variable) in task.wanted {
                let label = variable?.description.map { Playbook.part($0, language) } ?? name
                let standing = variable?.value.map { " [\(DisplayText.safe($0))]" } ?? ""
                while values[name] == nil {
                    guard let answer = dialogue.ask("  \(DisplayText.safe(label))\(standing):", deadline: task.deadline, isOver: isOver)
                    else {
                        throw silence(task.title, task.deadline)
                    }
                    if answer.isEmpty, let value = variable?.value {
                        values[name] = value
                    } else if Self.fits(answer, variable?.type ?? "string") {
                        values[name] = Self.plain(answer, variable?.type)
                    } else {
                        dialogue.say("  " + text("không đúng kiểu \(variable?.type ?? "")", "not of type \(variable?.type ?? "")"))
                    }
                }
            }
            return try result(task, values, dialogue)
        }
    }

    private func result(_ task: ManualTask, _ values: [String: String], _ dialogue: Console.Dialogue) throws -> StepResult {
        var files: [String] = []
        while true {
            let prompt = text(
                "  [x]ong, [k]hông được, [t]ệp đính kèm, [d]ừng (thêm ghi chú sau chữ):",
                "  [d]one, [f]ailed, [a]ttach FILE, [s]top (a note may follow):")
            guard let answer = dialogue.ask(prompt, deadline: task.deadline, isOver: isOver) else {
                throw silence(task.title, task.deadline)
            }
            let words = answer.split(separator: " ", maxSplits: 1)
            var note = words.count > 1 ? String(words[1]) : nil
            switch (language, words.first?.lowercased()) {
            case (.vi, "x"), (.vi, "xong"), (.en, "d"), (.en, "done"):
                return StepResult(.succeeded, output: Self.joined(note, files), variables: values)
            case (.vi, "k"), (.vi, "không"), (.en, "f"), (.en, "failed"):
                while note?.isEmpty ?? true {
                    guard let reason = dialogue.ask(text("  Lý do:", "  Why:"), deadline: task.deadline, isOver: isOver) else {
                        throw silence(task.title, task.deadline)
                    }
                    note = reason
                }
                return StepResult(.failed, output: Self.joined(note, files), variables: values)
            case (.vi, "t"), (.vi, "tệp"), (.en, "a"), (.en, "attach"):
                guard let path = note ?? dialogue.ask(text("  Đường dẫn:", "  Path:"), isOver: isOver), !path.isEmpty else { continue }
                do {
                    if let digest = try attachments?.add(path, for: task.title) {
                        files.append("sha256:" + digest)
                        dialogue.say("  " + text("đã lưu chứng cứ ", "kept as evidence ") + digest.prefix(16) + "…")
                    }
                } catch let error as any BilingualError {
                    dialogue.say("  " + text(error.vietnamese, error.english))
                }
            case (.vi, "d"), (.vi, "dừng"), (.en, "s"), (.en, "stop"): throw PlaybookRunError.aborted(step: task.title)
            default: continue
            }
        }
    }

    private static func joined(_ note: String?, _ files: [String]) -> String? {
        let lines = [note].compactMap { $0 } + files
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private func silence(_ title: String, _ deadline: ContinuousClock.Instant?) -> PlaybookRunError {
        if let deadline, ContinuousClock.now >= deadline { return .unanswered }
        return .aborted(step: title)
    }

    static func fits(_ answer: String, _ type: String) -> Bool {
        if type == "bool" { return ["true", "false", "có", "không", "yes", "no", "c", "k", "y", "n"].contains(answer.lowercased()) }
        return !answer.isEmpty && VariableType.fits(answer, type) != false
    }

    /// Yes and no as people say them.
    private static func plain(_ answer: String, _ type: String?) -> String {
        guard type == "bool" else { return answer }
        return ["true", "có", "yes", "c", "y"].contains(answer.lowercased()) ? "true" : "false"
    }

    func perform(_ job: CommandJob, isCancelled: @Sendable () -> Bool) throws -> CommandResult {
        if !runsCommands, !agreed.has(job.unit.path) {
            try console.dialogue { dialogue in
                dialogue.say("\n● " + DisplayText.safe(Playbook.part(job.title, language)))
                if let note = job.unit.note { show(Playbook.part(note, language), dialogue) }
                show(job.written, dialogue, "$ ")
                for (name, value) in job.environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("__") {
                    dialogue.say("    \(name)=" + DisplayText.safe(value))
                }
                if let machine = job.unit.machine { dialogue.say("  → " + DisplayText.safe(Playbook.part(machine.name, language))) }
                if let credential = job.credential {
                    dialogue.say("  " + text("bí mật: ", "secret: ") + DisplayText.safe(credential))
                }
                let answer = dialogue.ask(text("  Chạy lệnh này? [c/K]", "  Run this? [y/N]"), isOver: isOver)?.lowercased()
                guard answer == (language == .vi ? "c" : "y") else { throw PlaybookRunError.aborted(step: job.title) }
            }
        }
        let result = try runner.run(job, isCancelled: isCancelled)
        let lines = result.output.split(separator: "\n")
        var shown = lines.prefix(20).map { "  │ " + DisplayText.safe(String($0)) }
        if lines.count > 20 { shown.append("  │ … +\(lines.count - 20)") }
        for secret in job.secrets where !secret.isEmpty { shown = shown.map { $0.replacingOccurrences(of: secret, with: "•••") } }
        console.say(shown)
        return result
    }

    func decide(_ question: ConditionQuestion) throws -> Bool {
        try console.dialogue { dialogue in
            dialogue.say("\n● " + DisplayText.safe(Playbook.part(question.title, language)))
            dialogue.say("  " + text("Điều kiện", "Condition") + ": " + DisplayText.safe(question.condition))
            for (name, value) in question.values {
                dialogue.say("    \(name) = " + DisplayText.safe(value ?? text("chưa biết", "unknown")))
            }
            while true {
                guard let answer = dialogue.ask(text("  Đúng hay sai? [d/s]", "  True or false? [t/f]"), isOver: isOver)?.lowercased()
                else {
                    throw PlaybookRunError.aborted(step: question.title)
                }
                if ["true", language == .vi ? "d" : "t", "đúng"].contains(answer) { return true }
                if ["false", language == .vi ? "s" : "f", "sai"].contains(answer) { return false }
            }
        }
    }

    func confirm(_ question: ConfirmationQuestion) throws -> String {
        if question.kind == .secondPerson, let approvals {
            if let actor = try approvals.answer(to: question) {
                agreed.add(question.path)
                return actor
            }
            try approvals.ask(question)
            console.say([
                "\n● " + DisplayText.safe(Playbook.part(question.title, language)),
                "  "
                    + text(
                        "Cần người thứ hai đồng ý, ở terminal khác: vonggac playbook approve \(approvals.lease.run) --actor TÊN",
                        "A second person must agree, in another terminal: vonggac playbook approve \(approvals.lease.run) --actor NAME"),
            ])
            while true {
                if isOver() { throw PlaybookRunError.aborted(step: question.title) }
                if let actor = try approvals.answer(to: question) {
                    agreed.add(question.path)
                    return actor
                }
                usleep(500_000)
            }
        }
        return try console.dialogue { dialogue in
            dialogue.say("\n▲ " + DisplayText.safe(Playbook.part(question.title, language)))
            for note in question.notes { show(Playbook.part(note, language), dialogue) }
            for command in question.commands { show(command, dialogue, "$ ") }
            if !question.targets.isEmpty { dialogue.say("  → " + DisplayText.safe(question.targets.joined(separator: ", "))) }
            let prompt = text(
                "  Bước này gây gián đoạn. Gõ lại “\(DisplayText.safe(question.word))” để làm:",
                "  This step disrupts something. Type \(DisplayText.safe(question.word)) to do it:")
            guard let answer = dialogue.ask(prompt, isOver: isOver), answer == question.word else {
                throw PlaybookRunError.aborted(step: question.title)
            }
            agreed.add(question.path)
            return answer
        }
    }

    func judge(_ interruption: Interruption) throws -> Interruption.Answer {
        try console.dialogue { dialogue in
            dialogue.say("\n◆ " + DisplayText.safe(Playbook.part(interruption.title, language)))
            dialogue.say(
                "  "
                    + text(
                        "Bước này đã bắt đầu trước khi bị ngắt, có thể đã chạy:",
                        "This step had begun when the run was interrupted, and may have run:"))
            for command in interruption.commands {
                show(Playbook.lines(command, language), dialogue, interruption.isByHand ? "" : "$ ")
            }
            if let target = interruption.target { dialogue.say("  → " + DisplayText.safe(target)) }
            while true {
                let prompt = text(
                    "  Đã kiểm tra: [x]ong rồi, [k]hông được, [l]àm lại, [d]ừng?",
                    "  Having looked: [d]one, [f]ailed, do it [a]gain, [s]top?")
                guard let answer = dialogue.ask(prompt, isOver: isOver) else { throw PlaybookRunError.aborted(step: interruption.title) }
                switch (language, answer.lowercased()) {
                case (.vi, "x"), (.en, "d"):
                    var values: [String: String] = [:]
                    for (name, variable) in interruption.wanted {
                        let label = variable?.description.map { Playbook.part($0, language) } ?? name
                        while values[name] == nil {
                            guard let answer = dialogue.ask("  \(DisplayText.safe(label)):", isOver: isOver) else {
                                throw PlaybookRunError.aborted(step: interruption.title)
                            }
                            if Self.fits(answer, variable?.type ?? "string") { values[name] = Self.plain(answer, variable?.type) }
                        }
                    }
                    return .done(StepResult(.succeeded, output: "interrupted; said to be done", variables: values))
                case (.vi, "k"), (.en, "f"): return .failed("interrupted; said to have failed")
                case (.vi, "l"), (.en, "a"): return .again
                case (.vi, "d"), (.en, "s"): throw PlaybookRunError.aborted(step: interruption.title)
                default: continue
                }
            }
        }
    }

    func wait(milliseconds: Int, isCancelled: @Sendable () -> Bool) {
        if milliseconds >= 2000 {
            console.say(["  " + text("chờ \(milliseconds / 1000) giây…", "waiting \(milliseconds / 1000) s…")])
        }
        pause(milliseconds, isCancelled)
    }
}

/// Steps that a person agreed to in this session, by where they stand in the run.
final class AgreedSteps: Sendable {
    private let paths = Mutex<Set<String>>([])

    func add(_ path: StepPath) { paths.withLock { _ = $0.insert(path.rawValue) } }

    /// The step itself, or a command of it.
    func has(_ path: StepPath) -> Bool {
        paths.withLock { $0.contains { path.rawValue == $0 || path.rawValue.hasPrefix($0 + "/") } }
    }
}
