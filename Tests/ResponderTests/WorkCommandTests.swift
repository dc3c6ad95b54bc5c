import Bytes
import Foundation
import Glibc
import Incidents
import Synchronization
import TestSupport
import Testing
import Trust

/// The verbs of `incident` and `clock` as a responder types them.
@Suite struct WorkCommandTests {
    private let code = "VG-2026-0001"

    private func json(_ desk: Desk, _ arguments: String...) throws -> JSONValue {
        let result = try desk.run(arguments: arguments + ["--json"])
        #expect(result.code == 0, "\(arguments): \(result.errors)")
        return try JSONValue(parsing: result.output)
    }

    @Test func whatAStepDemandsIsSaidWithTheCommandThatGivesIt() throws {
        let desk = try Desk()
        let early = try desk.run("incident", "contain", code)
        #expect(early.code == 4 && early.errors.contains("first: vonggac incident confirm VG-2026-0001"))
        _ = try desk.run("incident", "confirm", code)
        let open = try desk.run("incident", "close", code, "--summary", "x")
        #expect(open.code == 4 && open.errors.contains("first: vonggac incident contain VG-2026-0001"))
        _ = try desk.run("incident", "contain", code, "--note", "blocked")
        #expect(try desk.run("incident", "task", "add", code, "Call the administrator").code == 0)
        let busy = try desk.run("incident", "close", code, "--summary", "x")
        #expect(busy.code == 4 && busy.errors.contains("vonggac incident task done VG-2026-0001 1"))
        #expect(try desk.run("incident", "task", "done", code, "1", "--note", "called").code == 0)
        #expect(try desk.run("incident", "task", "list", code).output.contains("Call the administrator – called"))
        #expect(try desk.run("incident", "handle", code, "helped", "--by", "VNPT").code == 0)
        #expect(try desk.run("incident", "close", code, "--summary", "x").code == 0)
        let incident = try json(desk, "incident", "show", code)["incident"]
        #expect(incident?["handling_mode"] == "helped" && incident?["helper"] == "VNPT" && incident?["state"] == "closed")
        #expect(incident?["seconds_to_close"] != .null)
    }

    @Test func undoTakesBackTheLastStep() throws {
        let desk = try Desk()
        #expect(try desk.run("incident", "undo", code).code == 4)
        _ = try desk.run("incident", "confirm", code)
        let result = try desk.run("incident", "undo", code, "--reason", "wrong one")
        #expect(result.code == 0 && result.output.contains("taken back: confirmed"))
        #expect(try json(desk, "incident", "show", code)["incident"]?["state"] == "new")
        #expect(try desk.run("clock", "list").output == "No deadline is running.\n")
        #expect(try desk.run("incident", "timeline", code).output.contains("wrong one"))
        #expect(try desk.run("audit", "verify").code == 0)
    }

    @Test func twoHandsAtOnce() throws {
        let desk = try Desk()
        guard case .integer(let version)? = try json(desk, "incident", "show", code)["incident"]?["version"] else {
            Issue.record("no version")
            return
        }
        #expect(try desk.run("incident", "confirm", code, "--actor", "Minh", "--expect", "\(version)").code == 0)
        let second = try desk.run("incident", "dismiss", code, "--reason", "x", "--actor", "Lan", "--expect", "\(version)")
        #expect(second.code == 4 && second.errors.contains("Minh") && second.errors.contains("incident show"))
    }

