import Foundation
import TestSupport
import Testing

@testable import Sensor

/// What a live sensor removes from its file store, and what stays.
@Suite struct FileStoreLimitTests {
    private let folder = NSTemporaryDirectory() + "vonggac-limits-" + UUID().uuidString
    private let now: Int64 = 1_800_000_000

    /// A stored file of so many bytes, last seen so many hours ago, with a description of 10 bytes beside it.
    private func put(_ letter: Character, bytes: Int, hoursAgo: Int64) throws -> String {
        let digest = String(repeating: letter, count: 64)
        let place = folder + "/" + digest.prefix(2)
        let manager = FileManager.default
        for path in [place, folder + "/tmp"] { try manager.createDirectory(atPath: path, withIntermediateDirectories: true) }
        for (name, count) in [(digest, bytes), ("\(digest).1700000000.1.json", 10)] {
            try Data(count: count).write(to: URL(fileURLWithPath: place + "/" + name))
            try manager.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(now - hoursAgo * 3600))], ofItemAtPath: place + "/" + name)
        }
        return digest
    }

    private var names: Set<String> {
        Set(((FileManager.default.enumerator(atPath: folder)?.allObjects as? [String]) ?? []).filter { $0.contains("/") })
    }

    private func prune(age: Int64?, size: UInt64?, held: [String] = []) -> FileStorePruner.Summary {
        var limits = FileStoreLimits()
        limits.age = age
        limits.size = size
        return FileStorePruner(folder: folder, limits: limits).run(now: now) { held.contains($0) }
    }

    @Test func oldFilesGoWithWhatIsBesideThem() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        _ = try put("a", bytes: 1000, hoursAgo: 80)
        let kept = try put("b", bytes: 500, hoursAgo: 10)
        let held = try put("c", bytes: 300, hoursAgo: 90)
        let summary = prune(age: 48 * 3600, size: nil, held: [held])
        #expect(summary == FileStorePruner.Summary(files: 1, bytes: 1010, held: 1, left: 820, failure: nil))
        #expect(names == Set([kept, held].flatMap { ["\($0.prefix(2))/\($0)", "\($0.prefix(2))/\($0).1700000000.1.json"] }))
        #expect(prune(age: 48 * 3600, size: nil, held: [held]).files == 0)
        #expect(prune(age: nil, size: nil).files == 0)
    }

    @Test func theOldestGoFirstWhenThereIsTooMuch() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (letter, hours) in [("a", 9), ("b", 8), ("c", 7), ("d", 6)] as [(Character, Int64)] {
            _ = try put(letter, bytes: 990, hoursAgo: hours)
        }
        let held = String(repeating: "a", count: 64)
        let summary = prune(age: nil, size: 2500, held: [held])
        #expect(summary.files == 2 && summary.bytes == 2000 && summary.left == 2000 && summary.held == 1)
        #expect(Set(names.map { $0.prefix(2) }) == ["aa", "dd"])
        // What has just been stored may still be copied as evidence.
        let young = try put("e", bytes: 5000, hoursAgo: 0)
        #expect(prune(age: 1, size: 1).files == 2)
        #expect(names.contains { $0.hasSuffix(young) })
    }

    @Test func limitsComeFromTheConfiguration() throws {
        func limits(_ text: String) throws -> FileStoreLimits? {
            let path = NSTemporaryDirectory() + "vonggac-limits-\(UUID().uuidString).yaml"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try "outputs:\n  - file-store: {version: 2, enabled: yes\(text)}\n".write(toFile: path, atomically: true, encoding: .utf8)
            return try SensorConfiguration(ConfigurationTree.load(path)).fileStore?.limits
        }
        #expect(try limits("") == FileStoreLimits())
        let some = try #require(try limits(", max-age: 12h, max-size: 5mb"))
        #expect(some.age == 12 * 3600 && some.size == 5 << 20)
        let none = try #require(try limits(", max-age: no, max-size: no"))
        #expect(none.age == nil && none.size == nil)
        for bad in [", max-age: soon", ", max-age: 0", ", max-size: much"] {
            #expect(throws: ConfigurationError.self) { try limits(bad) }
        }
    }
}
