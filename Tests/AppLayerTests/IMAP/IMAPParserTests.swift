import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct IMAPParserTests {
    private static let conversation = Conversation(lines: [
        (.toClient, "* OK ready\r\n"), (.toServer, "a1 CAPABILITY\r\n"), (.toClient, "* CAPABILITY IMAP4rev1\r\na1 OK done\r\n"),
        (.toServer, "a2 starttls\r\n"), (.toClient, "* note\r\na2 OK begin\r\n"),
    ])

    @Test func startTLSLeadsToAnotherProtocol() {
        let run = ParserRun(IMAPParser())
        run.feed(Self.conversation)
        #expect(run.status == .upgrade)
        let refused = ParserRun(IMAPParser())
        refused.feed(Conversation(lines: [(.toServer, "a2 STARTTLS\r\n"), (.toClient, "a2 NO\r\n"), (.toClient, "a2 OK\r\n")]))
        #expect(refused.status == .ok)
    }

    @Test func probing() {
        func probe(_ text: String, _ direction: FlowDirection) -> ProbeResult {
            IMAPParser.descriptor.probe(Array(text.utf8).rawSpan, direction)
        }
        #expect(probe("* OK ready\r\n", .toClient) == .certain)
        #expect(probe("* O", .toClient) == .unsure)
        #expect(probe("+OK ready\r\n", .toClient) == .no)
        #expect(probe("1 capability\r\n", .toServer) == .certain)
        #expect(probe("a1 LOGIN minh x\r\n", .toServer) == .certain)
        #expect(probe("a1 LOG", .toServer) == .unsure)
        #expect(probe("GET / HTTP/1.1\r\n", .toServer) == .no)
        #expect(probe("USER minh\r\n", .toServer) == .no)
    }

    @Test func prefixesPiecesAndMutations() { exercise(Self.conversation, seed: 85) { IMAPParser() } }
}
