import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct HTTP1OddRequestTests {
    private func run(_ pieces: [(FlowDirection, String)], ending: Bool = true) -> ParserRun {
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Conversation(lines: pieces), ending: ending)
        return run
    }

    private func requestBody(_ transaction: Transaction) -> String? {
        transaction.streamingBody(.httpRequestBody, .toServer, instance: 0).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func aBodyThatNothingAnnounced() throws {
        let all = run([(.toServer, "POST /login HTTP/1.1\r\nHost: a\r\n\r\nlogin=foo&password=bar")]).parser.transactions
        try #require(all.count == 1)
        #expect(requestBody(all[0]) == "login=foo&password=bar")
        #expect(all[0].events == [HTTP1Fields.Event.requestBodyUnexpected.rawValue])
        let pipelined = run([(.toServer, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")]).parser.transactions
        #expect(pipelined.map(\.events) == [[], []])
    }

    @Test func aLineWithoutProtocolIsHTTP09OnlyWhenNothingFollows() throws {
        let headers = run([(.toServer, "GET /\nFakeHeader\nUser-Agent: myscript\n\n")]).parser.transactions
        try #require(headers.count == 1)
        #expect(texts(headers[0], .httpUserAgent, .toServer) == ["myscript"])
        #expect(headers[0].events.contains(HTTP1Fields.Event.requestLineMissingProtocol.rawValue))
        let plain = run([(.toServer, "GET / \r\n"), (.toClient, "<html>"), (.toServer, "whatever follows\r\n")]).parser.transactions
        try #require(plain.count == 1)
        #expect(plain[0].events.isEmpty)
        #expect(texts(plain[0], .httpURI, .toServer) == ["/"])
    }

    @Test func compressedRequestBodiesAreDecoded() throws {
        // "name=value" in gzip with a stored block.
        let text = Array("name=value".utf8)
        let size = UInt8(text.count)
        let gzip: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, size, 0, ~size, 0xff] + text
        let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: \(gzip.count)\r\n\r\n"
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Array(head.utf8) + gzip, .toServer)
        #expect(requestBody(try #require(run.parser.transactions.first)) == "name=value")
    }

    @Test func theOtherSideIsReadOnAfterAGap() throws {
        let run = run(
            [(.toServer, "GET /1 HTTP/1.0\r\n\r\n"), (.toClient, "HTTP/1.0 200 OK\r\nContent-Length: 12\r\n\r\n")], ending: false)
        #expect(run.parser.gap(127, .toClient, time: Timestamp(seconds: 1)))
        run.feed(Array("GET /2 HTTP/1.0\r\n\r\n".utf8), .toServer)
        run.feed(Array("AAAAHTTP/1.0 200 OK\r\n\r\n".utf8), .toClient)
        let all = run.parser.transactions
        #expect(all.map { texts($0, .httpURI, .toServer) } == [["/1"], ["/2"]])
        #expect(all[0].files.map(\.state) == [.truncated])
        #expect(texts(all[1], .httpStatusCode, .toClient).isEmpty)
    }

    @Test func headersCutOffByTheEndCount() throws {
        let run = run([(.toServer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")], ending: false)
        let rest = Array("HTTP/1.1 200 OK\r\nServer: ng1nx\r\n".utf8)
        run.feed(rest, .toClient)
        let headers = Array("Server: ng1nx\r\n".utf8)
        run.parser.finish(headers.rawSpan, .toClient, time: Timestamp(seconds: 1))
        run.parser.end(.toClient, time: Timestamp(seconds: 1))
        #expect(texts(try #require(run.parser.transactions.first), .httpServer, .toClient) == ["ng1nx"])
    }
}
