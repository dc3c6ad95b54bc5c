import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct SMB1ParserTests {
    private typealias M = SMBMessages

    private static func to(_ message: [UInt8]) -> (direction: FlowDirection, bytes: [UInt8]) { (.toServer, M.frame(message)) }
    private static func from(_ message: [UInt8]) -> (direction: FlowDirection, bytes: [UInt8]) { (.toClient, M.frame(message)) }

    private static func run(_ pieces: [(direction: FlowDirection, bytes: [UInt8])]) -> [Transaction] {
        let run = ParserRun(SMBParser(limits: ParserLimits()))
        run.feed(Conversation(pieces), ending: false)
        return run.parser.transactions
    }

    private static let negotiation = [
        to(M.smb1(0x72, [0, 24, 0] + Array("\u{2}PC NETWORK\0\u{2}NT LM 0.12\0".utf8), user: 0)),
        from(M.smb1(0x72, [17, 1, 0] + M.zeros(32) + [16, 0] + M.guid, isAnswer: true, user: 0)),
    ]

    private static let session = [
        to(
            M.smb1(
                0x73, [12, 0xff, 0, 0, 0] + M.zeros(10) + [0, 0] + M.zeros(8) + [20, 0] + [0] + M.wide("Unix\0Samba\0"), user: 0,
                multiplex: 2)),
        from(
            M.smb1(0x73, [3, 0xff, 0, 0, 0, 0, 0, 20, 0, 0] + M.wide("Windows\0LM\0"), isAnswer: true, multiplex: 2)),
    ]

    private static func tree(_ service: String) -> [(direction: FlowDirection, bytes: [UInt8])] {
        [
            to(
                M.smb1(
                    0x75, [4, 0xff, 0, 0, 0, 0, 0, 1, 0, 30, 0, 0] + M.wide("\\\\srv\\x\0") + Array("?????\0".utf8), tree: 0, multiplex: 3)),
            from(
                M.smb1(0x75, [3, 0xff, 0, 0, 0, 1, 0, 10, 0] + Array("\(service)\0NTFS\0".utf8), isAnswer: true, multiplex: 3)),
        ]
    }

    private static let file = [
        to(
            M.smb1(
                0xa2,
                [24, 0xff, 0, 0, 0, 0, 12, 0] + M.zeros(28) + M.little(UInt32(2)) + M.little(UInt32(0)) + M.zeros(5) + [15, 0, 0]
                    + M.wide("\\eicar\0"), multiplex: 4)),
        from(
            M.smb1(
                0xa2, [34, 0xff, 0, 0, 0, 0] + M.little(UInt16(0x4000)) + M.zeros(4) + M.zeros(32) + M.zeros(4) + M.zeros(8) + M.zeros(15),
                isAnswer: true, multiplex: 4)),
        to(M.smb1(0x2f, M.writeAndX(Array("content of the file".utf8)), multiplex: 5)),
        from(M.smb1(0x2f, [6, 0xff, 0, 0, 0] + M.zeros(10), isAnswer: true, multiplex: 5)),
        to(M.smb1(0x04, [3] + M.little(UInt16(0x4000)) + M.zeros(6), multiplex: 6)),
        from(M.smb1(0x04, [0, 0, 0], isAnswer: true, multiplex: 6)),
    ]

    @Test func negotiationAndSession() throws {
        let all = Self.run(Self.negotiation + Self.session)
        try #require(all.count == 2)
        #expect(
            eve(all[0]).contains(
                #""dialect":"NT LM 0.12","command":"SMB1_COMMAND_NEGOTIATE_PROTOCOL","status":"STATUS_SUCCESS","status_code":"0x0","session_id":0,"tree_id":0,"client_dialects":["PC NETWORK","NT LM 0.12"],"server_guid":"04030201-"#
            ))
        #expect(
            eve(all[1]).contains(
                #""session_id":9,"tree_id":3,"request":{"native_os":"Unix","native_lm":"Samba"},"response":{"native_os":"Windows","native_lm":"LM"}"#
            ))
        #expect(numbers(all[1], .smbVersion, .toClient) == [1])
    }

    @Test func treesOfBothKinds() throws {
        let share = try #require(Self.run(Self.tree("A:")).first)
        #expect(eve(share).contains(#""tree_id":3,"share":"\\srv\\x","service":{"request":"?????","response":"A:"}"#))
        #expect(texts(share, .smbShare, .toServer) == [#"\srv\x"#])
        let pipe = try #require(Self.run(Self.tree("IPC")).first)
        #expect(texts(pipe, .smbNamedPipe, .toServer) == [#"\srv\x"#])
    }

    @Test func filesAreWritten() throws {
        let all = Self.run(Self.tree("A:") + Self.file)
        let transfer = try #require(all.first { !$0.files.isEmpty })
        #expect(String(decoding: transfer.files[0].content.bytes, as: UTF8.self) == "content of the file")
        #expect(String(decoding: transfer.files[0].name, as: UTF8.self) == "\\eicar")
        #expect(transfer.files[0].state == .closed)
        #expect(eve(transfer).contains(#""command":"SMB1_COMMAND_WRITE_ANDX""#))
        #expect(eve(transfer).contains(#""filename":"\\eicar","share":"\\srv\\x","fuid":"4000""#))
    }

    @Test func renames() throws {
        let names = [4] + M.wide("a.txt\0") + [4, 0] + M.wide("b.txt\0")
        let all = Self.run([Self.to(M.smb1(0x07, [1, 0, 0, UInt8(names.count), 0] + names))])
        #expect(eve(try #require(all.first)).contains(#""rename":{"from":"a.txt","to":"b.txt"},"fuid":"""#))
    }

    @Test func errorsFromBeforeNT() throws {
        let all = Self.run([
            Self.to(M.smb1(0x74, [2, 0xff, 0, 0, 0, 0, 0], flags2: 0x8001)),
            Self.from(M.smb1(0x74, [0, 0, 0], isAnswer: true, status: 0x005b_0002, flags2: 0x8001)),
        ])
        #expect(eve(try #require(all.first)).contains(#""status":"SRV_BADUID","status_code":"0x005b""#))
    }

    @Test func brokenRequestsAreTold() throws {
        let all = Self.run([Self.to(M.smb1(0xa2, [24, 0xff, 0]))])
        #expect(all.first?.events == [SMBFields.Event.malformedData.rawValue])
        let again = Self.run([Self.negotiation[0], Self.negotiation[0]])
        #expect(again.map(\.events) == [[SMBFields.Event.duplicateNegotiate.rawValue]])
    }

    @Test func prefixesPiecesAndMutations() {
        let conversation = Conversation(Self.negotiation + Self.session + Self.tree("A:") + Self.file)
        exercise(conversation, seed: 82, prefixStep: 3) { SMBParser(limits: ParserLimits()) }
    }
}
