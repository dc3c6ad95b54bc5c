import Foundation
import Incidents
import TestSupport
import Testing

@testable import Sensor

/// The recorded office of Tests/Lab: each attack gives its incident at the agency that it hit; a day of work gives none.
@Suite struct LabRecordingTests {
    private struct Manifest: Decodable {
        struct Scene: Decodable {
            var id: String
            var category: String
            var agency: String
            var kind: String
        }
        var scenes: [Scene]
    }

    /// Runs the sensor over a recording with the shipped rules and gives the folder with what it left.
    private func run(_ recording: String) throws -> String {
        let folder = NSTemporaryDirectory() + "vonggac-lab-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let code = SensorProgram.run([
            "-k", "none", "-S", ProjectFiles.path("Rules/*.rules"), "-l", folder, "-r",
            ProjectFiles.path("Tests/Fixtures/Lab/" + recording),
            "--incidents", folder + "/incidents.sqlite", "--set",
            "incidents.agencies=" + ProjectFiles.path("Tests/Fixtures/Lab/agencies.yaml"),
            "--set", "incidents.correlation=" + ProjectFiles.path("Rules/correlation.yaml"),
        ])
        try #require(code == .done)
        return folder
    }

    @Test func everySceneOfTheAttackDayIsAnIncidentAtItsAgency() throws {
        let folder = try run("attack-day.pcap")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let manifest = try JSONDecoder().decode(
            Manifest.self, from: Data(contentsOf: URL(fileURLWithPath: ProjectFiles.path("Tests/Fixtures/Lab/manifest.json"))))
        try #require(manifest.scenes.count >= 9)
        let store = try IncidentStore(path: folder + "/incidents.sqlite", mode: .readOnly)
        let incidents = try store.incidents()
        for scene in manifest.scenes {
            #expect(
                incidents.contains { $0.category.rawValue == scene.category && $0.agency == scene.agency }, "no incident for \(scene.id)")
        }
        // One incident for each attack, and no other.
        #expect(incidents.count == manifest.scenes.count)
        #expect(
            incidents.map { "\($0.kind?.rawValue ?? "") \($0.agency ?? "")" }.sorted()
                == manifest.scenes.map { "\($0.kind) \($0.agency)" }.sorted())
        let evidence = EvidenceFolder(existing: folder + "/evidence")
        for incident in incidents {
            let items = try store.evidence(incident: incident.code)
            #expect(!items.isEmpty, "\(incident.code) has no evidence")
            for item in items { #expect(evidence.check(item.digest, size: item.size) == nil) }
        }
        #expect(try store.auditLedger().findings.isEmpty)
    }

    @Test func aDayOfWorkGivesNoIncident() throws {
        let folder = try run("office-day.pcap")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try IncidentStore(path: folder + "/incidents.sqlite", mode: .readOnly)
        #expect(try store.incidents().isEmpty)
        let eve = try String(contentsOfFile: folder + "/eve.json", encoding: .utf8)
        let types = Set(
            eve.split(separator: "\n").compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["event_type"] as? String
            })
        #expect(types.isSuperset(of: ["dns", "http", "tls", "smtp", "ssh", "flow", "fileinfo", "stats"]))
        #expect(!types.contains("alert"))
    }

    @Test func theSameCaptureGivesTheSameEvents() throws {
        let first = try run("attack-day.pcap")
        let second = try run("attack-day.pcap")
        defer {
            try? FileManager.default.removeItem(atPath: first)
            try? FileManager.default.removeItem(atPath: second)
        }
        // The stats event carries the time of the run.
        func events(_ folder: String) throws -> [Substring] {
            try String(contentsOfFile: folder + "/eve.json", encoding: .utf8).split(separator: "\n").filter {
                !$0.contains("\"event_type\":\"stats\"")
            }
        }
        #expect(try events(first) == events(second))
    }
}
