import Bytes

/// HTTP/1.x and 0.9 (RFC 9112), read the way servers and browsers do rather than the way the standard asks.
final class HTTP1Parser: ProtocolParser {
    /// Where a direction stands.
    enum Stage {
        case startLine, headers, bodyOfLength(UInt64), chunkSize, chunkData(UInt64), chunkEnd, trailers, bodyToEnd, ignored
        /// The response is whole, but more bytes are at hand that may belong to it.
        case finalize
    }

    struct Side {
        var stage = Stage.startLine
        /// Bytes of an unfinished line or header block that were already searched for its end; of a response's headers, where the first
        /// unfinished line begins.
        var searched = 0
        var followsLFCR = false
        var decoders = BodyDecoders()
    }

    let limits: ParserLimits
    var request = Side()
    var response = Side()
    var requesting: HTTP1Transaction?
    private enum Frame: UInt8 { case request, response }
    /// Where the step at hand began in the bytes at hand, and the frames of the messages that are being read.
    private var position = 0
    private var requestFrame: FrameID?
    private var responseFrame: FrameID?
    /// Messages that ended with the step at hand.
    private var ended: FlowDirections = []
    /// What follows is no HTTP/1: another protocol, announced (``successor``) or to be found out, or one that nobody here reads.
    var tunnel: Tunnel?

