import Foundation
import Playbooks
import TestSupport
import Testing

@Suite struct PlaybookReadingTests {
    private let action =
        "action--a: {type: action, name: a, agent: group--g, on_completion: end--e, commands: [{type: manual, command: x}]}\n"

    @Test func jsonAndYAMLHaveOneDigest() throws {
        let yaml = try Rehearsal.read(action)
        let json = try PlaybookReading(text: try #require(yaml.playbook).source.canonicalText(), path: "a.json")
        #expect(try json.playbook?.digest() == yaml.playbook?.digest())
    }

    /// One mistake each, where it is, and what is said.
    @Test(arguments: [
        (
            "action--a: {type: action, name: a, agent: group--g, on_completion: end--x, commands: [{type: manual, command: x}]}",
            "/workflow/action--a/on_completion", "no step end--x"
        ),
        (
            "action--a: {type: action, name: a, on_completion: end--e, commands: [{type: manual, command: x}]}",
            "/workflow/action--a/agent", "missing"
        ),
        ("action--a: {type: action, name: a, agent: group--g, on_completion: end--e}", "/workflow/action--a/commands", "has commands"),
        (
            "action--a: {type: action, name: a, agent: group--g, on_completion: end--e, commands: [{type: bash}]}",
            "/workflow/action--a/commands/0/command", "missing"
        ),
        (
            "action--a: {type: action, name: a, agent: group--g, on_completion: end--e, commands: [{type: bash, command_b64: \"?\"}]}",
            "/workflow/action--a/commands/0/command_b64", "base64"
        ),
        (
            "action--a: {type: action, name: a, agent: group--g, on_completion: end--e, on_success: end--e, commands: [{type: manual, command: x}]}",
            "/workflow/action--a/on_completion", "not together"
        ),
        ("action--a: {type: acton, on_completion: end--e}", "/workflow/action--a/type", "no step type acton"),
        (
            "action--a: {type: action, name: a, agent: group--g, timeout: soon, on_completion: end--e, commands: [{type: manual, command: x}]}",
            "/workflow/action--a/timeout", "milliseconds"
        ),
        ("action--a: {type: if-condition, condition: 1 = 1, on_completion: end--e}", "/workflow/action--a/on_true", "missing"),
    ])
    func errorsNameTheirPlace(workflow: String, pointer: String, problem: String) throws {
        let reading = try Rehearsal.read(workflow)
        #expect(
            reading.findings.contains { $0.grade == .error && $0.pointer == pointer && $0.text.english.contains(problem) },
            "\(reading.findings)")
        #expect(throws: PlaybookRunError.self) { try reading.runnable() }
    }

