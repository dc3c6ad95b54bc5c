import Foundation
import Testing
import Trust

@testable import Playbooks

/// A run that is ended at any transition goes on: nothing is lost, nothing is done twice unasked.
@Suite struct ResumeTests {
    private let ended = "on_completion: end--e"

    /// Two branches at the same time, one of them a loop, with an effect in each step: a line in a file.
    private func workflow(_ file: String, extension policy: String = "") -> String {
        func effect(_ id: String, _ rest: String, _ more: String = "") -> String {
            bash(id, "echo \(id) >> \(file); \(more)", policy + rest)
        }
        return effect("a", "on_completion: parallel--p")
            + "parallel--p: {type: parallel, name: p, next_steps: [action--b, while-condition--w], on_completion: action--z}\n"
            + effect("b", "on_completion: action--c") + effect("c", ended)
            + "while-condition--w: {type: while-condition, name: w, condition: \"__n__:value < 2\", on_true: action--l, \(ended)}\n"
            + effect("l", "out_args: [__n__], \(ended)", "echo __n__=$((__n__:value + 1))")
            + "action--z: {type: action, name: z, agent: group--g, \(ended), commands: [{type: bash, command: \"echo z1 >> \(file)\"}, {type: bash, command: \"echo z2 >> \(file)\"}]}\n"
    }

    private func effects(_ file: String) -> [String] {
        ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    private let whole = ["a", "b", "c", "l", "l", "z1", "z2"]
    private let variables = "{__n__: {type: integer, value: \"0\"}}"

    @Test func killAtEveryTransition() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("effects-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let untouched = Rehearsal()
        try #expect(untouched.run(workflow(file), variables: variables) == .succeeded)
        #expect(effects(file).sorted() == whole)
        let transitions = untouched.transitions
        #expect(transitions > 25)
        for life in 0..<transitions {
            try? FileManager.default.removeItem(atPath: file)
            let rehearsal = Rehearsal()
            rehearsal.life = life
            #expect(throws: Rehearsal.Killed.self) { try rehearsal.run(workflow(file), variables: variables) }
            rehearsal.life = nil
            // Nobody says how far an interrupted step came: it stops rather than guess, unless nothing was in doubt.
            do {
                try #expect(rehearsal.run(workflow(file), variables: variables) == .succeeded)
            } catch is PlaybookRunError {
                #expect(!rehearsal.judged.isEmpty)
            }
            // A step that may have run is looked at by a person, who sees its effect or does not.
            let (looked, before) = (rehearsal.judged, effects(file))
            for title in ["a", "b", "c", "l", "z"] {
                let done = before.count { $0.hasPrefix(title) }
                let ended = rehearsal.ended.count { $0 == "\(title):succeeded" }
                rehearsal.judgements[title] =
                    title == "l"
                    ? done > ended ? .done(StepResult(.succeeded, variables: ["__n__": String(done)])) : .again
                    : title == "z"
                        ? done > (rehearsal.record.contains { $0.contains("c00 succeeded") } ? 1 : 0)
                            ? .done(StepResult(.succeeded)) : .again
                        : done > ended ? .done(StepResult(.succeeded)) : .again
            }
            if !looked.isEmpty { try #expect(rehearsal.run(workflow(file), variables: variables) == .succeeded, "\(life)") }
            #expect(effects(file).sorted() == whole, "killed at transition \(life): \(effects(file))")
            #expect(rehearsal.record == untouched.record, "killed at transition \(life)")
        }
    }

    @Test func idempotentStepsAreRepeatedWithoutAsking() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("effects-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let policy = "step_extensions: {\(StepPolicy.extensionID): {idempotent: true}}, "
        let step = bash("a", "echo a >> \(file)", policy + ended)
        for life in 0..<6 {
            try? FileManager.default.removeItem(atPath: file)
            let rehearsal = Rehearsal()
            rehearsal.life = life
            #expect(throws: Rehearsal.Killed.self) { try rehearsal.run(step) }
            rehearsal.life = nil
            try #expect(rehearsal.run(step) == .succeeded)
            #expect(rehearsal.judged.isEmpty)
            #expect((1...2).contains(effects(file).count))
        }
    }

    @Test func questionsThatWereAnsweredStayAnswered() throws {
        let steps =
            manual("a", "on_completion: if-condition--i")
            + "if-condition--i: {type: if-condition, name: i, condition: a b, on_true: action--b, \(ended)}\n"
            + bash("b", "true", ended)
        let rehearsal = Rehearsal()
        rehearsal.decisions["a b"] = true
        rehearsal.life = 8
        #expect(throws: Rehearsal.Killed.self) { try rehearsal.run(steps) }
        rehearsal.life = nil
        rehearsal.decisions = [:]
        rehearsal.judgements["b"] = .again
        try #expect(rehearsal.run(steps) == .succeeded)
    }

    /// The record does not show which branch was faster.
    @Test func recordsAreTheSameWhateverIsFaster() throws {
        var records: Set<[String]> = []
        for (b, c) in [(0, 80), (80, 0), (30, 30)] {
            let rehearsal = Rehearsal()
            rehearsal.pauses = ["b": b, "c": c]
            let steps =
                manual("a", "on_completion: parallel--p")
                + "parallel--p: {type: parallel, name: p, next_steps: [action--b, action--c], \(ended)}\n"
                + bash("b", "echo __v__=b", "out_args: [__v__], \(ended)") + bash("c", "echo __v__=c", "out_args: [__v__], \(ended)")
            try rehearsal.run(steps, variables: "{__v__: {type: string, value: x}}")
            records.insert(rehearsal.record)
        }
        #expect(records.count == 1)
    }

    @Test func manyBranchesEndInOrder() throws {
        var steps = manual("a", "on_completion: parallel--p")
        let ids = (0..<60).map { "action--b\($0)" }
        steps += "parallel--p: {type: parallel, name: p, next_steps: [\(ids.joined(separator: ", "))], \(ended)}\n"
        for index in 0..<60 { steps += manual("b\(index)", ended) }
        let rehearsal = Rehearsal()
        for index in 0..<60 { rehearsal.pauses["b\(index)"] = 5 }
        try #expect(rehearsal.run(steps) == .succeeded)
        #expect(rehearsal.mostTogether > 8)
        #expect(rehearsal.tasks.count == 61)
    }
}
