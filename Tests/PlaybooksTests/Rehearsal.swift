import Foundation
import Synchronization
import Trust

@testable import Playbooks

/// A performer that answers from a table, and a record that remembers: what it holds outlives a run, so that another can take it up.
final class Rehearsal: StepPerformer, RunRecord {
    struct State {
        var answers: [String: StepResult] = [:]
        var sequences: [String: [StepResult]] = [:]
        var decisions: [String: Bool] = [:]
        var judgements: [String: Interruption.Answer] = [:]
        var confirmations: [ConfirmationQuestion] = []
        var refusesConfirmation = false
        var environment: [String: String] = [:]
        var tasks: [ManualTask] = []
        var jobs: [CommandJob] = []
        var waits: [Int] = []
        var ended: [String] = []
        var begun: [String] = []
        var judged: [String] = []
        var rows: [String: (id: Int64, result: StepResult?, passage: Passage)] = [:]
        var kept: [StepPath: JSONValue] = [:]
        /// Transitions until the program is as good as killed; nil for never.
        var life: Int?
        var transitions = 0
        var pauses: [String: Int] = [:]
        var together = 0
        var mostTogether = 0
    }

    struct Killed: Error {}

    let state = Mutex(State())

    private subscript<Value: Sendable>(_ path: WritableKeyPath<State, Value> & Sendable) -> Value {
        get { state.withLock { $0[keyPath: path] } }
        set { state.withLock { $0[keyPath: path] = newValue } }
    }

    var answers: [String: StepResult] {
        get { self[\.answers] }
        set { self[\.answers] = newValue }
    }
    var sequences: [String: [StepResult]] {
        get { self[\.sequences] }
        set { self[\.sequences] = newValue }
    }
    var decisions: [String: Bool] {
        get { self[\.decisions] }
        set { self[\.decisions] = newValue }
    }
    var judgements: [String: Interruption.Answer] {
        get { self[\.judgements] }
        set { self[\.judgements] = newValue }
    }
    var environment: [String: String] {
        get { self[\.environment] }
        set { self[\.environment] = newValue }
    }
    var life: Int? {
        get { self[\.life] }
        set { self[\.life] = newValue }
    }
    var pauses: [String: Int] {
        get { self[\.pauses] }
        set { self[\.pauses] = newValue }
    }
    var refusesConfirmation: Bool {
        get { self[\.refusesConfirmation] }
        set { self[\.refusesConfirmation] = newValue }
    }
    var confirmations: [ConfirmationQuestion] { self[\.confirmations] }
    var tasks: [ManualTask] { self[\.tasks] }
    var jobs: [CommandJob] { self[\.jobs] }
    var waits: [Int] { self[\.waits] }
    /// `name:outcome`, as steps ended, without start and end steps.
    var ended: [String] { self[\.ended] }
    var begun: [String] { self[\.begun] }
    var judged: [String] { self[\.judged] }
    var transitions: Int { self[\.transitions] }
    var mostTogether: Int { self[\.mostTogether] }

    /// What is on record, in the order of the workflow: `path outcome`.
    var record: [String] {
        state.withLock { state in
            state.rows.keys.sorted().map { key in
                let row = state.rows[key]!
                return "\(key) \(row.result?.outcome.rawValue ?? "-") \((row.result?.variables ?? [:]).sorted { $0.key < $1.key })"
            }
        }
    }

    /// How a step ended, by its title.
    func result(of title: String) -> StepResult? {
        state.withLock { state in state.rows.values.first { $0.passage.title == title && $0.passage.type == "action" }?.result }
    }

    // MARK: Performing

    private func linger(_ title: String) {
        let pause = state.withLock { state in
            state.together += 1
            state.mostTogether = max(state.mostTogether, state.together)
            return state.pauses[title] ?? 0
        }
        if pause > 0 { usleep(UInt32(pause) * 1000) }
        state.withLock { $0.together -= 1 }
    }

    func perform(_ task: ManualTask) throws -> StepResult {
        state.withLock { $0.tasks.append(task) }
        linger(task.title)
        if let deadline = task.deadline, ContinuousClock.now >= deadline { throw PlaybookRunError.unanswered }
        return state.withLock { state in
            if var list = state.sequences[task.title], !list.isEmpty {
                let first = list.removeFirst()
                state.sequences[task.title] = list
                return first
            }
            return state.answers[task.title] ?? StepResult(.succeeded)
        }
    }

    func perform(_ job: CommandJob, isCancelled: @Sendable () -> Bool) throws -> CommandResult {
        state.withLock { $0.jobs.append(job) }
        linger(job.title)
        return try CommandRunner(environment: environment).run(job, isCancelled: isCancelled)
    }

    func decide(_ question: ConditionQuestion) throws -> Bool {
        guard let decision = decisions[question.condition] else { throw PlaybookRunError.noAnswer(step: question.title) }
        return decision
    }

    func confirm(_ question: ConfirmationQuestion) throws -> String {
        state.withLock { $0.confirmations.append(question) }
        if refusesConfirmation { throw PlaybookRunError.aborted(step: question.title) }
        return question.word
    }

