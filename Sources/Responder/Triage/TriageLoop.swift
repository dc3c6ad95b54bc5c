import ArgumentParser
import Bytes
import Foundation
import Glibc
import Incidents
import Terminal
import Wording

/// Goes round between keys, the database and the screen.
final class TriageLoop {
    private var session: Session
    private var desk: TriageDesk
    private var model: TriageModel
    private let screen: CursesScreen
    /// As it was when the queue was read last.
    private var seenVersion: Int64 = -1
    private var polled = ContinuousClock.now
    /// How many incidents are read.
    private var most = TriageDesk.most

    init(_ session: Session, isReadOnly: Bool) throws {
        self.session = session
        // What is wrong with the database is said before the screen is taken.
        desk = try TriageDesk(session)
        model = TriageModel(
            language: session.language, actor: session.hand().actor, isReadOnly: isReadOnly,
            options: session.options.state.map { ["--state", $0] } ?? [], now: .now)
        model.choices = try desk.choices()
        do { screen = try CursesScreen(session.environment) } catch {
            throw CommandFailure(
                code: .failed,
                message: "vonggac: "
                    + (error == .notATerminal
                        ? session.text(
                            "triage cần một màn hình; trong script hãy dùng vonggac incident list",
                            "triage needs a terminal; scripts use vonggac incident list")
                        : session.text(
                            "không biết loại màn hình TERM=\(session.environment["TERM"] ?? ""); thử TERM=xterm",
                            "unknown terminal TERM=\(session.environment["TERM"] ?? ""); try TERM=xterm")))
        }
    }

    /// Goes on until the person leaves, or the terminal does.
    func run() {
        defer { screen.close() }
        measure()
        refresh()
        while true {
            draw()
            let drawn = ContinuousClock.now
            // Often enough for what others do, seldom enough for a small machine.
            var input = screen.input(milliseconds: 500)
            // Keys that come faster than the line carries pictures share one: whoever holds a key down need not wait for all that lay between.
            for _ in 0..<200 {
                guard take(input) else { return }
                guard case .key = input else { break }
                let left = screen.pace - (ContinuousClock.now - drawn)
                input = screen.input(milliseconds: max(0, Int(left / .milliseconds(1))))
                if input == .nothing { break }
            }
            poll()
        }
    }

    /// - Returns: false to leave.
    private func take(_ input: CursesScreen.Input) -> Bool {
        switch input {
        case .end: return false
        case .interrupt: return perform(model.interrupt())
        case .nothing: return true
        case .key(let key):
            if key == .resize { measure() }
            return perform(model.handle(key))
        }
    }

    private func measure() {
        model.rows = screen.rows
        model.columns = screen.columns
    }

    private func draw() {
        model.now = .now
        // The clock shows minutes.
        screen.show(TriageLayout.frame(model))
    }

    /// - Returns: false to leave.
    private func perform(_ intents: [TriageIntent]) -> Bool {
        for intent in intents {
            switch intent {
            case .quit: return false
            case .reload: refresh()
            case .open(let code): open(code)
            case .act(let commands, let code, let version): act(commands, code, version)
            case .lend(let command): lend(command)
            case .view(let number): view(number)
            case .more:
                most += TriageDesk.most
                refresh()
            case .repaint: screen.repaint()
            case .speak(let language): speak(language)
            }
        }
        return true
    }

    // MARK: reading

    /// Looks whether somebody changed something.
    private func poll() {
        let now = ContinuousClock.now
        guard now - polled >= .milliseconds(450) else { return }
        polled = now
        guard let version = try? desk.store.dataVersion(), version != seenVersion else { return }
        refresh()
    }

    private func refresh() {
        attempt {
            seenVersion = try desk.store.dataVersion()
            let queue = try desk.queue(model.filter, most: most)
            let intents = model.take(queue.items, unread: queue.unread)
            for case .open(let code) in intents { open(code) }
        }
    }

    private func open(_ code: IncidentCode) { attempt { model.take(try desk.detail(code)) } }

    private func attempt(_ body: () throws -> Void) {
        do { try body() } catch { model.status = TriageModel.Status(text: text(of: error), kind: .alarm) }
    }

