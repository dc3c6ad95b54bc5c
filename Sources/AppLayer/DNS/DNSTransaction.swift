import Bytes

/// One DNS message, request or response.
public final class DNSTransaction: Transaction {
    let message: DNSMessage

    init(_ message: DNSMessage, id: UInt64, startTime: Timestamp, direction: FlowDirection) {
        self.message = message
        super.init(id: id, startTime: startTime)
        onlyDirection = direction
        advance(direction, to: 1)
    }

    public override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeLog(&json, options) }

    public override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard direction == onlyDirection else { return false }
        switch buffer {
        case .dnsQuery:
            guard !message.isResponse else { return false }
            return name(message.questions.lazy.map(\.name), instance, body)
        case .dnsQueries: return name(message.questions.lazy.map(\.name), instance, body)
        case .dnsAnswers: return name(message.answers.lazy.map(\.name), instance, body)
        case .dnsAuthorities: return name(message.authorities.lazy.map(\.name), instance, body)
        case .dnsAdditionals: return name(message.additionals.lazy.map(\.name), instance, body)
        case .dnsResponse:
            guard message.isResponse else { return false }
            let all = message.answers + message.authorities + message.additionals
            return name((message.questions.map(\.name) + all.map(\.name) + all.compactMap(target)).lazy.map { $0 }, instance, body)
        case .dnsOpcode: return number(UInt64(message.opcode), instance, body)
        case .dnsResponseCode: return message.isResponse && number(UInt64(message.responseCode), instance, body)
        case .dnsRecordType:
            let types = message.questions.map(\.type) + message.answers.map(\.type)
            return instance < types.count && number(UInt64(types[instance]), 0, body)
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
    }

    private func target(_ record: DNSMessage.Record) -> [UInt8]? {
        switch record.data {
        case .name(let name), .exchange(_, let name): name
        default: nil
        }
    }

    /// The root's empty name gives no buffer (rule-semantics D1).
    private func name(_ names: some Sequence<[UInt8]>, _ instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        var left = instance
        for name in names where !name.isEmpty {
            if left == 0 {
                body(name.rawSpan)
                return true
            }
            left -= 1
        }
        return false
    }

    private func number(_ value: UInt64, _ instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance == 0 else { return false }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) }
        body(bytes.rawSpan)
        return true
    }
}
