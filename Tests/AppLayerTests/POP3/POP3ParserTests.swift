import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct POP3ParserTests {
    private func run(_ lines: [(FlowDirection, String)]) -> ParserRun {
        let run = ParserRun(POP3Parser(limits: ParserLimits()))
        run.feed(Conversation(lines: lines))
        return run
    }

    private var conversation: [(FlowDirection, String)] {
        [
            (.toClient, "+OK ready\r\n"), (.toServer, "USER minh\r\n"), (.toClient, "+OK password\r\n"), (.toServer, "PASS x\r\n"),
            (.toClient, "-ERR wrong\r\n"), (.toServer, "LIST\r\n"), (.toClient, "+OK 2 messages\r\n1 120\r\n..2 200\r\n.\r\n"),
            (.toServer, "RETR 1\r\n"), (.toClient, "+OK 120 octets\r\nSubject: x\r\n\r\n-ERR not a reply\r\n.\r\n"),
            (.toServer, "QUIT\r\n"), (.toClient, "+OK\r\n"),
        ]
    }

    @Test func commandsAndReplies() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 6)
        #expect(eve(all[0]) == #"{"pop3":{"response":{"success":true,"status":"OK","header":"ready","data":[]}}}"#)
        #expect(
            eve(all[1])
                == #"{"pop3":{"request":{"command":"USER","args":["minh"]},"response":{"success":true,"status":"OK","header":"password","data":[]}}}"#
        )
        #expect(eve(all[2]).contains(#""success":false,"status":"ERR","header":"wrong""#))
        #expect(eve(all[3]).contains(#""header":"2 messages","data":["1 120",".2 200"]"#))
        #expect(
            eve(all[4]).contains(
                #""command":"RETR","args":["1"]},"response":{"success":true,"status":"OK","header":"120 octets","data":[]"#))
        #expect(eve(all[5]).contains(#""header":"""#))
        #expect(all.flatMap(\.events).isEmpty)
    }

    @Test func authenticationAndTLS() throws {
        let run = run([
            (.toClient, "+OK\r\n"), (.toServer, "AUTH PLAIN\r\n"), (.toClient, "+ \r\n"), (.toServer, "AG1pbmg=\r\n"),
            (.toClient, "+OK\r\n"), (.toServer, "STLS\r\n"), (.toClient, "+OK begin\r\n"),
        ])
        #expect(run.status == .upgrade)
        #expect(eve(run.parser.transactions[2]).contains(#""command":"<SASL DATA>""#))
    }

    @Test func trouble() {
        func events(_ line: String) -> [String] {
            run([(.toServer, line)]).parser.transactions.flatMap(\.events).map { POP3Transaction.events[Int($0)] }
        }
        #expect(events("STAT now\r\n") == ["incorrect_argument_count"])
        #expect(events("FETCH 1\r\n") == ["unknown_command"])
        #expect(events("USER \(String(repeating: "a", count: 300))\r\n") == ["request_too_long"])
        let long = run([(.toClient, "+OK \(String(repeating: "a", count: 600))\r\n")])
        #expect(long.parser.transactions.first?.events == [POP3Transaction.Event.responseTooLong.rawValue])
        #expect(run([(.toServer, "\u{1}\u{2}\r\n")]).status == .failed)
        #expect(run([(.toClient, "HTTP/1.1 200 OK\r\n")]).status == .failed)
    }

    @Test func floodsEndTheFlow() {
        var limits = ParserLimits()
        limits.transactionLimits["pop3"] = 2
        let run = ParserRun(POP3Parser(limits: limits))
        for _ in 0..<8 { run.feed(Array("NOOP\r\n".utf8), .toServer) }
        #expect(run.status == .failed)
        #expect(run.parser.transactions.count == 3)
    }

    @Test func probing() {
        func probe(_ text: String, _ direction: FlowDirection) -> ProbeResult {
            POP3Parser.descriptor.probe(Array(text.utf8).rawSpan, direction)
        }
        #expect(probe("+OK ready\r\n", .toClient) == .certain)
        #expect(probe("USER minh\r\n", .toServer) == .certain)
        #expect(probe("US", .toServer) == .unsure)
        #expect(probe("GET / HTTP/1.1\r\n", .toServer) == .no)
        #expect(probe("HTTP/1.1", .toClient) == .no)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(lines: conversation), seed: 84) { POP3Parser(limits: ParserLimits()) }
    }
}
