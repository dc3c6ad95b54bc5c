import ArgumentParser
import Bytes
import Compliance
import Digest
import Foundation
import Incidents
import Reports
import Terminal
import Trust

/// What is sent, and how that goes on record.
private struct Sending {
    let maker: DocumentMaker
    let draft: DocumentDraft

    var session: Session { maker.session }

    /// - Throws: a refusal where demanded fields are missing.
    init(_ making: MakingOptions, _ form: String, _ subject: String) throws {
        maker = try DocumentMaker(making, writes: true)
        draft = try maker.draft(form, subject: subject)
        guard draft.missing.isEmpty else {
            let names = draft.missing.map { "\($0.key) (\($0.name[maker.session.language]))" }.joined(separator: ", ")
            throw CommandFailure(
                code: .refused,
                message: maker.session.text(
                    "vonggac: chưa gửi được, còn thiếu \(draft.missing.count) mục bắt buộc: \(names)",
                    "vonggac: it cannot be sent, \(draft.missing.count) demanded field(s) are missing: \(names)"))
        }
    }

    /// The deadlines of the record that this sending fulfils: those asked for, or those that the form serves.
    func clocks(_ asked: [String]) throws -> [String] {
        guard let incident = draft.incident else {
            return asked.isEmpty ? draft.clocks.filter { code in draft.profile.periodicReports.contains { $0.code == code } } : asked
        }
        let running = try maker.store.clocks().filter { $0.incident == incident }.map(\.code)
        if let unknown = asked.first(where: { !running.contains($0.uppercased()) }) {
            throw NotFoundError(.clock, "\(incident) \(unknown)")
        }
        return asked.isEmpty ? draft.clocks.filter { running.contains($0) } : asked.map { $0.uppercased() }
    }

    /// Writes that it was sent: fulfils the deadlines, then the entry of the ledger.
    func record(_ dispatch: Dispatch, clocks: [String], files: [[UInt8]]) throws {
        let hand = session.hand()
        // What went out is kept, by content, as evidence is.
        let folder = try EvidenceFolder(path: session.folder + "/documents")
        var digests: [SHA256Digest] = []
        for file in files { digests.append(try folder.store(file)) }
        for code in clocks {
            if let incident = draft.incident {
                try maker.store.fulfil(code, of: incident, by: dispatch, hand: hand)
            } else if let period = draft.period {
                try maker.store.fulfil(duty(code, period), by: dispatch, hand: hand)
            }
        }
        try maker.store.recordSending(
            form: draft.form, subject: draft.subject, dispatch, digests: digests, clocks: clocks, by: hand)
    }

    private func duty(_ code: String, _ period: ReportPeriod) throws -> DutyClock {
        if let known = try maker.store.dutyClocks().first(where: { $0.code == code && $0.subject == draft.subject }) { return known }
        let year = 400 * ReportPeriod.day
        let (from, until) = (period.until.microseconds - year, period.until.microseconds + year)
        let found = try session.keeper(maker.store).periodic(
            dueFrom: Timestamp(microseconds: from), until: Timestamp(microseconds: until)
        ).first { $0.clock.code == code && $0.clock.subject == draft.subject }
        return found?.clock ?? DutyClock(code: code, profile: draft.profile.id, subject: draft.subject, t0: period.until, due: nil)
    }

    func say(_ dispatch: Dispatch, _ clocks: [String]) throws {
        if maker.options.common.json {
            return try session.show(
                .object([
                    "form": .string(draft.form), "subject": .string(draft.subject), "document": .string(dispatch.document),
                    "recipient": .string(dispatch.recipient), "channel": .string(dispatch.channel.rawValue),
                    "sent_at": .time(dispatch.sentAt),
                    "clocks": .array(clocks.map { .string($0) }),
                ]))
        }
        session.say(
            "Đã gửi \(dispatch.document) cho \(dispatch.recipient) lúc \(LocalTime.text(dispatch.sentAt)).",
            "\(dispatch.document) was sent to \(dispatch.recipient) at \(LocalTime.text(dispatch.sentAt)).")
        if !clocks.isEmpty {
            let list = clocks.joined(separator: ", ")
            session.say("Thời hạn đã hoàn thành: \(list).", "Deadlines fulfilled: \(list).")
        }
    }
}

