import Bytes

extension BufferID {
    static let pgsqlQuery = BufferID(.pgsql, 1)
}

/// A request and what the server answers until it is ready for the next one.
final class PgSQLTransaction: Transaction {
    static let buffers: [BufferDescriptor] = [.init(.pgsqlQuery, "pgsql.query", directions: .toServer, progress: (1, 1))]

    private static let mostMessages = 256

    private(set) var requests: [PgSQLMessage] = []
    private(set) var responses: [PgSQLMessage] = []
    /// Messages and bytes of a copy by the client; rows and bytes that the server sent.
    var copiedIn = (count: UInt64(0), size: UInt64(0))
    var rows = (count: UInt64(0), size: UInt64(0))
    var copiedOut = (count: UInt64(0), size: UInt64(0))

    func add(request: PgSQLMessage) { if requests.count < Self.mostMessages { requests.append(request) } }
    func add(response: PgSQLMessage) { if responses.count < Self.mostMessages { responses.append(response) } }

    func complete() {
        advance(.toServer, to: 1)
        advance(.toClient, to: 1)
    }

    override var isWorthLogging: Bool { !requests.isEmpty || !responses.isEmpty || copiedIn.count > 0 }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard buffer == .pgsqlQuery, instance == 0 else { return super.withBuffer(buffer, direction, instance: instance, body) }
        for case .query(let text) in requests {
            body(text.rawSpan)
            return true
        }
        return false
    }

    // MARK: EVE

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("pgsql")
        json.beginObject()
        json.key("tx_id")
        json.number(id + 1)
        if !requests.isEmpty || copiedIn.count > 0 {
            json.key("request")
            json.beginObject()
            if copiedIn.count > 0 { write("copy_data_in", "msg_count", copiedIn, &json) }
            for request in requests { write(request: request, &json, logsPasswords: options.custom.contains("passwords")) }
            json.endObject()
        }
        if !responses.isEmpty {
            json.key("response")
            json.beginObject()
            writeResponses(&json)
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ key: StaticString, _ countKey: StaticString, _ counted: (count: UInt64, size: UInt64), _ json: inout JSONWriter) {
        json.key(key)
        json.beginObject()
        json.key(countKey)
        json.number(counted.count)
        json.key("data_size")
        json.number(counted.size)
        json.endObject()
    }

    private func write(request: PgSQLMessage, _ json: inout JSONWriter, logsPasswords: Bool) {
        func pair(_ key: StaticString, _ value: [UInt8]) {
            json.key(key)
            json.string(value)
        }
        switch request {
        case .sslRequest: pair("message", Array("SSL Request".utf8))
        case .startup(let version, let user, let parameters):
            json.key("protocol_version")
            json.string("\(version.0).\(version.1)")
            json.key("startup_parameters")
            json.beginObject()
            pair("user", user)
            if !parameters.isEmpty {
                json.key("optional_parameters")
                json.beginArray()
                for parameter in parameters { parameter.write(&json) }
                json.endArray()
            }
            json.endObject()
        case .cancel(let process, let key):
            pair("message", Array("cancel_request".utf8))
            writeKey(process, key, &json)
        case .password(let password): if logsPasswords { pair("password", password) }
        case .saslInitial(let isBound, let parameter):
            pair("sasl_authentication_mechanism", Array((isBound ? "scram_SHA256_plus" : "scram_SHA256").utf8))
            pair("sasl_param", parameter)
        case .saslResponse(let response): pair("sasl_response", response)
        case .query(let query): pair("simple_query", query)
        case .copyDone: pair("message", Array("copy_done".utf8))
        case .copyFail(let reason): pair("copy_fail", reason)
        case .terminate: pair("message", Array("termination_message".utf8))
        default: break
        }
    }

    private func writeKey(_ process: UInt32, _ key: UInt32, _ json: inout JSONWriter) {
        json.key("process_id")
        json.number(UInt64(process))
        json.key("secret_key")
        json.number(UInt64(key))
    }

    /// Parameters that follow each other share a list.
    private func writeResponses(_ json: inout JSONWriter) {
        var isListOpen = false
        for response in responses {
            if case .parameterStatus(let parameter) = response {
                if !isListOpen {
                    json.key("parameter_status")
                    json.beginArray()
                    isListOpen = true
                }
                parameter.write(&json)
                continue
            }
            if isListOpen { json.endArray() }
            isListOpen = false
            write(response: response, &json)
        }
        if isListOpen { json.endArray() }
    }

    private func write(response: PgSQLMessage, _ json: inout JSONWriter) {
        switch response {
        case .sslAnswer(let isAccepted):
            json.key("ssl_accepted")
            json.bool(isAccepted)
        case .authentication(let kind, let content):
            switch kind {
            case .ok: write("authentication_ok", &json)
            case .cleartext: write("authentication_cleartext_password", &json)
            case .sasl: write("authentication_sasl", &json)
            case .saslContinue: write("authentication_sasl_continue", &json)
            case .md5:
                json.key("authentication_md5_password")
                json.string(content)
            case .sspi:
                json.key("authentication_sspi")
                json.string(content)
            case .saslFinal:
                json.key("authentication_sasl_final")
                json.string(content)
            }
        case .backendKey(let process, let key): writeKey(process, key, &json)
        case .rowDescription(let fields):
            json.key("field_count")
            json.number(UInt64(fields))
        case .commandComplete(let command):
            if rows.count > 0 {
                json.key("data_rows")
                json.number(rows.count)
                json.key("data_size")
                json.number(rows.size)
            }
            if copiedOut.count > 0 { write("copy_data_out", "row_count", copiedOut, &json) }
            json.key("command_completed")
            json.string(command)
        case .error(let fields):
            for field in fields {
                json.key(PgSQLTransaction.errorKey(field.type))
                json.string(field.value)
            }
        case .copyIn(let columns), .copyOut(let columns):
            if case .copyIn = response { json.key("copy_in_response") } else { json.key("copy_out_response") }
            json.beginObject()
            json.key("columns")
            json.number(UInt64(columns))
            json.endObject()
        case .copyDone: write("copy_done", &json)
        default: break
        }
    }

    private func write(_ message: StaticString, _ json: inout JSONWriter) {
        json.key("message")
        json.string(message)
    }

    /// "Error and Notice Message Fields" of the documentation.
    private static func errorKey(_ type: UInt8) -> StaticString {
        switch type {
        case 0x53: "severity_localizable"
        case 0x56: "severity_non_localizable"
        case 0x43: "code"
        case 0x4d: "message"
        case 0x44: "detail"
        case 0x48: "hint"
        case 0x50: "position"
        case 0x70: "internal_position"
        case 0x71: "internal_query"
        case 0x57: "where"
        case 0x73: "schema_name"
        case 0x74: "table_name"
        case 0x63: "column_name"
        case 0x64: "data_type"
        case 0x6e: "constraint_name"
        case 0x46: "file"
        case 0x4c: "line"
        case 0x52: "routine"
        default: "unknown_field_type"
        }
    }
}

extension PgSQLMessage.Parameter {
    /// An object with the one pair; three names have a spelling of their own in events.
    fileprivate func write(_ json: inout JSONWriter) {
        let text = String(decoding: name, as: UTF8.self)
        json.beginObject()
        switch text {
        case "DateStyle": json.key("date_style")
        case "IntervalStyle": json.key("interval_style")
        case "TimeZone": json.key("time_zone")
        default: if ASCII.isPlain(name) { json.key(dynamic: text) } else { json.key("unknown_parameter") }
        }
        json.string(value)
        json.endObject()
    }
}

extension ASCII {
    /// Whether the text can stand in JSON as it is.
    fileprivate static func isPlain(_ text: [UInt8]) -> Bool { text.allSatisfy { isPrintable($0) && $0 != 0x22 && $0 != 0x5c } }
}
