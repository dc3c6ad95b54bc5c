import TestSupport
import Testing

@testable import Sensor

/// What rules and policies decide about packets and flows, as events show it.
@Suite struct VerdictTests {
    private static let everything = """
        outputs:
          - eve-log:
              enabled: yes
              filename: eve.json
              types:
                - alert:
                    verdict: yes
                - drop:
                    alerts: yes
                    flows: all
                    verdict: yes
                - flow
                - http
                - dns
                - stats

        """

    private func web() -> TCPConversation {
        var talk = TCPConversation()
        talk.request("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        talk.finish()
        return talk
    }

    @Test func aDropRuleOnlyAlertsPassively() throws {
        let run = try EngineRun(
            web().frames, rules: #"drop http any any -> any any (http.uri; content:"/a"; sid:1;)"#, configuration: Self.everything)
        #expect(run.sids == [1])
        #expect(run.texts("alert", "alert.action") == ["allowed"])
        #expect(run.texts("alert", "verdict.action") == ["alert"])
        #expect(run.of("drop").isEmpty)
        #expect(run.texts("flow", "flow.action") == ["drop"])
    }

    @Test func inlineTheRestOfTheFlowIsDropped() throws {
        let run = try EngineRun(
            web().frames, rules: #"drop http any any -> any any (http.uri; content:"/a"; sid:1;)"#, configuration: Self.everything,
            ["--simulate-ips"])
        #expect(run.texts("alert", "alert.action") == ["blocked"])
        #expect(run.texts("alert", "verdict.action") == ["drop"])
        // The request is the fourth of ten packets.
        #expect(run.texts("drop", "drop.reason") == ["rules"] + Array(repeating: "flow drop", count: 6))
        #expect(run.of("drop").compactMap { EngineRun.value($0, "alert.signature_id") as? Int } == [1])
        let stats = try #require(run.of("stats").last)
        #expect(EngineRun.value(stats, "stats.ips.blocked") as? Int == 7)
        #expect(EngineRun.value(stats, "stats.ips.accepted") as? Int == 3)
        #expect(EngineRun.value(stats, "stats.ips.drop_reason.flow_drop") as? Int == 6)
    }

    @Test func aRuleOnPacketsDecidesOnPacketsOnly() throws {
        let run = try EngineRun(
            web().frames, rules: "drop tcp any any -> any any (dsize:>30; sid:1;)", configuration: Self.everything, ["--simulate-ips"])
        #expect(run.of("drop").count == 1)
        #expect(run.texts("flow", "flow.action").isEmpty)
    }

    @Test func whatSortsAfterAPassDoesNotAlert() throws {
        let rules = """
            alert http any any -> any any (http.uri; content:"/a"; sid:1;)
            pass http any any -> any any (http.uri; content:"/a"; alert; sid:2;)
            """
        #expect(try EngineRun(web().frames, rules: rules, configuration: Self.everything).sids == [2])
        let turned = try EngineRun(
            web().frames, rules: rules, configuration: Self.everything + "action-order:\n  - alert\n  - pass\n  - drop\n  - reject\n")
        #expect(turned.sids == [1, 2])
        #expect(turned.texts("alert", "verdict.action") == ["pass", "pass"])
    }

    @Test func rejectsSayWhom() throws {
        let run = try EngineRun(
            [PacketBuilder().udp(Array("evil".utf8))], rules: #"rejectdst udp any any -> any any (content:"evil"; sid:1;)"#,
            configuration: Self.everything)
        #expect(run.texts("alert", "alert.action") == ["blocked"])
        #expect(run.texts("alert", "verdict.reject-target") == ["to_server"])
        #expect(run.texts("alert", "verdict.reject.0") == ["icmp-prohib"])
    }

    @Test func suppressedRulesStillAct() throws {
        let frames = (0..<4).map { _ in PacketBuilder().udp(Array("evil".utf8)) }
        let run = try EngineRun(
            frames, rules: #"drop udp any any -> any any (content:"evil"; threshold:type limit,track by_src,count 1,seconds 60; sid:1;)"#,
            configuration: Self.everything, ["--simulate-ips"])
        #expect(run.sids == [1])
        #expect(run.of("drop").count == 4)
        let waiting = try EngineRun(
            frames,
            rules: #"drop udp any any -> any any (content:"evil"; threshold:type threshold,track by_src,count 2,seconds 60; sid:1;)"#,
            configuration: Self.everything, ["--simulate-ips"])
        #expect(waiting.of("drop").count == 2)
    }

    @Test(arguments: [
        ("drop-flow", "drop", 1, "stream midstream"), ("pass-flow", "pass", 6, nil), ("bypass", "pass", 1, nil), ("ignore", nil, 6, nil),
    ]) func midstreamPolicies(policy: String, action: String?, count: Int, reason: String?) throws {
        var talk = TCPConversation(handshake: false)
        talk.request("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        talk.request("x")
        let run = try EngineRun(
            talk.frames, rules: #"alert tcp any any -> any any (content:"GET"; sid:1;)"#, configuration: Self.everything,
            ["--simulate-ips", "--set", "stream.midstream-policy=" + policy])
        #expect(run.texts("flow", "flow.action").first == action)
        #expect(run.texts("flow", "flow.exception_policy.0.target") == ["stream_midstream"])
        #expect(run.texts("drop", "drop.reason").first == reason)
        #expect(run.sids == (policy == "ignore" ? [1] : []))
        let stats = try #require(run.of("stats").last)
        let key = policy.split(separator: "-").joined(separator: "_")
        let counted = EngineRun.value(stats, "stats.exception_policy.tcp.midstream.\(key)") as? Int
        #expect(counted == (policy == "ignore" ? nil : count))
    }

    @Test func aConfigRuleSilencesATransactionAndItsAnswer() throws {
        let name: [UInt8] = [3, 118, 110, 103, 2, 118, 110, 0, 0, 1, 0, 1]
        var builder = PacketBuilder()
        builder.serverPort = 53
        let query = builder.udp([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name)
        let answer = builder.udp([0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0] + name, toServer: false)
        let rules = #"config dns any any -> any any (dns.query; content:"vng"; config:logging disable, type tx, scope tx; sid:1;)"#
        #expect(try EngineRun([query, answer], rules: "", configuration: Self.everything).of("dns").count == 2)
        #expect(try EngineRun([query, answer], rules: rules, configuration: Self.everything).of("dns").isEmpty)
    }
}
