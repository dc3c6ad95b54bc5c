import Bytes

/// Where a message stands in its flow: what every transaction begins with.
public struct MessageOrigin {
    public var id: UInt64
    public var time: Timestamp
    public var direction: FlowDirection
}

/// A message that is a transaction by itself: complete at once, inspected and logged in its own direction only.
open class MessageTransaction: Transaction {
    public let direction: FlowDirection

    public init(_ origin: MessageOrigin) {
        direction = origin.direction
        super.init(id: origin.id, startTime: origin.time)
        onlyDirection = direction
        advance(direction, to: 1)
    }

    /// The bytes of a buffer; nil where the message has none, or no such instance.
    open func bytes(_ buffer: BufferID, _ instance: Int) -> [UInt8]? { nil }

    /// The number behind a ``NumberField``; nil where the message has none, or no such instance.
    open func number(_ field: BufferID, _ instance: Int) -> UInt64? { nil }

    public final override func withBuffer(
        _ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void
    ) -> Bool {
        guard direction == self.direction, instance >= 0 else { return false }
        if let bytes = bytes(buffer, instance) {
            body(bytes.rawSpan)
            return true
        }
        if let number = number(buffer, instance) {
            NumberField.supply(number, body)
            return true
        }
        return super.withBuffer(buffer, direction, instance: instance, body)
    }
}

/// Reads a protocol whose datagrams are each a transaction of their own.
open class DatagramParser: ProtocolParser {
    public let limits: ParserLimits
    /// Raised on the message before one that cannot be read; nil where the protocol has no such event.
    private let malformed: UInt8?

    public init(_ appProtocol: AppProtocol, limits: ParserLimits, malformed: UInt8? = nil) {
        self.limits = limits
        self.malformed = malformed
        super.init(appProtocol)
    }

    /// The message that a datagram holds; nil when it cannot be read.
    open func message(_ bytes: RawSpan, _ origin: MessageOrigin) -> MessageTransaction? { nil }

    /// A datagram that cannot be read says nothing about the next one: the flow goes on.
    public final override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        let all = ConsumeResult(consumed: bytes.byteCount)
        guard transactions.count < limits.transactionLimit else { return all }
        if let transaction = message(bytes, MessageOrigin(id: nextTransactionID, time: time, direction: direction)) {
            nextTransactionID += 1
            transactions.append(transaction)
        } else if let malformed {
            transactions.last?.raise(malformed)
        }
        return all
    }
}
