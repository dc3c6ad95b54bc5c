import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct FTPParserTests {
    private let lines: [(FlowDirection, String)] = [
        (.toClient, "220-Welcome\r\n220 ready\r\n"), (.toServer, "USER anonymous\r\n"), (.toClient, "331 Password\r\n"),
        (.toServer, "pasv\r\n"), (.toClient, "227 Entering Passive Mode (10,0,0,9,200,13).\r\n"), (.toServer, "RETR report.doc\r\n"),
        (.toClient, "150 Opening\r\n226 Done\r\n"), (.toServer, "PORT 10,0,0,1,4,1\r\n"), (.toClient, "200 ok\r\n"),
        (.toServer, "STOR up.bin\r\n"), (.toClient, "550 no\r\n"),
    ]

    private func run(_ lines: [(FlowDirection, String)]) -> ParserRun {
        let run = ParserRun(FTPParser(limits: ParserLimits()))
        run.feed(Conversation(lines: lines))
        return run
    }

    @Test func commandsMeetTheirReplies() throws {
        let run = run(lines)
        try #require(run.parser.transactions.count == 6)
        let all = run.parser.transactions
        #expect(texts(all[0], .ftpReply, .toClient) == ["Welcome", "ready"])
        #expect(texts(all[1], .ftpCommand, .toServer) == ["USER"])
        #expect(texts(all[1], .ftpCommandData, .toServer) == ["anonymous"])
        #expect(texts(all[1], .ftpCompletionCode, .toClient) == ["331"])
        #expect(texts(all[2], .ftpCommand, .toServer) == ["PASV"])
        #expect(numbers(all[2], .ftpDynamicPort, .toClient) == [51_213])
        #expect(numbers(all[2], .ftpMode, .toClient) == [2])
        #expect(texts(all[3], .ftpCompletionCode, .toClient) == ["150", "226"])
        #expect(numbers(all[4], .ftpMode, .toServer) == [1])
        let open = all.filter { !$0.isComplete }
        #expect(open.isEmpty)
    }

    @Test func transfersAnnounceTheirDataFlows() throws {
        let run = run(lines)
        let expected = run.parser.expected
        try #require(expected.count == 2)
        let ports = expected.map(\.port.rawValue)
        #expect(ports == [51_213, 1025])
        let download = expected[0].parser
        _ = download.consume(Array("secret".utf8).rawSpan, .toClient, time: Timestamp(seconds: 1))
        download.end(.toClient, time: Timestamp(seconds: 2))
        let file = try #require(download.transactions.first?.files.first)
        #expect(file.content.bytes == Array("secret".utf8) && file.state == .closed)
        #expect(eve(download.transactions[0]) == #"{"ftp_data":{"filename":"report.doc","command":"RETR"}}"#)
        // In active mode the server opens the connection, so an upload goes to that flow's client.
        #expect(expected[1].parser.transactions.first?.files.first?.direction == .toClient)
    }

    @Test func eveEvent() throws {
        let text = eve(run(lines).parser.transactions[2])
        #expect(
            text
                == #"{"ftp":{"command":"PASV","completion_code":["227"],"reply":["Entering Passive Mode (10,0,0,9,200,13)."],"dynamic_port":51213,"mode":"passive","reply_received":"yes","reply_truncated":false}}"#
        )
    }

    @Test(arguments: [
        ("|1|10.0.0.1|6275|", 6275), ("|2|::1|5282|", 5282), ("Entering (|||6446|)", 6446), ("|||99999|", nil), ("", nil), ("|||", nil),
    ])
    func extendedPorts(text: String, port: Int?) { #expect(FTPPort.extended(Array(text.utf8)).map(Int.init) == port) }

    @Test(arguments: [("10,0,0,1,4,1", 1025), ("x (1,2,3,4,0,80)", 80), ("1,2,3,4,256,1", nil), ("1,2,3", nil), ("", nil)])
    func hostPorts(text: String, port: Int?) { #expect(FTPPort.hostPort(Array(text.utf8)).map { Int($0.port) } == port) }

    @Test func longLinesAreCutAndRaiseAnEvent() throws {
        let run = run([
            (.toServer, "USER " + String(repeating: "a", count: 9000) + "\r\nPASS x\r\n"),
            (.toClient, "331 " + String(repeating: "b", count: 9000) + "\r\n"),
        ])
        try #require(run.parser.transactions.count == 2)
        #expect(run.parser.transactions[0].events.contains(FTPFields.Event.requestTooLong.rawValue))
        #expect(run.parser.transactions[0].events.contains(FTPFields.Event.responseTooLong.rawValue))
        #expect(texts(run.parser.transactions[1], .ftpCommand, .toServer) == ["PASS"])
    }

    @Test func aTransferWithoutAPortIsOdd() throws {
        let run = run([(.toServer, "RETR x\r\n"), (.toClient, "425 Use PORT first.\r\n"), (.toServer, "CWD /\r\n")])
        #expect(run.parser.transactions.first?.events == [FTPFields.Event.fileBeforePort.rawValue])
        #expect(run.parser.expected.isEmpty && run.parser.transactions.count == 2)
    }

    @Test func tooManyOpenCommandsAreNotFollowed() throws {
        var limits = ParserLimits()
        limits.transactionLimits["ftp"] = 1
        let run = ParserRun(FTPParser(limits: limits))
        run.feed(Conversation(lines: [(.toServer, "PWD\r\nPWD\r\n"), (.toClient, "257 /\r\n"), (.toServer, "QUIT\r\n")]), ending: false)
        try #require(run.parser.transactions.count == 2)
        #expect(run.parser.transactions[0].events == [FTPFields.Event.tooManyTransactions.rawValue])
    }

    @Test func theAddressOfAPortCommandCanBeAskedFor() throws {
        let run = run([(.toServer, "PORT 192,0,2,9,4,1\r\n")])
        let port = try #require(run.parser.transactions.first)
        var address: [UInt8] = []
        let found = port.withBuffer(.ftpDataAddress, .toServer, instance: 0) { address = $0.copied() }
        #expect(found && address == [0, 0, 0, 0, 192, 0, 2, 9])
    }

    @Test func authenticationWithTLSHandsOver() {
        let run = run([(.toServer, "AUTH TLS\r\n"), (.toClient, "234 go on\r\n\u{16}\u{3}")])
        #expect(run.status == .upgrade)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(lines: lines), seed: 41) { FTPParser(limits: ParserLimits()) }
    }
}
