import Bytes

/// EtherNet/IP over TCP and UDP, with the CIP messages in it.
final class ENIPParser: ProtocolParser {
    private let limits: ParserLimits
    private let isStream: Bool
    private var hasGap: FlowDirections = []

    init(limits: ParserLimits, isStream: Bool) {
        self.limits = limits
        self.isStream = isStream
        super.init(.enip)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.dropping(offset)
            if hasGap.contains(direction) {
                guard ENIPParser.probe(rest) == .certain else { return ConsumeResult(consumed: bytes.byteCount) }
                hasGap.remove(FlowDirections(direction))
            }
            let size = rest.byteCount >= ENIPMessage.headerSize ? ENIPMessage(header: rest).size : .max
            guard rest.byteCount >= size else {
                return isStream ? ConsumeResult(consumed: offset) : ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            take(ENIPMessage(rest.prefix(size)), at: offset, direction, time)
            // A datagram holds one message.
            if !isStream { return ConsumeResult(consumed: bytes.byteCount) }
            offset += size
        }
        return ConsumeResult(consumed: offset)
    }

    private func take(_ message: ENIPMessage, at place: Int, _ direction: FlowDirection, _ time: Timestamp) {
        if direction == .toClient, let open = openRequest(message) {
            report(message, at: place, direction, of: open.id)
            open.take(message, direction)
            return
        }
        guard transactions.count < limits.transactions(of: "enip", otherwise: 1024) else {
            report(message, at: place, direction, of: nil)
            transactions.first?.raise(ENIPFields.Event.tooManyTransactions.rawValue)
            for case let transaction as ENIPTransaction in transactions { transaction.complete() }
            return
        }
        let transaction = ENIPTransaction(id: nextTransactionID, startTime: time)
        nextTransactionID += 1
        report(message, at: place, direction, of: transaction.id)
        transaction.take(message, direction)
        transactions.append(transaction)
    }

    /// The request that is answered; those before it will not be any more.
    private func openRequest(_ response: ENIPMessage) -> ENIPTransaction? {
        for case let transaction as ENIPTransaction in transactions where transaction.response == nil {
            guard let request = transaction.request else { continue }
            transaction.complete()
            if response.answers(request) { return transaction }
        }
        return nil
    }

    private func report(_ message: ENIPMessage, at place: Int, _ direction: FlowDirection, of transaction: UInt64?) {
        guard frames != nil else { return }
        frame(ENIPFields.Frame.header, at: place, length: ENIPMessage.headerSize, direction, of: transaction)
        frame(ENIPFields.Frame.data, at: place + ENIPMessage.headerSize, length: message.length, direction, of: transaction)
        frame(ENIPFields.Frame.pdu, at: place, length: message.size, direction, of: transaction)
        for item in message.items {
            frame(ENIPFields.Frame.item, at: place + item.place.lowerBound, length: item.place.count, direction, of: transaction)
        }
        guard case .cip(let items) = message.payload else { return }
        for item in items {
            guard case .data(_, let cip) = item.content else { continue }
            frame(ENIPFields.Frame.cip, at: place + item.start, length: item.place.upperBound - item.start, direction, of: transaction)
            for part in cip.places {
                frame(ENIPFields.Frame.cip, at: place + item.start + part.lowerBound, length: part.count, direction, of: transaction)
            }
        }
    }

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        hasGap.insert(FlowDirections(direction))
        return isStream
    }
}

extension ENIPParser {
    static let descriptor = ProtocolDescriptor(
        .enip, name: "enip", transports: [.tcp, .udp], ports: [44818], clientPorts: [44818], requiresPort: true, isOnByDefault: false,
        streamDepth: 0,
        buffers: ENIPFields.buffers, numbers: ENIPFields.numbers, events: ENIPFields.events, frames: ENIPFields.frames,
        eventType: "enip", probe: { bytes, _ in probe(bytes) },
        makeParser: { limits, transport in ENIPParser(limits: limits, isStream: transport == .tcp) })

    private static func probe(_ bytes: RawSpan) -> ProbeResult {
        guard bytes.byteCount >= ENIPMessage.headerSize else { return .unsure }
        let header = ENIPMessage(header: bytes)
        guard ENIPMessage.statusNames.contains(where: { $0.value == UInt64(header.status) }),
            ENIPMessage.Command.names.contains(where: { $0.value == UInt64(header.command) })
        else { return .no }
        switch header.command {
        case ENIPMessage.Command.nop: return header.options == 0 ? .certain : .no
        case ENIPMessage.Command.registerSession: return header.length == 4 ? .certain : .no
        case ENIPMessage.Command.unregisterSession: return header.length == 4 || header.length == 0 ? .certain : .no
        default: return .certain
        }
    }
}
