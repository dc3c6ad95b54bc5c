import Bytes
import Testing

@testable import AppLayer

@Suite struct SNMPParserTests {
    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag, UInt8(content.count)] + content }
    private static let name = element(6, hex("2b06010201010500"))
    private static let bindings = element(0x30, element(0x30, name + [5, 0]))

    private static func version2(_ type: UInt8, status: UInt8 = 0) -> [UInt8] {
        element(
            0x30,
            element(2, [1]) + element(4, Array("public".utf8))
                + element(0xa0 | type, element(2, [7]) + element(2, [status]) + element(2, [0]) + bindings))
    }

    private static let trap = element(
        0x30,
        element(2, [0]) + element(4, Array("public".utf8))
            + element(
                0xa4,
                element(6, hex("2b0601040181f469")) + element(0x40, [127, 0, 0, 1]) + element(2, [0]) + element(2, [0])
                    + element(0x43, [1]) + bindings))

    private static func version3(flags: UInt8, model: UInt8 = 3) -> [UInt8] {
        let header = element(0x30, element(2, [1]) + element(2, [0, 255]) + element(4, [flags]) + element(2, [model]))
        let user = element(
            0x30, element(4, [1]) + element(2, [0]) + element(2, [0]) + element(4, Array("chi".utf8)) + element(4, []) + element(4, []))
        let scoped = element(
            0x30, element(4, []) + element(4, []) + element(0xa8, element(2, [7]) + element(2, [0]) + element(2, [0]) + bindings))
        return element(0x30, element(2, [3]) + header + element(4, user) + (flags & 2 == 0 ? scoped : element(4, [1, 2, 3])))
    }

    private func read(_ datagrams: [[UInt8]]) -> [Transaction] {
        readDatagrams(datagrams.map { (.toServer, $0) }, SNMPParser(limits: ParserLimits()))
    }

    @Test func version2Messages() throws {
        let all = read([Self.version2(0), Self.version2(2, status: 2)])
        try #require(all.count == 2)
        #expect(texts(all[0], .snmpCommunity, .toServer) == ["public"])
        #expect(numbers(all[0], .snmpVersion, .toServer) == [2])
        #expect(numbers(all[1], .snmpPDUType, .toServer) == [2])
        #expect(eve(all[0]) == #"{"snmp":{"version":2,"pdu_type":"get_request","vars":["1.3.6.1.2.1.1.5.0"],"community":"public"}}"#)
        #expect(eve(all[1]).contains(#""error":"NoSuchName""#))
    }

    @Test func trapsOfVersion1() throws {
        let all = read([Self.trap])
        try #require(all.count == 1)
        #expect(numbers(all[0], .snmpTrapType, .toServer) == [0])
        #expect(eve(all[0]).contains(#""trap_type":"coldStart","trap_oid":"1.3.6.1.4.1.31337","trap_address":"127.0.0.1""#))
    }

    @Test func version3() throws {
        let all = read([Self.version3(flags: 0), Self.version3(flags: 3), Self.version3(flags: 0, model: 1), Self.version2(0)])
        try #require(all.count == 4)
        #expect(texts(all[0], .snmpUser, .toServer) == ["chi"])
        #expect(eve(all[0]).contains(#""pdu_type":"report""#) && eve(all[0]).contains(#""usm":"chi""#))
        #expect(eve(all[1]) == #"{"snmp":{"version":3,"pdu_type":"encrypted"}}"#)
        #expect(all[2].events == [SNMPFields.Event.unknownSecurityModel.rawValue])
        #expect(all[3].events == [SNMPFields.Event.versionMismatch.rawValue])
    }

    @Test func identifiers() {
        #expect(BER.identifier([0x01]) == "0.1")
        #expect(BER.identifier(hex("2b8080808080808080808000")) == "2b 80 80 80 80 80 80 80 80 80 80 00")
    }

    @Test func prefixesAndMutations() {
        let datagrams = [Self.version2(0), Self.trap, Self.version3(flags: 0), Self.version3(flags: 3)]
        exerciseDatagrams(datagrams.map { (.toServer, $0) }, seed: 73) { SNMPParser(limits: ParserLimits()) }
    }
}
