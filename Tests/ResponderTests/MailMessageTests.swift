import Foundation
import Testing

@testable import Responder

/// Mails as mail programs read them.
@Suite struct MailMessageTests {
    private func message(subject: String, from: String, to: [String]) -> String {
        let mail = MailMessage(
            from: from, to: to, subject: subject, text: "Kính gửi",
            attachments: [.init(name: "báo cáo.pdf", mediaType: "application/pdf", bytes: Array(repeating: 7, count: 300))], time: 1)
        return String(decoding: mail.bytes, as: UTF8.self)
    }

    /// The header's text as RFC 2047 has it read: encoded words, what is white between them left out.
    private func decoded(_ header: String) -> String {
        let unfolded = header.replacing("\r\n ", with: " ").replacing(/\?= =\?/, with: "?==?")
        return unfolded.replacing(/=\?utf-8\?B\?([^?]*)\?=/) { match in
            String(decoding: Data(base64Encoded: String(match.1)) ?? Data(), as: UTF8.self)
        }
    }

    @Test(arguments: [
        "[TBSC] Thông báo ban đầu sự cố an ninh mạng VG-2026-0004", "[TBSC] Plain",
        "Báo cáo giám sát, ứng cứu sự cố an ninh mạng tuần 47/2026",
        String(repeating: "ữ", count: 120), "[Đội] " + String(repeating: "nghiêm trọng ", count: 20), "",
    ])
    func subjectsAreFoldedAndReadBack(subject: String) throws {
        let name = "Đội ứng cứu sự cố an ninh mạng tỉnh Vọng Hải"
        let text = message(subject: subject, from: "\(name) <a@b.vn>", to: ["Phòng An ninh mạng <anm@c.vn>", "d@e.vn"])
        let head = try #require(text.components(separatedBy: "\r\n\r\n").first)
        for line in head.components(separatedBy: "\r\n") { #expect(line.utf8.count <= 76 || !line.contains("=?"), "\(line)") }
        #expect(decoded(head).contains("Subject: \(subject)\r\nDate:"))
        #expect(
            decoded(head).contains("From: \(name) <a@b.vn>\r\nTo: Phòng An ninh mạng <anm@c.vn>,\r\n d@e.vn\r\n")
                || decoded(head).contains(
                    "From: \(name) <a@b.vn>\r\nTo: Phòng An ninh mạng <anm@c.vn>, d@e.vn\r\n")
        )
        if subject.hasPrefix("[TBSC]") { #expect(head.contains("Subject: [TBSC] ")) }
        // Words are not torn where a space is near.
        for match in head.matches(of: /=\?utf-8\?B\?([^?]*)\?=\r\n =\?/) where subject.contains(" ") {
            let word = String(decoding: try #require(Data(base64Encoded: String(match.1))), as: UTF8.self)
            #expect(word.hasSuffix(" "), "\(word)")
        }
        for line in text.components(separatedBy: "\r\n") { #expect(line.utf8.count <= 998) }
        #expect(text.contains("filename*=utf-8''b%C3%A1o%20c%C3%A1o.pdf"))
    }

    @Test func namesAreQuotedWhereTheyMust() {
        #expect(MailMessage.address("Doi UC <a@b.vn>", column: 0) == "Doi UC <a@b.vn>")
        #expect(MailMessage.address("UC, \"tinh\" <a@b.vn>", column: 0) == "\"UC, \\\"tinh\\\"\" <a@b.vn>")
        #expect(MailMessage.address("\"A, B\" <a@b.vn>", column: 0) == "\"A, B\" <a@b.vn>")
        #expect(MailMessage.address("x\r\nBcc: e@f.vn <a@b.vn>", column: 0) == "\"xBcc: e@f.vn\" <a@b.vn>")
        #expect(MailMessage.address("a@b.vn", column: 0) == "a@b.vn")
    }
}
