import Foundation
import TestSupport
import Testing

/// A terminal in which `vonggac` runs: tmux, with a server of its own.
final class TerminalWindow {
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux") }

    private let socket: String
    /// Its folder holds the socket, and must be there when the server is ended.
    private let desk: Desk

    struct Silence: Error, CustomStringConvertible { let description: String }

    /// Starts `vonggac triage`, or another command, as the person `Lan`; when it has ended, `ENDED` and its exit code stand below.
    init(
        _ desk: Desk, _ arguments: String = "", command: String = "triage", columns: Int = 80, rows: Int = 24,
        language: String = "vi_VN.UTF-8", actor: String = "Lan",
        environment: String = "TERM=screen-256color"
    ) throws {
        self.desk = desk
        socket = desk.folder + "/tmux-" + UUID().uuidString.prefix(8)
        let program = Command.built("vonggac")
        let line =
            "env \(environment) LC_ALL=\(language) VONGGAC_STATE=\(desk.folder) USER=\(actor) '\(program)' \(command) \(arguments); "
            + "echo ENDED $?; exec cat"
        try tmux("-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", line)
    }

    deinit { _ = try? tmux("kill-server") }

    /// Runs tmux and gives what it says. The server that the first call starts lives on, so it must hold nothing of this program open:
    /// neither its pipes nor what Foundation waits on.
    @discardableResult
    func tmux(_ words: String...) throws -> String {
        let script = """
            for f in /proc/self/fd/*; do n=${f##*/}; if [ "$n" -gt 2 ]; then eval "exec $n>&-"; fi; done 2>/dev/null
            exec /usr/bin/tmux -u -S "$0" "$@" </dev/null >"$0.out" 2>/dev/null
            """
        var arguments: [UnsafeMutablePointer<CChar>?] = (["/bin/bash", "-c", script, socket] + words).map { strdup($0) }
        let variables: [String] = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/nonexistent"]
        var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) }
        arguments.append(nil)
        environment.append(nil)
        defer { for text in arguments + environment { free(text) } }
        // Threads of tests may block signals; what they start must not.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process: pid_t = 0
        guard posix_spawn(&process, "/bin/bash", nil, &attributes, arguments, environment) == 0 else {
            throw Silence(description: "tmux cannot be started")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return String(decoding: FileManager.default.contents(atPath: socket + ".out") ?? Data(), as: UTF8.self)
    }

    /// The process that the window runs, and those below it.
    func programs() throws -> [String] {
        let shell = try tmux("display-message", "-p", "#{pane_pid}").trimmingCharacters(in: .whitespacesAndNewlines)
        let children = (try? String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)) ?? ""
        return children.split(separator: " ").map(String.init)
    }

    /// Presses keys by tmux's names: `Enter`, `Escape`, `c`.
    func press(_ keys: String...) throws { for key in keys { try tmux("send-keys", key) } }

    /// Types a text, and Enter behind it.
    func type(_ text: String) throws {
        try tmux("send-keys", "-l", text)
        try tmux("send-keys", "Enter")
    }

    func screen(colours: Bool = false) throws -> [String] {
        var lines = try (colours ? tmux("capture-pane", "-p", "-e") : tmux("capture-pane", "-p")).components(separatedBy: "\n")
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// The screen as soon as it shows the words.
    @discardableResult
    func wait(for words: String, seconds: Double = 40) throws -> [String] {
        for _ in 0..<Int(seconds * 10) {
            let lines = try screen()
            if lines.contains(where: { $0.contains(words) }) { return lines }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw Silence(description: "waited for “\(words)”; the screen shows:\n" + (try screen().joined(separator: "\n")))
    }
}

/// Screens that are kept: Tests/Fixtures/Triage. `VONGGAC_TRIAGE=write` writes them anew, to be looked at.
enum GoldenScreen {
    static func compare(_ lines: [String], _ name: String) throws {
        let path = ProjectFiles.path("Tests/Fixtures/Triage/\(name).txt")
        let text = normal(lines).joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["VONGGAC_TRIAGE"] == "write" {
            try FileManager.default.createDirectory(
                atPath: ProjectFiles.path("Tests/Fixtures/Triage"), withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        let kept = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text == kept, "\(name)")
    }

    /// Without what is another one on another day: moments, hashes, the year of codes.
    static func normal(_ lines: [String]) -> [String] {
        lines.map { line in
            line.replacing(/VG-\d{4}-/, with: "VG-2026-").replacing(/\d\d\/\d\d\/\d{4}/, with: "DD/MM/2026")
                .replacing(/\d\d\/\d\d \d\d:\d\d/, with: "DD/MM HH:MM").replacing(/\d\d:\d\d:\d\d\.\d{6}/, with: "HH:MM:SS.ssssss")
                .replacing(/\d\d:\d\d:\d\d/, with: "HH:MM:SS").replacing(/[0-9a-f]{12}…/, with: "hhhhhhhhhhhh…")
                .replacing(/[0-9a-f]{16}…/, with: "hhhhhhhhhhhhhhhh…")
        }
    }
}
