import Bytes

extension BufferID {
    static let ftpCommand = BufferID(.ftp, 1)
    static let ftpCommandData = BufferID(.ftp, 2)
    static let ftpReply = BufferID(.ftp, 3)
    static let ftpCompletionCode = BufferID(.ftp, 4)
    static let ftpDynamicPort = BufferID(.ftp, 5)
    static let ftpMode = BufferID(.ftp, 6)
    static let ftpReplyReceived = BufferID(.ftp, 7)
    /// The IPv4 address of a PORT command, as a number.
    public static let ftpDataAddress = BufferID(.ftp, 8)
    static let ftpDataCommand = BufferID(.ftpData, 1)
}

/// What rules can look at in FTP (RFC 959, RFC 2428).
enum FTPFields {
    private static let whole: (UInt8, UInt8) = (1, 1)

    static let buffers: [BufferDescriptor] = [
        .init(.ftpCommand, "ftp.command", directions: .toServer, progress: whole),
        .init(.ftpCommandData, "ftp.command_data", directions: .toServer, progress: whole),
        .init(.ftpReply, "ftp.reply", shape: .multiple, directions: .toClient, progress: whole),
        .init(.ftpCompletionCode, "ftp.completion_code", shape: .multiple, directions: .toClient, progress: whole),
    ]

    static let numbers: [NumberField] = [
        NumberField(.ftpDynamicPort, "ftp.dynamic_port", directions: .both, progress: whole, maximum: 65535),
        NumberField(.ftpMode, "ftp.mode", directions: .both, progress: whole, maximum: 2, symbols: [("active", 1), ("passive", 2)]),
        NumberField(
            .ftpReplyReceived, "ftp.reply_received", directions: .both, progress: whole, maximum: 1,
            symbols: [("no", 0), ("yes", 1), ("off", 0), ("on", 1), ("false", 0), ("true", 1)]),
    ]

    static let dataNumbers: [NumberField] = [
        NumberField(
            .ftpDataCommand, "ftpdata_command", directions: .both, progress: (0, 0), maximum: 2, symbols: [("retr", 1), ("stor", 2)])
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case requestTooLong, responseTooLong, tooManyTransactions, fileBeforePort }

    static let events = ["request_command_too_long", "response_command_too_long", "too_many_transactions", "file_before_port"]
}
