import Digest
import Foundation

/// A mail with attachments (RFC 5322, RFC 2045–2047, RFC 2231), as text for a local sendmail.
struct MailMessage {
    struct Attachment {
        var name: String
        var mediaType: String
        var bytes: [UInt8]
    }

    var from: String
    var to: [String]
    var subject: String
    var text: String
    var attachments: [Attachment]
    /// Seconds since 1970, for Date and Message-ID.
    var time: Int64

    /// The message with CRLF line ends.
    var bytes: [UInt8] {
        let content = SHA256Digest(of: Array((subject + text).utf8) + attachments.flatMap(\.bytes)).hex
        let boundary = "vonggac-\(content.prefix(24))"
        let host = from.split(separator: "@").last.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "> ")) } ?? "localhost"
        var lines = [
            "From: \(Self.address(from, column: 6))", "To: \(to.map { Self.address($0, column: 4) }.joined(separator: ",\r\n "))",
            "Subject: \(Self.encoded(subject, column: 9))",
            "Date: \(Self.date(time))", "Message-ID: <\(time).\(content.prefix(16))@\(host)>", "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=\"\(boundary)\"", "", "--\(boundary)", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64", "",
        ]
        lines += Self.base64(Array(text.utf8))
        for attachment in attachments {
            lines += [
                "--\(boundary)", "Content-Type: \(attachment.mediaType)", "Content-Transfer-Encoding: base64",
                "Content-Disposition: attachment; \(Self.fileName(attachment.name))", "",
            ]
            lines += Self.base64(attachment.bytes)
        }
        lines += ["--\(boundary)--", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    private static func base64(_ bytes: [UInt8]) -> [String] {
        let text = Data(bytes).base64EncodedString()
        return stride(from: 0, to: text.utf8.count, by: 76).map { start in
            String(text[text.index(text.startIndex, offsetBy: start)...].prefix(76))
        }
    }

    /// Words in UTF-8, no line of more than 76 characters, split between words where that can be; nothing that could begin another header.
    /// - Parameter column: what stands before it on its line.
    static func encoded(_ text: String, column: Int) -> String {
        let clean = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }))
        // A tag in brackets stands as it is, so that filters see it.
        if clean.allSatisfy(\.isASCII) { return clean }
        if clean.hasPrefix("["), let close = clean.firstIndex(of: "]"), clean[...close].allSatisfy(\.isASCII) {
            let tag = clean[...close] + " "
            return tag + encoded(String(clean[clean.index(after: close)...].drop { $0 == " " }), column: column + tag.utf8.count)
        }
        var words: [String] = []
        var rest = Array(clean)
        while !rest.isEmpty {
            // `=?utf-8?B?` and `?=` take twelve; four letters are three bytes.
            let room = max(6, (76 - (words.isEmpty ? column : 1) - 12) / 4 * 3)
            var (count, bytes) = (0, 0)
            while count < rest.count, bytes + String(rest[count]).utf8.count <= room {
                bytes += String(rest[count]).utf8.count
                count += 1
            }
            if count < rest.count, let space = rest[..<count].lastIndex(of: " "), space > 0 { count = space + 1 }
            words.append("=?utf-8?B?\(Data(String(rest[..<max(1, count)]).utf8).base64EncodedString())?=")
            rest.removeFirst(max(1, count))
        }
        return words.joined(separator: "\r\n ")
    }

    /// `Name <a@b>` with the name encoded or, where it needs that, quoted; or the bare address.
    static func address(_ text: String, column: Int) -> String {
        let clean = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }))
        guard let open = clean.lastIndex(of: "<") else { return clean }
        let name = clean[..<open].trimmingCharacters(in: .whitespaces)
        if name.isEmpty { return String(clean[open...]) }
        if !name.allSatisfy(\.isASCII) { return "\(encoded(name, column: column))\r\n \(clean[open...])" }
        let isPlain =
            name.allSatisfy { $0.isLetter || $0.isNumber || " -_'".contains($0) } || (name.hasPrefix("\"") && name.hasSuffix("\""))
        let quoted = "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        return "\(isPlain ? name : quoted) \(clean[open...])"
    }

    private static func fileName(_ name: String) -> String {
        let plain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        if plain { return "filename=\"\(name)\"" }
        let escaped = name.utf8.map { byte -> String in
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 46 || byte == 45 || byte == 95
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
        return "filename*=utf-8''\(escaped.joined())"
    }

    private static func date(_ time: Int64) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 7 * 3600)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(time)))
    }
}
