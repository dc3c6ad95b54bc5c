import Foundation
import TestSupport
import Testing
import Wording

@testable import Incidents

@Suite struct ContentPhrasesTests {
    /// Literals of Swift behind one of these words, each interpolation as `X1`, `X2` …
    private static func literals(in text: String, after marks: [String]) -> [String] {
        let letters = Array(text)
        var found: [String] = []
        func isMark(_ end: Int) -> Bool {
            marks.contains { mark in end >= mark.count && String(letters[end - mark.count..<end]) == mark }
        }
        for start in letters.indices where letters[start] == "\"" {
            var before = start
            while before > 0, letters[before - 1].isWhitespace { before -= 1 }
            guard isMark(before) else { continue }
            var literal = ""
            var place = start + 1
            var holes = 0
            while place < letters.count, letters[place] != "\"" {
                guard letters[place] == "\\" else {
                    literal.append(letters[place])
                    place += 1
                    continue
                }
                guard letters[place + 1] == "(" else {
                    literal.append(letters[place + 1])
                    place += 2
                    continue
                }
                holes += 1
                literal += "X\(holes)"
                var depth = 0
                place += 1
                repeat {
                    if letters[place] == "(" { depth += 1 }
                    if letters[place] == ")" { depth -= 1 }
                    place += 1
                } while depth > 0
            }
            found.append(literal)
        }
        return found
    }

    /// Whatever a content file is blamed for is said in Vietnamese too, without a word of English left in it.
    @Test func everyProblemHasItsVietnamese() throws {
        var problems: [String] = []
        for target in ["Incidents", "Compliance", "Reports", "Responder"] {
            let folder = ProjectFiles.path("Sources/\(target)")
            for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() where name.hasSuffix(".swift") {
                let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
                guard text.contains("ContentError") || text.contains(".error(") || text.contains("Problem") else { continue }
                problems += Self.literals(in: text, after: [".error(", "throw error(", "problem:", "Problem.other(", "BlockProblem(text:"])
            }
        }
        // Wholly made of what a library says.
        problems.removeAll { $0 == "X1" }
        #expect(problems.count > 70)
        let english: Set<String> = ["a", "an", "the", "is", "are", "expected", "found", "one", "and", "or", "known", "such", "as"]
        for problem in problems {
            let told = ContentError.phrases.vietnamese(problem)
            let left = told.map { $0.split { !$0.isLetter && !$0.isNumber }.map(String.init).filter(english.contains) }
            #expect(left == [], "\(problem) → \(told ?? "nothing")")
        }
    }

    @Test func theErrorSpeaksBothLanguages() throws {
        let error = try #require(
            #expect(throws: ContentError.self) {
                try AgencyDirectory.parse("agencies: [{code: A, name: A, networks: [{cidr: 10.1.1.1/8}]}]", file: "a.yaml")
            })
        #expect(error.english == "a.yaml:1: agencies[0].networks[0].cidr: 10.1.1.1/8 has bits set past its length; write 10.0.0.0/8")
        #expect(
            error.vietnamese == "a.yaml:1: agencies[0].networks[0].cidr: 10.1.1.1/8 có bit nằm ngoài độ dài của dải; hãy ghi 10.0.0.0/8")
        #expect("\(error)" == error.english)
    }
}
