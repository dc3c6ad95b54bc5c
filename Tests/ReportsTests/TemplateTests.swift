import Compliance
import Foundation
import Incidents
import Reports
import TestSupport
import Testing
import Wording

@Suite struct TemplateTests {
    @Test func shippedTemplatesAreSound() throws {
        for name in TemplateLibrary.names {
            let template = try TemplateLibrary(folders: []).template(name)
            #expect(template.id == name)
            #expect(template.sections.isEmpty != template.parts.isEmpty, "\(name)")
        }
    }

    private static let head = "schema: vonggac-template/1\nid: weekly\nkind: {vi: A, en: A}\nsymbol: BC\n"

    /// A broken template says where: file, line, key, and what is wrong.
    @Test(arguments: [
        ("title: {vi: 'x {tuan}', en: x}\nsections: [{section: scope}]", "t.yaml:5: title: {tuan} is unknown"),
        ("title: {vi: x}\nsections: [{section: scope}]", "t.yaml:5: title: the key en is missing"),
        ("title: {vi: x, en: x}\nsections:\n  - {section: scopes}", "t.yaml:7: sections[0].section: no such section"),
        (
            "title: {vi: x, en: x}\nform: [{field: a, vi: x, en: x, from: incident.kode}]\nabout: incident",
            "t.yaml:6: form[0].from: incident.kode is unknown"
        ),
        (
            "title: {vi: x, en: x}\nform: [{field: a, vi: x, en: x}, {field: a, vi: x, en: x}]",
            "t.yaml:6: form[1]: the field a stands twice"
        ),
        ("title: {vi: x, en: x}\nform: [{field: a, vi: x, en: x, type: choice}]", "t.yaml:6: form[0]: choices belong to"),
        (
            "title: {vi: x, en: x}\nform: [{table: systems}]\nabout: incident",
            "t.yaml:6: form[0]: systems is for forms about another subject"
        ),
        (
            "title: {vi: x, en: x}\nsections: [{section: scope}]\nwording: {\"Có chữ này đâu\": {vi: y}}",
            "t.yaml:7: wording.Có chữ này đâu: no text of the report reads so"
        ),
        ("title: {vi: x, en: x}\nsections: [{section: scope}]\nlogo: x", "t.yaml:7: unknown key logo"),
        ("title: {vi: [x, en: x}", "t.yaml:5: not YAML"),
        ("title: {vi: '{#if week}x', en: x}\nsections: [{section: scope}]", "t.yaml:5: title: {/if} is missing"),
        ("title: {vi: x, en: '{#each week}x{/if}'}\nsections: [{section: scope}]", "t.yaml:5: title: {/if} does not belong here"),
        ("title: {vi: '{#if tuan}x{/if}', en: x}\nsections: [{section: scope}]", "t.yaml:5: title: {tuan} is unknown"),
        ("title: {vi: '{item}', en: x}\nsections: [{section: scope}]", "t.yaml:5: title: {item} is unknown"),
        ("title: {vi: x, en: x}\nsections:\n  - {section: scope, if: W99.x}", "t.yaml:7: sections[0].if: W99.x is unknown"),
        ("title: {vi: x, en: x}\nsections:\n  - {text: {vi: x, en: x}}", "t.yaml:7: sections[0]: a text of one's own has a heading"),
        (
            "title: {vi: x, en: x}\nabout: incident\nform:\n  - {field: a, vi: x, en: x, if: b = 1}",
            "t.yaml:8: form[0].if: b is unknown"
        ),
    ])
    func brokenTemplatesSayWhere(text: String, problem: String) {
        let error = #expect(throws: ContentError.self) { try DocumentTemplate.parse(Self.head + text + "\n", file: "t.yaml") }
        #expect(error?.description.hasPrefix(problem) == true, "\(String(describing: error))")
    }