    @Test(arguments: [
        (
            "action--b: {type: action, name: b, agent: group--g, on_completion: end--e, commands: [{type: manual, command: x}]}",
            "/workflow/action--b", "no step leads here"
        ),
        (
            "end--f: {type: end}\nif-condition--i: {type: if-condition, condition: \"a b\", on_true: end--f}",
            "/workflow/if-condition--i/condition", "not understood"
        ),
        (
            "action--b: {type: action, name: b, agent: group--g, on_completion: end--e, commands: [{type: manual, command: \"__v__:value\"}]}",
            "/workflow/action--b/commands/0", "__v__ is not declared"
        ),
        (
            "action--b: {type: action, name: b, agent: group--q, on_completion: action--b, commands: [{type: manual, command: x}]}",
            "/workflow/action--b/agent", "no definition"
        ),
        (
            "action--b: {type: action, name: b, agent: group--g, on_completion: action--b, commands: [{type: manual, command: x}]}",
            "/workflow/action--b/on_completion", "leads back"
        ),
        (
            "if-condition--i: {type: if-condition, condition: 1 = 1, on_true: action--b, on_completion: action--c}\n"
                + manual("b", "on_completion: action--c") + manual("c", "on_completion: end--e"),
            "/workflow/if-condition--i/on_true", "the branch leads to c, which follows if-condition and will run twice"
        ),
        (
            "parallel--p: {type: parallel, next_steps: [action--b, action--c], on_completion: end--e}\n"
                + manual("b", "on_completion: action--d") + manual("c", "on_completion: action--d") + manual("d", "on_completion: end--e"),
            "/workflow/parallel--p/next_steps", "branches meet in d"
        ),
    ])
    func warningsDoNotStopARun(workflow: String, pointer: String, problem: String) throws {
        let reading = try Rehearsal.read(action + workflow)
        #expect(
            reading.findings.contains { $0.grade == .warning && $0.pointer == pointer && $0.text.english.contains(problem) },
            "\(reading.findings)")
        #expect(reading.errors == 0)
    }

    /// CACAO asks for an end step of each branch's own; that others are met often keeps nothing from running.
    @Test func endsOfBranches() throws {
        func hints(_ steps: String) throws -> [String] {
            try Rehearsal.read(action + steps).findings.filter { $0.text.english.contains("end step of its own") }.map {
                "\($0.grade.rawValue) \($0.pointer)"
            }
        }
        let two = manual("b", "on_completion: end--x") + manual("c", "on_completion: end--y") + "end--x: {type: end}\nend--y: {type: end}\n"
        let parallel = "parallel--p: {type: parallel, next_steps: [action--b, action--c], on_completion: end--e}\n"
        try #expect(hints(parallel + two) == [])
        try #expect(
            hints(parallel + two.replacing("end--y", with: "end--x").replacing("end--x: {type: end}\nend--x", with: "end--x")) == [
                "hint /workflow/parallel--p/next_steps"
            ])
        try #expect(
            hints(parallel + two.replacing("on_completion: end--y", with: "on_completion: end--e")) == [
                "hint /workflow/parallel--p/next_steps"
            ])
        let condition =
            "if-condition--i: {type: if-condition, condition: 1 = 1, on_true: action--b, on_false: action--c, on_completion: end--e}\n"
        try #expect(hints(condition + two) == [])
        // Only one of the two runs.
        try #expect(hints(condition + two.replacing("on_completion: end--y", with: "on_completion: end--x")) == [])
        try #expect(
            hints(condition + two.replacing("on_completion: end--y", with: "on_completion: end--e")) == [
                "hint /workflow/if-condition--i/on_true"
            ])
        // A round that leads back to its loop has come to its end.
        let loop = "while-condition--w: {type: while-condition, condition: 1 = 1, on_true: if-condition--i, on_completion: end--e}\n"
        let inner = condition.replacing("on_completion: end--e", with: "on_completion: while-condition--w")
        try #expect(hints(loop + inner + two) == [])
    }

    @Test func firstEditionIsRecognised() throws {
        let reading = try PlaybookReading(text: #"{"type": "playbook", "spec_version": "1.1"}"#, path: "old.json")
        #expect(reading.findings.contains { $0.pointer == "/spec_version" && $0.text.english.contains("CACAO 1.x") })
        #expect(reading.findings.count > 5)
    }

    @Test(arguments: [
        ("[]", "a list"), ("{", "line 1"), ("{\"a\": 1,\n\n x}", "line 3"), ("a: [", "playbook.json"), ("", "empty"),
        ("type: &a playbook\nx: *b", "playbook.json"),
    ])
    func whatIsNoPlaybookIsSaidInOneLine(text: String, problem: String) {
        let error = #expect(throws: PlaybookFileError.self) { try PlaybookReading(text: text, path: "playbook.json") }
        #expect(error?.english.contains(problem) == true, "\(String(describing: error))")
        #expect(error?.english.contains("\n") == false)
    }

    @Test func aliasBombIsBounded() {
        var text = "type: playbook\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        #expect(throws: PlaybookFileError.self) { try PlaybookReading(text: text, path: "bomb.yaml") }
    }

    @Test func prefixesAndMutationsNeverTrap() throws {
        let text = Array(try String(contentsOfFile: ProjectFiles.path("Playbooks/malware.json"), encoding: .utf8).utf8)
        var generator = SeededGenerator(seed: 3)
        for length in stride(from: 0, to: text.count, by: 97) {
            _ = try? PlaybookReading(text: String(decoding: text[..<length], as: UTF8.self), path: "x")
        }
        for _ in 0..<150 {
            var bytes = text
            for _ in 0..<4 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0x20...0x7e, using: &generator) }
            _ = try? PlaybookReading(text: String(decoding: bytes, as: UTF8.self), path: "x")
        }
    }
}
