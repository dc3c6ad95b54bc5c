import Foundation
import Glibc

/// Where the passphrase of a private key comes from. Never the command line itself: every user of a machine can read that of every process.
public enum PassphraseSource: Sendable, Hashable {
    /// The first line of a file that nobody but its owner may read.
    case file(String)
    /// An environment variable.
    case environment(String)
    /// The first line that a command prints, such as `pass show vonggac`; run by `sh`.
    case command(String)

    /// Reads `file:PATH`, `env:NAME` or `command:WORDS`.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let value = String(text[text.index(after: colon)...])
        guard !value.isEmpty else { return nil }
        switch text[..<colon] {
        case "file": self = .file(value)
        case "env": self = .environment(value)
        case "command": self = .command(value)
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .environment(let name): "env:\(name)"
        case .command(let words): "command:\(words)"
        }
    }

    /// What libcrypto takes of it.
    static let longest = 1024

    /// The passphrase, in UTF-8.
    public func read() throws(SigningError) -> [UInt8] {
        let bytes: [UInt8]
        switch self {
        case .file(let path):
            var status = stat()
            guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
            guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path, mode: status.st_mode & 0o7777) }
            bytes = [UInt8](data)
        case .environment(let name): bytes = Array((ProcessInfo.processInfo.environment[name] ?? "").utf8)
        case .command(let words): bytes = try PassphraseSource.output(of: words, self)
        }
        let line = Array(bytes.prefix { $0 != 0x0a && $0 != 0x0d && $0 != 0 })
        guard !line.isEmpty, line.count <= PassphraseSource.longest else { throw .noPassphrase(from: description) }
        return line
    }

    /// Bytes of a command's output that are read.
    private static let mostOutput = 64 * 1024

    private static func output(of words: String, _ source: PassphraseSource) throws(SigningError) -> [UInt8] {
        // Not by Foundation's Process: that gives a program a group of its own, in which the terminal stops it when it asks a person.
        guard let command = popen(words, "re") else { throw .noPassphrase(from: source.description) }
        var output = [UInt8](repeating: 0, count: mostOutput)
        let count = fread(&output, 1, mostOutput, command)
        // Whoever prints more than that is told that nobody reads on.
        let status = pclose(command)
        guard status == 0 else { throw .noPassphrase(from: source.description) }
        return Array(output.prefix(count))
    }
}