    /// Kind, title, headings, order of sections and any text change by a file alone.
    @Test func unitsWordTheirOwnReport() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try """
        schema: vonggac-template/1
        id: weekly
        kind: {vi: "BÁO CÁO TUẦN", en: "WEEKLY"}
        symbol: BCT
        title: {vi: "Giám sát{week}", en: "Monitoring{week}"}
        basis: [{vi: "Căn cứ Quyết định số 9/QĐ-UBND", en: "By decision 9"}]
        sections:
          - {section: incidents, vi: "Sự cố", en: "Incidents"}
          - {section: scope}
        wording:
          "Sự cố theo mức độ": {vi: "Phân theo mức"}
          "Và {1} khoảng khác.": {vi: "Còn {1} khoảng nữa."}
        """.write(toFile: folder + "/weekly.yaml", atomically: true, encoding: .utf8)
        let options = WeeklyOptions(template: try TemplateLibrary(folders: [folder]).template("weekly"))
        let document = try Office().report(options)
        #expect(document.sections.map(\.heading).prefix(2) == ["Sự cố", "Thời gian và phạm vi giám sát"])
        #expect(document.sections.map(\.number).prefix(2) == ["I", "II"])
        let html = HTMLRenderer.render(document)
        for part in ["BÁO CÁO TUẦN", "Giám sát tuần 47/2026", "Căn cứ Quyết định số 9/QĐ-UBND.", "/BCT-", "Phân theo mức"] {
            #expect(html.contains(part), "\(part)")
        }
        #expect(!html.contains("Sự cố theo mức độ"))
    }

    /// Parts of a report stand where a number says so, and texts of one's own speak of numbers.
    @Test func conditionsAndNumbersInAReport() throws {
        let text =
            Self.head + """
                title: {vi: "Giám sát{#if week} – {week}{#else} kỳ khác{/if}", en: x}
                sections:
                  - {section: incidents, vi: "Sự cố", en: x}
                  - {text: {vi: "Có {W20.alerts} cảnh báo.{#if W04.DOS} Có từ chối dịch vụ.{/if}\\nHết.", en: x}, vi: "Tóm tắt", en: x}
                  - {section: malware, vi: "Mã độc", en: x, if: not W20.alerts}
                """
        let province = try Province.shared.get()
        let data = try WeeklyData(
            from: province.store, period: #require(ReportPeriod(week: Province.week)), profile: ProfileLibrary(folders: []).profile())
        let document = WeeklyReport(data, WeeklyOptions(template: try DocumentTemplate.parse(text, file: "t.yaml"))).document
        #expect(document.title == "Giám sát –  tuần 47/2026")
        #expect(document.sections.map(\.heading) == ["Sự cố", "Tóm tắt"])
        #expect(document.sections.map(\.number) == ["I", "II"])
        let paragraphs = document.sections[1].blocks.compactMap { if case .paragraph(let text) = $0 { text } else { nil } }
        #expect(paragraphs.first?.hasPrefix("Có \(data.alertCount) cảnh báo.") == true && paragraphs.last == "Hết.")
        #expect(paragraphs.first?.contains("từ chối") == false)
    }

    /// The list of texts that templates may word otherwise is that of the sources. `VONGGAC_GOLDEN=write` writes it anew.
    @Test func listOfTextsIsThatOfTheSources() throws {
        var found: [String: String] = [:]
        for folder in ["Sections", "Weekly"] {
            let path = ProjectFiles.path("Sources/Reports/" + folder)
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted() where name.hasSuffix(".swift") {
                for (vietnamese, english) in SourceTexts.pairs(try String(contentsOfFile: path + "/" + name, encoding: .utf8)) {
                    found[vietnamese] = found[vietnamese] ?? english
                }
            }
        }
        let file = ProjectFiles.path("Sources/Reports/Templates/phrases.tsv")
        let text = found.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }.map {
            "\($0.key)\t\($0.value)\n"
        }.joined()
        if ProcessInfo.processInfo.environment["VONGGAC_GOLDEN"] == "write" {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        #expect(ReportPhrases.all.count > 200)
    }
}

/// Reads pairs of literals out of Swift: `text("…", "…")` and `BilingualText("…", "…")`.
enum SourceTexts {
    static func pairs(_ source: String) -> [(String, String)] {
        let code = Array(source.unicodeScalars)
        var pairs: [(String, String)] = []
        var index = 0
        func skip(_ at: Int) -> Int {
            var at = at
            while at < code.count, code[at].properties.isWhitespace { at += 1 }
            return at
        }
        func isWord(_ at: Int, _ word: String) -> Bool { code[at...].starts(with: Array(word.unicodeScalars)) }
        while index < code.count {
            let opens =
                (isWord(index, "text(") && (index == 0 || !code[index - 1].properties.isAlphabetic)) || isWord(index, "BilingualText(")
            guard opens else {
                index += 1
                continue
            }
            while code[index] != "(" { index += 1 }
            index += 1
            let first = skip(index)
            guard first < code.count, code[first] == "\"" else { continue }
            let (vietnamese, end) = literal(code, first)
            let comma = skip(end)
            guard code[comma] == ",", code[skip(comma + 1)] == "\"" else { continue }
            let (english, _) = literal(code, skip(comma + 1))
            // What has no words of its own is nothing to word otherwise.
            let bare = vietnamese.replacing(/\{\d+\}/, with: "").filter { !$0.isWhitespace && $0 != "-" }
            if !bare.isEmpty && !vietnamese.contains("\n") { pairs.append((vietnamese, english)) }
        }
        return pairs
    }

    /// The pattern of the literal that begins here, and where it ends.
    private static func literal(_ code: [Unicode.Scalar], _ start: Int) -> (String, Int) {
        var (index, text, count) = (start + 1, "", 0)
        while code[index] != "\"" {
            guard code[index] == "\\" else {
                text.unicodeScalars.append(code[index])
                index += 1
                continue
            }
            guard code[index + 1] == "(" else {
                text.unicodeScalars.append(code[index + 1] == "n" ? "\n" : code[index + 1])
                index += 2
                continue
            }
            var depth = 1
            index += 2
            while depth > 0 {
                if code[index] == "\"" {
                    index = literal(code, index).1
                    continue
                }
                if code[index] == "(" { depth += 1 }
                if code[index] == ")" { depth -= 1 }
                index += 1
            }
            count += 1
            text += "{\(count)}"
        }
        return (text, index + 1)
    }
}
