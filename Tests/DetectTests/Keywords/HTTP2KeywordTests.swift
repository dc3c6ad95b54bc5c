import AppLayer
import Testing

@testable import Detect

@Suite struct HTTP2KeywordTests {
    private func protocols(_ options: String, _ proto: String) -> [String]? {
        RuleFixture.signature(options, proto: proto)?.proto.appProtocols.map { ProtocolRegistry.name($0) }
    }

    @Test func wordsCoverVersionsAndWhatTheyCarry() {
        #expect(protocols(#"http.uri; content:"/a";"#, "http") == ["http", "http2"])
        #expect(protocols(#"http.uri; content:"/a";"#, "http1") == ["http"])
        #expect(protocols(#"http.uri; content:"/a";"#, "http2") == ["http2", "doh2"])
        #expect(protocols(#"dns.query; content:"a";"#, "dns") == ["dns", "doh2"])
        #expect(protocols(#"dns.query; content:"a";"#, "doh2") == ["doh2"])
        #expect(protocols(#"http2.header_name; content:"a";"#, "tcp") == ["http2", "doh2"])
        #expect(protocols(#"http.start; content:"a";"#, "http") == ["http"])
        #expect(protocols(#"ja3.hash; content:"a";"#, "quic") == ["quic"])
    }

    @Test(arguments: [
        ("http2.frametype:GOAWAY;", IntegerRange.Comparison.equal(7)), ("http2.errorcode:!HTTP_1_1_REQUIRED;", .notEqual(13)),
        ("http2.window:<100000;", .less(100_000)), ("http2.priority:32-64;", .between(32, 64)),
        ("http2.settings:SETTINGS_ENABLE_PUSH=0;", .equal(0)), ("http2.settings: settings_header_table_size >4096;", .greater(4096)),
        ("http2.settings:SETTINGS_MAX_FRAME_SIZE;", .greaterOrEqual(0)),
    ])
    func numbers(option: String, comparison: IntegerRange.Comparison) throws {
        let tests = try #require(RuleFixture.signature(option, proto: "http2")).packetTests
        guard case .transactionNumber(_, let range) = try #require(tests.first) else {
            Issue.record("no test on a number")
            return
        }
        #expect(range.comparison == comparison)
    }

    @Test func flagsMustAllBeAsWritten() throws {
        let tests = try #require(RuleFixture.signature("websocket.flags:fin,!comp;", proto: "websocket")).packetTests
        #expect(tests.count == 2)
        let masked = try #require(RuleFixture.signature("websocket.flags:&0xc0=0x80;", proto: "websocket")).packetTests
        guard case .transactionNumber(_, let range) = try #require(masked.first) else {
            Issue.record("no test on a number")
            return
        }
        #expect(range.contains(0x80) && range.contains(0x8f) && !range.contains(0xc0))
    }

    @Test func refused() {
        #expect(
            RuleFixture.refusal("http2.settings:SETTINGS_COLOUR;", proto: "http2")
                == "http2.settings: \"SETTINGS_COLOUR\", expected a name such as SETTINGS_HEADER_TABLE_SIZE")
        #expect(RuleFixture.refusal("http2.window:&0xff;", proto: "http2") == "http2.window: \"&0xff\", expected &mask=n or &mask!=n")
    }
}
