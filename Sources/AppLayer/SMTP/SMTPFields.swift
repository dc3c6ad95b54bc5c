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
        case mimeLongLine, mimeLongEncodedLine, mimeLongBoundary, unparsableContent, truncatedFilename, failedProtocolChange
    }

    static let events = [
        "invalid_reply", "unable_to_match_reply_with_request", "max_command_line_len_exceeded", "max_reply_line_len_exceeded",
        "invalid_pipelined_sequence", "bdat_chunk_len_exceeded", "no_server_welcome_message", "tls_rejected", "data_command_rejected",
        "mime_parse_failed", "mime_malformed_msg", "mime_invalid_base64", "mime_long_header_name", "mime_long_header_value",
        "mime_invalid_qp", "mime_long_line", "mime_long_enc_line", "mime_long_boundary", "unparsable_content", "truncated_filename",
        "failed_protocol_change",
    ]
}
