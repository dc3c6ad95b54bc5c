import Foundation
import Wording

/// A report as PDF: the HTML page laid out by WeasyPrint, which runs as a child process. It knows CSS for paged media (page boxes, named pages,
/// repeated table heads, numbers in the margin), embeds subsets of the fonts, and needs no display.
public enum PDFRenderer {
    /// Where the program is: `VONGGAC_WEASYPRINT`, else on the PATH.
    public static func program(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String? {
        if let named = environment["VONGGAC_WEASYPRINT"], !named.isEmpty { return named }
        return (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map { "\($0)/weasyprint" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    public static func render(_ document: ReportDocument) throws(RenderingError) -> [UInt8] {
        guard let program = program() else { throw .programMissing }
        let html = HTMLRenderer.render(document)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--quiet", "--encoding", "utf-8", "--base-url", "about:blank", "-", "-"]
        // The same day always: nothing of the run may get into the file.
        process.environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0",
            "HOME": ProcessInfo.processInfo.environment["HOME"] ?? "/",
        ]
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vonggac-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // Files instead of pipes: neither side waits for the other.
            let (input, output, errors) = (
                folder.appendingPathComponent("in"), folder.appendingPathComponent("out"), folder.appendingPathComponent("err")
            )
            try Data(html.utf8).write(to: input)
            for file in [output, errors] { try Data().write(to: file) }
            process.standardInput = try FileHandle(forReadingFrom: input)
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            try process.run()
            process.waitUntilExit()
            let bytes = [UInt8](try Data(contentsOf: output))
            guard process.terminationStatus == 0, bytes.starts(with: Array("%PDF-".utf8)) else {
                let complaint = String(decoding: (try? Data(contentsOf: errors)) ?? Data(), as: UTF8.self)
                throw RenderingError.programFailed(complaint.split(separator: "\n").last.map(String.init) ?? "")
            }
            return bytes
        } catch let error as RenderingError { throw error } catch { throw .programFailed("\(error)") }
    }
}

/// A format that could not be made.
public enum RenderingError: BilingualError, Hashable {
    case programMissing
    case programFailed(String)

    public var vietnamese: String {
        switch self {
        case .programMissing:
            "chưa có WeasyPrint để tạo PDF; hãy cài: apt install weasyprint fonts-liberation2. HTML, DOCX, XLSX, CSV, JSON không cần cài thêm gì"
        case .programFailed(let reason): "WeasyPrint không tạo được PDF: \(reason)"
        }
    }

    public var english: String {
        switch self {
        case .programMissing:
            "WeasyPrint, which makes the PDF, is not installed: apt install weasyprint fonts-liberation2. HTML, DOCX, XLSX, CSV and JSON need nothing"
        case .programFailed(let reason): "WeasyPrint could not make the PDF: \(reason)"
        }
    }
}
