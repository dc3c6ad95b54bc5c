import AppLayer
import Testing

@testable import Detect

/// Rules on SMB, DCE/RPC and Kerberos.
@Suite struct WindowsProtocolTests {
    @Test func rulesOnDCERPCLookAtPipesToo() throws {
        let byWord = try #require(RuleFixture.signature("dcerpc.opnum:15;", proto: "dcerpc"))
        #expect(byWord.proto.appProtocols == [.dcerpc, .smb])
        #expect(byWord.proto.ipProtocols == [6, 17])
        let byKeyword = try #require(RuleFixture.signature("dcerpc.iface:367abb81-9844-35f1-ad32-98f038001003;"))
        #expect(byKeyword.proto.appProtocols == [.dcerpc, .smb])
        let onPipes = try #require(RuleFixture.signature(#"dcerpc.stub_data; content:"x";"#, proto: "smb"))
        #expect(onPipes.proto.appProtocols == [.smb])
    }

    @Test func filesOfSMB() throws {
        let signature = try #require(RuleFixture.signature(#"file.data; content:"x";"#, proto: "smb"))
        #expect(signature.proto.appProtocols == [.smb])
    }

    @Test func ticketAlgorithms() throws {
        func tests(_ text: String) throws -> String {
            "\(try #require(RuleFixture.signature("krb5.ticket_encryption:\(text);", proto: "krb5")).packetTests)"
        }
        #expect(try tests("weak").contains("[ClosedRange(1...1)]"))
        #expect(try tests("!weak").contains("[ClosedRange(2...2)]"))
        #expect(try tests("rc4-hmac, 18").contains("[ClosedRange(23...23), ClosedRange(18...18)]"))
        #expect(try tests("rc4-md4") == tests("-128"))
        #expect(RuleFixture.signature("krb5.ticket_encryption:rc5;", proto: "krb5") == nil)
    }
}
