import Foundation
import TestSupport
import Testing
import Trust

@testable import Playbooks

/// The decision table of docs/playbooks.md: every row is a case here, and every case a row.
@Suite struct DecisionTableTests {
    private static let table: [String: @Sendable () throws -> Void] = {
        var all: [String: @Sendable () throws -> Void] = [:]
        all.merge(sequence) { $1 }
        all.merge(branching) { $1 }
        all.merge(together) { $1 }
        all.merge(time) { $1 }
        all.merge(DecisionsOfPeople.table) { $1 }
        return all
    }()

    private static var rows: [String] {
        let text = (try? String(contentsOfFile: ProjectFiles.path("docs/playbooks.md"), encoding: .utf8)) ?? ""
        guard let start = text.range(of: "| row | when | then |") else { return [] }
        return text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).prefix { $0.hasPrefix("|") }
            .compactMap { $0.split(separator: "|").first.map { $0.trimmingCharacters(in: .whitespaces) } }
    }

    @Test func documentAndTestsAgree() { #expect(Self.rows.sorted() == Self.table.keys.sorted()) }

    @Test(arguments: rows) func row(_ name: String) throws {
        let body = try #require(Self.table[name])
        try body()
    }

    private static let ended = "on_completion: end--e"

    private static func yaml(_ id: String, _ rest: String) -> String {
        let type = id.components(separatedBy: "--")[0]
        return "\(id): {type: \(type), name: \(id.components(separatedBy: "--")[1]), \(rest)}\n"
    }

    // MARK: One after the other

    private static let sequence: [String: @Sendable () throws -> Void] = [
        "success": {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(manual("a", "on_success: action--b") + manual("b", ended)) == .succeeded)
            #expect(rehearsal.begun == ["start", "a", "b", "end"])
        },
        "completion": {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(manual("a", "on_completion: action--b") + manual("b", ended)) == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "b:succeeded"])
        },
        "nothing-follows": {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(manual("a", "delay: 0")) == .succeeded)
            #expect(rehearsal.begun == ["start", "a"])
        },
        "end": {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(manual("a", ended)) == .succeeded)
            #expect(rehearsal.begun.last == "end")
        },
        "end-shared": {
            let rehearsal = Rehearsal()
            let steps =
                manual("a", "on_completion: if-condition--i")
                + yaml("if-condition--i", "condition: 1 = 1, on_true: action--b, on_completion: parallel--p")
                + yaml("parallel--p", "next_steps: [action--c, action--d], on_completion: action--f")
                + manual("b", ended) + manual("c", ended) + manual("d", ended) + manual("f", ended)
            try #expect(rehearsal.run(steps) == .succeeded)
            #expect(rehearsal.ended.first == "a:succeeded" && rehearsal.ended.last == "f:succeeded" && rehearsal.ended.count == 7)
            #expect(rehearsal.begun.count { $0 == "end" } == 4)
        },
        "failure": {
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.failed)
            let steps = manual("a", "on_success: action--b, on_failure: action--c") + manual("b", ended) + manual("c", ended)
            try #expect(rehearsal.run(steps) == .succeeded)
            #expect(rehearsal.ended == ["a:failed", "c:succeeded"])
        },
        "failure-unhandled": {
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.failed)
            try #expect(rehearsal.run(manual("a", "on_completion: action--b") + manual("b", ended)) == .failed)
            #expect(rehearsal.ended == ["a:failed"])
        },
        "exception": {
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.failed)
            try #expect(rehearsal.run(manual("a", ended) + manual("x", ended), exception: "action--x") == .failed)
            #expect(rehearsal.ended == ["a:failed", "x:succeeded"])
        },
        "exception-missing": {
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.failed)
            try #expect(rehearsal.run(manual("a", ended), exception: "action--gone") == .failed)
        },
        "command-fails": {
            let rehearsal = Rehearsal()
            let step =
                "action--a: {type: action, name: a, agent: group--g, \(ended), commands: [{type: bash, command: exit 1}, {type: manual, command: x}]}\n"
            try #expect(rehearsal.run(step) == .failed)
            #expect(rehearsal.jobs.count == 1 && rehearsal.tasks.isEmpty)
        },
        "command-elsewhere": {
            for (agent, target) in [("linux--l", ", targets: [ssh--gone]"), ("linux--far", "")] {
                let rehearsal = Rehearsal()
                try #expect(
                    rehearsal.run(
                        "action--a: {type: action, name: a, agent: \(agent)\(target), commands: [{type: bash, command: 'true'}], \(ended)}\n",
                        extra: "target_definitions: {linux--far: {type: linux, name: far, address: {ipv4: [192.0.2.9]}}}") == .failed)
                #expect(rehearsal.jobs.isEmpty)
            }
        },
        "command-status": {
            for (script, outcome) in [("exit 0", StepResult.Outcome.succeeded), ("exit 3", .failed), ("kill -9 $$", .failed)] {
                try #expect(Rehearsal().run(bash("a", script, ended)) == outcome, "\(script)")
            }
        },
        "command-targets": {
            let targets =
                "target_definitions: {ssh--x: {type: ssh, name: x, address: {dname: [x.example]}}, ssh--y: {type: ssh, name: y, address: {dname: [y.example]}}, ssh--z: {type: ssh, name: z, address: {dname: [z.example]}}}"
            let step =
                "action--a: {type: action, name: a, agent: group--g, targets: [ssh--x, ssh--y, ssh--z], commands: [{type: ssh, command: 'true'}], \(ended)}\n"
            var settings = RunSettings()
            settings.sshProgram = "/bin/true"
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(step, extra: targets, settings: settings) == .succeeded)
            #expect(rehearsal.jobs.map { $0.unit.machine?.name } == ["x", "y", "z"])
            #expect(rehearsal.record.count { $0.contains("/c0") } == 3)
            settings.sshProgram = "/bin/false"
            let failing = Rehearsal()
            try #expect(failing.run(step, extra: targets, settings: settings) == .failed)
            #expect(failing.jobs.map { $0.unit.machine?.name } == ["x"])
        },
        "command-by-hand": {
            for type in ["powershell", "sigma", "yara", "kestrel", "jupyter", "elastic", "caldera-cmd", "vendor-thing"] {
                let rehearsal = Rehearsal()
                rehearsal.answers["a"] = StepResult(.succeeded, variables: ["__v__": "seen"])
                let isEncoded = ["sigma", "yara", "kestrel", "jupyter", "elastic"].contains(type)
                let text = isEncoded ? "command_b64: R2V0LVRoaW5n" : "command: Get-Thing"
                try #expect(
                    rehearsal.run(
                        "action--a: {type: action, name: a, agent: group--g, out_args: [__v__], commands: [{type: \(type), \(text)}], \(ended)}\n",
                        variables: "{__v__: {type: string}}") == .succeeded, "\(type)")
                #expect(rehearsal.tasks.map(\.insteadOf) == [type] && rehearsal.tasks[0].mustBeNamed && rehearsal.jobs.isEmpty)
                #expect(rehearsal.tasks[0].text == "Get-Thing")
            }
            var byHand = RunSettings()
            byHand.isByHand = true
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(bash("a", "exit 1", ended), settings: byHand) == .succeeded)
            #expect(rehearsal.tasks.map(\.insteadOf) == ["bash"] && rehearsal.jobs.isEmpty)
        },
        "person-fails": {
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.failed, output: "no key")
            try #expect(rehearsal.run(manual("a", ended)) == .failed)
            #expect(rehearsal.ended == ["a:failed"])
        },
        "person-stops": {
            let rehearsal = Rehearsal()
            #expect(throws: PlaybookRunError.noAnswer(step: "i")) {
                try rehearsal.run(
                    yaml("action--a", "agent: group--g, commands: [{type: manual, command: x}], on_completion: if-condition--i")
                        + yaml("if-condition--i", "condition: a b, on_true: end--e"))
            }
            #expect(rehearsal.record.contains { $0.contains("if-condition--i -") })
        },
        "value-given": {
            let rehearsal = Rehearsal()
            let steps =
                "action--a: {type: action, name: a, agent: group--g, out_args: [__v__], on_completion: action--b, commands: [{type: bash, command: echo __v__=1}, {type: bash, command: 'echo __v__=__v__:value-2'}]}\n"
                + "action--b: {type: action, name: b, agent: group--g, \(ended), commands: [{type: manual, command: \"__v__:value\"}]}\n"
            try #expect(rehearsal.run(steps, variables: "{__v__: {type: string}}") == .succeeded)
            #expect(rehearsal.tasks.last?.text == "1-2")
        },
        "value-missing": {
            let rehearsal = Rehearsal()
            let steps =
                bash("a", "echo __w__=new", "out_args: [__v__, __w__], on_completion: action--b")
                + "action--b: {type: action, name: b, agent: group--g, \(ended), commands: [{type: manual, command: \"__v__:value __w__:value\"}]}\n"
            try #expect(rehearsal.run(steps, variables: "{__v__: {type: string, value: old}, __w__: {type: string}}") == .succeeded)
            #expect(rehearsal.tasks.last?.text == "old new")
        },
        "value-own": {
            let rehearsal = Rehearsal()
            rehearsal.answers["b"] = StepResult(.succeeded, variables: ["__v__": "changed"])
            func says(_ id: String, _ rest: String) -> String {
                "action--\(id): {type: action, name: \(id), agent: group--g, \(rest), commands: [{type: manual, command: \"__v__:value\"}]}\n"
            }
            let steps =
                says("a", "on_completion: if-condition--i")
                + yaml(
                    "if-condition--i",
                    "condition: \"__v__:value = 'own'\", on_true: action--b, step_variables: {__v__: {type: string, value: own}}, on_completion: action--d"
                )
                + says("b", "out_args: [__v__], on_completion: action--c") + says("c", ended) + says("d", ended)
            try #expect(rehearsal.run(steps, variables: "{__v__: {type: string, value: outer}}") == .succeeded)
            #expect(rehearsal.tasks.map(\.text) == ["outer", "own", "changed", "outer"])
        },
        "value-type": {
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.succeeded, variables: ["__v__": "many"])
            let steps =
                manual("a", "out_args: [__v__], on_success: end--e, on_failure: action--b")
                + "action--b: {type: action, name: b, agent: group--g, \(ended), commands: [{type: manual, command: \"__v__:value\"}]}\n"
            try #expect(rehearsal.run(steps, variables: "{__v__: {type: integer, value: \"4\"}}") == .succeeded)
            #expect(rehearsal.ended == ["a:failed", "b:succeeded"])
            #expect(rehearsal.tasks.last?.text == "4")
        },
        "value-constant": {
            let rehearsal = Rehearsal()
            rehearsal.answers["a"] = StepResult(.succeeded, variables: ["__v__": "2"])
            try #expect(
                rehearsal.run(
                    manual("a", "out_args: [__v__], \(ended)"), variables: "{__v__: {type: string, value: \"1\", constant: true}}")
                    == .failed)
        },
    ]

    // MARK: Branches by condition

    private static let afterwards = manual("d", ended)

    private static func condition(_ rehearsal: Rehearsal, _ text: String, _ rest: String, variables: String = "{}") throws
        -> StepResult.Outcome
    {
        try rehearsal.run(
            manual("a", "on_completion: if-condition--i")
                + yaml("if-condition--i", "condition: \"\(text)\", on_completion: action--d, \(rest)")
                + manual("b", ended) + manual("c", ended) + afterwards, variables: variables)
    }

    private static func loop(_ rehearsal: Rehearsal, _ condition: String, _ body: String) throws -> StepResult.Outcome {
        try rehearsal.run(
            manual("a", "on_completion: while-condition--w")
                + yaml("while-condition--w", "condition: \"\(condition)\", on_true: action--b, on_completion: action--d")
                + body + afterwards, variables: "{__n__: {type: integer, value: \"0\"}}")
    }

    private static let count = "echo __n__=$((__n__:value + 1))"

    private static func choice(_ value: String, _ cases: String) throws -> Rehearsal {
        let rehearsal = Rehearsal()
        try #expect(
            rehearsal.run(
                manual("a", "on_completion: switch-condition--w")
                    + yaml("switch-condition--w", "switch: \"__v__:value\", cases: \(cases), on_completion: action--d")
                    + manual("b", ended) + manual("c", ended) + afterwards, variables: "{__v__: {type: string, value: \(value)}}")
                == .succeeded)
        return rehearsal
    }

    private static let branching: [String: @Sendable () throws -> Void] = [
        "if-true": {
            let rehearsal = Rehearsal()
            try #expect(condition(rehearsal, "1 = 1", "on_true: action--b, on_false: action--c") == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "b:succeeded", "i:succeeded", "d:succeeded"])
        },
        "if-false": {
            let rehearsal = Rehearsal()
            try #expect(condition(rehearsal, "1 = 2", "on_true: action--b, on_false: action--c") == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "c:succeeded", "i:succeeded", "d:succeeded"])
        },
        "if-no-else": {
            let rehearsal = Rehearsal()
            try #expect(condition(rehearsal, "1 = 2", "on_true: action--b") == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "i:succeeded", "d:succeeded"])
        },
        "branch-goes-on": {
            let rehearsal = Rehearsal()
            try #expect(
                rehearsal.run(
                    manual("a", "on_completion: if-condition--i")
                        + yaml("if-condition--i", "condition: 1 = 1, on_completion: action--d, on_true: action--b")
                        + manual("b", "on_completion: action--d") + afterwards) == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "b:succeeded", "d:succeeded", "i:succeeded", "d:succeeded"])
        },
        "if-fails": {
            let rehearsal = Rehearsal()
            rehearsal.answers["b"] = StepResult(.failed)
            try #expect(condition(rehearsal, "1 = 1", "on_true: action--b") == .failed)
            #expect(rehearsal.ended == ["a:succeeded", "b:failed", "i:failed"])
        },
        "while": {
            let rehearsal = Rehearsal()
            try #expect(loop(rehearsal, "__n__:value < 3", bash("b", count, "out_args: [__n__], \(ended)")) == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "b:succeeded", "b:succeeded", "b:succeeded", "w:succeeded", "d:succeeded"])
        },
        "while-back": {
            let rehearsal = Rehearsal()
            let body = bash("b", count, "out_args: [__n__], on_completion: while-condition--w")
            try #expect(loop(rehearsal, "__n__:value < 2", body) == .succeeded)
            #expect(rehearsal.ended == ["a:succeeded", "b:succeeded", "b:succeeded", "w:succeeded", "d:succeeded"])
        },
        "while-fails": {
            let rehearsal = Rehearsal()
            rehearsal.answers["b"] = StepResult(.failed)
            try #expect(loop(rehearsal, "1 = 1", manual("b", ended)) == .failed)
            #expect(rehearsal.ended == ["a:succeeded", "b:failed", "w:failed"])
        },
        "while-endless": {
            let rehearsal = Rehearsal()
            try #expect(loop(rehearsal, "1 = 1", manual("b", ended)) == .failed)
            #expect(rehearsal.tasks.count == 1001)
        },
        "switch-case": { try #expect(choice("one", "{one: action--b, default: action--c}").ended.contains("b:succeeded")) },
        "switch-default": { try #expect(choice("two", "{one: action--b, default: action--c}").ended.contains("c:succeeded")) },
        "switch-none": {
            let rehearsal = try choice("two", "{one: action--b, three: action--c}")
            #expect(rehearsal.ended == ["a:succeeded", "w:succeeded", "d:succeeded"])
        },
        "undecided": {
            for (text, type) in [("__v__:value = 'x'", "string"), ("__v__:value > 3", "integer"), ("what now", "string")] {
                let rehearsal = Rehearsal()
                rehearsal.decisions[text] = true
                try #expect(condition(rehearsal, text, "on_true: action--b", variables: "{__v__: {type: \(type)}}") == .succeeded)
                #expect(rehearsal.ended.contains("b:succeeded"))
                #expect(rehearsal.record.contains { $0.contains("/q succeeded") })
            }
        },
    ]

    // MARK: At the same time, and other playbooks

    private static func both(
        _ rehearsal: Rehearsal, _ steps: String, variables: String = "{}", rest: String = "", settings: RunSettings = RunSettings()
    ) throws
        -> StepResult.Outcome
    {
        try rehearsal.run(
            manual("a", "on_completion: parallel--p")
                + yaml("parallel--p", "next_steps: [action--b, action--c], \(rest) on_completion: action--d")
                + steps
                + "action--d: {type: action, name: d, agent: group--g, \(ended), commands: [{type: manual, command: \"__v__:value __w__:value\"}]}\n",
            variables: variables)
    }

    private static func other(_ steps: String, modified: String = "2026-11-21T00:00:00.000Z", extra: String = "", variables: String = "{}")
        throws -> Playbook
    {
        try #require(
            Rehearsal.read(
                steps, variables: variables, extra: extra, id: "playbook--00000000-0000-4000-8000-000000000002", modified: modified
            ).playbook)
    }

    private static func calling(_ rehearsal: Rehearsal, _ library: [Playbook], _ rest: String = "", variables: String = "{}") throws
        -> StepResult.Outcome
    {
        try rehearsal.run(
            manual("a", "on_completion: playbook-action--o")
                + yaml(
                    "playbook-action--o", "playbook_id: playbook--00000000-0000-4000-8000-000000000002, \(rest) on_completion: action--d")
                + "action--d: {type: action, name: d, agent: group--g, \(ended), commands: [{type: manual, command: \"__v__:value __w__:value\"}]}\n",
            variables: variables, library: Shelf(playbooks: library))
    }

    private static let together: [String: @Sendable () throws -> Void] = [
        "parallel": {
            let rehearsal = Rehearsal()
            rehearsal.pauses = ["b": 200, "c": 200]
            try #expect(both(rehearsal, manual("b", ended) + manual("c", ended)) == .succeeded)
            #expect(rehearsal.mostTogether == 2)
            #expect(rehearsal.ended.suffix(2) == ["p:succeeded", "d:succeeded"])
        },
        "parallel-fails": {
            let rehearsal = Rehearsal()
            rehearsal.answers["b"] = StepResult(.failed)
            rehearsal.pauses["c"] = 100
            try #expect(both(rehearsal, manual("b", ended) + manual("c", ended)) == .failed)
            #expect(rehearsal.ended.sorted() == ["a:succeeded", "b:failed", "c:succeeded", "p:failed"])
        },
        "parallel-values": {
            for (first, second) in [(0, 60), (60, 0)] {
                let rehearsal = Rehearsal()
                rehearsal.pauses = ["b": first, "c": second]
                let steps =
                    bash("b", "echo __v__=b; echo __w__=__v__:value", "out_args: [__v__, __w__], \(ended)")
                    + bash("c", "echo __v__=c", "out_args: [__v__], \(ended)")
                try #expect(both(rehearsal, steps, variables: "{__v__: {type: string, value: old}, __w__: {type: string}}") == .succeeded)
                #expect(rehearsal.tasks.last?.text == "c old")
            }
        },
        "parallel-many": {
            let ids = (0..<40).map { "b\($0)" }
            let rehearsal = Rehearsal()
            for id in ids { rehearsal.pauses[id] = 20 }
            let steps =
                manual("a", "on_completion: parallel--p")
                + yaml("parallel--p", "next_steps: [\(ids.map { "action--\($0)" }.joined(separator: ", "))], \(ended)")
                + ids.map { manual($0, ended) }.joined()
            try #expect(rehearsal.run(steps) == .succeeded)
            #expect(rehearsal.tasks.count == 41)
            #expect((2...RunContext.mostThreads + 1).contains(rehearsal.mostTogether))
        },
        "parallel-meet": {
            let rehearsal = Rehearsal()
            let steps = manual("b", "on_completion: action--m") + manual("c", "on_completion: action--m") + manual("m", ended)
            try #expect(both(rehearsal, steps) == .succeeded)
            #expect(rehearsal.ended.count { $0 == "m:succeeded" } == 2)
            #expect(rehearsal.ended.suffix(2) == ["p:succeeded", "d:succeeded"])
        },
        "parallel-stops": {
            let rehearsal = Rehearsal()
            let clock = ContinuousClock()
            let time = clock.measure {
                #expect(throws: PlaybookRunError.self) {
                    try both(
                        rehearsal,
                        yaml("action--b", "agent: group--g, commands: [{type: manual, command: x}], on_completion: if-condition--i")
                            + yaml("if-condition--i", "condition: a b, on_true: end--e")
                            + bash("c", "sleep 20", ended))
                }
            }
            #expect(time < .seconds(10))
            #expect(!rehearsal.begun.contains("d"))
        },
        "playbook": {
            let rehearsal = Rehearsal()
            rehearsal.answers["x"] = StepResult(.succeeded, variables: ["__w__": "back"])
            let step =
                "action--a: {type: action, name: x, agent: group--g, out_args: [__w__], \(ended), commands: [{type: manual, command: \"__v__:value __own__:value\"}]}\n"
            let old = try other(manual("a", ended), modified: "2026-11-20T00:00:00.000Z")
            let new = try other(
                step, variables: "{__v__: {type: string, external: true}, __w__: {type: string}, __own__: {type: string, value: own}}")
            try #expect(
                calling(
                    rehearsal, [old, new], "in_args: [__v__], out_args: [__w__],",
                    variables: "{__v__: {type: string, value: given}, __w__: {type: string}, __own__: {type: string, value: outer}}")
                    == .succeeded)
            #expect(rehearsal.tasks.map(\.text) == ["do a", "given own", "given back"])
        },
        "playbook-version": {
            let old = try other(manual("a", ended).replacing("name: a", with: "name: old"), modified: "2026-11-20T00:00:00.000Z")
            let new = try other(manual("a", ended).replacing("name: a", with: "name: new"))
            let rehearsal = Rehearsal()
            try #expect(calling(rehearsal, [old, new], "playbook_version: \"2026-11-20T00:00:00.000Z\",") == .succeeded)
            #expect(rehearsal.ended.contains("old:succeeded"))
            let none = Rehearsal()
            try #expect(calling(none, [old, new], "playbook_version: \"2026-11-19T00:00:00.000Z\",") == .failed)
        },
        "playbook-missing": {
            let rehearsal = Rehearsal()
            try #expect(calling(rehearsal, []) == .failed)
            #expect(rehearsal.ended == ["a:succeeded", "o:failed"])
            try #expect(calling(Rehearsal(), [other(manual("a", ended), extra: "revoked: true")]) == .failed)
            let itself = try #require(
                Rehearsal.read(
                    manual("a", "on_completion: playbook-action--o")
                        + yaml("playbook-action--o", "playbook_id: playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562, \(ended)")
                ).playbook)
            let circle = Rehearsal()
            let engine = try PlaybookEngine(itself, values: [:], performer: circle, record: circle, library: Shelf(playbooks: [itself]))
            try #expect(engine.run() == .failed)
            var byHand = RunSettings()
            byHand.isByHand = true
            let person = Rehearsal()
            let calls = try #require(
                Rehearsal.read(
                    yaml("playbook-action--o", "playbook_id: playbook--0b1f4a10-6efc-4516-a242-dfbc5c89d562, \(ended)")
                        + manual("a", "on_completion: playbook-action--o")
                ).playbook)
            try #expect(PlaybookEngine(calls, values: [:], performer: person, record: person, settings: byHand).run() == .succeeded)
            #expect(person.tasks.last?.text == "playbook--0b1f4a10-6efc-4516-a242-dfbc5c89d562")
        },
        "playbook-fails": {
            let rehearsal = Rehearsal()
            rehearsal.answers["x"] = StepResult(.failed)
            try #expect(calling(rehearsal, [other(manual("a", ended).replacing("name: a", with: "name: x"))]) == .failed)
            #expect(rehearsal.ended == ["a:succeeded", "x:failed", "o:failed"])
            let tidied = Rehearsal()
            tidied.answers["x"] = StepResult(.failed)
            let tidies = try other(
                manual("a", ended).replacing("name: a", with: "name: x") + manual("t", ended), extra: "workflow_exception: action--t")
            try #expect(calling(tidied, [tidies]) == .failed)
            #expect(tidied.ended == ["a:succeeded", "x:failed", "t:succeeded", "o:failed"])
        },
    ]

    // MARK: Time and limits

    private static let retrying = "step_extensions: {\(StepPolicy.extensionID): {retry: {attempts: 3, wait: 10, factor: 2}}}, "

    private static let time: [String: @Sendable () throws -> Void] = [
        "delay": {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(manual("a", "delay: 15, \(ended)")) == .succeeded)
            #expect(rehearsal.waits == [15])
        },
        "timeout-command": {
            let rehearsal = Rehearsal()
            let clock = ContinuousClock()
            let time = try clock.measure {
                try #expect(
                    rehearsal.run(
                        bash("a", "sleep 30 & sleep 30", "timeout: 200, on_success: end--e, on_failure: action--b") + manual("b", ended))
                        == .succeeded)
            }
            #expect(time < .seconds(8))
            #expect(rehearsal.ended == ["a:failed", "b:succeeded"])
        },
        "timeout-person": {
            let rehearsal = Rehearsal()
            rehearsal.pauses["a"] = 80
            try #expect(rehearsal.run(manual("a", "timeout: 20, \(ended)")) == .failed)
            #expect(rehearsal.ended == ["a:failed"])
        },
        "timeout-branch": {
            for branch in ["if-condition--i", "while-condition--i", "parallel--i"] {
                let rehearsal = Rehearsal()
                rehearsal.pauses = ["b": 60, "c": 60]
                let rest = branch.hasPrefix("parallel") ? "next_steps: [action--b, action--c]" : "condition: 1 = 1, on_true: action--b"
                let outcome = try rehearsal.run(
                    manual("a", "on_completion: \(branch)") + yaml(branch, "timeout: 90, \(rest), \(ended)")
                        + bash("b", "sleep 0.05", "on_completion: action--c")
                        + bash("c", "sleep 0.05", "on_completion: action--f") + manual("f", ended))
                #expect(outcome == .failed)
                #expect(rehearsal.ended.last == "i:failed", "\(branch) \(rehearsal.ended)")
            }
            // What handles it has its own time, also where the step within had a limit too.
            let handled = Rehearsal()
            try #expect(
                handled.run(
                    manual("a", "on_completion: if-condition--i")
                        + yaml("if-condition--i", "timeout: 60, condition: 1 = 1, on_true: if-condition--j, on_failure: action--f")
                        + yaml("if-condition--j", "timeout: 5000, condition: 1 = 1, on_true: action--b, \(ended)")
                        + bash("b", "sleep 0.2", "timeout: 9000, on_completion: action--c") + manual("c", ended)
                        + manual("f", "timeout: 5000, \(ended)")) == .succeeded)
            #expect(handled.ended.last == "f:succeeded", "\(handled.ended)")
        },
        "timeout-none": {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(bash("a", "true", "timeout: 0, on_completion: action--b") + bash("b", "true", ended)) == .succeeded)
            #expect(rehearsal.jobs.map(\.timeout) == [300_000, 300_000])
            let person = Rehearsal()
            try #expect(person.run(manual("a", ended)) == .succeeded)
            #expect(person.tasks[0].deadline == nil)
        },
        "retry": {
            let rehearsal = Rehearsal()
            rehearsal.sequences["a"] = [StepResult(.failed), StepResult(.failed), StepResult(.succeeded)]
            try #expect(rehearsal.run(manual("a", retrying + ended)) == .succeeded)
            #expect(rehearsal.ended == ["a:failed", "a:failed", "a:succeeded"])
            #expect(rehearsal.waits == [10, 20])
            let lost = Rehearsal()
            lost.answers["a"] = StepResult(.failed)
            try #expect(lost.run(manual("a", retrying + ended)) == .failed)
            #expect(lost.tasks.count == 3)
            // Each try has its own time.
            let late = Rehearsal()
            try #expect(late.run(bash("a", "sleep 9", "timeout: 100, " + retrying + ended)) == .failed)
            #expect(late.jobs.map { $0.timeout > 50 } == [true, true, true])
        },
        "output-much": {
            let rehearsal = Rehearsal()
            try #expect(rehearsal.run(bash("a", "head -c 300000 /dev/zero | tr '\\0' x; exit 0", ended)) == .succeeded)
            let kept = try #require(rehearsal.result(of: "a")?.output).utf8.count
            #expect((CommandRunner.mostOutput...CommandRunner.mostOutput + 100).contains(kept))
        },
        "circles": {
            let rehearsal = Rehearsal()
            #expect(throws: PlaybookRunError.endless(steps: PlaybookEngine.mostSteps)) {
                try rehearsal.run(manual("a", "on_completion: action--b") + manual("b", "on_completion: action--a"))
            }
        },
        "depth": {
            var steps = manual("a", "on_completion: if-condition--i0")
            for level in 0..<20 {
                steps += yaml("if-condition--i\(level)", "condition: 1 = 1, on_true: if-condition--i\(level + 1), \(ended)")
            }
            steps += yaml("if-condition--i20", "condition: 1 = 1, on_true: end--e, \(ended)")
            try #expect(Rehearsal().run(steps) == .failed)
        },
        "revoked": {
            let revoked = try Rehearsal.read(manual("a", ended), extra: "revoked: true")
            #expect(throws: PlaybookRunError.revoked) { try revoked.runnable() }
            let old = try Rehearsal.read(manual("a", ended), extra: "valid_until: \"2020-01-01T00:00:00Z\"")
            #expect(throws: PlaybookRunError.notValidNow(from: nil, until: "2020-01-01T00:00:00Z")) { try old.runnable() }
            let early = try Rehearsal.read(manual("a", ended), extra: "valid_from: \"2120-01-01T00:00:00Z\"")
            #expect(throws: PlaybookRunError.self) { try early.runnable() }
        },
    ]
}
