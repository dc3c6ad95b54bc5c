import Bytes

/// One SIP message in one direction.
final class SIPTransaction: Transaction {
    let message: SIPMessage
    let direction: FlowDirection

    init(id: UInt64, startTime: Timestamp, message: SIPMessage, direction: FlowDirection) {
        self.message = message
        self.direction = direction
        super.init(id: id, startTime: startTime)
        onlyDirection = direction
        advance(direction, to: 1)
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard direction == self.direction, instance >= 0 else { return false }
        if let header = SIPFields.headers[buffer] {
            guard let value = message.values(header).dropFirst(instance).first else { return false }
            body(value.rawSpan)
            return true
        }
        if let value = message.session?.values(buffer).dropFirst(instance).first {
            body(value.rawSpan)
            return true
        }
        guard instance == 0, let value = value(buffer) else { return false }
        body(value.rawSpan)
        return true
    }

    private func value(_ buffer: BufferID) -> [UInt8]? {
        switch (buffer, message.start) {
        case (.sipProtocol, _): message.version
        case (.sipMethod, .request(let method, _)): method
        case (.sipURI, .request(_, let uri)): uri
        case (.sipRequestLine, .request): message.line
        case (.sipStatusCode, .response(let code, _)): code
        case (.sipStatusMessage, .response(_, let reason)): reason
        case (.sipResponseLine, .response): message.line
        default: nil
        }
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("sip")
        json.beginObject()
        switch message.start {
        case .request(let method, let uri):
            json.key("method")
            json.string(method)
            json.key("uri")
            json.string(uri)
            json.key("version")
            json.string(message.version)
            json.key("request_line")
        case .response(let code, let reason):
            json.key("version")
            json.string(message.version)
            json.key("code")
            json.string(code)
            json.key("reason")
            json.string(reason)
            json.key("response_line")
        }
        json.string(message.line)
        message.session?.write(&json)
        json.endObject()
    }
}
