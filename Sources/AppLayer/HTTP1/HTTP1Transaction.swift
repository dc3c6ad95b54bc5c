import Bytes

/// Steps of a message, request or response alike.
enum HTTP1Progress {
    static let line: UInt8 = 1
    static let headers: UInt8 = 2
    static let body: UInt8 = 3
    static let trailer: UInt8 = 4
    static let complete: UInt8 = 5

    static let steps = ProtocolSteps(
        toServer: [("request_line", line), ("request_headers", headers), ("request_body", body), ("request_trailer", trailer)],
        toClient: [("response_line", line), ("response_headers", headers), ("response_body", body), ("response_trailer", trailer)])
}

/// One request with its response.
public final class HTTP1Transaction: Transaction {
    var method: [UInt8] = []
    var target: [UInt8] = []
    var requestProtocol: [UInt8] = []
    var requestLine: [UInt8] = []
    var requestHeaders = HTTPHeaders()
    var requestBody: StreamingBody?

    var responseLine: [UInt8] = []
    var responseProtocol: [UInt8] = []
    var statusCode: [UInt8] = []
    var statusMessage: [UInt8] = []
    var responseHeaders = HTTPHeaders()
    var responseBody: StreamingBody?
    var responseFile: TransferredFile?
    /// The response is a part of a larger file.
    var partial: PartialResponse?
    var requestFile: TransferredFile?
    /// A 100 has come before the response.
    var hasContinued = false
    /// Bytes of the response body as sent.
    var responseBodySent: UInt64 = 0

    var hasRequest: Bool { !requestLine.isEmpty }
    var hasResponse: Bool { !responseLine.isEmpty }

    public override func completeProgress(_ direction: FlowDirection) -> UInt8 { HTTP1Progress.complete }

