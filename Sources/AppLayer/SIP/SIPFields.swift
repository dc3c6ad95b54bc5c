import Bytes

extension BufferID {
    static let sipMethod = BufferID(.sip, 1)
    static let sipURI = BufferID(.sip, 2)
    static let sipRequestLine = BufferID(.sip, 3)
    static let sipStatusCode = BufferID(.sip, 4)
    static let sipStatusMessage = BufferID(.sip, 5)
    static let sipResponseLine = BufferID(.sip, 6)
    static let sipProtocol = BufferID(.sip, 7)
    static let sipFrom = BufferID(.sip, 8)
    static let sipTo = BufferID(.sip, 9)
    static let sipVia = BufferID(.sip, 10)
    static let sipUserAgent = BufferID(.sip, 11)
    static let sipContentType = BufferID(.sip, 12)
    static let sipContentLength = BufferID(.sip, 13)
    static let sdpOrigin = BufferID(.sip, 14)
    static let sdpSessionName = BufferID(.sip, 15)
    static let sdpSessionInfo = BufferID(.sip, 16)
    static let sdpURI = BufferID(.sip, 17)
    static let sdpEmail = BufferID(.sip, 18)
    static let sdpPhoneNumber = BufferID(.sip, 19)
    static let sdpConnectionData = BufferID(.sip, 20)
    static let sdpBandwidth = BufferID(.sip, 21)
    static let sdpTime = BufferID(.sip, 22)
    static let sdpRepeatTime = BufferID(.sip, 23)
    static let sdpTimezone = BufferID(.sip, 24)
    static let sdpEncryptionKey = BufferID(.sip, 25)
    static let sdpAttribute = BufferID(.sip, 26)
    static let sdpMedia = BufferID(.sip, 27)
    static let sdpMediaInfo = BufferID(.sip, 28)
    static let sdpMediaConnectionData = BufferID(.sip, 29)
    static let sdpMediaEncryptionKey = BufferID(.sip, 30)
}

/// What rules can look at in SIP (RFC 3261). Each message is a transaction of its own.
enum SIPFields {
    private static let whole: (UInt8, UInt8) = (1, 1)

    static let buffers: [BufferDescriptor] = [
        .init(.sipMethod, "sip.method", directions: .toServer, progress: whole),
        .init(.sipURI, "sip.uri", directions: .toServer, progress: whole),
        .init(.sipRequestLine, "sip.request_line", directions: .toServer, progress: whole),
        .init(.sipStatusCode, "sip.stat_code", directions: .toClient, progress: whole),
        .init(.sipStatusMessage, "sip.stat_msg", directions: .toClient, progress: whole),
        .init(.sipResponseLine, "sip.response_line", directions: .toClient, progress: whole),
        .init(.sipProtocol, "sip.protocol", directions: .both, progress: whole),
        .init(.sipFrom, "sip.from", shape: .multiple, directions: .both, progress: whole),
        .init(.sipTo, "sip.to", shape: .multiple, directions: .both, progress: whole),
        .init(.sipVia, "sip.via", shape: .multiple, directions: .both, progress: whole),
        .init(.sipUserAgent, "sip.user_agent", shape: .multiple, directions: .both, progress: whole),
        .init(.sipContentType, "sip.content_type", shape: .multiple, directions: .both, progress: whole),
        .init(.sipContentLength, "sip.content_length", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpOrigin, "sdp.origin", directions: .both, progress: whole),
        .init(.sdpSessionName, "sdp.session_name", directions: .both, progress: whole),
        .init(.sdpSessionInfo, "sdp.session_info", directions: .both, progress: whole),
        .init(.sdpURI, "sdp.uri", directions: .both, progress: whole),
        .init(.sdpEmail, "sdp.email", directions: .both, progress: whole),
        .init(.sdpPhoneNumber, "sdp.phone_number", directions: .both, progress: whole),
        .init(.sdpConnectionData, "sdp.connection_data", directions: .both, progress: whole),
        .init(.sdpBandwidth, "sdp.bandwidth", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpTime, "sdp.time", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpRepeatTime, "sdp.repeat_time", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpTimezone, "sdp.timezone", directions: .both, progress: whole),
        .init(.sdpEncryptionKey, "sdp.encryption_key", directions: .both, progress: whole),
        .init(.sdpAttribute, "sdp.attribute", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpMedia, "sdp.media.media", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpMediaInfo, "sdp.media.media_info", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpMediaConnectionData, "sdp.media.connection_data", shape: .multiple, directions: .both, progress: whole),
        .init(.sdpMediaEncryptionKey, "sdp.media.encryption_key", shape: .multiple, directions: .both, progress: whole),
    ]

    /// The header that a buffer shows: its name and its short form (RFC 3261 §7.3.3).
    static let headers: [BufferID: (name: [UInt8], short: UInt8?)] = [
        .sipFrom: (Array("from".utf8), 102), .sipTo: (Array("to".utf8), 116), .sipVia: (Array("via".utf8), 118),
        .sipUserAgent: (Array("user-agent".utf8), nil), .sipContentType: (Array("content-type".utf8), 99),
        .sipContentLength: (Array("content-length".utf8), 108),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case incompleteData, invalidData }

    static let events = ["incomplete_data", "invalid_data"]
}
