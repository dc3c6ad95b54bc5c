import Foundation
import Reports
import Testing

/// Programs that tests look at documents with; where one is absent, its tests are skipped and say so.
enum Tool {
    static let weasyprint = PDFRenderer.program() != nil
    static let poppler = FileManager.default.isExecutableFile(atPath: "/usr/bin/pdftotext")
    static let office = FileManager.default.isExecutableFile(atPath: "/usr/bin/soffice")

    /// What a program says.
    static func run(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        let out = FileManager.default.temporaryDirectory.appendingPathComponent("out-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: out.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: out) }
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
        return try String(contentsOf: out, encoding: .utf8)
    }
}

/// A document as it lies on paper, read back from its PDF: where each word stands (pdftotext) and in which font (pdftohtml).
struct Paper {
    static let millimetre = 72 / 25.4

    struct Word {
        var page: Int
        var (left, top, right, bottom): (Double, Double, Double, Double)
        var text: String
    }

    /// Words of one font that stand together.
    struct Run {
        var page: Int
        var size: Int
        var family: String
        var colour: String
        var isBold: Bool
        var isItalic: Bool
        var text: String
    }

    var path: String
    var sizes: [(width: Double, height: Double)] = []
    var words: [Word] = []
    var runs: [Run] = []

    init(_ document: ReportDocument, named name: String? = nil) throws {
        // VONGGAC_PAPERS=FOLDER keeps the files there, to be looked at.
        let kept = ProcessInfo.processInfo.environment["VONGGAC_PAPERS"]
        path =
            if let kept, let name { kept + "/" + name + ".pdf" } else {
                FileManager.default.temporaryDirectory.appendingPathComponent("paper-\(UUID().uuidString).pdf").path
            }
        try Data(PDFRenderer.render(document)).write(to: URL(fileURLWithPath: path))
        for line in try Tool.run("pdftotext", "-bbox", path, "-").split(separator: "\n") {
            if let match = line.firstMatch(of: /<page width="([\d.]+)" height="([\d.]+)">/) {
                sizes.append((Double(match.1)!, Double(match.2)!))
            } else if let match = line.firstMatch(
                of: /<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*)<\/word>/)
            {
                words.append(
                    Word(
                        page: sizes.count, left: Double(match.1)!, top: Double(match.2)!, right: Double(match.3)!,
                        bottom: Double(match.4)!, text: String(match.5)))
            }
        }
        var fonts: [Substring: (size: Int, family: String, colour: String)] = [:]
        var page = 0
        for line in try Tool.run("pdftohtml", "-xml", "-stdout", "-i", "-zoom", "1", path).split(separator: "\n") {
            if line.hasPrefix("<page ") {
                page += 1
            } else if let match = line.firstMatch(of: /<fontspec id="(\d+)" size="(\d+)" family="(?:[A-Z]{6}\+)?([^"]*)" color="([^"]*)"/) {
                fonts[match.1] = (Int(match.2)!, String(match.3), String(match.4))
            } else if let match = line.firstMatch(of: /<text [^>]*font="(\d+)">(.*)<\/text>/), let font = fonts[match.1] {
                let text = match.2.replacing(/<[^>]*>/, with: "").replacing("&#34;", with: "\"").replacing("&amp;", with: "&")
                runs.append(
                    Run(
                        page: page, size: font.size, family: font.family, colour: font.colour, isBold: match.2.contains("<b>"),
                        isItalic: match.2.contains("<i>"), text: String(text)))
            }
        }
    }

    func remove() {
        if ProcessInfo.processInfo.environment["VONGGAC_PAPERS"] == nil { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Every word, in the order of the pages.
    var text: String { words.map(\.text).joined(separator: " ") }

    /// The run that a text begins.
    func run(_ text: String, last: Bool = false) throws -> Run {
        let runs = runs.filter { $0.text.drop { $0 == " " }.hasPrefix(text) }
        return try #require(last ? runs.last : runs.first, "\(text)")
    }
}
