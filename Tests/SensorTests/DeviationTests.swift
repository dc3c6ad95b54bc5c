import Foundation
import TestSupport
import Testing

@testable import Sensor

/// Where the sensor means to differ from Suricata; docs/compatibility.md names these tests.
@Suite struct DeviationTests {
    @Test func namesAreAskedForOnAnyPort() throws {
        let rule = #"alert dns any any -> any any (dns.query; content:"evil.example"; sid:1;)"#
        #expect(try Recording.query("evil.example", port: 5300).alerts(rule).map(\.signature) == [1])
    }

    @Test func countsGoOnFromCaptureToCapture() throws {
        let rules = """
            alert tcp any any -> any any (content:"index"; threshold:type limit, track by_src, count 1, seconds 60; sid:1;)
            alert tcp any any -> any any (content:"index"; flowbits:isnotset,seen; flowbits:set,seen; sid:2;)
            """
        let alerts = try Recording.web().alerts(rules, copies: 3).map(\.signature)
        #expect(alerts.count { $0 == 1 } == 1)
        #expect(alerts.count { $0 == 2 } == 3)
        let goingOn = try Recording.web().alerts(rules, copies: 3, options: ["--pcap-file-continuous"]).map(\.signature)
        #expect(goingOn.count { $0 == 1 } == 1)
    }

    @Test func aNegatedContentAtTheEndMeansDoesNotEndWith() throws {
        let rules = """
            alert udp any any -> any any (content:!"ab"; endswith; sid:1;)
            alert udp any any -> any any (content:!"cd"; endswith; sid:2;)
            """
        #expect(try Recording([PacketBuilder().udp(Array("ab12ab".utf8))]).alerts(rules).map(\.signature) == [2])
    }

    @Test func streamOnlyRulesMayNameBuffers() throws {
        let rule = #"alert http any any -> any any (flow:only_stream; http.uri; content:"index"; sid:1;)"#
        #expect(try Recording.web().alerts(rule).map(\.signature) == [1])
    }

    @Test func linesThatBeginWithBlanksAreRules() throws {
        #expect(
            try Recording.web().alerts("   alert http any any -> any any (http.uri; content:\"index\"; sid:1;)").map(\.signature) == [1])
    }

    @Test func patternsAcrossInspectedPiecesAreFound() throws {
        var conversation = TCPConversation()
        // Two pieces of 2,600 bytes are inspected one after the other; the pattern lies across them.
        conversation.request(String(repeating: "x", count: 2596) + "NEED")
        conversation.request("LE" + String(repeating: "y", count: 2598))
        conversation.finish()
        let recording = Recording(conversation.frames)
        let rule = #"alert tcp any any -> any any (content:"NEEDLE"; sid:1;)"#
        #expect(try recording.alerts(rule).count == 1)
        #expect(try recording.alerts(rule, options: ["--set", "detect.across-pieces=no"]).isEmpty)
    }

    @Test func aDropRuleNeedNotEndTheWorkOnItsFlow() throws {
        let rules = """
            drop http any any -> any any (http.uri; content:"index"; sid:1;)
            alert http any any -> any any (http.stat_code; content:"200"; sid:2;)
            """
        #expect(try Recording.web().alerts(rules).map(\.signature) == [1])
        #expect(try Recording.web().alerts(rules, options: ["--set", "detect.drop-is-alert=yes"]).map(\.signature) == [1, 2])
    }

    @Test func aMirrorOfOneSideIsFollowedWhenAsked() throws {
        let toServer = Recording.web().frames.enumerated().filter { [0, 2, 3, 6, 7, 9].contains($0.offset) }.map(\.element)
        let rule = #"alert http any any -> any any (http.uri; content:"index"; sid:1;)"#
        #expect(try Recording(toServer).alerts(rule).isEmpty)
        #expect(try Recording(toServer).alerts(rule, options: ["--set", "stream.async-oneside=yes"]).map(\.signature) == [1])
    }

    @Test func limitsAreInspectionLimits() throws {
        let body = String(repeating: "x", count: 3000) + "NEEDLE"
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
        let recording = Recording.web(answer: answer)
        let rule = #"alert http any any -> any any (file.data; content:"NEEDLE"; sid:1;)"#
        #expect(try recording.alerts(rule).map(\.signature) == [1])
        let limit = "app-layer.protocols.http.libhtp.default-config.response-body-limit=2kb"
        #expect(try recording.alerts(rule, options: ["--set", limit]).isEmpty)
    }

    @Test func fingerprintsNeedNotBeAskedFor() throws {
        let text = try String(contentsOfFile: ProjectFiles.path("Tests/SensorTests/Golden/tls.txt"), encoding: .utf8)
        let session = try #require(try GoldenScript(text).run().of("tls").first)
        #expect(EngineRun.value(session, "tls.ja3.hash") is String && EngineRun.value(session, "tls.ja3s.hash") is String)
    }
}
