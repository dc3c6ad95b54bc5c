import AppLayer
import Bytes
import Decode
import Flow
import TestSupport
import Testing

@testable import Detect

/// The flat table of headers says what the rules themselves say.
@Suite struct HeaderTableTests {
    private let addresses = [
        "any", "10.0.0.0/8", "!10.1.0.0/16", "[192.168.0.0/16,10.2.3.4]", "2001:db8::/32", "[10.0.0.0/8,!10.1.2.0/24]",
    ]
    private let ports = ["any", "80", "[80,443]", "!80", "1024:", "[1:100,!53]"]
    private let protocols = ["ip", "tcp", "udp", "icmp", "http", "dns", "tcp-pkt", "ipv4", "ipv6", "pkthdr", "sctp", "ftp-data", "smb"]
    private let flows = [
        "", "flow:established;", "flow:to_server;", "flow:to_client,established;", "flow:not_established;", "flow:stateless;",
        "flow:only_frag;", "flow:no_frag;",
    ]

    private func packet(_ random: inout SeededGenerator) -> Packet {
        var packet = Packet()
        packet.ipVersion = [4, 4, 4, 6, 0].randomElement(using: &random) ?? 4
        let (number, transport): (UInt8, Transport) =
            [(6, .tcp), (17, .udp), (1, .icmpv4), (58, .icmpv6), (132, .sctp), (47, .none)].randomElement(using: &random) ?? (6, .tcp)
        packet.ipProtocol = packet.ipVersion == 0 ? 0 : number
        packet.transport = packet.ipVersion == 0 ? .none : transport
        let hosts = ["10.0.0.1", "10.1.2.3", "10.2.3.4", "192.168.7.7", "8.8.8.8", "2001:db8::1", "::1"].compactMap { IPAddress($0) }
        packet.source = hosts.randomElement(using: &random) ?? .zero
        packet.destination = hosts.randomElement(using: &random) ?? .zero
        let numbers: [UInt16] = [80, 443, 53, 1024, 50000, 0]
        packet.sourcePort = Port(rawValue: numbers.randomElement(using: &random) ?? 0)
        packet.destinationPort = Port(rawValue: numbers.randomElement(using: &random) ?? 0)
        if Bool.random(using: &random) { packet.flags.insert(.rebuilt) }
        return packet
    }

    @Test func saysWhatTheRulesSay() throws {
        var random = SeededGenerator(seed: 11)
        var lines: [String] = []
        for number in 1...400 {
            func any(_ list: [String]) -> String { list.randomElement(using: &random) ?? "any" }
            let proto = any(protocols)
            let hasPorts = !["ip", "icmp", "ipv4", "ipv6", "pkthdr"].contains(proto)
            lines.append(
                "alert \(proto) \(any(addresses)) \(hasPorts ? any(ports) : "any") \(number % 9 == 0 ? "<>" : "->") \(any(addresses)) "
                    + "\(hasPorts ? any(ports) : "any") (\(any(flows)) sid:\(number);)")
        }
        let set = try RuleSet(signatures: RuleFixture.rules(lines.joined(separator: "\n")).signatures)
        #expect(set.count > 300)
        let detector = Detector(set)
        var matches = 0
        for round in 0..<300 {
            let packet = packet(&random)
            var facts: FlowFacts?
            if packet.ipVersion != 0, round % 4 != 0 {
                var some = FlowFacts(id: FlowID(index: 0, generation: 0), direction: Bool.random(using: &random) ? .toServer : .toClient)
                some.isEstablished = Bool.random(using: &random)
                some.appProtocol = [AppProtocol.unknown, .http1, .dns, .smb].randomElement(using: &random) ?? .unknown
                facts = some
            }
            detector.begin(packet, flow: facts)
            for rule in 0..<set.count {
                let verdict = detector.headerMatches(rule)
                matches += verdict ? 1 : 0
                #expect(verdict == detector.specialHeaderMatches(rule), "\(set.program(rule).signature.info.text) \(packet)")
            }
        }
        #expect(matches > 1000)
    }
}
