import Foundation
import Testing

@testable import Playbooks

@Suite struct PlaybookEngineTests {
    @Test func stepsFollowEachOther() throws {
        let rehearsal = Rehearsal()
        #expect(try rehearsal.run(manual("a", "on_completion: action--b") + manual("b", "on_success: end--e")) == .succeeded)
        #expect(rehearsal.ended == ["a:succeeded", "b:succeeded"])
        #expect(rehearsal.begun == ["start", "a", "b", "end"])
    }

    // The decision table of docs/playbooks.md: what follows a step that failed.

    @Test func failureGoesToItsHandler() throws {
        let rehearsal = Rehearsal()
        rehearsal.answers["a"] = StepResult(.failed)
        let outcome = try rehearsal.run(
            manual("a", "on_success: action--b, on_failure: action--c") + manual("b", "on_completion: end--e")
                + manual("c", "on_completion: end--e"))
        #expect(outcome == .succeeded)
        #expect(rehearsal.ended == ["a:failed", "c:succeeded"])
    }

    @Test func failureWithoutHandlerEndsTheRun() throws {
        let rehearsal = Rehearsal()
        rehearsal.answers["a"] = StepResult(.failed)
        #expect(try rehearsal.run(manual("a", "on_completion: action--b") + manual("b", "on_completion: end--e")) == .failed)
        #expect(rehearsal.ended == ["a:failed"])
    }

    @Test func failureGoesToTheExceptionHandler() throws {
        let rehearsal = Rehearsal()
        rehearsal.answers["a"] = StepResult(.failed)
        let outcome = try rehearsal.run(
            manual("a", "on_completion: end--e") + manual("x", "on_completion: end--e"), exception: "action--x")
        #expect(outcome == .failed)
        #expect(rehearsal.ended == ["a:failed", "x:succeeded"])
    }

    @Test func failureInABranchFailsTheCondition() throws {
        let rehearsal = Rehearsal()
        rehearsal.answers["b"] = StepResult(.failed)
        let outcome = try rehearsal.run(
            manual("a", "on_completion: if-condition--i")
                + "if-condition--i: {type: if-condition, name: i, condition: 1 = 1, on_true: action--b, on_success: end--e, on_failure: action--c}\n"
                + manual("b", "on_completion: end--e") + manual("c", "on_completion: end--e"))
        #expect(outcome == .succeeded)
        #expect(rehearsal.ended == ["a:succeeded", "b:failed", "i:failed", "c:succeeded"])
    }

    @Test func branchesReturnToTheirCondition() throws {
        for (value, branch) in [("M1", "b"), ("M3", "c")] {
            let rehearsal = Rehearsal()
            let outcome = try rehearsal.run(
                manual("a", "on_completion: if-condition--i")
                    + "if-condition--i: {type: if-condition, name: i, condition: \"__severity__:value IN ('M1', 'M2')\", on_true: action--b, on_false: action--c, on_completion: action--d}\n"
                    + manual("b", "on_completion: end--e") + manual("c", "on_completion: end--e") + manual("d", "on_completion: end--e"),
                variables: "{__severity__: {type: string, external: true}}", values: ["__severity__": value])
            #expect(outcome == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "\(branch):succeeded", "i:succeeded", "d:succeeded"])
        }
    }

    @Test func switchTakesTheCaseOrTheDefault() throws {
        for (value, branch) in [("one", "b"), ("two", "c"), ("three", "c")] {
            let rehearsal = Rehearsal()
            try rehearsal.run(
                manual("a", "on_completion: switch-condition--w")
                    + "switch-condition--w: {type: switch-condition, name: w, switch: \"__v__:value\", cases: {one: action--b, default: action--c}, on_completion: end--e}\n"
                    + manual("b", "on_completion: end--e") + manual("c", "on_completion: end--e"),
                variables: "{__v__: {type: string, value: \(value)}}")
            #expect(rehearsal.ended == ["a:succeeded", "\(branch):succeeded", "w:succeeded"])
        }
    }

    @Test func whileRepeatsUntilFalse() throws {
        let rehearsal = Rehearsal()
        try rehearsal.run(
            manual("a", "on_completion: while-condition--w")
                + "while-condition--w: {type: while-condition, name: w, condition: \"__n__:value < 3\", on_true: action--b, on_completion: end--e}\n"
                + "action--b: {type: action, name: b, agent: group--g, out_args: [__n__], on_completion: end--e, commands: [{type: bash, command: \"echo __n__=$((__n__:value + 1))\"}]}\n",
            variables: "{__n__: {type: integer, value: \"0\"}}")
        #expect(rehearsal.ended == ["a:succeeded", "b:succeeded", "b:succeeded", "b:succeeded", "w:succeeded"])
    }

    @Test func endlessLoopFails() throws {
        let rehearsal = Rehearsal()
        let outcome = try rehearsal.run(
            manual("a", "on_completion: while-condition--w")
                + "while-condition--w: {type: while-condition, name: w, condition: 1 = 1, on_true: action--b, on_completion: end--e}\n"
                + manual("b", "on_completion: end--e"))
        #expect(outcome == .failed)
        #expect(rehearsal.tasks.count == 1001)
    }

