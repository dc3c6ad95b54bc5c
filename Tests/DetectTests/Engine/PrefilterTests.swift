import AppLayer
import Bytes
import Decode
import Flow
import Testing

@testable import Detect

/// What is searched for first must never keep a rule from being looked at: verdicts are those of the rule alone.
@Suite struct PrefilterTests {
    /// A transaction with one body that grows, and one value.
    private final class Grown: Transaction {
        let body = StreamingBody(limit: 0)
        var value: [UInt8] = []

        func stand(at step: UInt8) {
            for direction in FlowDirection.allCases { advance(direction, to: step) }
        }

        override func completeProgress(_ direction: FlowDirection) -> UInt8 { 101 }
        override func streamingBody(_ buffer: BufferID, _ direction: FlowDirection, instance: Int) -> StreamingBody? {
            instance == 0 ? body : nil
        }
        override func withBuffer(
            _ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void
        ) -> Bool {
            guard instance == 0 else { return false }
            let bytes = value
            body(bytes.rawSpan)
            return true
        }
    }

    private func detector(_ rules: [String], _ header: String) throws -> Detector {
        let text = rules.enumerated().map { "alert \(header) (\($1) sid:\($0 + 1);)" }.joined(separator: "\n")
        let signatures = RuleFixture.rules(text).signatures
        try #require(signatures.count == rules.count)
        var options = EngineOptions()
        options.responseBodyMinimum = 1
        return try Detector(RuleSet(signatures: signatures, options: options))
    }

    /// The rules that alerted, from 1.
    private func alerted(_ detector: Detector) -> [Int] {
        detector.finish()
        return detector.alerts.map { Int(detector.rules.signature($0.rule).id.signature) }.sorted()
    }

    private func packet(_ transport: Transport, _ size: Int) -> Packet {
        var packet = Packet()
        packet.ipVersion = 4
        packet.ipProtocol = transport == .udp ? 17 : 6
        packet.transport = transport
        packet.payloadLength = Int32(size)
        return packet
    }

    private func facts(_ proto: AppProtocol, _ direction: FlowDirection) -> FlowFacts {
        var facts = FlowFacts(id: FlowID(index: 0, generation: 0), direction: direction)
        facts.isEstablished = true
        facts.appProtocol = proto
        return facts
    }

    @Test(arguments: ["file.data", "http.response_body"], [1, 5, 64, 400])
    func bodiesThatGrow(buffer: String, step: Int) throws {
        let rules = [
            #"content:"MZ"; depth:2;"#, #"content:"MZ"; startswith; content:"tail"; distance:0;"#, #"content:"near"; offset:90; depth:30;"#,
            #"content:"|00 00 00 00|"; content:"tail";"#, #"content:"xy";"#, #"content:"notthere";"#, #"content:"PK"; depth:2;"#,
            #"content:"fourteenbytes!"; fast_pattern;"#, #"content:"mz"; nocase; depth:2; content:!"absent";"#,
        ]
        let body =
            Array("MZ".utf8) + [UInt8](repeating: 46, count: 98) + Array("near".utf8) + [UInt8](repeating: 0, count: 40)
            + Array("..fourteenbytes!..xy..".utf8) + [UInt8](repeating: 45, count: 300) + Array("tail".utf8)
        let detector = try detector(rules.map { buffer + "; " + $0 }, "http any any -> any any")
        let parser = ProtocolParser(.http1)
        let transaction = Grown(id: 0, startTime: Timestamp(seconds: 0))
        transaction.stand(at: 100)
        parser.transactions = [transaction]
        var all: [Int] = []
        var at = 0
        while at < body.count {
            let next = min(at + step, body.count)
            transaction.body.append(Array(body[at..<next]).rawSpan)
            at = next
            detector.begin(packet(.tcp, 0), flow: facts(.http1, .toClient), parser: parser)
            detector.inspectTransactions(parser, RawSpan(), flowEnded: at == body.count)
            all += alerted(detector)
        }
        #expect(all.sorted() == [1, 2, 3, 4, 5, 8, 9])
    }

    @Test func valuesAreSearchedHoweverShort() throws {
        let detector = try detector(
            [
                #"dns.query; content:".tk"; endswith;"#, #"dns.query; content:"x"; startswith;"#,
                #"dns.query; content:"yz"; content:".tk";"#,
            ],
            "dns any any -> any any")
        let parser = ProtocolParser(.dns)
        let transaction = Grown(id: 0, startTime: Timestamp(seconds: 0))
        transaction.stand(at: 100)
        transaction.value = Array("xyz.example.tk".utf8)
        parser.transactions = [transaction]
        detector.begin(packet(.udp, 0), flow: facts(.dns, .toServer), parser: parser)
        detector.inspectTransactions(parser, RawSpan(), flowEnded: false)
        #expect(alerted(detector) == [1, 2, 3])
    }

    /// A rule whose preferred content stands in the payload is known by another one in a field.
    @Test func rulesOnPayloadsAndFields() throws {
        let detector = try detector(
            [
                #"content:"payload"; fast_pattern; http.stat_code; content:"200";"#,
                #"content:"payload"; fast_pattern; http.stat_code; content:"404";"#, #"content:"other"; http.stat_code; content:"200";"#,
            ], "http any any -> any any")
        let parser = ProtocolParser(.http1)
        let transaction = Grown(id: 0, startTime: Timestamp(seconds: 0))
        transaction.stand(at: 100)
        transaction.value = Array("200".utf8)
        parser.transactions = [transaction]
        let frame = Array("the payload".utf8)
        detector.begin(packet(.tcp, frame.count), flow: facts(.http1, .toClient), parser: parser)
        detector.inspectTransactions(parser, frame.rawSpan, flowEnded: false)
        #expect(alerted(detector) == [1])
    }

    /// Payloads of every size around the bounds of the classes that packets are sorted into.
    @Test(arguments: [Transport.udp, .tcp])
    func payloadsBySize(transport: Transport) throws {
        // Two bytes stand in no payload of the first three.
        let short = 3
        let tests = ["0", "1", "<1", "64", "65", "300", "301", ">63", ">64", ">300", "<65", "<301", "10<>66", "64<>302", "!64"]
        let header = transport == .udp ? "udp any any -> any any" : "tcp-pkt any any -> any any"
        let bare = try detector(tests.map { "dsize:\($0);" }, header)
        let searching = try detector(tests.dropFirst(short).map { "dsize:\($0); content:\"ab\";" }, header)
        for size in [0, 1, 2, 10, 11, 63, 64, 65, 66, 299, 300, 301, 302, 1400] {
            let expected = tests.indices.filter { holds(tests[$0], size) }.map { $0 + 1 }
            var payload = [UInt8](repeating: 120, count: size)
            if size >= 2 { (payload[size - 2], payload[size - 1]) = (97, 98) }
            for (detector, expected) in [(bare, expected), (searching, size >= 2 ? expected.map { $0 - short }.filter { $0 > 0 } : [])] {
                detector.begin(packet(transport, size), flow: facts(.unknown, .toServer))
                detector.inspectPacket(payload.rawSpan)
                #expect(alerted(detector) == expected, "\(size)")
            }
        }
    }

    private func holds(_ test: String, _ size: Int) -> Bool {
        let numbers = test.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
        if numbers.count == 2 { return numbers[0] < size && size < numbers[1] }
        return switch test.first {
        case ">": size > numbers[0]
        case "<": size < numbers[0]
        case "!": size != numbers[0]
        default: size == numbers[0]
        }
    }
}
