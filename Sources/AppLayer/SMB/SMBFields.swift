import Bytes

extension BufferID {
    static let smbNamedPipe = BufferID(.smb, 1)
    static let smbShare = BufferID(.smb, 2)
    static let smbNTLMUser = BufferID(.smb, 3)
    static let smbNTLMDomain = BufferID(.smb, 4)
    static let smbVersion = BufferID(.smb, 5)
}

/// What rules can look at in SMB.
enum SMBFields {
    private static let whole: (UInt8, UInt8) = (1, 1)

    static let buffers: [BufferDescriptor] = [
        .init(.smbNamedPipe, "smb.named_pipe", aliases: ["smb_named_pipe"], directions: .toServer, progress: whole),
        .init(.smbShare, "smb.share", aliases: ["smb_share"], directions: .toServer, progress: whole),
        .init(.smbNTLMUser, "smb.ntlmssp_user", directions: .toServer, progress: whole),
        .init(.smbNTLMDomain, "smb.ntlmssp_domain", directions: .toServer, progress: whole),
    ]

    static let numbers: [NumberField] = [NumberField(.smbVersion, "smb.version", directions: .both, progress: (0, 0), maximum: 2)]

    /// Indices into the descriptor's events.
    enum Event: UInt8, CaseIterable {
        case internalError, malformedData, recordOverflow, malformedNTLMRequest, malformedNTLMResponse, duplicateNegotiate
        case negotiateMalformedDialects, fileOverlap, negotiateMaxReadSizeTooLarge, negotiateMaxWriteSizeTooLarge
        case readRequestTooLarge, readResponseTooLarge, readQueueSizeExceeded, readQueueCountExceeded, writeRequestTooLarge
        case writeQueueSizeExceeded, writeQueueCountExceeded, requestToClient, responseToServer, unusualNTLMOrder, tooManyTransactions
    }

    static let events = [
        "internal_error", "malformed_data", "record_overflow", "malformed_ntlmssp_request", "malformed_ntlmssp_response",
        "duplicate_negotiate", "negotiate_malformed_dialects", "file_overlap", "negotiate_max_read_size_too_large",
        "negotiate_max_write_size_too_large", "read_request_too_large", "read_response_too_large", "read_queue_size_exceeded",
        "read_queue_cnt_exceeded", "write_request_too_large", "write_queue_size_exceeded", "write_queue_cnt_exceeded", "request_to_client",
        "response_to_server", "unusual_ntlmssp_order", "too_many_transactions",
    ]
}

extension SMBTransaction {
    func raise(_ event: SMBFields.Event) { raise(event.rawValue) }
}
