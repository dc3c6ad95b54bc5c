import Playbooks
import Testing

@Suite struct BashCommandTests {
    private func bash(_ script: String, _ variables: String = "{}", values: [String: String] = [:], extra: String = "") throws -> (
        StepResult.Outcome, Rehearsal
    ) {
        let rehearsal = Rehearsal()
        let quoted = script.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        let outcome = try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, \(extra) on_completion: action--b, commands: [{type: bash, command: \"\(quoted)\"}]}\n"
                + "action--b: {type: action, name: b, agent: group--g, on_completion: end--e, commands: [{type: manual, command: \"[__out__:value]\"}]}\n",
            variables: variables, values: values)
        return (outcome, rehearsal)
    }

    /// Whatever a value holds, it stays a value: it is neither run nor split, in any quoting.
    @Test(arguments: ["$(touch /tmp/never)", "`id`", "'; id; '", "\"; id; \"", "a b  c", "*", "\\", "${PATH}", "-n", "x\ny", "$'\\n'"])
    func valuesAreNeverCode(value: String) throws {
        for script in [
            "printf '%s' __v__:value", "printf '%s' \"__v__:value\"", "printf '%s' '__v__:value'", "printf '%s' \"\"__v__:value\"\"",
            "x=__v__:value; printf '%s' \"$x\"",
        ] {
            let (outcome, rehearsal) = try bash(
                script, "{__v__: {type: string, external: true}, __out__: {type: string}}", values: ["__v__": value],
                extra: "out_args: [__out__],")
            #expect(outcome == .succeeded)
            #expect(rehearsal.tasks.first?.text == "[\(value)]", "\(script)")
        }
    }

    @Test func exitStatusDecides() throws {
        #expect(try bash("exit 0").0 == .succeeded)
        #expect(try bash("echo no >&2; exit 3").0 == .failed)
    }

    @Test func namedLinesSetValues() throws {
        let (_, rehearsal) = try bash(
            "echo noise; echo __out__=1=2; echo __other__=no", "{__out__: {type: string}}", extra: "out_args: [__out__, __third__],")
        #expect(rehearsal.tasks.first?.text == "[1=2]")
    }

    @Test func timeoutEndsTheWholeGroup() throws {
        let (outcome, _) = try bash("sleep 30 & sleep 30", extra: "timeout: 300,")
        #expect(outcome == .failed)
    }

    @Test func backgroundChildDoesNotHoldTheRun() throws {
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try bash("sleep 20 & echo done") }
        #expect(time < .seconds(10))
    }

    @Test func outputIsBounded() throws {
        let rehearsal = Rehearsal()
        let outcome = try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, out_args: [__out__], on_completion: end--e, commands: [{type: bash, command: \"head -c 5000000 /dev/zero | tr '\\\\0' x\"}]}\n",
            variables: "{__out__: {type: string}}")
        #expect(outcome == .succeeded)
    }

    @Test func missingValueFails() throws {
        let (outcome, rehearsal) = try bash("echo __v__:value", "{__v__: {type: string}}")
        #expect(outcome == .failed)
        #expect(rehearsal.jobs.isEmpty)
    }

    @Test func base64CommandsAreDecoded() throws {
        let rehearsal = Rehearsal()
        // printf __v__=7
        try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, out_args: [__v__], on_completion: action--b, commands: [{type: bash, command_b64: cHJpbnRmIF9fdl9fPTc=}]}\n"
                + "action--b: {type: action, name: b, agent: group--g, on_completion: end--e, commands: [{type: manual, command: \"__v__:value\"}]}\n",
            variables: "{__v__: {type: integer}}")
        #expect(rehearsal.tasks.first?.text == "7")
    }
}
