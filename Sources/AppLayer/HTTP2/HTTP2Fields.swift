import Bytes

extension BufferID {
    static let http2HeaderName = BufferID(.http2, 1)
    static let http2Header = BufferID(.http2, 2)
    static let http2FrameType = BufferID(.http2, 16)
    static let http2ErrorCode = BufferID(.http2, 17)
    static let http2Priority = BufferID(.http2, 18)
    static let http2Window = BufferID(.http2, 19)
    static let http2SizeUpdate = BufferID(.http2, 20)

    /// The value of one setting.
    public static func http2Setting(_ id: UInt16) -> BufferID { BufferID(.http2, 64 + UInt8(id & 63)) }
}

/// What rules can look at in HTTP/2 besides the buffers that it shares with HTTP/1.
public enum HTTP2Fields {
    /// Indices into ``events``.
    enum Event: UInt8, CaseIterable {
        case invalidFrameHeader, invalidClientMagic, invalidFrameData, invalidHeader, invalidFrameLength, extraHeaderData, longFrameData
        case streamIDReuse, invalidHTTP1Settings, failedDecompression, invalidRange, headerIntegerOverflow, tooManyStreams
        case authorityHostMismatch, userinfoInURI, reassemblyLimitReached, dnsRequestTooLong, dnsResponseTooLong
    }

    static let events = [
        "invalid_frame_header", "invalid_client_magic", "invalid_frame_data", "invalid_header", "invalid_frame_length",
        "extra_header_data", "long_frame_data", "stream_id_reuse", "invalid_http1_settings", "failed_decompression", "invalid_range",
        "header_integer_overflow", "too_many_streams", "authority_host_mismatch", "userinfo_in_uri", "reassembly_limit_reached",
        "dns_request_too_long", "dns_response_too_long",
    ]

    static let buffers: [BufferDescriptor] = [
        .init(.http2HeaderName, "http2.header_name", shape: .multiple, directions: .both, progress: (1, 1), alsoIn: [.doh2]),
        .init(.http2Header, "http2.header", shape: .multiple, directions: .both, progress: (1, 1), alsoIn: [.doh2]),
    ]

    static let numbers: [NumberField] = [
        NumberField(
            .http2FrameType, "http2.frametype", directions: .both, progress: (0, 0), isMultiple: true, maximum: 255,
            symbols: HTTP2FrameType.names, alsoIn: [.doh2]),
        NumberField(
            .http2ErrorCode, "http2.errorcode", directions: .both, progress: (0, 0), isMultiple: true, maximum: 0xffff_ffff,
            symbols: HTTP2ErrorCode.names, alsoIn: [.doh2]),
        NumberField(
            .http2Priority, "http2.priority", directions: .both, progress: (0, 0), isMultiple: true, maximum: 255, alsoIn: [.doh2]),
        NumberField(
            .http2Window, "http2.window", directions: .both, progress: (0, 0), isMultiple: true, maximum: 0xffff_ffff, alsoIn: [.doh2]),
        NumberField(
            .http2SizeUpdate, "http2.size_update", directions: .both, progress: (0, 0), isMultiple: true, maximum: .max, alsoIn: [.doh2]),
    ]

    /// Names and numbers of the settings that `http2.settings` knows.
    public static var settingNames: [(name: String, id: UInt16)] { HTTP2Setting.names.map { ($0.name, $0.value) } }
}
