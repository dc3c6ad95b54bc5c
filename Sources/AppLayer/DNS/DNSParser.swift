import Bytes

/// DNS over UDP and, with a length before each message, over TCP (RFC 1035, RFC 7766). Each message is a transaction of its own.
final class DNSParser: ProtocolParser {
    private let isStream: Bool
    private let limits: ParserLimits

    init(limits: ParserLimits, isStream: Bool) {
        self.limits = limits
        self.isStream = isStream
        super.init(.dns)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        guard isStream else {
            take(bytes, direction, time)
            return ConsumeResult(consumed: bytes.byteCount)
        }
        var offset = 0
        while bytes.byteCount - offset >= 2 {
            let length = Int(bytes.uint16(at: offset))
            guard bytes.byteCount - offset - 2 >= length else { break }
            if length > 0 { take(bytes.extracting(offset + 2..<offset + 2 + length), direction, time) }
            offset += 2 + length
        }
        return ConsumeResult(consumed: offset)
    }

    private func take(_ bytes: RawSpan, _ direction: FlowDirection, _ time: Timestamp) {
        guard let message = try? DNSMessage(bytes) else {
            if !events.contains(DNSFields.malformedData) { events.append(DNSFields.malformedData) }
            return
        }
        guard transactions.count < limits.transactionLimit else { return }
        let transaction = DNSTransaction(message, id: nextTransactionID, startTime: time, direction: direction)
        nextTransactionID += 1
        if message.isResponse != (direction == .toClient) {
            transaction.raise(direction == .toServer ? DNSFields.notRequest : DNSFields.notResponse)
        }
        if message.flags & 0x0040 != 0 { transaction.raise(DNSFields.zFlagSet) }
        if message.opcode >= 7 { transaction.raise(DNSFields.invalidOpcode) }
        transactions.append(transaction)
    }

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool { false }
}

extension DNSParser {
    static let descriptor = ProtocolDescriptor(
        .dns, name: "dns", transports: [.tcp, .udp], ports: [53], buffers: DNSFields.buffers, events: DNSFields.events, eventType: "dns",
        probe: probe
    ) { limits, transport in DNSParser(limits: limits, isStream: transport == .tcp) }

    /// A header whose counts and first name make sense. Over TCP the length in front must fit too.
    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        if isPlausible(bytes, direction) { return .certain }
        if bytes.byteCount >= 2 {
            let length = Int(bytes.uint16(at: 0))
            if length >= 17, length <= 4096 || bytes.byteCount < length {
                if bytes.byteCount < 14 { return .unsure }
                let message = bytes.dropping(2).prefix(length)
                if isPlausible(message, direction) { return .certain }
            }
        }
        return .no
    }

    private static func isPlausible(_ bytes: RawSpan, _ direction: FlowDirection) -> Bool {
        guard bytes.byteCount >= 17 else { return false }
        let flags = bytes.uint16(at: 2)
        let questions = bytes.uint16(at: 4)
        let answers = bytes.uint16(at: 6)
        let authorities = bytes.uint16(at: 8)
        guard questions == 1, flags >> 11 & 15 <= 5, answers < 256, authorities < 256 else { return false }
        guard flags & 0x8000 != 0 || answers == 0 else { return false }
        var at = 12
        var labels = 0
        while at < bytes.byteCount {
            let length = Int(bytes.byte(at: at))
            if length == 0 {
                guard bytes.byteCount - at >= 5 else { return false }
                let type = bytes.uint16(at: at + 1)
                let klass = bytes.uint16(at: at + 3) & 0x7fff
                return type > 0 && (type <= 260 || type == 32769) && (klass == 1 || klass == 3 || klass == 255)
            }
            labels += 1
            guard length < 64, labels < 64 else { return false }
            at += 1 + length
        }
        return false
    }
}