struct ReportSent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sent", abstract: HelpText.text("Record that a document was sent by other means; its deadlines are fulfilled."),
        discussion: HelpText.text("The subject is an incident or a period: report sent f24 VG-2026-0003, report sent weekly 2026-W47."))
    @OptionGroup var making: MakingOptions
    @Argument(help: ArgumentHelp(HelpText.text("The form: f24, f72, notice, weekly …")), completion: .list(TemplateLibrary.names)) var form:
        String
    @Argument(help: ArgumentHelp(HelpText.text("The incident or the period.")), completion: Suggestions.incidents) var subject: String
    @Option(name: .customLong("recipient"), help: ArgumentHelp(HelpText.text("Who got it; those of the form by default. Repeatable.")))
    var recipients: [String] = []
    @Option(help: ArgumentHelp(HelpText.text("official_letter, document_system, fax, email, message, portal, in_person or other.")))
    var channel: Dispatch.Channel
    @Option(help: ArgumentHelp(HelpText.text("When it was sent; now by default."), valueName: "date")) var at: String?
    @Option(help: ArgumentHelp(HelpText.text("What shows that it arrived: a receipt number, or a file, whose SHA-256 is recorded.")))
    var proof: String?
    @Option(help: ArgumentHelp(HelpText.text("Number and sign of the document; made of --number where it is not given."))) var document:
        String?
    @Option(
        name: .customLong("file"),
        help: ArgumentHelp(HelpText.text("The file that was sent; kept, with its SHA-256. Repeatable."), valueName: "file"),
        completion: .file())
    var files: [String] = []
    @Option(
        name: .customLong("clock"),
        help: ArgumentHelp(HelpText.text("Only this deadline; those that the form serves by default. Repeatable."))) var clocks: [String] =
            []

    func run() throws {
        let sending = try Sending(making, form, subject)
        let session = sending.session
        var moment = Timestamp.now
        if let at {
            guard let parsed = LocalTime.parse(at) else {
                throw UsageError("--at \(at): cần dạng 2026-11-21T08:00", "--at \(at): expected 2026-11-21T08:00")
            }
            guard parsed <= moment else {
                throw CommandFailure(
                    code: .refused,
                    message: session.text("vonggac: --at \(at) nằm trong tương lai", "vonggac: --at \(at) lies in the future"))
            }
            moment = parsed
        }
        var kept: [[UInt8]] = []
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ContentError(file: file, line: nil, key: "", problem: "cannot be read")
            }
            kept.append([UInt8](data))
        }
        var said = proof
        if let proof, let data = FileManager.default.contents(atPath: proof) {
            kept.append([UInt8](data))
            said = "\(URL(fileURLWithPath: proof).lastPathComponent) SHA-256 \(SHA256Digest(of: [UInt8](data)).hex)"
        }
        let names = recipients.isEmpty ? sending.draft.document.addressees : recipients
        let due = try sending.clocks(clocks)
        var last: Dispatch?
        for (index, recipient) in (names.isEmpty ? ["-"] : names).enumerated() {
            let dispatch = Dispatch(
                document: document ?? sending.draft.name, recipient: recipient, channel: channel, sentAt: moment, proof: said)
            try sending.record(dispatch, clocks: due, files: index == 0 ? kept : [])
            last = dispatch
        }
        if var dispatch = last {
            dispatch.recipient = names.joined(separator: "; ")
            try sending.say(dispatch, due)
        }
    }
}

