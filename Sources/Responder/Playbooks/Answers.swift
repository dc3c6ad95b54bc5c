import Incidents
import Playbooks

/// Answers to manual steps, written beforehand: a file for runs without a terminal.
///
///     steps:
///       "C2. Verify, classify, grade (within 1 hour)": {values: {__confirmed__: "true"}, note: "…"}
///       action--…: {outcome: failed, note: "…"}
///     otherwise: {note: "…"}          # for steps that are not named; without it they stop the run
struct Answers {
    struct Answer {
        var outcome = StepResult.Outcome.succeeded
        var note: String?
        var values: [String: String] = [:]
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
        try value.allow(keys: ["outcome", "note", "values"])
        var answer = Answer()
        if let outcome = value["outcome"] { answer.outcome = try outcome.word(Word.self) == .succeeded ? .succeeded : .failed }
        answer.note = try value["note"]?.text()
        if let values = value["values"] {
            for (name, value) in try values.entries() { answer.values[name] = try value.text() }
        }
        return answer
    }

    /// The answer for a step, by its id, its name, or its name in one language.
    func answer(_ id: StepID, _ title: String) -> Answer? {
        steps[id.rawValue] ?? steps[title] ?? steps[Playbook.part(title, .vi)] ?? steps[Playbook.part(title, .en)] ?? otherwise
    }
}