    func judge(_ interruption: Interruption) throws -> Interruption.Answer {
        state.withLock { $0.judged.append(interruption.title) }
        guard let answer = judgements[interruption.title] ?? judgements["*"] else {
            throw PlaybookRunError.mayHaveRun(step: interruption.title)
        }
        return answer
    }

    func wait(milliseconds: Int, isCancelled: @Sendable () -> Bool) {
        state.withLock { $0.waits.append(milliseconds) }
        usleep(UInt32(min(milliseconds, 20)) * 1000)
    }

    // MARK: Record

    private func key(_ path: StepPath, _ attempt: Int) -> String { attempt == 1 ? path.rawValue : "\(path.rawValue)!\(attempt)" }

    private func transition() throws {
        try state.withLock { state in
            if let life = state.life {
                guard life > 0 else { throw Killed() }
                state.life = life - 1
            }
            state.transitions += 1
        }
    }

    func earlier(_ path: StepPath, attempt: Int) -> EarlierPassage? {
        state.withLock { state in
            state.rows[key(path, attempt)].map { row in row.result.map { .ended($0) } ?? .begun(id: row.id) }
        }
    }

    func begin(_ passage: Passage) throws -> Int64 {
        try transition()
        return state.withLock { state in
            state.begun.append(passage.type == "start" || passage.type == "end" ? passage.type : passage.title)
            let id = Int64(state.rows.count + 1)
            precondition(state.rows[key(passage.path, passage.attempt)] == nil, "\(passage.path) begins twice")
            state.rows[key(passage.path, passage.attempt)] = (id, nil, passage)
            return id
        }
    }

    func again(_ id: Int64, passage: Passage, reason: String) throws { try transition() }

    func end(_ id: Int64, passage: Passage, result: StepResult) throws {
        try transition()
        state.withLock { state in
            state.rows[key(passage.path, passage.attempt)]?.result = result
            if !["start", "end", "decision"].contains(passage.type), !passage.type.hasPrefix("command:") {
                state.ended.append("\(passage.title):\(result.outcome.rawValue)")
            }
        }
    }

    func confirmed(_ passage: Passage, by answer: String) throws { try transition() }
    func keep(_ playbook: Playbook, for path: StepPath) { state.withLock { $0.kept[path] = playbook.source } }
    func kept(for path: StepPath) -> JSONValue? { state.withLock { $0.kept[path] } }
    var undos: [Passage.Undo] { state.withLock { $0.rows.sorted { $0.key < $1.key }.compactMap(\.value.passage.undo) } }

    // MARK: Running

    /// Runs a workflow written in YAML; the steps' ids are `action--a` and so on.
    @discardableResult
    func run(
        _ workflow: String, variables: String = "{}", exception: String? = nil, values: [String: String] = [:], extra: String = "",
        library: any PlaybookLibrary = EmptyLibrary(), secrets: any SecretSource = NoSecrets(), settings: RunSettings = RunSettings()
    ) throws -> StepResult.Outcome {
        let reading = try Self.read(workflow, variables: variables, exception: exception, extra: extra)
        let engine = try PlaybookEngine(
            reading.runnable(), values: values, performer: self, record: self, library: library, secrets: secrets, settings: settings)
        return try engine.run()
    }

    static func read(
        _ workflow: String, variables: String = "{}", exception: String? = nil, extra: String = "",
        id: String = "playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562", modified: String = "2026-11-21T00:00:00.000Z"
    ) throws -> PlaybookReading {
        try PlaybookReading(
            text: """
                type: playbook
                spec_version: cacao-2.0
                id: \(id)
                name: Thử / Test
                created_by: identity--5abe695c-7bd5-4c31-8824-2528696cdbf1
                created: "2026-11-21T00:00:00Z"
                modified: "\(modified)"
                playbook_variables: \(variables)
                workflow_start: start--s
                \(exception.map { "workflow_exception: \($0)" } ?? "")
                \(extra)
                agent_definitions: {group--g: {type: group, name: Trực / Duty}, linux--l: {type: linux, name: máy, address: {ipv4: [127.0.0.1]}}}
                workflow:
                  start--s: {type: start, on_completion: action--a}
                  end--e: {type: end}
                \(workflow.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
                """, path: "test.yaml")
    }
}

/// A manual step.
func manual(_ id: String, _ rest: String) -> String {
    "action--\(id): {type: action, name: \(id), agent: group--g, commands: [{type: manual, command: \"do \(id)\"}], \(rest)}\n"
}

/// A step that runs a script.
func bash(_ id: String, _ script: String, _ rest: String) -> String {
    let quoted = (try? JSONValue.string(script).canonicalText()) ?? ""
    return "action--\(id): {type: action, name: \(id), agent: group--g, commands: [{type: bash, command: \(quoted)}], \(rest)}\n"
}

/// Playbooks that were read, by id.
struct Shelf: PlaybookLibrary {
    var playbooks: [Playbook]
    func playbook(id: String, version: String?) throws -> Playbook {
        guard
            let found = playbooks.filter({ $0.id == id && (version == nil || $0.modified == version) }).max(by: {
                $0.modified < $1.modified
            })
        else { throw PlaybookRunError.noPlaybook(id: id, version: version) }
        return found
    }
    func check(_ playbook: Playbook) throws { if playbook.revoked { throw PlaybookRunError.revoked } }
}
