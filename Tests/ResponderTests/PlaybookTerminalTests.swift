import Foundation
import Testing

/// What a responder sees of a run on a terminal, in both languages and at the narrowest width.
@Suite(.enabled(if: TerminalWindow.isThere), .serialized) struct PlaybookTerminalTests {
    private let code = "VG-2026-0001"
    private let extensionID = "extension-definition--7d1f3c52-6a0e-4b8e-9c55-0a4c1f6e2b71"

    private func playbook(_ desk: Desk) throws -> String {
        try desk.write(
            """
            type: playbook
            spec_version: cacao-2.0
            id: playbook--61a6c41e-6efc-4516-a242-dfbc5c89d562
            name: Thử / Test
            created_by: identity--5abe695c-7bd5-4c31-8824-2528696cdbf1
            created: "2026-11-21T00:00:00.000Z"
            modified: "2026-11-21T00:00:00.000Z"
            playbook_variables:
              __real__: {type: bool, value: "false", description: Có đúng không / Is it real}
              __ip__: {type: ipv4-addr, value: 198.51.100.66}
              __empty__: {type: string, value: ""}
            workflow_start: start--s
            agent_definitions: {group--g: {type: group, name: Trực ban / Duty officer}}
            workflow:
              start--s: {type: start, on_completion: action--a}
              end--e: {type: end}
              action--a:
                type: action
                name: Xác minh / Verify
                description: Xem nhật ký. / Look at the log.
                agent: group--g
                out_args: [__real__]
                commands: [{type: manual, command: "Dấu hiệu: __empty__:value.\\n---\\nSign: __empty__:value."}]
                on_completion: if-condition--i
              if-condition--i: {type: if-condition, name: Đúng? / Real?, condition: "__real__:value = true", on_true: action--b, on_completion: action--c}
              action--b:
                type: action
                name: "\(String(repeating: "rất dài ", count: 14))/ \(String(repeating: "very long ", count: 10))"
                agent: group--g
                commands: [{type: bash, command: "sleep 3; echo block __ip__:value; head -c 200 /dev/zero | tr '\\\\0' y; echo"}]
                on_completion: end--f
                step_extensions: {\(extensionID): {destructive: true, rollback: {commands: [{type: bash, command: echo undone}]}}}
              action--c:
                type: action
                name: Báo cáo / Report
                agent: group--g
                commands: [{type: manual, command: báo}]
                on_completion: end--e
              end--f: {type: end}
            """, to: "p.yaml")
    }

    /// No word is broken by the terminal, and nothing is wider than it is.
    private func wholeScreen(_ window: TerminalWindow) throws -> String {
        let lines = try window.screen()
        for line in lines { #expect(line.count <= 80) }
        return lines.joined(separator: "\n")
    }

    private func wait(_ window: TerminalWindow, _ words: String...) throws { for word in words { try window.wait(for: word) } }

    @Test func everyQuestionSaysWhatItWants() throws {
        let desk = try Desk()
        let file = try playbook(desk)
        let window = try TerminalWindow(
            desk, "run \(file) --incident \(code) --allow-unsigned", command: "playbook", rows: 50)
        try wait(window, "● Xác minh", "[Trực ban]", "Xem nhật ký.", "Dấu hiệu: –.", "Có đúng không (c/k) [không]:")
        try window.type("c")
        try wait(window, "[x]ong  [k]hông được")
        try window.type("x đã xem")
        try wait(window, "✓ Xác minh  đã xem", "▲ rất dài", "Gõ lại “198.51.100.66”")
        try window.type("198.51.100.6")
        try wait(window, "không khớp")
        #expect(try wholeScreen(window).contains(#/\n  (rất|dài) /#))
        try window.type("198.51.100.66")
        // It takes longer than a moment: it is named while it runs.
        try wait(window, "  ▸ rất dài")
        try wait(window, "│ block 198.51.100.66", "✓ Đúng?  đúng", "● Báo cáo")
        try window.type("k")
        try wait(window, "Lý do:")
        try window.type("mất mạng")
        try wait(window, "nhánh dừng ở đây", "Vẫn ghi là không được? [c/K]")
        try window.type("k")
        try window.type("k mất mạng")
        try wait(window, "Vẫn ghi là không được? [c/K]")
        try window.type("c")
        try wait(
            window, "✗ Báo cáo  mất mạng", "không thành công.", "Không được ở bước: Báo cáo",
            "Hoàn tác được 1 việc: vonggac playbook rollback 1", "ENDED 1")
        _ = try wholeScreen(window)
        let follow = try desk.run("playbook", "follow", "1", "--lang", "en").output
        #expect(follow.contains("confirms: very long") && follow.contains("✓ Real?  true") && !follow.contains("playbook."))
        let status = try TerminalWindow(desk, "status 1", command: "playbook", language: "en_US.UTF-8")
        try wait(status, "failed, Lan", "✗ Report  mất mạng", "To undo (vonggac playbook rollback 1):", "ENDED 0")
        #expect(try desk.run("audit", "verify").code == 0)
    }

    @Test func aLookFindsWhatFollows() throws {
        let desk = try Desk()
        let file = try playbook(desk)
        let show = try TerminalWindow(
            desk, "show \(file)", command: "playbook", rows: 60, language: "en_US.UTF-8", environment: "TERM=screen-256color PAGER=cat")
        try wait(show, "• Verify", "Look at the log.", "? __real__:value = true", "▲ [if so] very long", "↩ echo undone", "ENDED 0")
        let screen = try wholeScreen(show)
        #expect(!screen.contains("on_true") && screen.contains("Sign: __empty__:value."))
        let plan = try TerminalWindow(
            desk, "plan \(file)", command: "playbook", rows: 60, environment: "TERM=screen-256color PAGER=cat")
        try wait(plan, "▲ [nếu đúng] rất dài", "$ sleep 3; echo block 198.51.100.66;", "Chưa làm gì cả.", "ENDED 0")
        _ = try wholeScreen(plan)
        let findings = try TerminalWindow(
            desk, "validate \(file)", command: "playbook", rows: 60, language: "en_US.UTF-8", environment: "TERM=screen-256color PAGER=cat")
        try wait(findings, "hint", "/workflow/", "ENDED 0")
        _ = try wholeScreen(findings)
    }
}
