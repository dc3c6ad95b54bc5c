import Foundation
import Synchronization
import TestSupport

@testable import Playbooks

/// The system's sshd with a configuration, keys and, for root, an account of its own, on a port of the loopback address. Nothing of the
/// machine's own accounts or keys is used or changed.
final class PrivateSSHServer {
    /// Not in TMPDIR, which may be closed to others: the account must reach its keys.
    let folder = "/tmp/vonggac-sshd-\(UUID().uuidString)"
    let port: Int
    let user: String
    let password = "mật-khẩu-\(UUID().uuidString)"
    private let server: Command

    static let program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].first { FileManager.default.isExecutableFile(atPath: $0) }
    static let isRoot = geteuid() == 0

    /// - Parameter port: nil for any that is free.
    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        for name in ["host", "other", "key", "stranger"] {
            guard try Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(folder)/\(name)").finish() == 0 else {
                throw Command.Silence(description: "ssh-keygen failed")
            }
        }
        try FileManager.default.copyItem(atPath: folder + "/key.pub", toPath: folder + "/authorized")
        port = try Self.freePort()
        user = Self.isRoot ? "canbo" : NSUserName()
        let configuration = """
            ListenAddress 127.0.0.1
            Port \(port)
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/authorized
            StrictModes no
            UsePAM no
            PasswordAuthentication \(Self.isRoot ? "yes" : "no")
            KbdInteractiveAuthentication no
            MaxStartups 100
            PidFile none
            PrintMotd no
            """
        try configuration.write(toFile: folder + "/config", atomically: true, encoding: .utf8)
        let start = "exec \(Self.program ?? "sshd") -D -e -f \(folder)/config"
        guard Self.isRoot else {
            server = try Command("sh", "-c", start)
            _ = try server.wait(for: "Server listening")
            return
        }
        // The account exists only for this server: in a mount namespace of its own.
        let hash = try Command("sh", "-c", "printf %s '\(password)' | openssl passwd -6 -stdin")
        guard try hash.finish() == 0 else { throw Command.Silence(description: "openssl passwd: \(hash.output)") }
        let entry = hash.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let passwd = try String(contentsOfFile: "/etc/passwd", encoding: .utf8) + "canbo:x:64200:65534::\(folder):/bin/sh\n"
        try passwd.write(toFile: folder + "/passwd", atomically: true, encoding: .utf8)
        try "canbo:\(entry):20000:0:99999:7:::\n".write(toFile: folder + "/shadow", atomically: true, encoding: .utf8)
        server = try Command(
            "unshare", "-m", "sh", "-c",
            "mount --bind \(folder)/passwd /etc/passwd && mount --bind \(folder)/shadow /etc/shadow && mount -t tmpfs none /run && mkdir /run/sshd && "
                + start)
        _ = try server.wait(for: "Server listening")
    }

    deinit {
        server.signal(SIGTERM)
        _ = try? server.finish()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Known hosts with one of the keys made here, for this server's name.
    func knownHosts(_ key: String?) throws -> String {
        let path = "\(folder)/known-\(key ?? "none")"
        let line = try key.map { "[127.0.0.1]:\(port) " + (try String(contentsOfFile: "\(folder)/\($0).pub", encoding: .utf8)) } ?? ""
        try line.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    func privateKey(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard isBound else { throw Command.Silence(description: "no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// Command lines of every process that can be seen, as long as something runs.
final class CommandLineWatch: Sendable {
    private struct State {
        var lines: Set<String> = []
        var isOver = false
    }

    private let state = Mutex(State())

    init() {
        Thread.detachNewThread { [self] in
            while !state.withLock(\.isOver) {
                let seen = Self.lines()
                state.withLock { $0.lines.formUnion(seen) }
                usleep(10_000)
            }
        }
    }

    static func lines() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }.compactMap {
            FileManager.default.contents(atPath: "/proc/\($0)/cmdline").map {
                String(decoding: $0, as: UTF8.self).replacing("\0", with: " ")
            }
        }
    }

    func finish() -> Set<String> {
        state.withLock { state in
            state.isOver = true
            return state.lines
        }
    }
}
