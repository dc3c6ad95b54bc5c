import Bytes

extension IKETransaction {
    /// EVE's `ike` object.
    func writeObject(_ json: inout JSONWriter, isExtended: Bool) {
        json.key("ike")
        json.beginObject()
        json.key("version_major")
        json.number(Int(header.majorVersion))
        json.key("version_minor")
        json.number(Int(header.minorVersion))
        json.key("init_spi")
        json.string(IKEHeader.text(header.initiatorSPI))
        json.key("resp_spi")
        json.string(IKEHeader.text(header.responderSPI))
        json.key("message_id")
        json.number(UInt64(header.messageID))
        json.key("exchange_type")
        json.number(Int(header.exchangeType))
        switch content {
        case .version1(let payloads, let client, let server, let domain):
            if isExtended, let name = IKENames.exchange(header.exchangeType) {
                json.key("exchange_type_verbose")
                json.string(name)
            }
            if server.transformCount > 0 { write(server.transform, &json) }
            if direction == .toClient, payloads.transforms.count > 1 { write(payloads.transforms, "server_proposals", &json) }
            json.key("payload")
            json.beginArray()
            for type in payloads.types { if let name = IKENames.payload1(type) { json.string(name) } }
            json.endArray()
            write(payloads, client, server, domain, &json)
        case .version2(let payloads, let choice): write(payloads, choice, &json)
        }
        json.endObject()
    }

    private func write(_ attributes: [IKEAttribute], _ json: inout JSONWriter) {
        // Of attributes with one name (all unknown ones have the same) the last is shown.
        var last: [String: Int] = [:]
        for (place, attribute) in attributes.enumerated() { last[IKENames.attribute(attribute.type)] = place }
        for (place, attribute) in attributes.enumerated() {
            let name = IKENames.attribute(attribute.type)
            guard last[name] == place else { continue }
            json.key(dynamic: name)
            json.string(IKENames.value(attribute))
            if let number = attribute.number {
                json.key(dynamic: name + "_raw")
                json.number(UInt64(number))
            } else if let bytes = attribute.bytes {
                json.key(dynamic: name + "_raw")
                json.hex(bytes.rawSpan)
            }
        }
    }

    private func write(_ transforms: [[IKEAttribute]], _ key: StaticString, _ json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for transform in transforms {
            json.beginObject()
            write(transform, &json)
            json.endObject()
        }
        json.endArray()
    }

    private func write(_ side: IKEv1Side, _ json: inout JSONWriter) {
        if !side.keyExchange.isEmpty {
            json.key("key_exchange_payload")
            json.hex(side.keyExchange.rawSpan)
            json.key("key_exchange_payload_length")
            json.number(side.keyExchange.count)
        }
        if !side.nonce.isEmpty {
            json.key("nonce_payload")
            json.hex(side.nonce.rawSpan)
            json.key("nonce_payload_length")
            json.number(side.nonce.count)
        }
    }

    private func write(_ payloads: IKEv1Payloads, _ client: IKEv1Side, _ server: IKEv1Side, _ domain: UInt32?, _ json: inout JSONWriter) {
        let isEncrypted = header.flags & IKEHeader.encryptedFlag != 0
        json.key("ikev1")
        json.beginObject()
        if let domain {
            json.key("doi")
            json.number(UInt64(domain))
        }
        json.key("encrypted_payloads")
        json.bool(isEncrypted)
        if !isEncrypted {
            json.key("client")
            json.beginObject()
            write(client, &json)
            if direction == .toServer, !payloads.transforms.isEmpty { write(payloads.transforms, "proposals", &json) }
            json.endObject()
            json.key("server")
            json.beginObject()
            write(server, &json)
            json.endObject()
            if !payloads.vendorIDs.isEmpty {
                json.key("vendor_ids")
                json.beginArray()
                for vendor in payloads.vendorIDs { json.string(vendor) }
                json.endArray()
            }
        }
        json.endObject()
    }

    private func write(_ payloads: IKEv2Payloads, _ choice: IKEv2Choice, _ json: inout JSONWriter) {
        json.key("role")
        if header.flags & IKEHeader.initiatorFlag != 0 {
            json.string("initiator" as StaticString)
        } else {
            json.string("responder" as StaticString)
            json.key("alg_enc")
            json.string(IKENames.encryption(choice.encryption))
            json.key("alg_auth")
            json.string(IKENames.integrity(choice.integrity))
            json.key("alg_prf")
            json.string(IKENames.function(choice.pseudoRandomFunction))
            json.key("alg_dh")
            json.string(IKENames.group(choice.group))
            json.key("alg_esn")
            json.string(IKENames.sequenceNumbers(choice.extendedSequenceNumbers))
        }
        json.key("payload")
        json.beginArray()
        for type in payloads.types { json.string(IKENames.payload2(type)) }
        json.endArray()
        json.key("ikev2")
        json.beginObject()
        json.key("errors")
        json.number(payloads.notifications.filter { $0 < 16384 }.count)
        if !payloads.notifications.isEmpty {
            json.key("notify")
            json.beginArray()
            for type in payloads.notifications { json.string(IKENames.notification(type)) }
            json.endArray()
        }
        json.endObject()
    }
}
