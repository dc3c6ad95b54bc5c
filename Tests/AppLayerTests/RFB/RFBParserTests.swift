import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct RFBParserTests {
    private static func version(_ text: String) -> [UInt8] { Array("RFB \(text)\n".utf8) }
    private static let challenge = [UInt8](0..<16)
    private static let screen: [UInt8] =
        [3, 0x20, 2, 0x58, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0, 0, 0, 0, 4] + Array("desk".utf8)

    private func run(_ pieces: [(FlowDirection, [UInt8])]) -> ParserRun {
        let run = ParserRun(RFBParser())
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toClient, Self.version("003.008")), (.toServer, Self.version("003.008")), (.toClient, [2, 1, 2]), (.toServer, [2]),
            (.toClient, Self.challenge), (.toServer, Self.challenge), (.toClient, [0, 0, 0, 0]), (.toServer, [1]),
            (.toClient, Self.screen),
        ]
    }

    @Test func aSession() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 1)
        #expect(texts(all[0], .rfbName, .toClient) == ["desk"])
        #expect(numbers(all[0], .rfbSecurityType, .toServer) == [2])
        #expect(numbers(all[0], .rfbSecurityResult, .toClient) == [0])
        #expect(
            eve(all[0])
                == #"{"rfb":{"server_protocol_version":{"major":"003","minor":"008"},"client_protocol_version":{"major":"003","minor":"008"},"authentication":{"security_type":2,"vnc":{"challenge":"000102030405060708090a0b0c0d0e0f","response":"000102030405060708090a0b0c0d0e0f"},"security_result":"OK"},"screen_shared":true,"framebuffer":{"width":800,"height":600,"name":"desk","pixel_format":{"bits_per_pixel":32,"depth":24,"red_max":255,"green_max":255,"blue_max":255,"red_shift":16,"green_shift":8,"blue_shift":0,"big_endian":false,"true_color":true}}}}"#
        )
        let isComplete = all[0].isComplete
        #expect(isComplete)
    }

    @Test func theServerDecidesInTheOldVersion() throws {
        let all = run([
            (.toClient, Self.version("003.003")), (.toServer, Self.version("003.003")), (.toClient, [0, 0, 0, 1]), (.toServer, [0]),
            (.toClient, Self.screen),
        ]).parser.transactions
        #expect(eve(all[0]).contains(#""authentication":{"security_type":1},"screen_shared":false"#))
    }

    @Test func theNewVersionConfirmsThatNothingIsAsked() throws {
        let all = run([
            (.toClient, Self.version("003.008")), (.toServer, Self.version("003.008")), (.toClient, [1, 1]), (.toServer, [1]),
            (.toClient, [0, 0, 0, 0]), (.toServer, [1]), (.toClient, Self.screen),
        ]).parser.transactions
        #expect(all[0].events.isEmpty)
        #expect(texts(all[0], .rfbName, .toClient) == ["desk"])
    }

    @Test func refusalsAndTrouble() throws {
        let opening: [(FlowDirection, [UInt8])] = [(.toClient, Self.version("003.008")), (.toServer, Self.version("003.008"))]
        let refused = run(opening + [(.toClient, [0, 0, 0, 0, 4] + Array("busy".utf8))]).parser.transactions
        #expect(eve(refused[0]).contains(#""server_security_failure_reason":"busy""#))
        let apple = run(opening + [(.toClient, [1, 30]), (.toServer, [30])]).parser.transactions
        #expect(apple[0].events == [RFBFields.Event.unimplementedSecurityType.rawValue])
        #expect(numbers(apple[0], .rfbSecurityType, .toServer) == [30])
        let failed = run(
            opening + [
                (.toClient, [1, 2]), (.toServer, [2]), (.toClient, Self.challenge), (.toServer, Self.challenge),
                (.toClient, [0, 0, 0, 1, 0, 0, 0, 2] + Array("no".utf8)),
            ]
        ).parser.transactions
        #expect(eve(failed[0]).contains(#""security_result":"FAIL"},"server_security_failure_reason":"no""#))
        let early = run([(.toClient, Self.version("003.008")), (.toClient, [1, 2])]).parser.transactions
        #expect(early[0].events == [RFBFields.Event.confusedState.rawValue])
        let odd = run([(.toClient, Self.version("003.008")), (.toServer, Array("RFB 003x008\n".utf8))])
        #expect(odd.status == .failed)
        #expect(odd.parser.transactions[0].events == [RFBFields.Event.malformedMessage.rawValue])
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 75) { RFBParser() }
    }
}