    @Test func aNoticeFromOutsideIsAcknowledgedAndClassified() throws {
        let desk = try Desk()
        let made = try json(
            desk, "incident", "new", "Trang tin bị sửa", "--category", "DEFACE", "--severity", "M3", "--agency", "SNV", "--from",
            "Công dân",
            "--noticed", "2026-11-17T09:00")
        #expect(made["code"] == "VG-2026-0002" && made["reported_by"] == "Công dân")
        #expect(try desk.run("clock", "list").output.contains("R17_ACK"))
        #expect(try desk.run("incident", "new", "x", "--noticed", "2999-01-01").code == 2)
        #expect(try desk.run("incident", "new", "x", "--agency", "NONE").code == 3)
        #expect(try desk.run("incident", "classify", "VG-2026-0002", "--reason", "x").code == 2)
        let classified = try json(
            desk, "incident", "classify", "VG-2026-0002", "--secondary", "UNAUTH", "--secondary", "SPY", "--reason", "found more")
        #expect(classified["secondary_categories"] == ["UNAUTH", "SPY"])
        _ = try desk.run("incident", "confirm", "VG-2026-0002")
        #expect(
            try desk.run("incident", "flag", "VG-2026-0002", "personal_data", "--since", "2026-11-17T10:00", "--reason", "list").code == 0)
        let clock = try json(desk, "clock", "show", "VG-2026-0002", "PDP_72")
        #expect(clock["t0"] == "2026-11-17T10:00:00+07:00" && clock["due"] == "2026-11-20T10:00:00+07:00")
        #expect(try desk.run("clock", "list").output.contains("R17_5D"))
    }

    @Test func splitMergeAndLink() throws {
        let desk = try Desk()
        #expect(try desk.run("incident", "split", code, "--reason", "x").code == 4)
        #expect(try desk.run("incident", "split", code, "--alert", "1", "--reason", "x").code == 4)
        _ = try desk.run("incident", "new", "other", "--noticed", "2026-11-17T09:00")
        #expect(try desk.run("incident", "link", code, "VG-2026-0002", "--reason", "same day").code == 0)
        #expect(try desk.run("incident", "show", code).output.contains("VG-2026-0002  same day"))
        #expect(try desk.run("incident", "merge", "VG-2026-0002", code).code == 0)
        let gone = try desk.run("incident", "confirm", "VG-2026-0002")
        #expect(gone.code == 4 && gone.errors.contains("work on VG-2026-0001"))
        #expect(try desk.run("incident", "undo", "VG-2026-0002").code == 0)
        #expect(try desk.run("incident", "confirm", "VG-2026-0002").code == 0)
    }

    @Test func periodicReportsAreListedAndMet() throws {
        let desk = try Desk()
        #expect(try desk.run("clock", "profile").output.contains("R26_72"))
        #expect(try desk.run("clock", "profile", "vn-2017").output.contains("P_MON6M"))
        guard case .array(let lines) = try json(desk, "clock", "list", "--periodic") else { return }
        let weekly = try #require(lines.first { $0["code"] == "P_WEEKLY" })
        let week = try #require(weekly["duty"]?.text)
        #expect(
            try desk.run("clock", "meet", week, "P_WEEKLY", "--document", "47/BC", "--recipient", "UBND", "--channel", "email").code == 0)
        #expect(try desk.run("clock", "meet", week, "P_WEEKLY", "--document", "48/BC").code == 4)
        #expect(try desk.run("clock", "meet", week, "P_WEEKLY", "--document", "48/BC", "--also").code == 0)
        #expect(try desk.run("clock", "meet", "1999-W01", "P_WEEKLY", "--document", "1").code == 3)
        #expect(try desk.run("clock", "list", "--all", "--periodic").output.contains("47/BC"))
    }

    // MARK: Warnings

    private func settings(_ desk: Desk, _ channels: String) throws {
        _ = try desk.write("schema: vonggac-clocks/1\nchannels:\n\(channels)\n", to: "clocks.yaml")
    }

    /// The deadline of the desk's incident is long over, so that there is always something to warn of.
    @Test func mailIsHandedToSendmailOnceAndTheRecordSaysSo() throws {
        let desk = try Desk()
        _ = try desk.run("incident", "confirm", code)
        let fake = try desk.write("#!/bin/sh\necho \"$@\" > \(desk.folder)/arguments\ncat > \(desk.folder)/mail\n", to: "sendmail")
        chmod(fake, 0o755)
        try settings(desk, "  - {type: mail, to: [truc@tinh.example], sendmail: \(fake)}")
        #expect(try desk.run("clock", "warn", "--dry-run").output.contains("R26_24"))
        #expect(!FileManager.default.fileExists(atPath: desk.folder + "/mail"))
        let first = try desk.run("clock", "warn")
        #expect(first.code == 0 && first.output.contains("delivered"), "\(first.errors)")
        let mail = try String(contentsOfFile: desk.folder + "/mail", encoding: .utf8)
        #expect(mail.hasPrefix("To: truc@tinh.example\nSubject: =?UTF-8?B?"))
        let body = try #require(mail.components(separatedBy: "\n\n").last?.replacing("\r\n", with: "").replacing("\n", with: ""))
        let text = String(decoding: try #require(Data(base64Encoded: body)), as: UTF8.self)
        #expect(text.contains("VG-2026-0001  R26_24") && text.contains("OVERDUE"))
        #expect(try String(contentsOfFile: desk.folder + "/arguments", encoding: .utf8) == "-i -t\n")
        #expect(try desk.run("clock", "warn").output == "Nothing new to warn of.\n")
        #expect(try desk.run("clock", "show", code, "R26_24").output.contains("delivered"))
        #expect(try desk.run("incident", "timeline", code).output.contains("clock.warned"))
        #expect(try desk.run("audit", "verify").code == 0)
    }

    @Test func whatFailedIsTriedAgain() throws {
        let desk = try Desk()
        _ = try desk.run("incident", "confirm", code)
        let fake = try desk.write("#!/bin/sh\necho no route >&2\nexit 75\n", to: "sendmail")
        chmod(fake, 0o755)
        try settings(desk, "  - {type: mail, to: [truc@tinh.example], sendmail: \(fake)}\n  - {type: bell}")
        for _ in 0..<2 {
            let result = try desk.run("clock", "warn")
            #expect(result.code == 1)
            #expect(result.output.contains("NOT DELIVERED") && result.output.contains("ended with 75: no route"))
            #expect(result.output.contains("standard output is no terminal"))
        }
        #expect(try desk.run("clock", "show", code, "R26_72").output.contains("NOT DELIVERED"))
    }

    @Test func withoutChannelsItSaysSo() throws {
        let desk = try Desk()
        _ = try desk.run("incident", "confirm", code)
        #expect(try desk.run("clock", "warn").output.contains("there is no channel"))
        try settings(desk, "  - {type: horn}")
        let broken = try desk.run("clock", "warn")
        #expect(broken.code == 1 && broken.errors.contains("clocks.yaml:3: channels[0].type"))
    }

    @Test func theBellRingsOnATerminal() throws {
        let desk = try Desk()
        _ = try desk.run("incident", "confirm", code)
        // What posix_openpt, unlockpt and ptsname do, which Glibc's module hides.
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (lock, number) = (Int32(0), Int32(0))
        try #require(terminal >= 0 && ioctl(terminal, 0x4004_5431, &lock) == 0 && ioctl(terminal, 0x8004_5430, &number) == 0)
        defer { close(terminal) }
        let name = "/dev/pts/\(number)"
        let other = open(name, O_RDWR | O_NOCTTY)
        defer { close(other) }
        try settings(desk, "  - {type: bell, terminal: \(name)}")
        let result = try desk.run("clock", "warn")
        #expect(result.code == 0 && result.output.contains("shown on \(name)"), "\(result.output)\(result.errors)")
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(terminal, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        #expect(text.hasPrefix("\u{7}") && text.contains("R26_24"))
    }

    @Test(arguments: [(204, true), (500, false)]) func webhooksAnswerWithAStatus(status: Int, isDelivered: Bool) throws {
        let desk = try Desk()
        _ = try desk.run("incident", "confirm", code)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        try #require(isBound)
        let port = UInt16(bigEndian: address.sin_port)
        let received = Received()
        let thread = Thread {
            let connection = accept(listener, nil, nil)
            var buffer = [UInt8](repeating: 0, count: 65536)
            var text = ""
            while !text.contains("deadlines\":[") {
                let count = read(connection, &buffer, buffer.count)
                guard count > 0 else { break }
                text += String(decoding: buffer.prefix(count), as: UTF8.self)
            }
            let answer = "HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            _ = Array(answer.utf8).withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
            close(connection)
            received.text.withLock { $0 = text }
        }
        thread.start()
        try settings(
            desk, "  - {type: webhook, url: \"http://127.0.0.1:\(port)/hook\", headers: {X-Key: secret}, timeout_seconds: 10}")
        let result = try desk.run("clock", "warn")
        #expect(result.code == (isDelivered ? 0 : 1) && result.output.contains("HTTP \(status)"), "\(result.output)\(result.errors)")
        let request = received.text.withLock { $0 }
        #expect(request.contains("POST /hook") && request.contains("X-Key: secret") && request.contains("\"code\":\"R26_24\""))
    }
}

/// What another thread received.
private final class Received: Sendable {
    let text = Mutex("")
}
