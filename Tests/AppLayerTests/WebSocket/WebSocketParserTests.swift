import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct WebSocketParserTests {
    /// RFC 6455 §5.7: a masked "Hello", and "Hel" with "lo" behind a ping.
    private static let masked: [UInt8] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
    private static let split: [UInt8] =
        [0x01, 3] + Array("Hel".utf8) + [0x89, 5] + Array("Hello".utf8) + [0x80, 2] + Array("lo".utf8)
    /// RFC 7692 §7.2.3.2: "Hello" twice, the second time by reference to the first.
    private static let compressed: [UInt8] =
        [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00] + [0xc1, 5, 0xf2, 0x00, 0x11, 0x00, 0x00]

    private func run(_ pieces: [(FlowDirection, [UInt8])], limits: ParserLimits = ParserLimits()) -> [Transaction] {
        let run = ParserRun(WebSocketParser(limits: limits))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run.parser.transactions
    }

    @Test func framesAndMessages() throws {
        let all = run([(.toServer, Self.masked), (.toClient, Self.split)])
        try #require(all.count == 4)
        #expect(texts(all[0], .webSocketPayload, .toServer) == ["Hello"])
        #expect(numbers(all[0], .webSocketMask, .toServer) == [0x37fa_213d])
        #expect(numbers(all[0], .webSocketFlags, .toServer) == [0x80])
        #expect(all[1...3].map { texts($0, .webSocketPayload, .toClient) } == [["Hel"], ["Hello"], ["Hello"]])
        #expect(numbers(all[2], .webSocketOpcode, .toClient) == [9])
        #expect(eve(all[0]) == #"{"websocket":{"fin":true,"mask":939139389,"opcode":"text"}}"#)
        #expect(
            eve(all[0], LogOptions(custom: ["payload_base64", "payload_printable"])).contains(
                #""opcode":"text","payload_base64":"SGVsbG8=","payload_printable":"Hello""#))
        #expect(eve(all[1]) == #"{"websocket":{"fin":false,"opcode":"text"}}"#)
    }

    @Test func compressedMessagesReferToEarlierOnes() {
        #expect(run([(.toClient, Self.compressed)]).map { texts($0, .webSocketPayload, .toClient) } == [["Hello"], ["Hello"]])
    }

    @Test func limits() throws {
        var limits = ParserLimits()
        limits.webSocketPayloadLimit = 4
        let all = run([(.toServer, Self.masked), (.toServer, Self.split)], limits: limits)
        try #require(all.count == 4)
        #expect(texts(all[0], .webSocketPayload, .toServer) == ["Hell"])
        #expect(all[0].events == [WebSocketFields.Event.skipEndOfPayload.rawValue])
        #expect(texts(all[3], .webSocketPayload, .toServer) == ["Hell"])
        #expect(all[3].events == [WebSocketFields.Event.reassemblyLimitReached.rawValue])
    }

    @Test func theUpgradeLeadsHere() throws {
        let run = ParserRun(HTTP1Parser(limits: ParserLimits()))
        run.feed(Array("GET /chat HTTP/1.1\r\nHost: a.vn\r\nUpgrade: websocket\r\n\r\n".utf8), .toServer)
        run.feed(Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n".utf8), .toClient)
        #expect(run.status == .upgrade)
        #expect(run.parser.successor?.descriptor.name == "websocket")
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(
            Conversation([(.toServer, Self.masked), (.toClient, Self.split), (.toClient, Self.compressed)]), seed: 63, mutations: 500
        ) { WebSocketParser(limits: ParserLimits()) }
    }
}
