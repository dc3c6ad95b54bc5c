import Bytes
import Testing

@testable import AppLayer

@Suite struct DNSVariantTests {
    private func read(_ bytes: [UInt8], _ direction: FlowDirection, _ variant: DNSVariant = .unicast) throws -> Transaction {
        let all = readDatagrams([(direction, bytes)], DNSParser(limits: ParserLimits(), isStream: false, variant: variant))
        return try #require(all.first)
    }

    private func options(_ change: (inout DNSLogOptions) -> Void) -> LogOptions {
        var options = LogOptions()
        change(&options.dns)
        return options
    }

    @Test func versionTwo() throws {
        let query = try read(
            DNSMessages.header(0x0100, 2) + DNSMessages.question("a.vn", 1) + DNSMessages.question("b.vn", 28), .toServer)
        var two = options { $0.version = 2 }
        #expect(query.eventCount(two) == 2)
        two.part = 1
        #expect(eve(query, two) == #"{"dns":{"version":2,"type":"query","id":16000,"rrname":"b.vn","rrtype":"AAAA","tx_id":0,"opcode":0}}"#)
        let answer = try read(DNSMessages.response, .toClient)
        #expect(answer.eventCount(two) == 1)
        #expect(
            eve(answer, two).hasPrefix(
                #"{"dns":{"version":2,"type":"answer","id":16000,"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"www.example.vn","rrtype":"A","rcode":"NOERROR","answers":["#
            ))
    }

    @Test func whatIsLogged() throws {
        let query = try read(DNSMessages.query, .toServer)
        let answer = try read(DNSMessages.response, .toClient)
        #expect(query.eventCount(options { $0.logsRequests = false }) == 0)
        #expect(answer.eventCount(options { $0.logsRequests = false }) == 1)
        #expect(answer.eventCount(options { $0.logsResponses = false }) == 0)
        #expect(query.eventCount(options { $0.keep(types: ["mx", "https"]) }) == 0)
        #expect(query.eventCount(options { $0.keep(types: ["a"]) }) == 1)
        #expect(!eve(answer, options { $0.isGrouped = false }).contains("grouped"))
        #expect(!eve(answer, options { $0.isDetailed = false }).contains(#""answers""#))
    }

    @Test func multicast() throws {
        let message = try read(DNSMessages.response, .toServer, .multicast)
        #expect(texts(message, BufferID(.mdns, 2), .toServer) == ["www.example.vn"])
        #expect(texts(message, BufferID(.mdns, 6), .toServer).contains("mail.example.vn"))
        #expect(texts(message, .dnsQueryNames, .toServer).isEmpty)
        let text = eve(message)
        #expect(text.hasPrefix(#"{"mdns":{"type":"response","id":16000,"flags":["rd","ra"],"opcode":0,"rcode":0,"queries":[{"#))
        #expect(text.contains(#"{"rrname":"www.example.vn","cname":"web.example.vn"}"#))
        #expect(text.contains(#"{"rrname":"www.example.vn","txt":["abc",""]}"#))
        // An OPT record without options is left out.
        #expect(!text.contains("additionals"))
    }

    @Test func linkLocal() throws {
        let message = try read(DNSMessages.header(0x0500, 1) + DNSMessages.question("box", 1), .toServer, .linkLocal)
        #expect(
            eve(message).hasPrefix(
                #"{"llmnr":{"type":"request","id":16000,"flags":["c","t"],"opcode":0,"queries":[{"rrname":"box","rrtype":"a"}]"#))
        #expect(message.events.isEmpty)
        let reserved = try read(DNSMessages.header(0x0080, 1) + DNSMessages.question("box", 1), .toServer, .linkLocal)
        #expect(reserved.events == [DNSFields.Event.zFlagSet.rawValue])
    }

    @Test func anAnswerThatBeginsAFlowTurnsIt() {
        let response = DNSMessages.response
        #expect(DNSProbe.probe(response.rawSpan, .toServer) == .reversed)
        let framed = DNSMessages.framed(response)
        #expect(DNSProbe.probe(framed.rawSpan, .toServer) == .reversed)
        let session = AppLayerSession(
            transport: .udp, clientPort: 53, serverPort: 41805, limits: ParserLimits(), protocols: [DNSParser.descriptor])
        session.mayTurn = true
        session.receiveDatagram(response.rawSpan, .toServer, time: Timestamp(seconds: 1))
        session.receiveDatagram(response.rawSpan, .toClient, time: Timestamp(seconds: 1))
        #expect(session.isTurned)
        #expect(session.parser?.transactions.first?.onlyDirection == .toClient)
        let netBIOS = AppLayerSession(
            transport: .udp, clientPort: 137, serverPort: 137, limits: ParserLimits(), protocols: [DNSParser.descriptor])
        let query = DNSMessages.query
        netBIOS.receiveDatagram(query.rawSpan, .toServer, time: Timestamp(seconds: 1))
        #expect(netBIOS.appProtocol == .unknown)
    }
}
