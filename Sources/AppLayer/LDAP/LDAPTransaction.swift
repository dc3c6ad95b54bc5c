import Bytes

/// A request and the responses with its identifier.
final class LDAPTransaction: Transaction {
    /// Responses that are kept; a search may have any number of them.
    private static let mostResponses = 1024
    private static let complete: UInt8 = 255

    let request: LDAPMessage?
    private(set) var responses: [LDAPMessage] = []

    init(id: UInt64, startTime: Timestamp, request: LDAPMessage?) {
        self.request = request
        super.init(id: id, startTime: startTime)
    }

    override func completeProgress(_ direction: FlowDirection) -> UInt8 { LDAPTransaction.complete }

    /// Each response is a step, so that rules look again.
    func add(_ response: LDAPMessage) {
        if responses.count < LDAPTransaction.mostResponses { responses.append(response) }
        advance(.toClient, to: UInt8(min(responses.count, 254)))
    }

    func complete() {
        advance(.toServer, to: LDAPTransaction.complete)
        advance(.toClient, to: LDAPTransaction.complete)
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance >= 0 else { return false }
        switch buffer {
        case .ldapRequestOperation:
            guard instance == 0, let request else { return false }
            NumberField.supply(UInt64(request.operation.rawValue), body)
        case .ldapRequestName:
            guard instance == 0, let name = request?.distinguishedName else { return false }
            body(name.rawSpan)
        case .ldapRequestAttribute: return supply(request?.attributeTypes.dropFirst(instance).first, body)
        case .ldapResponseCount:
            guard instance == 0 else { return false }
            NumberField.supply(UInt64(responses.count), body)
        case .ldapResponseOperation:
            guard instance < responses.count else { return false }
            NumberField.supply(UInt64(responses[instance].operation.rawValue), body)
        case .ldapResponseCode:
            guard instance < responses.count else { return false }
            guard let result = responses[instance].result else {
                // Places are counted over all responses, also those that have no code.
                body(RawSpan())
                return true
            }
            NumberField.supply(result.code, body)
        case .ldapResponseName:
            guard instance < responses.count else { return false }
            return supply(responses[instance].distinguishedName ?? [], body)
        case .ldapResponseMessage:
            guard instance < responses.count else { return false }
            return supply(responses[instance].result?.message ?? [], body)
        case .ldapResponseAttribute:
            let types = responses.lazy.filter { $0.operation == .searchResultEntry }.flatMap(\.attributeTypes)
            return supply(types.dropFirst(instance).first, body)
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
        return true
    }

    private func supply(_ value: [UInt8]?, _ body: (RawSpan) -> Void) -> Bool {
        guard let value else { return false }
        body(value.rawSpan)
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("ldap")
        json.beginObject()
        if let request {
            json.key("request")
            json.beginObject()
            json.key("message_id")
            json.number(UInt64(request.identifier))
            json.key("operation")
            json.string(request.operation.name)
            request.write(&json)
            json.endObject()
        }
        if !responses.isEmpty {
            json.key("responses")
            json.beginArray()
            for response in responses {
                json.beginObject()
                json.key("operation")
                json.string(response.operation.name)
                if request == nil {
                    json.key("message_id")
                    json.number(UInt64(response.identifier))
                }
                response.write(&json)
                json.endObject()
            }
            json.endArray()
        }
        json.endObject()
    }
}
