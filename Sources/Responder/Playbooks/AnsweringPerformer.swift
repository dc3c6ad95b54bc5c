import Foundation
import Playbooks

/// Runs steps without a person at a terminal: manual ones by written answers, commands when that was allowed beforehand.
struct AnsweringPerformer: StepPerformer {
    let answers: Answers?
    let runsCommands: Bool
    /// What was typed beforehand to confirm destructive steps.
    let confirmations: [String]
    /// For steps that were interrupted, where the answers say nothing.
    let interrupted: InterruptedWord?
    let runner: CommandRunner
    let attachments: Attachments?
    let approvals: Approvals?

    func perform(_ task: ManualTask) throws -> StepResult {
        let given = task.mustBeNamed ? answers?.named(task.step, task.title) : answers?.answer(task.step, task.title)
        guard let answer = given else { throw PlaybookRunError.noAnswer(step: task.title) }
        if answer.outcome == .succeeded,
            let missing = task.wanted.first(where: { answer.values[$0.name] == nil && $0.variable?.value == nil })
        {
            throw PlaybookRunError.noAnswer(step: "\(task.title): \(missing.name)")
        }
        let names = Set(task.wanted.map(\.name))
        var result = StepResult(answer.outcome, output: answer.note, variables: answer.values.filter { names.contains($0.key) })
        if let path = answer.attachment, let digest = try attachments?.add(path, for: task.title) {
            result.output = (result.output.map { $0 + "\n" } ?? "") + "sha256:" + digest
        }
        return result
    }

    func perform(_ job: CommandJob, isCancelled: @Sendable () -> Bool) throws -> CommandResult {
        guard runsCommands else { throw PlaybookRunError.commandNotAllowed(step: job.title) }
        return try runner.run(job, isCancelled: isCancelled)
    }

    func decide(_ question: ConditionQuestion) throws -> Bool {
        guard let text = answers?.answer(question.step, question.title)?.values["condition"], let decided = Bool(text) else {
            throw PlaybookRunError.noAnswer(step: "\(question.title): values: {condition: true | false}")
        }
        return decided
    }

    func confirm(_ question: ConfirmationQuestion) throws -> String {
        if question.kind == .secondPerson {
            if let actor = try approvals?.answer(to: question) { return actor }
            try approvals?.ask(question)
            throw PlaybookRunError.needsSecondPerson(step: question.title, run: approvals?.lease.run ?? 0)
        }
        let typed = [answers?.named(question.step, question.title)?.confirm].compactMap { $0 } + confirmations
        guard typed.contains(question.word) else { throw PlaybookRunError.notConfirmed(step: question.title, word: question.word) }
        return question.word
    }

    func judge(_ interruption: Interruption) throws -> Interruption.Answer {
        let answer = answers?.named(interruption.step, interruption.title)
        guard let word = answer?.interrupted ?? interrupted else { throw PlaybookRunError.mayHaveRun(step: interruption.title) }
        switch word {
        case .done:
            let names = Set(interruption.wanted.map(\.name))
            let values = (answer?.values ?? [:]).filter { names.contains($0.key) }
            return .done(StepResult(.succeeded, output: answer?.note ?? "interrupted; said to be done", variables: values))
        case .failed: return .failed(answer?.note ?? "interrupted; said to have failed")
        case .again: return .again
        }
    }

    func wait(milliseconds: Int, isCancelled: @Sendable () -> Bool) { pause(milliseconds, isCancelled) }
}

/// Lets time pass, in pieces so that it can end early.
func pause(_ milliseconds: Int, _ isCancelled: () -> Bool) {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while ContinuousClock.now < end, !isCancelled() { usleep(useconds_t(min(max(milliseconds, 1), 50) * 1000)) }
}
