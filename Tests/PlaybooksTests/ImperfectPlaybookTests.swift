import Foundation
import TestSupport
import Testing
import Trust

@testable import Playbooks

/// Playbooks as they are met: each mistake is named with its place and what to do, and none hides the rest.
@Suite struct ImperfectPlaybookTests {
    private static let step = "action--9fcc5c3b-0b70-4d73-b922-cf5491dcd1a4"
    private static let whole = """
        {"type": "playbook", "spec_version": "cacao-2.0", "id": "playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562", "name": "Block",
         "created_by": "identity--96abab60-238a-44ff-8962-5806aa60cbce", "created": "2023-05-26T15:56:00.123456Z",
         "modified": "2023-05-26T15:56:00.123456Z", "playbook_variables": {"__ip__": {"type": "ipv4-addr", "external": true}},
         "workflow_start": "start--9e7d62b2-88ac-4656-94e1-dbd4413ba008",
         "workflow": {
          "start--9e7d62b2-88ac-4656-94e1-dbd4413ba008": {"type": "start", "on_completion": "\(step)"},
          "\(step)": {"type": "action", "name": "a", "commands": [{"type": "bash", "command": "echo __ip__:value"}],
           "agent": "linux--6b23a237-ade8-4d00-9aa1-75999732d557", "on_completion": "end--c9bb8c97-5a46-4b68-a3e0-6b23a237ade8"},
          "end--c9bb8c97-5a46-4b68-a3e0-6b23a237ade8": {"type": "end"}},
         "agent_definitions": {"linux--6b23a237-ade8-4d00-9aa1-75999732d557": {"type": "linux", "name": "m", "address": {"ipv4": ["127.0.0.1"]}}}}
        """

    struct Mistake: Sendable, CustomTestStringConvertible {
        /// What stands there, and what stands there instead.
        var old: String
        var new: String
        var grade: Finding.Grade?
        var words: String
        var testDescription: String { "\(old) → \(new)" }
    }

    private static let completion = #", "on_completion": "end--c9bb8c97-5a46-4b68-a3e0-6b23a237ade8""#

