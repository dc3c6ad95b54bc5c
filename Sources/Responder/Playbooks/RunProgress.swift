import Bytes
import Foundation
import Incidents
import Playbooks
import Synchronization
import Terminal
import Trust
import Wording

/// Whoever watches a run.
protocol RunProgress: Sendable {
    func started(run: Int64, resumed: Bool)
    func began(_ passage: Passage)
    func ended(_ passage: Passage, _ result: StepResult)
    func finished(run: Int64, outcome: RunOutcome, summary: String)
}

/// Lines for a terminal or a file: the tree of steps with the time that each took. A program that takes long is named while it runs.
final class TextProgress: RunProgress {
    private struct Running {
        var passage: Passage
        var since: ContinuousClock.Instant
        /// Seconds after which it is said that it still runs.
        var next = 2
    }

    private struct State {
        var running: [String: Running] = [:]
        var isOver = false
    }

    private let console: Console
    private let language: Language
    private let columns: Int
    private let state = Mutex(State())

    init(console: Console, language: Language, columns: Int?) {
        self.console = console
        self.language = language
        self.columns = min(columns ?? 80, 120)
    }

    private func key(_ passage: Passage) -> String { "\(passage.path) \(passage.attempt)" }

    func started(run: Int64, resumed: Bool) {
        console.say([
            language == .vi
                ? "Lượt chạy \(run)\(resumed ? ", chạy tiếp" : ""). Xem từ terminal khác: vonggac playbook follow \(run)"
                : "Run \(run)\(resumed ? ", resumed" : ""). From another terminal: vonggac playbook follow \(run)"
        ])
        let thread = Thread { [weak self] in
            while let self, !self.state.withLock({ $0.isOver }) {
                self.tellWhatTakesLong()
                usleep(500_000)
            }
        }
        thread.start()
    }

    private func tellWhatTakesLong() {
        let now = ContinuousClock.now
        let lines = state.withLock { state -> [String] in
            var lines: [(path: StepPath, line: String)] = []
            for (key, running) in state.running where running.passage.isAutomatic {
                let seconds = Int(running.since.duration(to: now).components.seconds)
                guard seconds >= running.next else { continue }
                // At 2 and 30 seconds, then every minute.
                state.running[key]?.next = seconds < 30 ? 30 : (seconds / 60 + 1) * 60
                let time = running.next == 2 ? "" : RunTree.elapsed(Double(seconds))
                let passage = running.passage
                let note = running.next == 2 ? "" : language == .vi ? "đang chạy" : "running"
                lines.append(
                    (
                        passage.path,
                        RunTree.line(
                            mark: running.next == 2 ? "▸" : "…", depth: passage.path.depth, title: Playbook.part(passage.title, language),
                            note: note, time: time, columns)
                    ))
            }
            return lines.sorted { $0.path < $1.path }.map(\.line)
        }
        if !lines.isEmpty { console.say(lines) }
    }

    func began(_ passage: Passage) {
        if !passage.type.hasPrefix("command:") {
            state.withLock { $0.running[key(passage)] = Running(passage: passage, since: .now) }
        }
        guard RunTree.isContainer(passage.type) else { return }
        console.say([
            RunTree.line(mark: "▸", depth: passage.path.depth, title: Playbook.part(passage.title, language), note: "", time: "", columns)
        ])
    }

    func ended(_ passage: Passage, _ result: StepResult) {
        let running = state.withLock { $0.running.removeValue(forKey: key(passage)) }
        guard RunTree.isShown(passage.type) else { return }
        let time = running.map { RunTree.elapsed(Double($0.since.duration(to: .now).components.seconds)) } ?? ""
        let mark = result.outcome == .succeeded ? "✓" : "✗"
        let note = RunTree.note(
            result.output, type: passage.type, isFailed: result.outcome == .failed, variables: result.variables, language)
        let title = (passage.type == "decision" ? "? " : "") + Playbook.part(passage.title, language)
        console.say([RunTree.line(mark: mark, depth: passage.path.depth, title: title, note: note, time: time, columns)])
    }

    func finished(run: Int64, outcome: RunOutcome, summary: String) {
        state.withLock { $0.isOver = true }
        console.say([summary])
    }
}

/// A line of JSON for each event.
final class JSONProgress: RunProgress {
    private let console: Console

    init(console: Console) { self.console = console }

    private func tell(_ event: String, _ members: [String: JSONValue]) {
        let all = members.merging(["event": .string(event), "time": .string(LocalTime.iso(.now))]) { $1 }
        if let line = try? JSONValue.object(all.filter { $0.value != .null }).canonicalText() { console.say([line]) }
    }

    private func members(_ passage: Passage) -> [String: JSONValue] {
        [
            "path": .string(passage.path.rawValue), "step": .string(passage.step.rawValue), "name": .string(passage.title),
            "type": .string(passage.type), "attempt": .integer(Int64(passage.attempt)), "target": JSONValue(passage.target),
        ]
    }

    func started(run: Int64, resumed: Bool) { tell(resumed ? "run.resumed" : "run.started", ["run": .integer(run)]) }
    func began(_ passage: Passage) { tell("step.started", members(passage)) }

