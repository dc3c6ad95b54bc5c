import Bytes

/// A request and its response.
final class ModbusTransaction: Transaction {
    /// Indices into the descriptor's events.
    enum Event: UInt8 {
        case unsolicitedResponse, invalidFunctionCode, invalidLength, invalidValue, invalidExceptionCode, valueMismatch, flooded
        case invalidProtocolID
    }

    static let events = [
        "unsolicited_response", "invalid_function_code", "invalid_length", "invalid_value", "invalid_exception_code", "value_mismatch",
        "flooded", "invalid_protocol_id",
    ]

    private(set) var request: ModbusMessage?
    private(set) var response: ModbusMessage?

    func take(request: ModbusMessage) {
        raise(request.flaws)
        self.request = request
    }

    func take(response: ModbusMessage) {
        // Data that do not fit what was asked for are a mismatch and no error of their own.
        if !response.access.isDisjoint(with: [.read, .write]), !response.flaws.isDisjoint(with: [.length, .value]) {
            raise(Event.valueMismatch.rawValue)
        } else {
            raise(response.flaws)
        }
        self.response = response
        advance(.toServer, to: 1)
        advance(.toClient, to: 1)
    }

    func raise(_ event: Event) { raise(event.rawValue) }

    private func raise(_ flaws: ModbusMessage.Flaws) {
        if flaws.contains(.functionCode) { raise(.invalidFunctionCode) }
        if flaws.contains(.value) { raise(.invalidValue) }
        if flaws.contains(.length) { raise(.invalidLength) }
        if flaws.contains(.exceptionCode) { raise(.invalidExceptionCode) }
        if flaws.contains(.protocolID) { raise(.invalidProtocolID) }
    }

    // MARK: EVE

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("modbus")
        json.beginObject()
        json.key("id")
        json.number(id + 1)
        if let request {
            json.key("request")
            request.write(&json)
        }
        if let response {
            json.key("response")
            response.write(&json)
        }
        json.endObject()
    }
}

extension ModbusMessage {
    fileprivate func write(_ json: inout JSONWriter) {
        json.beginObject()
        for (name, value) in [
            ("transaction_id", transaction), ("protocol_id", protocolID), ("unit_id", UInt16(unit)), ("function_raw", UInt16(function)),
        ] {
            json.key(dynamic: name)
            json.number(UInt64(value))
        }
        json.key("function_code")
        json.string(ModbusNames.functions[code] ?? "Unknown")
        json.key("access_type")
        json.string(ModbusNames.access(access))
        json.key("category")
        json.string(ModbusNames.category(category))
        json.key("error_flags")
        json.string(ModbusNames.flaws(flaws))
        writeContent(&json)
        json.endObject()
    }

    private func writeContent(_ json: inout JSONWriter) {
        switch content {
        case .exception(let code):
            write("exception", UInt64(code), ModbusNames.exceptions[code] ?? "Unknown", nil, &json)
        case .diagnostic(let function, let data):
            write("diagnostic", UInt64(function), ModbusNames.diagnostics[function] ?? "Reserved", data, &json)
        case .encapsulated(let type, let data): write("mei", UInt64(type), ModbusNames.encapsulated(type), data, &json)
        case .readRequest(let address, let quantity): write("read", [("address", address), ("quantity", quantity)], nil, &json)
        case .readResponse(let data): write("read", [], data, &json)
        case .writeMultiple(let address, let quantity, let data):
            write("write", [("address", address), ("quantity", quantity)], data, &json)
        case .writeMask(let address, let and, let or):
            write("write", [("address", address), ("and_mask", and), ("or_mask", or)], nil, &json)
        case .write(let address, let data): write("write", [("address", address), ("data", data)], nil, &json)
        case .readWrite(let address, let quantity, let writeAddress, let writeQuantity, let data):
            write("read", [("address", address), ("quantity", quantity)], nil, &json)
            write("write", [("address", writeAddress), ("quantity", writeQuantity)], data, &json)
        case .data(let data):
            json.key("data")
            json.string(data)
        }
    }

    private func write(_ key: StaticString, _ raw: UInt64, _ code: StaticString, _ data: [UInt8]?, _ json: inout JSONWriter) {
        json.key(key)
        json.beginObject()
        json.key("raw")
        json.number(raw)
        json.key("code")
        json.string(code)
        if let data {
            json.key("data")
            json.string(data)
        }
        json.endObject()
    }

    private func write(_ key: StaticString, _ numbers: [(name: String, value: UInt16)], _ data: [UInt8]?, _ json: inout JSONWriter) {
        json.key(key)
        json.beginObject()
        for number in numbers {
            json.key(dynamic: number.name)
            json.number(UInt64(number.value))
        }
        if let data {
            json.key("data")
            json.string(data)
        }
        json.endObject()
    }
}
