import TestSupport
import Testing

@testable import Sensor

/// What the comparison with Suricata (Tests/Oracle) has found, packet by packet as Suricata has it.
@Suite struct SuricataBehaviourTests {
    /// Handshake, request, answer, end: the packets of ``Recording/web(request:answer:)``.
    private let web = Recording.web()

    private func packets(_ options: String, _ recording: Recording? = nil) throws -> [Int?] {
        try (recording ?? web).alerts("alert tcp any any -> any any (\(options) sid:1;)").map(\.packet)
    }

    @Test func flagsThatAreNotSetAreLookedForAtTheBeginningAndTheEnd() throws {
        #expect(try packets("flags:!R;") == [1, 2, 8, 9])
        #expect(try packets("flags:!S;") == [8, 9])
        #expect(try packets("flags:!SA;") == [1, 8, 9])
        #expect(try packets("flags:!P;") == [1, 2, 3, 5, 7, 8, 9, 10])
    }

    @Test func whatIsAbsentIsMissedOnlyWhereThereIsAPayload() throws {
        #expect(try packets(#"content:!"zzz"; offset:1;"#) == [4, 6, 7, 9])
        #expect(try Recording([PacketBuilder().udp([])]).alerts(#"alert udp any any -> any any (content:!"zzz"; sid:1;)"#).isEmpty)
    }

    @Test(arguments: ["tcp", "tcp-pkt", "tcp-stream"])
    func rulesOfAHeaderAloneMeetTheFirstPacketOfEachDirection(_ proto: String) throws {
        #expect(try web.alerts("alert \(proto) any any -> any any (sid:1;)").map(\.packet) == [1, 2])
        #expect(try web.alerts("alert \(proto) any any -> any any (flow:established; sid:1;)").count == 7)
    }

    /// A packet that carries another one is looked at by its headers alone; the one inside shows its payload.
    @Test func aTunnelsPayloadIsThePacketInside() throws {
        var inside = PacketBuilder()
        inside.client = [172, 16, 0, 1]
        let vxlan = PacketBuilder.vxlan(around: inside.udp(Array("NEEDLE".utf8)))
        let rules = """
            alert udp any any -> any any (content:"NEEDLE"; sid:1;)
            alert udp any any -> any 4789 (content:"NEEDLE"; sid:2;)
            alert udp any any -> any 4789 (dsize:>1; sid:3;)
            alert udp any any -> any 4789 (ttl:64; sid:4;)
            """
        #expect(Set(try Recording([vxlan]).alerts(rules).map(\.signature)) == [1, 4])
    }

    @Test func streamRulesLookAtSegmentsOutsideOfAnyStream() throws {
        let lone = PacketBuilder().tcp(0x18, sequence: 7, acknowledgment: 9, Array("NEEDLE".utf8))
        #expect(try Recording([lone]).alerts(#"alert tcp-stream any any -> any any (content:"NEEDLE"; sid:1;)"#).map(\.packet) == [1])
    }

    /// A keep-alive's byte is no part of the stream: it is looked at by itself.
    @Test func keepAlivesAreLookedAtByThemselves() throws {
        var conversation = TCPConversation()
        conversation.request("HELLO")
        let probe = conversation.builder.tcp(0x10, sequence: 1005, acknowledgment: 5001, [0])
        let rule = #"alert tcp-stream any any -> any any (content:"|00|"; sid:1;)"#
        #expect(try Recording(conversation.frames + [probe, probe]).alerts(rule).map(\.packet) == [6, 7])
    }

    @Test func rulesOnHTTPHoldUntilTheUpgradesFirstBytes() throws {
        let recording = Recording.web(
            request: "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            answer: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
        #expect(try recording.alerts(#"alert http any any -> any any (content:"/chat"; sid:1;)"#).map(\.packet) == [7])
    }

    /// A capture that goes back in time: the flow of its older packets is one flow.
    @Test func flowsOfAnEarlierTimeLive() throws {
        var builder = PacketBuilder()
        let later = (0..<3).map { _ in builder.udp(Array("later".utf8)) }
        builder.clientPort = 999
        let earlier = (0..<3).map { _ in builder.udp(Array("earlier".utf8)) }
        var recording = Recording(later + earlier)
        recording.times = [1000, 1000, 1000, 0, 1, 2]
        let rules = #"alert udp any any -> any any (content:"earlier"; flowbits:isnotset,seen; flowbits:set,seen; sid:1;)"#
        #expect(try recording.alerts(rules).map(\.packet) == [4])
    }

    @Test func theHalvesOfARuleForBothDirectionsCountTogether() throws {
        let rule = "alert tcp-pkt any !81 <> any any (dsize:>1; threshold:type limit, track by_rule, count 3, seconds 60; sid:1;)"
        #expect(try web.alerts(rule).map(\.packet) == [4, 4, 6])
    }

    @Test func theHandshakeIsNotEstablished() throws {
        #expect(try packets("flow:not_established;") == [1, 2, 3])
        #expect(try packets("flow:established;") == [4, 5, 6, 7, 8, 9, 10])
    }

    @Test func nothingBehindANegatedContentIsAboutTheEnd() throws {
        #expect(try packets(#"content:!"zz"; isdataat:!1,relative; flow:to_server;"#) == [7])
    }

    /// What is inside of a message is looked at when the message is whole, its parts together.
    @Test func aMessageInTwoSegmentsIsOnePieceOfTheStream() throws {
        var conversation = TCPConversation()
        conversation.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        conversation.response("HTTP/1.1 200 OK\r\n")
        conversation.response("Content-Length: 2\r\n\r\nok")
        conversation.finish()
        #expect(
            try packets(#"content:"200 OK"; content:"Content-Length"; distance:1; flow:to_client;"#, Recording(conversation.frames)) == [11]
        )
    }

    /// A client that ends first: what it has sent is looked at with its FIN, not when the server ends too.
    @Test func aClientsEndHurriesRulesOnTheStream() throws {
        var conversation = TCPConversation()
        conversation.request("HELLO over there")
        conversation.finish()
        #expect(try packets(#"content:"HELLO"; flow:to_server;"#, Recording(conversation.frames)) == [6])
    }

    /// A server that ends first: only the end of the flow shows what the client has sent.
    @Test func aServersEndDoesNot() throws {
        var conversation = TCPConversation()
        conversation.request("HELLO over there")
        let builder = conversation.builder
        let frames =
            conversation.frames + [
                builder.tcp(0x11, sequence: 5001, acknowledgment: 1017, toServer: false),
                builder.tcp(0x10, sequence: 1017, acknowledgment: 5002),
                builder.tcp(0x11, sequence: 1017, acknowledgment: 5002),
                builder.tcp(0x10, sequence: 5002, acknowledgment: 1018, toServer: false),
            ]
        #expect(try packets(#"content:"HELLO"; flow:to_server;"#, Recording(frames)) == [nil])
    }
}