    /// One line.
    private func text(of error: any Error) -> String {
        let text = (error as? any BilingualError).map { session.text(of: $0) } ?? VongGac.message(for: error)
        return text.split(separator: "\n").first.map(String.init) ?? "\(error)"
    }

    private func speak(_ language: Language) {
        attempt {
            var options = session.options
            options.lang = language
            session = Session(options: options)
            desk = try TriageDesk(session)
            model.language = language
            model.choices = try desk.choices()
        }
        refresh()
    }

    // MARK: acting

    /// What a command line needs beside what is shown: where, who, in which language.
    private var given: [String] {
        var options: [String] = []
        if let state = session.options.state { options += ["--state", state] }
        if let actor = session.options.actor { options += ["--actor=\(actor)"] }
        return options + ["--lang", session.language.rawValue]
    }

    /// Parses the command lines and does what they say: the very same as at the command line.
    private func act(_ commands: [CommandLineForm], _ code: IncidentCode, _ version: Int64) {
        model.status = TriageModel.Status(text: session.text("đang ghi…", "writing…"), kind: .plain)
        draw()
        var expected = version
        var said = ""
        do {
            for command in commands {
                let words = command.words(with: given + ["--expect", String(expected)])
                guard let action = try VongGac.parseAsRoot(words) as? any IncidentAction else { continue }
                let outcome = try action.act(session)
                said = outcome.lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: ", ")
                expected = try desk.store.incident(code).version
            }
            model.status = TriageModel.Status(
                text: said, kind: .good, command: commands.map { $0.text(with: model.options) }.joined(separator: "; "))
        } catch {
            model.status = TriageModel.Status(text: text(of: error), kind: .alarm)
        }
        refresh()
    }

    /// Runs a command on this terminal, and comes back when it has ended.
    private func lend(_ command: CommandLineForm) {
        let text = command.text(with: model.options)
        let status = screen.lend { () -> Int32 in
            FileHandle.standardOutput.write(Data("$ \(DisplayText.safe(text))\n".utf8))
            let status = ChildProgram.run(["/proc/self/exe"] + command.words(with: given))
            FileHandle.standardOutput.write(Data(session.text("\n[Enter: trở lại] ", "\n[Enter: back] ").utf8))
            while let byte = ChildProgram.byte(), byte != 10, byte != 13 {}
            return status
        }
        measure()
        model.status =
            status == 0
            ? TriageModel.Status(text: session.text("Xong.", "Done."), kind: .good, command: text)
            : TriageModel.Status(
                text: session.text("Lệnh dừng với mã \(status).", "The command ended with code \(status)."), kind: .alarm, command: text)
        refresh()
    }

    /// Opens a piece of evidence. That it was seen is recorded before it is shown, as `evidence view` does.
    private func view(_ number: Int64) {
        guard !model.isReadOnly else {
            model.status = TriageModel.Status(
                text: session.text(
                    "Chế độ chỉ đọc: xem chứng cứ phải ghi vào sổ, nên không mở được ở đây.",
                    "Read-only: seeing evidence must be recorded, so it is not opened here."), kind: .alarm)
            return
        }
        attempt {
            let command = CommandLineForm("evidence view", [String(number), "--reason", "triage"])
            let (item, bytes) = try EvidenceView.open(String(number), reason: "triage", session)
            model.take(EvidenceContent(item, bytes, path: session.evidence.file(item.digest), session))
            model.status = TriageModel.Status(
                text: session.text("Đã ghi vào sổ: bạn đã xem chứng cứ \(number).", "Recorded: you have seen evidence \(number)."),
                kind: .good,
                command: command.text(with: model.options))
        }
    }
}

/// A program on this terminal. Foundation's would put it into a process group of its own, which may not read the terminal.
enum ChildProgram {
    /// Runs it and gives its exit code; 128 and the signal where one killed it, -1 where it could not be started.
    static func run(_ words: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        // What this program ignores, catches or blocks, the other one does not.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var process: pid_t = 0
        guard posix_spawnp(&process, words[0], nil, &attributes, arguments, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// The next byte of the terminal; nil at its end, and when the program is asked to end.
    static func byte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = read(0, &byte, 1)
            if count < 0, errno == EINTR, !CursesScreen.isEnding { continue }
            return count == 1 ? byte : nil
        }
    }
}
