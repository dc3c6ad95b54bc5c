import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct SIPParserTests {
    private let register =
        "REGISTER sip:office.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1\r\nv: SIP/2.0/TCP 10.0.0.2\r\nFrom: <sip:a@b>;tag=1\r\nt: <sip:c@d>\r\nUser-Agent: phone\r\nContent-Length: 4\r\n\r\nbody"
    private let answer = "SIP/2.0 401 Unauthorized\r\nTo: <sip:c@d>\r\nContent-Length: 0\r\n\r\n"

    private func run(stream: Bool) -> ParserRun {
        let run = ParserRun(SIPParser(limits: ParserLimits(), isStream: stream))
        run.feed(Conversation(lines: [(.toServer, register), (.toClient, answer)]))
        return run
    }

    @Test(arguments: [false, true])
    func fieldsOfBothDirections(stream: Bool) throws {
        let run = run(stream: stream)
        try #require(run.parser.transactions.count == 2)
        let (request, response) = (run.parser.transactions[0], run.parser.transactions[1])
        #expect(texts(request, .sipMethod, .toServer) == ["REGISTER"])
        #expect(texts(request, .sipURI, .toServer) == ["sip:office.example"])
        #expect(texts(request, .sipProtocol, .toServer) == ["SIP/2.0"])
        #expect(texts(request, .sipVia, .toServer) == ["SIP/2.0/UDP 10.0.0.1", "SIP/2.0/TCP 10.0.0.2"])
        #expect(texts(request, .sipTo, .toServer) == ["<sip:c@d>"])
        #expect(texts(request, .sipContentLength, .toServer) == ["4"])
        #expect(texts(request, .sipStatusCode, .toClient).isEmpty)
        #expect(texts(response, .sipStatusCode, .toClient) == ["401"])
        #expect(texts(response, .sipStatusMessage, .toClient) == ["Unauthorized"])
        #expect(texts(response, .sipResponseLine, .toClient) == ["SIP/2.0 401 Unauthorized"])
    }

    @Test func eveEvents() throws {
        let run = run(stream: false)
        #expect(
            eve(try #require(run.parser.transactions.first))
                == #"{"sip":{"method":"REGISTER","uri":"sip:office.example","version":"SIP/2.0","request_line":"REGISTER sip:office.example SIP/2.0"}}"#
        )
        #expect(
            eve(try #require(run.parser.transactions.last))
                == #"{"sip":{"version":"SIP/2.0","code":"401","reason":"Unauthorized","response_line":"SIP/2.0 401 Unauthorized"}}"#)
    }

    @Test func messagesOnAStreamAreSetApart() throws {
        let run = ParserRun(SIPParser(limits: ParserLimits(), isStream: true))
        run.feed(Conversation(lines: [(.toServer, register + "\r\n" + register), (.toClient, answer + answer)]))
        #expect(run.parser.transactions.map(\.onlyDirection) == [.toServer, .toServer, .toClient, .toClient])
    }

    @Test func prefixesPiecesAndMutations() {
        let conversation = Conversation(lines: [(.toServer, register + register), (.toClient, answer)])
        exercise(conversation, seed: 31) { SIPParser(limits: ParserLimits(), isStream: true) }
        var random = SeededGenerator(seed: 32)
        for _ in 0..<300 { ParserRun(SIPParser(limits: ParserLimits(), isStream: false)).feed(conversation.mutated(&random)) }
    }
}
