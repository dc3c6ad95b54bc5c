import Foundation
import Playbooks
import Terminal
import Wording

/// Asks the person at the terminal. An empty line, or the end of input where an answer is needed, never counts as success.
struct TerminalPerformer: StepPerformer {
    let language: Language
    let runsCommands: Bool
    let shell: ShellRunner

    private func text(_ vietnamese: String, _ english: String) -> String { language == .vi ? vietnamese : english }

    private func ask(_ prompt: String) -> String? {
        FileHandle.standardOutput.write(Data((prompt + " ").utf8))
        return readLine().map { $0.trimmingCharacters(in: .whitespaces) }
    }

    func perform(_ task: ManualTask) throws -> StepResult {
        if let agent = task.agent { print("  [" + DisplayText.safe(Playbook.part(agent, language)) + "]") }
        for line in task.text.split(separator: "\n") { print("  " + DisplayText.safe(String(line))) }
        var values: [String: String] = [:]
        for (name, variable) in task.wanted {
            let label = variable?.description.map { Playbook.part($0, language) } ?? name
            while values[name] == nil {
                guard let answer = ask("  \(DisplayText.safe(label)):") else { throw PlaybookRunError.aborted(step: task.title) }
                guard Self.fits(answer, variable?.type ?? "string") else {
                    print("  " + text("không đúng kiểu \(variable?.type ?? "")", "not of type \(variable?.type ?? "")"))
                    continue
                }
                values[name] = answer
            }
        }
        while true {
            let prompt = text("  Kết quả: [x]ong, [k]hông được, [d]ừng kịch bản?", "  Result: [d]one, [f]ailed, [s]top the playbook?")
            guard let answer = ask(prompt) else { throw PlaybookRunError.aborted(step: task.title) }
            let words = answer.split(separator: " ", maxSplits: 1)
            let note = words.count > 1 ? String(words[1]) : nil
            switch (language, words.first?.lowercased()) {
            case (.vi, "x"), (.vi, "xong"), (.en, "d"), (.en, "done"): return StepResult(.succeeded, output: note, variables: values)
            case (.vi, "k"), (.en, "f"), (.en, "failed"): return StepResult(.failed, output: note, variables: values)
            case (.vi, "d"), (.vi, "dừng"), (.en, "s"), (.en, "stop"): throw PlaybookRunError.aborted(step: task.title)
            default: continue
            }
        }
    }

    static func fits(_ answer: String, _ type: String) -> Bool {
        switch type {
        case "bool": answer == "true" || answer == "false"
        case "integer", "long": Int64(answer) != nil
        case "float": Double(answer) != nil
        default: !answer.isEmpty
        }
    }

    func perform(_ job: ShellJob) throws -> ShellResult {
        for line in job.written.split(separator: "\n") { print("  $ " + DisplayText.safe(String(line))) }
        for (name, value) in job.environment.sorted(by: { $0.key < $1.key }) { print("    \(name)=" + DisplayText.safe(value)) }
        if !runsCommands {
            let answer = ask(text("  Chạy lệnh này? [c/K]", "  Run this? [y/N]"))?.lowercased()
            guard answer == (language == .vi ? "c" : "y") else { throw PlaybookRunError.aborted(step: job.title) }
        }
        let result = try shell.run(job)
        for line in result.output.split(separator: "\n").prefix(40) { print("  | " + DisplayText.safe(String(line))) }
        return result
    }

    func decide(_ question: ConditionQuestion) throws -> Bool {
        print("  " + text("Điều kiện", "Condition") + ": " + DisplayText.safe(question.condition))
        for (name, value) in question.values { print("    \(name) = " + DisplayText.safe(value ?? text("chưa biết", "unknown"))) }
        while true {
            guard let answer = ask(text("  Đúng hay sai? [d/s]", "  True or false? [t/f]"))?.lowercased() else {
                throw PlaybookRunError.aborted(step: question.title)
            }
            if answer == (language == .vi ? "d" : "t") { return true }
            if answer == (language == .vi ? "s" : "f") { return false }
        }
    }

    func wait(milliseconds: Int) { usleep(useconds_t(min(milliseconds, 3_600_000)) * 1000) }
}
