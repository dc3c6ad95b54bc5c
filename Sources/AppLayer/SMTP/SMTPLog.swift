import Bytes
import Digest

extension SMTPTransaction {
    /// EVE's `smtp` object and, when there is a mail, `email`.
    func writeObjects(_ json: inout JSONWriter, _ options: LogOptions) {
        json.key("smtp")
        json.beginObject()
        write("helo", helo, &json)
        write("mail_from", mailFrom, &json)
        write("rcpt_to", recipients, &json)
        json.endObject()
        guard hasMail else { return }
        json.key("email")
        json.beginObject()
        json.key("status")
        if isMailDone {
            json.string("PARSE_DONE" as StaticString)
        } else {
            json.string(hasMailHeaders ? "BODY_STARTED" : "HEADER_STARTED" as StaticString)
        }
        write("from", headers.first("from") ?? [], &json)
        write("to", addresses("to"), &json)
        write("cc", addresses("cc"), &json)
        write("attachment", files.map(\.name).filter { !$0.isEmpty }, &json)
        write("url", urls, &json)
        if !options.isInAlert { writeFurtherHeaders(&json, options) }
        json.endObject()
    }

    private func writeFurtherHeaders(_ json: inout JSONWriter, _ options: LogOptions) {
        // `extended` means the first four; the others are written when they are named.
        let single: [(key: StaticString, header: String)] = [
            ("message_id", "message-id"), ("subject", "subject"), ("x_mailer", "x-mailer"), ("user_agent", "user-agent"),
            ("reply_to", "reply-to"), ("date", "date"), ("x_originating_ip", "x-originating-ip"), ("in_reply_to", "in-reply-to"),
            ("references", "references"), ("importance", "importance"), ("priority", "priority"), ("sensitivity", "sensitivity"),
            ("organization", "organization"), ("content_md5", "content-md5"),
        ]
        for (index, (key, header)) in single.enumerated() where options.isExtended && index < 4 || options.custom.contains(header) {
            write(key, headers.first(header) ?? [], &json)
        }
        if options.custom.contains("received") { write("received", headers.all("received"), &json) }
        if options.custom.contains("bcc") { write("bcc", addresses("bcc"), &json) }
        if options.custom.contains("md5_body") { write("body_md5", bodyMD5, &json) }
        if options.custom.contains("md5_subject"), let subject = headers.first("subject") {
            write("subject_md5", Array(Hex.encoded(Hash.digest(.md5, of: subject.rawSpan)).utf8), &json)
        }
    }

    /// The addresses of a field, parted at commas.
    private func addresses(_ name: String) -> [[UInt8]] {
        guard let value = headers.first(name) else { return [] }
        return value.split(separator: 44).map { part in
            let whole = Array(part)
            return MIMEHeaders.trimmed(whole.rawSpan)
        }.filter { !$0.isEmpty }
    }

    private func write(_ key: StaticString, _ value: [UInt8], _ json: inout JSONWriter) {
        guard !value.isEmpty else { return }
        json.key(key)
        json.string(value)
    }

    private func write(_ key: StaticString, _ values: [[UInt8]], _ json: inout JSONWriter) {
        guard !values.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for value in values { json.string(value) }
        json.endArray()
    }
}