    enum Tunnel { case readable, opaque }

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.http1)
    }

    private func newTransaction(_ time: Timestamp) -> HTTP1Transaction {
        let transaction = HTTP1Transaction(id: nextTransactionID, startTime: time)
        nextTransactionID += 1
        transactions.append(transaction)
        return transaction
    }

    /// The oldest transaction whose response is not complete.
    private var awaitingResponse: HTTP1Transaction? {
        for case let transaction as HTTP1Transaction in transactions
        where transaction.progress.toClient < HTTP1Progress.complete { return transaction }
        return nil
    }

    /// The transaction that a response belongs to; one without a request where nobody asked.
    func responding(_ time: Timestamp) -> HTTP1Transaction {
        if let transaction = awaitingResponse { return transaction }
        let transaction = newTransaction(time)
        transaction.advance(.toServer, to: HTTP1Progress.complete)
        raise(.unmatchedResponse, transaction)
        return transaction
    }

    override var hurriesRaw: Bool { true }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        if direction == .toServer { lastRequest = nil }
        while offset < bytes.byteCount {
            let rest = bytes.dropping(offset)
            position = offset
            let taken = direction == .toServer ? stepRequest(rest, time) : stepResponse(rest, time)
            guard let taken else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            if !ended.isEmpty { endFrame(direction, at: offset + taken) }
            if let tunnel { return ConsumeResult(consumed: offset + taken, status: tunnel == .readable ? .upgrade : .bypass) }
            if taken == 0 { break }
            offset += taken
        }
        if direction == .toClient, offset == bytes.byteCount, case .finalize = response.stage { completeResponse(responding(time)) }
        return ConsumeResult(consumed: offset)
    }

    // MARK: frames

    func beginFrame(_ direction: FlowDirection, _ transaction: HTTP1Transaction) {
        guard frames != nil else { return }
        if direction == .toServer {
            requestFrame = frame(Frame.request, at: position, length: nil, direction, of: transaction.id)
        } else if responseFrame == nil {
            responseFrame = frame(Frame.response, at: position, length: nil, direction, of: transaction.id)
        }
    }

    /// The message of that direction ends with the step at hand.
    func noteEnd(_ direction: FlowDirection) { ended.insert(FlowDirections(direction)) }

    private func endFrame(_ direction: FlowDirection, at place: Int) {
        if ended.contains(direction) {
            endFrame(direction == .toServer ? requestFrame : responseFrame, at: place)
            if direction == .toServer { requestFrame = nil } else { responseFrame = nil }
        }
        ended = []
    }

    // MARK: lines

    /// The length of the first line with its LF, or nil when it is not all there; `searched` bytes hold no LF.
    private func lineLength(_ bytes: RawSpan, _ side: inout Side) -> Int? {
        let from = min(side.searched, bytes.byteCount)
        if let at = bytes.firstOffset(of: 10, from: from) {
            side.searched = 0
            return at + 1
        }
        side.searched = bytes.byteCount
        return nil
    }

    private func withoutLineEnd(_ line: RawSpan) -> [UInt8] {
        var count = line.byteCount
        if count > 0, line.byte(at: count - 1) == 10 { count -= 1 }
        if count > 0, line.byte(at: count - 1) == 13 { count -= 1 }
        return line.prefix(count).copied()
    }

    /// The length of a block of header lines up to and including the empty line, or nil when it is not all there.
    private func blockLength(_ bytes: RawSpan, _ side: inout Side) -> Int? {
        // The empty line may begin before the place up to which was searched.
        var from = max(0, side.searched - 2)
        while let at = bytes.firstOffset(of: 10, from: from) {
            if at == 0 || at == 1 && bytes.byte(at: 0) == 13 { return at + 1 }
            if at + 1 < bytes.byteCount, bytes.byte(at: at + 1) == 10 {
                side.searched = 0
                return at + 2
            }
            if at + 2 < bytes.byteCount, bytes.byte(at: at + 1) == 13, bytes.byte(at: at + 2) == 10 {
                side.searched = 0
                return at + 3
            }
            from = at + 1
        }
        side.searched = bytes.byteCount
        return nil
    }

    // MARK: requests

    private func stepRequest(_ bytes: RawSpan, _ time: Timestamp) -> Int? {
        switch request.stage {
        case .startLine:
            let first = bytes.byte(at: 0)
            if let length = unexpectedBody(bytes) { return length }
            if first == 10 || first == 13 { return 1 }
            guard let length = lineLength(bytes, &request) else { return bytes.byteCount > limits.headerLimit ? nil : 0 }
            guard transactions.count < limits.transactionLimit else { return nil }
            let transaction = newTransaction(time)
            beginFrame(.toServer, transaction)
            requesting = transaction
            transaction.requestLine = withoutLineEnd(bytes.prefix(length))
            splitRequestLine(transaction)
            checkRequestLine(transaction)
            transaction.advance(.toServer, to: HTTP1Progress.line)
            if transaction.requestProtocol.isEmpty, !lacksProtocolOnly(bytes.dropping(length)) {
                // HTTP/0.9 has nothing but the line, and nothing comes after it.
                transaction.advance(.toServer, to: HTTP1Progress.complete)
                noteEnd(.toServer)
                request.stage = .ignored
            } else {
                if transaction.requestProtocol.isEmpty { raise(.requestLineMissingProtocol, transaction) }
                request.stage = .headers
            }
            return length
        case .headers:
            guard let transaction = requesting else { return nil }
            guard let length = blockLength(bytes, &request) else { return bytes.byteCount > limits.headerLimit ? nil : 0 }
            request.searched = 0
            transaction.requestHeaders.append(bytes.prefix(length))
            checkRequestHeaders(transaction)
            beginRequestBody(transaction)
            return length
        case .ignored: return bytes.byteCount
        default:
            guard let transaction = requesting else { return nil }
            return stepBody(bytes, transaction, .toServer)
        }
    }

    func raise(_ event: HTTP1Fields.Event, _ transaction: HTTP1Transaction) { transaction.raise(event.rawValue) }

    var multipart: Multipart?
    /// The request that ended with the bytes at hand: what follows in them and is no request belongs to its body.
    var lastRequest: HTTP1Transaction?

    // MARK: bodies

    func isChunked(_ headers: HTTPHeaders) -> Bool {
        guard let value = headers.value("transfer-encoding") else { return false }
        return String(decoding: value.filter { $0 != 0 }.map(ASCII.lowercased), as: UTF8.self).contains("chunked")
    }

    /// The first number in the first Content-Length; what stands around it does not count.
    func contentLength(_ headers: HTTPHeaders) -> UInt64? {
        guard let value = headers.value("content-length") else { return nil }
        var length: UInt64 = 0
        var digits = 0
        for byte in value.drop(while: { !ASCII.isDigit($0) }) {
            guard ASCII.isDigit(byte) else { break }
            digits += 1
            guard digits < 19 else { return nil }
            length = length * 10 + UInt64(byte - 48)
        }
        return digits > 0 ? length : nil
    }

    private func stage(_ direction: FlowDirection) -> Stage { direction == .toServer ? request.stage : response.stage }

    func setStage(_ direction: FlowDirection, _ stage: Stage) {
        if direction == .toServer { request.stage = stage } else { response.stage = stage }
    }

    private func finish(_ transaction: HTTP1Transaction, _ direction: FlowDirection) {
        if direction == .toServer { finishRequest(transaction) } else { finishResponse(transaction) }
    }

    private func line(_ bytes: RawSpan, _ direction: FlowDirection) -> Int? {
        direction == .toServer ? lineLength(bytes, &request) : lineLength(bytes, &response)
    }

    func stepBody(_ bytes: RawSpan, _ transaction: HTTP1Transaction, _ direction: FlowDirection) -> Int? {
        switch stage(direction) {
        case .bodyOfLength(let left):
            let count = Int(min(left, UInt64(bytes.byteCount)))
            bodyBytes(bytes.prefix(count), transaction, direction)
            if UInt64(count) == left { finish(transaction, direction) } else { setStage(direction, .bodyOfLength(left - UInt64(count))) }
            return count
        case .bodyToEnd:
            bodyBytes(bytes, transaction, direction)
            return bytes.byteCount
        case .chunkSize:
            let length = line(bytes, direction) ?? 0
            if length == 0, couldBeChunkSize(bytes) { return bytes.byteCount > 4096 ? nil : 0 }
            guard length > 0, let size = chunkSize(bytes.prefix(length)) else {
                raise(direction == .toServer ? .invalidRequestChunk : .invalidResponseChunk, transaction)
                // Not chunked after all: servers that lie are read as they are.
                setStage(direction, .bodyToEnd)
                bodyBytes(bytes, transaction, direction)
                return bytes.byteCount
            }
            if size == 0 { setStage(direction, .trailers) } else { setStage(direction, .chunkData(size)) }
            return length
        case .chunkData(let left):
            let count = Int(min(left, UInt64(bytes.byteCount)))
            bodyBytes(bytes.prefix(count), transaction, direction)
            setStage(direction, UInt64(count) == left ? .chunkEnd : .chunkData(left - UInt64(count)))
            return count
        case .chunkEnd:
            let first = bytes.byte(at: 0)
            if first == 13 { return 1 }
            setStage(direction, .chunkSize)
            return first == 10 ? 1 : stepBody(bytes, transaction, direction)
        case .trailers:
            guard
                let length = direction == .toServer ? blockLength(bytes, &request) : responseBlockLength(bytes)
            else { return bytes.byteCount > limits.headerLimit ? nil : 0 }
            request.searched = direction == .toServer ? 0 : request.searched
            if direction == .toServer {
                transaction.requestHeaders.append(bytes.prefix(length))
            } else {
                transaction.responseHeaders.appendResponse(bytes.prefix(length), isVersion11: transaction.isResponseVersion11)
            }
            transaction.forgetBuilt(direction)
            finish(transaction, direction)
            return length
        case .startLine, .headers, .finalize, .ignored: return nil
        }
    }

    /// False when a line without an end can be no chunk's size: eight bytes and more, and the first that is no blank is no digit.
    private func couldBeChunkSize(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount >= 8 else { return true }
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(at: index)
            if ASCII.isSpace(byte) { continue }
            return ASCII.hexValue(byte) != nil || byte == 59
        }
        return true
    }

    /// The size in a chunk's line, extensions ignored; nil when there is no number.
    private func chunkSize(_ line: RawSpan) -> UInt64? {
        var size: UInt64 = 0
        var digits = 0
        for index in 0..<line.byteCount {
            let byte = line.byte(at: index)
            if let value = ASCII.hexValue(byte) {
                digits += 1
                guard digits <= 15 else { return nil }
                size = size << 4 | UInt64(value)
            } else if digits > 0 || !ASCII.isSpace(byte) {
                break
            }
        }
        return digits > 0 ? size : nil
    }

    func bodyBytes(_ bytes: RawSpan, _ transaction: HTTP1Transaction, _ direction: FlowDirection) {
        guard bytes.byteCount > 0 else { return }
        if direction == .toServer {
            request.decoders.decode(bytes) { piece in
                formBytes(piece, transaction)
                transaction.requestBody?.append(piece)
                transaction.requestFile?.append(piece)
            }
        } else {
            transaction.responseBodySent += UInt64(bytes.byteCount)
            response.decoders.decode(bytes) { piece in
                transaction.responseFile?.append(piece)
                transaction.partial?.append(piece)
            }
        }
    }

    /// Forms are taken apart as far as bodies are looked at; a file that reaches past that is cut there.
    private func formBytes(_ bytes: RawSpan, _ transaction: HTTP1Transaction) {
        guard multipart != nil else { return }
        let limit = limits.requestBodyLimit
        let seen = transaction.requestBody?.total ?? 0
        let room = limit == 0 ? Int.max : Int(clamping: limit > seen ? limit - seen : 0)
        multipart?.append(bytes.prefix(room), into: transaction)
        guard bytes.byteCount > room else { return }
        multipart?.end(into: transaction)
        multipart = nil
    }

    // MARK: gaps and ends

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        let lost = UInt64(max(count, 0))
        switch stage(direction) {
        case .bodyOfLength(let left) where lost <= left:
            noteGap(count, direction, time)
            if lost == left {
                if direction == .toServer, let requesting { finishRequest(requesting) } else { completeResponse(responding(time)) }
            } else {
                setStage(direction, .bodyOfLength(left - lost))
            }
            return true
        case .chunkData(let left) where lost < left:
            noteGap(count, direction, time)
            setStage(direction, .chunkData(left - lost))
            return true
        case .bodyToEnd:
            noteGap(count, direction, time)
            return true
        default:
            // Where the next message begins is not known any more; the other side can still be read.
            endAtGap(count, direction, time)
            return true
        }
    }

    private func endAtGap(_ count: Int, _ direction: FlowDirection, _ time: Timestamp) {
        if case .bodyOfLength(let left) = stage(direction) { noteGap(Int(min(left, UInt64(max(count, 0)))), direction, time) }
        if direction == .toServer {
            requesting?.requestBody?.complete()
            requesting?.requestFile?.close(.truncated)
            requesting?.advance(.toServer, to: HTTP1Progress.complete)
            requesting = nil
        } else if let transaction = awaitingResponse, transaction.hasResponse || transaction.responseFile != nil {
            transaction.responseFile?.close(.truncated)
            transaction.advance(.toClient, to: HTTP1Progress.complete)
        }
        setStage(direction, .ignored)
    }

    private func noteGap(_ count: Int, _ direction: FlowDirection, _ time: Timestamp) {
        if direction == .toServer {
            requesting?.requestBody?.noteGap(count)
            requesting?.requestFile?.noteGap(count)
        } else {
            responding(time).responseFile?.noteGap(count)
        }
    }

    /// Lines and headers that the end has cut off count as far as they came.
    override func finish(_ rest: RawSpan, _ direction: FlowDirection, time: Timestamp) {
        switch stage(direction) {
        case .startLine, .headers:
            let whole = rest.copied() + [13, 10, 13, 10]
            _ = consume(whole.rawSpan, direction, time: time)
        default: break
        }
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        for case let transaction as HTTP1Transaction in transactions {
            if direction == .toServer {
                transaction.requestBody?.complete()
                transaction.requestFile?.close(.truncated)
                multipart?.end(into: transaction)
                multipart = nil
            } else if transaction.hasResponse || transaction.responseFile != nil {
                if case .bodyToEnd = response.stage { transaction.responseFile?.close(.closed) }
                transaction.responseFile?.close(.truncated)
            }
            transaction.advance(direction, to: HTTP1Progress.complete)
        }
        requesting = direction == .toServer ? nil : requesting
        setStage(direction, .ignored)
    }
}

