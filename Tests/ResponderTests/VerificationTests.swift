import Foundation
import Incidents
import TestSupport
import Testing
import Trust

/// Evidence, checkpoints and audits as a responder types them, and `docs/verify-ledger.sh`, which needs none of this program.
@Suite struct VerificationTests {
    private let code = "VG-2026-0001"

    private func desk() throws -> Desk {
        let desk = try Desk()
        #expect(try desk.run("incident", "confirm", code).code == 0)
        let letter = try desk.write("Thưa các anh chị\n\u{1b}[31mđỏ\n", to: "thư.txt")
        #expect(try desk.run("evidence", "add", letter, "--incident", code, "--note", "thư báo").code == 0)
        #expect(try desk.run("audit", "key", "create").code == 0)
        #expect(try desk.run("audit", "checkpoint").code == 0)
        return desk
    }

    private func stranger(_ desk: Desk, _ more: String...) throws -> (code: Int32, output: String) {
        let run = try Command([ProjectFiles.path("docs/verify-ledger.sh"), desk.folder + "/incidents.sqlite"] + more)
        return (try run.finish(), run.output)
    }

    private func sqlite(_ desk: Desk, _ sql: String) throws {
        #expect(try Command("sqlite3", desk.folder + "/incidents.sqlite", sql).finish() == 0)
    }

    @Test func strangerFindsItWhole() throws {
        let desk = try desk()
        let checkpoints = try FileManager.default.contentsOfDirectory(atPath: desk.folder + "/checkpoints").filter { $0.hasSuffix(".json") }
        let (code, output) = try stranger(desk, desk.folder + "/keys/ledger.key.pub", desk.folder + "/checkpoints/" + checkpoints[0])
        #expect(code == 0, "\(output)")
        #expect(output.contains("1 alerts, 1 checkpoints, 0 findings"))
        // The same last hash that the program prints.
        let own = try desk.run("audit", "verify")
        #expect(own.code == 0 && own.output.split(separator: "\n").contains { output.contains($0) && $0.count == 64 })
    }

