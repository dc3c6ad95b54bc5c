import TestSupport
import Testing

@testable import Sensor

/// Packets that bring nothing cost little, and are yet seen by every rule that may hold on them.
@Suite struct AcknowledgementTests {
    private let builder = PacketBuilder()

    /// A conversation with bare acknowledgements of nothing new after it; numbers of packets are counted from 1.
    private func quiet(_ count: Int) -> [[UInt8]] {
        var talk = TCPConversation()
        talk.request("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let last = talk.frames[talk.frames.count - 1]
        return talk.frames + Array(repeating: last, count: count)
    }

    @Test func rulesOnHeadersSeeEachOfThem() throws {
        // The handshake's last packet, the two that acknowledge something, and the three that do not.
        let alerts = try Recording(quiet(3)).alerts("alert tcp any any -> any any (flags:A; dsize:0; flow:to_server; sid:1;)")
        #expect(alerts.compactMap(\.packet) == [3, 7, 8, 9, 10])
        #expect(try Recording(quiet(3)).alerts("alert tcp any any -> any any (flags:A; dsize:>0; sid:1;)").isEmpty)
    }

    @Test func rulesOnTheFlowSeeThem() throws {
        let alerts = try Recording(quiet(3)).alerts("alert tcp any any -> any any (flow.pkts_toserver:>5; flow:to_server; sid:1;)")
        #expect(alerts.compactMap(\.packet) == [9, 10])
    }

    @Test func rulesOnTheProtocolAndOnStateSeeThem() throws {
        let protocols = try Recording(quiet(2)).alerts("alert http any any -> any any (flow:to_server; dsize:0; sid:1;)")
        #expect(protocols.compactMap(\.packet).suffix(2) == [8, 9])
        let bits = """
            alert tcp any any -> any any (content:"GET"; flowbits:set,seen; noalert; sid:1;)
            alert tcp any any -> any any (flowbits:isset,seen; flags:A; flow:to_server; sid:2;)
            """
        #expect(try Recording(quiet(2)).alerts(bits).filter { $0.signature == 2 }.compactMap(\.packet).suffix(2) == [8, 9])
    }

    @Test func taggedSessionsLogThem() throws {
        let configuration = """
            outputs: [{eve-log: {enabled: yes, filetype: regular, filename: eve.json, types: [{alert: {tagged-packets: yes}}]}}]

            """
        let rules = #"alert tcp any any -> any any (content:"GET"; tag:session,60,seconds; sid:1;)"#
        // All that follow the alert, which comes with the acknowledgement of the answer.
        let run = try EngineRun(quiet(4), rules: rules, configuration: configuration)
        #expect(run.of("packet").count == 4)
    }

    /// What an acknowledgement makes readable is inspected and logged with it, as before many that say nothing.
    @Test func whatTheyCompleteIsSeenAtOnce() throws {
        let rules = #"alert http any any -> any any (http.stat_code; content:"200"; sid:1;)"#
        #expect(try Recording(quiet(0)).alerts(rules) == Recording(quiet(5)).alerts(rules))
        let run = try EngineRun(quiet(5), rules: rules)
        #expect(run.of("http").count == 1)
    }

    /// Encrypted payloads pass by; their headers do not.
    @Test func encryptedBulkIsSeenByItsHeader() throws {
        let rules = "alert tcp any any -> any any (dsize:>100; flow:to_client; sid:1;)"
        var talk = TCPConversation()
        for _ in 0..<4 { talk.response(Array(repeating: 0x17, count: 200)) }
        #expect(try Recording(talk.frames).alerts(rules).compactMap(\.packet) == [4, 6, 8, 10])
    }
}
