import Digest
import Foundation
import TestSupport
import Testing

@testable import Sensor

/// The sensor with a folder of compiled rules says and finds what it does without one.
@Suite struct RuleCachingTests {
    /// So many rules that they are stored; the last finds something.
    private static let rules =
        (1...1200).map {
            #"alert udp any any -> any \#($0) (msg:"number \#($0)"; content:"word\#($0)x"; flowbits:set,b\#($0 % 7); sid:\#($0);)"#
        }
        .joined(separator: "\n")
            + #"""

            alert udp any any -> any any (msg:"found"; content:"evil"; flowbits:set,found; classtype:trojan-activity; reference:cve,2021-1; sid:5000; rev:3;)
            alert udp any any -> any any (msg:"refused"; nosuch; sid:5001;)
            """#

    private func run(_ frames: [[UInt8]], _ folder: String, _ more: [String] = []) throws -> [String] {
        let run = try EngineRun(frames, rules: Self.rules, ["--set", "detect.sgh-mpm-caching-path=\(folder)"] + more)
        return try run.of("alert").map {
            // Each run has a capture file of its own.
            let event = $0.filter { $0.key != "pcap_filename" }
            return String(decoding: try JSONSerialization.data(withJSONObject: event, options: .sortedKeys), as: UTF8.self)
        }
    }

    @Test func theSecondStartFindsTheSame() throws {
        let folder = NSTemporaryDirectory() + "vonggac-caching-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let frames = (0..<4).map { _ in PacketBuilder().udp(Array("an evil word7x".utf8)) }
        func names() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }
        let without = try run(frames, folder, ["--set", "detect.sgh-mpm-caching=no"])
        #expect(without.count >= 4)
        #expect(names().isEmpty)
        #expect(try run(frames, folder) == without)
        let file = try #require(names().first)
        // The rule file of a test has a name of its own each time, and the name is part of what messages say.
        #expect(file.hasPrefix("rules-"))
    }

    @Test func aStartFromTheCacheIsAStartFromTheRules() throws {
        let folder = NSTemporaryDirectory() + "vonggac-caching-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(EngineRun.capture((0..<4).map { _ in PacketBuilder().udp(Array("an evil word7x".utf8)) }))
            .write(to: URL(fileURLWithPath: folder + "/in.pcap"))
        try Self.rules.write(toFile: folder + "/test.rules", atomically: true, encoding: .utf8)
        let cache = folder + "/cache"
        func start(_ log: String) throws -> [String] {
            let log = folder + "/" + log
            try FileManager.default.createDirectory(atPath: log, withIntermediateDirectories: true)
            let code = SensorProgram.run([
                "-k", "all", "-S", folder + "/test.rules", "-l", log, "-r", folder + "/in.pcap", "--set",
                "detect.sgh-mpm-caching-path=\(cache)",
            ])
            try #require(code == .done)
            return try String(contentsOfFile: log + "/eve.json", encoding: .utf8).split(separator: "\n").map(String.init)
                .filter { !$0.contains(#""event_type":"stats""#) }
        }
        let cold = try start("cold")
        #expect(cold.contains { $0.contains(#""signature_id":5000"#) && $0.contains("Network Trojan") })
        let file = cache + "/" + (try #require(try FileManager.default.contentsOfDirectory(atPath: cache).first))
        let stored = try Data(contentsOf: URL(fileURLWithPath: file))
        #expect(try start("warm") == cold)
        // A cache that is damaged is told of and made again.
        var damaged = stored
        damaged[stored.count / 2] ^= 4
        try damaged.write(to: URL(fileURLWithPath: file))
        #expect(try start("damaged") == cold)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == stored)
        #expect(try start("again") == cold)
        // One whose checksum holds, but whose records cannot have been written.
        for place in [5, 6, 7] {
            var odd = stored
            let body = Int(stored[44]) | Int(stored[45]) << 8 | Int(stored[46]) << 16
            let from = 92 + body * place / 8
            for at in from..<from + 64 { odd[at] = 0xff }
            var hash = Hash(.sha256)
            hash.update([UInt8](odd[..<60]))
            hash.update([UInt8](odd[92...]))
            odd.replaceSubrange(60..<92, with: hash.finish())
            try odd.write(to: URL(fileURLWithPath: file))
            #expect(try start("odd\(place)") == cold)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == stored)
        }
        // A folder that cannot be written is no reason not to start.
        try FileManager.default.removeItem(atPath: cache)
        try Data().write(to: URL(fileURLWithPath: cache))
        #expect(try start("without") == cold)
    }
}
