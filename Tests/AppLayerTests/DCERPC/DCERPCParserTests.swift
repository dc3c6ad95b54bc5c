import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct DCERPCParserTests {
    private static func word(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }

    private static func pdu(_ type: UInt8, flags: UInt8 = 3, call: UInt8 = 1, _ body: [UInt8]) -> [UInt8] {
        [5, 0, type, flags, 0x10, 0, 0, 0] + word(16 + body.count) + [0, 0, call, 0, 0, 0] + body
    }

    // 367abb81-9844-35f1-ad32-98f038001003 as it goes over the wire, little-endian.
    private static let uuid: [UInt8] = [0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0, 0x10, 3]
    private static let transfer = [UInt8](repeating: 7, count: 20)

    private static let bind = pdu(
        11, [0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0] + word(5) + [1, 0] + uuid + word(2) + word(0) + transfer)
    private static let bindAck = pdu(
        12, [0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0] + word(4) + Array("135\0".utf8) + [0, 0] + [1, 0, 0, 0] + word(0) + word(0) + transfer)
    private static func request(_ stub: String, flags: UInt8 = 3) -> [UInt8] {
        pdu(0, flags: flags, call: 2, [0, 0, 0, 0] + word(5) + word(15) + Array(stub.utf8))
    }
    private static let response = pdu(2, call: 2, [0, 0, 0, 0] + word(5) + [0, 0] + Array("answer".utf8))

    private func run(_ pieces: [(FlowDirection, [UInt8])]) -> ParserRun {
        let run = ParserRun(DCERPCParser(limits: ParserLimits()))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, Self.bind), (.toClient, Self.bindAck), (.toServer, Self.request("first ", flags: 1)),
            (.toServer, Self.request("second", flags: 2)), (.toClient, Self.response),
        ]
    }

    @Test func callsHaveTheirInterfaceOperationAndData() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 2)
        #expect(numbers(all[1], .dcerpcOperation, .toServer) == [15])
        #expect(texts(all[1], .dcerpcStubData, .toServer) == ["first second"])
        #expect(texts(all[1], .dcerpcStubData, .toClient) == ["\0\0\0\0\u{05}\0\0\0answer"])
        let interfaces = values(all[1], .dcerpcInterface, .toServer)
        #expect(interfaces == [[0x36, 0x7a, 0xbb, 0x81, 0x98, 0x44, 0x35, 0xf1, 0xad, 0x32, 0x98, 0xf0, 0x38, 0, 0x10, 3, 0, 2, 1]])
        let isLittle = all[1].isLittleEndian
        #expect(isLittle)
    }

    @Test func refusedInterfacesDoNotCount() throws {
        var refused = Self.bindAck
        refused[16 + 8 + 2 + 4 + 2 + 4] = 2
        let all = run([(.toServer, Self.bind), (.toClient, refused), (.toServer, Self.request("x"))]).parser.transactions
        try #require(all.count == 2)
        #expect(values(all[1], .dcerpcInterface, .toServer).isEmpty)
    }

    @Test func eveEvents() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 2)
        #expect(
            eve(all[0])
                == #"{"dcerpc":{"request":"BIND","interfaces":[{"uuid":"367abb81-9844-35f1-ad32-98f038001003","version":"2.0","ack_result":0}],"response":"BINDACK","call_id":1,"rpc_version":"5.0"}}"#
        )
        #expect(
            eve(all[1])
                == #"{"dcerpc":{"request":"REQUEST","req":{"opnum":15,"frag_cnt":2,"stub_data_size":12},"interfaces":[{"uuid":"367abb81-9844-35f1-ad32-98f038001003","version":"2.0","ack_result":0}],"response":"RESPONSE","res":{"frag_cnt":1,"stub_data_size":14},"call_id":2,"rpc_version":"5.0"}}"#
        )
    }

    @Test func answersWithoutACallAreLost() throws {
        let all = run([(.toClient, Self.response)]).parser.transactions
        try #require(all.count == 1)
        #expect(eve(all[0]).contains(#""request":"REQUEST_LOST","response":"RESPONSE""#))
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 61) { DCERPCParser(limits: ParserLimits()) }
    }
}
