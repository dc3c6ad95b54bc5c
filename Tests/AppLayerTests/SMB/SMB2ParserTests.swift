import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct SMB2ParserTests {
    private typealias M = SMBMessages

    private static func to(_ message: [UInt8]) -> (direction: FlowDirection, bytes: [UInt8]) { (.toServer, M.frame(message)) }
    private static func from(_ message: [UInt8]) -> (direction: FlowDirection, bytes: [UInt8]) { (.toClient, M.frame(message)) }

    private static func run(_ pieces: [(direction: FlowDirection, bytes: [UInt8])], _ limits: ParserLimits = ParserLimits())
        -> [Transaction]
    {
        let run = ParserRun(SMBParser(limits: limits))
        run.feed(Conversation(pieces), ending: false)
        return run.parser.transactions
    }

    private static let logon = [
        to(M.smb2(0, M.negotiate, message: 0, tree: 0, session: 0)),
        from(M.smb2(0, M.negotiateAnswer, isAnswer: true, message: 0, tree: 0, session: 0)),
        to(M.smb2(1, M.sessionSetup(M.authenticate(domain: "CƠQUAN", user: "lan", host: "PC1")), message: 1, tree: 0, session: 0)),
        from(M.smb2(1, M.little(UInt16(9)) + M.zeros(6), isAnswer: true, message: 1, tree: 0)),
    ]

    private static func tree(_ path: String, _ type: UInt8) -> [(direction: FlowDirection, bytes: [UInt8])] {
        [
            to(M.smb2(3, M.treeConnect(path), message: 2, tree: 0)),
            from(M.smb2(3, M.treeConnectAnswer(type), isAnswer: true, message: 2)),
        ]
    }

    private static func open(_ name: String, size: UInt64 = 0) -> [(direction: FlowDirection, bytes: [UInt8])] {
        [to(M.smb2(5, M.create(name), message: 3)), from(M.smb2(5, M.createAnswer(size: size), isAnswer: true, message: 3))]
    }

    private static let closing = [
        to(M.smb2(6, M.close, message: 9)), from(M.smb2(6, M.little(UInt16(60)) + M.zeros(58), isAnswer: true, message: 9)),
    ]

    @Test func negotiationAndLogon() throws {
        let all = Self.run(Self.logon)
        try #require(all.count == 2)
        #expect(
            eve(all[0])
                == #"{"smb":{"id":1,"dialect":"3.11","command":"SMB2_COMMAND_NEGOTIATE_PROTOCOL","status":"STATUS_SUCCESS","status_code":"0x0","session_id":0,"tree_id":0,"client_dialects":["2.02","3.11"],"client_guid":"04030201-0605-0807-0a09-0c0b100f0e0d","server_guid":"04030201-0605-0807-0a09-0c0b100f0e0d","max_read_size":65536,"max_write_size":65536}}"#
        )
        #expect(
            eve(all[1])
                == #"{"smb":{"id":2,"dialect":"3.11","command":"SMB2_COMMAND_SESSION_SETUP","status":"STATUS_SUCCESS","status_code":"0x0","session_id":77,"tree_id":0,"ntlmssp":{"domain":"CƠQUAN","user":"lan","host":"PC1","version":"6.1 build 7601 rev 15"}}}"#
        )
        #expect(texts(all[1], .smbNTLMUser, .toServer) == ["lan"])
        #expect(texts(all[1], .smbNTLMDomain, .toServer) == ["CƠQUAN"])
        #expect(numbers(all[1], .smbVersion, .toServer) == [2])
        let isComplete = all.allSatisfy { $0.isComplete }
        #expect(isComplete)
    }

    @Test func sharesAndPipes() throws {
        let share = try #require(Self.run(Self.tree(#"\\10.0.0.1\dữ liệu"#, 1)).first)
        #expect(texts(share, .smbShare, .toServer) == [#"\\10.0.0.1\dữ liệu"#])
        #expect(texts(share, .smbNamedPipe, .toServer).isEmpty)
        #expect(eve(share).contains(#""tree_id":5,"share":"\\\\10.0.0.1\\dữ liệu","share_type":"FILE""#))
        let pipe = try #require(Self.run(Self.tree(#"\\10.0.0.1\IPC$"#, 2)).first)
        #expect(texts(pipe, .smbNamedPipe, .toServer) == [#"\\10.0.0.1\IPC$"#])
        #expect(texts(pipe, .smbShare, .toServer).isEmpty)
        let refused = Self.run([
            Self.to(M.smb2(3, M.treeConnect(#"\\a\b"#), message: 2, tree: 0)),
            Self.from(M.smb2(3, [9, 0, 0, 0, 0, 0, 0, 0, 0], isAnswer: true, status: 0xc000_0022, message: 2, tree: 0)),
        ])
        #expect(eve(try #require(refused.first)).contains(#""status":"STATUS_ACCESS_DENIED","status_code":"0xc0000022""#))
    }

    @Test func openedFilesHaveTheirFacts() throws {
        let all = Self.run(Self.open("thư mục\\tệp.txt", size: 12))
        #expect(
            eve(try #require(all.first))
                == #"{"smb":{"id":1,"dialect":"unknown","command":"SMB2_COMMAND_CREATE","status":"STATUS_SUCCESS","status_code":"0x0","session_id":77,"tree_id":5,"filename":"thư mục\\tệp.txt","disposition":"FILE_OPEN","access":"normal","created":1512484600,"accessed":0,"modified":0,"changed":0,"size":12,"fuid":"04030201-0605-0807-0a09-0c0b100f0e0d"}}"#
        )
    }

    @Test func filesAreReadInAnyOrder() throws {
        let content = Array("the first part, the second part".utf8)
        var pieces = Self.tree(#"\\a\b"#, 1) + Self.open("f")
        pieces += [
            Self.to(M.smb2(8, M.read(16, at: 0), message: 4)), Self.to(M.smb2(8, M.read(16, at: 16), message: 5)),
            // Asynchronous answers do not name the tree.
            Self.from(M.smb2(8, M.readAnswer(Array(content[16...])), isAnswer: true, message: 5, tree: 9, isAsync: true)),
            Self.from(M.smb2(8, M.readAnswer(Array(content[..<16])), isAnswer: true, message: 4)),
        ]
        let all = Self.run(pieces + Self.closing)
        let transfer = try #require(all.first { !$0.files.isEmpty })
        let file = transfer.files[0]
        #expect(file.content.bytes == content)
        #expect(file.name == [102])
        #expect(file.state == .closed)
        #expect(file.direction == .toClient)
        #expect(
            eve(transfer).contains(
                #""command":"SMB2_COMMAND_READ","status":"STATUS_SUCCESS","status_code":"0x0","session_id":77,"tree_id":0,"filename":"f","share":"","#
            ))
    }

    @Test func largeWritesAreTakenInPieces() throws {
        let content = (0..<3000).map { UInt8($0 % 251) }
        let whole = Conversation(
            Self.tree(#"\\a\b"#, 1) + Self.open("f") + [Self.to(M.smb2(9, M.write(content), message: 4))] + Self.closing)
        for conversation in [whole, whole.byteByByte] {
            let run = ParserRun(SMBParser(limits: ParserLimits()))
            run.feed(conversation, ending: false)
            let file = try #require(run.parser.transactions.first { !$0.files.isEmpty }?.files.first)
            #expect(file.content.bytes == content)
            #expect(file.state == .closed)
            #expect(file.direction == .toServer)
        }
    }

    @Test func renamesAndDeletions() throws {
        let rename =
            M.little(UInt16(33)) + [1, 10] + M.little(UInt32(20 + 8)) + M.zeros(8) + M.guid + M.zeros(16) + M.little(UInt32(8))
            + M.wide("new1")
        let delete = M.little(UInt16(33)) + [1, 13] + M.little(UInt32(1)) + M.zeros(8) + M.guid + [1]
        let all = Self.run(
            Self.open("old") + [Self.to(M.smb2(17, rename, message: 4)), Self.to(M.smb2(17, delete, message: 5))])
        try #require(all.count == 3)
        #expect(
            eve(all[1]).contains(
                #""set_info":{"class":"FILE_INFO","info_level":"SMB2_FILE_RENAME_INFO"},"rename":{"from":"old","to":"new1"},"fuid":"04030201-"#
            ))
        #expect(eve(all[2]).contains(#""filename":"old","access":"delete on close","fuid":"#))
    }

    private static func pdu(_ type: UInt8, call: UInt8, _ body: [UInt8]) -> [UInt8] {
        [5, 0, type, 3, 0x10, 0, 0, 0] + M.little(UInt16(16 + body.count)) + [0, 0, call, 0, 0, 0] + body
    }

    private static let bind = pdu(
        11, call: 1,
        [0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]
            + [0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0, 0x10, 3, 2, 0, 0, 0] + M.zeros(20))

    private static let bound = pdu(12, call: 1, [0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 4, 0, 49, 51, 53, 0, 0, 0, 1, 0, 0, 0] + M.zeros(24))

    private static func control(_ data: [UInt8]) -> [UInt8] {
        M.little(UInt16(57)) + [0, 0] + M.little(UInt32(0x11c017)) + M.guid + M.zeros(4) + M.little(UInt32(data.count)) + M.zeros(24) + data
    }

    private static func controlAnswer(_ data: [UInt8]) -> [UInt8] {
        M.little(UInt16(49)) + [0, 0] + M.little(UInt32(0x11c017)) + M.guid + M.zeros(12) + M.little(UInt32(data.count)) + M.zeros(8) + data
    }

    private static let call = pdu(0, call: 2, [0, 0, 0, 0, 0, 0, 15, 0] + Array("stub".utf8))
    private static let answer = pdu(2, call: 2, M.zeros(8) + Array("result".utf8))

    private static let pipe: [(direction: FlowDirection, bytes: [UInt8])] =
        tree(#"\\a\IPC$"#, 2) + open("svcctl") + [
            to(M.smb2(9, M.write(bind), message: 4)), to(M.smb2(8, M.read(1024), message: 5)),
            from(M.smb2(8, M.readAnswer(bound), isAnswer: true, message: 5)), to(M.smb2(11, control(call), message: 6)),
            from(M.smb2(11, controlAnswer(answer), isAnswer: true, message: 6)),
        ]

    @Test func callsOnPipes() throws {
        let all = Self.run(Self.pipe)
        try #require(all.count == 4)
        #expect(
            eve(all[2])
                == #"{"smb":{"id":3,"dialect":"unknown","command":"SMB2_COMMAND_WRITE","status":"STATUS_SUCCESS","status_code":"0x0","session_id":77,"tree_id":5,"dcerpc":{"request":"BIND","response":"BINDACK","interfaces":[{"uuid":"367abb81-9844-35f1-ad32-98f038001003","version":"2.0","ack_result":0,"ack_reason":0}],"call_id":1}}}"#
        )
        #expect(
            eve(all[3]).contains(
                #""dcerpc":{"request":"REQUEST","response":"RESPONSE","opnum":15,"req":{"frag_cnt":1,"stub_data_size":4},"interfaces":[{"uuid":"367abb81-9844-35f1-ad32-98f038001003","version":"2.0"}],"res":{"frag_cnt":1,"stub_data_size":6},"call_id":2}"#
            ))
        #expect(numbers(all[3], .dcerpcOperation, .toServer) == [15])
        #expect(texts(all[3], .dcerpcStubData, .toServer) == ["stub"])
        #expect(texts(all[3], .dcerpcStubData, .toClient) == ["result"])
        #expect(values(all[3], .dcerpcInterface, .toServer).count == 1)
        #expect(values(all[2], .dcerpcInterface, .toServer).isEmpty)
        let isLittle = all[3].isLittleEndian
        #expect(isLittle)
    }

    @Test func compoundsAreTakenApart() throws {
        var first = M.smb2(5, M.create("compound"), message: 3)
        first += M.zeros((8 - first.count % 8) % 8)
        let next = UInt32(first.count)
        first.replaceSubrange(20..<24, with: M.little(next))
        let all = Self.run([Self.to(first + M.smb2(6, M.close, message: 4))])
        #expect(all.map { ($0 as? SMBTransaction)?.command } == [.smb2(5), .smb2(6)])
    }

    @Test func pendingAnswersAreNotTheLast() throws {
        let request = Self.to(M.smb2(15, M.zeros(32), message: 4))
        let pending = Self.from(M.smb2(15, M.zeros(9), isAnswer: true, status: 0x103, message: 4, isAsync: true))
        let final = Self.from(M.smb2(15, M.zeros(9), isAnswer: true, message: 4, isAsync: true))
        let waiting = try #require(Self.run([request, pending]).first)
        let isWaiting = !waiting.isComplete
        #expect(isWaiting)
        let done = try #require(Self.run([request, pending, final]).first)
        let isDone = done.isComplete
        #expect(isDone)
        #expect(eve(done).contains(#""status":"STATUS_SUCCESS""#))
    }

    @Test func tooMuchIsRefused() throws {
        var limits = ParserLimits()
        limits.smb.maxWriteSize = 100
        let large = Self.run(Self.open("f") + [Self.to(M.smb2(9, M.write(M.zeros(101)), message: 4))], limits)
        #expect(large.last?.events == [SMBFields.Event.writeRequestTooLarge.rawValue])
        limits = ParserLimits()
        limits.smb.maxWriteQueueCount = 2
        let early = (1...3).map { Self.to(M.smb2(9, M.write([1, 2], at: UInt64($0 * 10)), message: UInt64(3 + $0))) }
        #expect(Self.run(early, limits).last?.events == [SMBFields.Event.writeQueueCountExceeded.rawValue])
        limits = ParserLimits()
        limits.transactionLimits["smb"] = 3
        let run = ParserRun(SMBParser(limits: limits))
        run.feed(Conversation((0..<9).map { Self.to(M.smb2(13, M.zeros(4), message: UInt64($0))) }), ending: false)
        #expect(run.status == .failed)
        #expect(run.parser.transactions.last?.events == [SMBFields.Event.tooManyTransactions.rawValue])
    }

    @Test func goesOnAfterAGap() throws {
        let parser = SMBParser(limits: ParserLimits())
        let run = ParserRun(parser)
        run.feed(Conversation(Self.open("f")), ending: false)
        #expect(parser.gap(50, .toServer, time: Timestamp(seconds: 1_700_000_000)))
        run.feed(Array("lost rest of a record".utf8) + M.frame(M.smb2(6, M.close, message: 4)), .toServer)
        #expect(parser.transactions.compactMap { ($0 as? SMBTransaction)?.command } == [.smb2(5), .smb2(6)])
    }

    @Test func aGapInAFileLeavesTheRest() throws {
        let parser = SMBParser(limits: ParserLimits())
        let run = ParserRun(parser)
        let record = M.frame(M.smb2(9, M.write(M.zeros(2000)), message: 4))
        run.feed(Conversation(Self.open("f")), ending: false)
        run.feed(Array(record[..<1000]), .toServer)
        #expect(parser.gap(500, .toServer, time: Timestamp(seconds: 1_700_000_000)))
        run.feed(Array(record[1500...]) + M.frame(M.smb2(6, M.close, message: 9)), .toServer)
        let file = try #require(parser.transactions.first { !$0.files.isEmpty }?.files.first)
        #expect(file.content.hasGap)
        // A file with a hole is not whole, even when its end was seen.
        #expect(file.state == .truncated)
    }

    @Test func encryptedRecordsArePassedBy() throws {
        let sealed = [0xfd] + Array("SMB".utf8) + M.zeros(32) + M.little(UInt32(20)) + [0, 0, 1, 0] + M.zeros(8) + M.zeros(20)
        let all = Self.run([Self.to(sealed), Self.from(sealed)] + Self.open("f"))
        #expect(all.count == 1)
    }

    @Test func probing() {
        let probe = SMBParser.descriptor.probe
        func ask(_ bytes: [UInt8]) -> String { "\(probe(bytes.rawSpan, .toServer))" }
        #expect(ask(M.frame(M.smb2(0, M.negotiate))) == "certain")
        #expect(ask([0, 0, 0]) == "unsure")
        #expect(ask(Array("GET / HTTP/1.1\r\n".utf8)) == "no")
        #expect(ask(M.frame(M.zeros(68), type: 0x81)) == "unsure")
        #expect(ask(M.frame(M.zeros(68), type: 0x81) + M.frame(M.smb2(0, M.negotiate))) == "certain")
    }

    @Test func prefixesPiecesAndMutations() {
        let conversation = Conversation(Self.logon + Self.pipe + Self.closing)
        exercise(conversation, seed: 81, prefixStep: 3) { SMBParser(limits: ParserLimits()) }
    }
}
