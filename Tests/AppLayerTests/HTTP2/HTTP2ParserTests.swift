import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct HTTP2ParserTests {
    private static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ content: [UInt8]) -> [UInt8] {
        [UInt8(content.count >> 16), UInt8(content.count >> 8 & 255), UInt8(content.count & 255), type, flags]
            + (0..<4).map { UInt8(stream >> (24 - 8 * UInt32($0)) & 255) } + content
    }

    /// A literal field without indexing.
    private static func field(_ name: String, _ value: String) -> [UInt8] {
        [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
    }

    private static let settings = frame(4, 0, 0, [0, 3, 0, 0, 0, 100, 0, 4, 0, 1, 0, 0])
    private static let request =
        field(":method", "GET") + field(":path", "/a?b") + field(":authority", "Portal.example.VN:8080") + field("user-agent", "x")
        + field("cookie", "k=v")
    private static let response = field(":status", "200") + field("content-type", "text/plain") + field("content-length", "5")

    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, HTTP2Parser.preface + Self.settings), (.toClient, Self.settings), (.toServer, Self.frame(4, 1, 0, [])),
            (.toServer, Self.frame(1, 5, 1, Self.request)), (.toClient, Self.frame(1, 4, 1, Self.response)),
            (.toClient, Self.frame(0, 1, 1, Array("hello".utf8))),
        ]
    }

    private func run(_ pieces: [(FlowDirection, [UInt8])], ending: Bool = true, limits: ParserLimits = ParserLimits()) -> ParserRun {
        let run = ParserRun(HTTP2Parser(limits: limits))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }), ending: ending)
        return run
    }

    @Test func limitsOfTheConfiguration() {
        var limits = ParserLimits()
        limits.http2.streams = 2
        limits.http2.blockBytes = 8
        let opened = HTTP2Parser.preface + (0..<4).flatMap { Self.frame(1, 4, 2 * $0 + 1, Self.request) }
        let many = run([(.toServer, opened)], ending: false, limits: limits).parser.transactions.flatMap(\.events)
        #expect(many.contains(HTTP2Fields.Event.tooManyStreams.rawValue))
        let long =
            HTTP2Parser.preface + Self.frame(1, 0, 1, Array(Self.request.prefix(6))) + Self.frame(9, 4, 1, Array(Self.request.dropFirst(6)))
        let cut = run([(.toServer, long)], ending: false, limits: limits).parser
        #expect((cut.transactions.flatMap(\.events) + cut.events).contains(HTTP2Fields.Event.reassemblyLimitReached.rawValue))
        var decoder = HPACKDecoder(mostTableBytes: 100)
        decoder.setCapacity(4096)
        #expect(decoder.capacity == 100)
    }

    @Test func fieldsOfAStream() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 3)
        let stream = all[2]
        #expect(stream.isComplete)
        #expect(texts(stream, .httpMethod, .toServer) == ["GET"])
        #expect(texts(stream, .httpURI, .toServer) == ["/a?b"])
        #expect(texts(stream, .httpHost, .toServer) == ["portal.example.vn"])
        #expect(texts(stream, .httpRawHost, .toServer) == ["Portal.example.VN:8080"])
        #expect(texts(stream, .httpRequestLine, .toServer) == ["GET /a?b HTTP/2\r\n"])
        #expect(texts(stream, .httpResponseLine, .toClient) == ["HTTP/2 200\r\n"])
        #expect(texts(stream, .httpStatusMessage, .toClient) == [""])
        #expect(texts(stream, .httpCookie, .toServer) == ["k=v"])
        #expect(
            texts(stream, .httpHeader, .toServer) == [
                ":method: GET\r\n:path: /a?b\r\n:authority: Portal.example.VN:8080\r\nuser-agent: x\r\n"
            ])
        #expect(texts(stream, .http2HeaderName, .toClient) == [":status", "content-type", "content-length"])
        #expect(texts(stream, .httpResponseHeader, .toClient)[1] == "content-type: text/plain")
        #expect(numbers(stream, .http2FrameType, .toClient) == [1, 0])
        #expect(numbers(all[0], .http2Setting(4), .toServer) == [65536])
        let body = try #require(stream.streamingBody(.httpResponseBody, .toClient, instance: 0))
        #expect(body.bytes == Array("hello".utf8))
        #expect(body.isComplete)
    }

    @Test func eveEvents() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 3)
        #expect(
            eve(all[0])
                == #"{"http":{"version":"2","http2":{"stream_id":0,"request":{"settings":[{"settings_id":"SETTINGSMAXCONCURRENTSTREAMS","settings_value":100},{"settings_id":"SETTINGSINITIALWINDOWSIZE","settings_value":65536}]},"response":{}}}}"#
        )
        #expect(
            eve(all[2]).contains(#""http_method":"GET","url":"/a?b","http_user_agent":"x","status":200,"length":5,"http2":{"stream_id":1"#))
    }

    @Test func headersGoOnInContinuations() throws {
        let block = Self.request
        let all = run([
            (.toServer, HTTP2Parser.preface), (.toServer, Self.frame(1, 1, 1, Array(block.prefix(9)))),
            (.toServer, Self.frame(9, 0, 1, Array(block.dropFirst(9).prefix(7)))),
            (.toServer, Self.frame(9, 4, 1, Array(block.dropFirst(16)))),
        ]).parser.transactions
        try #require(all.count == 1)
        #expect(texts(all[0], .httpURI, .toServer) == ["/a?b"])
        #expect(all[0].events.isEmpty)
    }

    @Test func paddingIsTakenOff() throws {
        let all = run([
            (.toServer, HTTP2Parser.preface), (.toServer, Self.frame(1, 0x2c, 1, [3, 0, 0, 0, 0, 7] + Self.request + [0, 0, 0])),
            (.toServer, Self.frame(0, 9, 1, [2] + Array("abc".utf8) + [0, 0])),
        ]).parser.transactions
        try #require(all.count == 1)
        #expect(numbers(all[0], .http2Priority, .toServer) == [7])
        #expect(all[0].streamingBody(.httpRequestBody, .toServer, instance: 0)?.bytes == Array("abc".utf8))
    }

    @Test func longFramesAreReadAndPassedBy() throws {
        let content = [UInt8](repeating: 65, count: 100_000)
        let pieces = Self.frame(0, 1, 1, content)
        let run = ParserRun(HTTP2Parser(limits: ParserLimits()))
        run.feed(HTTP2Parser.preface + Self.frame(1, 4, 1, Self.request), .toServer)
        for start in stride(from: 0, to: pieces.count, by: 1400) {
            run.feed(Array(pieces[start..<min(start + 1400, pieces.count)]), .toServer)
        }
        run.feed(Self.frame(1, 5, 3, Self.request), .toServer)
        let all = run.parser.transactions
        try #require(all.count == 2)
        #expect(all[0].events == [HTTP2Fields.Event.longFrameData.rawValue])
        #expect(all[0].files.map(\.size) == [100_000])
        #expect(all[0].files[0].state == .closed)
        #expect(texts(all[1], .httpMethod, .toServer) == ["GET"])
    }

    @Test func eventsOfDamage() {
        let cases: [([UInt8], HTTP2Fields.Event)] = [
            (Self.frame(7, 0, 0, [0]), .invalidFrameLength), (Self.frame(3, 0, 1, [0]), .invalidFrameLength),
            (Self.frame(1, 5, 1, [0xbe]), .invalidHeader), (Self.frame(1, 5, 1, [0x41]), .invalidFrameData),
            (Self.frame(1, 5, 1, Self.field(":authority", "a") + Self.field("host", "b")), .authorityHostMismatch),
            (Self.frame(1, 5, 1, Self.field(":authority", "u@a")), .userinfoInURI),
            (Self.frame(1, 5, 1, [0xff] + [UInt8](repeating: 0xff, count: 12) + [1]), .headerIntegerOverflow),
        ]
        for (bytes, event) in cases {
            let raised = run([(.toServer, HTTP2Parser.preface + Self.settings + bytes)]).parser.transactions.flatMap(\.events)
            #expect(raised.contains(event.rawValue), "\(event)")
        }
    }

    @Test func anUpgradedRequestIsStreamOne() throws {
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(
            Array("GET /up HTTP/1.1\r\nHost: a.vn\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n".utf8), .toServer)
        run.feed(Array("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".utf8) + Self.settings, .toClient)
        #expect(run.status == .upgrade)
        let next = try #require(run.parser.successor)
        #expect(next.descriptor.appProtocol == .http2)
        try #require(next.parser.transactions.count == 2)
        #expect(texts(next.parser.transactions[0], .httpURI, .toServer) == ["/up"])
        #expect(texts(next.parser.transactions[0], .httpHost, .toServer) == ["a.vn"])
        #expect(numbers(next.parser.transactions[1], .http2Setting(3), .toServer) == [100])
    }

    @Test func dnsOverHTTP() throws {
        let path = "/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB"
        let run = run([
            (.toServer, HTTP2Parser.preface),
            (
                .toServer,
                Self.frame(
                    1, 5, 1, Self.field(":method", "GET") + Self.field(":path", path) + Self.field("accept", "application/dns-message"))
            ),
        ])
        let all = run.parser.transactions
        try #require(all.count == 1)
        #expect(run.parser.appProtocol == .doh2)
        #expect(texts(all[0], .dnsQuery, .toServer) == ["www.example.com"])
        #expect(all[0].logType?.event.description == "dns")
        #expect(eve(all[0]).contains(#""dns":{"version":3,"type":"request""#))
    }

    private func probe(_ bytes: [UInt8], _ direction: FlowDirection) -> ProbeResult { HTTP2Parser.probe(bytes.rawSpan, direction) }

    @Test func detection() {
        #expect(probe(HTTP2Parser.preface, .toServer) == .certain)
        #expect(probe(Array(HTTP2Parser.preface.prefix(5)), .toServer) == .unsure)
        #expect(probe(Array("GET / HTTP/1.1\r\n".utf8), .toServer) == .no)
        #expect(probe(Self.settings, .toClient) == .certain)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 62, mutations: 500) {
            HTTP2Parser(limits: ParserLimits())
        }
    }
}
