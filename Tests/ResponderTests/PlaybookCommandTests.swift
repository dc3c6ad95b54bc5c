import Foundation
import TestSupport
import Testing
import Trust

/// Playbooks as a responder runs, watches, interrupts, takes up and undoes them.
@Suite struct PlaybookCommandTests {
    private let code = "VG-2026-0001"

    private func playbook(_ steps: String, variables: String = "{}") -> String {
        """
        type: playbook
        spec_version: cacao-2.0
        id: playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562
        name: Thử / Test
        created_by: identity--5abe695c-7bd5-4c31-8824-2528696cdbf1
        created: "2026-11-21T00:00:00.000Z"
        modified: "2026-11-21T00:00:00.000Z"
        playbook_variables: \(variables)
        workflow_start: start--s
        agent_definitions: {group--g: {type: group, name: Trực / Duty}}
        workflow:
          start--s: {type: start, on_completion: action--a}
          end--e: {type: end}
        \(steps.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
        """
    }

    private func bash(_ id: String, _ script: String, _ rest: String) throws -> String {
        "action--\(id): {type: action, name: \(id), agent: group--g, commands: [{type: bash, command: \(try JSONValue.string(script).canonicalText())}], \(rest)}\n"
    }

    private let ended = "on_completion: end--e"
    private let extensionID = "extension-definition--7d1f3c52-6a0e-4b8e-9c55-0a4c1f6e2b71"

