import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import TestSupport
import Testing
import Wording

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
        FileManager.default.createFile(atPath: out.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: out) }
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
        return try String(contentsOf: out, encoding: .utf8)
    }
}

/// Margins, fonts, page numbers and the parts of NĐ 30/2020, Phụ lục I, read from the PDF itself.
@Suite(.enabled(if: Tool.weasyprint && Tool.poppler, "weasyprint or poppler-utils is not installed: make report-deps")) struct PaperTests {
    struct Word {
        var page: Int
        var (left, top, right, bottom): (Double, Double, Double, Double)
        var text: String
    }

    struct Paper {
        var path: String
        var sizes: [(width: Double, height: Double)]
        var words: [Word]

        init(_ document: ReportDocument) throws {
            path = FileManager.default.temporaryDirectory.appendingPathComponent("paper-\(UUID().uuidString).pdf").path
            try Data(PDFRenderer.render(document)).write(to: URL(fileURLWithPath: path))
            let boxes = try Tool.run("pdftotext", "-bbox", path, "-")
            sizes = []
            words = []
            for line in boxes.split(separator: "\n") {
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
        }

        func remove() { try? FileManager.default.removeItem(atPath: path) }
    }

    static let millimetre = 72 / 25.4

    private static func weekly(_ language: Language = .vi) throws -> ReportDocument {
        let province = try Province.shared.get()
        var options = try Office.options()
        options.language = language
        options.letterhead = try Letterhead.load(file: ProjectFiles.path("Tests/Fixtures/Lab/organisation.yaml"))
        options.number = "5"
        options.date = LocalTime.parse("2026-11-03")
        let data = try WeeklyData(
            from: province.store, period: #require(ReportPeriod(week: Province.week)), profile: ProfileLibrary(folders: []).profile())
        return WeeklyReport(data, options).document
    }

    @Test func weeklyReportIsLaidOutByDecree() throws {
        let paper = try Paper(Self.weekly())
        defer { paper.remove() }
        let mm = Self.millimetre
        // A4, the appendix across.
        let upright = paper.sizes.filter { abs($0.width - 210 * mm) < 1 && abs($0.height - 297 * mm) < 1 }
        let across = paper.sizes.filter { abs($0.width - 297 * mm) < 1 && abs($0.height - 210 * mm) < 1 }
        #expect(upright.count + across.count == paper.sizes.count && across.count >= 1 && upright.count >= 5)
        for word in paper.words {
            let size = paper.sizes[word.page - 1]
            let isNumber = word.top < 20 * mm
            // Nothing in the margins: 30 mm left, 15 right, 20 above and below; the number alone stands in the upper one.
            #expect(word.left > 30 * mm - 1, "\(word)")
            #expect(word.right < size.width - 15 * mm + 1.5, "\(word)")
            #expect(word.bottom < size.height - 20 * mm + 2, "\(word)")
            if isNumber {
                #expect(Int(word.text) != nil && word.page > 1, "\(word)")
                // In the middle of the text's width.
                #expect(abs((word.left + word.right) / 2 - (30 * mm + size.width - 15 * mm) / 2) < 4, "\(word)")
            }
        }
        let numbers = paper.words.filter { $0.top < 20 * mm }
        let text = upright.count
        #expect(numbers.filter { $0.page <= text }.map { Int($0.text) } == Array(2...text))
        // The appendix counts its own pages, and shows no first number either.
        #expect(numbers.filter { $0.page == text + 1 }.isEmpty)
        #expect(!paper.words.contains { $0.text.contains("□") || $0.text.contains("\u{fffd}") })
    }

    @Test func headAndEndHaveTheirParts() throws {
        let paper = try Paper(Self.weekly())
        defer { paper.remove() }
        func first(_ text: String, page: Int = 1) throws -> Word {
            try #require(paper.words.first { $0.page == page && $0.text == text }, "\(text)")
        }
        let mm = Self.millimetre
        let middle = 30 * mm + 165 * mm * 0.4
        // Cơ quan on the left, Quốc hiệu and Tiêu ngữ on the right, all within the first 60 mm.
        for (word, isRight) in [
            ("CÔNG", false), ("ĐỘI", false), ("Số:", false), ("05/BC-ĐƯCSC", false), ("CỘNG", true), ("Độc", true), ("Hải,", true),
        ] {
            let found = try first(word)
            #expect((found.left > middle) == isRight && found.top < 65 * mm, "\(found)")
        }
        let line = paper.words.filter { $0.page == 1 && $0.top < 65 * mm && $0.left > middle }.map(\.text).joined(separator: " ")
        #expect(line.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc"))
        #expect(line.contains("Vọng Hải, ngày 03 tháng 11 năm 2026"))
        let all = paper.words.map(\.text).joined(separator: " ")
        for part in [
            "BÁO CÁO Kết quả giám sát", "Kính gửi: Ủy ban nhân dân tỉnh Vọng Hải.", "./.", "Nơi nhận:", "- Như trên;", "- Lưu: VT, ĐƯCSC.",
            "ĐỘI TRƯỞNG", "Phụ lục", "(Kèm theo Báo cáo số 05/BC-ĐƯCSC ngày 03 tháng 11 năm 2026",
        ] {
            #expect(all.contains(part), "\(part)")
        }
        // Signature on the right of Nơi nhận.
        let copies = try #require(paper.words.last { $0.text == "nhận:" })
        let title = try #require(paper.words.last { $0.text == "TRƯỞNG" })
        #expect(title.left > copies.right && title.page == copies.page)
    }

    @Test func fontsAreEmbeddedAndOfTimesKind() throws {
        let paper = try Paper(Self.weekly())
        defer { paper.remove() }
        let fonts = try Tool.run("pdffonts", paper.path).split(separator: "\n").dropFirst(2)
        #expect(fonts.count >= 3)
        for font in fonts {
            #expect(font.contains(" yes yes yes "), "embedded, a subset, with Unicode: \(font)")
            #expect(font.contains("Liberation-Serif") || font.contains("Times-New-Roman") || font.contains("DejaVu"), "\(font)")
        }
        #expect(try Tool.run("pdfinfo", paper.path).contains("Title:           BÁO CÁO: Kết quả giám sát"))
    }

    @Test func sameDataGivesTheSamePDF() throws {
        let document = try Self.weekly()
        #expect(try PDFRenderer.render(document) == PDFRenderer.render(document))
    }

    @Test func missingProgramIsSaid() {
        #expect(PDFRenderer.program(["PATH": "/nonexistent"]) == nil)
        #expect(RenderingError.programMissing.english.contains("apt install weasyprint"))
    }
}

@Suite(.enabled(if: Tool.office, "LibreOffice is not installed: make report-deps")) struct OfficeFileTests {
    /// LibreOffice opens the DOCX and gives it back with every table and heading.
    @Test func wordFileSurvivesAnOfficeProgram() throws {
        let province = try Province.shared.get()
        var options = try Office.options()
        options.isTraced = true
        let data = try WeeklyData(
            from: province.store, period: #require(ReportPeriod(week: Province.week)), profile: ProfileLibrary(folders: []).profile())
        let document = WeeklyReport(data, options).document
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("office-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(DOCXRenderer.render(document)).write(to: URL(fileURLWithPath: folder + "/report.docx"))
        try Data(XLSXRenderer.render(document)).write(to: URL(fileURLWithPath: folder + "/report.xlsx"))
        func convert(_ file: String, _ format: String) throws {
            _ = try Tool.run(
                "timeout", "120", "soffice", "-env:UserInstallation=file://\(folder)/profile", "--headless", "--convert-to", format,
                "--outdir", folder + "/back", folder + "/" + file)
        }
        try convert("report.docx", "html:HTML (StarWriter)")
        let back = try String(contentsOfFile: folder + "/back/report.html", encoding: .utf8)
        let plain = back.replacing(/<[^>]*>/, with: " ").replacing("&ndash;", with: "–").replacing(/\s+/, with: " ")
        let lost = document.sections.map(\.heading).filter { !plain.lowercased().contains($0.lowercased()) }
        #expect(lost.isEmpty, "\(lost)")
        let words = Set(plain.split(separator: " "))
        for table in document.tables {
            #expect(plain.contains(table.caption), "\(table.caption)")
            for cell in [table.rows.first?.first, table.rows.last?.first].compactMap({ $0?.split(separator: " ").first })
            where cell.count < 16 {
                #expect(words.contains(cell), "\(table.caption): \(cell)")
            }
        }
        // Two without lines (head, end), each printed table, the trace; charts as pictures.
        let charts = document.sections.flatMap(\.blocks).count { block in
            switch block {
            case .bars, .columns: true
            default: false
            }
        }
        #expect(charts > 2 && back.matches(of: /<table/).count == document.tables.count + 3)
        #expect(back.matches(of: /<img/).count == charts)
        // They are still charts in what the office program writes itself, with their numbers.
        try convert("report.docx", "odt")
        try convert("back/report.odt", "docx")
        let parts = try Tool.run("unzip", "-l", folder + "/back/report.docx")
        #expect(parts.matches(of: /charts\/chart\d+\.xml/).count == charts)
        let first = try Tool.run("unzip", "-p", folder + "/back/report.docx", "word/charts/chart1.xml")
        #expect(first.contains("<c:barChart>") && first.contains("Tấn công sử dụng mã độc"))
        #expect(back.contains("<h1") && back.contains("<h2"))
        try convert("report.xlsx", "csv:Text - txt - csv (StarCalc):44,34,76,1")
        let numbers = try String(contentsOfFile: folder + "/back/report.csv", encoding: .utf8)
        #expect(numbers.contains("W04") && numbers.contains("MALWARE"))
    }
}
