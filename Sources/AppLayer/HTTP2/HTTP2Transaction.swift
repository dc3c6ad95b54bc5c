import Bytes

/// One stream of a connection, or one frame that is about the whole connection.
public final class HTTP2Transaction: Transaction {
    /// How far the stream has come, in the order in which rules wait for it. Both sides share it.
    enum State: UInt8, Comparable {
        case idle, open, reserved, clientData, clientDone, serverData, serverDone, closed
        /// Frames of stream 0: there is nothing to wait for.
        case connection

        static func < (a: State, b: State) -> Bool { a.rawValue < b.rawValue }
    }

    /// Frames kept for rules and logs, by side. Data frames only say that they were there: one of them is enough.
    private static let mostFrames = 1024

    let streamID: UInt32
    private(set) var state: State
    /// The stream that a push promise opened and whose headers go on in CONTINUATION frames.
    var promisedStream: UInt32?
    private(set) var frames: (toServer: [HTTP2FrameRecord], toClient: [HTTP2FrameRecord]) = ([], [])
    private(set) var headers: (toServer: HTTP2Headers, toClient: HTTP2Headers) = (HTTP2Headers(), HTTP2Headers())
    var bodies: (toServer: HTTP2Body, toClient: HTTP2Body) = (HTTP2Body(), HTTP2Body())
    /// The question and the answer of DNS over HTTP (RFC 8484).
    var dns: (toServer: DNSTransaction?, toClient: DNSTransaction?) = (nil, nil)

    init(id: UInt64, startTime: Timestamp, streamID: UInt32) {
        self.streamID = streamID
        state = streamID == 0 ? .connection : .open
        super.init(id: id, startTime: startTime)
        updateProgress()
    }

    public override func completeProgress(_ direction: FlowDirection) -> UInt8 { HTTP1Progress.complete }

    func raise(_ event: HTTP2Fields.Event) { raise(event.rawValue) }

    /// Rules on HTTP buffers wait for the client's headers or data, or the server's; at the end everything is there.
    private func updateProgress() {
        if state >= .closed {
            advance(.toServer, to: HTTP1Progress.complete)
            advance(.toClient, to: HTTP1Progress.complete)
            return
        }
        if state >= .clientData { advance(.toServer, to: HTTP1Progress.body) }
        if state >= .serverData { advance(.toClient, to: HTTP1Progress.body) }
    }

    /// The headers of a side are whole: what rules see of them does not wait for its data.
    func noteHeaders(_ direction: FlowDirection) { advance(direction, to: HTTP1Progress.headers) }

    func moveTo(_ next: State) {
        state = next
        updateProgress()
    }

    /// What the end of a side, or data from it, makes of the state.
    func note(_ header: HTTP2FrameHeader, _ direction: FlowDirection) {
        guard header.type == HTTP2FrameType.data || header.type == HTTP2FrameType.headers else { return }
        if header.flags.contains(.endStream) {
            switch (state, direction) {
            case (.clientDone, .toClient), (.serverData, .toClient), (.serverDone, .toServer): moveTo(.closed)
            case (.closed, _), (.connection, _), (.clientDone, .toServer), (.serverData, .toServer), (.serverDone, .toClient): break
            case (_, .toServer): moveTo(.clientDone)
            case (_, .toClient): moveTo(.serverDone)
            }
        } else if header.type == HTTP2FrameType.data {
            let reached: State = direction == .toServer ? .clientData : .serverData
            if state < reached { moveTo(reached) }
        }
    }

    func add(_ frame: HTTP2FrameRecord, _ direction: FlowDirection) {
        if direction == .toServer {
            HTTP2Transaction.append(frame, to: &frames.toServer)
        } else {
            HTTP2Transaction.append(frame, to: &frames.toClient)
        }
    }

    private static func append(_ frame: HTTP2FrameRecord, to list: inout [HTTP2FrameRecord]) {
        if case .none = frame.content, list.contains(where: { $0.type == frame.type }) { return }
        if list.count < mostFrames { list.append(frame) }
    }

    /// Adds a block's entries; gives their range among all of the side.
    func add(_ entries: [HPACKEntry], _ direction: FlowDirection) -> Range<Int> {
        let start = headers(direction).entries.count
        if direction == .toServer { headers.toServer.append(entries) } else { headers.toClient.append(entries) }
        built = (nil, nil)
        return start..<headers(direction).entries.count
    }

    func headers(_ direction: FlowDirection) -> HTTP2Headers { direction == .toServer ? headers.toServer : headers.toClient }

    func frames(_ direction: FlowDirection) -> [HTTP2FrameRecord] { direction == .toServer ? frames.toServer : frames.toClient }

    public override var isWorthLogging: Bool {
        if !headers.toServer.isEmpty || !headers.toClient.isEmpty { return true }
        return (frames.toServer + frames.toClient).contains { frame in
            switch frame.content {
            case .settings, .error, .priority: true
            case .none, .windowIncrement, .headers: false
            }
        }
    }

    public override var logType: LogType? {
        dns.toServer != nil || dns.toClient != nil ? LogType(name: "doh2", event: "dns") : nil
    }

