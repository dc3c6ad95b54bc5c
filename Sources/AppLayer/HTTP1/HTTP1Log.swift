import Bytes

extension HTTP1Transaction {
    func writeLog(_ json: inout JSONWriter, _ options: LogOptions) {
        json.key("http")
        json.beginObject()
        if let host {
            json.key("hostname")
            json.string(host)
        }
        if let port {
            json.key("http_port")
            json.number(UInt64(port))
        }
        if hasRequest {
            json.key("url")
            json.string(target)
        } else if hasResponse {
            // Suricata's word for an answer to what was not seen.
            json.key("url")
            json.string("/libhtp::request_uri_not_seen")
        }
        field("http_user_agent", requestHeaders.value("user-agent"), &json)
        field("xff", requestHeaders.value("x-forwarded-for"), &json)
        if let type = responseHeaders.value("content-type") {
            json.key("http_content_type")
            json.string(Array(type.prefix { $0 != 59 }))
        }
        if options.isExtended || options.isInAlert {
            field("http_refer", requestHeaders.value("referer"), &json)
            if !method.isEmpty {
                json.key("http_method")
                json.string(method)
            }
            let version = requestProtocol.isEmpty ? responseProtocol : requestProtocol
            if !version.isEmpty {
                json.key("protocol")
                json.string(version)
            }
            if let status = UInt64(String(decoding: statusCode, as: UTF8.self)) {
                json.key("status")
                json.number(status)
                if (300..<400).contains(status) { field("redirect", responseHeaders.value("location"), &json) }
            }
            json.key("length")
            json.number(responseFile?.size ?? 0)
        }
        if options.custom.contains("request_headers") || options.custom.contains("both") { dump("request_headers", requestHeaders, &json) }
        if options.custom.contains("response_headers") || options.custom.contains("both") {
            dump("response_headers", responseHeaders, &json)
        }
        json.endObject()
    }

    private func field(_ key: StaticString, _ value: [UInt8]?, _ json: inout JSONWriter) {
        guard let value else { return }
        json.key(key)
        json.string(value)
    }

    private func dump(_ key: StaticString, _ headers: HTTPHeaders, _ json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for index in headers.fields.indices {
            json.beginObject()
            json.key("name")
            json.string(headers.name(index))
            json.key("value")
            json.string(headers.fieldValue(index))
            json.endObject()
        }
        json.endArray()
    }
}
