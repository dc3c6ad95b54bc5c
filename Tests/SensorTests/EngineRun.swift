import Foundation
import TestSupport
import Testing

@testable import Sensor

/// Runs the sensor over frames that a test has made, and gives the events.
struct EngineRun {
    let events: [[String: Any]]

    /// - Parameters:
    ///   - frames: Ethernet frames, a millisecond apart.
    ///   - configuration: suricata.yaml's text, `eve-log` types included; nil for every event.
    init(_ frames: [[UInt8]], rules: String, configuration: String? = nil, _ arguments: [String] = []) throws {
        let folder = NSTemporaryDirectory() + "vonggac-engine-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(EngineRun.capture(frames)).write(to: URL(fileURLWithPath: folder + "/in.pcap"))
        try rules.write(toFile: folder + "/test.rules", atomically: true, encoding: .utf8)
        var command = ["-k", "all", "-S", folder + "/test.rules", "-l", folder, "-r", folder + "/in.pcap"] + arguments
        if let configuration {
            try ("%YAML 1.1\n---\n" + configuration).write(toFile: folder + "/suricata.yaml", atomically: true, encoding: .utf8)
            command += ["-c", folder + "/suricata.yaml"]
        }
        try #require(SensorProgram.run(command) == .done)
        let text = try String(contentsOfFile: folder + "/eve.json", encoding: .utf8)
        events = try text.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    /// A classic capture file of Ethernet frames.
    static func capture(_ frames: [[UInt8]]) -> [UInt8] {
        func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
        var bytes = little(0xa1b2_c3d4) + [2, 0, 4, 0] + little(0) + little(0) + little(65535) + little(1)
        for (index, frame) in frames.enumerated() {
            bytes += little(1_700_000_000 + UInt32(index / 1000)) + little(UInt32(index % 1000) * 1000)
            bytes += little(UInt32(frame.count)) + little(UInt32(frame.count)) + frame
        }
        return bytes
    }

    func of(_ type: String) -> [[String: Any]] { events.filter { $0["event_type"] as? String == type } }

    /// Rule numbers of the alerts, in order.
    var sids: [Int] { of("alert").compactMap { ($0["alert"] as? [String: Any])?["signature_id"] as? Int } }

    /// A value behind a dotted path of an event; numbers are places in arrays.
    static func value(_ event: [String: Any], _ path: String) -> Any? {
        path.split(separator: ".").reduce(event as Any?) { found, key in
            if let object = found as? [String: Any] { return object[String(key)] }
            if let array = found as? [Any], let index = Int(key), array.indices.contains(index) { return array[index] }
            return nil
        }
    }

    /// Texts behind a path, of all events of a type that have it.
    func texts(_ type: String, _ path: String) -> [String] { of(type).compactMap { EngineRun.value($0, path) as? String } }
}
