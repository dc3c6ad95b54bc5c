import Bytes

/// QUIC (RFC 9000, RFC 9369, drafts, and Google's forerunners) up to the hellos of both sides; what follows is encrypted.
final class QUICParser: ProtocolParser {
    static let descriptor = ProtocolDescriptor(
        .quic, name: "quic", transports: .udp, ports: [443, 80], requiresPort: true, buffers: QUICFields.buffers, events: QUICFields.events,
        eventType: "quic",
        probe: { bytes, direction in QUICParser.probe(bytes) },
        makeParser: { limits, _ in QUICParser(limits: limits) })

    private final class Side {
        var handshake = QUICHandshake()
        var saidHello = false
    }

    private let limits: ParserLimits
    private let client = Side()
    private let server = Side()
    private var protection: QUICProtection?
    private var wasRetried = false

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.quic)
    }

    /// On its ports, what has the form of a header.
    static func probe(_ bytes: RawSpan) -> ProbeResult {
        guard let header = QUICHeader(bytes) else { return .no }
        if header.isLong || bytes.byte(at: 0) & 0x40 != 0 { return .certain }
        // Google's public header has no mark of its own but the version.
        return header.version.rawValue >> 24 == 0x51 ? .certain : .no
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        let side = direction == .toServer ? client : server
        var offset = 0
        // Several packets may share a datagram (RFC 9000 §12.2).
        while offset < bytes.byteCount {
            let rest = bytes.dropping(offset)
            guard let header = QUICHeader(rest) else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            // All that follows a hello is encrypted, and so is what has a short header.
            if side.saidHello || header.kind == .short { break }
            guard transactions.count < limits.transactionLimit else { break }
            guard packet(header, rest.prefix(header.size + header.length), direction, side, time) else {
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            offset += header.size + header.length
        }
        return ConsumeResult(consumed: bytes.byteCount, status: client.saidHello && server.saidHello ? .bypass : .ok)
    }

    /// False when the packet does not open or holds no frames.
    private func packet(_ header: QUICHeader, _ packet: RawSpan, _ direction: FlowDirection, _ side: Side, _ time: Timestamp) -> Bool {
        if protection == nil, header.kind == .initial {
            protection = QUICProtection(version: header.version, connectionID: header.destinationID)
        } else if direction == .toClient, protection != nil, header.kind == .retry, !wasRetried {
            // The client begins anew with a connection ID, and so with keys, of the server's choice (RFC 9000 §17.2.5.2).
            client.saidHello = false
            client.handshake = QUICHandshake()
            protection = nil
            wasRetried = true
        }
        let transaction = QUICTransaction(id: nextTransactionID, startTime: time, header: header, direction: direction)
        nextTransactionID += 1
        transactions.append(transaction)
        guard header.kind == .initial else { return true }
        if let protection, header.length > 0 {
            guard let frames = protection.open(packet, headerSize: header.size, direction) else {
                transaction.raise(.failedDecrypt)
                return false
            }
            return read(frames.rawSpan, transaction, side)
        }
        return read(packet.dropping(header.size), transaction, side)
    }

    private func read(_ bytes: RawSpan, _ transaction: QUICTransaction, _ side: Side) -> Bool {
        guard let frames = QUICFrames(bytes) else {
            transaction.raise(.errorOnData)
            return false
        }
        for hello in frames.hellos { transaction.take(hello) }
        for piece in frames.crypto where !side.handshake.add(piece.bytes, at: piece.offset) { transaction.raise(.cryptoFragmentTooLong) }
        guard !frames.crypto.isEmpty else { return true }
        let (hello, isDamaged) = side.handshake.hello(isClient: transaction.direction == .toServer)
        if isDamaged {
            transaction.raise(.errorOnData)
            return false
        }
        if let hello {
            transaction.take(hello)
            side.saidHello = true
        }
        return true
    }
}
