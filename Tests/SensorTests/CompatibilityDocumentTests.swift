import Foundation
import TestSupport
import Testing

/// docs/compatibility.md names a test for each of its entries, and the test is there.
@Suite struct CompatibilityDocumentTests {
    private func swiftFiles() throws -> [String] {
        let root = ProjectFiles.path("Tests")
        let names = try #require(FileManager.default.enumerator(atPath: root)).compactMap { $0 as? String }
        return try names.filter { $0.hasSuffix(".swift") }.map { try String(contentsOfFile: root + "/" + $0, encoding: .utf8) }
    }

    @Test func everyEntryHasItsTest() throws {
        let text = try String(contentsOfFile: ProjectFiles.path("docs/compatibility.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| what |") }
        #expect(rows.count >= 12)
        let sources = try swiftFiles().joined(separator: "\n")
        for row in rows {
            let cell = try #require(row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.last { !$0.isEmpty })
            let name = cell.trimmingCharacters(in: CharacterSet(charactersIn: "`"))
            #expect(cell.hasPrefix("`") && sources.contains("func \(name)("), "no test \(cell) for: \(row)")
        }
    }
}
