import Bytes

/// Kerberos 5 (RFC 4120) between clients and key distribution centres, over UDP and TCP. Every message is a transaction.
final class KerberosParser: ProtocolParser {
    /// Longest message that is waited for over TCP.
    private static let longestMessage = 100_000

    private let isStream: Bool
    private let limits: ParserLimits
    /// The last request that was not answered, for errors, which do not say what they answer.
    private var lastRequest: KerberosMessage.Kind?

    init(limits: ParserLimits, isStream: Bool) {
        self.limits = limits
        self.isStream = isStream
        super.init(.krb5)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        guard isStream else {
            return ConsumeResult(consumed: bytes.byteCount, status: take(bytes, direction, time) ? .ok : .failed)
        }
        var offset = 0
        while bytes.byteCount - offset >= 4 {
            let length = Int(bytes.uint32(at: offset))
            guard length <= Self.longestMessage else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            guard bytes.byteCount - offset - 4 >= length else { break }
            guard length == 0 || take(bytes.extracting(offset + 4..<offset + 4 + length), direction, time) else {
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            offset += 4 + length
        }
        return ConsumeResult(consumed: offset)
    }

    /// False when the bytes are no message.
    private func take(_ bytes: RawSpan, _ direction: FlowDirection, _ time: Timestamp) -> Bool {
        switch KerberosMessage.read(bytes) {
        case .malformed:
            transactions.last?.raise(KerberosFields.Event.malformedData.rawValue)
            return false
        case .nothing: return true
        case .message(let message):
            defer { lastRequest = message.kind.isRequest ? message.kind : nil }
            guard message.kind != .applicationRequest, message.kind != .applicationAnswer, transactions.count < limits.transactionLimit
            else {
                return true
            }
            let transaction = KerberosTransaction(
                id: nextTransactionID, startTime: time, message: message, answers: message.kind == .error ? lastRequest : nil,
                direction: direction, isStream: isStream)
            nextTransactionID += 1
            if let encryption = message.encryption, KerberosNames.isWeak(encryption) {
                transaction.raise(KerberosFields.Event.weakEncryption.rawValue)
            }
            transactions.append(transaction)
            return true
        }
    }
}

extension KerberosParser {
    static let descriptor = ProtocolDescriptor(
        .krb5, name: "krb5", transports: [.tcp, .udp], ports: [88], requiresPort: true, buffers: KerberosFields.buffers,
        numbers: KerberosFields.numbers, events: KerberosFields.events, eventType: "krb5", probe: probe
    ) { limits, transport in KerberosParser(limits: limits, isStream: transport == .tcp) }

    /// A message of the application class that begins with a sequence with the version, 5; over TCP with its length before it.
    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount > 0 else { return .unsure }
        // A length begins with zeros, a message with its tag.
        guard bytes.byte(at: 0) == 0 else { return probeMessage(bytes) }
        guard bytes.byteCount >= 4 else { return .unsure }
        return bytes.uint32(at: 0) <= 16384 ? probeMessage(bytes.dropping(4)) : .no
    }

    private static func probeMessage(_ bytes: RawSpan) -> ProbeResult {
        guard bytes.byteCount > 10 else { return .unsure }
        guard bytes.byte(at: 0) & 0xc0 == 0x40, bytes.byte(at: 0) & 0x1f <= 30, let sequence = contentStart(bytes, 0),
            sequence < bytes.byteCount, bytes.byte(at: sequence) == 0x30, let version = contentStart(bytes, sequence)
        else { return .no }
        guard bytes.byteCount - version > 5 else { return bytes.byteCount < 32 ? .unsure : .no }
        return bytes.byte(at: version + 2) == 2 && bytes.byte(at: version + 3) == 1 && bytes.byte(at: version + 4) == 5 ? .certain : .no
    }

    /// Where the content of the element at `offset` begins, whether or not it is all there.
    private static func contentStart(_ bytes: RawSpan, _ offset: Int) -> Int? {
        guard bytes.byteCount - offset >= 2 else { return nil }
        let length = bytes.byte(at: offset + 1)
        return offset + 2 + (length >= 0x80 ? Int(length & 0x7f) : 0)
    }
}
