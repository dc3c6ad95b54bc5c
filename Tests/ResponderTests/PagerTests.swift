import Foundation
import Incidents
import TestSupport
import Testing

/// Lists that are longer than the terminal, on one.
@Suite(.enabled(if: TerminalWindow.isThere, "tmux is not installed (make deps)")) struct PagerTests {
    @Test func aLongListIsReadPageByPage() throws {
        let desk = try Night.desk()
        let pager = "VONGGAC_PAGER='more -e' TERM=screen-256color"
        let window = try TerminalWindow(desk, "list", command: "incident", rows: 8, environment: pager)
        let first = try window.wait(for: "--More--")
        #expect(first.contains { $0.contains("VG-") })
        try window.tmux("send-keys", "q")
        try window.wait(for: "ENDED 0")
    }

    /// What is not a list is paged too, and wrapped instead of cut.
    @Test func anIncidentIsReadPageByPage() throws {
        let desk = try Night.desk()
        let pager = "VONGGAC_PAGER='more -e' TERM=screen-256color"
        let code = try #require(try IncidentStore(path: desk.folder + "/incidents.sqlite", mode: .readOnly).incidents().first?.code)
        let window = try TerminalWindow(desk, "show \(code)", command: "incident", columns: 60, rows: 10, environment: pager)
        let first = try window.wait(for: "--More--")
        #expect(first.contains { $0.contains(code.description) })
        try window.tmux("send-keys", "q")
        try window.wait(for: "ENDED 0")
        // Where it fits it is simply printed, and an error stays one.
        let tall = try TerminalWindow(desk, "show \(code)", command: "incident", columns: 60, rows: 90, environment: pager)
        let lines = try tall.wait(for: "ENDED 0")
        #expect(!lines.contains { $0.contains("…") && $0.contains("→") })
        let none = try TerminalWindow(desk, "show VG-2020-0001", command: "incident", rows: 10, environment: pager)
        try none.wait(for: "ENDED 3")
    }

    @Test func aPagerThatIsNotThereIsDoneWithout() throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(
            desk, "list", command: "incident", rows: 8, environment: "VONGGAC_PAGER=no-such-pager TERM=screen-256color")
        let lines = try window.wait(for: "ENDED 0")
        #expect(lines.contains { $0.contains("VG-") })
    }
}
