import Foundation

/// A program that a test runs beside itself. Standard output and error are gathered as one text.
public final class Command: Sendable {
    private let process: Process
    private let input = Pipe()

    /// A file, not a pipe: nobody has to read it for the program to go on.
    private let log: String

    public convenience init(_ words: String...) throws { try self.init(words) }

    /// Starts it; a word without a slash is looked up on the PATH.
    public init(_ words: [String], environment: [String: String]? = nil) throws {
        let process = Process()
        self.process = process
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        var variables = environment ?? ProcessInfo.processInfo.environment
        variables["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin:" + (variables["PATH"] ?? "")
        process.environment = variables
        process.standardInput = input
        log = NSTemporaryDirectory() + "command-\(UUID().uuidString).log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let sink = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        process.standardOutput = sink
        process.standardError = sink
        try process.run()
        try sink.close()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(atPath: log)
    }

    /// Everything that it has said.
    public var output: String {
        String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self).replacing("\r\n", with: "\n")
    }

    public struct Silence: Error, CustomStringConvertible {
        public let description: String
        public init(description: String) { self.description = description }
    }

    /// The first line with these words.
    /// - Throws: ``Silence`` when it does not come within the seconds.
    public func wait(for words: String, seconds: Double = 30) throws -> String {
        for _ in 0..<Int(seconds * 50) {
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
            if let line = lines.first(where: { $0.contains(words) }), output.contains(line + "\n") { return String(line) }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw Silence(description: "waited \(seconds) s for \"\(words)\"; it said: \(output)")
    }

    /// Writes a line to its standard input.
    public func send(line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for its end, at most a minute; gives the exit status.
    public func finish() throws -> Int32 {
        for _ in 0..<3000 where process.isRunning { Thread.sleep(forTimeInterval: 0.02) }
        guard !process.isRunning else {
            kill(process.processIdentifier, SIGKILL)
            throw Silence(description: "it did not end within a minute; it said: \(output)")
        }
        return process.terminationStatus
    }

    /// A program of this package, beside the test bundle.
    public static func built(_ name: String) -> String {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? ProjectFiles.path(".build/debug/x.xctest")
        let parts = bundle.components(separatedBy: "/")
        let index = parts.firstIndex { $0.hasSuffix(".xctest") } ?? parts.count - 1
        return parts[..<index].joined(separator: "/") + "/" + name
    }
}
