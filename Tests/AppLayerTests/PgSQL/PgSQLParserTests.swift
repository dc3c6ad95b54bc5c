import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct PgSQLParserTests {
    private static func word(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }
    private static func message(_ letter: String, _ body: [UInt8] = []) -> [UInt8] {
        Array(letter.utf8) + word(body.count + 4) + body
    }
    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }
    private static func first(_ version: Int, _ body: [UInt8] = []) -> [UInt8] { word(body.count + 8) + word(version) + body }

    private static let sslRequest = first(80_877_103)
    private static let startup = first(
        196_608, text("user") + text("minh") + text("database") + text("books") + text("DateStyle") + text("ISO") + [0])
    private static let md5 = message("R", word(5) + [1, 2, 3, 4])
    private static let password = message("p", text("md5abc"))
    private static let ready = message("Z", [0x49])
    private static let welcome =
        message("R", word(0)) + message("S", text("TimeZone") + text("UTC")) + message("S", text("is_superuser") + text("on"))
        + message("K", word(77) + word(88)) + ready
    private static let query = message("Q", text("SELECT 1;"))
    private static let row = message("D", [0, 2] + word(3) + Array("abc".utf8) + word(0xffff_ffff))
    private static let answer =
        message("T", [0, 2]) + row + row + message("C", text("SELECT 2")) + ready
    private static let error = message("E", [0x53] + text("ERROR") + [0x43] + text("42601") + [0x4d] + text("syntax") + [0])

    private func run(_ pieces: [(FlowDirection, [UInt8])]) -> ParserRun {
        let run = ParserRun(PgSQLParser(limits: ParserLimits()))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, Self.sslRequest), (.toClient, [0x4e]), (.toServer, Self.startup), (.toClient, Self.md5),
            (.toServer, Self.password), (.toClient, Self.welcome), (.toServer, Self.query), (.toClient, Self.answer),
            (.toServer, Self.message("Q", Self.text("SELEC"))), (.toClient, Self.error + Self.ready), (.toServer, Self.message("X")),
        ]
    }

    @Test func exchanges() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 6)
        #expect(texts(all[3], .pgsqlQuery, .toServer) == ["SELECT 1;"])
        #expect(eve(all[0]) == #"{"pgsql":{"tx_id":1,"request":{"message":"SSL Request"},"response":{"ssl_accepted":false}}}"#)
        #expect(
            eve(all[1])
                == #"{"pgsql":{"tx_id":2,"request":{"protocol_version":"3.0","startup_parameters":{"user":"minh","optional_parameters":[{"database":"books"},{"date_style":"ISO"}]}},"response":{"authentication_md5_password":"\u0001\u0002\u0003\u0004"}}}"#
        )
        #expect(
            eve(all[2])
                == #"{"pgsql":{"tx_id":3,"request":{},"response":{"message":"authentication_ok","parameter_status":[{"time_zone":"UTC"},{"is_superuser":"on"}],"process_id":77,"secret_key":88}}}"#
        )
        #expect(eve(all[2], LogOptions(custom: ["passwords"])).contains(#""request":{"password":"md5abc"}"#))
        #expect(
            eve(all[3])
                == #"{"pgsql":{"tx_id":4,"request":{"simple_query":"SELECT 1;"},"response":{"field_count":2,"data_rows":2,"data_size":6,"command_completed":"SELECT 2"}}}"#
        )
        #expect(
            eve(all[4]).contains(#""response":{"severity_localizable":"ERROR","code":"42601","message":"syntax"}"#))
        #expect(eve(all[5]) == #"{"pgsql":{"tx_id":6,"request":{"message":"termination_message"}}}"#)
        let complete = all.allSatisfy(\.isComplete)
        #expect(complete)
    }

    @Test func copies() throws {
        let all = run([
            (.toServer, Self.startup), (.toClient, Self.welcome), (.toServer, Self.message("Q", Self.text("COPY t FROM STDIN"))),
            (.toClient, Self.message("G", [0, 0, 3])), (.toServer, Self.message("d", [1, 2, 3]) + Self.message("d", [4])),
            (.toServer, Self.message("c")), (.toClient, Self.message("C", Self.text("COPY 2")) + Self.ready),
            (.toServer, Self.message("Q", Self.text("COPY t TO STDOUT"))),
            (.toClient, Self.message("H", [0, 0, 3]) + Self.message("d", [1, 2]) + Self.message("c")),
            (.toClient, Self.message("C", Self.text("COPY 1")) + Self.ready),
        ]).parser.transactions
        try #require(all.count == 4)
        #expect(eve(all[1]).contains(#""response":{"copy_in_response":{"columns":3}}"#))
        #expect(
            eve(all[2])
                == #"{"pgsql":{"tx_id":3,"request":{"copy_data_in":{"msg_count":2,"data_size":4},"message":"copy_done"},"response":{"command_completed":"COPY 2"}}}"#
        )
        #expect(
            eve(all[3]).contains(
                #""copy_out_response":{"columns":3},"message":"copy_done","copy_data_out":{"row_count":1,"data_size":2},"command_completed":"COPY 1""#
            ))
    }

    @Test func acceptedTLSLeadsToAnotherProtocol() {
        #expect(run([(.toServer, Self.sslRequest), (.toClient, [0x53])]).status == .upgrade)
    }

    @Test func cancelRequestsEndAlone() throws {
        let all = run([(.toServer, Self.first(80_877_102, Self.word(7) + Self.word(9)))]).parser.transactions
        try #require(all.count == 1)
        #expect(eve(all[0]) == #"{"pgsql":{"tx_id":1,"request":{"message":"cancel_request","process_id":7,"secret_key":9}}}"#)
    }

    @Test func largeMessagesArePassedOver() throws {
        let run = ParserRun(PgSQLParser(limits: ParserLimits()))
        run.feed(Self.startup, .toServer)
        run.feed(Self.welcome, .toClient)
        run.feed(Array("Q".utf8) + Self.word(1 << 30), .toServer)
        run.feed([UInt8](repeating: 32, count: 4096), .toServer)
        #expect(run.status == .ok)
        #expect(run.parser.transactions.count == 1)
    }

    @Test func probing() {
        func probe(_ bytes: [UInt8], _ direction: FlowDirection) -> ProbeResult { PgSQLParser.descriptor.probe(bytes.rawSpan, direction) }
        #expect(probe(Self.startup, .toServer) == .certain)
        #expect(probe(Self.welcome, .toClient) == .certain)
        #expect(probe(Array(Self.startup.prefix(9)), .toServer) == .unsure)
        #expect(probe(Array("GET / HTTP/1.1\r\n\r\n".utf8), .toServer) == .no)
        #expect(probe(Self.message("P", [1, 2]), .toServer) == .no)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 74) { PgSQLParser(limits: ParserLimits()) }
    }
}