    public override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeLog(&json, options) }

    public override var isWorthLogging: Bool { hasRequest || hasResponse }

    private var cachedURI: [UInt8]?
    private var cachedHeaders: (toServer: [UInt8]?, toClient: [UInt8]?) = (nil, nil)
    private var cachedNames: (toServer: [UInt8]?, toClient: [UInt8]?) = (nil, nil)

    var uri: [UInt8] {
        if let cachedURI { return cachedURI }
        let value = URINormalizer.normalise(target)
        cachedURI = value
        return value
    }

    /// Host and port as sent: from the absolute target, else from the header.
    var rawHost: [UInt8]? {
        if let authority = URINormalizer.authorityRange(target) { return target[authority].map(ASCII.lowercased) }
        return requestHeaders.value("host")
    }

    var port: UInt16? {
        guard let host = rawHost, let colon = host.lastIndex(of: 58), colon + 1 < host.count else { return nil }
        if host.first == 91, let close = host.lastIndex(of: 93), colon < close { return nil }
        return UInt16(String(decoding: host[(colon + 1)...], as: UTF8.self))
    }

    /// Lower case, without port.
    var host: [UInt8]? {
        guard var host = rawHost else { return nil }
        if let at = host.lastIndex(of: 64) { host.removeFirst(at + 1) }
        if let colon = host.lastIndex(of: 58) {
            let isInBrackets = host.first == 91 && (host.lastIndex(of: 93) ?? 0) > colon
            if !isInBrackets { host.removeLast(host.count - colon) }
        }
        return host.map(ASCII.lowercased)
    }

    public override func requestHeader(_ name: String) -> [UInt8]? { requestHeaders.value(dynamic: name) }

    private func headers(_ direction: FlowDirection) -> HTTPHeaders { direction == .toServer ? requestHeaders : responseHeaders }

    /// The headers changed (trailers came): what was built from them is built again.
    func forgetBuilt(_ direction: FlowDirection) {
        if direction == .toServer {
            cachedHeaders.toServer = nil
            cachedNames.toServer = nil
        } else {
            cachedHeaders.toClient = nil
            cachedNames.toClient = nil
        }
    }

    private func normalisedHeaders(_ direction: FlowDirection) -> [UInt8] {
        if let built = direction == .toServer ? cachedHeaders.toServer : cachedHeaders.toClient { return built }
        let built = headers(direction).normalised(withCookies: false)
        if direction == .toServer { cachedHeaders.toServer = built } else { cachedHeaders.toClient = built }
        return built
    }

    private func headerNames(_ direction: FlowDirection) -> [UInt8] {
        if let built = direction == .toServer ? cachedNames.toServer : cachedNames.toClient { return built }
        let built = headers(direction).names()
        if direction == .toServer { cachedNames.toServer = built } else { cachedNames.toClient = built }
        return built
    }

    public override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        if buffer == .httpRequestHeader || buffer == .httpResponseHeader {
            guard let line = headers(direction).line(instance) else { return false }
            body(line.rawSpan)
            return true
        }
        guard buffer.rawValue >> 8 == UInt16(AppProtocol.http1.rawValue) else {
            return super.withBuffer(buffer, direction, instance: instance, body)
        }
        guard instance == 0, let bytes = bytes(of: buffer, direction) else { return false }
        body(bytes.rawSpan)
        return true
    }

    private func bytes(of buffer: BufferID, _ direction: FlowDirection) -> [UInt8]? {
        let isRequest = direction == .toServer
        switch buffer {
        case .httpURI: return hasRequest ? uri : nil
        case .httpRawURI: return hasRequest ? target : nil
        case .httpMethod: return nonEmpty(method)
        case .httpHost: return host
        case .httpRawHost: return rawHost
        case .httpRequestLine: return nonEmpty(requestLine)
        case .httpResponseLine: return hasResponse ? responseLine + [13, 10] : nil
        case .httpProtocol: return nonEmpty(isRequest ? requestProtocol : responseProtocol)
        case .httpStatusCode: return nonEmpty(statusCode)
        case .httpStatusMessage: return hasResponse ? statusMessage : nil
        case .httpHeader: return headers(direction).isEmpty ? nil : normalisedHeaders(direction)
        case .httpRawHeader: return headers(direction).isEmpty ? nil : Array(headers(direction).raw)
        case .httpHeaderNames: return headers(direction).isEmpty ? nil : headerNames(direction)
        case .httpStart:
            let line = isRequest ? requestLine : responseLine
            return line.isEmpty ? nil : line + [13, 10] + headers(direction).normalised(withCookies: true) + [13, 10]
        case .httpCookie: return isRequest ? requestHeaders.value("cookie") : responseHeaders.value("set-cookie")
        case .httpUserAgent: return requestHeaders.value("user-agent")
        case .httpReferer: return requestHeaders.value("referer")
        case .httpAccept: return requestHeaders.value("accept")
        case .httpAcceptEncoding: return requestHeaders.value("accept-encoding")
        case .httpAcceptLanguage: return requestHeaders.value("accept-language")
        case .httpConnection: return headers(direction).value("connection")
        case .httpContentLength: return headers(direction).value("content-length")
        case .httpContentType: return headers(direction).value("content-type")
        case .httpServer: return responseHeaders.value("server")
        case .httpLocation: return responseHeaders.value("location")
        default: return nil
        }
    }

    private func nonEmpty(_ bytes: [UInt8]) -> [UInt8]? { bytes.isEmpty ? nil : bytes }

    public override func bareBody(_ direction: FlowDirection) -> StreamingBody? { direction == .toServer ? requestBody : nil }

    /// The response says that it is HTTP/1.1.
    var isResponseVersion11: Bool {
        let version = responseProtocol
        return version.count == 8 && version.elementsEqual(Array("HTTP/1.1".utf8)) { $1 == ASCII.uppercased($0) }
    }

    public override func streamingBody(_ buffer: BufferID, _ direction: FlowDirection, instance: Int) -> StreamingBody? {
        switch buffer {
        case .httpRequestBody: return instance == 0 ? requestBody : nil
        case .httpResponseBody: return instance == 0 ? responseBody : nil
        case .fileData where direction == .toClient: return instance == 0 ? responseBody : nil
        default: return super.streamingBody(buffer, direction, instance: instance)
        }
    }
}
