import Glibc
import RuleLanguage
import TestSupport
import Testing

@testable import Detect

@Suite struct KeywordDocumentTests {
    private let path = ProjectFiles.path("docs/rules.md")

    /// The rows of the table under a heading of docs/rules.md.
    private func rows(under heading: String) throws -> [String] {
        let lines = String(decoding: try RuleLoader.contents(of: path), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0 == "## " + heading })
        let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("## ") } ?? lines.endIndex
        return lines[start..<end].filter { $0.hasPrefix("| `") }.map(String.init)
    }

    @Test func documentAndTableAgree() throws {
        #expect(try rows(under: "Keywords") == KeywordCatalogue.documentRows)
    }

    /// `make keyword-tables` writes the table anew.
    @Test func documentAndProtocolsAgree() throws {
        if let folder = unsafe getenv("VONGGAC_KEYWORD_TABLES") {
            var lines = String(decoding: try RuleLoader.contents(of: path), as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            let start = try #require(lines.firstIndex { $0 == "## Buffers and numbers" })
            let first = try #require(lines[start...].firstIndex { $0.hasPrefix("|---") }) + 1
            let end = lines[first...].firstIndex { !$0.hasPrefix("| `") } ?? lines.endIndex
            lines.replaceSubrange(first..<end, with: KeywordCatalogue.bufferRows.map { Substring($0) })
            let text = Array(lines.joined(separator: "\n").utf8)
            let descriptor = unsafe open(unsafe String(cString: folder) + "/rules.md", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            _ = unsafe write(descriptor, text, text.count)
            close(descriptor)
        }
        #expect(try rows(under: "Buffers and numbers") == KeywordCatalogue.bufferRows)
    }

    /// Everything that the rule language knows is in the document, and where the user guide describes it.
    @Test func everyKeywordIsListedWithItsSource() throws {
        let document = String(decoding: try RuleLoader.contents(of: path), as: UTF8.self)
        let missing = KeywordCatalogue.all.map(\.name).filter { !document.contains("`\($0)`") }
        #expect(missing == [], "not in docs/rules.md; make keyword-tables writes the buffers' table anew")
        let homeless = KeywordCatalogue.all.filter { !$0.documentation.contains(".html") }.map(\.name)
        #expect(homeless == [])
    }

    @Test func noNameStandsTwice() {
        let names = KeywordCatalogue.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func namesAreLowerCase() {
        for keyword in KeywordTable.all { #expect(keyword.names.allSatisfy { $0 == $0.lowercased() }) }
    }

    @Test func luaIsRefused() {
        var loader = RuleLoader()
        loader.load(text: #"alert http any any -> any any (lua:script.lua; sid:1;)"#, name: "lua.rules")
        let loaded = loader.finish()
        #expect(loaded.signatures.isEmpty)
        #expect(loaded.issues.first?.message.contains("Lua scripts are not supported") == true)
    }
}
