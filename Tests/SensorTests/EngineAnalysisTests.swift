import Foundation
import Testing

@testable import Sensor

@Suite struct EngineAnalysisTests {
    private func analyse(_ rules: String) throws -> (rules: [[String: Any]], report: String, fastPatterns: String) {
        let folder = NSTemporaryDirectory() + "vonggac-analysis-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(rules.utf8).write(to: URL(fileURLWithPath: folder + "/test.rules"))
        try #require(SensorProgram.run(["--engine-analysis", "-S", folder + "/test.rules", "-l", folder]) == .done)
        func text(_ name: String) throws -> String { try String(contentsOfFile: folder + "/" + name, encoding: .utf8) }
        let objects = try text("rules.json").split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        return (objects, try text("rules_analysis.txt"), try text("rules_fast_pattern.txt"))
    }

    @Test func theFastPatternIsTheLongestContentOfTheBestBuffer() throws {
        let all = try analyse(
            #"alert http any any -> any any (msg:"m"; flow:to_server; content:"a long payload"; http.uri; content:"/index"; nocase; http.method; content:"GET"; sid:7; rev:2;)"#
        )
        let rule = try #require(all.rules.first)
        #expect(rule["id"] as? Int == 7)
        #expect(rule["rev"] as? Int == 2)
        #expect(rule["app_proto"] as? String == "http")
        #expect(rule["type"] as? String == "app_tx")
        let pattern = try #require(rule["mpm"] as? [String: Any])
        #expect(pattern["pattern"] as? String == "/index")
        #expect(pattern["buffer"] as? String == "http_uri")
        #expect(pattern["nocase"] as? Bool == true)
        let engines = try #require(rule["engines"] as? [[String: Any]])
        #expect(engines.map { $0["name"] as? String } == ["http_uri", "http_method"])
        #expect((rule["pkt_engines"] as? [[String: Any]])?.count == 1)
        #expect(all.report.contains("Fast Pattern \"/index\" on \"http_uri\" buffer."))
        #expect(all.fastPatterns.contains("Final content: /index"))
    }

    @Test func costlyRulesAreWarnedAbout() throws {
        let all = try analyse(
            """
            alert tcp any any -> any any (pcre:"/x+/"; sid:1;)
            alert tcp any any -> any any (flow:to_server; content:"ab"; sid:2;)
            alert tcp any any -> any any (flow:to_server; content:"abcdef"; sid:3;)
            """)
        #expect(all.rules.map { ($0["warnings"] as? [String])?.isEmpty == false } == [true, true, false])
        #expect(all.report.contains("No warnings for this rule."))
    }

    @Test(arguments: [
        ("flow:established; content:\"a\";", "stream"), ("content:\"a\"; depth:3;", "pkt_stream"), ("dsize:3;", "pkt"),
        ("http.uri; content:\"a\";", "app_tx"), ("app-layer-protocol:http;", "pd_only"),
    ])
    func types(_ options: String, _ type: String) throws {
        #expect(try analyse("alert tcp any any -> any any (\(options) sid:1;)").rules.first?["type"] as? String == type)
    }
}
