import AppLayer
import Testing

@testable import Detect

@Suite struct FrameKeywordTests {
    private func buffer(_ options: String, _ proto: String) -> BufferID? {
        guard case .field(let id)? = RuleFixture.signature(options, proto: proto)?.inspections.first?.buffer else { return nil }
        return id
    }

    @Test func namesWithAndWithoutTheProtocol() {
        #expect(buffer(#"frame:tls.pdu; content:"a";"#, "tcp") == .frame(.tls, 0))
        #expect(buffer(#"frame:pdu; content:"a";"#, "tls") == .frame(.tls, 0))
        #expect(buffer(#"frame:ssl2.hdr; content:"a";"#, "tls") == .frame(.tls, 5))
        #expect(buffer(#"frame:http1.request; content:"a";"#, "http") == .frame(.http1, 0))
        #expect(buffer(#"frame:smtp.stream; content:"a";"#, "tcp") == .frame(.smtp, ProtocolFrame.stream))
        #expect(RuleFixture.signature(#"frame:tls.pdu; content:"a";"#)?.kind == .frame)
        #expect(RuleFixture.signature(#"frame:tls.pdu; content:"a";"#)?.proto.appProtocols == [.tls])
    }

    @Test(arguments: [
        ("tcp", #"frame:pdu; content:"a";"#, "frame:pdu does not say of which protocol, expected frame:protocol.pdu"),
        (
            "tcp-pkt", #"frame:tls.pdu; content:"a";"#,
            "frame:tls.pdu in a rule on single packets, expected a protocol such as tcp or http in the header"
        ),
        (
            "icmp", #"frame:tls.pdu; content:"a";"#,
            "frame in a rule that is neither on TCP nor on UDP, expected a protocol such as tls in the header"
        ),
        (
            "tls", #"content:"abc"; frame:pdu; content:"a";"#,
            "tests on other buffers beside frame can never hold, expected tests on frames alone"
        ),
        ("tls", "frame:pdu;", "frame:tls.pdu has nothing to look for, expected a content, pcre or other test after it"),
        ("dns", #"frame:dns.hdr; content:"a";"#, "dns has no frame \"hdr\", expected one of pdu, stream"),
    ]) func refused(proto: String, options: String, message: String) {
        #expect(RuleFixture.refusal(options, proto: proto) == message)
    }
}
