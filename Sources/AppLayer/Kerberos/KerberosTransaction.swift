import Bytes

/// A message of Kerberos.
final class KerberosTransaction: Transaction {
    let message: KerberosMessage
    /// What an error answers.
    let answers: KerberosMessage.Kind?
    private let isStream: Bool

    init(
        id: UInt64, startTime: Timestamp, message: KerberosMessage, answers: KerberosMessage.Kind?, direction: FlowDirection, isStream: Bool
    ) {
        self.message = message
        self.answers = answers
        self.isStream = isStream
        super.init(id: id, startTime: startTime)
        onlyDirection = direction
        advance(direction, to: 1)
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        let names: [[UInt8]]
        switch buffer {
        case .krb5Client: names = message.client?.parts ?? []
        case .krb5Service: names = message.service?.parts ?? []
        default:
            guard instance == 0, let number = number(buffer) else { return false }
            NumberField.supply(number, body)
            return true
        }
        guard instance >= 0, instance < names.count else { return false }
        let name = names[instance]
        body(name.rawSpan)
        return true
    }

    private func number(_ buffer: BufferID) -> UInt64? {
        switch buffer {
        case .krb5MessageType: UInt64(message.kind.rawValue)
        case .krb5ErrorCode: message.errorCode.map { UInt64(UInt32(bitPattern: $0)) }
        case .krb5TicketEncryption: message.ticketEncryption.map { UInt64(bitPattern: Int64($0)) }
        case .krb5TicketStrength: message.ticketEncryption.map { KerberosNames.isWeak($0) ? 1 : 2 }
        default: nil
        }
    }

    /// Events have the ends of the packet with which they are written: over TCP that is the one that acknowledges the message.
    override var eventDirection: FlowDirection {
        let direction = onlyDirection ?? .toServer
        return isStream ? direction.reversed : direction
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("krb5")
        json.beginObject()
        json.key("msg_type")
        json.string(KerberosNames.kind(message.kind))
        if let code = message.errorCode {
            json.key("failed_request")
            json.string(answers.map(KerberosNames.kind) ?? "UNKNOWN")
            json.key("error_code")
            json.string(KerberosNames.error(code))
        }
        json.key("cname")
        json.string(message.client?.text ?? KerberosNames.empty)
        json.key("realm")
        json.string(message.realm ?? KerberosNames.empty)
        json.key("sname")
        json.string(message.service?.text ?? KerberosNames.empty)
        json.key("encryption")
        json.string(message.encryption.map(KerberosNames.encryption) ?? "<none>")
        json.key("weak_encryption")
        json.bool(message.encryption.map(KerberosNames.isWeak) ?? false)
        if let encryption = message.ticketEncryption {
            json.key("ticket_encryption")
            json.string(KerberosNames.encryption(encryption))
            json.key("ticket_weak_encryption")
            json.bool(KerberosNames.isWeak(encryption))
        }
        json.endObject()
    }
}
