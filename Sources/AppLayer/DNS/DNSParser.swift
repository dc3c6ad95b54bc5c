import Bytes

/// DNS over UDP (a message per datagram) and TCP (RFC 1035 §4.2.2: two bytes of length before each message).
///
/// Each message is a transaction of its own: requests and responses are matched neither by Suricata 8 nor here.
public final class DNSParser: ProtocolParser {
    private let limits: ParserLimits
    private let variant: DNSVariant
    private let isStream: Bool
    /// Numbers of requests that are not logged: their answers are not either.
    private var silencedRequests: [UInt16] = []
    /// Bytes were lost; the next message has to be found again.
    private var hasGap: (toServer: Bool, toClient: Bool) = (false, false)

    /// Content decides on every port: what passes the probe is a whole well-formed question section behind a plausible header.
    ///
    /// Multicast and link-local DNS are protocols of their own, and NetBIOS names (RFC 1002 §4.2) only look alike.
    public static let descriptor = ProtocolDescriptor(
        .dns, name: "dns", transports: [.tcp, .udp], ports: [53], foreignPorts: [137, 5353, 5355], buffers: DNSFields.buffers,
        numbers: DNSFields.numberFields, events: DNSFields.events, frames: ["pdu"], eventType: "dns",
        probe: { bytes, direction in DNSProbe.probe(bytes, direction) },
        makeParser: { limits, transport in DNSParser(limits: limits, isStream: transport == .tcp) })

    private enum Frame: UInt8 { case pdu }

    public init(limits: ParserLimits, isStream: Bool, variant: DNSVariant = .unicast) {
        self.limits = limits
        self.variant = variant
        self.isStream = isStream
        super.init(variant.appProtocol)
    }

    public override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        guard isStream else {
            frame(Frame.pdu, at: 0, length: bytes.byteCount, direction)
            _ = message(bytes, direction, time)
            return ConsumeResult(consumed: bytes.byteCount)
        }
        var offset = 0
        while bytes.byteCount - offset >= 2 {
            let length = Int(bytes.uint16(at: offset))
            let available = bytes.byteCount - offset - 2
            if takeGap(direction) {
                let probe = DNSProbe.message(bytes.dropping(offset + 2).prefix(length), isWhole: available >= length)
                if length < DNSHeader.size || probe == .no {
                    // Not at the start of a message: this piece cannot be read, the next one may begin with one.
                    setGap(direction, true)
                    return ConsumeResult(consumed: bytes.byteCount)
                }
            }
            guard available >= length else {
                return ConsumeResult(consumed: offset)
            }
            if length > 0 { frame(Frame.pdu, at: offset + 2, length: length, direction) }
            if length > 0, !message(bytes.extracting(offset + 2..<offset + 2 + length), direction, time) {
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            offset += 2 + length
        }
        return ConsumeResult(consumed: offset)
    }

    public override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        setGap(direction, true)
        return isStream
    }

    private func setGap(_ direction: FlowDirection, _ value: Bool) {
        if direction == .toServer { hasGap.toServer = value } else { hasGap.toClient = value }
    }

    private func takeGap(_ direction: FlowDirection) -> Bool {
        let value = direction == .toServer ? hasGap.toServer : hasGap.toClient
        setGap(direction, false)
        return value
    }

    /// False when the bytes are no DNS message.
    private func message(_ bytes: RawSpan, _ direction: FlowDirection, _ time: Timestamp) -> Bool {
        guard let header = DNSHeader(bytes), header.fits(bytes.byteCount) else { return false }
        guard let message = DNSMessage(bytes) else {
            raise(.malformedData)
            return false
        }
        if variant != .multicast, header.isResponse != (direction == .toClient) {
            raise(direction == .toServer ? .notRequest : .notResponse)
            return false
        }
        guard transactions.count < limits.transactionLimit else { return true }
        let transaction = DNSTransaction(id: nextTransactionID, startTime: time, message: message, direction: direction, variant: variant)
        nextTransactionID += 1
        if direction == .toClient, let index = silencedRequests.firstIndex(of: header.id) {
            silencedRequests.remove(at: index)
            transaction.isSilenced = true
        }
        transactions.append(transaction)
        return true
    }

    public override func silenced(_ transaction: Transaction) {
        guard let message = transaction as? DNSTransaction, message.direction == .toServer else { return }
        if silencedRequests.count >= limits.transactionLimit { silencedRequests.removeFirst() }
        silencedRequests.append(message.message.header.id)
    }

    /// On the message before, which is the last thing that was understood; on the flow when there is none.
    private func raise(_ event: DNSFields.Event) {
        if let last = transactions.last {
            last.raise(event.rawValue)
        } else if !events.contains(event.rawValue) {
            events.append(event.rawValue)
        }
    }
}
