import Foundation
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

    @Test func aPagerThatIsNotThereIsDoneWithout() throws {
        let desk = try Night.desk()
        let window = try TerminalWindow(
            desk, "list", command: "incident", rows: 8, environment: "VONGGAC_PAGER=no-such-pager TERM=screen-256color")
        let lines = try window.wait(for: "ENDED 0")
        #expect(lines.contains { $0.contains("VG-") })
    }
}
