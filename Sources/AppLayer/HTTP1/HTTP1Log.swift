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
        contentRange(&json)
        for header in HTTPLogHeader.all where options.custom.contains(where: header.isMeant) {
            field(header.key, (header.isRequest ? requestHeaders : responseHeaders).value(header.name), &json)
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
            } else if !statusCode.isEmpty {
                json.key("status_string")
                json.string(statusCode)
            }
            json.key("length")
            json.number(responseFile?.size ?? 0)
        }
        if options.custom.contains("request_headers") || options.custom.contains("both") { dump("request_headers", requestHeaders, &json) }
        if options.custom.contains("response_headers") || options.custom.contains("both") {
            dump("response_headers", responseHeaders, &json)
        }
        if options.isInAlert {
            body("http_request_body", "http_request_body_printable", requestBody, &json, options)
            body("http_response_body", "http_response_body_printable", responseBody, &json, options)
        }
        json.endObject()
    }

    /// What is kept of a body.
    private func body(
        _ key: StaticString, _ printableKey: StaticString, _ body: StreamingBody?, _ json: inout JSONWriter, _ options: LogOptions
    ) {
        guard let bytes = body?.bytes, !bytes.isEmpty else { return }
        if options.custom.contains("http_body_printable") {
            json.key(printableKey)
            json.printable(bytes.rawSpan)
        }
        if options.custom.contains("http_body") {
            json.key(key)
            json.base64(bytes.rawSpan)
        }
    }

    /// The part of a whole that the server says the body is (RFC 9110 §14.4).
    private func contentRange(_ json: inout JSONWriter) {
        guard let text = responseHeaders.value("content-range") else { return }
        json.key("content_range")
        json.beginObject()
        json.key("raw")
        json.string(text)
        if let range = ContentRange(text) {
            json.key("start")
            json.number(range.start)
            json.key("end")
            json.number(range.end)
            if let size = range.size {
                json.key("size")
                json.number(size)
            }
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
