import Bytes

/// One DNS message in one direction.
public final class DNSTransaction: Transaction {
    let message: DNSMessage
    let direction: FlowDirection
    let variant: DNSVariant
    private lazy var queryNames = DNSTransaction.present(message.questions.map(\.name))
    private lazy var answerNames = DNSTransaction.present(message.answers.map(\.name))
    private lazy var authorityNames = DNSTransaction.present(message.authorities.map(\.name))
    private lazy var additionalNames = DNSTransaction.present(message.additionals.map(\.name))
    private lazy var responseNames: [[UInt8]] = {
        var names = queryNames
        for list in [message.answers, message.authorities, message.additionals] {
            for record in list {
                names.append(record.name.text)
                if let target = record.targetName { names.append(target.text) }
            }
        }
        return names.filter { !$0.isEmpty }
    }()

    init(id: UInt64, startTime: Timestamp, message: DNSMessage, direction: FlowDirection, variant: DNSVariant = .unicast) {
        self.message = message
        self.variant = variant
        self.direction = direction
        super.init(id: id, startTime: startTime)
        onlyDirection = direction
        advance(direction, to: 1)
        if message.header.flags & variant.reservedFlags != 0 { raise(.zFlagSet) }
        if message.header.opcode > variant.highestOpcode { raise(.invalidOpcode) }
        if message.flaws.contains(.tooLong) { raise(.nameTooLong) }
        if message.flaws.contains(.infiniteLoop) { raise(.infiniteLoop) }
        if message.flaws.contains(.tooManyLabels) { raise(.tooManyLabels) }
        if message.hasInvalidAdditionals { raise(.invalidAdditionals) }
        if message.hasInvalidAuthorities { raise(.invalidAuthorities) }
    }

    private func raise(_ event: DNSFields.Event) { raise(event.rawValue) }

    /// The root's name is empty and gives no buffer.
    private static func present(_ names: [DNSName]) -> [[UInt8]] {
        names.compactMap { $0.text.isEmpty ? nil : $0.text }
    }

    public override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard direction == self.direction, instance >= 0 else { return false }
        // The variants number their fields alike.
        guard buffer.rawValue >> 8 == UInt16(variant.appProtocol.rawValue) else {
            return super.withBuffer(buffer, direction, instance: instance, body)
        }
        switch BufferID(.dns, UInt8(truncatingIfNeeded: buffer.rawValue)) {
        case .dnsQuery: return direction == .toServer && supply(queryNames, instance, body)
        case .dnsQueryNames: return supply(queryNames, instance, body)
        case .dnsAnswerNames: return supply(answerNames, instance, body)
        case .dnsAuthorityNames: return supply(authorityNames, instance, body)
        case .dnsAdditionalNames: return supply(additionalNames, instance, body)
        case .dnsResponseNames: return (direction == .toClient || variant == .multicast) && supply(responseNames, instance, body)
        case .dnsOpcode:
            guard instance == 0 else { return false }
            NumberField.supply(UInt64(message.header.opcode), body)
            return true
        case .dnsResponseCode:
            guard instance == 0 else { return false }
            NumberField.supply(UInt64(message.header.responseCode), body)
            return true
        case .dnsRecordType:
            let questions = message.questions.count
            if instance < questions {
                NumberField.supply(UInt64(message.questions[instance].type), body)
                return true
            }
            guard instance - questions < message.answers.count else { return false }
            NumberField.supply(UInt64(message.answers[instance - questions].type), body)
            return true
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
    }

    /// Version 2 shows client and server, whoever speaks.
    public override func eventDirection(_ options: LogOptions) -> FlowDirection {
        variant == .unicast && options.dns.version == 2 ? .toServer : eventDirection
    }

    public override func eventCount(_ options: LogOptions) -> Int {
        variant == .unicast ? unicastEventCount(options.dns) : 1
    }

    public override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        switch variant {
        case .multicast, .linkLocal: writeCompactObject(&json)
        case .unicast where options.dns.version == 2 && !options.isInAlert: writeOldObject(&json, options.dns, part: options.part)
        case .unicast: writeObject(&json, options.dns)
        }
    }

    private func supply(_ names: [[UInt8]], _ instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance < names.count else { return false }
        let name = names[instance]
        body(name.rawSpan)
        return true
    }
}

extension DNSRecord {
    /// The name that the record points to; nil for records that hold none.
    var targetName: DNSName? {
        switch content {
        case .name(let name): name
        case .soa(let mname, _, _, _, _, _, _): mname
        default: nil
        }
    }
}