    /// What somebody with the file and sqlite3 does, and what both then say.
    @Test(arguments: [
        ("DROP TRIGGER event_never_changes; UPDATE event SET actor = 'x' WHERE seq = 3", "event 3: changed"),
        ("DROP TRIGGER event_never_goes; DELETE FROM event WHERE seq = 3", "missing"),
        ("DROP TRIGGER event_never_goes; DELETE FROM event WHERE seq > 3", "missing"),
        ("DROP TRIGGER alert_never_changes; UPDATE alert SET message = 'x'", "alert 1: changed"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM alert", "alert 1: missing"),
        ("UPDATE incident SET severity = 'M4'", "incident 1: severity is M4"),
        (
            "INSERT INTO clock (incident_id, code, profile, t0, seen_at, written_at) VALUES (1, 'X', 'vn-2026', 1, 1, 1)",
            "not in the ledger"
        ),
    ]) func strangerFinds(_ sql: String, _ words: String) throws {
        let desk = try desk()
        try sqlite(desk, sql)
        let (code, output) = try stranger(desk)
        #expect(code == 1 && output.contains(words), "\(output)")
        let own = try desk.run("audit", "verify")
        #expect(own.code == 1 && own.output.contains(words), "\(own.output)\(own.errors)")
    }

    @Test func strangerFindsChangedEvidenceAndForgedCheckpoint() throws {
        let desk = try desk()
        let item = try #require(JSONValue(parsing: try desk.run("evidence", "list", "--json").output).elements?.first?["sha256"]?.text)
        let file = "\(desk.folder)/evidence/\(item.prefix(2))/\(item.dropFirst(2).prefix(2))/\(item)"
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o440)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        try Data("khác".utf8).write(to: URL(fileURLWithPath: file))
        #expect(try stranger(desk).output.contains("\(item): the content has changed"))
        let own = try desk.run("evidence", "verify")
        #expect(own.code == 1 && own.output.contains(item))
        #expect(try desk.run("evidence", "view", "1").code == 1)
        #expect(try desk.run("evidence", "export", "--incident", code, "--to", desk.folder + "/gói", "--reason", "x").code == 1)

        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: desk.folder + "/checkpoints").first { $0.hasSuffix(".json") })
        let checkpoint = desk.folder + "/checkpoints/" + name
        let text = try String(contentsOfFile: checkpoint, encoding: .utf8)
        try FileManager.default.removeItem(atPath: checkpoint)
        _ = try desk.write(text.replacing("\"seq\":", with: "\"seq\":1"), to: "checkpoints/" + name)
        #expect(try stranger(desk, desk.folder + "/keys/ledger.key.pub", checkpoint).output.contains("the signature is wrong"))
        #expect(try desk.run("audit", "verify").output.contains("the signature is wrong"))
    }

    @Test func evidenceFromAddToPackage() throws {
        let desk = try desk()
        let view = try desk.run("evidence", "view", "1", "--reason", "đọc thư")
        #expect(
            view.code == 0 && view.output.contains("Thưa các anh chị") && view.output.contains("\nđỏ") && !view.output.contains("\u{1b}"))
        let copy = desk.folder + "/bản sao"
        #expect(try desk.run("evidence", "copy", "1", copy, "--reason", "giám định").code == 0)
        #expect(try desk.run("evidence", "copy", "1", copy, "--reason", "giám định").code == 1)
        #expect(try String(contentsOfFile: copy, encoding: .utf8).hasPrefix("Thưa"))
        let package = desk.folder + "/gói.tar"
        let export = try desk.run("evidence", "export", "--incident", code, "--to", package, "--reason", "bàn giao", "--json")
        #expect(export.code == 0, "\(export.errors)")
        #expect(try desk.run("evidence", "verify", package, "--key", desk.folder + "/keys/ledger.key.pub").code == 0)
        let show = try desk.run("evidence", "show", "1")
        for word in ["stored", "viewed", "copied", "exported", "đọc thư", "giám định", "trực"] {
            #expect(show.output.contains(word), "\(word)")
        }
        #expect(try desk.run("audit", "verify").code == 0)
        #expect(try desk.run("db", "check", "--rebuild").code == 0)
        for command in ["add", "show", "view", "copy", "export"] { #expect(try desk.run("evidence", command).code == 2) }
        #expect(try desk.run("evidence", "show", "99").code == 3)
    }

    @Test func terminalRecording() throws {
        let desk = try desk()
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/script") else { return }
        let run = try desk.run("evidence", "record", "--incident", code, "--note", "xem tiến trình", "--", "echo", "một hai")
        #expect(run.code == 0, "\(run.errors)")
        let view = try desk.run("evidence", "view", "2")
        #expect(view.output.contains("recording") && view.output.contains("một hai"))
    }

    @Test func backupAndRestore() throws {
        let desk = try desk()
        #expect(try desk.run("db", "backup", desk.folder + "/backup").code == 0)
        #expect(try desk.run("incident", "note", code, "sau").code == 0)
        let restore = try desk.run("db", "restore", desk.folder + "/backup")
        #expect(restore.code == 0 && restore.output.contains("incidents.sqlite.replaced-1"), "\(restore.errors)")
        #expect(try desk.run("audit", "verify").code == 0)
        #expect(try desk.run("audit", "show", "--kind", "database.restored").output.contains("trực"))
        #expect(try desk.run("db", "restore", desk.folder + "/nothing", language: "vi").errors.contains("chưa có cơ sở dữ liệu"))
    }

    @Test func auditShow() throws {
        let desk = try desk()
        let list = try desk.run("audit", "show", "--json")
        let entries = try #require(JSONValue(parsing: list.output).elements)
        #expect(entries.count > 5 && entries[0]["seq"]?.integer == Int64(entries.count))
        let one = try desk.run("audit", "show", "2")
        #expect(one.output.contains(entries[entries.count - 2]["hash"]?.text ?? "?"))
        #expect(try desk.run("audit", "show", "999").code == 3)
    }
}

/// Kills, power cuts, crowds and full disks for a moment; at length they are run by hand (Tests/Durability/README.md).
@Suite(
    .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
            || FileManager.default.isExecutableFile(atPath: "/usr/local/bin/python3")))
struct DurabilityProgramTests {
    @Test(arguments: [["crash", "5", "7"], ["powercut", "3", "7"], ["crowd", "1"], ["full", "2"]]) func forAMoment(_ words: [String]) throws
    {
        let bin = URL(fileURLWithPath: Command.built("vonggac")).deletingLastPathComponent().path
        var environment = ProcessInfo.processInfo.environment
        environment["BIN"] = bin
        let run = try Command(["python3", ProjectFiles.path("Tests/Durability/\(words[0])")] + words.dropFirst(), environment: environment)
        #expect(try run.finish() == 0, "\(run.output)")
    }
}
