import Bytes
import Foundation
import Incidents
import Reports
import TestSupport
import Testing
import Trust
import Wording

@Suite struct RendererTests {
    private func options(_ language: Language = .vi) throws -> WeeklyOptions {
        var options = try Office.options()
        options.language = language
        options.letterhead = try Letterhead.load(file: ProjectFiles.path("Tests/Fixtures/Lab/organisation.yaml"))
        return options
    }

    @Test func sameDataGivesTheSameBytes() throws {
        let office = try Office()
        for language in Language.allCases {
            let first = try office.report(options(language))
            let second = try office.report(options(language))
            #expect(HTMLRenderer.render(first) == HTMLRenderer.render(second))
            #expect(try JSONRenderer.json(of: first).canonicalText() == JSONRenderer.json(of: second).canonicalText())
            #expect(CSVRenderer.render(first) == CSVRenderer.render(second))
        }
    }

    /// The parts that NĐ 30/2020 asks for, and what this project promises to print.
    @Test func pageHasItsParts() throws {
        var options = try options()
        options.number = "5"
        options.date = LocalTime.parse("2026-02-03")
        options.remarks = ["Nhận xét <riêng>."]
        let office = try Office()
        let html = HTMLRenderer.render(try office.report(options))
        for part in [
            "lang=\"vi\"", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "CÔNG AN TỈNH VỌNG HẢI",
            "ĐỘI ỨNG CỨU SỰ CỐ<br>AN NINH MẠNG", "Số: 05/BC-ĐƯCSC", "Vọng Hải, ngày 03 tháng 02 năm 2026", "BÁO CÁO", "tuần 47/2026",
            "từ ngày 16/11/2026 đến ngày 22/11/2026", "Kính gửi: Ủy ban nhân dân tỉnh Vọng Hải.", "Nơi nhận", "- Như trên;",
            "Lưu: VT, ĐƯCSC.",
            "TM. ĐỘI ỨNG CỨU SỰ CỐ", "vn-2026 (2026.1)", "Nhận xét &lt;riêng&gt;.", "@page{size:A4;margin:20mm 15mm 20mm 30mm",
            "[2026-11-16T00:00:00+07:00, 2026-11-23T00:00:00+07:00)",
        ] { #expect(html.contains(part), "\(part)") }
        let head = try office.store.ledgerHead()
        #expect(html.contains(head.hash.hex))
        #expect(!html.contains("<script"))
        for outside in ["http://", "https://", "src=", "@import", "url(h"] {
            #expect(!html.replacing("http://www.w3.org/2000/svg", with: "").contains(outside), "\(outside)")
        }
    }

    /// What traffic can put into titles cannot become markup, and the tags close.
    @Test func textIsEscapedAndTagsClose() throws {
        let html = HTMLRenderer.render(try Office().report())
        #expect(html.contains("C2 &lt;beacon&gt; &amp; &quot;more&quot;"))
        #expect(!html.contains("<beacon>"))
        let void: Set<Substring> = ["meta", "hr", "rect", "line", "br", "!DOCTYPE"]
        var open: [Substring] = []
        for match in html.matches(of: /<(\/?)([A-Za-z!][A-Za-z0-9]*)([^>]*?)(\/?)>/) {
            let (closes, name, selfClosed) = (!match.1.isEmpty, match.2, !match.4.isEmpty)
            if void.contains(name) || selfClosed { continue }
            if closes {
                #expect(open.popLast() == name)
            } else {
                open.append(name)
            }
        }
        #expect(open.isEmpty)
    }

    @Test func englishIsWhole() throws {
        let html = HTMLRenderer.render(try Office().report(options(.en)))
        #expect(html.contains("lang=\"en\"") && html.contains("Time and scope of monitoring") && html.contains("Home Affairs"))
        for word in ["Sự cố", "Cảnh báo", "chưa có dữ liệu"] { #expect(!html.contains(word), "\(word)") }
    }

    @Test func traceNamesMethodAndIncidents() throws {
        let office = try Office()
        let code = try office.incident("C2_BOTNET", "10.20.10.7").code
        try office.store.confirm(code, by: Hand("trực"))
        var options = try options()
        #expect(!HTMLRenderer.render(try office.report(options)).contains("Nguồn của từng số liệu"))
        options.isTraced = true
        let html = HTMLRenderer.render(try office.report(options))
        #expect(html.contains("Nguồn của từng số liệu") && html.contains("đếm sự cố đã xác nhận theo loại chính"))
    }

    @Test func csvIsReadableAndHarmless() throws {
        let csv = CSVRenderer.render(try Office().report())
        #expect(csv.hasPrefix("\u{feff}metric,name,key,label,value,unit,incidents\r\n"))
        #expect(csv.contains("W11,Kỹ thuật tấn công,1,\"C2 <beacon> & \"\"more\"\"\",3,count,\r\n"))
        #expect(!csv.contains("\n="))
        for line in csv.split(separator: "\r\n") { #expect(!line.contains("\n")) }
    }

    @Test func jsonHasEveryNumberWithItsOrigin() throws {
        let document = try Office().report()
        let json = JSONRenderer.json(of: document)
        let metrics = try #require(json["metrics"]?.elements)
        #expect(metrics.count == document.metrics.count)
        for metric in metrics {
            #expect(metric["method_vi"]?.text?.isEmpty == false)
            for value in metric["values"]?.elements ?? [] { #expect(value["incidents"]?.elements != nil) }
        }
        #expect(json["schema"]?.text == "vonggac-weekly/1")
    }

    @Test(arguments: [
        ("name: A\nsymbol: B\nplace: C", "o.yaml:1: the key signer is missing"),
        ("name: A\nsymbol: B\nplace: C\nsigner: {title: D}\nlogotype: x", "o.yaml:5: unknown key logotype"),
        ("name: [A]\nsymbol: B\nplace: C\nsigner: {title: D}", "o.yaml:1: name: expected text"),
    ])
    func letterheadErrorsNameTheirPlace(text: String, problem: String) {
        let error = #expect(throws: ContentError.self) { try Letterhead.parse(text, file: "o.yaml") }
        #expect(error?.description.hasPrefix(problem) == true, "\(String(describing: error))")
    }
}
