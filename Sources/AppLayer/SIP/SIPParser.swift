import Bytes

/// SIP over UDP and TCP (RFC 3261).
final class SIPParser: ProtocolParser {
    private let isStream: Bool
    private let limits: ParserLimits
    /// Bytes of a body that are still to come, by direction.
    private var bodyLeft = MessageRemainder()
    /// The bytes at hand are the last of their direction.
    private var isEnding = false

    init(limits: ParserLimits, isStream: Bool) {
        self.limits = limits
        self.isStream = isStream
        super.init(.sip)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        guard isStream else {
            switch SIPMessage.read(bytes, isDatagram: true) {
            case .message(var message) where message.isRequest == (direction == .toServer):
                if message.describesSession { message.session = SessionDescription(bytes.dropping(message.headLength)) }
                report(message, at: 0, direction, body: bytes.byteCount - message.headLength)
                add(message, direction, time)
            case .incomplete: raise(.incompleteData)
            // A request in the direction of the answers, or the reverse, is no message of this conversation.
            case .invalid, .message: raise(.invalidData)
            }
            return ConsumeResult(consumed: bytes.byteCount)
        }
        var offset = 0
        while offset < bytes.byteCount {
            if bodyLeft.pass(bytes, &offset, direction) { continue }
            // Empty lines between messages keep the connection alive (RFC 5626 §3.5.1).
            let first = bytes.byte(at: offset)
            if first == 13 || first == 10 {
                offset += 1
                continue
            }
            switch SIPMessage.read(bytes.dropping(offset), isDatagram: false) {
            case .message(var message) where message.isRequest == (direction == .toServer):
                let body = bytes.dropping(offset + message.headLength)
                if message.describesSession, message.contentLength <= SessionDescription.limit {
                    guard body.byteCount >= message.contentLength || isEnding else { return ConsumeResult(consumed: offset) }
                    message.session = SessionDescription(body.prefix(min(message.contentLength, body.byteCount)))
                }
                report(message, at: offset, direction, body: message.contentLength)
                offset += message.headLength
                bodyLeft[direction] = message.contentLength
                add(message, direction, time)
            case .incomplete: return ConsumeResult(consumed: offset)
            case .invalid, .message:
                raise(.invalidData)
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
        }
        return ConsumeResult(consumed: offset)
    }

    override func finish(_ rest: RawSpan, _ direction: FlowDirection, time: Timestamp) {
        guard isStream else { return }
        isEnding = true
        _ = consume(rest, direction, time: time)
        isEnding = false
    }

    private enum Frame: UInt8 { case pdu, requestLine, responseLine, requestHeaders, responseHeaders, requestBody, responseBody }

    private func report(_ message: SIPMessage, at place: Int, _ direction: FlowDirection, body: Int) {
        guard frames != nil else { return }
        // The transaction that is made of the message, unless there are too many.
        let id = transactions.count < limits.transactionLimit ? nextTransactionID : nil
        let isRequest = message.isRequest
        let head = message.lineLength
        frame(Frame.pdu, at: place, length: message.headLength + body, direction, of: id)
        frame(isRequest ? Frame.requestLine : .responseLine, at: place, length: head, direction, of: id)
        frame(isRequest ? Frame.requestHeaders : .responseHeaders, at: place + head, length: message.headersLength, direction, of: id)
        if body > 0 {
            frame(isRequest ? Frame.requestBody : .responseBody, at: place + message.headLength, length: body, direction, of: id)
        }
    }

    private func add(_ message: SIPMessage, _ direction: FlowDirection, _ time: Timestamp) {
        guard transactions.count < limits.transactionLimit else { return }
        transactions.append(SIPTransaction(id: nextTransactionID, startTime: time, message: message, direction: direction))
        nextTransactionID += 1
    }

    private func raise(_ event: SIPFields.Event) {
        if events.count < 32, !events.contains(event.rawValue) { events.append(event.rawValue) }
    }
}

extension SIPParser {
    static let descriptor = ProtocolDescriptor(
        .sip, name: "sip", transports: [.tcp, .udp], ports: [5060, 5061], buffers: SIPFields.buffers, events: SIPFields.events,
        frames: ["pdu", "request.line", "response.line", "request.headers", "response.headers", "request.body", "response.body"],
        eventType: "sip", probe: probe
    ) { limits, transport in SIPParser(limits: limits, isStream: transport == .tcp) }

    private static let methods = [
        "REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "REFER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "INFO",
        "OPTIONS",
    ].map { Array($0.utf8) }

    /// The first letters of methods and of the version, as bits of their low six bits: most other text is told apart by its first byte.
    private static let firstLetters = (methods + [Array("SIP".utf8)]).reduce(UInt64(0)) { $0 | 1 << UInt64($1[0] & 63) }

    /// A method and, at the end of the line, the version; or the version first.
    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount > 0, firstLetters & 1 << UInt64(bytes.byte(at: 0) & 63) != 0 else { return .no }
        let version = Array("SIP/2.0".utf8)
        if begins(bytes, version) { return bytes.byteCount >= version.count ? .certain : .unsure }
        guard let method = methods.first(where: { begins(bytes, $0) }) else { return .no }
        guard bytes.byteCount > method.count else { return .unsure }
        guard bytes.byte(at: method.count) == 32 else { return .no }
        guard let end = bytes.firstOffset(of: 10, from: 0) else { return bytes.byteCount < 4096 ? .unsure : .no }
        var stop = end
        if stop > 0, bytes.byte(at: stop - 1) == 13 { stop -= 1 }
        guard stop >= version.count else { return .no }
        return begins(bytes.extracting(stop - version.count..<stop), version) ? .certain : .no
    }

    private static func begins(_ bytes: RawSpan, _ word: [UInt8]) -> Bool {
        for index in 0..<min(word.count, bytes.byteCount) where bytes.byte(at: index) != word[index] { return false }
        return bytes.byteCount > 0
    }
}
