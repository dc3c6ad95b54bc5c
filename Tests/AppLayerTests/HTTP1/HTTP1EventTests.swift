import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct HTTP1EventTests {
    private func events(_ pieces: [(FlowDirection, String)]) -> [String] {
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Conversation(lines: pieces))
        return run.parser.transactions.flatMap { $0.events.map { HTTP1Fields.events[Int($0)] } }
    }

    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    @Test func everyEventHasAName() {
        #expect(HTTP1Fields.Event.allCases.count == HTTP1Fields.events.count)
        #expect(Set(HTTP1Fields.events).count == HTTP1Fields.events.count)
    }

    @Test(arguments: [
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", "REQUEST_LINE_LEADING_WHITESPACE"),
        ("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "METHOD_DELIM_NON_COMPLIANT"),
        ("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", "URI_DELIM_NON_COMPLIANT"), ("GET / HTTP/1.1\r\nA: b\r\n\r\n", "MISSING_HOST_HEADER"),
        ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "HOST_HEADER_AMBIGUOUS"),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "REQUEST_HEADER_HOST_INVALID"),
        ("GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", "REQUEST_FIELD_MISSING_COLON"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX(: 1\r\n\r\n", "REQUEST_HEADER_INVALID"),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 1\r\n\r\n", "REQUEST_HEADER_REPETITION"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "INVALID_CONTENT_LENGTH_FIELD_IN_REQUEST"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n", "INVALID_REQUEST_CHUNK_LEN"),
    ])
    func requests(text: String, event: String) {
        #expect(events([(.toServer, text)]).contains(event))
    }

    @Test(arguments: [
        ("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "RESPONSE_INVALID_PROTOCOL"),
        ("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n", "RESPONSE_INVALID_STATUS"),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "RESPONSE_CHUNKED_OLD_PROTO"),
        ("HTTP/1.1 200 OK\r\nContent-Type: multipart/byteranges; boundary=a\r\n\r\n", "RESPONSE_MULTIPART_BYTERANGES"),
        ("HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n", "RESPONSE_HEADER_REPETITION"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + answer, "100_CONTINUE_ALREADY_SEEN"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcd efgh", "RESPONSE_BODY_UNEXPECTED"),
    ])
    func responses(text: String, event: String) {
        #expect(events([(.toServer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), (.toClient, text)]).contains(event))
    }

    @Test(arguments: [
        ("BREW / HTTP/1.1", []), ("BREW/ HTCPCP", ["REQUEST_LINE_UNKNOWN_METHOD_NO_PROTOCOL"]),
        ("BREW / HTTP/7.x", ["REQUEST_LINE_UNKNOWN_METHOD_INVALID_PROTOCOL"]), ("BREW", ["REQUEST_LINE_UNKNOWN_METHOD"]),
        ("PROPFIND / HTTP/7.x", []), ("VERSION-CONTROL /", []),
    ])
    func methodsThatNobodyKnows(line: String, expected: [String]) {
        #expect(events([(.toServer, line + "\r\nHost: a\r\n\r\n")]).filter { $0.contains("UNKNOWN_METHOD") } == expected)
    }

    @Test func bodiesOfKnownLengthMayHaveManyRanges() {
        let answer = "HTTP/1.1 206 OK\r\nContent-Type: multipart/byteranges; boundary=a\r\nContent-Length: 0\r\n\r\n"
        #expect(events([(.toServer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), (.toClient, answer)]).isEmpty)
    }

    @Test func repeatedHeadersCountOnceForEachName() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\nX: 3\r\nY: 1\r\nY: 2\r\n\r\n"
        #expect(events([(.toServer, text)]) == ["REQUEST_HEADER_REPETITION", "REQUEST_HEADER_REPETITION"])
    }

    @Test func anAnswerThatNobodyAskedFor() {
        #expect(events([(.toClient, Self.answer)]) == ["UNABLE_TO_MATCH_RESPONSE_TO_REQUEST"])
    }

    @Test func anOrdinaryExchangeHasNone() {
        #expect(events([(.toServer, "GET http://a:80/ HTTP/1.1\r\nHost: a:80\r\n\r\n"), (.toClient, Self.answer)]).isEmpty)
    }
}
