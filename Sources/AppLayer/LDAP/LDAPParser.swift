import Bytes

/// LDAP version 3 (RFC 4511) over TCP, and connectionless over UDP (RFC 1798).
final class LDAPParser: ProtocolParser {
    /// The name of the extended operation that starts TLS (§4.14).
    private static let startTLS = Array("1.3.6.1.4.1.1466.20037".utf8)

    private let limits: ParserLimits
    private let isStream: Bool
    private var asksForTLS: UInt32?

    init(limits: ParserLimits, isStream: Bool) {
        self.limits = limits
        self.isStream = isStream
        super.init(.ldap)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.dropping(offset)
            switch DER.frame(rest, limit: LDAPMessage.limit) {
            case .incomplete:
                if isStream { return ConsumeResult(consumed: offset) }
                return fail(.incompleteData, bytes.byteCount)
            case .malformed: return fail(.invalidData, bytes.byteCount)
            case .whole(let count):
                let message: LDAPMessage
                do throws(ParseError) { message = try LDAPMessage(rest.prefix(count)) } catch {
                    return fail(.invalidData, bytes.byteCount)
                }
                frame(Frame.pdu, at: offset, length: count, direction, of: owner(message, direction))
                offset += count
                if direction == .toServer {
                    request(message, time)
                    // A datagram holds one request; a server may send several answers in one.
                    if !isStream { return ConsumeResult(consumed: bytes.byteCount) }
                } else if response(message, time) {
                    return ConsumeResult(consumed: offset, status: .upgrade)
                }
            }
        }
        return ConsumeResult(consumed: offset)
    }

    private enum Frame: UInt8 { case pdu }

    /// The number that Suricata gives a message's frame: one more than the transaction's, and none for requests in datagrams.
    private func owner(_ message: LDAPMessage, _ direction: FlowDirection) -> UInt64? {
        if direction == .toServer { return isStream ? nextTransactionID + 1 : nil }
        return (request(of: message)?.id ?? nextTransactionID) + 1
    }

    private func request(of response: LDAPMessage) -> LDAPTransaction? {
        transactions.lazy.compactMap { $0 as? LDAPTransaction }.first { $0.request?.identifier == response.identifier }
    }

    private func fail(_ event: LDAPFields.Event, _ count: Int) -> ConsumeResult {
        transactions.last?.raise(event.rawValue)
        return ConsumeResult(consumed: count, status: .failed)
    }

    private func newTransaction(_ request: LDAPMessage?, _ time: Timestamp) -> LDAPTransaction {
        closeOldest(over: limits.transactions(of: "ldap", otherwise: 256), raising: LDAPFields.Event.tooManyTransactions.rawValue)
        let transaction = LDAPTransaction(id: nextTransactionID, startTime: time, request: request)
        nextTransactionID += 1
        transactions.append(transaction)
        return transaction
    }

    private func request(_ message: LDAPMessage, _ time: Timestamp) {
        if case .extended(LDAPParser.startTLS, _) = message.content { asksForTLS = message.identifier }
        let transaction = newTransaction(message, time)
        if message.operation.endsAlone { transaction.complete() }
    }

    /// True when TLS begins after it.
    private func response(_ message: LDAPMessage, _ time: Timestamp) -> Bool {
        let known = request(of: message)
        let transaction = known ?? newTransaction(nil, time)
        transaction.add(message)
        if known == nil {
            // Extended responses may come unasked (§4.4).
            if message.operation != .extendedResponse { transaction.raise(LDAPFields.Event.requestNotFound.rawValue) }
            transaction.complete()
        } else if message.operation.isFinal {
            transaction.complete()
        }
        guard isStream, message.operation == .extendedResponse, message.identifier == asksForTLS else { return false }
        asksForTLS = nil
        return message.result?.code == 0
    }

    /// The next bytes may begin with a message; if they do not, the parser gives up on them.
    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool { isStream }
}

extension LDAPParser {
    static let descriptor = ProtocolDescriptor(
        .ldap, name: "ldap", transports: [.tcp, .udp], ports: [389, 3268], buffers: LDAPFields.buffers, numbers: LDAPFields.numbers,
        events: LDAPFields.events, frames: ["pdu"], eventType: "ldap", probe: { bytes, _ in probe(bytes) },
        makeParser: { limits, transport in LDAPParser(limits: limits, isStream: transport == .tcp) })

    /// A sequence that holds the message's number, then the tag of an operation: enough to know it on every port.
    private static func probe(_ bytes: RawSpan) -> ProbeResult {
        guard bytes.byteCount >= 1 else { return .unsure }
        guard bytes.byte(at: 0) == DER.sequence else { return .no }
        switch DER.frame(bytes, limit: LDAPMessage.limit) {
        case .malformed: return .no
        case .whole(let count):
            do throws(ParseError) { _ = try LDAPMessage(bytes.prefix(count)) } catch { return .no }
            return .certain
        case .incomplete:
            guard bytes.byteCount >= 2 else { return .unsure }
            let size = Int(bytes.byte(at: 1))
            let number = size < 0x80 ? 2 : 2 + (size & 0x7f)
            guard bytes.byteCount >= number + 2 else { return .unsure }
            guard bytes.byte(at: number) == DER.integer, (1...4).contains(bytes.byte(at: number + 1)) else { return .no }
            let operation = number + 2 + Int(bytes.byte(at: number + 1))
            guard bytes.byteCount > operation else { return .unsure }
            return LDAPMessage.operation(bytes.byte(at: operation)) == nil ? .no : .certain
        }
    }
}
