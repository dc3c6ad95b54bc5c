import TestSupport
import Testing

@testable import Sensor

/// What rules remember and what events show of it: tags, captures, labels, streams around alerts.
@Suite struct EngineStateTests {
    private static let everything = """
        outputs:
          - eve-log:
              enabled: yes
              filename: eve.json
              types:
                - alert:
                    payload-printable: yes
                    payload-length: yes
                    tagged-packets: yes
                - anomaly:
                    types:
                      stream: yes
                - flow
                - http

        """

    private func web() -> TCPConversation {
        var talk = TCPConversation()
        talk.request("GET /a HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0\r\n\r\n")
        talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        talk.finish()
        return talk
    }

    @Test func tagsLogTheNextPackets() throws {
        let frames = (0..<10).map { _ in PacketBuilder().udp(Array("evil".utf8)) }
        let first = #"alert udp any any -> any any (content:"evil"; threshold:type limit,track by_src,count 1,seconds 600;"#
        #expect(try EngineRun(frames, rules: first + " sid:1;)", configuration: Self.everything).of("packet").isEmpty)
        // Each match renews the tag, up to ten times; the alert shows its own packet.
        let web = web().frames
        func count(_ tag: String) throws -> Int {
            try EngineRun(web, rules: "alert tcp any any -> any any (flags:S; \(tag) sid:1;)", configuration: Self.everything).of("packet")
                .count
        }
        #expect(web.count == 10)
        #expect(try count("tag:session,4,packets;") == 3)
        #expect(try count("tag:host,4,packets,src;") == 3)
        #expect(try count("tag:host,4,packets,src; tag:session,6,packets;") == 5)
        #expect(try count("tag:session,1,bytes;") == 0)
        #expect(try count("tag:session,100,seconds;") == 9)
    }

