import Foundation
import Glibc

/// Runs scripts with bash: no input, a bounded output, a time limit for the whole process group.
///
/// Foundation's `Process` takes a script for running as long as a background child of it lives, so the child is spawned here.
public struct ShellRunner: Sendable {
    /// Bytes of output that are kept; the rest is read and dropped.
    public static let mostOutput = 64 * 1024

    /// Set for every script, besides PATH, HOME, LANG, LC_ALL, USER and TZ of this program.
    private let environment: [String: String]

    public init(environment: [String: String] = [:]) { self.environment = environment }

    /// - Throws: ``PlaybookRunError/noShell(reason:)`` where bash cannot be started.
    public func run(_ job: ShellJob) throws -> ShellResult {
        var environment = self.environment
        for name in ["PATH", "HOME", "LANG", "LC_ALL", "USER", "TZ"] {
            environment[name] = environment[name] ?? ProcessInfo.processInfo.environment[name]
        }
        environment.merge(job.environment) { $1 }
        let (child, output) = try spawn(job.script, environment.map { "\($0.key)=\($0.value)" }.sorted())
        defer { close(output) }

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
            }
            var waiting = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 25) > 0 else {
                if status != nil { quietRounds += 1 }
                continue
            }
            let count = read(output, &buffer, buffer.count)
            if count > 0 {
                let room = min(count, Self.mostOutput - kept.count)
                kept += buffer[..<room]
                dropped += count - room
                // A child left behind that never stops talking must not hold the run either.
                if status != nil, dropped > Self.mostOutput { break }
            } else if let status {
                return result(status, kept, dropped, timedOut)
            } else {
                // Every end is closed, but the script goes on.
                usleep(5000)
            }
        }
        return result(status ?? 255, kept, dropped, timedOut)
    }

    private func result(_ status: Int32, _ kept: [UInt8], _ dropped: Int, _ timedOut: Bool) -> ShellResult {
        let text = String(decoding: kept, as: UTF8.self) + (dropped > 0 ? "\n… (\(dropped) bytes more)" : "")
        return ShellResult(status: status, output: text, timedOut: timedOut)
    }

    /// Starts bash at the head of a process group of its own. Returns its process and the end to read its output from.
    private func spawn(_ script: String, _ environment: [String]) throws -> (child: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw PlaybookRunError.noShell(reason: String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The script must hear SIGTERM, whatever this thread has blocked.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)

        var arguments: [UnsafeMutablePointer<CChar>?] = ["/bin/bash", "-c", script].map { (text: String) in strdup(text) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { (text: String) in strdup(text) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, "/bin/bash", &actions, &attributes, &arguments, &variables)
        guard error == 0 else {
            close(ends[0])
            throw PlaybookRunError.noShell(reason: String(cString: strerror(error)))
        }
        return (child, ends[0])
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
