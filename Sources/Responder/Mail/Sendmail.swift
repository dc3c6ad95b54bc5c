import Foundation
import Wording

/// The machine's own mail program, as every MTA has it: `sendmail -i -t`, the message on standard input.
struct Sendmail {
    /// `VONGGAC_SENDMAIL`, else where MTAs put it.
    static func program(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        if let named = environment["VONGGAC_SENDMAIL"], !named.isEmpty { return named }
        return ["/usr/sbin/sendmail", "/usr/lib/sendmail", "/usr/bin/msmtp"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static func send(_ message: MailMessage) throws(MailError) {
        guard let program = program() else { throw .noProgram }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-i", "-t"]
        let (input, errors) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        do {
            try process.run()
            // A program that stops reading must not stop this one with a signal.
            signal(SIGPIPE, SIG_IGN)
            try? input.fileHandleForWriting.write(contentsOf: Data(message.bytes))
            try? input.fileHandleForWriting.close()
        } catch { throw .failed("\(program): \(error)") }
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw .failed("\(program): \(complaint.split(separator: "\n").first.map(String.init) ?? "\(process.terminationStatus)")")
        }
    }
}

enum MailError: BilingualError, Hashable {
    case noProgram
    case noAddress(String)
    case noSender
    case failed(String)

    var vietnamese: String {
        switch self {
        case .noProgram:
            "máy này chưa có chương trình gửi thư (sendmail); hãy cài một MTA, hoặc gửi theo kênh khác rồi ghi bằng report sent"
        case .noAddress(let form): "chưa biết gửi cho ai: dùng --to, hoặc khai báo mail.to.\(form) trong organisation.yaml"
        case .noSender: "chưa biết gửi từ địa chỉ nào: dùng --from, hoặc khai báo mail.from trong organisation.yaml"
        case .failed(let reason): "không gửi được thư: \(reason)"
        }
    }

    var english: String {
        switch self {
        case .noProgram: "this machine has no sendmail; install an MTA, or send it another way and record that with report sent"
        case .noAddress(let form): "nobody to send to: use --to, or mail.to.\(form) in organisation.yaml"
        case .noSender: "no address to send from: use --from, or mail.from in organisation.yaml"
        case .failed(let reason): "the mail was not sent: \(reason)"
        }
    }
}
