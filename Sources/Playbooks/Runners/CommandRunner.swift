import Foundation
import Glibc
import Synchronization

/// Runs programs for commands: a bounded output, a time limit for the whole process group, an environment of its own.
///
/// Foundation's `Process` takes a script for running as long as a background child of it lives, so the child is spawned here.
public struct CommandRunner: Sendable {
    /// Bytes of output that are kept where a job says nothing else.
    public static let mostOutput = 64 * 1024

    /// Set for every program, besides PATH, HOME, LANG, LC_ALL, USER and TZ of this program.
    private let environment: [String: String]

    public init(environment: [String: String] = [:]) { self.environment = environment }

    /// - Parameter isCancelled: asked many times a second; when it says yes, the program is stopped.
    /// - Throws: ``PlaybookRunError/noShell(reason:)`` where the program cannot be started, ``PlaybookRunError/cancelled`` when it was.
    public func run(_ job: CommandJob, isCancelled: () -> Bool = { false }) throws -> CommandResult {
        var environment = self.environment
        for name in ["PATH", "HOME", "LANG", "LC_ALL", "USER", "TZ"] {
            environment[name] = environment[name] ?? ProcessInfo.processInfo.environment[name]
        }
        environment.merge(job.environment) { $1 }
        let folder = try PrivateFolder(job.files)
        defer { folder.remove() }
        let fill = { (text: String) in text.replacing("{files}", with: folder.path) }
        let (child, output, input) = try spawn(
            job.program, job.arguments.map(fill), environment.map { "\($0.key)=\(fill($0.value))" }.sorted(),
            input: job.holdsInput ? nil : fill(job.input))
        defer {
            close(output)
            if input >= 0 { close(input) }
        }

        var kept: [UInt8] = []
        var dropped = 0
        var status: Int32?
        var timedOut = false
        let deadline = ContinuousClock.now + .milliseconds(max(1, job.timeout))
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        // A background child may hold the pipe open after the script has ended, so reading ends soon after the script does.
        var quietRounds = 0
        while quietRounds < 4 {
            if status == nil {
                status = finished(child)
                if status == nil, ContinuousClock.now > deadline {
                    timedOut = true
                    status = stop(child)
                }
                if status == nil, isCancelled() {
                    _ = stop(child)
                    throw PlaybookRunError.cancelled
                }
            }
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 25) > 0 else {
                if status != nil { quietRounds += 1 }
                continue
            }
            let count = read(output, &buffer, buffer.count)
            if count > 0 {
                let room = min(count, job.mostOutput - kept.count)
                kept += buffer[..<room]
                dropped += count - room
                if job.stopsAtMost, dropped > 0, status == nil { status = stop(child) }
                // A child left behind that never stops talking must not hold the run either.
                if status != nil, dropped > job.mostOutput { break }
            } else if let status {
                return result(status, kept, dropped, timedOut)
            } else {
                // Every end is closed, but the script goes on.
                usleep(5000)
            }
        }
        return result(status ?? 255, kept, dropped, timedOut)
    }

    /// Runs a program that belongs to no step.
    /// - Parameter timeout: milliseconds.
    public func run(program: String, _ arguments: [String], timeout: Int) throws -> CommandResult {
        try run(
            CommandJob(
                unit: .none, typeName: "", written: "", program: program, arguments: arguments, environment: [:], timeout: timeout))
    }

    private func result(_ status: Int32, _ kept: [UInt8], _ dropped: Int, _ timedOut: Bool) -> CommandResult {
        let text = String(decoding: kept, as: UTF8.self) + (dropped > 0 ? "\n… (\(dropped) bytes more)" : "")
        return CommandResult(status: status, output: text, timedOut: timedOut, dropped: dropped)
    }

    /// Starts the program at the head of a process group of its own. Returns its process, the end to read its output from, and the end of
    /// its standard input that is held, or -1.
    /// - Parameter input: nil to hold it.
    private func spawn(
        _ program: String, _ list: [String], _ environment: [String], input: String?
    ) throws -> (child: pid_t, output: Int32, input: Int32) {
        // One at a time: a program that another branch starts must not inherit what is opened here before it is marked as private.
        try Self.spawning.withLock { _ in try spawnAlone(program, list, environment, input: input) }
    }

    private static let spawning = Mutex(())

    private func spawnAlone(
        _ program: String, _ list: [String], _ environment: [String], input: String?
    ) throws -> (child: pid_t, output: Int32, input: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw PlaybookRunError.noShell(reason: String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // What the program reads lies in a file that has no name any more, and is there as a whole: nobody has to feed a pipe.
        var source: Int32 = -1
        var held: Int32 = -1
        if input == nil {
            var pair: [Int32] = [0, 0]
            guard pipe(&pair) == 0 else {
                close(ends[0])
                throw PlaybookRunError.noShell(reason: String(cString: strerror(errno)))
            }
            for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            (source, held) = (pair[0], pair[1])
            posix_spawn_file_actions_adddup2(&actions, source, 0)
        } else if input?.isEmpty == true {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        } else {
            var template = Array(((access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()) + "/vonggac-XXXXXX").utf8CString)
            source = mkstemp(&template)
            if source >= 0 {
                _ = fcntl(source, F_SETFD, FD_CLOEXEC)
                unlink(template)
            }
            var rest = Array((input ?? "").utf8)[...]
            while source >= 0, !rest.isEmpty {
                let written = rest.withUnsafeBytes { write(source, $0.baseAddress, $0.count) }
                guard written > 0 else { break }
                rest = rest.dropFirst(written)
            }
            guard source >= 0, rest.isEmpty, lseek(source, 0, SEEK_SET) == 0 else {
                if source >= 0 { close(source) }
                close(ends[0])
                throw PlaybookRunError.noShell(reason: String(cString: strerror(errno)))
            }
            posix_spawn_file_actions_adddup2(&actions, source, 0)
        }
        defer { if source >= 0 { close(source) } }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The script must hear SIGTERM, whatever this thread has blocked or this program ignores.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var usual = sigset_t()
        sigemptyset(&usual)
        for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { sigaddset(&usual, signal) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        posix_spawnattr_setpgroup(&attributes, 0)

        var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + list).map { (text: String) in strdup(text) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { (text: String) in strdup(text) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, program, &actions, &attributes, &arguments, &variables)
        guard error == 0 else {
            close(ends[0])
            if held >= 0 { close(held) }
            throw PlaybookRunError.noShell(reason: "\(program): " + String(cString: strerror(error)))
        }
        return (child, ends[0], held)
    }

    /// The exit status, when the process has ended.
    private func finished(_ child: pid_t, waits: Bool = false) -> Int32? {
        var status: Int32 = 0
        while true {
            let ended = waitpid(child, &status, waits ? 0 : WNOHANG)
            if ended < 0, errno == EINTR { continue }
            if ended == 0 { return nil }
            let signal = status & 0x7f
            return ended < 0 ? 255 : signal == 0 ? (status >> 8) & 0xff : 128 + signal
        }
    }

    /// Ends the process group: politely, and after two seconds by force.
    private func stop(_ child: pid_t) -> Int32 {
        kill(-child, SIGTERM)
        for _ in 0..<200 {
            if let status = finished(child) {
                kill(-child, SIGKILL)
                return status
            }
            usleep(10_000)
        }
        kill(-child, SIGKILL)
        return finished(child, waits: true) ?? 255
    }
}

/// Files that only this user may read, for as long as one program runs.
private struct PrivateFolder {
    let path: String

    init(_ files: [String: String]) throws {
        guard !files.isEmpty else {
            path = "/nonexistent"
            return
        }
        // Memory where there is such a place: secrets need not reach a disk. Programs may not run from there.
        let isProgram = files.keys.contains { $0.hasSuffix(".sh") }
        let base = !isProgram && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
        var template = Array((base + "/vonggac-XXXXXX").utf8CString)
        guard let made = mkdtemp(&template) else { throw PlaybookRunError.noShell(reason: "mkdtemp: " + String(cString: strerror(errno))) }
        path = String(cString: made)
        for (name, content) in files {
            let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, name.hasSuffix(".sh") ? 0o700 : 0o600)
            let bytes = Array(content.utf8)
            guard file >= 0, write(file, bytes, bytes.count) == bytes.count else {
                if file >= 0 { close(file) }
                remove()
                throw PlaybookRunError.noShell(reason: "\(name): " + String(cString: strerror(errno)))
            }
            close(file)
        }
    }

    func remove() { if path != "/nonexistent" { try? FileManager.default.removeItem(atPath: path) } }
}
