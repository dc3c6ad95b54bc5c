import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import TestSupport
import Testing
import Wording

/// Margins, fonts, page numbers and the parts of NĐ 30/2020, Phụ lục I, read from the PDF itself.
@Suite(.enabled(if: Tool.weasyprint && Tool.poppler, "weasyprint or poppler-utils is not installed: make report-deps")) struct PaperTests {
    /// Every form, about the province: the last week, day and half year, and an incident with all that incidents have.
    enum Papers {
        static let incident = Result<Incident, any Error> {
            let store = try Province.shared.get().store
            // Personal data, a playbook run, evidence: the first that has most of it.
            let closed = try store.incidents().filter { $0.state == .closed }.sorted { $0.code < $1.code }
            func worth(_ incident: Incident) throws -> Int {
                let detail = try store.detail(incident.code)
                return (incident.flags.isEmpty ? 0 : 2) + (detail.runs.isEmpty ? 0 : 2) + (detail.evidence.isEmpty ? 0 : 1)
            }
            return try #require(closed.map { (try worth($0), $0) }.max { $0.0 < $1.0 }).1
        }

        static func document(_ id: String, _ language: Language = .vi) throws -> ReportDocument {
            let store = try Province.shared.get().store
            let template = try TemplateLibrary(folders: []).template(id)
            let profile = try ProfileLibrary(folders: []).profile()
            let letterhead = try Letterhead.parse(unit, file: "organisation.yaml")
            let date = LocalTime.parse("2026-11-03")
            func data() throws -> WeeklyData {
                let period =
                    switch id {
                    case "weekly": ReportPeriod(week: Province.week)
                    case "daily": ReportPeriod(day: Province.monday(Province.weeks - 1))
                    case "annual": ReportPeriod(reportingYear: 2026)
                    default: ReportPeriod(half: "2026-H2")
                    }
                return try WeeklyData(from: store, period: #require(period), profile: profile)
            }
            guard !template.parts.isEmpty else {
                var options = WeeklyOptions(template: template)
                (options.language, options.letterhead, options.number, options.date) = (language, letterhead, "5", date)
                return try WeeklyReport(data(), options).document
            }
            var options = DocumentOptions()
            (options.language, options.letterhead, options.number, options.date) = (language, letterhead, "5", date)
            options.now = date
            let subject: FormSubject
            if template.about == .period {
                subject = .period(try data())
            } else {
                let incident = try incident.get()
                subject = .incident(try store.detail(incident.code), try store.agencies())
            }
            let head = try store.dataHead()
            return FormDocument(
                template, about: subject, profile: profile, answers: answers, ledger: LedgerHead(seq: head.seq, hash: head.hash.hex),
                options: options
            ).document
        }

        private static let unit = """
            parent: Công an tỉnh Vọng Hải
            name: Đội ứng cứu sự cố an ninh mạng
            symbol: ĐƯCSC
            place: Vọng Hải
            to: [Ủy ban nhân dân tỉnh Vọng Hải]
            signer: {authority: TM. Đội ứng cứu sự cố, title: Đội trưởng, name: Nguyễn Thị Ngọc Uyển}
            copies: ["Công an tỉnh (Phòng An ninh mạng và PCTPSDCNC)"]
            address: "Số 1 đường Trần Phú, phường Hải Lăng, tỉnh Vọng Hải"
            phone: "0299 3 812 345"
            email: ungcuu@vonghai.example
            owner: Ủy ban nhân dân tỉnh Vọng Hải
            specialised_unit: Phòng An ninh mạng và PCTPSDCNC
            contact: {name: Trần Văn Bình, title: Phó Đội trưởng, phone: "0900 000 113", email: binh@vonghai.example}
            dpo: {name: Lê Quốc Việt, title: Cán bộ, phone: "0900 000 114", email: viet@vonghai.example}
            """

        /// What only a person knows.
        private static let answers = [
            "report_kind": "cuoi_cung", "cause": "Tài khoản quản trị dùng mật khẩu yếu, không giới hạn số lần đăng nhập sai.",
            "notified": "isp,co_quan_dieu_phoi", "plan_text": "Chặn nguồn tại cổng; đổi mật khẩu; rà soát các máy cùng mạng.",
            "request_text": "Cử cán bộ hỗ trợ phân tích mã độc.", "sender": "Sở Nội vụ", "data_types": "Họ tên, số định danh",
            "data_quantity": "120 người", "consequences": "Có thể bị lợi dụng để lừa đảo.", "classified": "30", "dossier_built": "28",
            "appraised": "25", "approved": "20", "approved_and_periodically_checked": "12",
        ]
    }

    /// One paper a form: making a PDF takes a second or more.
    @Test(arguments: TemplateLibrary.names) func isLaidOutByDecree(form: String) throws {
        let document = try Papers.document(form)
        #expect(document.draftNote == nil)
        let paper = try Paper(document, named: form)
        defer { paper.remove() }
        try sheets(paper, document)
        try head(paper, document)
        try end(paper, document)
        try fonts(paper)
        #expect(try Tool.run("pdfinfo", paper.path).contains("Title:           \(document.kind): \(document.plainTitle.prefix(20))"))
        let text = paper.text
        #expect(!text.contains("□") && !text.contains("\u{fffd}"))
        // Nothing in the record's own names: neither who wrote it nor what it is.
        for match in text.matches(of: /\b[a-z0-9]+_[a-z0-9_]+\b|\bsensor:\S+|\bpcap\b|\b[A-Z]+_[A-Z_]+\b/) {
            Issue.record("\(match.output)")
        }
        if ["initial", "notice"].contains(form) { #expect(!text.contains(/\b10\.\d+\.\d+\.\d+/)) }
    }

    /// Paper and page numbers (I.1, I.7): A4, margins 20, 15, 20 and 30 mm; numbers in the middle of the upper margin, none on the first page
    /// of the text and of each appendix.
    private func sheets(_ paper: Paper, _ document: ReportDocument) throws {
        let mm = Paper.millimetre
        let isUpright = paper.sizes.map { abs($0.width - 210 * mm) < 1 && abs($0.height - 297 * mm) < 1 }
        for (index, size) in paper.sizes.enumerated() where !isUpright[index] {
            #expect(abs(size.width - 297 * mm) < 1 && abs(size.height - 210 * mm) < 1, "page \(index + 1)")
        }
        #expect(isUpright[0] && isUpright.contains(false) == document.sections.contains(where: \.isLandscape))
        var numbers = [Int?](repeating: nil, count: paper.sizes.count)
        for word in paper.words {
            let size = paper.sizes[word.page - 1]
            #expect(word.left > 30 * mm - 1, "\(word)")
            #expect(word.right < size.width - 15 * mm + 1.5, "\(word)")
            #expect(word.bottom < size.height - 20 * mm + 2, "\(word)")
            if word.top < 20 * mm {
                let number: Int? = Int(word.text)
                #expect(number != nil, "\(word)")
                numbers[word.page - 1] = number
                #expect(abs((word.left + word.right) / 2 - (30 * mm + size.width - 15 * mm) / 2) < 4, "\(word)")
            }
        }
        var expected = 0
        for (index, number) in numbers.enumerated() {
            let isFirst = number == nil
            expected = isFirst ? 1 : expected + 1
            #expect(isFirst || number == expected, "page \(index + 1): \(numbers)")
            // Where numbers begin anew, an appendix does.
            let words = paper.words.filter { $0.page == index + 1 }
            #expect(!words.isEmpty, "page \(index + 1) is blank")
            if isFirst, index > 0 { #expect(words.prefix(2).map(\.text) == ["Phụ", "lục"], "page \(index + 1)") }
        }
        #expect(numbers.count { $0 == nil } == 1 + document.sections.count(where: \.isAppendix), "\(numbers)")
    }

    /// Quốc hiệu, tiêu ngữ, the issuing body, number and symbol, place and date, kind and subject (II.1–5), who it goes to.
    private func head(_ paper: Paper, _ document: ReportDocument) throws {
        let mm = Paper.millimetre
        let middle = 30 * mm + 165 * mm * 0.4
        let top = paper.words.filter { $0.page == 1 && $0.top < 70 * mm }
        func place(_ text: String) throws -> Paper.Word { try #require(top.first { $0.text == text }, "\(text)") }
        // The issuing body on the left, quốc hiệu and tiêu ngữ on the right.
        let number = "05/\(document.symbol)-ĐƯCSC"
        for (word, isRight) in [
            ("CÔNG", false), ("ĐỘI", false), ("Số:", false), (number, false), ("CỘNG", true), ("Độc", true), ("Hải,", true),
        ] {
            let found = try place(word)
            #expect((found.left > middle) == isRight && found.top < 65 * mm, "\(found)")
        }
        for order in [["CÔNG", "ĐỘI", "Số:"], ["CỘNG", "Độc", "Hải,"]] {
            let tops = try order.map { try place($0).top }
            #expect(tops == tops.sorted())
        }
        let right = top.filter { $0.left > middle && $0.top < 65 * mm }.map(\.text).joined(separator: " ")
        #expect(right.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc"))
        #expect(right.contains("Vọng Hải, ngày 03 tháng 11 năm 2026"))
        for (text, sizes, isBold, isItalic) in [
            ("CÔNG AN TỈNH", 12...13, false, false), ("ĐỘI ỨNG CỨU", 12...13, true, false), ("Số: 05/", 13...13, false, false),
            ("CỘNG HÒA XÃ HỘI", 12...13, true, false), ("Độc lập - Tự do", 13...14, true, false), ("Vọng Hải, ngày", 13...14, false, true),
            (document.kind.uppercased(), 13...14, true, false), ("Kính gửi:", 13...14, false, false),
        ] {
            let run = try paper.run(text)
            #expect(sizes.contains(run.size) && run.isBold == isBold && run.isItalic == isItalic && run.page == 1, "\(run)")
        }
        // Kind and subject stand in the middle, under the header.
        let kind = paper.words.filter { $0.page == 1 && $0.top > 45 * mm }
        let first = try #require(document.kind.uppercased().split(separator: " ").first)
        let title = try #require(kind.first { $0.text == first })
        let line = kind.filter { abs($0.top - title.top) < 2 }
        let centre = ((line.map(\.left).min() ?? 0) + (line.map(\.right).max() ?? 0)) / 2
        #expect(abs(centre - (30 * mm + 195 * mm) / 2) < 4, "\(line.map(\.text))")
        #expect(try title.top > place("Số:").bottom)
    }

    /// "./.", nơi nhận on the left, the signature on the right of it on the same page, never alone there; appendices say what they belong to.
    private func end(_ paper: Paper, _ document: ReportDocument) throws {
        let text = paper.text
        #expect(text.contains("./."))
        let copies = try #require(paper.words.last { $0.text == "nhận:" })
        let lines = document.signature.lines + [document.signature.name]
        #expect(text.contains("- Lưu: VT, ĐƯCSC.") && (document.addressees.isEmpty || text.contains("- Như trên;")))
        for line in lines {
            let word = try #require(line.split(separator: " ").last.map(String.init))
            let found = try #require(
                paper.words.last { $0.text == (line == lines.last ? word : word.uppercased()) && $0.page == copies.page }, "\(line)")
            #expect(found.left > copies.right && found.top > copies.top - 4, "\(found)")
        }
        let before = paper.words.filter { $0.page == copies.page && $0.bottom < copies.top && $0.top > 20 * Paper.millimetre }
        #expect(before.count > 3, "the signature stands alone")
        for (start, size, isBold, isItalic) in [("Nơi nhận", 12, true, true), ("- Lưu: VT", 11, false, false)] {
            let run = try paper.run(start, last: true)
            #expect(run.size == size && run.isBold == isBold && run.isItalic == isItalic, "\(run)")
        }
        let name = try paper.run(document.signature.name)
        #expect(name.isBold && (13...14).contains(name.size), "\(name)")
        guard document.sections.contains(where: \.isAppendix) else { return }
        #expect(text.contains("số 05/\(document.symbol)-ĐƯCSC ngày 03 tháng 11 năm 2026 của Đội ứng cứu"))
        let label = try paper.run("Phụ lục"), of = try paper.run("(Kèm theo")
        #expect(label.isBold && label.size == 14 && of.isItalic && (13...14).contains(of.size))
    }

    /// Times New Roman or what stands for it, black, embedded; signs that it lacks (boxes to tick) from another.
    private func fonts(_ paper: Paper) throws {
        let fonts = try Tool.run("pdffonts", paper.path).split(separator: "\n").dropFirst(2)
        #expect(fonts.count >= 3)
        for font in fonts { #expect(font.contains(" yes yes yes "), "embedded, a subset, with Unicode: \(font)") }
        var sizes: [Int: Int] = [:]
        for run in paper.runs {
            let isTimes = run.family.hasPrefix("Liberation-Serif") || run.family.hasPrefix("Times-New-Roman")
            #expect(isTimes || !run.text.contains(where: \.isLetter), "\(run)")
            #expect(run.colour == "#000000", "\(run)")
            #expect((9...14).contains(run.size), "\(run)")
            sizes[run.size, default: 0] += run.text.count
        }
        // Text is of 13 or 14; only charts, tables, copies and what stands below the end are smaller.
        #expect(sizes[14, default: 0] + sizes[13, default: 0] > 200, "\(sizes)")
    }

    @Test func sameDataGivesTheSamePDF() throws {
        let document = try Papers.document("weekly")
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
