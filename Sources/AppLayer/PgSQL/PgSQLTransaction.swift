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
            var members = UniqueMembers()
            if copiedIn.count > 0 { set("copy_data_in", "msg_count", copiedIn, &members) }
            for request in requests { set(request: request, &members, logsPasswords: options.custom.contains("passwords")) }
            json.key("request")
            json.beginObject()
            members.write(to: &json)
            json.endObject()
        }
        if !responses.isEmpty {
            var members = UniqueMembers()
            setResponses(&members)
            json.key("response")
            json.beginObject()
            members.write(to: &json)
            json.endObject()
        }
        json.endObject()
    }

    private func set(_ name: String, _ countKey: StaticString, _ counted: (count: UInt64, size: UInt64), _ members: inout UniqueMembers) {
        members.set(name) { json in
            json.beginObject()
            json.key(countKey)
            json.number(counted.count)
            json.key("data_size")
            json.number(counted.size)
            json.endObject()
        }
    }

    private func set(request: PgSQLMessage, _ members: inout UniqueMembers, logsPasswords: Bool) {
        switch request {
        case .sslRequest: members.set("message", "SSL Request")
        case .startup(let version, let user, let parameters):
            members.set("protocol_version", "\(version.0).\(version.1)")
            members.set("startup_parameters") { json in
                json.beginObject()
                json.key("user")
                json.string(user)
                if !parameters.isEmpty {
                    json.key("optional_parameters")
                    json.beginArray()
                    for parameter in parameters { parameter.write(&json) }
                    json.endArray()
                }
                json.endObject()
            }
        case .cancel(let process, let key):
            members.set("message", "cancel_request")
            setKey(process, key, &members)
        case .password(let password): if logsPasswords { members.set("password", password) }
        case .saslInitial(let isBound, let parameter):
            members.set("sasl_authentication_mechanism", isBound ? "scram_SHA256_plus" : "scram_SHA256")
            members.set("sasl_param", parameter)
        case .saslResponse(let response): members.set("sasl_response", response)
        case .query(let query): members.set("simple_query", query)
        case .copyDone: members.set("message", "copy_done")
        case .copyFail(let reason): members.set("copy_fail", reason)
        case .terminate: members.set("message", "termination_message")
        default: break
        }
    }

    private func setKey(_ process: UInt32, _ key: UInt32, _ members: inout UniqueMembers) {
        members.set("process_id", UInt64(process))
        members.set("secret_key", UInt64(key))
    }

    /// Parameters that follow each other share a list.
    private func setResponses(_ members: inout UniqueMembers) {
        var parameters: [PgSQLMessage.Parameter] = []
        func setParameters(_ members: inout UniqueMembers) {
            guard !parameters.isEmpty else { return }
            members.set("parameter_status") { json in
                json.beginArray()
                for parameter in parameters { parameter.write(&json) }
                json.endArray()
            }
            parameters = []
        }
        for response in responses {
            if case .parameterStatus(let parameter) = response {
                parameters.append(parameter)
                continue
            }
            setParameters(&members)
            set(response: response, &members)
        }
        setParameters(&members)
    }

    private func set(response: PgSQLMessage, _ members: inout UniqueMembers) {
        switch response {
        case .sslAnswer(let isAccepted): members.set("ssl_accepted") { $0.bool(isAccepted) }
        case .authentication(let kind, let content):
            switch kind {
            case .ok: members.set("message", "authentication_ok")
            case .cleartext: members.set("message", "authentication_cleartext_password")
            case .sasl: members.set("message", "authentication_sasl")
            case .saslContinue: members.set("message", "authentication_sasl_continue")
            case .md5: members.set("authentication_md5_password", content)
            case .sspi: members.set("authentication_sspi", content)
            case .saslFinal: members.set("authentication_sasl_final", content)
            }
        case .backendKey(let process, let key): setKey(process, key, &members)
        case .rowDescription(let fields): members.set("field_count", UInt64(fields))
        case .commandComplete(let command):
            if rows.count > 0 {
                members.set("data_rows", rows.count)
                members.set("data_size", rows.size)
            }
            if copiedOut.count > 0 { set("copy_data_out", "row_count", copiedOut, &members) }
            members.set("command_completed", command)
        case .error(let fields):
            for field in fields { members.set(PgSQLTransaction.errorKey(field.type), field.value) }
        case .copyIn(let columns), .copyOut(let columns):
            var name = "copy_out_response"
            if case .copyIn = response { name = "copy_in_response" }
            members.set(name) { json in
                json.beginObject()
                json.key("columns")
                json.number(UInt64(columns))
                json.endObject()
            }
        case .copyDone: members.set("message", "copy_done")
        default: break
        }
    }

    /// "Error and Notice Message Fields" of the documentation.
    private static func errorKey(_ type: UInt8) -> String {
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
