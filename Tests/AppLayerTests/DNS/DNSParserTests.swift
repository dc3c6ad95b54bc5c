import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct DNSParserTests {
    private func run(_ pieces: [(direction: FlowDirection, bytes: [UInt8])], stream: Bool = false) -> ParserRun {
        let run = ParserRun(DNSParser(limits: ParserLimits(), isStream: stream))
        run.feed(Conversation(pieces))
        return run
    }

    private func probe(_ bytes: [UInt8], _ direction: FlowDirection) -> ProbeResult { DNSProbe.probe(bytes.rawSpan, direction) }

    @Test func requestAndResponseAreTransactionsOfTheirOwn() throws {
        let run = run([(.toServer, DNSMessages.query), (.toClient, DNSMessages.response)])
        try #require(run.parser.transactions.count == 2)
        let request = run.parser.transactions[0]
        let response = run.parser.transactions[1]
        #expect(request.onlyDirection == .toServer && request.isComplete)
        #expect(response.onlyDirection == .toClient && response.isComplete)
        #expect(texts(request, .dnsQuery, .toServer) == ["Www.Example.vn"])
        #expect(texts(response, .dnsQuery, .toClient).isEmpty)
        #expect(texts(response, .dnsQueryNames, .toClient) == ["www.example.vn"])
        #expect(texts(response, .dnsAnswerNames, .toClient).count == 6)
        #expect(texts(response, .dnsAdditionalNames, .toClient).isEmpty)
        #expect(texts(response, .dnsResponseNames, .toClient).contains("mail.example.vn"))
        #expect(texts(response, .dnsResponseNames, .toClient).contains("ns.example.vn"))
        #expect(numbers(response, .dnsRecordType, .toClient) == [1, 5, 1, 28, 15, 16, 16])
        #expect(numbers(response, .dnsOpcode, .toClient) == [0])
    }

    @Test func eveVersionThree() throws {
        let run = run([(.toServer, DNSMessages.query), (.toClient, DNSMessages.response)])
        try #require(run.parser.transactions.count == 2)
        #expect(
            eve(run.parser.transactions[0])
                == #"{"dns":{"version":3,"type":"request","tx_id":0,"id":16000,"flags":"100","rd":true,"opcode":0,"rcode":"NOERROR","#
                + #""queries":[{"rrname":"Www.Example.vn","rrtype":"A"}]}}"#)
        let text = eve(run.parser.transactions[1])
        #expect(text.contains(#""type":"response","tx_id":1,"id":16000,"flags":"8180","qr":true,"rd":true,"ra":true,"#))
        #expect(text.contains(#"{"rrname":"www.example.vn","rrtype":"AAAA","ttl":300,"rdata":"2001:0db8:0000:0000:0000:0000:0000:0001"}"#))
        #expect(text.contains(#""rrtype":"TXT","ttl":300,"rdata":"abc"},{"rrname":"www.example.vn","rrtype":"TXT","ttl":300,"rdata":""}"#))
        #expect(
            text.contains(
                #""soa":{"mname":"ns.example.vn","rname":"admin.example.vn","serial":1,"refresh":2,"retry":3,"expire":4,"minimum":5}"#))
        #expect(text.contains(#""grouped":{"CNAME":["web.example.vn"],"A":["10.1.2.3"],"#))
        // An OPT record that only announces a buffer size is left out.
        #expect(!text.contains("additionals"))
    }

    @Test func streamsHaveALengthBeforeEachMessage() throws {
        let conversation = Conversation([
            (.toServer, DNSMessages.framed(DNSMessages.query) + DNSMessages.framed(DNSMessages.query)),
            (.toClient, DNSMessages.framed(DNSMessages.response)),
        ])
        let run = run(conversation.pieces, stream: true)
        #expect(run.parser.transactions.map(\.onlyDirection) == [.toServer, .toServer, .toClient])
        exercise(conversation, seed: 7) { DNSParser(limits: ParserLimits(), isStream: true) }
    }

    @Test func datagramsSurvivePrefixesAndMutations() {
        var random = SeededGenerator(seed: 11)
        let conversation = Conversation([(.toServer, DNSMessages.query), (.toClient, DNSMessages.response)])
        for _ in 0..<2000 {
            let run = run(conversation.mutated(&random).pieces)
            #expect(run.status == .ok)
        }
        for count in 0..<DNSMessages.response.count {
            let run = run([(.toClient, Array(DNSMessages.response.prefix(count)))])
            #expect(run.parser.transactions.count <= 1)
        }
    }

    @Test func aLoopOfPointersEnds() throws {
        let loop =
            DNSMessages.header(0x8180, 1, 1) + DNSMessages.question("a.vn", 1)
            + [1, 97, 0xc0, 22] + DNSMessages.word(1) + DNSMessages.word(1) + [0, 0, 0, 1, 0, 4, 1, 2, 3, 4]
        let run = run([(.toClient, loop)])
        try #require(run.parser.transactions.count == 1)
        #expect(run.parser.transactions[0].events == [DNSFields.Event.infiniteLoop.rawValue])
    }

    @Test func eventsOfHeaderAndSections() throws {
        let flagged = run([(.toServer, DNSMessages.header(0x0140 | 9 << 11, 1) + DNSMessages.question("a.vn", 1))])
        try #require(flagged.parser.transactions.count == 1)
        #expect(flagged.parser.transactions[0].events == [DNSFields.Event.zFlagSet.rawValue, DNSFields.Event.invalidOpcode.rawValue])
        let broken = run([(.toClient, DNSMessages.header(0x8180, 1, 0, 0, 1) + DNSMessages.question("a.vn", 1) + [0, 0])])
        try #require(broken.parser.transactions.count == 1)
        #expect(broken.parser.transactions[0].events == [DNSFields.Event.invalidAdditionals.rawValue])
        let malformed = run([(.toClient, DNSMessages.header(0x8180, 1, 1) + DNSMessages.question("a.vn", 1))])
        #expect(malformed.parser.events == [DNSFields.Event.malformedData.rawValue])
        let reversed = run([(.toServer, DNSMessages.query), (.toServer, DNSMessages.response)])
        try #require(reversed.parser.transactions.count == 1)
        #expect(reversed.parser.transactions[0].events == [DNSFields.Event.notRequest.rawValue])
    }

    @Test func afterAGapTheNextMessageIsFound() {
        let run = ParserRun(DNSParser(limits: ParserLimits(), isStream: true))
        run.feed(Array(DNSMessages.framed(DNSMessages.query).prefix(20)), .toServer)
        let goesOn = run.parser.gap(100, .toServer, time: Timestamp(seconds: 0))
        #expect(goesOn)
        let next = DNSMessages.framed(DNSMessages.query)
        let fresh = run.parser.consume(next.rawSpan, .toServer, time: Timestamp(seconds: 0))
        #expect(fresh.consumed == DNSMessages.query.count + 2)
        #expect(run.parser.transactions.count == 1)
    }

    @Test func probeKnowsMessagesAndLeavesTheRest() {
        #expect(probe(DNSMessages.query, .toServer) == .certain)
        #expect(probe(DNSMessages.response, .toClient) == .certain)
        #expect(probe(DNSMessages.framed(DNSMessages.query), .toServer) == .certain)
        for other in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n"] {
            let bytes = Array(other.utf8)
            #expect(probe(bytes, .toServer) != .certain)
        }
        var random = SeededGenerator(seed: 3)
        var taken = 0
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 1...80, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if probe(bytes, .toServer) == .certain { taken += 1 }
        }
        #expect(taken == 0)
    }

    @Test func everyEventHasItsName() { #expect(DNSFields.Event.allCases.count == DNSFields.events.count) }
}
