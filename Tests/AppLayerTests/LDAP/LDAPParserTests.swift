import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct LDAPParserTests {
    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        content.count < 128
            ? [tag, UInt8(content.count)] + content : [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }
    private static func text(_ text: String, tag: UInt8 = 4) -> [UInt8] { element(tag, Array(text.utf8)) }
    private static func number(_ value: UInt8, tag: UInt8 = 2) -> [UInt8] { element(tag, [value]) }
    private static func message(_ id: UInt8, _ operation: [UInt8], controls: [UInt8] = []) -> [UInt8] {
        element(0x30, number(id) + operation + controls)
    }
    private static func attribute(_ type: String, _ values: String...) -> [UInt8] {
        element(0x30, text(type) + element(0x31, values.flatMap { text($0) }))
    }
    private static func result(_ tag: UInt8, _ code: UInt8, dn: String = "", message: String = "", more: [UInt8] = []) -> [UInt8] {
        element(tag, number(code, tag: 10) + text(dn) + text(message) + more)
    }

    private static let bind = message(1, element(0x60, number(3) + text("cn=admin") + text("secret", tag: 0x80)))
    private static let bound = message(1, result(0x61, 0))
    private static let search = message(
        2,
        element(
            0x63,
            text("dc=example") + number(2, tag: 10) + number(0, tag: 10) + number(100) + number(30) + element(1, [0])
                + text("objectClass", tag: 0x87) + element(0x30, text("cn") + text("mail"))))
    private static let entry = message(
        2, element(0x64, text("cn=a,dc=example") + element(0x30, attribute("cn", "a", "b") + attribute("mail", "a@example"))))
    private static let done = message(2, result(0x65, 4, message: "too many"))

    private func run(_ pieces: [(FlowDirection, [UInt8])], isStream: Bool = true) -> ParserRun {
        let run = ParserRun(LDAPParser(limits: ParserLimits(), isStream: isStream))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, Self.bind), (.toClient, Self.bound), (.toServer, Self.search), (.toClient, Self.entry + Self.entry),
            (.toClient, Self.done), (.toServer, Self.message(3, [0x42, 0])),
        ]
    }

    @Test func requestsMeetTheirResponses() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 3)
        #expect(texts(all[0], .ldapRequestName, .toServer) == ["cn=admin"])
        #expect(numbers(all[1], .ldapRequestOperation, .toServer) == [3])
        #expect(numbers(all[1], .ldapResponseOperation, .toClient) == [4, 4, 5])
        #expect(numbers(all[1], .ldapResponseCount, .toClient) == [3])
        #expect(texts(all[1], .ldapResponseName, .toClient) == ["cn=a,dc=example", "cn=a,dc=example", ""])
        #expect(texts(all[1], .ldapResponseMessage, .toClient) == ["", "", "too many"])
        #expect(texts(all[1], .ldapRequestAttribute, .toServer) == ["cn", "mail"])
        #expect(texts(all[1], .ldapResponseAttribute, .toClient) == ["cn", "mail", "cn", "mail"])
        // The two entries hold a place and no code.
        #expect(values(all[1], .ldapResponseCode, .toClient).map(\.count) == [0, 0, 8])
        let complete = all.allSatisfy(\.isComplete)
        #expect(complete)
    }

    @Test func eveEvents() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 3)
        #expect(
            eve(all[0])
                == #"{"ldap":{"request":{"message_id":1,"operation":"bind_request","bind_request":{"version":3,"name":"cn=admin"}},"responses":[{"operation":"bind_response","bind_response":{"result_code":"success","matched_dn":"","message":""}}]}}"#
        )
        #expect(
            eve(all[1]).hasPrefix(
                #"{"ldap":{"request":{"message_id":2,"operation":"search_request","search_request":{"base_object":"dc=example","scope":2,"deref_alias":0,"size_limit":100,"time_limit":30,"types_only":false,"filter":{"type":"present","value":"objectClass"},"attributes":["cn","mail"]}},"responses":[{"operation":"search_result_entry","search_result_entry":{"base_object":"cn=a,dc=example","attributes":[{"type":"cn","values":["a","b"]},{"type":"mail","values":["a@example"]}]}}"#
            ))
        #expect(eve(all[2]) == #"{"ldap":{"request":{"message_id":3,"operation":"unbind_request"}}}"#)
    }

    @Test func changesControlsAndSASL() throws {
        let change = Self.element(0x30, Self.number(2, tag: 10) + Self.attribute("cn", "new"))
        let modify = Self.message(
            4, Self.element(0x66, Self.text("cn=a") + Self.element(0x30, change)),
            controls: Self.element(0xa0, Self.element(0x30, Self.text("1.2.3") + Self.element(1, [0xff]) + Self.text("x"))))
        let bind = Self.message(
            5, Self.element(0x60, Self.number(3) + Self.text("") + Self.element(0xa3, Self.text("GSS-SPNEGO") + Self.text("\u{1}\u{2}"))))
        let rename = Self.message(
            6, Self.element(0x6c, Self.text("cn=a") + Self.text("cn=b") + Self.element(1, [1]) + Self.text("dc=x", tag: 0x80)))
        let all = run([(.toServer, modify), (.toServer, bind), (.toServer, rename)]).parser.transactions
        try #require(all.count == 3)
        #expect(
            eve(all[0]).contains(
                #""modify_request":{"object":"cn=a","changes":[{"operation":"replace","modification":{"attribute_type":"cn","attribute_values":["new"]}}]},"controls":[{"control_type":"1.2.3","criticality":true,"control_value":"78"}]"#
            ))
        #expect(eve(all[1]).contains(#""sasl":{"mechanism":"GSS-SPNEGO","credentials":"0102"}"#))
        #expect(
            eve(all[2]).contains(
                #""mod_dn_request":{"entry":"cn=a","new_rdn":"cn=b","delete_old_rdn":true,"new_superior":"dc=x"}"#))
    }

    @Test func referencesAreReadAndNotKept() throws {
        let places = Self.text("ldap://a.example/dc=example") + Self.text("ldap://b.example/dc=example")
        let reference = Self.message(2, Self.element(0x73, places))
        let all = run([(.toServer, Self.search), (.toClient, reference), (.toClient, Self.done)]).parser.transactions
        try #require(all.count == 1)
        #expect(numbers(all[0], .ldapResponseOperation, .toClient) == [19, 5])
        #expect(eve(all[0]).contains(#""responses":[{"operation":"search_result_reference"},{"operation":"search_result_done""#))
    }

    @Test func strayResponsesRaiseAnEvent() throws {
        let all = run([(.toClient, Self.done)]).parser.transactions
        try #require(all.count == 1)
        #expect(all[0].events == [LDAPFields.Event.requestNotFound.rawValue])
        // A notice that nobody asked for is no trouble.
        let notice = run([(.toClient, Self.message(0, Self.result(0x78, 52, more: Self.text("1.3.6.1.4.1.1466.20036", tag: 0x8a))))])
        #expect(notice.parser.transactions.first?.events == [])
    }

    @Test func startTLSLeadsToAnotherProtocol() {
        let ask = Self.message(1, Self.element(0x77, Self.text("1.3.6.1.4.1.1466.20037", tag: 0x80)))
        #expect(run([(.toServer, ask), (.toClient, Self.message(1, Self.result(0x78, 0)))]).status == .upgrade)
        #expect(run([(.toServer, ask), (.toClient, Self.message(1, Self.result(0x78, 2)))]).status == .ok)
    }

    @Test func datagrams() throws {
        let run = run([(.toServer, Self.search), (.toClient, Self.entry + Self.done)], isStream: false)
        #expect(run.parser.transactions.count == 1)
        let cut = self.run([(.toServer, Self.search), (.toClient, Array(Self.entry.dropLast()))], isStream: false)
        #expect(cut.status == .failed)
        #expect(cut.parser.transactions.first?.events == [LDAPFields.Event.incompleteData.rawValue])
    }

    @Test func floodsEndTheOldest() throws {
        var limits = ParserLimits()
        limits.transactionLimits["ldap"] = 4
        let run = ParserRun(LDAPParser(limits: limits, isStream: true))
        for id in 1...8 as ClosedRange<UInt8> { run.feed(Self.message(id, Self.text("cn=a", tag: 0x4a)), .toServer) }
        let open = run.parser.transactions.filter { !$0.isComplete }
        #expect(open.count == 5)
        #expect(run.parser.transactions[0].events == [LDAPFields.Event.tooManyTransactions.rawValue])
    }

    @Test func probing() {
        func probe(_ bytes: [UInt8]) -> ProbeResult { LDAPParser.descriptor.probe(bytes.rawSpan, .toServer) }
        #expect(probe(Self.bind) == .certain)
        #expect(probe(Array(Self.entry.prefix(6))) == .certain)
        #expect(probe([0x30]) == .unsure)
        #expect(probe(Array("GET / HTTP".utf8)) == .no)
        // SNMP is a sequence that begins with a number too.
        #expect(probe(Self.element(0x30, Self.number(1) + Self.text("public"))) == .no)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 71) {
            LDAPParser(limits: ParserLimits(), isStream: true)
        }
    }
}