    static let mistakes: [Mistake] = [
        Mistake(
            old: #""spec_version": "cacao-2.0", "#, new: "", grade: .error,
            words: "/spec_version: this property is missing; CACAO 2.0 says cacao-2.0"),
        Mistake(old: "cacao-2.0", new: "2.0", grade: .error, words: "/spec_version: expected cacao-2.0"),
        Mistake(old: "cacao-2.0", new: "1.0", grade: .error, words: "/spec_version: a CACAO 1.x playbook (1.0)"),
        Mistake(
            old: #""name": "Block""#, new: #""name": "Block", "playbook_types": ["containment"]"#, grade: .hint,
            words: "/playbook_types/0: containment is not in"),
        Mistake(
            old: #""\#(step)": {"#, new: #""\#(step.uppercased().replacing("ACTION", with: "action"))": {"#, grade: .error,
            words: "did you mean action--9FCC"),
        Mistake(old: completion, new: "", grade: .warning, words: "the branch stops here without an end step"),
        Mistake(
            old: completion, new: completion + #", "timeout": "5000""#, grade: .error,
            words: "/timeout: expected a number, without quotes: 5000"),
        Mistake(
            old: completion, new: completion + #", "delay": -1"#, grade: .error, words: "/delay: expected a whole number of milliseconds"),
        Mistake(old: #""external": true"#, new: #""value": 5"#, grade: .error, words: "/playbook_variables/__ip__/value: expected text"),
        Mistake(old: #""address": {"#, new: #""port": 22, "address": {"#, grade: .error, words: #"/port: expected text: "22""#),
        Mistake(old: #""agent": "linux--"#, new: #""agent": ""#, grade: .error, words: "/agent: expected the form <type>--<uuid>"),
        Mistake(old: "echo __ip__", new: "echo $$ip$$ __ip__", grade: .warning, words: "$$ip$$ is a variable of CACAO 1.x"),
        Mistake(
            old: #"[{"type": "bash", "command": "echo __ip__:value"}]"#, new: #""echo hi""#, grade: .error,
            words: "/commands: expected a list"),
        Mistake(
            old: #""name": "Block""#, new: #""name": "Block", "description": null"#, grade: .error, words: "/description: must not be null"),
        Mistake(old: #""name": "Block""#, new: #""name": "Block", "labels": []"#, grade: .error, words: "/labels: an empty list"),
        Mistake(old: #", "on_completion": "end"#, new: #", "onCompletion": "end"#, grade: .hint, words: "did you mean on_completion?"),
        Mistake(
            old: #""name": "Block""#, new: #""name": "Block", "revoked": "false""#, grade: .error, words: "/revoked: expected true or false"
        ),
        Mistake(
            old: #""created": "2023-05-26T15:56:00.123456Z""#, new: #""created": "2023-05-26T15:56:00+07:00""#, grade: .error,
            words: "/created: expected a time such as"),
        Mistake(
            old: #""agent": "linux--6b23a237-ade8-4d00-9aa1-75999732d557""#,
            new: #""agent": "linux--00000000-ade8-4d00-9aa1-75999732d557""#, grade: .warning,
            words: "/agent: there is no definition of linux--00000000"),
        Mistake(
            old: completion, new: completion + #", "on_success": "end--c9bb8c97-5a46-4b68-a3e0-6b23a237ade8""#, grade: .error,
            words: "/on_completion: not together with on_success"),
        Mistake(old: #""command": "echo __ip__:value""#, new: #""command_b64": "%%%""#, grade: .error, words: "/command_b64: no base64"),
        Mistake(old: #""name": "Block","#, new: #""name": "Block",,"#, grade: nil, words: "line 1: expected a member name in quotes"),
        Mistake(
            old: #""name": "Block""#, new: #""name": "Block", "name": "Other""#, grade: nil,
            words: #"line 1: the member "name" stands twice"#),
        Mistake(old: #"{"type": "playbook","#, new: #"{"type": "bundle","#, grade: nil, words: "a STIX bundle"),
        Mistake(
            old: #"{"type": "playbook","#, new: #"{"type": "playbook-template","#, grade: nil, words: #""type" is "playbook-template""#),
        Mistake(old: #"{"type": "playbook","#, new: "{", grade: nil, words: "is missing"),
    ]

    @Test(arguments: mistakes) func isNamed(_ mistake: Mistake) throws {
        let text = Self.whole.replacing(mistake.old, with: mistake.new, maxReplacements: 1)
        #expect(text != Self.whole)
        guard let grade = mistake.grade else {
            let error = try #require(throws: PlaybookFileError.self) { try PlaybookReading(text: text, path: "a.json") }
            #expect(error.english.contains(mistake.words) && !error.vietnamese.isEmpty, "\(error.english)")
            return
        }
        let reading = try PlaybookReading(text: text, path: "a.json")
        let lines = reading.findings.map { "\($0.grade.rawValue) \($0.pointer): \($0.text.english)" }
        #expect(lines.contains { $0.hasPrefix(grade.rawValue) && $0.contains(mistake.words) }, "\(lines.joined(separator: "\n"))")
        #expect((reading.errors > 0) == (grade == .error), "\(lines.joined(separator: "\n"))")
        #expect(reading.findings.allSatisfy { $0.line > 0 })
        // A person can walk through whatever has a workflow.
        #expect(throws: Never.self) { try reading.walkable() }
    }

    /// Real playbooks give what comes from outside an empty value, and call it constant as well.
    @Test func emptyValuesFromOutsideAreAskedFor() throws {
        let reading = try Rehearsal.read(
            manual("a", "on_completion: end--e"),
            variables:
                "{__ip__: {type: ipv4-addr, value: \"\", external: true}, __hook__: {type: string, value: \"\", external: true, constant: true}, __own__: {type: string, value: x, constant: true}}"
        )
        let playbook = try reading.runnable()
        func start(_ values: [String: String]) throws -> PlaybookEngine {
            let rehearsal = Rehearsal()
            return try PlaybookEngine(playbook, values: values, performer: rehearsal, record: rehearsal)
        }
        #expect(PlaybookEngine.missing(in: playbook.variables) == ["__ip__"])
        #expect(throws: PlaybookRunError.missingValues(["__ip__"])) { try start([:]) }
        #expect(try start(["__ip__": "192.0.2.1", "__hook__": "/x"]).run() == .succeeded)
        #expect(throws: PlaybookRunError.unknownValue("__own__")) { try start(["__ip__": "192.0.2.1", "__own__": "y"]) }
    }

    /// Walking to the end of nothing would look as if something had been done.
    @Test func nothingToWalkThroughIsSaid() throws {
        let text = Self.whole.replacing(#""on_completion": "\#(Self.step)""#, with: #""next_step": "\#(Self.step)""#)
        let reading = try PlaybookReading(text: text, path: "a.json")
        #expect(reading.errors > 0)
        #expect(throws: PlaybookRunError.invalid(errors: reading.errors)) { try reading.walkable() }
        let list = try #require(throws: PlaybookFileError.self) { try PlaybookReading(text: "[\(Self.whole)]", path: "a.json") }
        #expect(list.english == "a.json: a list; each playbook needs a file of its own")
    }

    /// What a person must do instead of the program is there whole.
    @Test func unknownCommandsShowWhatTheyHold() throws {
        let rehearsal = Rehearsal()
        try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, on_completion: end--e, commands: [{type: openc2, command: POST post, headers: {X-A: [b, c]}, content_b64: eyJhIjogMX0=}]}\n"
        )
        #expect(rehearsal.tasks.map(\.text) == ["POST post\nX-A: b, c\n{\"a\": 1}"])
    }

    /// Lists that CACAO 1.x has where 2.0 has one step lead on when a person walks through it.
    @Test func firstEditionIsWalked() throws {
        let text = """
            {"type": "playbook", "spec_version": "1.1", "id": "playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562", "name": "Cũ",
             "workflow_start": "start--a", "workflow": {
              "start--a": {"type": "start", "on_completion": "if-condition--b"},
              "if-condition--b": {"type": "if-condition", "name": "b", "on_true": ["single--c"], "on_completion": "playbook--d"},
              "single--c": {"type": "single", "name": "c", "commands": [{"type": "manual", "command": "làm"}], "target": "x"},
              "playbook--d": {"type": "playbook", "name": "d", "playbook_id": "playbook--x"}}}
            """
        let reading = try PlaybookReading(text: text, path: "a.json")
        #expect(reading.findings.first { $0.pointer == "/spec_version" }?.text.english.contains("CACAO 1.x") == true)
        // What else is said is what changed since, not what the newer edition misses.
        #expect(reading.findings.filter { $0.pointer.hasPrefix("/workflow/") }.allSatisfy { $0.pointer.hasSuffix("/type") })
        var settings = RunSettings()
        settings.isByHand = true
        let rehearsal = Rehearsal()
        rehearsal.decisions[""] = true
        let engine = try PlaybookEngine(reading.walkable(), values: [:], performer: rehearsal, record: rehearsal, settings: settings)
        #expect(try engine.run() == .succeeded)
        #expect(rehearsal.ended == ["c:succeeded", "b:succeeded", "d:succeeded"])
    }
}
