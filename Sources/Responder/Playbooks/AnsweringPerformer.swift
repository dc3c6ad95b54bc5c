import Foundation
import Playbooks

/// Runs steps without a person at a terminal: manual ones by written answers, scripts when that was allowed beforehand.
struct AnsweringPerformer: StepPerformer {
    let answers: Answers?
    let runsCommands: Bool
    let shell: ShellRunner

    func perform(_ task: ManualTask) throws -> StepResult {
        guard let answer = answers?.answer(task.step, task.title) else { throw PlaybookRunError.noAnswer(step: task.title) }
        if answer.outcome == .succeeded, let missing = task.wanted.first(where: { answer.values[$0.name] == nil }) {
            throw PlaybookRunError.noAnswer(step: "\(task.title): \(missing.name)")
        }
        return StepResult(answer.outcome, output: answer.note, variables: answer.values)
    }

    func perform(_ job: ShellJob) throws -> ShellResult {
        guard runsCommands else { throw PlaybookRunError.commandNotAllowed(step: job.title) }
        return try shell.run(job)
    }

    func decide(_ question: ConditionQuestion) throws -> Bool {
        guard let text = answers?.answer(question.step, question.title)?.values["condition"], let decided = Bool(text) else {
            throw PlaybookRunError.noAnswer(step: "\(question.title): \(question.condition)")
        }
        return decided
    }

    func wait(milliseconds: Int) { usleep(useconds_t(min(milliseconds, 3_600_000)) * 1000) }
}
