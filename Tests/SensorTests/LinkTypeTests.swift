import Foundation
import TestSupport
import Testing

@testable import Sensor

/// One conversation in every link type and file format that is read (Tests/Fixtures/LinkTypes): the same rules alert each time.
@Suite struct LinkTypeTests {
    struct Expected: Decodable, Sendable, CustomTestStringConvertible {
        var file: String
        var sids: [Int]
        var end: String
        var testDescription: String { file }
    }

    private struct Listing: Decodable { var captures: [Expected] }

    static let expected: [Expected] = {
        let path = ProjectFiles.path("Tests/Fixtures/LinkTypes/expected.json")
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return (try? JSONDecoder().decode([Expected].self, from: data)) ?? (try? JSONDecoder().decode(Listing.self, from: data))?.captures
            ?? []
    }()

    @Test func theListIsThere() { #expect(LinkTypeTests.expected.count >= 20) }

    @Test(arguments: expected)
    func alertsAsExpected(_ expected: Expected) throws {
        let folder = NSTemporaryDirectory() + "vonggac-link-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let code = SensorProgram.run([
            "-k", "none", "-S", ProjectFiles.path("Rules/webshell.rules"), "-l", folder, "-r",
            ProjectFiles.path("Tests/Fixtures/LinkTypes/" + expected.file),
        ])
        #expect(code == (expected.end == "not a capture" ? .failed : .done))
        let eve = (try? String(contentsOfFile: folder + "/eve.json", encoding: .utf8)) ?? ""
        let sids = eve.split(separator: "\n").compactMap { line -> Int? in
            let event = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return (event?["alert"] as? [String: Any])?["signature_id"] as? Int
        }
        #expect(Set(sids) == Set(expected.sids))
    }
}
