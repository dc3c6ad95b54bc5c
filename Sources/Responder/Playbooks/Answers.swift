import Incidents
import Playbooks

/// Answers to manual steps, written beforehand: a file for runs without a terminal.
///
///     steps:
///       "C2. Verify, classify, grade (within 1 hour)": {values: {__confirmed__: "true"}, note: "…", attachment: log.txt}
///       action--…: {outcome: failed, note: "…"}
///       "Block the source": {confirm: 198.51.100.66, interrupted: again}
///     otherwise: {note: "…"}          # for steps that are not named; without it they stop the run
struct Answers: Sendable {
    struct Answer: Sendable {
        var outcome = StepResult.Outcome.succeeded
        var note: String?
        var values: [String: String] = [:]
        var attachment: String?
        var confirm: String?
        var interrupted: InterruptedWord?
    }

    private var steps: [String: Answer] = [:]
    private var otherwise: Answer?

    static func load(_ file: String) throws(ContentError) -> Answers { try Answers(ContentValue.load(file: file)) }

    init(_ root: ContentValue) throws(ContentError) {
        try root.allow(keys: ["steps", "otherwise"])
        if let list = root["steps"] {
            for (name, value) in try list.entries() { steps[name] = try Self.answer(value) }
        }
        otherwise = try root["otherwise"].map { value throws(ContentError) in try Self.answer(value) }
    }

    private enum Word: String, CaseIterable { case succeeded, failed }

    private static func answer(_ value: ContentValue) throws(ContentError) -> Answer {
        try value.allow(keys: ["outcome", "note", "values", "attachment", "confirm", "interrupted"])
        var answer = Answer()
        if let outcome = value["outcome"] { answer.outcome = try outcome.word(Word.self) == .succeeded ? .succeeded : .failed }
        answer.note = try value["note"]?.text()
        answer.attachment = try value["attachment"]?.text()
        answer.confirm = try value["confirm"]?.text()
        answer.interrupted = try value["interrupted"]?.word(InterruptedWord.self)
        if let values = value["values"] {
            for (name, value) in try values.entries() { answer.values[name] = try value.text() }
        }
        return answer
    }

    /// The answer for a step, by its id, its name, or its name in one language.
    func answer(_ id: StepID, _ title: String) -> Answer? { named(id, title) ?? otherwise }

    /// The same without the one for all steps.
    func named(_ id: StepID, _ title: String) -> Answer? {
        steps[id.rawValue] ?? steps[title] ?? steps[Playbook.part(title, .vi)] ?? steps[Playbook.part(title, .en)]
    }
}

/// What became of a step that was interrupted.
enum InterruptedWord: String, CaseIterable, Sendable { case done, failed, again }
