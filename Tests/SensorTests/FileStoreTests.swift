import Foundation
import TestSupport
import Testing

@testable import Sensor

/// A download over HTTP, with rules and a configuration about files.
@Suite struct FileStoreTests {
    private static let page = "%PDF-1.4\n" + String(repeating: "Vọng gác. ", count: 400)

    private func capture(_ folder: String) throws -> String {
        var conversation = TCPConversation()
        conversation.request("GET /report.pdf HTTP/1.1\r\nHost: office.vn\r\n\r\n")
        let body = Array(FileStoreTests.page.utf8)
        let response = Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\nContent-Type: application/pdf\r\n\r\n".utf8) + body
        for start in stride(from: 0, to: response.count, by: 1000) {
            conversation.response(Array(response[start..<min(start + 1000, response.count)]))
        }
        conversation.finish()
        var pcap: [UInt8] = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0]
        func long(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        for (index, frame) in conversation.frames.enumerated() {
            pcap += long(1_700_000_000) + long(index * 1000) + long(frame.count) + long(frame.count) + frame
        }
        let path = folder + "/download.pcap"
        try Data(pcap).write(to: URL(fileURLWithPath: path))
        return path
    }

    private struct Outcome {
        var events: [[String: Any]]
        var stored: [String]
        /// Bytes of what is stored, by its place.
        var contents: [String: Data]
        var alerts: [Int] { events.compactMap { ($0["alert"] as? [String: Any])?["signature_id"] as? Int } }
        var files: [[String: Any]] { events.compactMap { $0["fileinfo"] as? [String: Any] } }
    }

    private func run(rules: String, store: String, lists: [String: String] = [:], drafts: Range<Int> = 0..<0) throws -> Outcome {
        let folder = NSTemporaryDirectory() + "vonggac-files-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try rules.write(toFile: folder + "/my.rules", atomically: true, encoding: .utf8)
        for (name, text) in lists { try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
        if !drafts.isEmpty { try FileManager.default.createDirectory(atPath: folder + "/filestore/tmp", withIntermediateDirectories: true) }
        for number in drafts { try Data("left".utf8).write(to: URL(fileURLWithPath: folder + "/filestore/tmp/file.\(number)")) }
        let yaml = """
            outputs:
              - eve-log: {enabled: yes, types: [alert, {files: {force-magic: yes, force-hash: [md5]}}]}
            \(store)
            """
        try yaml.write(toFile: folder + "/my.yaml", atomically: true, encoding: .utf8)
        let code = SensorProgram.run([
            "-k", "none", "-c", folder + "/my.yaml", "-S", folder + "/my.rules", "-l", folder, "-r", try capture(folder),
        ])
        #expect(code == .done)
        let eve = try String(contentsOfFile: folder + "/eve.json", encoding: .utf8)
        let events = eve.split(separator: "\n").compactMap { line in
            try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
        let names = (FileManager.default.enumerator(atPath: folder + "/filestore")?.allObjects as? [String]) ?? []
        let stored = names.filter { $0.contains("/") }
        let contents = stored.map { ($0, FileManager.default.contents(atPath: folder + "/filestore/" + $0) ?? Data()) }
        return Outcome(events: events, stored: stored, contents: Dictionary(uniqueKeysWithValues: contents))
    }

    private let store = "  - file-store: {version: 2, enabled: yes, write-fileinfo: yes}"

    @Test func aRuleStoresWhatItNames() throws {
        let outcome = try run(
            rules: #"alert http any any -> any any (msg:"PDF"; fileext:"pdf"; filemagic:"PDF document"; filestore; sid:7;)"#, store: store)
        #expect(outcome.alerts == [7])
        let file = try #require(outcome.files.first)
        #expect(file["state"] as? String == "CLOSED")
        #expect(file["stored"] as? Bool == true)
        #expect(file["file_id"] as? Int == 1)
        #expect(file["sid"] as? [Int] == [7])
        #expect(file["size"] as? Int == FileStoreTests.page.utf8.count)
        #expect((file["magic"] as? String)?.hasPrefix("PDF document") == true)
        let digest = try #require(file["sha256"] as? String)
        let place = "\(digest.prefix(2))/\(digest)"
        #expect(Set(outcome.stored) == [place, "\(place).1700000000.1.json"])
    }

    @Test func whatNoRuleWantsIsNotStored() throws {
        let outcome = try run(
            rules: """
                alert http any any -> any any (filesize:>100kb; filestore; sid:1;)
                alert http any any -> any any (filesize:1000<>100000; sid:2;)
                """, store: store)
        #expect(outcome.alerts == [2])
        #expect(outcome.files.first?["stored"] as? Bool == false)
        #expect(outcome.stored.isEmpty)
    }

    @Test func forceStoresEverything() throws {
        let outcome = try run(rules: "", store: "  - file-store: {version: 2, enabled: yes, force-filestore: yes}")
        #expect(outcome.files.first?["stored"] as? Bool == true)
        #expect(outcome.stored.count == 1)
    }

    /// A sensor that was killed has left drafts under the numbers that the next one gives: nothing of them gets into what is stored.
    @Test func draftsOfAKilledSensorAreNoPartOfFiles() throws {
        let outcome = try run(
            rules: "", store: "  - file-store: {version: 2, enabled: yes, force-filestore: yes}", drafts: 0..<4)
        let digest = try #require(outcome.files.first?["sha256"] as? String)
        #expect(outcome.contents["\(digest.prefix(2))/\(digest)"] == Data(FileStoreTests.page.utf8))
    }

    @Test func digestsAreLookedUpInLists() throws {
        let known = try run(rules: "", store: "").files.first?["md5"] as? String
        let md5 = try #require(known)
        let outcome = try run(
            rules: """
                alert http any any -> any any (filemd5:bad.list; sid:1;)
                alert http any any -> any any (filemd5:!bad.list; sid:2;)
                alert http any any -> any any (filesha1:!other.list; sid:3;)
                """, store: "",
            lists: ["bad.list": "# known\n\(md5.uppercased())  report.pdf\n", "other.list": String(repeating: "0", count: 40)])
        #expect(outcome.alerts.sorted() == [1, 3])
        #expect(outcome.files.first?["sha1"] != nil)
    }
}
