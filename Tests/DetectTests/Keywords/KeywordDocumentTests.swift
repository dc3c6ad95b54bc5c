import Glibc
import RuleLanguage
import TestSupport
import Testing

@testable import Detect

@Suite struct KeywordDocumentTests {
    @Test func documentAndTableAgree() throws {
        let text = String(decoding: try RuleLoader.contents(of: ProjectFiles.path("docs/rules.md")), as: UTF8.self)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(rows == KeywordCatalogue.documentRows)
    }

    @Test func noNameStandsTwice() {
        let names = KeywordCatalogue.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func namesAreLowerCase() {
        for keyword in KeywordTable.all { #expect(keyword.names.allSatisfy { $0 == $0.lowercased() }) }
    }
}
