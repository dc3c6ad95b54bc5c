import Foundation
import TestSupport
import Testing

/// A passphrase command that asks the person at the terminal.
@Suite(.enabled(if: TerminalWindow.isThere, "tmux is not installed (make deps)")) struct PassphrasePromptTests {
    @Test func aPassphraseCommandAsksOnTheTerminal() throws {
        let desk = try Night.desk()
        let ask = "--key-passphrase 'command:printf \"Passphrase: \" >/dev/tty; read -r word </dev/tty; printf %s \"$word\"'"
        let making = try TerminalWindow(desk, "create " + ask, command: "audit key")
        try making.wait(for: "Passphrase:")
        try making.type("mật khẩu rất dài")
        try making.wait(for: "ENDED 0")
        #expect(try String(contentsOfFile: desk.folder + "/keys/ledger.key", encoding: .utf8).contains("ENCRYPTED"))

        let signing = try TerminalWindow(desk, ask, command: "audit checkpoint")
        try signing.wait(for: "Passphrase:")
        try signing.type("mật khẩu rất dài")
        try signing.wait(for: "ENDED 0")

        let wrong = try TerminalWindow(desk, ask, command: "audit checkpoint")
        try wrong.wait(for: "Passphrase:")
        try wrong.type("another")
        let lines = try wrong.wait(for: "ENDED")
        #expect(!lines.contains { $0.contains("ENDED 0") })
    }
}
