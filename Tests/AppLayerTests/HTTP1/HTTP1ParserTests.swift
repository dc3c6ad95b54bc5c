import Bytes
import Foundation
import TestSupport
import Testing

@testable import AppLayer

@Suite struct HTTP1ParserTests {
    private func run(_ pieces: [(FlowDirection, String)]) -> ParserRun {
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Conversation(lines: pieces))
        return run
    }

    private func responseBody(_ transaction: Transaction) -> String? {
        transaction.streamingBody(.httpResponseBody, .toClient, instance: 0).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    private static let request = "GET /a%20b?c=d HTTP/1.1\r\nHost: Portal.Example.VN\r\nUser-Agent: Mozilla\r\nCookie: k=v\r\n\r\n"
    private static let response = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"

    @Test func fieldsOfARequestAndItsResponse() throws {
        let run = run([(.toServer, Self.request), (.toClient, Self.response)])
        try #require(run.parser.transactions.count == 1)
        let transaction = run.parser.transactions[0]
        #expect(transaction.isComplete)
        #expect(texts(transaction, .httpMethod, .toServer) == ["GET"])
        #expect(texts(transaction, .httpURI, .toServer) == ["/a b?c=d"])
        #expect(texts(transaction, .httpRawURI, .toServer) == ["/a%20b?c=d"])
        #expect(texts(transaction, .httpHost, .toServer) == ["portal.example.vn"])
        #expect(texts(transaction, .httpRawHost, .toServer) == ["Portal.Example.VN"])
        #expect(texts(transaction, .httpCookie, .toServer) == ["k=v"])
        #expect(texts(transaction, .httpStatusCode, .toClient) == ["200"])
        #expect(texts(transaction, .httpStatusMessage, .toClient) == ["OK"])
        #expect(texts(transaction, .httpServer, .toClient) == ["nginx"])
        #expect(responseBody(transaction) == "hello")
        #expect(texts(transaction, .httpHeaderNames, .toServer) == ["\r\nHost\r\nUser-Agent\r\nCookie\r\n\r\n"])
        // The cookie is a buffer of its own.
        #expect(texts(transaction, .httpHeader, .toServer) == ["Host: Portal.Example.VN\r\nUser-Agent: Mozilla\r\n"])
    }

    @Test func pipelinedRequestsMeetTheirResponses() throws {
        let run = run([
            (.toServer, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
            (.toClient, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ])
        try #require(run.parser.transactions.count == 2)
        #expect(run.parser.transactions.map { texts($0, .httpURI, .toServer) } == [["/1"], ["/2"]])
        #expect(run.parser.transactions.map { texts($0, .httpStatusCode, .toClient) } == [["404"], ["200"]])
    }

    @Test func chunksAreJoined() throws {
        let run = run([
            (.toServer, Self.request),
            (.toClient, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5;ext=1\r\npedia\r\n0\r\n\r\n"),
        ])
        try #require(run.parser.transactions.count == 1)
        #expect(responseBody(run.parser.transactions[0]) == "Wikipedia")
        #expect(run.parser.transactions[0].isComplete)
    }

    @Test func compressedBodiesAreOpened() throws {
        // gzip of "hello hello hello hello"
        let body: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x27, 1, 0xe3, 0x51, 0x3d, 0x8d, 0x17, 0, 0,
            0,
        ]
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Array(Self.request.utf8), .toServer)
        run.feed(Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body, .toClient)
        try #require(run.parser.transactions.count == 1)
        #expect(responseBody(run.parser.transactions[0]) == "hello hello hello hello")
    }

    @Test func bodyWithoutALengthEndsWithTheConnection() throws {
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Conversation(lines: [(.toServer, Self.request), (.toClient, "HTTP/1.0 200 OK\r\n\r\nall the rest")]))
        try #require(run.parser.transactions.count == 1)
        #expect(responseBody(run.parser.transactions[0]) == "all the rest")
        #expect(run.parser.transactions[0].isComplete)
    }

    @Test func aFormWithAFileGivesTheFile() throws {
        let form =
            "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"shell.php\"\r\nContent-Type: text/plain\r\n\r\n<?php\r\n--x--\r\n"
        let run = run([
            (
                .toServer,
                "POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: \(form.utf8.count)\r\n\r\n\(form)"
            ), (.toClient, Self.response),
        ])
        try #require(run.parser.transactions.count == 1)
        let names = run.parser.transactions[0].files.map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names.contains("shell.php"))
    }

    @Test func eveEvent() throws {
        let run = run([(.toServer, Self.request), (.toClient, Self.response)])
        let text = eve(try #require(run.parser.transactions.first))
        for part in [
            #""hostname":"portal.example.vn""#, #""url":"/a%20b?c=d""#, #""http_user_agent":"Mozilla""#,
            #""http_content_type":"text/html""#,
            #""http_method":"GET""#, #""protocol":"HTTP/1.1""#, #""status":200"#, #""length":5"#,
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    }

    /// A server that never ends its headers, or sends a line without an end, costs bounded memory.
    @Test func endlessHeadersAreBounded() {
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Array("GET / HTTP/1.1\r\n".utf8), .toServer)
        let line = Array(("X: " + String(repeating: "a", count: 1000) + "\r\n").utf8)
        for _ in 0..<2000 { run.feed(line, .toServer) }
        let long = ParserRun(HTTP1Parser(limits: ParserLimits()))
        for _ in 0..<1000 { long.feed([UInt8](repeating: 0x41, count: 1000), .toServer) }
        #expect(run.summary.utf8.count < 1 << 20)
        #expect(long.summary.utf8.count < 1 << 20)
    }

    @Test func prefixesPiecesAndMutations() {
        let conversation = Conversation(lines: [
            (.toServer, Self.request + "POST /x HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc"), (.toClient, Self.response),
            (.toClient, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n"),
        ])
        exercise(conversation, seed: 11) { HTTP1Parser(limits: ParserLimits()) }
    }

    @Test func eveTellsOfPartsOddCodesAndChosenHeaders() throws {
        func line(_ answer: String, _ custom: [String] = []) throws -> String {
            let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
            run.feed(
                Conversation(lines: [
                    (.toServer, "GET /a HTTP/1.1\r\nHost: x\r\nAccept-Language: vi\r\nDNT: 1\r\n\r\n"), (.toClient, answer),
                ]))
            return eve(try #require(run.parser.transactions.first), LogOptions(custom: custom))
        }
        let part = "HTTP/1.1 206 Partial\r\nContent-Range: bytes 2-3/10\r\nServer: s\r\nContent-Length: 2\r\n\r\nok"
        #expect(try line(part).contains(#""content_range":{"raw":"bytes 2-3/10","start":2,"end":3,"size":10}"#))
        let odd = "HTTP/1.1 206 Partial\r\nContent-Range: lines 2-3\r\nContent-Length: 2\r\n\r\nok"
        #expect(try line(odd).contains(#""content_range":{"raw":"lines 2-3"}"#))
        let chosen = try line(part, ["Accept-Language", "dnt", "server", "vary"])
        #expect(chosen.contains(#""accept_language":"vi","dnt":"1","server":"s","http_method""#))
        #expect(try !line(part).contains("accept_language"))
        #expect(try line("HTTP/1.0 2XX OK\r\nContent-Length: 0\r\n\r\n").contains(#""status_string":"2XX","length":0"#))
    }
}
