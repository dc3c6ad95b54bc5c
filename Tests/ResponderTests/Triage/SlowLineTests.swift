import Foundation
import TestSupport
import Testing

/// What `triage` sends over the line: little, so that 9600 bits a second are enough.
@Suite(.serialized) struct SlowLineTests {
    /// A terminal of 80 columns and 24 rows in which the program runs, and which counts what comes.
    final class Line {
        let master: Int32
        private var process: pid_t = 0

        init(_ desk: Desk, terminal: String) throws {
            master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var (locked, number): (Int32, Int32) = (0, 0)
            // TIOCSPTLCK, TIOCGPTN.
            try #require(master >= 0 && ioctl(master, 0x4004_5431, &locked) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
            let name = "/dev/pts/\(number)"
            var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
            _ = ioctl(master, UInt(TIOCSWINSZ), &size)
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            // Opened by the leader of a new session: the terminal becomes its own.
            posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
            posix_spawn_file_actions_addclose(&actions, master)
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            defer { posix_spawnattr_destroy(&attributes) }
            // 0x80: a session of its own. Threads of tests may block signals; what they start must not.
            var signals = sigset_t()
            sigemptyset(&signals)
            posix_spawnattr_setsigmask(&attributes, &signals)
            posix_spawnattr_setflags(&attributes, Int16(0x80 | POSIX_SPAWN_SETSIGMASK))
            let variables = [
                "TERM=\(terminal)", "LC_ALL=C.UTF-8", "VONGGAC_STATE=\(desk.folder)", "USER=Lan", "PATH=/usr/bin:/bin",
            ]
            let program = Command.built("vonggac")
            var arguments: [UnsafeMutablePointer<CChar>?] = ([program, "triage"] as [String]).map { strdup($0) } + [nil]
            var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
            defer { for text in arguments + environment { free(text) } }
            try #require(posix_spawn(&process, program, &actions, &attributes, &arguments, &environment) == 0)
        }

        deinit {
            kill(process, SIGKILL)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
            close(master)
        }

        func press(_ keys: String) { _ = Array(keys.utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) } }

        /// Bytes that come until nothing has come for so long.
        func bytes(quiet seconds: Double) -> [UInt8] {
            var gathered: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, Int32(seconds * 1000)) > 0 else { return gathered }
                let count = read(master, &buffer, buffer.count)
                guard count > 0 else { return gathered }
                gathered += buffer[..<count]
            }
        }
    }

    @Test(arguments: ["linux", "screen"]) func little(terminal: String) throws {
        let desk = try Night.desk()
        let line = try Line(desk, terminal: terminal)
        var start: [UInt8] = []
        for _ in 0..<30 where !String(decoding: start, as: UTF8.self).contains("VongGac") { start += line.bytes(quiet: 1.5) }
        #expect(String(decoding: start, as: UTF8.self).contains("VongGac") && start.count < 5000, "\(start.count)")
        // Nothing happens: at most a minute that changes here and there.
        var idle = 0
        let since = ContinuousClock.now
        while ContinuousClock.now - since < .seconds(2) { idle += line.bytes(quiet: 0.5).count }
        #expect(idle < 400, "\(idle)")
        // Another incident, another tab: what has changed, no screen anew.
        for key in ["j", "2", "k"] {
            line.press(key)
            let sent = line.bytes(quiet: 1)
            #expect((1..<1500).contains(sent.count), "\(key): \(sent.count)")
            #expect(!String(decoding: sent, as: UTF8.self).contains("\u{1b}[2J"), "\(key)")
        }
        // A key that is held: not a picture for each time.
        line.press(String(repeating: "j", count: 20))
        let held = line.bytes(quiet: 1.5)
        #expect((1..<4000).contains(held.count), "\(held.count)")
        line.press("q")
        _ = line.bytes(quiet: 1)
    }
}
