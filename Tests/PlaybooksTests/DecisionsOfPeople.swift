import Foundation
import Testing
import Trust

@testable import Playbooks

/// Rows of the decision table where a person agrees, where something can be undone, and where an interrupted run goes on.
enum DecisionsOfPeople {
    private static let ended = "on_completion: end--e"

    private static func policy(_ members: String) -> String { "step_extensions: {\(StepPolicy.extensionID): {\(members)}}, " }

    /// The first session of a run, ended before that transition.
    private static func interrupted(_ steps: String, after life: Int, variables: String = "{}", _ prepare: (Rehearsal) -> Void = { _ in })
        throws -> Rehearsal
    {
        let rehearsal = Rehearsal()
        prepare(rehearsal)
        rehearsal.life = life
        #expect(throws: Rehearsal.Killed.self) { try rehearsal.run(steps, variables: variables) }
        rehearsal.life = nil
        return rehearsal
    }

    static let table: [String: @Sendable () throws -> Void] = [
        "confirm": {
            for members in ["destructive: true", "confirm: typed"] {
                let rehearsal = Rehearsal()
                try #expect(
                    rehearsal.run(
                        bash("a", "false", policy(members + ", retry: {attempts: 3}") + ended), variables: "{__v__: {type: string}}")
                        == .failed)
                #expect(rehearsal.confirmations.count == 1 && rehearsal.confirmations[0].kind == .typed && rehearsal.jobs.count == 3)
            }
            let second = Rehearsal()
            try #expect(second.run(bash("a", "true", policy("confirm: second_person") + ended)) == .succeeded)
            #expect(second.confirmations.map(\.kind) == [.secondPerson])
            var settings = RunSettings()
            settings.leastConfirmation = .secondPerson
            let least = Rehearsal()
            try #expect(least.run(bash("a", "true", policy("destructive: true") + ended), settings: settings) == .succeeded)
            #expect(least.confirmations.map(\.kind) == [.secondPerson])
            settings.isByHand = true
            let byHand = Rehearsal()
            try #expect(byHand.run(bash("a", "true", policy("destructive: true") + ended), settings: settings) == .succeeded)
            #expect(byHand.confirmations.isEmpty && byHand.tasks.count == 1)
        },
        "confirm-refused": {
            let rehearsal = Rehearsal()
            rehearsal.refusesConfirmation = true
            #expect(throws: PlaybookRunError.aborted(step: "a")) {
                try rehearsal.run(bash("a", "true", policy("destructive: true") + ended))
            }
            #expect(rehearsal.begun == ["start"] && rehearsal.jobs.isEmpty)
        },
        "undo": {
            let rollback = policy("rollback: {commands: [{type: bash, command: 'echo __v__:value'}], expires_minutes: __m__}")
            let rehearsal = Rehearsal()
            try #expect(
                rehearsal.run(
                    bash("a", "echo __v__=second", rollback + "out_args: [__v__], \(ended)"),
                    variables: "{__v__: {type: string, value: first}, __m__: {type: integer, value: \"2\"}}") == .succeeded)
            #expect(rehearsal.undos.map { $0.values["__v__"] } == ["first"] && rehearsal.undos.map(\.expires) == [120_000])
            // Also what a step did of which nobody knows whether it ended.
            let killed = try interrupted(bash("a", "true", rollback + ended), after: 3)
            #expect(killed.undos.count == 1)
        },
        "resume-ended": {
            let steps =
                bash("a", "echo __v__=$$", "out_args: [__v__], on_completion: action--b")
                + "action--b: {type: action, name: b, agent: group--g, \(ended), commands: [{type: manual, command: \"__v__:value\"}]}\n"
            let variables = "{__v__: {type: string}}"
            let rehearsal = try interrupted(steps, after: 4, variables: variables)
            let value = try #require(rehearsal.result(of: "a")?.output?.split(separator: "=").last)
            try #expect(rehearsal.run(steps, variables: variables) == .succeeded)
            #expect(rehearsal.jobs.count == 1 && rehearsal.judged.isEmpty)
            #expect(rehearsal.tasks.map(\.text) == [value.trimmingCharacters(in: .whitespacesAndNewlines)])
        },
        "resume-begun": {
            let steps = bash("a", "true", "on_success: action--b, on_failure: action--c") + manual("b", ended) + manual("c", ended)
            let answers: [(Interruption.Answer, jobs: Int, last: String)] = [
                (.done(StepResult(.succeeded)), 1, "b:succeeded"), (.failed("seen"), 1, "c:succeeded"), (.again, 2, "b:succeeded"),
            ]
            for (answer, jobs, last) in answers {
                let rehearsal = try interrupted(steps, after: 3)
                #expect(throws: PlaybookRunError.mayHaveRun(step: "a")) { try rehearsal.run(steps) }
                rehearsal.judgements["a"] = answer
                try #expect(rehearsal.run(steps) == .succeeded)
                #expect(rehearsal.jobs.count == jobs && rehearsal.ended.last == last)
            }
        },
        "resume-idempotent": {
            let steps = bash("a", "true", policy("idempotent: true") + ended)
            let rehearsal = try interrupted(steps, after: 3)
            try #expect(rehearsal.run(steps) == .succeeded)
            #expect(rehearsal.judged.isEmpty && rehearsal.jobs.count == 2)
        },
        "resume-decided": {
            let steps =
                manual("a", "on_completion: if-condition--i")
                + "if-condition--i: {type: if-condition, name: i, condition: what now, on_true: action--b, on_false: action--c, \(ended)}\n"
                + manual("b", ended) + manual("c", ended)
            let rehearsal = try interrupted(steps, after: 7) { $0.decisions["what now"] = true }
            rehearsal.decisions["what now"] = false
            try #expect(rehearsal.run(steps) == .succeeded)
            #expect(rehearsal.ended.contains("b:succeeded") && !rehearsal.ended.contains("c:succeeded"))
        },
    ]
}
