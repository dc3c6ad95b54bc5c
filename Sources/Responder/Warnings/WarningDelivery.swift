import Bytes
import Compliance
import Foundation
import Glibc
import Incidents
import Trust

/// What became of a message on a channel.
struct DeliveryResult {
    var isDelivered: Bool
    /// What the channel answered, or why it failed; one line.
    var detail: String

    static func failed(_ detail: String) -> DeliveryResult { DeliveryResult(isDelivered: false, detail: detail) }
}

/// A message about deadlines, in the forms that channels need.
struct WarningMessage {
    var subject: String
    var lines: [String]
    var json: JSONValue
}

extension WarningSettings.Channel {
    /// Hands the message over and says honestly what is known: a mail system that takes a message has not shown it to anybody yet.
    func deliver(_ message: WarningMessage) -> DeliveryResult {
        switch self {
        case .mail(let to, let from, let program): deliverMail(message, to: to, from: from, program: program)
        case .webhook(let url, let headers, let timeout): post(message, url: url, headers: headers, timeout: timeout)
        case .bell(let terminal): ring(message, terminal)
        }
    }

    private func deliverMail(_ message: WarningMessage, to: [String], from: String?, program: String) -> DeliveryResult {
        func encoded(_ text: String) -> String { "=?UTF-8?B?\(Data(text.utf8).base64EncodedString())?=" }
        var header = ["To: \(to.joined(separator: ", "))"]
        if let from { header.append("From: \(from.filter { !$0.isNewline })") }
        header += [
            "Subject: \(encoded(message.subject))", "Auto-Submitted: auto-generated", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: base64", "",
        ]
        let body = Data((message.lines.joined(separator: "\n") + "\n").utf8).base64EncodedString(options: .lineLength76Characters)
        let result = BoundedCommand.run(
            program, ["-i", "-t"], input: (header + [body, ""]).joined(separator: "\n"), seconds: 30)
        switch result {
        case .failure(let problem): return .failed(problem.text)
        case .success(let end) where end.code == 0: return DeliveryResult(isDelivered: true, detail: "taken by \(program)")
        case .success(let end): return .failed("\(program) ended with \(end.code): \(end.output)")
        }
    }

    /// By curl, which knows TLS and proxies. What is secret goes through its standard input, where other users' ps does not look.
    private func post(_ message: WarningMessage, url: String, headers: [String: String], timeout: Int) -> DeliveryResult {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
        }
        guard let body = try? message.json.canonicalText() else { return .failed("the message is no JSON") }
        var lines = ["url = \(quoted(url))", "data-binary = \(quoted(body))", "max-time = \(timeout)"]
        lines.append("header = \(quoted("Content-Type: application/json; charset=utf-8"))")
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { lines.append("header = \(quoted("\(name): \(value)"))") }
        lines += ["silent", "show-error", "output = /dev/null", "write-out = \"%{http_code}\""]
        let result = BoundedCommand.run(
            "/usr/bin/env", ["curl", "--config", "-"], input: lines.joined(separator: "\n") + "\n", seconds: timeout + 5)
        switch result {
        case .failure(let problem): return .failed(problem.text)
        case .success(let end) where end.code == 0:
            let status = Int(end.output.suffix(3)) ?? 0
            return DeliveryResult(isDelivered: (200..<300).contains(status), detail: "HTTP \(status)")
        case .success(let end) where end.code == 127: return .failed("curl is not installed")
        case .success(let end): return .failed("curl ended with \(end.code): \(end.output)")
        }
    }

    private func ring(_ message: WarningMessage, _ terminal: String) -> DeliveryResult {
        let descriptor = terminal == "-" ? dup(1) : open(terminal, O_WRONLY | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { return .failed("\(terminal): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard isatty(descriptor) == 1 else {
            return .failed(terminal == "-" ? "standard output is no terminal" : "\(terminal) is no terminal")
        }
        let text = "\u{7}\r\n" + message.lines.joined(separator: "\r\n") + "\r\n"
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return .failed("\(terminal): \(String(cString: strerror(errno)))") }
            bytes = bytes.dropFirst(count)
        }
        return DeliveryResult(isDelivered: true, detail: "shown on \(terminal == "-" ? "standard output" : terminal)")
    }
}

/// A program that is run with input and may not run on for ever.
enum BoundedCommand {
    struct Problem: Error {
        var text: String
    }

    struct End {
        var code: Int32
        /// The last line of what it wrote.
        var output: String
    }

    static func run(_ program: String, _ arguments: [String], input: String, seconds: Int) -> Result<End, Problem> {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let (stdin, output) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = output
        process.standardError = output
        // A program that ends without reading must not end this one.
        signal(SIGPIPE, SIG_IGN)
        do { try process.run() } catch { return .failure(Problem(text: "\(program) cannot be started")) }
        let watch = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds), execute: watch)
        try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? stdin.fileHandleForWriting.close()
        let data = (try? output.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        watch.cancel()
        let text = String(decoding: (data ?? Data()).suffix(2000), as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        if process.terminationReason == .uncaughtSignal {
            return .failure(Problem(text: "\(program) gave no answer in \(seconds) seconds"))
        }
        return .success(End(code: process.terminationStatus, output: line))
    }
}
