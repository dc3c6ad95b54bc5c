import Foundation
import Incidents
import TestSupport
import Testing
import Trust

/// Commands as a responder types them: what they print, and how they end.
@Suite struct CommandTests {
    private let code = "VG-2026-0001"

    @Test func exitCodesSayWhatHappened() throws {
        let desk = try Desk()
        #expect(try desk.run("incident", "list").code == 0)
        #expect(try desk.run("incident", "show", "VG-2026-0009").code == 3)
        #expect(try desk.run("incident", "contain", code).code == 4)
        #expect(try desk.run("incident", "frobnicate").code == 2)
        #expect(try desk.run("incident", "list", "--state", desk.folder + "/none").code == 1)
        #expect(try desk.run("playbook", "show", "nothing").code == 3)
    }

    @Test func errorsAreOneLineInBothLanguages() throws {
        let desk = try Desk()
        let english = try desk.run("incident", "show", "VG-2026-0009").errors
        let vietnamese = try desk.run("incident", "show", "VG-2026-0009", language: "vi_VN.UTF-8").errors
        #expect(english == "vonggac: no incident VG-2026-0009\n")
        #expect(vietnamese == "vonggac: không tìm thấy sự cố VG-2026-0009\n")
    }

    @Test func everyListAndShowHasJSON() throws {
        let desk = try Desk()
        _ = try desk.run("incident", "confirm", code)
        for command in [
            ["incident", "list"], ["incident", "show", code], ["incident", "timeline", code], ["alert", "list"], ["alert", "show", "1"],
            ["sensor", "list"], ["agency", "list"], ["evidence", "list"], ["clock", "list"], ["playbook", "list"],
            ["playbook", "show", "malware"], ["playbook", "validate"], ["rules", "list", ProjectFiles.path("Rules/scan.rules")],
            ["report", "weekly", "--week", "2026-W47"],
        ] {
            let result = try run(desk, command + ["--json"])
            #expect(result.code == 0, "\(command): \(result.errors)")
            #expect(throws: Never.self, "\(command)") { try JSONValue(parsing: result.output) }
            #expect(!result.output.contains("\u{1b}"), "\(command)")
        }
    }

    private func run(_ desk: Desk, _ arguments: [String]) throws -> Desk.Result {
        switch arguments.count {
        case 3: try desk.run(arguments[0], arguments[1], arguments[2])
        case 4: try desk.run(arguments[0], arguments[1], arguments[2], arguments[3])
        default: try desk.run(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
        }
    }

    /// Control characters of traffic never reach the terminal.
    @Test func textFromTheWireIsHarmless() throws {
        let desk = try Desk()
        for command in [["alert", "list"], ["alert", "show", "1"], ["incident", "show", code]] {
            let output =
                try command.count == 2 ? desk.run(command[0], command[1]).output : desk.run(command[0], command[1], command[2]).output
            #expect(output.contains("red"))
            #expect(!output.contains("\u{1b}") && !output.contains("\u{7}"), "\(command)")
        }
    }

    @Test func confirmingStartsTheClocks() throws {
        let desk = try Desk()
        #expect(try desk.run("clock", "list").output == "No deadline is running.\n")
        #expect(try desk.run("clock", "list", "--candidates").output.contains("R26_24"))
        _ = try desk.run("incident", "confirm", code)
        let clocks = try desk.run("clock", "list").output
        #expect(clocks.contains("R26_24") && clocks.contains("R26_72") && clocks.contains("18/11/2026 08:00:00"))
        _ = try desk.run("incident", "classify", code, "--flag", "personal_data", "--reason", "lists leaked")
        #expect(try desk.run("clock", "list").output.contains("PDP_72"))
        #expect(try desk.run("clock", "meet", code, "R26_24", "--document", "1/TB").code == 0)
        #expect(try desk.run("clock", "meet", code, "R26_24", "--document", "2/TB").code == 4)
        #expect(try !desk.run("clock", "list").output.contains("R26_24 "))
        #expect(try desk.run("clock", "list", "--all").output.contains("met"))
        let shown = try desk.run("clock", "show", code).output
        #expect(shown.contains("\(code)  R26_24") && shown.contains("\(code)  PDP_72") && shown.contains("1/TB"))
        let one = try desk.run("clock", "show", code, "pdp_72").output
        #expect(one.contains("\(code)  PDP_72") && !one.contains("R26_24"))
        #expect(try desk.run("clock", "show", code, "R17_UPDATE").code == 3)
    }

    @Test func unknownCategoriesAndFlagsAreRefused() throws {
        let desk = try Desk()
        #expect(try desk.run("incident", "classify", code, "--category", "MALWERE", "--reason", "x").code == 2)
        #expect(try desk.run("incident", "classify", code, "--flag", "secret", "--reason", "x").code == 2)
    }

    @Test func playbookRunsByAnswersAndIsOnRecord() throws {
        let desk = try Desk()
        let answers = try desk.write(
            """
            steps:
              "C2. Verify, classify, grade (within 1 hour)": {values: {__confirmed__: "true"}, note: "seen"}
              "Find out: did a login succeed": {values: {__login_succeeded__: "true"}}
              "Eradicate: credentials and backdoors": {values: {__cause__: "weak password"}}
            otherwise: {note: done}
            """, to: "answers.yaml")
        let refused = try desk.run("playbook", "run", "password-attack", "--incident", code, "--answers", answers)
        #expect(refused.code == 4)
        #expect(refused.errors.contains("--yes"))
        let result = try desk.run("playbook", "run", "password-attack", "--incident", code, "--answers", answers, "--yes")
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.contains("C3. Initial notice within 24 hours"))
        #expect(result.output.contains("succeeded"))
        let timeline = try desk.run("incident", "timeline", code).output
        for kind in ["playbook.started", "playbook.step.started", "playbook.step.finished", "playbook.finished", "weak password"] {
            #expect(timeline.contains(kind), "\(kind)")
        }
        #expect(try desk.run("audit", "verify").code == 0)
        let report = try desk.run("report", "weekly", "--week", "2026-W47").output
        #expect(report.contains("Password attack response"))
    }

