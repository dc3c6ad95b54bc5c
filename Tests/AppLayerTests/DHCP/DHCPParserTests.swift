import Bytes
import Testing

@testable import AppLayer

@Suite struct DHCPParserTests {
    private static func message(_ operation: UInt8, _ options: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 236) + hex("63825363")
        bytes[0] = operation
        bytes[2] = 6
        bytes[7] = 42
        bytes.replaceSubrange(16..<20, with: [10, 0, 0, 9])
        bytes.replaceSubrange(28..<34, with: hex("001132174 9f0"))
        return bytes + options
    }

    private static let request = message(1, hex("350103 3d0701001132174 9f0 370401033299 0c03 6e6173 3204 0a000009 ff"))
    private static let acknowledgement = message(
        2, hex("350105 3304 00000e10 00 3a04 00000691 3b04 00000bd7 0104 ffff0000 0608 0a000001 0a000002 0304 0a000001 ff"))

    @Test func fieldsAndEVE() throws {
        let all = readDatagrams([(.toServer, Self.request), (.toClient, Self.acknowledgement)], DHCPParser(limits: ParserLimits()))
        try #require(all.count == 2)
        #expect(numbers(all[1], .dhcpLeaseTime, .toClient) == [3600])
        #expect(numbers(all[1], .dhcpRenewalTime, .toClient) == [1681])
        #expect(numbers(all[1], .dhcpRebindingTime, .toClient) == [3031])
        #expect(numbers(all[0], .dhcpLeaseTime, .toServer).isEmpty)
        #expect(
            eve(all[0])
                == #"{"dhcp":{"type":"request","id":42,"client_mac":"00:11:32:17:49:f0","assigned_ip":"10.0.0.9","client_ip":"0.0.0.0","dhcp_type":"request","client_id":"00:11:32:17:49:f0","params":["subnet_mask","router"],"hostname":"nas","requested_ip":"10.0.0.9"}}"#
        )
        let answer = eve(all[1])
        #expect(
            answer.contains(#""relay_ip":"0.0.0.0","next_server_ip":"0.0.0.0","dhcp_type":"ack","lease_time":3600,"renewal_time":1681"#))
        #expect(answer.contains(#""subnet_mask":"255.255.0.0","dns_servers":["10.0.0.1","10.0.0.2"],"routers":["10.0.0.1"]"#))
    }

    @Test func withoutExtendedOnlyAcknowledgementsAreLogged() throws {
        let all = readDatagrams([(.toServer, Self.request), (.toClient, Self.acknowledgement)], DHCPParser(limits: ParserLimits()))
        try #require(all.count == 2)
        let brief = LogOptions(isExtended: false)
        #expect(all.map { $0.eventCount(brief) } == [0, 1])
        #expect(!eve(all[1], brief).contains("lease_time"))
    }

    @Test func anOptionThatComesAgainStandsOnce() throws {
        let message = Self.message(2, hex("350105 0104 ffff0000 0104 ffffff00 ff"))
        let all = readDatagrams([(.toClient, message)], DHCPParser(limits: ParserLimits()))
        try #require(all.count == 1)
        #expect(eve(all[0]).hasSuffix(#""dhcp_type":"ack","subnet_mask":"255.255.255.0"}}"#))
    }

    @Test func optionsWithoutEnd() throws {
        let cut = Array(Self.request.dropLast())
        let all = readDatagrams([(.toServer, cut), (.toServer, Array(cut.prefix(239)))], DHCPParser(limits: ParserLimits()))
        try #require(all.count == 1)
        #expect(all[0].events == [DHCPFields.Event.truncatedOptions.rawValue])
    }

    @Test func prefixesAndMutations() {
        exerciseDatagrams([(.toServer, Self.request), (.toClient, Self.acknowledgement)], seed: 74) { DHCPParser(limits: ParserLimits()) }
    }
}