    func ended(_ passage: Passage, _ result: StepResult) {
        var all = members(passage)
        all["outcome"] = .string(result.outcome.rawValue)
        all["output"] = JSONValue(result.output.map(IncidentRunRecord.shortened))
        if !result.variables.isEmpty { all["variables"] = .object(result.variables.mapValues(JSONValue.string)) }
        tell("step.finished", all)
    }

    func finished(run: Int64, outcome: RunOutcome, summary: String) {}

    /// The last line: the run as a whole.
    func whole(_ run: PlaybookRun) {
        var all: [String: JSONValue] = ["run": run.json, "outcome": JSONValue(run.outcome?.rawValue)]
        if case .object(let members) = run.json {
            for (name, value) in members where all[name] == nil { all[name] = value }
        }
        tell("run.finished", all)
    }
}

/// A run as a tree of steps.
enum RunTree {
    static func isContainer(_ type: String) -> Bool {
        ["parallel", "if-condition", "while-condition", "switch-condition", "playbook-action"].contains(type)
    }

    /// A step of its own: neither a start or an end, nor a command among others.
    static func isShown(_ type: String) -> Bool { type != "start" && type != "end" && !type.hasPrefix("command:") }

    static func elapsed(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds))
        return whole < 3600
            ? "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
            : "\(whole / 3600):\(whole / 60 % 60 < 10 ? "0" : "")\(whole / 60 % 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }

    static func line(mark: String, depth: Int, title: String, note: String, time: String, _ columns: Int) -> String {
        let indent = String(repeating: "  ", count: min(depth, 12))
        let head = indent + mark + " " + DisplayText.safe(title)
        let room = max(20, columns - DisplayText.width(time) - 1)
        let text = note.isEmpty ? head : head + "  " + DisplayText.safe(note)
        return time.isEmpty
            ? DisplayText.fitted(text, to: columns).trimmingCharacters(in: .whitespaces).isEmpty
                ? "" : trimmed(DisplayText.fitted(text, to: columns))
            : DisplayText.fitted(text, to: room) + " " + time
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    /// The first line of what a step gave, for people; what conditions and loops say is theirs in both languages. Where a step gave values
    /// and nothing else, those.
    static func note(_ output: String?, type: String, isFailed: Bool, variables: [String: String], _ language: Language) -> String {
        var line = output.flatMap { $0.split(separator: "\n").first.map(String.init) } ?? ""
        if line.isEmpty, type == "action" {
            return variables.sorted { $0.key < $1.key }.map { name, value in
                "\(name.trimmingCharacters(in: ["_"])): \(value.split(separator: "\n").first ?? "")"
            }.joined(separator: ", ")
        }
        // A program may give values of its own: `__evidence_files__=21`.
        if line.hasPrefix("__"), let end = line.range(of: "__=") {
            line = "\(line[..<end.lowerBound].dropFirst(2)): \(line[end.upperBound...])"
        }
        // Another playbook is named by both its names.
        if type == "playbook-action" { line = Playbook.part(line, language) }
        if line.hasPrefix("ACTION_TIMEOUT ") { return language == .vi ? "hết giờ" : "its time was over" }
        if language == .vi { line = vietnamese(line, type) }
        // What was decided is not how it went.
        if isFailed, ["if-condition", "switch-condition", "while-condition"].contains(type) {
            line += language == .vi ? ", nhánh không thành công" : ", the branch failed"
        }
        return line
    }

    private static func vietnamese(_ line: String, _ type: String) -> String {
        switch (type, line) {
        case ("if-condition", "true"), ("decision", "true"): "đúng"
        case ("if-condition", "false"), ("decision", "false"): "sai"
        case ("while-condition", _):
            line.hasPrefix("round ")
                ? "vòng " + line.dropFirst(6)
                : line.replacingOccurrences(of: " rounds", with: " vòng")
                    .replacingOccurrences(of: " without an end", with: ", không dừng")
        case ("switch-condition", _): line.replacingOccurrences(of: ": no case", with: "")
        case ("parallel", _): line.replacingOccurrences(of: " branches failed", with: " nhánh không thành công")
        case (_, "interrupted; said to be done"): "bị ngắt; người trực nói đã xong"
        case (_, "interrupted; said to have failed"): "bị ngắt; người trực nói không được"
        default: line
        }
    }

    /// Every step of a run, in the order of the workflow.
    static func lines(_ passages: [PlaybookPassage], language: Language, columns: Int?, now: Timestamp) -> [String] {
        let width = min(columns ?? 80, 120)
        var lines: [String] = []
        for passage in passages where isShown(passage.type) {
            let end = passage.endedAt ?? now
            let time = elapsed(Double(end.microseconds - passage.startedAt.microseconds) / 1_000_000)
            let mark =
                switch passage.outcome {
                case .succeeded?: "✓"
                case .failed?: "✗"
                case .skipped?: "–"
                case nil: "…"
                }
            var title = Playbook.part(passage.name, language)
            if passage.attempt > 1 { title += language == .vi ? " (lần \(passage.attempt))" : " (try \(passage.attempt))" }
            if passage.type == "decision" { title = "? " + title }
            let note = RunTree.note(
                passage.output, type: passage.type, isFailed: passage.outcome == .failed, variables: passage.variables, language)
            lines.append(line(mark: mark, depth: StepPath(passage.path).depth, title: title, note: note, time: time, width))
        }
        return lines
    }
}
