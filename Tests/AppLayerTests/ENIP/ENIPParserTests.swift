import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct ENIPParserTests {
    private static func word(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }
    private static func message(_ command: Int, _ data: [UInt8] = [], session: UInt8 = 7, status: UInt8 = 0) -> [UInt8] {
        word(command) + word(data.count) + [session, 0, 0, 0, status, 0, 0, 0] + [UInt8](repeating: 0, count: 12) + data
    }
    private static func item(_ type: Int, _ data: [UInt8]) -> [UInt8] { word(type) + word(data.count) + data }
    /// Handle, time-out, an address item without content and data that are not connected.
    private static func cip(_ data: [UInt8]) -> [UInt8] { [0, 0, 0, 0, 0, 0, 2, 0] + item(0, []) + item(0xb2, data) }

    private static let identity: [UInt8] =
        [1, 0] + [UInt8](repeating: 0, count: 16) + word(1) + word(12) + word(58) + [4, 3] + word(0x30) + [0x8e, 0x4d, 0x52, 0] + [4]
        + Array("ENBT".utf8) + [3]

    /// Get Attributes Single of class 1, instance 1, attribute 5; two of them in a packet.
    private static let single: [UInt8] = [0x0e, 3, 0x20, 1, 0x24, 1, 0x30, 5]
    private static let packet: [UInt8] = [0x0a, 2, 0x20, 2, 0x24, 1, 2, 0, 6, 0, 14, 0] + single + [0x4c, 1, 0x20, 0x6b]
    private static let answer: [UInt8] = [0x8a, 0, 0, 0, 2, 0, 6, 0, 10, 0, 0x8e, 0, 0, 0, 0xcc, 0, 5, 2, 7, 1]

    private func run(_ pieces: [(FlowDirection, [UInt8])]) -> ParserRun {
        let run = ParserRun(ENIPParser(limits: ParserLimits(), isStream: true))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, Self.message(0x65, [1, 0, 0, 0], session: 0)), (.toClient, Self.message(0x65, [1, 0, 0, 0])),
            (.toServer, Self.message(0x63)), (.toClient, Self.message(0x63, [1, 0] + Self.item(0x0c, Self.identity))),
            (.toServer, Self.message(0x6f, Self.cip(Self.packet))), (.toClient, Self.message(0x6f, Self.cip(Self.answer))),
            (.toServer, Self.message(4)),
            (.toClient, Self.message(4, [1, 0] + Self.item(0x100, [1, 0, 0x20, 1] + Array("Communications\0\0".utf8)))),
        ]
    }

    @Test func exchanges() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 4)
        #expect(numbers(all[0], .enipCommand, .toServer) == [0x65])
        #expect(numbers(all[0], .enipProtocolVersion, .toClient) == [1])
        #expect(texts(all[1], .enipProductName, .toClient) == ["ENBT"])
        #expect(numbers(all[1], .enipRevision, .toClient) == [0x403])
        #expect(numbers(all[1], .enipSerial, .toClient) == [0x524d8e])
        #expect(numbers(all[1], .enipState, .toClient) == [3])
        #expect(numbers(all[1], .enipIdentityStatus, .toClient) == [0x30])
        #expect(numbers(all[2], .enipCIPClass, .toServer) == [2, 1, 0x6b])
        #expect(numbers(all[2], .enipCIPAttribute, .toServer) == [5])
        #expect(numbers(all[2], .enipCIPInstance, .toServer) == [1, 1])
        #expect(numbers(all[2], .enipCIPStatus, .toClient) == [0, 0, 5])
        #expect(numbers(all[2], .enipCIPExtendedStatus, .toClient) == [0x107])
        #expect(texts(all[3], .enipServiceName, .toClient) == ["Communications\0\0"])
        #expect(numbers(all[3], .enipCapabilities, .toClient) == [0x120])
        #expect(all.flatMap(\.events).isEmpty)
    }

    @Test func services() throws {
        let all = run(conversation).parser.transactions
        func holds(_ service: UInt8, _ classNumber: UInt32? = nil, _ attribute: UInt32? = nil) -> Bool {
            CIPServiceTest(service: service, classNumber: classNumber, attribute: attribute).holds(all[2], .toServer)
        }
        #expect(holds(0x0a) && holds(0x0e) && holds(0x4c, 0x6b) && holds(0x0e, 1, 5))
        #expect(!holds(0x0e, 2) && !holds(0x0e, 1, 6) && !holds(0x4d))
    }

    @Test func eveEvents() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 4)
        #expect(
            eve(all[1])
                == #"{"enip":{"request":{"command":"list_identity","status":"success"},"response":{"command":"list_identity","status":"success","identity":{"protocol_version":1,"revision":"4.3","vendor_id":"Rockwell Automation/Allen-Bradley","device_type":"Communications Adapter","product_code":58,"status":48,"serial":5393806,"product_name":"ENBT","state":3}}}}"#
        )
        #expect(
            eve(all[2]).contains(
                #""cip":{"service":"Multiple Service Packet","path":[{"segment_type":"class","value":2},{"segment_type":"instance","value":1}],"class_name":"Message Router","multiple":[{"service":"Get Attributes Single""#
            ))
        #expect(
            eve(all[2]).contains(
                #"{"service":"Read Data","status":"Path Destination Unknown","status_extended":"0701","status_extended_meaning":"Target connection not found"}"#
            ))
    }

    @Test func brokenDataRaiseAnEvent() {
        let all = run([(.toServer, Self.message(0x6f, [1, 2, 3]))]).parser.transactions
        #expect(all.first?.events == [ENIPFields.Event.invalidPDU.rawValue])
    }

    @Test func probing() {
        func probe(_ bytes: [UInt8]) -> ProbeResult { ENIPParser.descriptor.probe(bytes.rawSpan, .toServer) }
        #expect(probe(Self.message(0x63)) == .certain)
        #expect(probe(Self.message(0x65, [1])) == .no)
        #expect(probe(Self.message(0x1234)) == .no)
        #expect(probe([0x63, 0]) == .unsure)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 82) {
            ENIPParser(limits: ParserLimits(), isStream: true)
        }
    }
}
