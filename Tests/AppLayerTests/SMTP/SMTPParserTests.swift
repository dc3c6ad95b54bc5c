import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct SMTPParserTests {
    private static let mail = [
        "Received: from a", " by b; now", "From: \"Anh\" <anh@example.vn>", "To: <ba@example.vn>, chi@example.vn", "Cc: dung@example.vn",
        "Subject: =?UTF-8?B?QsOhbyBjw6Fv?=", "Message-ID: <1@example.vn>", "X-Mailer: test 1", "MIME-Version: 1.0",
        "Content-Type: multipart/mixed;", " boundary=\"outer\"", "", "preamble", "--outer",
        "Content-Type: multipart/alternative; boundary=inner", "",
        "--inner", "Content-Type: text/html", "Content-Transfer-Encoding: quoted-printable", "",
        "<a href=3D\"http://login.example.net/=", "portal?x=3D1\">here</a>", "..dots", "--inner--", "--outer",
        "Content-Type: application/octet-stream; name=\"wrong\"",
        "Content-Disposition: attachment; filename*0=\"invoice\"; filename*1=\".exe\"",
        "Content-Transfer-Encoding: base64", "", "TVqQAAMAAAAE", "AAAA//8A", "--outer--", "",
    ].joined(separator: "\r\n")

    private static let conversation = Conversation(lines: [
        (.toClient, "220 mx.example.vn ESMTP ready\r\n"), (.toServer, "EHLO may-tram-1\r\n"),
        (.toClient, "250-mx.example.vn\r\n250 PIPELINING\r\n"),
        (.toServer, "MAIL FROM:<anh@example.vn> SIZE=100\r\nRCPT TO:<ba@example.vn>\r\nRCPT TO: chi@example.vn\r\nDATA\r\n"),
        (.toClient, "250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n"), (.toServer, mail + "\r\n.\r\n"),
        (.toClient, "250 queued\r\n"), (.toServer, "MAIL FROM:<x@example.vn>\r\n"), (.toClient, "250 ok\r\n"), (.toServer, "QUIT\r\n"),
        (.toClient, "221 bye\r\n"),
    ])

    private func make() -> ProtocolParser {
        var limits = ParserLimits()
        limits.fileHashes = [.sha256]
        return SMTPParser(limits: limits)
    }

    private func run(_ lines: [(FlowDirection, String)]) -> ParserRun {
        let run = ParserRun(make())
        run.feed(Conversation(lines: lines), ending: false)
        return run
    }

    @Test func aMailWithItsEnvelope() throws {
        let run = ParserRun(make())
        run.feed(SMTPParserTests.conversation, ending: false)
        try #require(run.parser.transactions.count == 2)
        let mail = run.parser.transactions[0]
        #expect(mail.isComplete && mail.events.isEmpty)
        #expect(texts(mail, .smtpHelo, .toServer) == ["may-tram-1"])
        #expect(texts(mail, .smtpMailFrom, .toServer) == ["<anh@example.vn>"])
        #expect(texts(mail, .smtpRcptTo, .toServer) == ["<ba@example.vn>", "chi@example.vn"])
        #expect(texts(mail, .emailSubject, .toServer) == ["=?UTF-8?B?QsOhbyBjw6Fv?="])
        #expect(texts(mail, .emailReceived, .toServer) == ["from aby b; now"])
        #expect(texts(mail, .emailURL, .toServer) == ["login.example.net/portal?x=1"])
        #expect(texts(mail, .emailXMailer, .toServer) == ["test 1"])
        #expect(values(mail, .emailBodyMD5, .toServer).first?.count == 32)
        #expect(texts(mail, .smtpHelo, .toClient).isEmpty)
        try #require(mail.files.count == 1)
        #expect(mail.files[0].name == Array("invoice.exe".utf8))
        #expect(mail.files[0].content.bytes == [0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0xff, 0xff, 0])
        #expect(mail.files[0].state == .closed && !mail.files[0].sha256.isEmpty)
        let extended = eve(mail)
        #expect(extended.contains(#""message_id":"<1@example.vn>","subject":"=?UTF-8?B?QsOhbyBjw6Fv?=","x_mailer":"test 1""#))
        #expect(!extended.contains(#""received""#) && !extended.contains("md5"))
        let chosen = eve(mail, LogOptions(isExtended: false, custom: ["received", "subject", "md5_body", "md5_subject"]))
        #expect(chosen.contains(#""subject":"=?UTF-8?B?QsOhbyBjw6Fv?=","received":["from aby b; now"],"body_md5":""#))
        #expect(chosen.contains(#""subject_md5":""#) && !chosen.contains("x_mailer"))
        #expect(
            eve(mail, LogOptions(isExtended: false))
                == #"{"smtp":{"helo":"may-tram-1","mail_from":"<anh@example.vn>","rcpt_to":["<ba@example.vn>","chi@example.vn"]},"#
                + #""email":{"status":"PARSE_DONE","from":"\"Anh\" <anh@example.vn>","to":["<ba@example.vn>","chi@example.vn"],"#
                + #""cc":["dung@example.vn"],"attachment":["invoice.exe"],"url":["login.example.net/portal?x=1"]}}"#)
        #expect(texts(run.parser.transactions[1], .smtpMailFrom, .toServer) == ["<x@example.vn>"])
        #expect(texts(run.parser.transactions[1], .smtpHelo, .toServer) == ["may-tram-1"])
    }

    @Test func bytesOneByOneAndDamaged() { exercise(SMTPParserTests.conversation, seed: 9, mutations: 1000, prefixStep: 3) { make() } }

    @Test func chunksMakeTheSameMail() throws {
        let half = SMTPParserTests.mail.utf8.count / 2
        let first = String(SMTPParserTests.mail.prefix(half))
        let second = String(SMTPParserTests.mail.dropFirst(half))
        let conversation = Conversation(lines: [
            (.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT \(first.utf8.count)\r\n" + first),
            (.toServer, "BDAT \(second.utf8.count) LAST\r\n" + second), (.toClient, "250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n"),
        ])
        let run = ParserRun(make())
        run.feed(conversation, ending: false)
        let mail = try #require(run.parser.transactions.first)
        #expect(mail.isComplete)
        #expect(mail.files.first?.size == 15)
        #expect(texts(mail, .emailURL, .toServer) == ["login.example.net/portal?x=1"])
        exercise(conversation, seed: 10, mutations: 300, prefixStep: 11) { make() }
    }

    @Test func startTLSHandsOver() {
        let run = run([
            (.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\n"), (.toClient, "250 STARTTLS\r\n"), (.toServer, "STARTTLS\r\n"),
            (.toClient, "220 go\r\n"),
        ])
        #expect(run.status == .upgrade)
        let refused = self.run([
            (.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\nSTARTTLS\r\n"), (.toClient, "250 ok\r\n454 no\r\n"),
        ])
        #expect(refused.status == .ok)
        #expect(refused.parser.transactions.first?.events == [SMTPFields.Event.tlsRejected.rawValue])
    }

    @Test func authenticationLinesAreNoCommands() throws {
        let run = run([
            (.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\n"), (.toClient, "250 AUTH LOGIN\r\n"), (.toServer, "AUTH LOGIN\r\n"),
            (.toClient, "334 VXNlcg==\r\n"), (.toServer, "DATA\r\n"), (.toClient, "334 UGFzcw==\r\n"), (.toServer, "eA==\r\n"),
            (.toClient, "235 ok\r\n"), (.toServer, "MAIL FROM:<a@b>\r\n"),
        ])
        #expect(texts(try #require(run.parser.transactions.first), .smtpMailFrom, .toServer) == ["<a@b>"])
    }

    @Test func rejectedDataAndLongLinesRaiseEvents() throws {
        let rejected = run([
            (.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\n"), (.toClient, "250 ok\r\n"), (.toServer, "DATA\r\n"),
            (.toClient, "503 no\r\n"), (.toServer, "MAIL FROM:<a@b>\r\n"),
        ])
        #expect(rejected.parser.transactions.first?.events == [SMTPFields.Event.dataRejected.rawValue])
        #expect(rejected.parser.transactions.count == 2)
        let long = run([(.toServer, "EHLO " + String(repeating: "x", count: 5000) + "\r\nMAIL FROM:<a@b>\r\n")])
        let mail = try #require(long.parser.transactions.first)
        #expect(mail.events == [SMTPFields.Event.noServerWelcome.rawValue, SMTPFields.Event.truncatedLine.rawValue])
        #expect(texts(mail, .smtpMailFrom, .toServer) == ["<a@b>"])
    }

    @Test func aSecondGreetingBeginsAnotherMail() throws {
        let run = run([
            (.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\n"), (.toClient, "250 ok\r\n"), (.toServer, "MAIL FROM:<a@b>\r\n"),
            (.toClient, "250 ok\r\n"), (.toServer, "EHLO a\r\n"), (.toClient, "250 ok\r\n"), (.toServer, "MAIL FROM:<c@d>\r\n"),
        ])
        try #require(run.parser.transactions.count == 2)
        #expect(run.parser.transactions[0].events == [SMTPFields.Event.duplicateFields.rawValue])
        #expect(texts(run.parser.transactions[0], .smtpMailFrom, .toServer) == ["<a@b>"])
        #expect(texts(run.parser.transactions[1], .smtpMailFrom, .toServer) == ["<c@d>"])
        #expect(run.parser.transactions[1].events.isEmpty)
    }

    @Test func quitBelongsToTheMailBeforeIt() {
        let run = run([
            (.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\nMAIL FROM:<a@b>\r\nRSET\r\nQUIT\r\n"),
            (.toClient, "250 ok\r\n250 ok\r\n250 ok\r\n221 bye\r\n"),
        ])
        #expect(run.parser.transactions.count == 1)
        #expect(run.parser.transactions.first?.isComplete == true)
    }

    @Test func aMailInAMailHasItsOwnNameAndEncoding() throws {
        let inner = "Content-Disposition: attachment; filename=\"inner.exe\"\r\n\r\nplain\r\ntext\r\n.\r\n"
        let outer =
            "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.txt\r\n"
        let run = run([(.toClient, "220 ESMTP\r\n"), (.toServer, "EHLO a\r\nMAIL FROM:<a@b>\r\nDATA\r\n" + outer + "\r\n" + inner)])
        let file = try #require(run.parser.transactions.first?.files.first)
        #expect(file.name == Array("inner.exe".utf8))
        #expect(file.content.bytes == Array("plain\r\ntext".utf8))
    }

    @Test func probeTellsMailFromFTP() {
        func probe(_ text: String, _ direction: FlowDirection) -> ProbeResult {
            let bytes = Array(text.utf8)
            return SMTPParser.probe(bytes.rawSpan, direction)
        }
        #expect(probe("220 mx ESMTP Postfix\r\n", .toClient) == .certain)
        #expect(probe("220 (vsFTPd 3.0.3)\r\n", .toClient) == .no)
        #expect(probe("ehlo x\r\n", .toServer) == .certain)
        #expect(probe("GET / HTTP/1.1\r\n", .toServer) == .no)
    }

    @Test func everyEventHasItsName() { #expect(SMTPFields.Event.allCases.count == SMTPFields.events.count) }
}
