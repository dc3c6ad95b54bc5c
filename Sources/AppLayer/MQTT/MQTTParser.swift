import Bytes

/// MQTT 3.1, 3.1.1 and 5.0 over TCP.
final class MQTTParser: ProtocolParser {
    private let limits: ParserLimits
    private var version: UInt8 = 4
    private var isConnected = false
    private var connecting: MQTTTransaction?
    /// Exchanges that wait for an answer, by the identifier of their packets.
    private var waiting: [UInt16: MQTTTransaction] = [:]
    /// Bytes of a packet that are passed over, by direction.
    private var skips = MessageRemainder()

    private enum Frame: UInt8 { case pdu, header, data }

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.mqtt)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            if skips.pass(bytes, &offset, direction) { continue }
            // Type and flags, then the length in seven bits to a byte.
            var length = 0
            var at = offset + 1
            var isWhole = false
            for shift in stride(from: 0, through: 21, by: 7) {
                guard at < bytes.byteCount else { return ConsumeResult(consumed: offset) }
                let byte = bytes.byte(at: at)
                at += 1
                length |= Int(byte & 0x7f) << shift
                if byte & 0x80 == 0 {
                    isWhole = true
                    break
                }
            }
            guard isWhole else { return fail(time, direction, bytes.byteCount) }
            let first = bytes.byte(at: offset)
            let (kind, flags) = (first >> 4, first & 15)
            if length > limits.mqttMessageLimit {
                take(MQTTMessage(skipping: kind, flags: flags, skipped: at - offset + length), direction, time)
                skips[direction] = length
                offset = at
                continue
            }
            guard bytes.byteCount - at >= length else { return ConsumeResult(consumed: offset) }
            let body = bytes.extracting(at..<at + length).copied()
            frame(Frame.pdu, at: offset, length: at + length - offset, direction)
            frame(Frame.header, at: offset, length: at - offset, direction)
            if length > 0 { frame(Frame.data, at: at, length: length, direction) }
            offset = at + length
            if kind == MQTTMessage.Kind.connect.rawValue, body.count > 6 {
                // The version decides how the rest of this very packet reads.
                let name = Int(body[0]) << 8 | Int(body[1])
                if name + 2 < body.count { version = body[name + 2] }
            }
            do throws(ParseError) {
                take(try MQTTMessage(kind: kind, flags: flags, body: body, version: version), direction, time)
            } catch {
                return fail(time, direction, bytes.byteCount)
            }
        }
        return ConsumeResult(consumed: offset)
    }

    private func fail(_ time: Timestamp, _ direction: FlowDirection, _ count: Int) -> ConsumeResult {
        let transaction = newTransaction(time, direction)
        transaction.raise(MQTTFields.Event.malformedTraffic.rawValue)
        transaction.complete()
        return ConsumeResult(consumed: count, status: .failed)
    }

    /// A transaction is inspected in the direction of its first packet.
    private func newTransaction(_ time: Timestamp, _ direction: FlowDirection) -> MQTTTransaction {
        let transaction = MQTTTransaction(id: nextTransactionID, startTime: time)
        nextTransactionID += 1
        transaction.onlyDirection = direction
        transactions.append(transaction)
        closeOldest(over: limits.transactions(of: "mqtt", otherwise: 1024), raising: MQTTFields.Event.tooManyTransactions.rawValue)
        return transaction
    }

    private func alone(_ message: MQTTMessage, _ direction: FlowDirection, _ time: Timestamp, _ events: MQTTFields.Event?...) {
        let transaction = newTransaction(time, direction)
        transaction.add(message)
        for event in events { if let event { transaction.raise(event.rawValue) } }
        transaction.complete()
    }

    /// A packet that the other side is to answer, unless its level of service says that it will not.
    private func opens(_ message: MQTTMessage, _ direction: FlowDirection, _ time: Timestamp) {
        let stray: MQTTFields.Event? = isConnected ? nil : .unintroducedMessage
        guard message.qos == 1 || message.qos == 2, let identifier = message.identifier else {
            return alone(message, direction, time, message.qos > 2 ? .invalidQoSLevel : nil, stray)
        }
        let transaction = newTransaction(time, direction)
        transaction.add(message)
        if let stray { transaction.raise(stray.rawValue) }
        waiting[identifier] = transaction
    }

    /// A packet that answers one with its identifier.
    private func answers(
        _ message: MQTTMessage, _ direction: FlowDirection, _ time: Timestamp, ends: Bool, otherwise event: MQTTFields.Event
    ) {
        guard let identifier = message.identifier, let transaction = waiting[identifier], !transaction.isComplete else {
            return alone(message, direction, time, event, isConnected ? nil : .unintroducedMessage)
        }
        transaction.add(message)
        guard ends else { return }
        waiting[identifier] = nil
        transaction.complete()
    }

    private func take(_ message: MQTTMessage, _ direction: FlowDirection, _ time: Timestamp) {
        if message.skipped != nil { return alone(message, direction, time) }
        switch message.kind {
        case .connect:
            let transaction = newTransaction(time, direction)
            transaction.add(message)
            if isConnected { transaction.raise(MQTTFields.Event.doubleConnect.rawValue) }
            connecting = transaction
        case .connack:
            guard let transaction = connecting, !transaction.isComplete else {
                return alone(message, direction, time, .missingConnect)
            }
            transaction.add(message)
            transaction.complete()
            connecting = nil
            isConnected = true
        case .publish, .subscribe, .unsubscribe: opens(message, direction, time)
        case .pubrec, .pubrel: answers(message, direction, time, ends: false, otherwise: .missingPublish)
        case .puback, .pubcomp: answers(message, direction, time, ends: true, otherwise: .missingPublish)
        case .suback: answers(message, direction, time, ends: true, otherwise: .missingSubscribe)
        case .unsuback: answers(message, direction, time, ends: true, otherwise: .missingUnsubscribe)
        case .auth, .disconnect, .pingreq, .pingresp: alone(message, direction, time, isConnected ? nil : .unintroducedMessage)
        case nil: alone(message, direction, time, .unassignedMessageType)
        }
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        for transaction in transactions { transaction.advance(direction, to: 1) }
    }
}

extension MQTTParser {
    static let descriptor = ProtocolDescriptor(
        .mqtt, name: "mqtt", transports: .tcp, ports: [1883], requiresPort: true, buffers: MQTTFields.buffers, numbers: MQTTFields.numbers,
        events: MQTTFields.events, frames: ["pdu", "header", "data"],
        eventType: "mqtt", probe: probe
    ) { limits, _ in MQTTParser(limits: limits) }

    /// On the port of MQTT any packet's head will do, so that a session is known from its midst: a type that is assigned, a level of
    /// service that exists and a length that ends.
    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount >= 2 else { return .unsure }
        let first = bytes.byte(at: 0)
        guard MQTTMessage.Kind(rawValue: first >> 4) != nil, first >> 1 & 3 != 3 else { return .no }
        for at in 1..<5 {
            guard at < bytes.byteCount else { return .unsure }
            if bytes.byte(at: at) & 0x80 == 0 { return .certain }
        }
        return .no
    }
}