    @Test func playbookWithoutAnswersStopsAndSaysSo() throws {
        let desk = try Desk()
        let result = try desk.run("playbook", "run", "malware", "--incident", code, "--yes")
        #expect(result.code == 4)
        #expect(result.errors.contains("--answers"))
        #expect(try desk.run("incident", "timeline", code).output.contains("aborted"))
    }

    @Test func brokenPlaybooksAreJudged() throws {
        let desk = try Desk()
        let file = try desk.write(#"{"type": "playbook", "spec_version": "1.0"}"#, to: "old.json")
        let result = try desk.run("playbook", "validate", file)
        #expect(result.code == 1)
        #expect(result.output.contains("/spec_version") && result.output.contains("/workflow"))
        #expect(try desk.run("playbook", "run", file, "--incident", code).code == 1)
        let rubbish = try desk.write("{", to: "rubbish.json")
        #expect(try desk.run("playbook", "validate", rubbish).code == 1)
    }

    @Test func reportIsWrittenWhole() throws {
        let desk = try Desk()
        let path = desk.folder + "/report.html"
        let result = try desk.run("report", "weekly", "--from", "2026-11-16", "--to", "2026-11-22", "-o", path)
        #expect(result.code == 0, "\(result.errors)")
        let html = try String(contentsOfFile: path, encoding: .utf8)
        #expect(html.hasSuffix("</html>\n"))
        #expect(html.contains("week 47/2026"))
        for arguments in [["--week", "2026-W60"], ["--from", "2026-11-16"], ["--from", "2026-11-16", "--to", "2026-11-01"]] {
            let result =
                try arguments.count == 2
                ? desk.run("report", "weekly", arguments[0], arguments[1])
                : desk.run("report", "weekly", arguments[0], arguments[1], arguments[2], arguments[3])
            #expect(result.code == 2, "\(arguments)")
        }
        let unwritable = try desk.run("report", "weekly", "--week", "2026-W47", "-o", "/proc/report.html")
        #expect(unwritable.code == 1)
        #expect(unwritable.errors.split(separator: "\n").count == 1)
    }

    @Test func changesOfSystemsEnterTheReport() throws {
        let desk = try Desk()
        #expect(try desk.run("agency", "change", "SNV", "New mail server", "--at", "2026-11-18").code == 0)
        #expect(try desk.run("agency", "change", "NONE", "x").code == 3)
        #expect(try desk.run("report", "weekly", "--week", "2026-W47").output.contains("New mail server"))
    }
}
