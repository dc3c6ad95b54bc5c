import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct DCERPCDatagramTests {
    private static let uuid: [UInt8] = [0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0, 0x10, 3]

    private static func datagram(_ type: UInt8, flags: UInt8 = 0, sequence: UInt8 = 1, _ body: String) -> [UInt8] {
        [4, type, flags, 0, 0x10, 0, 0, 0] + [UInt8](repeating: 0, count: 16) + uuid + uuid + [0, 0, 0, 0] + [2, 0, 1, 0]
            + [sequence, 0, 0, 0] + [15, 0, 0xff, 0xff, 0xff, 0xff] + [UInt8(body.utf8.count), 0] + [0, 0, 0, 0] + Array(body.utf8)
    }

    private static func run(_ pieces: [(direction: FlowDirection, bytes: [UInt8])]) -> [Transaction] {
        let parser = DCERPCDatagramParser(limits: ParserLimits())
        let time = Timestamp(seconds: 1)
        for piece in pieces { _ = parser.consume(piece.bytes.rawSpan, piece.direction, time: time) }
        return parser.transactions
    }

    @Test func callsAndAnswers() throws {
        let all = Self.run([
            (.toServer, Self.datagram(0, flags: 4, "first ")), (.toServer, Self.datagram(0, flags: 6, "second")),
            (.toClient, Self.datagram(10, "")), (.toClient, Self.datagram(2, "answer")), (.toServer, Self.datagram(0, sequence: 2, "x")),
        ])
        try #require(all.count == 2)
        #expect(texts(all[0], .dcerpcStubData, .toServer) == ["first second"])
        #expect(texts(all[0], .dcerpcStubData, .toClient) == ["answer"])
        #expect(numbers(all[0], .dcerpcOperation, .toServer) == [15])
        #expect(values(all[0], .dcerpcInterface, .toServer).first?.prefix(4) == [0x36, 0x7a, 0xbb, 0x81])
        #expect(
            eve(all[0])
                == #"{"dcerpc":{"request":"REQUEST","req":{"opnum":15,"frag_cnt":2,"stub_data_size":12},"response":"RESPONSE","res":{"frag_cnt":1,"stub_data_size":6},"activityuuid":"367abb81-9844-35f1-ad32-98f038001003","seqnum":1,"rpc_version":"4.0"}}"#
        )
        #expect(eve(all[1]).contains(#""response":"UNREPLIED""#))
    }

    @Test func damagedDatagramsEndIt() {
        let parser = DCERPCDatagramParser(limits: ParserLimits())
        let sample = Self.datagram(0, "body")
        for count in 0..<sample.count {
            #expect(parser.consume(Array(sample[..<count]).rawSpan, .toServer, time: Timestamp(seconds: 1)).status == .failed)
        }
        var random = SeededGenerator(seed: 84)
        for _ in 0..<300 {
            var bytes = sample
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            #expect(Self.run([(.toServer, bytes)]).count <= 1)
        }
    }

    @Test func probing() {
        let probe = DCERPCParser.descriptor.probe
        let request = Self.datagram(0, "x")
        #expect("\(probe(request.rawSpan, .toServer))" == "certain")
        #expect("\(probe(request.rawSpan, .toClient))" == "no")
    }
}
