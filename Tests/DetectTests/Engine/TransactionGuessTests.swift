import AppLayer
import Bytes
import Decode
import Flow
import Testing

@testable import Detect

/// Alerts of rules that look at no transaction, and the transaction that they name all the same.
@Suite struct TransactionGuessTests {
    private let text = Array("select 1".utf8)

    private func alerts(_ transport: Transport, open: Int, asked: Bool, times: Int = 1) throws -> [Alert] {
        var options = EngineOptions()
        options.guessesTransactions = asked
        options.guessesPerTransaction = 2
        let rule = transport == .udp ? "alert dns any any -> any any" : "alert tcp any any -> any any"
        let signatures = RuleFixture.rules(rule + #" (content:"select"; sid:1;)"#).signatures
        let detector = try Detector(RuleSet(signatures: signatures, options: options))
        var packet = Packet()
        packet.ipVersion = 4
        packet.ipProtocol = transport == .udp ? 17 : 6
        packet.transport = transport
        packet.payloadOffset = 0
        packet.payloadLength = Int32(text.count)
        var facts = FlowFacts(id: FlowID(index: 0, generation: 0), direction: .toServer)
        facts.appProtocol = transport == .udp ? .dns : .pgsql
        let parser = ProtocolParser(facts.appProtocol)
        parser.transactions = (0..<open).map { Transaction(id: UInt64($0), startTime: Timestamp(seconds: 0)) }
        var result: [Alert] = []
        for _ in 0..<times {
            detector.begin(packet, flow: facts, parser: parser)
            if transport == .udp { detector.inspectPacket(text.rawSpan) } else { detector.inspectStream(text.rawSpan) }
            detector.finish()
            result = detector.alerts
        }
        return result
    }

    @Test func ofAStreamOnlyWhereAskedFor() throws {
        #expect(try alerts(.tcp, open: 1, asked: false).map(\.transactionID) == [nil])
        let one = try alerts(.tcp, open: 1, asked: true)
        #expect(one.map(\.transactionID) == [0])
        #expect(one.map(\.isGuess) == [true])
    }

    @Test func ofAStreamOnlyWhereOneIsOpen() throws {
        #expect(try alerts(.tcp, open: 2, asked: true).map(\.transactionID) == [nil])
        #expect(try alerts(.tcp, open: 0, asked: true).map(\.transactionID) == [nil])
    }

    @Test func ofADatagramTheFirst() throws {
        #expect(try alerts(.udp, open: 2, asked: false).map(\.transactionID) == [0])
    }

    @Test func notForEver() throws {
        #expect(try alerts(.tcp, open: 1, asked: true, times: 2).map(\.transactionID) == [0])
        #expect(try alerts(.tcp, open: 1, asked: true, times: 3).map(\.transactionID) == [nil])
    }
}
