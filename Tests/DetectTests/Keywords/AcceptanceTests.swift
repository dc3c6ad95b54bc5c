import AppLayer
import Bytes
import Decode
import RuleLanguage
import Testing

@testable import Detect

/// What accepted forms become. Comparing descriptions keeps one line per form.
@Suite struct AcceptanceTests {
    private func tests(_ options: String, _ proto: String = "tcp") throws -> String {
        let signature = try #require(RuleFixture.signature(options, proto: proto))
        return signature.packetTests.map { "\($0)" }.joined(separator: " ")
    }

    private func range(_ text: String) throws -> IntegerRange {
        do throws(RuleError) { return try IntegerGrammar.range(ArraySlice(text.utf8), "x", max: 1000) } catch {
            Issue.record("\(error.message)")
            return IntegerRange(.equal(0))
        }
    }

    @Test func integers() throws {
        #expect(try range("5") == IntegerRange(.equal(5)))
        #expect(try range("=5") == IntegerRange(.equal(5)))
        #expect(try range("! 5") == IntegerRange(.notEqual(5)))
        #expect(try range("<5") == IntegerRange(.less(5)))
        #expect(try range("<=5") == IntegerRange(.lessOrEqual(5)))
        #expect(try range("> 5") == IntegerRange(.greater(5)))
        #expect(try range(">=5") == IntegerRange(.greaterOrEqual(5)))
        #expect(try range("1 <> 5") == IntegerRange(.between(1, 5)))
        #expect(try range("1-5") == IntegerRange(.between(1, 5)))
        #expect(try range("!1-5") == IntegerRange(.notBetween(1, 5)))
        #expect(try range("0x10") == IntegerRange(.equal(16)))
    }

    @Test func flowWords() throws {
        let flow = try #require(RuleFixture.signature("flow: from_server , established,no_frag;")).flow
        #expect(flow.direction == .toClient && flow.state == .established && flow.noFragments)
        #expect(try #require(RuleFixture.signature("flow:to_server;")).directions == .toServer)
    }

    @Test func packetHeaders() throws {
        for keyword in ["ttl", "tos", "id", "fragoffset", "seq", "ack", "window", "tcp.mss", "itype", "icode", "icmp_id", "icmp_seq"] {
            let signature = try #require(RuleFixture.signature("\(keyword):>3;", proto: "ip"))
            guard case .integer(_, let range) = signature.packetTests[0] else {
                Issue.record("\(keyword)")
                continue
            }
            #expect(range == IntegerRange(.greater(3)))
            #expect(signature.kind == .packet)
        }
    }

    @Test func tcpFlags() throws {
        guard case .tcpFlags(let flags, let mode, let ignored) = try #require(RuleFixture.signature("tcp.flags:+SA,12;")).packetTests[0]
        else {
            Issue.record("no flags")
            return
        }
        #expect(flags == [.syn, .ack] && mode == .all && ignored == [.ece, .cwr])
    }

