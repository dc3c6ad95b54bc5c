import Bytes

extension MQTTMessage {
    /// The packet's key and object inside EVE's `mqtt`.
    func write(_ json: inout JSONWriter) {
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
            writeFields(kind, &json)
            properties?.write(&json)
        }
        json.endObject()
    }

    private func writeFields(_ kind: Kind, _ json: inout JSONWriter) {
        switch kind {
        case .connect: connect?.write(&json)
        case .connack:
            json.key("session_present")
            json.bool(isSessionPresent)
            json.key("return_code")
            json.number(UInt64(reasonCode ?? 0))
        case .publish:
            json.key("topic")
            json.string(topic)
            writeIdentifier(&json)
            json.key("message")
            json.string(payload)
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
            for entry in topics {
                json.beginObject()
                json.key("topic")
                json.string(entry.topic)
                json.key("qos")
                json.number(UInt64(entry.qos))
                json.endObject()
            }
            json.endArray()
        case .unsubscribe:
            writeIdentifier(&json)
            json.key("topics")
            json.beginArray()
            for entry in topics { json.string(entry.topic) }
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
    fileprivate func write(_ json: inout JSONWriter) {
        json.key("protocol_string")
        json.string(protocolName)
        json.key("protocol_version")
        json.number(UInt64(version))
        json.key("client_id")
        json.string(clientID)
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
            json.string(username)
        }
        if let password {
            json.key("password")
            json.string(password)
        }
        if let willTopic {
            json.key("will")
            json.beginObject()
            json.key("topic")
            json.string(willTopic)
            if let willMessage {
                json.key("message")
                json.string(willMessage)
            }
            willProperties?.write(&json)
            json.endObject()
        }
    }
}
