import Bytes

extension SessionDescription {
    /// The object `sdp` inside EVE's `sip`.
    func write(_ json: inout JSONWriter) {
        json.key("sdp")
        json.beginObject()
        text("origin", origin, &json)
        text("session_name", name, &json)
        text("session_info", information, &json)
        text("uri", uri, &json)
        text("email", email, &json)
        text("phone_number", phone, &json)
        text("connection_data", connection, &json)
        texts("bandwidths", bandwidths, &json)
        json.key("time_descriptions")
        json.beginArray()
        for time in times {
            json.beginObject()
            text("time", time.time, &json)
            text("repeat_time", time.repeatTime, &json)
            json.endObject()
        }
        json.endArray()
        text("timezone", zone, &json)
        text("encryption_key", key, &json)
        texts("attributes", attributes, &json)
        if !media.isEmpty {
            json.key("media_descriptions")
            json.beginArray()
            for entry in media { write(entry, &json) }
            json.endArray()
        }
        json.endObject()
    }

    private func write(_ entry: Media, _ json: inout JSONWriter) {
        json.beginObject()
        text("media", entry.media, &json)
        text("media_info", entry.information, &json)
        texts("bandwidths", entry.bandwidths, &json)
        text("connection_data", entry.connection, &json)
        text("encryption_key", entry.key, &json)
        texts("attributes", entry.attributes, &json)
        json.endObject()
    }

    private func text(_ key: StaticString, _ value: [UInt8]?, _ json: inout JSONWriter) {
        guard let value else { return }
        json.key(key)
        json.string(value)
    }

    private func texts(_ key: StaticString, _ values: [[UInt8]], _ json: inout JSONWriter) {
        guard !values.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for value in values { json.string(value) }
        json.endArray()
    }
}
