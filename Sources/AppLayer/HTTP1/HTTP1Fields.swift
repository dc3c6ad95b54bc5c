import Bytes

extension BufferID {
    static let httpURI = BufferID(.http1, 1)
    static let httpRawURI = BufferID(.http1, 2)
    static let httpMethod = BufferID(.http1, 3)
    static let httpHost = BufferID(.http1, 4)
    static let httpRawHost = BufferID(.http1, 5)
    static let httpHeader = BufferID(.http1, 6)
    static let httpRawHeader = BufferID(.http1, 7)
    static let httpHeaderNames = BufferID(.http1, 8)
    static let httpCookie = BufferID(.http1, 9)
    static let httpUserAgent = BufferID(.http1, 10)
    static let httpReferer = BufferID(.http1, 11)
    static let httpAccept = BufferID(.http1, 12)
    static let httpAcceptEncoding = BufferID(.http1, 13)
    static let httpAcceptLanguage = BufferID(.http1, 14)
    static let httpConnection = BufferID(.http1, 15)
    static let httpContentLength = BufferID(.http1, 16)
    static let httpContentType = BufferID(.http1, 17)
    static let httpServer = BufferID(.http1, 18)
    static let httpLocation = BufferID(.http1, 19)
    static let httpRequestLine = BufferID(.http1, 20)
    static let httpResponseLine = BufferID(.http1, 21)
    static let httpProtocol = BufferID(.http1, 22)
    static let httpStart = BufferID(.http1, 23)
    static let httpStatusCode = BufferID(.http1, 24)
    static let httpStatusMessage = BufferID(.http1, 25)
    static let httpRequestBody = BufferID(.http1, 26)
    static let httpResponseBody = BufferID(.http1, 27)
    static let httpRequestHeader = BufferID(.http1, 28)
    static let httpResponseHeader = BufferID(.http1, 29)
}

/// What rules can look at in HTTP/1 (rule-semantics §12).
enum HTTP1Fields {
    /// Indices into ``events``.
    enum Event: UInt8, CaseIterable {
        case ambiguousRequestLength, ambiguousResponseLength, invalidRequestTransferEncoding, invalidResponseTransferEncoding
        case tooManyEncodingLayers, unrecognisedAuthorization, abnormalEncoding, requestLineMissingProtocol, requestBodyUnexpected
        case requestLineLeadingWhitespace, methodDelimiter, uriDelimiter, missingHost, ambiguousHost, invalidHeaderHost
        case invalidURIHost, invalidRequestLength, invalidResponseLength, invalidResponseProtocol, invalidResponseStatus
        case chunkedOldProtocol, multipartByteranges, requestFieldMissingColon, responseFieldMissingColon, invalidRequestHeader
        case invalidResponseHeader, requestHeaderRepetition, responseHeaderRepetition, continueAlreadySeen, unmatchedResponse
        case responseBodyUnexpected, invalidRequestChunk, invalidResponseChunk, unknownMethod, unknownMethodNoProtocol
        case unknownMethodInvalidProtocol
    }

    /// As Suricata writes them in anomalies; rules may write them in either case.
    static let events = [
        "DUPLICATE_CONTENT_LENGTH_FIELD_IN_REQUEST", "DUPLICATE_CONTENT_LENGTH_FIELD_IN_RESPONSE",
        "INVALID_TRANSFER_ENCODING_VALUE_IN_REQUEST", "INVALID_TRANSFER_ENCODING_VALUE_IN_RESPONSE", "TOO_MANY_ENCODING_LAYERS",
        "REQUEST_AUTH_UNRECOGNIZED", "ABNORMAL_CE_HEADER", "REQUEST_LINE_MISSING_PROTOCOL", "REQUEST_BODY_UNEXPECTED",
        "REQUEST_LINE_LEADING_WHITESPACE", "METHOD_DELIM_NON_COMPLIANT", "URI_DELIM_NON_COMPLIANT", "MISSING_HOST_HEADER",
        "HOST_HEADER_AMBIGUOUS", "REQUEST_HEADER_HOST_INVALID", "REQUEST_URI_HOST_INVALID", "INVALID_CONTENT_LENGTH_FIELD_IN_REQUEST",
        "INVALID_CONTENT_LENGTH_FIELD_IN_RESPONSE", "RESPONSE_INVALID_PROTOCOL", "RESPONSE_INVALID_STATUS",
        "RESPONSE_CHUNKED_OLD_PROTO", "RESPONSE_MULTIPART_BYTERANGES", "REQUEST_FIELD_MISSING_COLON", "RESPONSE_FIELD_MISSING_COLON",
        "REQUEST_HEADER_INVALID", "RESPONSE_HEADER_INVALID", "REQUEST_HEADER_REPETITION", "RESPONSE_HEADER_REPETITION",
        "100_CONTINUE_ALREADY_SEEN", "UNABLE_TO_MATCH_RESPONSE_TO_REQUEST", "RESPONSE_BODY_UNEXPECTED", "INVALID_REQUEST_CHUNK_LEN",
        "INVALID_RESPONSE_CHUNK_LEN", "REQUEST_LINE_UNKNOWN_METHOD", "REQUEST_LINE_UNKNOWN_METHOD_NO_PROTOCOL",
        "REQUEST_LINE_UNKNOWN_METHOD_INVALID_PROTOCOL",
    ]

