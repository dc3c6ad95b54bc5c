import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct SessionDescriptionTests {
    private static let lines = [
        "v=0", "o=desk 120386 120387 IN IP4 10.0.0.196", "s=Office call", "i=Weekly talk", "u=https://office.example/call",
        "e=desk@office.example", "p=+84 24 1234 5678", "c=IN IP4 224.2.36.42/127/3", "b=AS:64", "b=CT:128", "t=0 0", "r=7d 1h 0 25h",
        "t=1 2", "z=2882844526 -1h 2898848070 0", "k=prompt", "a=rtpmap:8 PCMA/8000", "a=SendRecv", "m=audio 40376/2 RTP/AVP 8 18",
        "i=Voice", "c=IN IP6 2001:db8:0:0:0:0:0:1/3", "b=TIAS:9", "k=clear:k", "a=rtpmap:8 PCMA/8000", "m=video 5000 RTP/SAVP 31",
    ]

    private static func body(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\r\n" }.joined().utf8) }

    private static func invite(_ body: [UInt8], type: String = "application/sdp") -> [UInt8] {
        Array("INVITE sip:b@c SIP/2.0\r\nContent-Type: \(type)\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
    }

    private func transaction(_ bytes: [UInt8], stream: Bool = false) throws -> Transaction {
        let run = ParserRun(SIPParser(limits: ParserLimits(), isStream: stream))
        run.feed(bytes, .toServer)
        return try #require(run.parser.transactions.first)
    }

    private func read(_ lines: [String]) -> SessionDescription? { SessionDescription(Self.body(lines).rawSpan) }

    @Test func everyLineHasItsBuffer() throws {
        let transaction = try transaction(Self.invite(Self.body(Self.lines)))
        func values(_ buffer: BufferID) -> [String] { texts(transaction, buffer, .toServer) }
        #expect(values(.sdpOrigin) == ["desk 120386 120387 IN IP4 10.0.0.196"])
        #expect(values(.sdpSessionName) == ["Office call"])
        #expect(values(.sdpSessionInfo) == ["Weekly talk"])
        #expect(values(.sdpURI) == ["https://office.example/call"])
        #expect(values(.sdpEmail) == ["desk@office.example"])
        #expect(values(.sdpPhoneNumber) == ["+84 24 1234 5678"])
        #expect(values(.sdpConnectionData) == ["IN IP4 224.2.36.42/127/3"])
        #expect(values(.sdpBandwidth) == ["AS:64", "CT:128"])
        #expect(values(.sdpTime) == ["0 0", "1 2"])
        #expect(values(.sdpRepeatTime) == ["7d 1h 0 25h"])
        #expect(values(.sdpTimezone) == ["2882844526 -1h 2898848070 0"])
        #expect(values(.sdpEncryptionKey) == ["prompt"])
        #expect(values(.sdpAttribute) == ["rtpmap:8 PCMA/8000", "SendRecv"])
        #expect(values(.sdpMedia) == ["audio 40376/2 RTP/AVP 8 18", "video 5000 RTP/SAVP 31"])
        #expect(values(.sdpMediaInfo) == ["Voice"])
        #expect(values(.sdpMediaConnectionData) == ["IN IP6 2001:db8::1/3"])
        #expect(values(.sdpMediaEncryptionKey) == ["clear:k"])
    }

    @Test func eveObject() throws {
        let short = ["v=0", "o=a 1 2 IN IP4 h", "s=x", "t=0 0", "m=audio 1 udp 0", "a=x"]
        #expect(
            eve(try transaction(Self.invite(Self.body(short)))).hasSuffix(
                #","sdp":{"origin":"a 1 2 IN IP4 h","session_name":"x","time_descriptions":[{"time":"0 0"}],"media_descriptions":[{"media":"audio 1 udp 0","attributes":["x"]}]}}}"#
            ))
        let long = eve(try transaction(Self.invite(Self.body(Self.lines))))
        for part in [
            #""session_info":"Weekly talk","uri":"https://office.example/call","email":"desk@office.example","phone_number":"+84 24 1234 5678""#,
            #""connection_data":"IN IP4 224.2.36.42/127/3","bandwidths":["AS:64","CT:128"]"#,
            #""time_descriptions":[{"time":"0 0","repeat_time":"7d 1h 0 25h"},{"time":"1 2"}],"timezone":"2882844526 -1h 2898848070 0""#,
            #""encryption_key":"prompt","attributes":["rtpmap:8 PCMA/8000","SendRecv"]"#,
            #"{"media":"audio 40376/2 RTP/AVP 8 18","media_info":"Voice","bandwidths":["TIAS:9"],"connection_data":"IN IP6 2001:db8::1/3","encryption_key":"clear:k","attributes":["rtpmap:8 PCMA/8000"]}"#,
        ] { #expect(long.contains(part)) }
    }

    @Test func onlyBodiesOfTheTypeAreRead() throws {
        let body = Self.body(Self.lines)
        #expect(!eve(try transaction(Self.invite(body, type: "text/plain"))).contains("sdp"))
        #expect(eve(try transaction(Self.invite(body, type: "Application/SDP; charset=utf-8"))).contains("sdp"))
    }

    @Test(arguments: [
        [], ["v=1"], ["v=0", "s=x", "t=0 0"], ["v=0", "o=a 1 2 IN IP4 h", "s=X-Lite", "t=0 0"],
        ["v=0", "o=a b 2 IN IP4 h", "s=x", "t=0 0"],
        ["v=0", "o=a 1 2 IN IP4 h", "s=x"], ["v=0", "o=a 1 2 IN IP4 h", "s=x", "t=0"],
        ["v=0", "o=a 1 2 IN IP4 h", "s=x", "c=IN IP4 no", "t=0 0"],
        ["v=0", "o=a 1 2 IN IP4 h", "s=x", "c=IN IP4 224.0.0.1", "t=0 0"], ["v=0", "o=a 1 2 IN IP4 h", "s=x", "b=XX:1", "t=0 0"],
    ])
    func withoutItsFirstLinesThereIsNoDescription(lines: [String]) { #expect(read(lines) == nil) }

    @Test func whatIsNotUnderstoodIsPassedOver() throws {
        let head = ["v=0", "o=a 1 2 IN IP4 h", "s=x", "t=0 0"]
        for media in ["m=audio 70000 RTP/AVP 0", "m=audio 1 RTP/AVPF 0", "m=image 1 udp 0", "m=audio 1 udp", "m=audio 1 udp x-y"] {
            #expect(try #require(read(head + [media])).media.isEmpty)
        }
        #expect(try #require(read(head + ["a=ok", "a=x-y:1", "a=ok"])).attributes.count == 1)
        // The last line lacks its end.
        let unended = Self.body(head) + Array("a=ok".utf8)
        let description = SessionDescription(unended.rawSpan)
        #expect(try #require(description).attributes.isEmpty)
    }

    @Test func onAStreamTheBodyIsAwaited() throws {
        let bytes = Self.invite(Self.body(Self.lines))
        let run = ParserRun(SIPParser(limits: ParserLimits(), isStream: true))
        run.feed(Array(bytes.dropLast(10)), .toServer)
        #expect(run.parser.transactions.isEmpty)
        run.feed(Array(bytes.suffix(10)) + Self.invite(Self.body(["v=0"])), .toServer)
        try #require(run.parser.transactions.count == 2)
        #expect(texts(run.parser.transactions[0], .sdpMedia, .toServer).count == 2)
        #expect(texts(run.parser.transactions[1], .sdpMedia, .toServer).isEmpty)
    }

    @Test func aBodyThatEndsTooEarlyIsReadAsFarAsItGoes() throws {
        let parser = SIPParser(limits: ParserLimits(), isStream: true)
        let bytes = Array(Self.invite(Self.body(Self.lines)).dropLast(10))
        let consumed = parser.consume(bytes.rawSpan, .toServer, time: Timestamp(microseconds: 0)).consumed
        #expect(consumed == 0)
        parser.finish(bytes.rawSpan, .toServer, time: Timestamp(microseconds: 0))
        #expect(texts(try #require(parser.transactions.first), .sdpMedia, .toServer) == ["audio 40376/2 RTP/AVP 8 18"])
    }

    @Test func messagesInTheOtherDirectionAreNone() {
        let run = ParserRun(SIPParser(limits: ParserLimits(), isStream: false))
        run.feed(Self.invite([]), .toClient)
        #expect(run.parser.transactions.isEmpty)
        #expect(run.parser.events == [SIPFields.Event.invalidData.rawValue])
    }

    @Test func prefixesAndMutationsDoNoHarm() {
        let body = Self.body(Self.lines)
        for count in 0...body.count { _ = SessionDescription(body.rawSpan.prefix(count)) }
        exercise(Conversation(lines: [(.toServer, String(decoding: Self.invite(body), as: UTF8.self))]), seed: 33) {
            SIPParser(limits: ParserLimits(), isStream: true)
        }
    }
}
