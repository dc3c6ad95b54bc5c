import Bytes

/// Modbus over TCP: requests and responses meet by their transaction number, unit and function.
final class ModbusParser: ProtocolParser {
    private let limits: ParserLimits
    /// Too many requests wait for an answer: no more are kept until some have gone.
    private var isFlooded = false

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.modbus)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.dropping(offset)
            guard let size = ModbusMessage.size(rest) else { break }
            guard size > 0 else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            guard rest.byteCount >= size else { break }
            do throws(ParseError) {
                let message = try ModbusMessage(rest.prefix(size), direction)
                if direction == .toServer { request(message, time) } else { response(message, time) }
            } catch {
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            offset += size
        }
        return ConsumeResult(consumed: offset)
    }

    private func newTransaction(_ time: Timestamp) -> ModbusTransaction? {
        let limit = limits.transactions(of: "modbus", otherwise: 500)
        if transactions.count < limit { isFlooded = false }
        guard !isFlooded else { return nil }
        let transaction = ModbusTransaction(id: nextTransactionID, startTime: time)
        nextTransactionID += 1
        if transactions.count >= limit {
            transaction.raise(.flooded)
            isFlooded = true
        }
        transactions.append(transaction)
        return transaction
    }

    private func request(_ message: ModbusMessage, _ time: Timestamp) { newTransaction(time)?.take(request: message) }

    private func response(_ message: ModbusMessage, _ time: Timestamp) {
        var message = message
        for case let transaction as ModbusTransaction in transactions where transaction.response == nil {
            if let request = transaction.request, message.answers(request) {
                transaction.take(response: message)
                return
            }
        }
        guard let transaction = newTransaction(time) else { return }
        transaction.take(response: message)
        transaction.raise(.unsolicitedResponse)
    }
}

extension ModbusParser {
    static let descriptor = ProtocolDescriptor(
        .modbus, name: "modbus", transports: .tcp, ports: [502], requiresPort: true, isOnByDefault: false, streamDepth: 0, buffers: [],
        events: ModbusTransaction.events, eventType: "modbus", probe: { bytes, _ in probe(bytes) },
        makeParser: { limits, _ in ModbusParser(limits: limits) })

    private static func probe(_ bytes: RawSpan) -> ProbeResult {
        guard let size = ModbusMessage.size(bytes) else {
            return bytes.byteCount >= 4 && bytes.uint16(at: 2) != 0 ? .no : .unsure
        }
        // The longest message has 254 bytes behind its length.
        guard size > 0, size <= 260, bytes.uint16(at: 2) == 0 else { return .no }
        guard bytes.byteCount >= size else { return .unsure }
        do throws(ParseError) { return try ModbusMessage(bytes.prefix(size), nil).flaws.isEmpty ? .certain : .no } catch { return .no }
    }
}
