import Bytes

/// PostgreSQL, protocol version 3. Simple queries, copies and the beginning of a connection are followed; the extended query protocol
/// is passed by.
final class PgSQLParser: ProtocolParser {
    /// Where the conversation stands: after which message.
    private enum State {
        case idle, sslRequested, started, answered, queried, ended
        case sslRefused, asksPassword, asksSASL, asksMoreSASL, saslDone, ready, responding, copyIn, copying
    }

    private let limits: ParserLimits
    private var state = State.idle
    private var current: PgSQLTransaction?
    /// Bytes of messages that are passed over.
    private var skips = MessageRemainder()
    private var hasGap = (toServer: false, toClient: false)

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.pgsql)
    }

    // MARK: framing

    override var hurriesRaw: Bool { true }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            if skips.pass(bytes, &offset, direction) { continue }
            let rest = bytes.dropping(offset)
            if takeGap(direction), PgSQLParser.probe(rest, direction) == .no {
                // Not at the start of a message: this piece cannot be read, the next one may begin with one.
                setGap(true, direction)
                return ConsumeResult(consumed: bytes.byteCount)
            }
            if direction == .toClient, state == .sslRequested {
                let isAccepted = rest.byte(at: 0) == 0x53
                guard isAccepted || rest.byte(at: 0) == 0x4e else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
                offset += 1
                current?.add(response: .sslAnswer(isAccepted: isAccepted))
                current?.complete()
                state = .sslRefused
                if isAccepted { return ConsumeResult(consumed: offset, status: .upgrade) }
                continue
            }
            do throws(ParseError) {
                guard let count = try message(rest, direction, time) else { break }
                offset += count
            } catch {
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
        }
        return ConsumeResult(consumed: offset)
    }

    /// Reads one message; its size, or nil where more bytes are needed.
    private func message(_ bytes: RawSpan, _ direction: FlowDirection, _ time: Timestamp) throws(ParseError) -> Int? {
        guard let frame = try PgSQLFrame(bytes, direction) else { return nil }
        guard frame.size <= PgSQLMessage.longest else {
            skips[direction] = frame.size
            return 0
        }
        guard bytes.byteCount >= frame.size else { return nil }
        let body = bytes.extracting(frame.header..<frame.size)
        if direction == .toServer {
            request(frame.letter == 0 ? try .initial(body) : try .frontend(frame.letter, body, awaited), time)
        } else {
            response(try .backend(frame.letter, body))
        }
        return frame.size
    }

    private var awaited: PgSQLMessage.Answer {
        switch state {
        case .asksPassword: .password
        case .asksSASL: .saslInitial
        case .asksMoreSASL: .saslResponse
        default: .none
        }
    }

    private func setGap(_ value: Bool, _ direction: FlowDirection) {
        if direction == .toServer { hasGap.toServer = value } else { hasGap.toClient = value }
    }

    private func takeGap(_ direction: FlowDirection) -> Bool {
        defer { setGap(false, direction) }
        return direction == .toServer ? hasGap.toServer : hasGap.toClient
    }

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        let skip = skips[direction]
        skips[direction] = max(0, skip - count)
        if count > skip { setGap(true, direction) }
        return true
    }

    // MARK: conversation

    private func begin(_ request: PgSQLMessage?, _ time: Timestamp) {
        let limit = limits.transactions(of: "pgsql", otherwise: 1024)
        if transactions.count > limit { (transactions.first { !$0.isComplete } as? PgSQLTransaction)?.complete() }
        let transaction = PgSQLTransaction(id: nextTransactionID, startTime: time)
        nextTransactionID += 1
        if let request { transaction.add(request: request) }
        transactions.append(transaction)
        current = transaction
    }

    private func request(_ message: PgSQLMessage, _ time: Timestamp) {
        switch message {
        case .copyData(let size):
            if state == .copyIn { begin(nil, time) }
            state = .copying
            current?.copiedIn.count += 1
            current?.copiedIn.size += size
            return
        case .copyDone, .copyFail:
            // A copy of nothing has its exchange too.
            if state == .copyIn { begin(nil, time) }
            current?.add(request: message)
            current?.advance(.toServer, to: 1)
            state = .responding
            return
        case .sslRequest: state = .sslRequested
        case .startup: state = .started
        case .password, .saslInitial, .saslResponse: state = .answered
        case .query: state = .queried
        case .cancel, .terminate: state = .ended
        default: return
        }
        begin(message, time)
        current?.advance(.toServer, to: 1)
        // Nothing comes back.
        if state == .ended { current?.complete() }
    }

    private func response(_ message: PgSQLMessage) {
        var isLast = false
        switch message {
        case .dataRow(let size):
            state = .responding
            current?.rows.count += 1
            current?.rows.size += size
            return
        case .copyData(let size):
            current?.copiedOut.count += 1
            current?.copiedOut.size += size
            return
        case .authentication(let kind, _):
            switch kind {
            case .ok: state = .responding
            case .cleartext, .md5: (state, isLast) = (.asksPassword, true)
            case .sasl: (state, isLast) = (.asksSASL, true)
            case .saslContinue: (state, isLast) = (.asksMoreSASL, true)
            case .saslFinal: (state, isLast) = (.saslDone, true)
            case .sspi: return
            }
        case .readyForQuery: (state, isLast) = (.ready, true)
        case .copyIn: (state, isLast) = (.copyIn, true)
        case .parameterStatus, .backendKey, .rowDescription, .commandComplete, .error, .copyOut, .copyDone: state = .responding
        default: return
        }
        current?.add(response: message)
        if isLast { current?.complete() }
    }
}

/// Letter and length of a message; the first one of a connection has no letter.
private struct PgSQLFrame {
    var letter: UInt8
    var header: Int
    /// Of all, with letter and length.
    var size: Int

    init?(_ bytes: RawSpan, _ direction: FlowDirection) throws(ParseError) {
        guard bytes.byteCount >= 1 else { return nil }
        letter = direction == .toServer && bytes.byte(at: 0) == 0 ? 0 : bytes.byte(at: 0)
        header = letter == 0 && direction == .toServer ? 4 : 5
        guard bytes.byteCount >= header else { return nil }
        // The length counts itself.
        let length = Int(bytes.uint32(at: header - 4))
        guard length >= (header == 4 ? 8 : 4) else { throw .malformed }
        size = header - 4 + length
    }
}

extension PgSQLParser {
    static let descriptor = ProtocolDescriptor(
        .pgsql, name: "pgsql", transports: .tcp, ports: [5432], requiresPort: true, streamDepth: 0,
        buffers: PgSQLTransaction.buffers, eventType: "pgsql", probe: { bytes, direction in probe(bytes, direction) },
        makeParser: { limits, _ in PgSQLParser(limits: limits) })

    static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount >= 1 else { return .unsure }
        let first = bytes.byte(at: 0)
        if direction == .toClient, first == 0x4e || first == 0x53 { return .certain }
        do throws(ParseError) {
            guard let frame = try PgSQLFrame(bytes, direction) else { return .unsure }
            guard frame.size <= PgSQLMessage.longest else { return .no }
            guard bytes.byteCount >= frame.size else { return .unsure }
            let body = bytes.extracting(frame.header..<frame.size)
            let message: PgSQLMessage
            if direction == .toServer {
                message = frame.letter == 0 ? try .initial(body) : try .frontend(frame.letter, body, .none)
            } else {
                message = try .backend(frame.letter, body)
            }
            if case .other = message { return .no }
            return .certain
        } catch {
            return .no
        }
    }
}