    @Test func stateAndThresholds() throws {
        let signature = try #require(
            RuleFixture.signature(
                "flowbits:isset,a|b; flowbits:set,c; flowint:n,>,3; flowint:n,+,1; xbits:set,x,track ip_pair,expire 9; "
                    + "threshold: type both, track by_dst, count 2, seconds 9; tag:session,5,packets; flowbits:noalert;"))
        #expect(signature.stateTests.count == 2)
        #expect(signature.effects.count == 4)
        #expect(signature.isSilent)
        #expect(signature.threshold == ThresholdSpec(kind: .both, track: .destination, count: 2, seconds: 9))
        guard case .flowbits(let names, let isSet) = signature.stateTests[0] else {
            Issue.record("no flowbits")
            return
        }
        #expect(names == ["a", "b"] && isSet)
        guard case .xbits(let name, let track, let change, let expire) = signature.effects[2] else {
            Issue.record("no xbits")
            return
        }
        #expect(name == "x" && track == .pair && change == .set && expire == 9)
    }

    @Test func bytes() throws {
        let signature = try #require(
            RuleFixture.signature(
                #"content:"a"; byte_extract:2,0,len,relative,little; byte_test:4,!&,0x80,-2,relative,bitmask 0xf0; "#
                    + "byte_jump:4,len,align,from_beginning, post_offset -1; byte_math:bytes 1,offset 0,oper *,rvalue len,result r; "
                    + #"content:"b"; within:r; isdataat:!len,relative; byte_test:0,>,9,0,string,hex;"#))
        let tests = signature.inspections[0].tests
        guard tests.count == 8, case .byteExtract(let extract) = tests[1], case .byteTest(let test) = tests[2],
            case .byteJump(let jump) = tests[3],
            case .byteMath(let math) = tests[4], case .content(let content) = tests[5], case .isDataAt(let data) = tests[6],
            case .byteTest(let digits) = tests[7]
        else {
            Issue.record("\(tests)")
            return
        }
        #expect(extract.size == 2 && extract.variable == 0 && extract.isRelative && extract.reading.isLittleEndian)
        #expect(test.comparison == .and && test.isNegated && test.value == .constant(0x80) && test.offset == .constant(-2))
        #expect(test.reading.bitmask == 0xf0)
        #expect(jump.offset == .variable(0) && jump.isAligned && jump.fromBeginning && jump.postOffset == .constant(-1))
        #expect(math.operation == .multiply && math.operand == .variable(0) && math.variable == 1)
        #expect(content.within == .variable(1))
        #expect(data.position == .variable(0) && data.isNegated && data.isRelative)
        #expect(digits.size == .constant(0) && digits.reading.text == .hexadecimal)
    }

    @Test func buffersBindTheProtocolAndTheDirection() throws {
        let signature = try #require(RuleFixture.signature(#"http.uri; content:"/a"; http.header; content:"x"; http.uri; content:"b";"#))
        #expect(signature.proto.appProtocols == [.http1, .http2, .doh2])
        #expect(signature.proto.ipProtocols == [6])
        #expect(signature.directions == .toServer)
        #expect(signature.kind == .transaction)
        #expect(signature.inspections.map(\.tests.count) == [2, 1])
    }

    @Test func buffersWithInstancesBeginAnew() throws {
        let signature = try #require(RuleFixture.signature(#"dns.query; content:"a"; dns.query; content:"b"; nocase;"#, proto: "dns"))
        #expect(signature.inspections.map(\.tests.count) == [1, 1])
        #expect(signature.inspections.filter { $0.fastPattern != nil }.count == 1)
    }

    @Test func oldModifiersMoveTheContent() throws {
        let signature = try #require(
            RuleFixture.signature(#"content:"POST"; http_method; content:"/x"; http_uri; content:"y"; http_uri; distance:0; pcre:"/z/UR";"#)
        )
        let uri = try #require(RuleFixture.signature(#"uricontent:"/x";"#)).inspections[0].buffer
        #expect(signature.inspections.map(\.tests.count) == [1, 3])
        #expect(signature.inspections[1].buffer == uri)
        #expect(signature.inspections[1].fastPattern == FastPattern(test: 0, slice: 0..<2))
    }

    @Test func transformsChangeOneUse() throws {
        let signature = try #require(
            RuleFixture.signature(#"dns.query; dotprefix; to_lowercase; content:".evil.example"; endswith;"#, proto: "dns"))
        #expect(signature.inspections[0].transforms == [.dotPrefix, .toLowercase])
    }

    @Test func numbersOfProtocols() throws {
        guard
            case .transactionNumber(let id, let range) = try #require(RuleFixture.signature("dns.opcode:!0;", proto: "dns")).packetTests[0]
        else {
            Issue.record("no number")
            return
        }
        #expect(id == .dnsOpcode && range == IntegerRange(.notEqual(0)))
        guard
            case .transactionBits(let state, let mask, let isNegated) = try #require(
                RuleFixture.signature("ssl_state:client_hello|server_hello;")
            )
            .packetTests[0]
        else {
            Issue.record("no bits")
            return
        }
        #expect(state == .sslState && mask == 3 && !isNegated)
        #expect(RuleFixture.refusal("ssl_version:ssl9;") == #"ssl_version: "ssl9", expected sslv2, sslv3, tls1.0, tls1.1, tls1.2, tls1.3"#)
    }

    @Test(arguments: [
        ("tcp", "", SignatureKind.headerOnly), ("ip", "ip_proto:47; flowbits:set,a;", .headerOnly), ("tcp", "flow:established;", .packet),
        ("tcp", "flowbits:isset,a;", .packet), ("tcp", "content:\"a\";", .stream), ("tcp", "content:\"a\"; depth:3;", .packetAndStream),
        ("tcp", "content:\"a\"; stream_size:server,>,3;", .packetAndStream), ("tcp", "content:\"a\"; dsize:3;", .packet),
        ("tcp-pkt", "content:\"a\";", .packet), ("tcp-stream", "content:\"a\"; depth:3;", .stream), ("udp", "content:\"a\";", .packet),
        ("tcp", "flow:no_stream; content:\"a\";", .packet), ("tcp", "flow:only_stream; content:\"a\"; depth:2;", .stream),
        ("http", "", .protocolOnly), ("http", "http.uri; content:\"a\";", .transaction),
        ("tcp", "app-layer-protocol:!http;", .protocolDetection),
        ("pkthdr", "decode-event:ipv4.trunc_pkt;", .decodeEvent), ("tcp", "stream-event:rst_invalid_ack;", .streamEvent),
        ("dns", "app-layer-event:dns.malformed_data;", .applicationEvent), ("dns", "dns.opcode:4;", .transaction),
        ("icmp", "itype:8;", .packet),
    ])
    func kinds(_ proto: String, _ options: String, _ kind: SignatureKind) throws {
        #expect(try #require(RuleFixture.signature(options, proto: proto)).kind == kind)
    }

    @Test func aNegatedAddressIsNoHeaderOnlyRule() throws {
        let rules = RuleFixture.rules("alert tcp !10.0.0.1 any -> any any (sid:1;)")
        #expect(rules.signatures.map(\.kind) == [.packet])
    }

    @Test func metadataAndReferences() throws {
        let signature = try #require(
            RuleFixture.signature(
                #"msg:"a\;b\"c\\d"; metadata:k v w, k2; reference:cve,2024-1; classtype:none; target:dest_ip; rev:4; gid:3;"#))
        #expect(signature.info.message == #"a;b"c\d"#)
        #expect(signature.info.metadata.map { "\($0.key)=\($0.value)" } == ["k=v w", "k2="])
        #expect(signature.info.references == ["cve,2024-1"])
        #expect(signature.info.priority == 3 && signature.info.target == .destination)
        #expect(signature.id == SignatureID(generator: 3, signature: 1, revision: 4))
    }

    /// What feeds have and Suricata takes.
    @Test(arguments: [
        #"threshold:type limit, count 1, seconds 120, track by_src reference:url,example.vn/a/;"#,
        #"threshold:type threshold,track by_src,count 1,seconds 60; threshold:type limit,track by_src,count 1,seconds 600;"#,
        #"http.host; dotprefix; content:".example.vn"; nocase; endswith;"#,
        #"http.cookie; content:"a="; byte_extract:4,0,v,relative; http.request_body; content:"b="; byte_test:4,=,v,0,relative;"#,
        "target:src_ip; target:dest_ip;", "ftpbounce;",
    ])
    func oddOnesOfFeeds(_ options: String) throws {
        #expect(RuleFixture.signature(options, proto: options.hasPrefix("http") ? "http" : "tcp") != nil)
    }

    @Test func twoThresholdsMustBothAgree() throws {
        let signature = try #require(
            RuleFixture.signature(
                "threshold:type threshold,track by_src,count 2,seconds 60; threshold:type limit,track by_src,count 1,seconds 600;"))
        #expect(signature.threshold?.kind == .threshold)
        #expect(signature.furtherThresholds == [ThresholdSpec(kind: .limit, track: .source, count: 1, seconds: 600)])
    }
}
