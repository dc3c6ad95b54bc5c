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
            if sign.isEmpty {
                for part in DisplayText.wrapped(DisplayText.safe(String(line)), to: columns - 2) { dialogue.say("  " + part) }
            } else {
                for part in PlainText.command(String(line), sign: sign, indent: "  ", columns: columns) { dialogue.say(part) }
            }
        }
        if lines.count > most {
            say(
                text(
                    "… thêm \(lines.count - most) dòng; xem hết bằng vonggac playbook plan",
                    "… \(lines.count - most) more line(s); vonggac playbook plan shows all"), dialogue)
        }
    }

    /// A sentence, further in.
    private func say(_ sentence: String, _ dialogue: Console.Dialogue) { show(sentence, dialogue) }

    /// What a question begins with.
    private func head(_ sign: String, _ title: String, _ dialogue: Console.Dialogue) {
        for line in headLines(sign, title) { dialogue.say(line) }
    }

    private func headLines(_ sign: String, _ title: String) -> [String] {
        let lines = DisplayText.wrapped(DisplayText.safe(Playbook.part(title, language)), to: columns - 2)
        return [""] + lines.enumerated().map { ($0.offset == 0 ? sign : " ") + " " + $0.element }
    }

    func perform(_ task: ManualTask) throws -> StepResult {
        try console.dialogue { dialogue in
            head("●", task.title, dialogue)
            if let agent = task.agent { dialogue.say("  [" + DisplayText.safe(Playbook.part(agent, language)) + "]") }
            if !task.description.isEmpty { show(Playbook.part(task.description, language), dialogue) }
            if let type = task.insteadOf {
                type == PlaybookActionStep.name
                    ? say(
                        text(
                            "Kịch bản này không có ở đây; làm theo nó bằng tay:",
                            "This playbook is not on the shelf; do what it says by hand:"),
                        dialogue)
                    : say(
                        text("Làm bằng tay (lệnh \(DisplayText.safe(type))):", "By hand (a \(DisplayText.safe(type)) command):"), dialogue)
            }
            show(Playbook.lines(task.text, language), dialogue, task.insteadOf == nil ? "" : "$ ")
            if let deadline = task.deadline {
                let minutes = Int(ContinuousClock.now.duration(to: deadline).components.seconds) / 60
                dialogue.say("  " + text("Hạn trả lời: \(minutes) phút nữa.", "To be answered within \(minutes) min."))
            }
            var values: [String: String] = [:]
            for (name, variable) in task.wanted {
                let label = (variable?.description.map { Playbook.part($0, language) } ?? name) + hint(variable?.type)
                let standing = variable?.value.map { " [\(DisplayText.safe(said($0, variable?.type)))]" } ?? ""
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
        say(
            text(
                "[x]ong  [k]hông được  [t]ệp đính kèm  [d]ừng; ghi chú viết sau chữ: x đã gọi lúc 3:05",
                "[d]one  [f]ailed  [a]ttach FILE  [s]top; a note may follow: d called at 3:05"), dialogue)
        while true {
            guard let answer = dialogue.ask("  >", deadline: task.deadline, isOver: isOver) else {
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
                if task.endsBranch {
                    say(
                        text(
                            "Kịch bản không có bước nào cho trường hợp này: nhánh dừng ở đây, cả lượt chạy có thể kết thúc. Việc vẫn làm tiếp được thì chọn x và ghi chú.",
                            "The playbook has no step for this: the branch ends here, and the run may end with it. Where the work can go on, choose d with a note."
                        ), dialogue)
                    let answer = dialogue.ask(
                        text("  Vẫn ghi là không được? [c/K]", "  Record it as failed all the same? [y/N]"), deadline: task.deadline,
                        isOver: isOver)
                    guard let answer else { throw silence(task.title, task.deadline) }
                    guard answer.lowercased() == (language == .vi ? "c" : "y") else { continue }
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

    /// What may be answered, where it is not said elsewhere.
    private func hint(_ type: String?) -> String {
        switch type {
        case "bool": text(" (c/k)", " (y/n)")
        case "integer", "long": text(" (số nguyên)", " (a whole number)")
        case "ipv4-addr", "ipv6-addr": text(" (địa chỉ IP)", " (an IP address)")
        default: ""
        }
    }

    private func said(_ value: String, _ type: String?) -> String {
        guard type == "bool" else { return value }
        return value == "true" ? text("có", "yes") : text("không", "no")
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
                head("●", job.title, dialogue)
                if let note = job.unit.note { show(Playbook.part(note, language), dialogue) }
                show(job.written, dialogue, "$ ")
                for (name, value) in job.environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("__") {
                    for line in PlainText.command("\(name)=\(value)", sign: "", indent: "    ", columns: columns) { dialogue.say(line) }
                }
                if let machine = job.unit.machine { say("→ " + Playbook.part(machine.name, language), dialogue) }
                if let credential = job.credential {
                    dialogue.say("  " + text("bí mật: ", "secret: ") + DisplayText.safe(credential))
                }
                let answer = dialogue.ask(text("  Chạy lệnh này? [c/K]", "  Run this? [y/N]"), isOver: isOver)?.lowercased()
                guard answer == (language == .vi ? "c" : "y") else { throw PlaybookRunError.aborted(step: job.title) }
            }
        }
        let result = try runner.run(job, isCancelled: isCancelled)
        var output = result.output
        for secret in job.secrets where !secret.isEmpty { output = output.replacingOccurrences(of: secret, with: "•••") }
        let lines = output.split(separator: "\n")
        var shown = lines.prefix(20).flatMap { DisplayText.wrapped(DisplayText.safe(String($0)), to: columns - 4, most: 4) }
        if lines.count > 20 { shown.append(text("… thêm \(lines.count - 20) dòng", "… \(lines.count - 20) more line(s)")) }
        console.say(shown.map { "  │ " + $0 })
        return result
    }

    func decide(_ question: ConditionQuestion) throws -> Bool {
        try console.dialogue { dialogue in
            head("●", question.title, dialogue)
            say(
                question.condition.isEmpty
                    ? text("Kịch bản không ghi điều kiện; hãy tự quyết định.", "The playbook names no condition: decide yourself.")
                    : text("Điều kiện", "Condition") + ": " + question.condition, dialogue)
            for (name, value) in question.values { say("  \(name) = " + (value ?? text("chưa biết", "unknown")), dialogue) }
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
            console.say(
                headLines("▲", question.title) + [
                    "  " + text("Chờ người thứ hai đồng ý, ở terminal khác:", "Waiting for a second person to agree, in another terminal:"),
                    "    "
                        + text(
                            "vonggac playbook approve \(approvals.lease.run) --actor TÊN",
                            "vonggac playbook approve \(approvals.lease.run) --actor NAME"),
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
            head("▲", question.title, dialogue)
            for note in question.notes { show(Playbook.part(note, language), dialogue) }
            for command in question.commands { show(command, dialogue, "$ ") }
            if !question.targets.isEmpty { say("→ " + question.targets.joined(separator: ", "), dialogue) }
            say(
                text(
                    "Bước này gây gián đoạn. Gõ lại “\(question.word)” để làm; để trống là dừng lượt chạy (chạy tiếp được).",
                    "This step disrupts something. Type \(question.word) to do it; nothing stops the run, which can be gone on with."),
                dialogue)
            while true {
                guard let answer = dialogue.ask("  >", isOver: isOver), !answer.isEmpty else {
                    throw PlaybookRunError.aborted(step: question.title)
                }
                if answer == question.word {
                    agreed.add(question.path)
                    return answer
                }
                say(text("không khớp", "that is something else"), dialogue)
            }
        }
    }

    func judge(_ interruption: Interruption) throws -> Interruption.Answer {
        try console.dialogue { dialogue in
            head("◆", interruption.title, dialogue)
            say(
                text(
                    "Bước này đã bắt đầu trước khi bị ngắt, có thể đã chạy:",
                    "This step had begun when the run was interrupted, and may have run:"), dialogue)
            for command in interruption.commands {
                show(Playbook.lines(command, language), dialogue, interruption.isByHand ? "" : "$ ")
            }
            if let target = interruption.target { say("→ " + Playbook.part(target, language), dialogue) }
            say(
                text(
                    "Xem nó đã có tác dụng chưa, rồi chọn: [x]ong rồi  [k]hông được  [l]àm lại  [d]ừng",
                    "Look whether it had its effect, then choose: [d]one  [f]ailed  do it [a]gain  [s]top"), dialogue)
            while true {
                guard let answer = dialogue.ask("  >", isOver: isOver) else { throw PlaybookRunError.aborted(step: interruption.title) }
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
