import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct KerberosParserTests {
    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        content.count < 128
            ? [tag, UInt8(content.count)] + content : [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { element(0xa0 | number, content) }
    private static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, parts.flatMap { $0 }) }
    private static func integer(_ value: Int16) -> [UInt8] {
        value >= -128 && value < 128
            ? [2, 1, UInt8(bitPattern: Int8(value))] : [2, 2, UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }
    private static func text(_ value: String) -> [UInt8] { element(0x1b, Array(value.utf8)) }
    private static func principal(_ names: String...) -> [UInt8] {
        sequence(field(0, integer(2)), field(1, element(0x30, names.flatMap { text($0) })))
    }
    private static func encrypted(_ type: Int16) -> [UInt8] { sequence(field(0, integer(type)), field(2, element(4, [1, 2, 3]))) }

    static func ticket(_ encryption: Int16) -> [UInt8] {
        element(
            0x61,
            sequence(
                field(0, integer(5)), field(1, text("BO.VN")), field(2, principal("cifs", "dc1.bo.vn")), field(3, encrypted(encryption))))
    }

    private static let request = element(
        0x6a,
        sequence(
            field(1, integer(5)), field(2, integer(10)),
            field(
                4,
                sequence(
                    field(0, [3, 5, 0, 0, 0, 0, 0]), field(1, principal("lan")), field(2, text("BO.VN")),
                    field(3, principal("krbtgt", "BO.VN"))))))

    private static func answer(_ encryption: Int16, ticket type: Int16) -> [UInt8] {
        element(
            0x6d,
            sequence(
                field(0, integer(5)), field(1, integer(13)), field(3, text("BO.VN")), field(4, principal("lan")), field(5, ticket(type)),
                field(6, encrypted(encryption))))
    }

    private static let error = element(
        0x7e,
        sequence(
            field(0, integer(5)), field(1, integer(30)), field(4, element(0x18, Array("20260101000000Z".utf8))), field(5, integer(1)),
            field(6, integer(25)), field(9, text("BO.VN")), field(10, principal("krbtgt", "BO.VN"))))

    private static func framed(_ message: [UInt8]) -> [UInt8] { [0, 0, UInt8(message.count >> 8), UInt8(message.count & 255)] + message }

    private static let conversation: [(direction: FlowDirection, bytes: [UInt8])] = [
        (.toServer, framed(request)), (.toClient, framed(error)), (.toServer, framed(request)), (.toClient, framed(answer(18, ticket: 23))),
    ]

    private static func run(_ pieces: [(direction: FlowDirection, bytes: [UInt8])], isStream: Bool = true) -> [Transaction] {
        let run = ParserRun(KerberosParser(limits: ParserLimits(), isStream: isStream))
        run.feed(Conversation(pieces))
        return run.parser.transactions
    }

    @Test func everyMessageIsATransaction() throws {
        let all = Self.run(Self.conversation)
        try #require(all.count == 4)
        #expect(
            eve(all[0])
                == #"{"krb5":{"msg_type":"KRB_AS_REQ","cname":"lan","realm":"BO.VN","sname":"krbtgt/BO.VN","encryption":"<none>","weak_encryption":false}}"#
        )
        #expect(
            eve(all[1])
                == #"{"krb5":{"msg_type":"KRB_ERROR","failed_request":"KRB_AS_REQ","error_code":"KDC_ERR_PREAUTH_REQUIRED","cname":"<empty>","realm":"<empty>","sname":"krbtgt/BO.VN","encryption":"<none>","weak_encryption":false}}"#
        )
        #expect(
            eve(all[3])
                == #"{"krb5":{"msg_type":"KRB_TGS_REP","cname":"lan","realm":"BO.VN","sname":"cifs/dc1.bo.vn","encryption":"aes256-cts-hmac-sha1-96","weak_encryption":false,"ticket_encryption":"rc4-hmac","ticket_weak_encryption":true}}"#
        )
        #expect(texts(all[3], .krb5Service, .toClient) == ["cifs", "dc1.bo.vn"])
        #expect(texts(all[0], .krb5Client, .toServer) == ["lan"])
        #expect(numbers(all[3], .krb5MessageType, .toClient) == [13])
        #expect(numbers(all[1], .krb5ErrorCode, .toClient) == [25])
        #expect(numbers(all[3], .krb5TicketStrength, .toClient) == [1])
    }

    @Test func datagramsAndWeakAnswers() throws {
        let all = Self.run([(.toClient, Self.answer(-128, ticket: 18))], isStream: false)
        let only = try #require(all.first)
        #expect(only.events == [KerberosFields.Event.weakEncryption.rawValue])
        #expect(only.onlyDirection == .toClient)
        #expect(eve(only).contains(#""encryption":"rc4-md4","weak_encryption":true"#))
        let unknown = try #require(Self.run([(.toClient, Self.error)], isStream: false).first)
        #expect(eve(unknown).contains(#""failed_request":"UNKNOWN""#))
    }

    @Test func ticketsInSecurityTokens() throws {
        let request = Self.element(
            0x6e, Self.sequence(Self.field(0, Self.integer(5)), Self.field(1, Self.integer(14)), Self.field(3, Self.ticket(18))))
        let mechanism = Self.element(6, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2])
        let gss = Self.element(0x60, mechanism + [1, 0] + request)
        let blob = Self.element(
            0x60,
            Self.element(6, [0x2b, 6, 1, 5, 5, 2])
                + Self.field(
                    0, Self.sequence(Self.field(0, Self.element(0x30, mechanism)), Self.field(2, Self.element(4, gss)))))
        let token = SecurityToken(blob.rawSpan)
        let ticket = try #require(token.ticket)
        #expect(ticket.service.parts.map { String(decoding: $0, as: UTF8.self) } == ["cifs", "dc1.bo.vn"])
        #expect(token.ntlm?.user == nil)
        for count in 0..<blob.count { #expect(SecurityToken(Array(blob[..<count]).rawSpan).ticket == nil) }
    }

    @Test func probing() {
        let probe = KerberosParser.descriptor.probe
        #expect("\(probe(Self.request.rawSpan, .toServer))" == "certain")
        #expect("\(probe(Self.framed(Self.error).rawSpan, .toClient))" == "certain")
        #expect("\(probe(Array("GET / HTTP/1.1".utf8).rawSpan, .toServer))" == "no")
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(Self.conversation), seed: 83) { KerberosParser(limits: ParserLimits(), isStream: true) }
    }
}
