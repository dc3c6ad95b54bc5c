import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct RDPParserTests {
    private static func packet(_ content: [UInt8]) -> [UInt8] {
        [3, 0, UInt8((content.count + 4) >> 8), UInt8((content.count + 4) & 255)] + content
    }
    private static func connection(_ code: UInt8, _ variable: [UInt8]) -> [UInt8] {
        packet([UInt8(6 + variable.count), code, 0, 0, 0, 0, 0] + variable)
    }
    private static func wide(_ text: String, _ size: Int) -> [UInt8] {
        let bytes: [UInt8] = text.utf8.flatMap { [$0, 0] as [UInt8] }
        return bytes + [UInt8](repeating: 0, count: size - bytes.count)
    }
    private static func block(_ type: Int, _ content: [UInt8]) -> [UInt8] {
        [UInt8(type & 255), UInt8(type >> 8), UInt8((content.count + 4) & 255), UInt8((content.count + 4) >> 8)] + content
    }

    private static let core: [UInt8] =
        [4, 0, 8, 0, 0x80, 7, 0x38, 4, 1, 0xca, 3, 0xaa, 0x2a, 4, 0, 0, 0xb1, 0x1d, 0, 0] + wide("MINH-PC", 32)
        + [4, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0] + wide("", 64) + [1, 0xca, 1, 0, 0, 0, 0, 0, 24, 0, 7, 0, 3, 0] + wide("id-7", 64)
        + [6, 0, 0, 0, 0, 0]
    private static let channels: [UInt8] = [1, 0, 0, 0] + Array("rdpdr\0\0\0".utf8) + [0, 0, 0, 0x80]
    private static let connect = packet(
        [2, 0xf0, 0x80, 0x7f, 0x65, 0x82, 1, 0] + Array("Duca".utf8) + [0x81, 0x10] + block(0xc001, core) + block(0xc003, channels))
    private static let connected = packet([2, 0xf0, 0x80, 0x7f, 0x66, 0x10])
    private static let ask = connection(0xe0, Array("Cookie: mstshash=minh\r\n".utf8) + [1, 1, 8, 0, 3, 0, 0, 0])
    private static let agree = connection(0xd0, [2, 0x1f, 8, 0, 1, 0, 0, 0])

    private func run(_ pieces: [(FlowDirection, [UInt8])]) -> ParserRun {
        let run = ParserRun(RDPParser(limits: ParserLimits()))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    private var conversation: [(FlowDirection, [UInt8])] {
        [(.toServer, Self.ask), (.toClient, Self.agree), (.toServer, Self.connect), (.toClient, Self.connected)]
    }

    @Test func connectionSequence() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 4)
        #expect(
            eve(all[0])
                == #"{"rdp":{"tx_id":1,"event_type":"initial_request","cookie":"minh","flags":["restricted_admin_mode_required"]}}"#)
        #expect(
            eve(all[1])
                == #"{"rdp":{"tx_id":2,"event_type":"initial_response","server_supports":["extended_client_data","dynvc_gfx","restricted_admin","redirected_authentication"],"protocol":"ssl"}}"#
        )
        #expect(
            eve(all[2])
                == #"{"rdp":{"tx_id":3,"event_type":"connect_request","client":{"version":"v5","desktop_width":1920,"desktop_height":1080,"color_depth":24,"keyboard_layout":"vi-VN","build":"Windows 7 SP1","client_name":"MINH-PC","keyboard_type":"enhanced","function_keys":12,"product_id":1,"capabilities":["support_errinfo_pdf","want_32bpp_session"],"id":"id-7","connection_hint":"lan"},"channels":["rdpdr"]}}"#
        )
        #expect(eve(all[3]) == #"{"rdp":{"tx_id":4,"event_type":"connect_response"}}"#)
    }

    @Test func refusals() throws {
        let all = run([(.toServer, Self.ask), (.toClient, Self.connection(0xd0, [3, 0, 8, 0, 5, 0, 0, 0]))]).parser.transactions
        #expect(
            eve(all[1])
                == #"{"rdp":{"tx_id":2,"event_type":"initial_response","error_code":5,"reason":"hybrid required by server"}}"#)
    }

    @Test func certificatesOfTLS() throws {
        // A certificate as far as its serial number, in a handshake message, in a record.
        let certificate: [UInt8] = [0x30, 11, 0x30, 9, 0xa0, 3, 2, 1, 2, 2, 2, 0, 0x9c]
        let message: [UInt8] = [11, 0, 0, 19, 0, 0, 16, 0, 0, 13] + certificate
        let record: [UInt8] = [22, 3, 3, 0, UInt8(message.count)] + message
        let all = run([(.toServer, Self.ask), (.toClient, Self.agree), (.toServer, [22, 3, 1, 0, 1, 1]), (.toClient, record)])
            .parser.transactions
        try #require(all.count == 3)
        #expect(eve(all[2]) == #"{"rdp":{"tx_id":3,"event_type":"tls_handshake","x509_serials":["9c"]}}"#)
    }

    @Test func probing() {
        func probe(_ bytes: [UInt8], _ direction: FlowDirection) -> ProbeResult { RDPParser.descriptor.probe(bytes.rawSpan, direction) }
        #expect(probe(Self.ask, .toServer) == .certain)
        #expect(probe(Self.agree, .toClient) == .certain)
        #expect(probe(Self.connection(0xe0, []), .toServer) == .certain)
        // S7 asks for its connection with parameters.
        #expect(probe(Self.connection(0xe0, [0xc1, 2, 1, 0, 0xc2, 2, 1, 2, 0xc0, 1, 10]), .toServer) == .no)
        #expect(probe([3, 0], .toServer) == .unsure)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 83) { RDPParser(limits: ParserLimits()) }
    }
}