extension HTTP1Parser {
    static let methods: [[UInt8]] = [
        "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",
        "LOCK", "UNLOCK", "REPORT", "SEARCH", "SUBSCRIBE", "NOTIFY", "M-SEARCH", "BCOPY", "BMOVE", "POLL", "RPC_IN_DATA", "RPC_OUT_DATA",
        "CHECKOUT", "MERGE", "MKACTIVITY", "VERSION-CONTROL", "UPDATE", "LABEL", "ACL", "BIND", "MKWORKSPACE", "CHECKIN", "UNCHECKOUT",
    ].map { Array($0.utf8) }

    static let descriptor = ProtocolDescriptor(
        .http1, name: "http", transports: .tcp, ports: [80, 8080, 8000, 8081, 8888, 3128], buffers: HTTP1Fields.buffers,
        events: HTTP1Fields.events, frames: ["request", "response"], steps: HTTP1Progress.steps, eventType: "http", probe: probe
    ) { limits, _ in HTTP1Parser(limits: limits) }

    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        // Some clients send empty lines first.
        var start = 0
        while start < bytes.byteCount, bytes.byte(at: start) == 13 || bytes.byte(at: start) == 10, start < 8 { start += 1 }
        let text = bytes.dropping(start)
        if direction == .toClient {
            let wanted: InlineArray<5, UInt8> = [72, 84, 84, 80, 47]
            for index in 0..<min(5, text.byteCount) where ASCII.uppercased(text.byte(at: index)) != wanted[index] { return .no }
            return text.byteCount >= 5 ? .certain : .unsure
        }
        guard text.byteCount > 0 else { return .unsure }
        let first = text.byte(at: 0)
        var isOpen = false
        for method in methods where method[0] == first {
            let count = min(method.count, text.byteCount)
            var same = true
            for index in 0..<count where text.byte(at: index) != method[index] {
                same = false
                break
            }
            guard same else { continue }
            if text.byteCount <= method.count {
                isOpen = true
            } else if text.byte(at: method.count) == 32 || text.byte(at: method.count) == 9 {
                // The second line of SIP, RTSP and the like says so; HTTP's request line ends with HTTP/.
                return belongsToAnother(text) ? .no : .certain
            }
        }
        return isOpen ? .unsure : .no
    }

    /// SIP and RTSP share methods with HTTP.
    private static func belongsToAnother(_ text: RawSpan) -> Bool {
        guard let end = text.firstOffset(of: 10, from: 0) else { return false }
        let line = text.prefix(end)
        var space = line.firstOffset(of: 32, from: 0)
        while let at = space {
            let word = line.dropping(at + 1)
            if word.begins(with: "SIP/2.0") || word.begins(with: "RTSP/1.0") || word.begins(with: "ICAP/1.0") { return true }
            space = line.firstOffset(of: 32, from: at + 1)
        }
        return false
    }
}
