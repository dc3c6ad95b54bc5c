import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct ModbusParserTests {
    private static func message(_ id: UInt8, _ function: UInt8, _ data: [UInt8], unit: UInt8 = 10) -> [UInt8] {
        [0, id, 0, 0, 0, UInt8(data.count + 2), unit, function] + data
    }

    private func run(_ pieces: [(FlowDirection, [UInt8])], limits: ParserLimits = ParserLimits()) -> ParserRun {
        let run = ParserRun(ModbusParser(limits: limits))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    /// Reads coils and registers, writes some of both, asks for a diagnosis, and is refused once.
    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, Self.message(1, 1, [0, 9, 0, 10])), (.toClient, Self.message(1, 1, [2, 0xff, 3])),
            (.toServer, Self.message(2, 3, [0, 5, 0, 2])), (.toClient, Self.message(2, 3, [4, 0, 1, 0, 2])),
            (.toServer, Self.message(3, 16, [1, 0xf3, 0, 2, 4, 0, 100, 0, 200])), (.toClient, Self.message(3, 16, [1, 0xf3, 0, 2])),
            (.toServer, Self.message(4, 5, [0, 2, 0xff, 0])), (.toClient, Self.message(4, 5, [0, 2, 0xff, 0])),
            (.toServer, Self.message(5, 8, [0, 4, 0, 0])), (.toClient, Self.message(5, 0x88, [11])),
            (.toServer, Self.message(6, 43, [14, 3, 1, 0])),
        ]
    }

    @Test func exchanges() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 6)
        #expect(all.flatMap(\.events).isEmpty)
        #expect(
            eve(all[0])
                == #"{"modbus":{"id":1,"request":{"transaction_id":1,"protocol_id":0,"unit_id":10,"function_raw":1,"function_code":"RdCoils","access_type":"READ | COILS","category":"PUBLIC_ASSIGNED","error_flags":"NONE","read":{"address":9,"quantity":10}},"response":{"transaction_id":1,"protocol_id":0,"unit_id":10,"function_raw":1,"function_code":"RdCoils","access_type":"READ | COILS","category":"PUBLIC_ASSIGNED","error_flags":"NONE","read":{"data":"\\xff\u0003"}}}}"#
        )
        #expect(eve(all[2]).contains(#""access_type":"WRITE | HOLDING | MULTIPLE | WRITE_MULTIPLE""#))
        #expect(eve(all[2]).contains(#""write":{"address":499,"quantity":2,"data":"\u0000d\u0000\\xc8"}"#))
        #expect(eve(all[4]).contains(#""diagnostic":{"raw":4,"code":"ForceListenOnlyMode","data":"\u0000\u0000"}"#))
        #expect(eve(all[4]).contains(#""function_raw":136,"function_code":"Diagnostic""#))
        #expect(eve(all[4]).contains(#""exception":{"raw":11,"code":"GatewayTargetFailToResp"}"#))
        #expect(eve(all[5]).contains(#""mei":{"raw":14,"code":"RdDevId","data":"\u0003\u0001\u0000"}"#))
    }

    private func matching(_ test: ModbusTest) -> [UInt64] {
        run(conversation).parser.transactions.filter { test.holds($0, .toServer) }.map { $0.id + 1 }
    }

    @Test func tests() {
        #expect(matching(ModbusTest(subject: .function(8, subfunction: nil))) == [5])
        #expect(matching(ModbusTest(subject: .function(8, subfunction: 4))) == [5])
        #expect(matching(ModbusTest(subject: .function(8, subfunction: 1))).isEmpty)
        #expect(matching(ModbusTest(subject: .group(.assigned, isNegated: false))) == [1, 2, 3, 4, 5, 6])
        #expect(matching(ModbusTest(subject: .group(.assigned, isNegated: true))).isEmpty)
        #expect(matching(ModbusTest(unit: .above(10))).isEmpty)
        #expect(matching(ModbusTest(unit: .between(9, 11), subject: .access(isWrite: false, nil, address: nil, value: nil))) == [1, 2])
        #expect(matching(ModbusTest(subject: .access(isWrite: false, .coils, address: .exactly(10), value: nil))) == [1])
        #expect(matching(ModbusTest(subject: .access(isWrite: false, .coils, address: .below(10), value: nil))).isEmpty)
        #expect(matching(ModbusTest(subject: .access(isWrite: true, .holding, address: .exactly(501), value: .above(150)))) == [3])
        #expect(matching(ModbusTest(subject: .access(isWrite: true, .holding, address: .exactly(500), value: .above(150)))).isEmpty)
        #expect(matching(ModbusTest(subject: .access(isWrite: true, .coils, address: .exactly(3), value: .exactly(1)))) == [4])
    }

    private func events(_ pieces: [(FlowDirection, [UInt8])], limits: ParserLimits = ParserLimits()) -> [String] {
        run(pieces, limits: limits).parser.transactions.flatMap(\.events).map { ModbusTransaction.events[Int($0)] }
    }

    @Test func trouble() {
        #expect(events([(.toClient, Self.message(1, 3, [2, 0, 1]))]) == ["unsolicited_response"])
        #expect(events([(.toServer, Self.message(1, 3, [0, 1, 0, 0]))]) == ["invalid_value"])
        #expect(events([(.toServer, Self.message(1, 3, [0, 1, 0, 1, 9]))]) == ["invalid_length"])
        #expect(events([(.toServer, Self.message(1, 0, [1]))]) == ["invalid_function_code"])
        let odd = [UInt8(0), 1, 0, 7] + Self.message(1, 3, [0, 1, 0, 1])[4...]
        #expect(events([(.toServer, odd)]) == ["invalid_protocol_id"])
        #expect(
            events([(.toServer, Self.message(1, 3, [0, 1, 0, 2])), (.toClient, Self.message(1, 3, [2, 0, 1]))]) == ["value_mismatch"])
        #expect(
            events([(.toServer, Self.message(1, 8, [0, 4, 0, 0])), (.toClient, Self.message(1, 0x88, [3]))]) == [
                "invalid_exception_code"
            ])
        var limits = ParserLimits()
        limits.transactionLimits["modbus"] = 3
        #expect(
            events((1...6 as ClosedRange<UInt8>).map { (.toServer, Self.message($0, 3, [0, 1, 0, 1])) }, limits: limits) == ["flooded"])
    }

    @Test func probing() {
        func probe(_ bytes: [UInt8]) -> ProbeResult { ModbusParser.descriptor.probe(bytes.rawSpan, .toServer) }
        #expect(probe(Self.message(1, 1, [0, 9, 0, 10])) == .certain)
        #expect(probe([0, 1, 0, 0, 0, 6]) == .unsure)
        #expect(probe(Array("hello world".utf8)) == .no)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 81) { ModbusParser(limits: ParserLimits()) }
    }
}
