import Foundation
import Playbooks

/// A performer that answers from a table, and a record that remembers.
final class Rehearsal: StepPerformer, RunRecord {
    var answers: [String: StepResult] = [:]
    var decisions: [String: Bool] = [:]
    private(set) var tasks: [ManualTask] = []
    private(set) var jobs: [ShellJob] = []
    private(set) var waits: [Int] = []
    /// `name:outcome`, as steps ended, without start and end steps.
    private(set) var ended: [String] = []
    private(set) var begun: [String] = []

    func perform(_ task: ManualTask) throws -> StepResult {
        tasks.append(task)
        return answers[task.title] ?? StepResult(.succeeded)
    }

    func perform(_ job: ShellJob) throws -> ShellResult {
        jobs.append(job)
        return try ShellRunner().run(job)
    }

    func decide(_ question: ConditionQuestion) throws -> Bool {
        guard let decision = decisions[question.condition] else { throw PlaybookRunError.noAnswer(step: question.title) }
        return decision
    }

    func wait(milliseconds: Int) { waits.append(milliseconds) }

    func begin(_ step: WorkflowStep) -> Int64 {
        begun.append(step.title)
        return Int64(begun.count)
    }

    func end(_ id: Int64, step: WorkflowStep, result: StepResult) {
        if !["start", "end"].contains(type(of: step.type).name) { ended.append("\(step.title):\(result.outcome.rawValue)") }
    }

    /// Runs a workflow written in YAML; the steps' ids are `action--a` and so on.
    @discardableResult
    func run(_ workflow: String, variables: String = "{}", exception: String? = nil, values: [String: String] = [:]) throws
        -> StepResult.Outcome
    {
        let reading = try Self.read(workflow, variables: variables, exception: exception)
        var engine = try PlaybookEngine(reading.runnable(), values: values, performer: self, record: self)
        return try engine.run()
    }

    static func read(_ workflow: String, variables: String = "{}", exception: String? = nil, extra: String = "") throws -> PlaybookReading {
        try PlaybookReading(
            text: """
                type: playbook
                spec_version: cacao-2.0
                id: playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562
                name: Thử / Test
                created_by: identity--5abe695c-7bd5-4c31-8824-2528696cdbf1
                created: "2026-11-21T00:00:00Z"
                modified: "2026-11-21T00:00:00.000Z"
                playbook_variables: \(variables)
                workflow_start: start--s
                \(exception.map { "workflow_exception: \($0)" } ?? "")
                \(extra)
                agent_definitions: {group--g: {type: group, name: Trực / Duty}}
                workflow:
                  start--s: {type: start, on_completion: action--a}
                  end--e: {type: end}
                \(workflow.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
                """, path: "test.yaml")
    }
}