    public override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        if isWorthLogging { writeLog(&json) }
        (dns.toClient ?? dns.toServer)?.writeObject(&json)
    }

    // MARK: buffers

    /// `name: value` lines of each side, until more headers come.
    private var built: (toServer: [UInt8]?, toClient: [UInt8]?) = (nil, nil)

    public override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance >= 0 else { return false }
        switch buffer.appProtocol {
        case .dns:
            let inner = direction == .toServer ? dns.toServer : dns.toClient
            return inner?.withBuffer(buffer, direction, instance: instance, body) ?? false
        case .http1:
            if buffer == .httpRequestHeader || buffer == .httpResponseHeader {
                return supply(headers(direction).line(instance), body)
            }
            return instance == 0 && supply(bytes(of: buffer, direction), body)
        case .http2:
            if buffer == .http2HeaderName { return supply(headers(direction).name(instance), body) }
            if buffer == .http2Header { return supply(headers(direction).line(instance), body) }
            let numbers = numbers(of: buffer, direction)
            guard instance < numbers.count else { return false }
            NumberField.supply(numbers[instance], body)
            return true
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
    }

    private func supply(_ bytes: [UInt8]?, _ body: (RawSpan) -> Void) -> Bool {
        guard let bytes else { return false }
        body(bytes.rawSpan)
        return true
    }

    private func bytes(of buffer: BufferID, _ direction: FlowDirection) -> [UInt8]? {
        let side = headers(direction)
        switch buffer {
        case .httpURI, .httpRawURI: return headers.toServer.first(":path")
        case .httpMethod: return headers.toServer.first(":method")
        case .httpHost: return host
        case .httpRawHost: return headers.toServer.value(":authority")
        case .httpRequestLine:
            return (headers.toServer.first(":method") ?? []) + [32] + (headers.toServer.first(":path") ?? []) + Array(" HTTP/2\r\n".utf8)
        case .httpResponseLine: return Array("HTTP/2 ".utf8) + (headers.toClient.first(":status") ?? []) + [13, 10]
        case .httpProtocol: return Array("HTTP/2".utf8)
        case .httpStatusCode: return headers.toClient.first(":status")
        case .httpStatusMessage: return []
        case .httpHeader:
            if let lines = direction == .toServer ? built.toServer : built.toClient { return lines }
            let lines = side.lines(trimmed: true, cookie: direction == .toServer ? "cookie" : "set-cookie")
            if direction == .toServer { built.toServer = lines } else { built.toClient = lines }
            return lines
        case .httpRawHeader: return side.lines(trimmed: false, cookie: "")
        case .httpHeaderNames: return side.names()
        case .httpCookie: return direction == .toServer ? side.value("cookie") : side.value("set-cookie")
        case .httpUserAgent: return headers.toServer.value("user-agent")
        case .httpReferer: return headers.toServer.value("referer")
        case .httpAccept: return headers.toServer.value("accept")
        case .httpAcceptEncoding: return headers.toServer.value("accept-encoding")
        case .httpAcceptLanguage: return headers.toServer.value("accept-language")
        case .httpConnection: return side.value("connection")
        case .httpContentLength: return side.value("content-length")
        case .httpContentType: return side.value("content-type")
        case .httpServer: return headers.toClient.value("server")
        case .httpLocation: return headers.toClient.value("location")
        default: return nil
        }
    }

    /// Without user and port, in lower case.
    private var host: [UInt8]? {
        guard var host = headers.toServer.value(":authority")?[...] else { return nil }
        if let at = host.firstIndex(of: 64) { host = host[(at + 1)...] }
        if host.first == 91, let close = host.firstIndex(of: 93) {
            host = host[...close]
        } else if let colon = host.firstIndex(of: 58) {
            host = host[..<colon]
        }
        return host.map(ASCII.lowercased)
    }

    private func numbers(of buffer: BufferID, _ direction: FlowDirection) -> [UInt64] {
        let frames = frames(direction)
        switch buffer {
        case .http2FrameType: return frames.map { UInt64($0.type) }
        case .http2ErrorCode: return frames.compactMap { if case .error(let code) = $0.content { UInt64(code) } else { nil } }
        case .http2Priority: return frames.compactMap(\.weight).map { UInt64($0) }
        case .http2Window: return frames.compactMap { if case .windowIncrement(let size) = $0.content { UInt64(size) } else { nil } }
        case .http2SizeUpdate: return headers(direction).entries.compactMap { if case .sizeUpdate(let size) = $0 { size } else { nil } }
        default:
            var values: [UInt64] = []
            for case .settings(let list) in frames.map(\.content) {
                for setting in list where BufferID.http2Setting(setting.id) == buffer { values.append(UInt64(setting.value)) }
            }
            return values
        }
    }

    public override func streamingBody(_ buffer: BufferID, _ direction: FlowDirection, instance: Int) -> StreamingBody? {
        switch buffer {
        case .httpRequestBody: super.streamingBody(.fileData, .toServer, instance: instance)
        case .httpResponseBody: super.streamingBody(.fileData, .toClient, instance: instance)
        default: super.streamingBody(buffer, direction, instance: instance)
        }
    }
}

extension HTTP2FrameRecord {
    /// The weight of PRIORITY, or of HEADERS that carry one.
    var weight: UInt8? {
        switch content {
        case .priority(let weight): weight
        case .headers(_, let priority): priority
        case .none, .settings, .error, .windowIncrement: nil
        }
    }
}
