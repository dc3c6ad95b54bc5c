import Bytes

extension MQTTMessage {
    /// The packet's key and object inside EVE's `mqtt`.
    func write(_ json: inout JSONWriter, _ options: LogOptions) {
        guard let kind else { return }
        json.key(dynamic: "\(kind)")
        json.beginObject()
        json.key("qos")
        json.number(UInt64(qos))
        json.key("retain")
        json.bool(isRetained)
        json.key("dup")
        json.bool(isDuplicate)
        if let skipped {
            json.key("truncated")
            json.bool(true)
            if skipped > 0 {
                json.key("skipped_length")
                json.number(skipped)
            }
        } else {
            writeFields(kind, &json, options)
            properties?.write(&json)
        }
        json.endObject()
    }

    private func writeFields(_ kind: Kind, _ json: inout JSONWriter, _ options: LogOptions) {
        switch kind {
        case .connect: connect?.write(&json, options)
        case .connack:
            json.key("session_present")
            json.bool(isSessionPresent)
            json.key("return_code")
            json.number(UInt64(reasonCode ?? 0))
        case .publish:
            json.key("topic")
            json.string(topic, limit: options.textLimit)
            writeIdentifier(&json)
            json.key("message")
            json.string(payload, limit: options.textLimit)
        case .puback, .pubrec, .pubrel, .pubcomp, .disconnect, .auth:
            writeIdentifier(&json)
            if let reasonCode {
                json.key("reason_code")
                json.number(UInt64(reasonCode))
            }
        case .subscribe:
            writeIdentifier(&json)
            json.key("topics")
            json.beginArray()
            for entry in topics(within: options.textLimit) {
                json.beginObject()
                json.key("topic")
                json.string(entry.topic, limit: entry.limit)
                json.key("qos")
                json.number(UInt64(entry.qos))
                json.endObject()
            }
            json.endArray()
        case .unsubscribe:
            writeIdentifier(&json)
            json.key("topics")
            json.beginArray()
            for entry in topics(within: options.textLimit) { json.string(entry.topic, limit: entry.limit) }
            json.endArray()
        case .suback:
            writeIdentifier(&json)
            json.key("qos_granted")
            writeCodes(&json)
        case .unsuback:
            writeIdentifier(&json)
            if !reasonCodes.isEmpty {
                json.key("reason_codes")
                writeCodes(&json)
            }
        case .pingreq, .pingresp: break
        }
    }

    /// The topics that fit into so many bytes together, the last one perhaps in part: many short topics are held down like one long one.
    private func topics(within limit: Int) -> [(topic: [UInt8], qos: UInt8, limit: Int)] {
        var left = limit
        var shown: [(topic: [UInt8], qos: UInt8, limit: Int)] = []
        for entry in topics where left > 0 {
            shown.append((entry.topic, entry.qos, left))
            left -= entry.topic.count
        }
        return shown
    }

    private func writeIdentifier(_ json: inout JSONWriter) {
        guard let identifier else { return }
        json.key("message_id")
        json.number(UInt64(identifier))
    }

    private func writeCodes(_ json: inout JSONWriter) {
        json.beginArray()
        for code in reasonCodes { json.number(UInt64(code)) }
        json.endArray()
    }
}

extension MQTTMessage.Connect {
    fileprivate func write(_ json: inout JSONWriter, _ options: LogOptions) {
        json.key("protocol_string")
        json.string(protocolName, limit: options.textLimit)
        json.key("protocol_version")
        json.number(UInt64(version))
        json.key("client_id")
        json.string(clientID, limit: options.textLimit)
        json.key("flags")
        json.beginObject()
        json.key("username")
        json.bool(flags & 0x80 != 0)
        json.key("password")
        json.bool(flags & 0x40 != 0)
        json.key("will_retain")
        json.bool(flags & 0x20 != 0)
        json.key("will")
        json.bool(flags & 0x04 != 0)
        json.key("clean_session")
        json.bool(flags & 0x02 != 0)
        json.endObject()
        if let username {
            json.key("username")
            json.string(username, limit: options.textLimit)
        }
        if options.showsPasswords, let password {
            json.key("password")
            json.string(password, limit: options.textLimit)
        }
        if let willTopic {
            json.key("will")
            json.beginObject()
            json.key("topic")
            json.string(willTopic, limit: options.textLimit)
            if let willMessage {
                json.key("message")
                json.string(willMessage, limit: options.textLimit)
            }
            willProperties?.write(&json)
            json.endObject()
        }
    }
}
