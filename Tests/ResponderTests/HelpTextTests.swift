import Foundation
import TestSupport
import Testing
import Wording

@testable import Responder

/// What the command line says of itself, in both languages.
@Suite struct HelpTextTests {
    @Test(arguments: [
        (["vonggac", "--help"], ["LANG": "vi_VN.UTF-8"], Language.vi), (["vonggac"], [:], .vi), (["vonggac"], ["LANG": "en_GB.UTF-8"], .en),
        (["vonggac"], ["LC_ALL": "vi_VN.UTF-8", "LANG": "en"], .vi), (["vonggac", "help", "--lang", "en"], ["LANG": "vi"], .en),
        (["vonggac", "--lang=vi"], ["LANG": "en"], .vi),
    ])
    func languageOfTheStart(arguments: [String], environment: [String: String], language: Language) {
        #expect(HelpText.language(arguments, environment) == language)
    }

    /// Every abstract, option, argument and discussion has its translation, and no translation is of nothing.
    @Test func everyCommandIsTranslated() throws {
        var said: Set<String> = ["Show the version.", "Show help information."]
        let files = try #require(FileManager.default.enumerator(atPath: ProjectFiles.path("Sources/Responder")))
        for case let name as String in files where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: ProjectFiles.path("Sources/Responder/" + name), encoding: .utf8)
            let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for literal in ["abstract: \"", "discussion: \"", "help: \"", "ArgumentHelp(\"", "ArgumentHelp( \""] {
                // Lists of names alone are the same in both languages.
                for rest in words.components(separatedBy: literal).dropFirst() {
                    #expect(rest.hasPrefix("\\("), "\(name): \(rest.prefix(60))")
                }
            }
            for rest in text.components(separatedBy: "HelpText.text(").dropFirst() {
                said.formUnion(literal(String(rest.drop(while: \.isWhitespace))))
            }
        }
        let known = HelpText.vietnamese.merging(HelpText.vietnameseOfOptions) { first, _ in first }
        #expect(known.count == HelpText.vietnamese.count + HelpText.vietnameseOfOptions.count)
        #expect(said.subtracting(known.keys).sorted() == [])
        #expect(Set(known.keys).subtracting(said).sorted() == [])
        // Names of things alone are the same in both.
        for (english, vietnamese) in known { #expect((english != vietnamese || !english.contains(" a ")) && !vietnamese.isEmpty) }
    }

    /// The text of the literal with which a piece of source begins.
    private func literal(_ source: String) -> [String] {
        guard source.hasPrefix("\"") else { return [] }
        guard source.hasPrefix("\"\"\"") else {
            let parts = source.dropFirst().components(separatedBy: "\"")
            return [parts[0]]
        }
        let lines = source.components(separatedBy: "\"\"\"")[1].split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        let joined = lines.map { $0.hasSuffix("\\") ? String($0.dropLast()) : $0 + "\n" }.joined()
        return [String(joined.dropLast(joined.hasSuffix("\n") ? 1 : 0))]
    }

    @Test func helpSpeaksBothLanguages() throws {
        let desk = try Desk()
        let vietnamese = try desk.run("--help", language: "vi_VN.UTF-8").output
        #expect(vietnamese.hasPrefix("Xử lý các sự cố mà cảm biến tìm thấy.") && vietnamese.contains("CÁCH DÙNG: vonggac <"))
        #expect(vietnamese.contains("Thời hạn theo luật.") && vietnamese.contains("LỆNH:") && !vietnamese.contains("SUBCOMMANDS"))
        #expect(vietnamese.contains("Hiện trợ giúp."))
        let english = try desk.run("--help").output
        #expect(english.hasPrefix("OVERVIEW: Work on incidents") && english.contains("Legal deadlines."))
        #expect(try desk.run("incident", "--help", "--lang", "vi").output.contains("Mọi điều về một sự cố."))
        let option = try desk.run("incident", "classify", "--help", "--lang", "vi").output
        #expect(option.contains("Mã nhóm, như MALWARE.") && option.contains("(gồm: M1, M2, M3, M4)") && !option.contains("values:"))
        let page = try desk.run("documentation", "man", "--lang", "vi").output
        #expect(page.contains("vonggac \\- Xử lý các sự cố") && page.contains(".SH NAME"))
        #expect(
            try desk.run("documentation", "man", "--lang", "en", language: "vi").output.contains(
                "Work on incidents that the sensors found."))
        #expect(try desk.run("documentation", "completions", "fish", "--lang", "vi").output.contains("Sự cố và nghi vấn."))
    }
}
