import Foundation
import Glibc
import Yams

/// Where secrets are asked for by name.
public protocol SecretSource: Sendable {
    /// - Throws: ``PlaybookRunError/secret(name:reason:)`` where there is none, or where it lies unsafely.
    func secret(named name: String) throws -> String
}

/// Secrets from a file that says where each is kept, from a folder with a file for each, or from the environment.
///
///     secrets:
///       gateway: {file: /etc/vonggac/secrets/gateway}
///       mail: {environment: MAIL_TOKEN}
///       firewall: {command: [/usr/bin/pass, show, firewall]}
///
/// A name that the file does not have is looked for as `FOLDER/NAME`, then as the environment variable `VONGGAC_SECRET_NAME`.
public struct SecretStore: SecretSource {
    private enum Place: Sendable {
        case file(String)
        case environment(String)
        case command([String])
    }

    private let places: [String: Place]
    private let folder: String?
    private let environment: [String: String]

    /// A secret longer than this is something else.
    public static let longest = 64 * 1024

    /// - Parameter file: nil for none. It may only be writable by its owner, since it names commands.
    public init(file: String?, folder: String?, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.folder = folder
        self.environment = environment
        guard let file else {
            places = [:]
            return
        }
        let text = try PrivateFile.read(file, name: file, mask: 0o022)
        var places: [String: Place] = [:]
        guard let root = try? Yams.compose(yaml: text), let list = root.mapping?["secrets"]?.mapping else {
            throw PlaybookRunError.secret(name: file, reason: "secrets: is missing")
        }
        for (key, value) in list {
            let name = key.string ?? ""
            if let path = value.mapping?["file"]?.string {
                places[name] = .file(path)
            } else if let variable = value.mapping?["environment"]?.string {
                places[name] = .environment(variable)
            } else if let command = value.mapping?["command"]?.sequence?.map({ $0.string ?? "" }), command.first?.hasPrefix("/") == true {
                places[name] = .command(command)
            } else {
                throw PlaybookRunError.secret(
                    name: name, reason: "file, environment or command (a list that begins with a path) is missing")
            }
        }
        self.places = places
    }

    public func secret(named name: String) throws -> String {
        switch places[name] {
        case .file(let path): return try Self.trimmed(PrivateFile.read(path, name: name, mask: 0o077), name)
        case .environment(let variable):
            guard let text = environment[variable] else { throw PlaybookRunError.secret(name: name, reason: "\(variable) is not set") }
            return try Self.trimmed(text, name)
        case .command(let command): return try Self.trimmed(output(of: command, name), name)
        case nil: break
        }
        // Names come from playbooks: they never lead out of the folder.
        let isPlain = !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && !name.contains("\0")
        if let folder, isPlain {
            var status = stat()
            if lstat("\(folder)/\(name)", &status) == 0 {
                return try Self.trimmed(PrivateFile.read("\(folder)/\(name)", name: name, mask: 0o077), name)
            }
        }
        let variable = "VONGGAC_SECRET_" + name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0).uppercased() : "_" }.joined()
        if let text = environment[variable] { return try Self.trimmed(text, name) }
        throw PlaybookRunError.secret(name: name, reason: "not kept anywhere (\(folder.map { "\($0)/\(name), " } ?? "")\(variable))")
    }

    /// A file that nobody else may read, such as a private key.
    public static func privateFile(_ path: String) throws -> String { try PrivateFile.read(path, name: path, mask: 0o077) }

    private func output(of command: [String], _ name: String) throws -> String {
        let result = try CommandRunner().run(
            CommandJob(
                unit: .none, typeName: "secret", written: "", program: command[0], arguments: Array(command.dropFirst()),
                environment: environment.filter { $0.key.hasPrefix("GNUPG") || $0.key.hasPrefix("PASSWORD_STORE") }, timeout: 30_000))
        guard result.status == 0, !result.timedOut else {
            throw PlaybookRunError.secret(name: name, reason: "\(command[0]) failed")
        }
        return result.output
    }

    /// Without the line break at the end.
    private static func trimmed(_ text: String, _ name: String) throws -> String {
        var text = Substring(text)
        while let last = text.last, last.isNewline { text.removeLast() }
        guard !text.isEmpty else { throw PlaybookRunError.secret(name: name, reason: "empty") }
        guard !text.utf8.contains(0) else { throw PlaybookRunError.secret(name: name, reason: "has a NUL byte") }
        return String(text)
    }
}

/// A file that only its owner may use: no link, a regular file, of this user or root.
enum PrivateFile {
    /// - Parameter mask: permission bits that must not be set.
    static func read(_ path: String, name: String, mask: mode_t) throws -> String {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            let reason = errno == ELOOP ? "is a symbolic link" : String(cString: strerror(errno))
            throw PlaybookRunError.secret(name: name, reason: "\(path): \(reason)")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw PlaybookRunError.secret(name: name, reason: "\(path): is no regular file")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw PlaybookRunError.secret(name: name, reason: "\(path): belongs to somebody else")
        }
        guard status.st_mode & mask == 0 else {
            throw PlaybookRunError.secret(name: name, reason: "\(path): others may use it; chmod \(mask == 0o077 ? "600" : "go-w") \(path)")
        }
        guard status.st_size <= SecretStore.longest else { throw PlaybookRunError.secret(name: name, reason: "\(path): too long") }
        var bytes = [UInt8](repeating: 0, count: SecretStore.longest + 1)
        var count = 0
        while count < bytes.count {
            let more = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: count), $0.count - count) }
            guard more > 0 else { break }
            count += more
        }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw PlaybookRunError.secret(name: name, reason: "\(path): not UTF-8 text")
        }
        return text
    }
}

/// No secrets at all: for looking at a playbook.
public struct NoSecrets: SecretSource {
    public init() {}
    public func secret(named name: String) throws -> String { throw PlaybookRunError.secret(name: name, reason: "not looked for") }
}

/// Takes secrets out of texts before anybody sees or keeps them.
public struct Mask: Sendable {
    static let sign = "•••"
    private let secrets: [String]

    init(_ secrets: some Sequence<String>) {
        var all: Set<String> = []
        for secret in secrets where secret.count >= 3 {
            all.insert(secret)
            all.insert(Data(secret.utf8).base64EncodedString())
            for line in secret.split(separator: "\n") where line.count >= 8 { all.insert(String(line)) }
        }
        // The longer first: one may be part of another.
        self.secrets = all.sorted { ($0.count, $0) > ($1.count, $1) }
    }

    func covered(_ text: String) -> String { secrets.reduce(text) { $0.replacing($1, with: Self.sign) } }
}