    @Test func expressionsCapture() throws {
        let rules = #"""
            alert http any any -> any any (http.user_agent; pcre:"/^(\w+)\/(\d)/, flow:name, pkt:major"; flowbits:set,traffic/id/web; flowint:n,=,7; sid:1;)
            alert http any any -> any any (http.user_agent; pcre:"/^(?P<alert_agent>\w+)/"; sid:2;)
            alert http any any -> any any (http.user_agent; pcre:"/^(?P<flow_never>\w+)/"; content:"Opera"; sid:3;)
            """#
        let run = try EngineRun(web().frames, rules: rules, configuration: Self.everything)
        #expect(run.sids == [1, 2])
        #expect(run.texts("alert", "metadata.flowvars.0.name") == ["Mozilla", "Mozilla"])
        #expect(run.texts("alert", "metadata.pktvars.0.major") == ["5", "5"])
        #expect(run.texts("alert", "alert.context.agent") == ["Mozilla"])
        #expect(run.texts("alert", "traffic.id.0") == ["web", "web"])
        #expect(run.texts("flow", "traffic.id.0") == ["web"])
        #expect(run.texts("flow", "metadata.flowvars.0.name") == ["Mozilla"])
        #expect(run.of("flow").compactMap { EngineRun.value($0, "metadata.flowints.n") as? Int } == [7])
        #expect(run.of("flow").allSatisfy { EngineRun.value($0, "metadata.flowbits") == nil })
    }

    @Test func alertsShowTheStreamWithItsGaps() throws {
        let builder = PacketBuilder()
        let frames = [
            builder.tcp(0x02, sequence: 999, acknowledgment: 0),
            builder.tcp(0x12, sequence: 4999, acknowledgment: 1000, toServer: false),
            builder.tcp(0x10, sequence: 1000, acknowledgment: 5000),
            builder.tcp(0x18, sequence: 1000, acknowledgment: 5000, Array("VERY".utf8)),
            builder.tcp(0x18, sequence: 1008, acknowledgment: 5000, Array("DATA".utf8)),
            builder.tcp(0x10, sequence: 5000, acknowledgment: 1012, toServer: false),
        ]
        let run = try EngineRun(
            frames, rules: #"alert tcp-stream any any -> any any (content:"DATA"; sid:1;)"#, configuration: Self.everything)
        #expect(run.texts("alert", "payload_printable") == ["VERY[4 bytes missing]DATA"])
        #expect(run.of("alert").compactMap { $0["stream"] as? Int } == [1])
        #expect(run.texts("anomaly", "anomaly.event") == ["stream.reassembly_seq_gap"])
        #expect(run.of("flow").compactMap { EngineRun.value($0, "tcp.ts_gap") as? Bool } == [true])
    }

    @Test func oneRuleSeesBothSides() throws {
        let head = "alert http any any => any 80 "
        func sids(_ options: String) throws -> [Int] {
            try EngineRun(web().frames, rules: head + "(\(options) sid:1;)", configuration: Self.everything).sids
        }
        #expect(try sids(#"http.uri; content:"/a"; http.stat_code; content:"200";"#) == [1])
        #expect(try sids(#"http.uri; content:"/a"; http.stat_code; content:"404";"#) == [])
        #expect(try sids(#"http.header:to_server; content:"Mozilla"; http.header:to_client; content:"Length";"#) == [1])
        #expect(try sids(#"http.header:to_client; content:"Mozilla"; http.header:to_server; content:"Length";"#) == [])
    }

    @Test func protocolsBySide() throws {
        func count(_ test: String) throws -> Int {
            try EngineRun(
                web().frames, rules: "alert tcp any any -> any any (app-layer-protocol:\(test); sid:1;)", configuration: Self.everything
            ).sids.isEmpty ? 0 : 1
        }
        #expect(try count("http,to_server") == 1)
        #expect(try count("http,final") == 1)
        #expect(try count("http,original") == 0)
        #expect(try count("tls,either") == 0)
        #expect(try count("!tls,final") == 1)
    }

    @Test func flowStartIsTheFirstPacketOfEachDirection() throws {
        let run = try EngineRun(
            web().frames, rules: "alert tcp:flow_start any any -> any any (dsize:0; sid:1;)", configuration: Self.everything)
        #expect(run.of("alert").compactMap { $0["pcap_cnt"] as? Int } == [1, 2])
    }

    @Test func rulesAreLookedAtWithTheStepThatTheyName() throws {
        func places(_ proto: String, _ options: String = "") throws -> [Int] {
            var talk = TCPConversation()
            talk.request("GET /a HTTP/1.1\r\nHost: x\r\n")
            talk.request("User-Agent: y\r\n\r\n")
            talk.response("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok")
            talk.response("ay")
            let run = try EngineRun(
                talk.frames, rules: "alert \(proto) any any -> any any (\(options) sid:1;)", configuration: Self.everything,
                ["--simulate-ips"])
            return run.of("alert").compactMap { $0["pcap_cnt"] as? Int }
        }
        let line = try #require(try places("http1:request_line").first)
        let headers = try #require(try places("http1:request_headers").first)
        #expect(line < headers)
        #expect(try places("http1:request_line", #"http.method; content:"GET";"#) == [line])
        #expect(try places("http1:request_headers", #"http.uri; content:"/a";"#) == [headers])
        #expect(try places("http", "app-layer-state:<request_headers;") == [line])
        // A rule on the step alone matches until the transaction has gone beyond it.
        #expect(try places("http1:request_line") == [line, headers])
        #expect(try places("http1:response_complete").count == 1)
    }

    @Test func alertsShowBodiesWhereTheConfigurationAsksForThem() throws {
        var talk = TCPConversation()
        talk.request("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b")
        talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        func alert(_ options: String) throws -> [String: Any] {
            let types =
                "outputs:\n  - eve-log:\n      enabled: yes\n      filename: eve.json\n      types:\n        - alert: {\(options)}\n"
            let run = try EngineRun(
                talk.frames, rules: #"alert http any any -> any any (http.response_body; content:"ok"; sid:1;)"#, configuration: types)
            return try #require(run.of("alert").first)
        }
        let shown = try alert("http-body: yes, http-body-printable: yes")
        #expect(EngineRun.value(shown, "http.http_request_body") as? String == "YT1i")
        #expect(EngineRun.value(shown, "http.http_request_body_printable") as? String == "a=b")
        #expect(EngineRun.value(shown, "http.http_response_body") as? String == "b2s=")
        #expect(EngineRun.value(shown, "http.http_response_body_printable") as? String == "ok")
        #expect(EngineRun.value(try alert("packet: no"), "http.http_request_body") == nil)
    }

    @Test func aConnectionPickedUpAtTheServersSideIsTurned() throws {
        var talk = TCPConversation(handshake: false)
        talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        talk.request("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        let run = try EngineRun(
            talk.frames, rules: #"alert http any any -> any any (http.stat_code; content:"200"; sid:1;)"#, configuration: Self.everything,
            ["--set", "stream.midstream=true"])
        #expect(run.sids == [1])
        #expect(run.of("flow").compactMap { $0["dest_port"] as? Int } == [80])
    }
}
