import Bytes

extension HTTP2Transaction {
    /// EVE's `http` object of version 2.
    func writeLog(_ json: inout JSONWriter) {
        json.key("http")
        json.beginObject()
        json.key("version")
        json.string("2")
        write(headers.toServer, "request_headers", &json)
        write(headers.toClient, "response_headers", &json)
        text("http_method", ":method", headers.toServer, &json)
        text("url", ":path", headers.toServer, &json)
        text("hostname", "host", headers.toServer, &json)
        text("http_user_agent", "user-agent", headers.toServer, &json)
        number("status", ":status", &json)
        number("length", "content-length", &json)
        json.key("http2")
        json.beginObject()
        json.key("stream_id")
        json.number(UInt64(streamID))
        json.key("request")
        write(frames.toServer, &json)
        json.key("response")
        write(frames.toClient, &json)
        json.endObject()
        json.endObject()
    }

    private func text(_ key: StaticString, _ name: StaticString, _ side: HTTP2Headers, _ json: inout JSONWriter) {
        guard let value = side.loggedValue(name) else { return }
        json.key(key)
        json.string(value)
    }

    private func number(_ key: StaticString, _ name: StaticString, _ json: inout JSONWriter) {
        guard let value = headers.toClient.loggedValue(name) ?? headers.toServer.loggedValue(name),
            let number = UInt64(String(decoding: value, as: UTF8.self))
        else { return }
        json.key(key)
        json.number(number)
    }

    private func write(_ headers: HTTP2Headers, _ key: StaticString, _ json: inout JSONWriter) {
        guard !headers.isEmpty else { return }
        json.key(key)
        json.beginArray()
        var logged: Set<ObjectIdentifier> = []
        for entry in headers.entries {
            switch entry {
            case .field(let field):
                guard logged.insert(ObjectIdentifier(field.value)).inserted else { continue }
                json.beginObject()
                json.key("name")
                json.string(field.name.bytes)
                json.key("value")
                json.string(field.value.bytes)
            case .sizeUpdate(let size):
                json.beginObject()
                json.key("table_size_update")
                json.number(size)
            case .invalid(let flaw):
                json.beginObject()
                json.key("error")
                switch flaw {
                case .notIndexed: json.string("HTTP2HeaderDecodeNotIndexed")
                case .indexZero: json.string("HTTP2HeaderDecodeIndex0")
                case .integerOverflow: json.string("HTTP2HeaderDecodeIntegerOverflow")
                }
            }
            json.endObject()
        }
        json.endArray()
    }

    private func write(_ frames: [HTTP2FrameRecord], _ json: inout JSONWriter) {
        json.beginObject()
        let lists = frames.compactMap { if case .settings(let list) = $0.content { list } else { nil } }
        if !lists.isEmpty {
            json.key("settings")
            json.beginArray()
            for setting in lists.joined() {
                json.beginObject()
                json.key("settings_id")
                json.string(setting.loggedName)
                json.key("settings_value")
                json.number(UInt64(setting.value))
                json.endObject()
            }
            json.endArray()
        }
        var hasError = false
        var hasPriority = false
        var repeated: StaticString?
        for frame in frames {
            if case .error(let code) = frame.content {
                if hasError {
                    repeated = repeated ?? "error_code"
                } else {
                    json.key("error_code")
                    let name = HTTP2ErrorCode.name(code)
                    json.string(frame.type == HTTP2FrameType.goAway ? name.uppercased() : name)
                }
                hasError = true
            }
            if let weight = frame.weight {
                if hasPriority {
                    repeated = repeated ?? "priority"
                } else {
                    json.key("priority")
                    json.number(UInt64(weight))
                }
                hasPriority = true
            }
        }
        if let repeated {
            json.key("has_multiple")
            json.string(repeated)
        }
        json.endObject()
    }
}
