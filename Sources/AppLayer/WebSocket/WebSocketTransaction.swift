import Bytes

/// One frame (RFC 6455 §5.2). The last of a message has the payload of the whole message.
final class WebSocketTransaction: Transaction {
    let header: WebSocketHeader
    let direction: FlowDirection
    var payload: [UInt8]

    init(id: UInt64, startTime: Timestamp, header: WebSocketHeader, direction: FlowDirection, payload: [UInt8]) {
        self.header = header
        self.direction = direction
        self.payload = payload
        super.init(id: id, startTime: startTime)
        onlyDirection = direction
        advance(direction, to: 1)
    }

    func raise(_ event: WebSocketFields.Event) { raise(event.rawValue) }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance == 0, direction == self.direction else { return false }
        switch buffer {
        case .webSocketPayload:
            let payload = payload
            body(payload.rawSpan)
        case .webSocketOpcode: NumberField.supply(UInt64(header.opcode), body)
        case .webSocketFlags: NumberField.supply(UInt64(header.flags), body)
        case .webSocketMask:
            guard let mask = header.mask else { return false }
            NumberField.supply(UInt64(mask), body)
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("websocket")
        json.beginObject()
        json.key("fin")
        json.bool(header.isLast)
        if let mask = header.mask {
            json.key("mask")
            json.number(UInt64(mask))
        }
        json.key("opcode")
        json.string(WebSocketFields.opcodes.first { $0.value == UInt64(header.opcode) }?.name ?? "unknown-\(header.opcode)")
        let payload = payload
        if options.custom.contains("payload_base64") {
            json.key("payload_base64")
            json.base64(payload.rawSpan)
        }
        if options.custom.contains("payload_printable") {
            json.key("payload_printable")
            json.printable(payload.rawSpan)
        }
        json.endObject()
    }
}