struct ReportSend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: HelpText.text("Send a document by mail; its deadlines are fulfilled."),
        discussion: HelpText.text(
            """
            By the machine's own sendmail (VONGGAC_SENDMAIL names another), PDF unless --attach says otherwise. Addresses come from --to, else \
            mail.to in organisation.yaml. With --key and --certificate each attachment goes with its detached signature.
            """))
    @OptionGroup var making: MakingOptions
    @Argument(help: ArgumentHelp(HelpText.text("The form: f24, f72, notice, weekly …")), completion: .list(TemplateLibrary.names)) var form:
        String
    @Argument(help: ArgumentHelp(HelpText.text("The incident or the period.")), completion: Suggestions.incidents) var subject: String
    @Option(name: .customLong("to"), help: ArgumentHelp(HelpText.text("Address. Repeatable."), valueName: "address")) var to: [String] = []
    @Option(help: ArgumentHelp(HelpText.text("Sender's address; mail.from in organisation.yaml by default."), valueName: "address"))
    var from: String?
    @Option(
        name: .customLong("attach"),
        help: ArgumentHelp(HelpText.text("Format of an attachment: pdf, docx, html, xlsx, csv, json. Repeatable."))) var formats:
        [DocumentFormat] = []
    @Option(help: ArgumentHelp(HelpText.text("Text of the mail."), valueName: "text")) var message: String?
    @Option(
        name: .customLong("clock"),
        help: ArgumentHelp(HelpText.text("Only this deadline; those that the form serves by default. Repeatable."))) var clocks: [String] =
            []
    @OptionGroup var signing: SigningOptions
    @Option(
        help: ArgumentHelp(HelpText.text("Write the mail to a file instead of sending it; nothing is recorded."), valueName: "file"),
        completion: .file())
    var draft: String?

    func run() throws {
        let sending = try Sending(making, form, subject)
        let session = sending.session
        let letterhead = sending.draft.letterhead
        let addresses = to.isEmpty ? letterhead.mailTo[form] ?? letterhead.mailTo["default"] ?? [] : to
        guard !addresses.isEmpty else { throw MailError.noAddress(form) }
        guard let sender = from ?? letterhead.mailFrom else { throw MailError.noSender }
        if let wrong = (addresses + [sender]).first(where: { !$0.contains("@") || $0.contains("\n") || $0.contains("\r") }) {
            throw UsageError("\(wrong): cần địa chỉ thư như a@b.vn", "\(wrong): expected an address such as a@b.vn")
        }
        let due = try sending.clocks(clocks)
        var attachments: [MailMessage.Attachment] = []
        for format in formats.isEmpty ? [.pdf] : formats {
            let bytes = try format.render(sending.draft.document)
            let name = "\(form)-\(subject).\(format.rawValue)"
            attachments.append(.init(name: name, mediaType: format.mediaType, bytes: bytes))
            if let signature = try signing.signature(over: bytes) {
                attachments.append(.init(name: name + ".p7s", mediaType: "application/pkcs7-signature", bytes: signature))
            }
        }
        let now = Timestamp.now
        let isVietnamese = session.language == .vi
        let document = sending.draft.document
        let text =
            message
            ?? (isVietnamese
                ? "Kính gửi: \(document.addressees.joined(separator: "; ")).\n\n\(letterhead.name) gửi \(document.kind.lowercased()): \(document.plainTitle).\n\nTệp đính kèm: \(attachments.map(\.name).joined(separator: ", ")).\n"
                : "To: \(document.addressees.joined(separator: "; ")).\n\n\(letterhead.name) sends the \(document.kind.lowercased()): \(document.plainTitle).\n\nAttached: \(attachments.map(\.name).joined(separator: ", ")).\n")
        let mail = MailMessage(
            from: sender, to: addresses, subject: sending.draft.mailSubject, text: text, attachments: attachments, time: now.seconds)
        if let draft {
            try Data(mail.bytes).write(to: URL(fileURLWithPath: draft), options: .atomic)
            return session.say("Thư nháp: \(draft)", "Draft of the mail: \(draft)")
        }
        var dispatch = Dispatch(
            document: sending.draft.name, recipient: addresses.joined(separator: ", "), channel: .email, sentAt: now,
            proof: attachments.first.map { "\($0.name) SHA-256 \(SHA256Digest(of: $0.bytes).hex)" })
        do { try Sendmail.send(mail) } catch {
            try sending.maker.store.recordSending(
                form: form, subject: sending.draft.subject, dispatch, digests: [], clocks: [], failure: error.english, by: session.hand())
            throw error
        }
        try sending.record(dispatch, clocks: due, files: attachments.map(\.bytes))
        dispatch.recipient = addresses.joined(separator: ", ")
        try sending.say(dispatch, due)
    }
}

extension DocumentFormat {
    var mediaType: String {
        switch self {
        case .html: "text/html; charset=utf-8"
        case .pdf: "application/pdf"
        case .docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        case .xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        case .csv: "text/csv; charset=utf-8"
        case .json: "application/json"
        }
    }
}
