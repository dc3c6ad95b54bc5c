import Bytes

/// One mail with its envelope.
public final class SMTPTransaction: Transaction {
    var helo: [UInt8] = []
    var mailFrom: [UInt8] = []
    var recipients: [[UInt8]] = []
    /// The mail was sent, given up or reset: what comes next belongs to another one.
    var isDone = false
    /// The mail's content; nil until DATA or BDAT.
    private(set) var hasMail = false
    private var mail: MIMEParser

    init(id: UInt64, startTime: Timestamp, limits: ParserLimits) {
        mail = MIMEParser(limits: limits)
        super.init(id: id, startTime: startTime)
    }

    public override func completeProgress(_ direction: FlowDirection) -> UInt8 {
        direction == .toServer ? SMTPFields.complete : SMTPFields.replied
    }

    func raise(_ event: SMTPFields.Event) { raise(event.rawValue) }

    // MARK: - The mail

    func beginMail() {
        hasMail = true
        advance(.toServer, to: SMTPFields.envelope)
    }

    func feedMail(_ piece: RawSpan, end: RawSpan) {
        mail.feed(piece, end: end)
        if mail.hasHeaders { advance(.toServer, to: SMTPFields.headers) }
        if mail.attachments.count > files.count {
            for file in mail.attachments[files.count...] {
                files.append(file)
                file.id = UInt64(files.count)
            }
        }
    }

    /// - Parameter isWhole: the client said that the mail is over.
    func finishMail(isWhole: Bool) {
        guard hasMail else { return }
        mail.finish(isWhole: isWhole)
        for flaw in mail.flaws {
            switch flaw {
            case .longHeaderValue: raise(.mimeLongHeaderValue)
            case .invalidBase64: raise(.mimeInvalidBase64)
            case .invalidQuotedPrintable: raise(.mimeInvalidQuotedPrintable)
            case .tooDeep: raise(.mimeMalformed)
            }
        }
        advance(.toServer, to: SMTPFields.complete)
    }

    var headers: MIMEHeaders { mail.headers }
    var urls: [[UInt8]] { mail.urls }
    var bodyMD5: [UInt8] { mail.bodyMD5 }
    var isMailDone: Bool { mail.isDone }
    var hasMailHeaders: Bool { mail.hasHeaders }

    // MARK: - Views

    public override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard direction == .toServer, instance >= 0, let list = list(buffer) else {
            return super.withBuffer(buffer, direction, instance: instance, body)
        }
        guard instance < list.count, !list[instance].isEmpty else { return false }
        let value = list[instance]
        body(value.rawSpan)
        return true
    }

    private func list(_ buffer: BufferID) -> [[UInt8]]? {
        switch buffer {
        case .smtpHelo: [helo]
        case .smtpMailFrom: [mailFrom]
        case .smtpRcptTo: recipients
        case .emailFrom: header("from")
        case .emailTo: header("to")
        case .emailCc: header("cc")
        case .emailSubject: header("subject")
        case .emailDate: header("date")
        case .emailMessageID: header("message-id")
        case .emailXMailer: header("x-mailer")
        case .emailReceived: mail.headers.all("received")
        case .emailURL: mail.urls
        case .emailBodyMD5: [mail.bodyMD5]
        default: nil
        }
    }

    private func header(_ name: String) -> [[UInt8]] { mail.headers.first(name).map { [$0] } ?? [] }

    public override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeObjects(&json, options) }
}
