import Bytes

extension BufferID {
    public static var smtpHelo: BufferID { BufferID(.smtp, 1) }
    public static var smtpMailFrom: BufferID { BufferID(.smtp, 2) }
    public static var smtpRcptTo: BufferID { BufferID(.smtp, 3) }
    public static var emailFrom: BufferID { BufferID(.smtp, 4) }
    public static var emailTo: BufferID { BufferID(.smtp, 5) }
    public static var emailCc: BufferID { BufferID(.smtp, 6) }
    public static var emailSubject: BufferID { BufferID(.smtp, 7) }
    public static var emailDate: BufferID { BufferID(.smtp, 8) }
    public static var emailMessageID: BufferID { BufferID(.smtp, 9) }
    public static var emailXMailer: BufferID { BufferID(.smtp, 10) }
    public static var emailURL: BufferID { BufferID(.smtp, 11) }
    public static var emailReceived: BufferID { BufferID(.smtp, 12) }
    public static var emailBodyMD5: BufferID { BufferID(.smtp, 13) }
}

/// What rules can ask of SMTP and the mails in it, and the steps of a mail.
public enum SMTPFields {
    /// The envelope is known: the mail's data begin.
    static let envelope: UInt8 = 1
    /// The mail's header fields are known.
    static let headers: UInt8 = 2
    /// The mail is over.
    static let complete: UInt8 = 3
    /// To the client: the reply to the mail was read.
    static let replied: UInt8 = 1

    static let buffers: [BufferDescriptor] = [
        BufferDescriptor(.smtpHelo, "smtp.helo", directions: .toServer, progress: (envelope, 0)),
        BufferDescriptor(.smtpMailFrom, "smtp.mail_from", directions: .toServer, progress: (envelope, 0)),
        BufferDescriptor(.smtpRcptTo, "smtp.rcpt_to", shape: .multiple, directions: .toServer, progress: (envelope, 0)),
        BufferDescriptor(.emailFrom, "email.from", directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailTo, "email.to", directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailCc, "email.cc", directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailSubject, "email.subject", directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailDate, "email.date", directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailMessageID, "email.message_id", directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailXMailer, "email.x_mailer", directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailReceived, "email.received", shape: .multiple, directions: .toServer, progress: (headers, 0)),
        BufferDescriptor(.emailURL, "email.url", shape: .multiple, directions: .toServer, progress: (complete, 0)),
        BufferDescriptor(.emailBodyMD5, "email.body_md5", directions: .toServer, progress: (complete, 0)),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8, CaseIterable {
        case invalidReply, unableToMatchReply, maxCommandLineExceeded, maxReplyLineExceeded, invalidPipelinedSequence
        case bdatChunkExceeded, noServerWelcome, tlsRejected, dataRejected
        case mimeParseFailed, mimeMalformed, mimeInvalidBase64, mimeLongHeaderName, mimeLongHeaderValue, mimeInvalidQuotedPrintable
        case mimeLongLine, mimeLongEncodedLine, mimeLongBoundary, mimeLongFilename, unparsableContent, duplicateFields, truncatedLine
        case failedProtocolChange
    }

    static let events = [
        "INVALID_REPLY", "UNABLE_TO_MATCH_REPLY_WITH_REQUEST", "MAX_COMMAND_LINE_LEN_EXCEEDED", "MAX_REPLY_LINE_LEN_EXCEEDED",
        "INVALID_PIPELINED_SEQUENCE", "BDAT_CHUNK_LEN_EXCEEDED", "NO_SERVER_WELCOME_MESSAGE", "TLS_REJECTED", "DATA_COMMAND_REJECTED",
        "MIME_PARSE_FAILED", "MIME_MALFORMED_MSG", "MIME_INVALID_BASE64", "MIME_LONG_HEADER_NAME", "MIME_LONG_HEADER_VALUE",
        "MIME_INVALID_QP", "MIME_LONG_LINE", "MIME_LONG_ENC_LINE", "MIME_LONG_BOUNDARY", "MIME_LONG_FILENAME", "UNPARSABLE_CONTENT",
        "DUPLICATE_FIELDS", "TRUNCATED_LINE", "FAILED_PROTOCOL_CHANGE",
    ]
}
