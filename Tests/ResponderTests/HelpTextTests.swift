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

    /// Every abstract has its translation, and no translation is of nothing.
    @Test func everyCommandIsTranslated() throws {
        var said: Set<String> = ["Show the version.", "Show help information."]
        let files = try #require(FileManager.default.enumerator(atPath: ProjectFiles.path("Sources/Responder")))
        for case let name as String in files where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: ProjectFiles.path("Sources/Responder/" + name), encoding: .utf8)
            #expect(!text.contains(/abstract:\s*"/), "\(name)")
            for match in text.matches(of: /HelpText\.text\(\s*"((?:[^"\\]|\\.)*)"/) { said.insert(String(match.1)) }
        }
        #expect(said.subtracting(HelpText.vietnamese.keys).sorted() == [])
        #expect(Set(HelpText.vietnamese.keys).subtracting(said).sorted() == [])
        for (english, vietnamese) in HelpText.vietnamese { #expect(english != vietnamese && !vietnamese.isEmpty) }
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
        let page = try desk.run("documentation", "man", "--lang", "vi").output
        #expect(page.contains("vonggac \\- Xử lý các sự cố") && page.contains(".SH NAME"))
        #expect(
            try desk.run("documentation", "man", "--lang", "en", language: "vi").output.contains(
                "Work on incidents that the sensors found."))
        #expect(try desk.run("documentation", "completions", "fish", "--lang", "vi").output.contains("Sự cố và nghi vấn."))
    }
}