    private static let line = (HTTP1Progress.line, HTTP1Progress.line)
    private static let headers = (HTTP1Progress.headers, HTTP1Progress.headers)
    private static let body = (HTTP1Progress.body, HTTP1Progress.body)

    /// All but `http.start`, which joins lines that HTTP/2 does not have, are buffers of HTTP/2 too.
    static let buffers = declared.map { $0.id == .httpStart ? $0 : $0.shared(with: [.http2, .doh2]) }

    private static let declared: [BufferDescriptor] = [
        .init(.httpURI, "http.uri", modifier: "http_uri", pcreLetter: "U", directions: .toServer, progress: headers),
        .init(.httpRawURI, "http.uri.raw", modifier: "http_raw_uri", pcreLetter: "I", directions: .toServer, progress: headers),
        .init(
            .httpMethod, "http.method", modifier: "http_method", pcreLetter: "M", directions: .toServer, progress: line,
            fastPatternPriority: 4),
        .init(
            .httpHost, "http.host", modifier: "http_host", pcreLetter: "W", directions: .toServer, progress: headers, isLowercased: true),
        .init(.httpRawHost, "http.host.raw", modifier: "http_raw_host", pcreLetter: "Z", directions: .toServer, progress: headers),
        .init(.httpHeader, "http.header", modifier: "http_header", pcreLetter: "H", directions: .both, progress: headers),
        .init(.httpRawHeader, "http.header.raw", modifier: "http_raw_header", pcreLetter: "D", directions: .both, progress: headers),
        .init(.httpHeaderNames, "http.header_names", aliases: ["http_header_names"], directions: .both, progress: headers),
        .init(.httpCookie, "http.cookie", modifier: "http_cookie", pcreLetter: "C", directions: .both, progress: headers),
        .init(
            .httpUserAgent, "http.user_agent", modifier: "http_user_agent", pcreLetter: "V", directions: .toServer, progress: headers),
        .init(.httpReferer, "http.referer", aliases: ["http_referer"], directions: .toServer, progress: headers),
        .init(.httpAccept, "http.accept", aliases: ["http_accept"], directions: .toServer, progress: headers),
        .init(.httpAcceptEncoding, "http.accept_enc", aliases: ["http_accept_enc"], directions: .toServer, progress: headers),
        .init(.httpAcceptLanguage, "http.accept_lang", aliases: ["http_accept_lang"], directions: .toServer, progress: headers),
        .init(.httpConnection, "http.connection", aliases: ["http_connection"], directions: .both, progress: headers),
        .init(.httpContentLength, "http.content_len", aliases: ["http_content_len"], directions: .both, progress: headers),
        .init(.httpContentType, "http.content_type", aliases: ["http_content_type"], directions: .both, progress: headers),
        .init(.httpServer, "http.server", directions: .toClient, progress: headers),
        .init(.httpLocation, "http.location", directions: .toClient, progress: headers),
        .init(.httpRequestLine, "http.request_line", aliases: ["http_request_line"], directions: .toServer, progress: line),
        .init(.httpResponseLine, "http.response_line", aliases: ["http_response_line"], directions: .toClient, progress: line),
        .init(.httpProtocol, "http.protocol", aliases: ["http_protocol"], directions: .both, progress: line),
        .init(.httpStart, "http.start", aliases: ["http_start"], directions: .both, progress: headers),
        .init(
            .httpStatusCode, "http.stat_code", modifier: "http_stat_code", pcreLetter: "S", directions: .toClient, progress: line,
            fastPatternPriority: 4),
        .init(
            .httpStatusMessage, "http.stat_msg", modifier: "http_stat_msg", pcreLetter: "Y", directions: .toClient, progress: line,
            fastPatternPriority: 3),
        .init(
            .httpRequestBody, "http.request_body", modifier: "http_client_body", pcreLetter: "P", shape: .streaming,
            directions: .toServer, progress: body),
        .init(
            .httpResponseBody, "http.response_body", modifier: "http_server_body", pcreLetter: "Q", shape: .streaming,
            directions: .toClient, progress: body, heldBy: .fileData),
        .init(.httpRequestHeader, "http.request_header", shape: .multiple, directions: .toServer, progress: headers),
        .init(.httpResponseHeader, "http.response_header", shape: .multiple, directions: .toClient, progress: headers),
    ]
}
