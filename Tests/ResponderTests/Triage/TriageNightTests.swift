import Foundation
import TestSupport
import Testing
import Trust

/// `vonggac triage` on a terminal, as a duty officer uses it.
@Suite(.serialized, .enabled(if: TerminalWindow.isThere, "tmux is not installed (make deps)")) struct TriageNightTests {
    private func json(_ desk: Desk, _ arguments: String...) throws -> JSONValue {
        let result = try desk.run(arguments: arguments + ["--json"])
        #expect(result.code == 0, "\(arguments): \(result.errors)")
        return try JSONValue(parsing: result.output)
    }

    /// Ten incidents, all of them ended by keys alone.
    @Test func aNightFromTenAlertsToClosedIncidents() throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(desk)
        try GoldenScreen.compare(window.wait(for: "10 sự cố, 10 mới"), "queue")

        // An unauthorised login, from the first look to its end.
        try window.press("c")
        try window.wait(for: "$ vonggac incident confirm VG-")
        try window.type("Đã đối chiếu nhật ký")
        try GoldenScreen.compare(window.wait(for: "✓ VG-"), "confirmed")
        try window.press("a", "Enter")
        try window.wait(for: "✓ VG-")
        try window.press("i")
        try window.wait(for: "[ ] dữ liệu cá nhân")
        try window.press("Enter", "Enter")
        try window.type("Lộ danh sách cán bộ")
        try window.wait(for: "$ vonggac incident flag")
        try window.press("t")
        try window.type("Gọi Xã 3")
        try window.wait(for: "đã thêm việc 1")
        try window.press("s")
        try window.type("Đã khóa tài khoản")
        try window.wait(for: "đã ngăn chặn")
        try window.press("e")
        try window.type("Đã gỡ")
        try window.wait(for: "✓ VG-")
        try window.press("v")
        try window.type("Đã khôi phục")
        try window.wait(for: "$ vonggac incident recover")
        try window.press("6")
        try GoldenScreen.compare(window.wait(for: "PDP_72"), "clocks")
        try window.press("z")
        try GoldenScreen.compare(window.wait(for: "Việc 1 còn mở"), "closing")
        try window.press("Enter", "Enter")
        try window.type("Đổi mật khẩu, không mất dữ liệu")
        try window.wait(for: "đã kết thúc")
        try window.wait(for: "9 sự cố, 9 mới")

        // One that was confirmed by mistake: taken back, and a false alarm after all.
        try window.press("c", "Enter")
        try window.wait(for: "✓ VG-")
        try window.press("u", "Enter")
        try window.wait(for: "đã hoàn tác: xác nhận")
        try window.press("f")
        try window.type("Kiểm thử của quản trị")
        try window.wait(for: "8 sự cố, 8 mới")

        // A playbook has the terminal, and gives it back.
        try window.press("c", "Enter")
        try window.wait(for: "$ vonggac incident confirm")
        try window.press("r")
        try window.wait(for: "Kịch bản nào")
        try window.tmux("send-keys", "-l", "thay đổi giao diện")
        try window.press("Enter")
        try window.wait(for: "●")
        try window.press("C-d")
        try window.wait(for: "[Enter: trở lại]")
        try window.press("Enter")
        try window.wait(for: "7 Việc")
        // What somebody else does is shown by itself.
        let third = try #require(try json(desk, "incident", "list", "--kind", "DEFACEMENT").elements?.first?["code"]?.text)
        #expect(try desk.run("incident", "note", third, "Đã gọi nhà cung cấp", "--actor", "Minh").code == 0)
        try window.press("1")
        try window.wait(for: "Minh: Đã gọi nhà cung cấp")
        try window.press("s")
        try window.type("Đã chặn")
        try window.wait(for: "đã ngăn chặn")
        try window.press("z", "Enter")
        try window.type("Đã khôi phục trang")
        try window.wait(for: "7 sự cố, 7 mới")

        // The tunnel belongs to the exploitation: merged, and its packets looked at.
        try window.press("m")
        try window.wait(for: "Gộp vào sự cố nào")
        try window.tmux("send-keys", "-l", "khai thac")
        try window.press("Enter")
        try window.wait(for: "6 sự cố")
        try window.press("4", "Enter")
        try GoldenScreen.compare(window.wait(for: "Enter mở chứng cứ"), "packets")
        try window.press("Enter")
        try window.wait(for: "n gói sau")
        try GoldenScreen.compare(window.wait(for: "HTTP  198.51.100.4:40000 → 10.20.4.7:80"), "transaction")
        try window.press("G")
        try GoldenScreen.compare(window.wait(for: "#10 "), "hexdump")
        #expect(try !window.tmux("display-message", "-p", "#{pane_title}").contains("PWNED"))
        try window.press("Escape")
        try window.wait(for: "[4 Gói tin]")
        try window.press("Escape")
        try window.wait(for: "q thoát")
        try window.press("1")
        try window.wait(for: "[1 Tóm tắt]")
        try window.tmux("resize-window", "-x", "120", "-y", "40")
        // Only a wider screen has room for the last key.
        try GoldenScreen.compare(window.wait(for: "L English"), "wide")
        try window.tmux("resize-window", "-x", "80", "-y", "24")
        try window.wait(for: "[1 Tóm tắt]")
        try window.press("c", "Enter")
        try window.wait(for: "$ vonggac incident confirm")
        try window.press("p")
        try window.wait(for: "Mức độ")
        try window.press("Up", "Enter", "Enter")
        try window.type("Mất dữ liệu")
        try window.wait(for: "$ vonggac incident classify")
        try window.press("n")
        try window.type("Đã gọi $(nhà mạng); 'xong'")
        try window.wait(for: "$ vonggac incident note")
        try window.press("s")
        try window.type("Đã chặn")
        try window.wait(for: "$ vonggac incident contain")
        try window.press("z", "Enter")
        try window.type("Đã vá")
        try window.wait(for: "5 sự cố, 5 mới")

        // The rest of the night.
        try window.press("f")
        try window.type("Tệp của nhà cung cấp")
        try window.wait(for: "4 sự cố, 4 mới")
        try window.press("d")
        try window.tmux("send-keys", "-l", "từ chối")
        try window.press("Enter")
        try window.wait(for: "3 sự cố, 3 mới")
        for left in [2, 1, 0] {
            try window.press("c", "Enter")
            try window.wait(for: "$ vonggac incident confirm")
            if left == 2 {
                try window.press("s")
                try window.type("Đã chặn")
                try window.wait(for: "$ vonggac incident contain")
            }
            try window.press("z", "Enter")
            try window.type("Đã chặn nguồn")
            try window.wait(for: "\(left) sự cố")
        }
        try GoldenScreen.compare(window.wait(for: "Không có sự cố nào đang mở."), "empty")
        try window.press("l")
        try window.wait(for: "Lọc:")
        try window.press("a")
        try GoldenScreen.compare(window.wait(for: "lọc: tất cả"), "all")
        try window.press("q")
        try window.wait(for: "ENDED 0")

        // What the keys did is what the commands would have done, and it is all in the ledger.
        guard case .array(let incidents) = try json(desk, "incident", "list") else {
            Issue.record("no list")
            return
        }
        let states = incidents.compactMap { $0["state"]?.text }.sorted()
        #expect(states == Array(repeating: "closed", count: 6) + ["duplicate", "duplicate"] + ["false_alarm", "false_alarm"])
        #expect(try desk.run("audit", "verify").code == 0)
        let timeline = try desk.run("incident", "timeline", incidents.first { $0["kind"]?.text == "EXPLOIT" }?["code"]?.text ?? "").output
        #expect(timeline.contains("Đã gọi $(nhà mạng); 'xong'") && timeline.contains("Lan"))
    }

    @Test func whoIsSlowerIsToldAndSeesWhatTheOtherDid() throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(desk, language: "en_US.UTF-8")
        try window.wait(for: "10 incidents, 10 new")
        let code = try #require(try json(desk, "incident", "list", "--kind", "BRUTE_SUCCESS").elements?.first?["code"]?.text)
        try window.press("f")
        try window.wait(for: "Reason")
        #expect(try desk.run("incident", "confirm", code, "--actor", "Minh").code == 0)
        // Seen while the question is still open.
        try window.wait(for: "10 incidents, 9 new")
        try window.type("nothing")
        try window.wait(for: "was changed by somebody else")
        try window.wait(for: "confirmed")
        #expect(try json(desk, "incident", "show", code)["incident"]?["state"] == "confirmed")
    }

    @Test func readOnlyShowsAndRefuses() throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(desk, "--read-only", language: "en_US.UTF-8")
        let first = try window.wait(for: "READ-ONLY")
        #expect(!first.contains { $0.contains("false alarm") || $0.contains("u undo") })
        try window.press("c")
        try window.wait(for: "Read-only: nothing can be done here.")
        try window.tmux("send-keys", "-l", "/khai thac")
        try window.wait(for: "1 incident")
        try window.press("Enter", "4", "Enter", "Enter")
        try window.wait(for: "seeing evidence must be recorded")
        try window.press("q", "q")
        try window.wait(for: "ENDED 0")
        guard case .array(let incidents) = try json(desk, "incident", "list", "--status", "new") else { return }
        #expect(incidents.count == 10)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT])
    func signalsGiveTheTerminalBack(number: Int32) throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(desk)
        try window.wait(for: "10 sự cố")
        let program = try #require(try window.programs().first)
        #expect(kill(try #require(Int32(program)), number) == 0)
        let lines = try window.wait(for: "ENDED 0")
        #expect(!lines.contains { $0.contains("VongGac") })
        // The line speaks again: what is typed is shown.
        try window.tmux("send-keys", "-l", "abc")
        try window.wait(for: "abc")
        #expect(try window.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").hasPrefix("0 1"))
    }

    /// Meaning never hangs on colour alone.
    @Test(arguments: ["TERM=linux", "TERM=xterm-256color", "TERM=vt100", "TERM=screen-256color NO_COLOR=1", "TERM=screen ESCDELAY=25"])
    func marksSayWhatColoursSay(environment: String) throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(desk, environment: environment)
        let lines = try window.wait(for: "10 sự cố, 10 mới")
        #expect(lines.contains { $0.hasPrefix(">* M2") } && lines.contains { $0.hasPrefix(" * M2") })
        #expect(lines.contains { $0.contains("[1 Tóm tắt]") })
        let coloured = try window.screen(colours: true).joined().contains(/\u{1b}\[[0-9;]*3[156]m/)
        #expect(coloured == !(environment.contains("vt100") || environment.contains("NO_COLOR")))
        try window.press("Down", "Escape", "q")
        try window.wait(for: "ENDED 0")
    }

    @Test func unknownAndMissingTerminalsAreSaidInOneLine() throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(desk, language: "en_US.UTF-8", environment: "TERM=nothing")
        try window.wait(for: "unknown terminal TERM=nothing")
        try window.wait(for: "ENDED 1")
        let piped = try desk.run("triage")
        #expect(piped.code == 1 && piped.errors.contains("needs a terminal"))
        #expect(try desk.run("triage", "--json").code == 2)
    }
}