    private func lines(_ desk: Desk, _ file: String) -> [String] {
        ((try? String(contentsOfFile: desk.folder + "/" + file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    @Test func unsignedPlaybooksDoNothingByThemselves() throws {
        let desk = try Desk()
        let file = try desk.write(playbook(bash("a", "echo ran >> \(desk.folder)/effects", ended)), to: "p.yaml")
        let refused = try desk.run("playbook", "run", file, "--incident", code, "--yes")
        #expect(refused.code == 4 && refused.errors.contains("not signed"), "\(refused.errors)")
        #expect(lines(desk, "effects").isEmpty)
        #expect(try desk.run("playbook", "status").output.contains("No playbook"))
        // A person may do it.
        let answers = try desk.write("otherwise: {note: done}", to: "answers.yaml")
        #expect(try desk.run("playbook", "run", file, "--incident", code, "--by-hand", "--answers", answers).code == 0)
        #expect(lines(desk, "effects").isEmpty)
        #expect(try desk.run("playbook", "run", file, "--incident", code, "--yes", "--allow-unsigned").code == 0)
        #expect(lines(desk, "effects") == ["ran"])
        // Signed by somebody whom the office trusts, until it is changed.
        let key = try desk.run("playbook", "key", desk.folder + "/key.pem", "--name", "Đội")
        let policy = try desk.write(key.output, to: "trust.yaml")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: policy)
        #expect(try desk.run("playbook", "sign", file, "--key", desk.folder + "/key.pem", "--signee", "Đội").code == 0)
        #expect(try desk.run("playbook", "verify", file, "--trusted", "--trust", policy).code == 0)
        #expect(try desk.run("playbook", "run", file, "--incident", code, "--yes", "--trust", policy).code == 0)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacing("echo ran", with: "echo evil").write(toFile: file, atomically: true, encoding: .utf8)
        let changed = try desk.run("playbook", "run", file, "--incident", code, "--yes", "--trust", policy)
        #expect(changed.code == 4 && changed.errors.contains("changed"), "\(changed.errors)")
        #expect(try desk.run("playbook", "verify", file).code == 1)
        #expect(lines(desk, "effects") == ["ran", "ran"])
        #expect(try desk.run("audit", "verify").code == 0)
    }

    /// kill -9 in the middle of two branches and a loop; what was done stays done, what may have been done is asked about.
    @Test func killedRunsGoOn() throws {
        let desk = try Desk()
        let effects = desk.folder + "/effects"
        let steps =
            try bash("a", "echo a >> \(effects)", "on_completion: parallel--p")
            + "parallel--p: {type: parallel, name: p, next_steps: [action--slow, while-condition--w], \(ended)}\n"
            + bash("slow", "echo slow >> \(effects); exec sleep 30", ended)
            + "while-condition--w: {type: while-condition, name: w, condition: \"__n__:value < 3\", on_true: action--l, \(ended)}\n"
            + bash("l", "echo l >> \(effects); echo __n__=$((__n__:value + 1))", "out_args: [__n__], \(ended)")
        let file = try desk.write(playbook(steps, variables: "{__n__: {type: integer, value: \"0\"}}"), to: "p.yaml")
        let process = try desk.start("playbook", "run", file, "--incident", code, "--yes", "--allow-unsigned")
        var waited = 0
        while lines(desk, "effects").count < 5, waited < 200 {
            usleep(50_000)
            waited += 1
        }
        #expect(lines(desk, "effects").sorted() == ["a", "l", "l", "l", "slow"])
        let held = try desk.run("playbook", "resume", "1", "--yes", "--allow-unsigned", "--interrupted", "again")
        #expect(held.code == 4 && held.errors.contains("runs 1"), "held: \(held.errors)")
        usleep(300_000)
        // Foundation would wait for the script that outlives it.
        kill(process.processIdentifier, SIGKILL)
        usleep(300_000)
        #expect(try desk.run("playbook", "status", "1").output.contains("interrupted"))
        // The script of the killed run goes on by itself; nobody starts a second one beside it.
        let left = try desk.run("playbook", "resume", "1", "--yes")
        #expect(left.code == 4 && left.errors.contains("still runs"), "left: \(left.errors)")
        let processes = left.errors.split(whereSeparator: { !$0.isNumber }).compactMap { Int32($0) }.filter { $0 > 1 }
        for id in processes { kill(id, SIGKILL) }
        usleep(200_000)
        let asked = try desk.run("playbook", "resume", "1", "--yes")
        #expect(asked.code == 4 && asked.errors.contains("may have run"), "\(asked.errors)")
        let done = try desk.run("playbook", "resume", "1", "--yes", "--interrupted", "done")
        #expect(done.code == 0, "\(done.errors)")
        #expect(lines(desk, "effects").sorted() == ["a", "l", "l", "l", "slow"])
        #expect(try desk.run("playbook", "resume", "1", "--yes").code == 4)
        #expect(try desk.run("audit", "verify").code == 0)
        let document = try JSONValue(parsing: desk.run("playbook", "status", "1", "--json").output)
        #expect(document["outcome"]?.text == "succeeded")
        #expect(document["passages"]?.elements?.allSatisfy { $0["outcome"]?.text == "succeeded" } == true)
    }

    @Test func eventsAreLinesOfJSONAndCanBeFollowed() throws {
        let desk = try Desk()
        let file = try desk.write(playbook(bash("a", "echo out", ended)), to: "p.yaml")
        let result = try desk.run("playbook", "run", file, "--incident", code, "--yes", "--allow-unsigned", "--json")
        let events = try result.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(events.first?["event"]?.text == "run.started" && events.last?["event"]?.text == "run.finished")
        #expect(events.contains { $0["event"]?.text == "step.finished" && $0["output"]?.text == "out\n" })
        #expect(events.last?["outcome"]?.text == "succeeded")
        let followed = try desk.run("playbook", "follow", "1")
        #expect(followed.output.contains("✓ a  out") && followed.output.contains("Run 1: succeeded."))
        #expect(try desk.run("playbook", "follow", "1", "--json").output.split(separator: "\n").count >= 6)
        #expect(try desk.run("playbook", "follow", "9").code == 3)
        for line in try desk.run("playbook", "status", "1").output.split(separator: "\n") { #expect(line.count <= 80) }
    }

    @Test func abortStopsARunElsewhere() throws {
        let desk = try Desk()
        let file = try desk.write(
            playbook(bash("a", "exec sleep 60", "on_completion: action--b") + bash("b", "echo b >> \(desk.folder)/effects", ended)),
            to: "p.yaml")
        let process = try desk.start("playbook", "run", file, "--incident", code, "--yes", "--allow-unsigned")
        usleep(1_500_000)
        let abort = try desk.run("playbook", "abort", "1", "--actor", "Lan")
        #expect(abort.code == 0 && abort.output.contains("aborted"), "\(abort.output)\(abort.errors)")
        process.waitUntilExit()
        #expect(process.terminationStatus == 1)
        #expect(lines(desk, "effects").isEmpty)
        #expect(try desk.run("playbook", "abort", "1").code == 4)
        #expect(try desk.run("playbook", "resume", "1", "--yes", "--interrupted", "done").code == 0)
        #expect(lines(desk, "effects") == ["b"])
    }

    /// `| head` ends a run as Ctrl-C does: the record says so, and it can be gone on with.
    @Test func aReaderThatLeavesStopsTheRunInGoodOrder() throws {
        let desk = try Desk()
        let steps =
            try bash("a", "echo a >> \(desk.folder)/effects", "on_completion: action--b")
            + bash("b", "sleep 1", "on_completion: action--c") + bash("c", "sleep 1", "on_completion: action--d")
            + bash("d", "sleep 30", ended)
        let file = try desk.write(playbook(steps), to: "p.yaml")
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = [
            "-c",
            "VONGGAC_STATE='\(desk.folder)' '\(Command.built("vonggac"))' playbook run '\(file)' --incident \(code) --yes --allow-unsigned | head -1 >/dev/null",
        ]
        try shell.run()
        shell.waitUntilExit()
        let status = try desk.run("playbook", "status", "1").output
        #expect(status.contains("aborted") && status.contains("vonggac playbook resume 1"), "\(status)")
        #expect(lines(desk, "effects") == ["a"])
        #expect(try desk.run("audit", "verify").code == 0)
    }

    private func destructive(_ desk: Desk, confirm: String) throws -> String {
        let policy =
            "step_extensions: {\(extensionID): {destructive: true, confirm: \(confirm), rollback: {commands: [{type: bash, command: \"echo undo __v__:value >> \(desk.folder)/effects\"}], expires: 1}}}"
        return try desk.write(
            playbook(
                bash("a", "echo block __v__:value >> \(desk.folder)/effects", "\(policy), \(ended)"),
                variables: "{__v__: {type: ipv4-addr, value: 198.51.100.66}}"), to: "\(confirm).yaml")
    }

    @Test func destructiveStepsAreConfirmedAndUndone() throws {
        let desk = try Desk()
        let file = try destructive(desk, confirm: "typed")
        let plan = try desk.run("playbook", "plan", file)
        #expect(
            plan.output.contains("echo block 198.51.100.66") && plan.output.contains("echo undo 198.51.100.66")
                && plan.output.contains("Nothing was done"))
        let refused = try desk.run("playbook", "run", file, "--incident", code, "--yes", "--allow-unsigned")
        #expect(refused.code == 4 && refused.errors.contains("--confirm 198.51.100.66"))
        #expect(
            try desk.run("playbook", "run", file, "--incident", code, "--yes", "--allow-unsigned", "--confirm", "198.51.100.67").code == 4)
        #expect(lines(desk, "effects").isEmpty)
        #expect(try desk.run("playbook", "resume", "1", "--yes", "--confirm", "198.51.100.66").code == 0)
        #expect(lines(desk, "effects") == ["block 198.51.100.66"])
        #expect(try desk.run("playbook", "rollback", "1", "--plan").output.contains("echo undo 198.51.100.66"))
        #expect(try desk.run("playbook", "rollback", "1").code == 4)
        #expect(try desk.run("playbook", "rollback", "--expired", "--yes").code == 0)
        #expect(lines(desk, "effects") == ["block 198.51.100.66", "undo 198.51.100.66"])
        #expect(try desk.run("playbook", "rollback", "1", "--yes").output.contains("nothing to undo"))
        #expect(lines(desk, "effects").count == 2)
        let timeline = try desk.run("incident", "timeline", code).output
        for kind in ["playbook.step.confirmed", "playbook.undo.started", "playbook.undo.finished"] { #expect(timeline.contains(kind)) }
        #expect(try desk.run("audit", "verify").code == 0)
    }

    @Test func aSecondPersonMustBeAnother() throws {
        let desk = try Desk()
        let file = try destructive(desk, confirm: "second_person")
        let waiting = try desk.run(
            "playbook", "run", file, "--incident", code, "--yes", "--allow-unsigned", "--confirm", "198.51.100.66", "--actor", "Lan")
        #expect(waiting.code == 4 && waiting.errors.contains("approve 1"), "\(waiting.errors)")
        #expect(try desk.run("playbook", "approve", "1", "--yes", "--actor", "Lan").code == 4)
        #expect(try desk.run("playbook", "resume", "1", "--yes", "--actor", "Lan").code == 4)
        #expect(lines(desk, "effects").isEmpty)
        let agreed = try desk.run("playbook", "approve", "1", "--yes", "--actor", "Minh")
        #expect(agreed.code == 0 && agreed.output.contains("echo block 198.51.100.66"))
        #expect(try desk.run("playbook", "resume", "1", "--yes", "--actor", "Lan").code == 0)
        #expect(lines(desk, "effects") == ["block 198.51.100.66"])
        #expect(try desk.run("incident", "timeline", code).output.contains("Minh"))
    }

    @Test func attachmentsBecomeEvidence() throws {
        let desk = try Desk()
        let log = try desk.write("a line", to: "access.log")
        let step = "action--a: {type: action, name: a, agent: group--g, commands: [{type: manual, command: x}], \(ended)}"
        let file = try desk.write(playbook(step), to: "p.yaml")
        let answers = try desk.write("steps: {a: {note: kept, attachment: \(log)}}", to: "answers.yaml")
        #expect(try desk.run("playbook", "run", file, "--incident", code, "--answers", answers).code == 0)
        #expect(try desk.run("evidence", "list", "--json").output.contains("access.log"))
        #expect(try desk.run("evidence", "verify").code == 0)
    }

    @Test func findingsHaveLinesAndGrades() throws {
        let desk = try Desk()
        let file = try desk.write(
            playbook(
                "action--a: {type: action, name: a, agent: group--g, comands: [], commands: [{type: bash, command: \"__v__:value\"}], on_completion: end--x}"
            ),
            to: "p.yaml")
        let result = try desk.run("playbook", "validate", file)
        #expect(result.code == 1)
        #expect(result.output.contains("p.yaml:14: error: /workflow/action--a/on_completion"), "\(result.output)")
        #expect(
            result.output.contains("warning") && result.output.contains("unsafe interpolation") && result.output.contains("hint")
                && result.output.contains("did you mean commands"))
        let findings = try JSONValue(parsing: desk.run("playbook", "validate", file, "--json").output)
        #expect(findings.elements?[0]["findings"]?.elements?.contains { $0["line"]?.integer == 14 } == true)
    }

    @Test func convertAndNewKeepWhatWasWritten() throws {
        let desk = try Desk()
        #expect(try desk.run("playbook", "convert", "malware", "--to", "yaml", "-o", desk.folder + "/m.yaml").code == 0)
        #expect(try desk.run("playbook", "verify", desk.folder + "/m.yaml").code == 0)
        #expect(try desk.run("playbook", "convert", desk.folder + "/m.yaml", "-o", desk.folder + "/m.json").code == 0)
        let original = try String(contentsOfFile: ProjectFiles.path("Playbooks/malware.json"), encoding: .utf8)
        #expect(try String(contentsOfFile: desk.folder + "/m.json", encoding: .utf8) == original)
        let new = desk.folder + "/new.yaml"
        #expect(try desk.run("playbook", "new", new, "--from", "phishing", "--title", "Của tôi / Mine").code == 0)
        #expect(try desk.run("playbook", "new", new).code == 4)
        #expect(try desk.run("playbook", "validate", new).output.contains("valid"))
        #expect(try desk.run("playbook", "verify", new).code == 1)
        #expect(try desk.run("playbook", "show", new).output.contains("Mine"))
    }
}