    @Test func circleWithoutWhileIsStopped() throws {
        let rehearsal = Rehearsal()
        #expect(throws: PlaybookRunError.endless(steps: PlaybookEngine.mostSteps)) {
            try rehearsal.run(manual("a", "on_completion: action--b") + manual("b", "on_completion: action--a"))
        }
    }

    @Test func manualStepsShowValuesAndGiveValuesBack() throws {
        let rehearsal = Rehearsal()
        rehearsal.answers["a"] = StepResult(.succeeded, output: "ok", variables: ["__host__": "10.0.0.9"])
        try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, out_args: [__host__], on_completion: action--b, commands: [{type: manual, command: \"which host\"}]}\n"
                + "action--b: {type: action, name: b, agent: group--g, on_completion: end--e, commands: [{type: manual, command: \"isolate __host__:value, __other__:value\"}]}\n",
            variables: "{__host__: {type: ipv4-addr}}")
        #expect(rehearsal.tasks[0].wanted.map(\.name) == ["__host__"])
        #expect(rehearsal.tasks[0].wanted[0].variable?.type == "ipv4-addr")
        #expect(rehearsal.tasks[1].text == "isolate 10.0.0.9, __other__:value")
        #expect(rehearsal.tasks[1].agent == "Trực / Duty")
    }

    @Test func stepVariablesAreTheirStepsOwn() throws {
        let rehearsal = Rehearsal()
        try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, step_variables: {__v__: {type: string, value: inner}}, on_completion: action--b, commands: [{type: manual, command: \"__v__:value\"}]}\n"
                + "action--b: {type: action, name: b, agent: group--g, on_completion: end--e, commands: [{type: manual, command: \"__v__:value\"}]}\n",
            variables: "{__v__: {type: string, value: outer}}")
        #expect(rehearsal.tasks.map(\.text) == ["inner", "outer"])
    }

    @Test func constantsDoNotChange() throws {
        let rehearsal = Rehearsal()
        rehearsal.answers["a"] = StepResult(.succeeded, variables: ["__v__": "2"])
        let outcome = try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, out_args: [__v__], on_completion: end--e, commands: [{type: manual, command: x}]}\n",
            variables: "{__v__: {type: string, value: \"1\", constant: true}}")
        #expect(outcome == .failed)
    }

    @Test func externalValuesMustBeGiven() throws {
        let rehearsal = Rehearsal()
        #expect(throws: PlaybookRunError.missingValues(["__v__"])) {
            try rehearsal.run(manual("a", "on_completion: end--e"), variables: "{__v__: {type: string, external: true}}")
        }
        #expect(throws: PlaybookRunError.unknownValue("__w__")) {
            try rehearsal.run(manual("a", "on_completion: end--e"), values: ["__w__": "1"])
        }
        #expect(rehearsal.begun.isEmpty)
    }

    @Test func undecidedConditionIsAsked() throws {
        let rehearsal = Rehearsal()
        rehearsal.decisions["__v__:value = 'x'"] = true
        try rehearsal.run(
            manual("a", "on_completion: if-condition--i")
                + "if-condition--i: {type: if-condition, name: i, condition: \"__v__:value = 'x'\", on_true: action--b, on_completion: end--e}\n"
                + manual("b", "on_completion: end--e"), variables: "{__v__: {type: string}}")
        #expect(rehearsal.ended == ["a:succeeded", "b:succeeded", "i:succeeded"])
    }

    @Test func otherCommandsAreDoneByHand() throws {
        let rehearsal = Rehearsal()
        try #expect(
            rehearsal.run(
                "action--a: {type: action, name: a, agent: group--g, on_completion: end--e, commands: [{type: caldera-cmd, command: \"id: __v__:value\"}]}\n",
                variables: "{__v__: {type: string, value: x}}") == .succeeded)
        #expect(rehearsal.tasks.map(\.insteadOf) == ["caldera-cmd"])
        #expect(rehearsal.tasks[0].mustBeNamed)
        #expect(rehearsal.tasks[0].text == "id: x")
    }

    @Test func delayPassesBeforeTheStep() throws {
        let rehearsal = Rehearsal()
        try rehearsal.run(manual("a", "delay: 1500, on_completion: end--e"))
        #expect(rehearsal.waits == [1500])
    }

    @Test func validityAndRevocationAreHeeded() throws {
        let revoked = try Rehearsal.read(manual("a", "on_completion: end--e"), extra: "revoked: true")
        #expect(throws: PlaybookRunError.revoked) { try revoked.runnable() }
        let old = try Rehearsal.read(manual("a", "on_completion: end--e"), extra: "valid_until: \"2020-01-01T00:00:00Z\"")
        #expect(throws: PlaybookRunError.notValidNow(from: nil, until: "2020-01-01T00:00:00Z")) { try old.runnable() }
        #expect(try old.runnable(on: Date(timeIntervalSince1970: 1_500_000_000)).id == old.playbook?.id)
    }
}
