import Bytes

extension DNSTransaction {
    /// EVE's `dns` object, version 3.
    func writeObject(_ json: inout JSONWriter, _ options: DNSLogOptions = DNSLogOptions()) {
        let header = message.header
        json.key("dns")
        json.beginObject()
        json.key("version")
        json.number(3)
        json.key("type")
        json.string(direction == .toServer ? "request" : "response" as StaticString)
        json.key("tx_id")
        json.number(id)
        json.key("id")
        json.number(Int(header.id))
        json.key("flags")
        json.string(String(header.flags, radix: 16))
        writeFlags(&json)
        json.key("opcode")
        json.number(Int(header.opcode))
        json.key("rcode")
        json.string(DNSResponseCode.name(header.responseCode))
        if !message.questions.isEmpty {
            json.key("queries")
            json.beginArray()
            for question in message.questions {
                json.beginObject()
                write(question.name, "rrname", "rrname_truncated", &json)
                json.key("rrtype")
                json.string(DNSRecordType.name(question.type))
                json.endObject()
            }
            json.endArray()
        }
        if options.isDetailed { write(message.answers, "answers", &json) }
        if options.isGrouped, direction == .toClient { writeGrouped(&json) }
        write(message.authorities, "authorities", &json)
        write(message.additionals.filter { !$0.isEmptyOptions }, "additionals", &json)
        json.endObject()
    }

    func writeFlags(_ json: inout JSONWriter) {
        let bits: [(mask: UInt16, name: StaticString)] = [
            (0x8000, "qr"), (0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra"), (0x0040, "z"),
        ]
        for bit in bits where message.header.flags & bit.mask != 0 {
            json.key(bit.name)
            json.bool(true)
        }
    }

    func write(_ name: DNSName, _ key: StaticString, _ truncated: StaticString, _ json: inout JSONWriter) {
        json.key(key)
        json.string(name.text)
        if name.isTruncated {
            json.key(truncated)
            json.bool(true)
        }
    }

    func write(_ records: [DNSRecord], _ key: StaticString, _ json: inout JSONWriter) {
        guard !records.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for record in records {
            json.beginObject()
            write(record.name, "rrname", "rrname_truncated", &json)
            json.key("rrtype")
            json.string(DNSRecordType.name(record.type))
            json.key("ttl")
            json.number(UInt64(record.ttl))
            writeData(record, &json)
            json.endObject()
        }
        json.endArray()
    }

    private func writeData(_ record: DNSRecord, _ json: inout JSONWriter) {
        switch record.content {
        case .address, .bytes:
            json.key("rdata")
            writeValue(record, &json)
        case .name(let name): write(name, "rdata", "rdata_truncated", &json)
        case .soa:
            json.key("soa")
            writeValue(record, &json)
        case .srv:
            json.key("srv")
            writeValue(record, &json)
        case .sshfp:
            json.key("sshfp")
            writeValue(record, &json)
        case .options(let options):
            json.key("opt")
            writeOptions(options, &json)
        case .other: break
        }
    }

    func writeOptions(_ options: [(code: UInt16, data: [UInt8])], _ json: inout JSONWriter) {
        json.beginArray()
        for option in options {
            json.beginObject()
            json.key("code")
            json.number(Int(option.code))
            json.key("data")
            json.hex(option.data.rawSpan)
            json.endObject()
        }
        json.endArray()
    }

    func writeValue(_ record: DNSRecord, _ json: inout JSONWriter) {
        switch record.content {
        case .address(let address):
            // An AAAA record may hold an IPv4-mapped address; it is still shown as IPv6.
            if record.type == DNSRecordType.a { json.address(address) } else { writeV6(address, &json) }
        case .bytes(let bytes): json.string(bytes)
        case .name(let name): json.string(name.text)
        case .soa(let mname, let rname, let serial, let refresh, let retry, let expire, let minimum):
            json.beginObject()
            write(mname, "mname", "mname_truncated", &json)
            write(rname, "rname", "rname_truncated", &json)
            for (key, value) in [
                ("serial", serial), ("refresh", refresh), ("retry", retry), ("expire", expire), ("minimum", minimum),
            ] as [(StaticString, UInt32)] {
                json.key(key)
                json.number(UInt64(value))
            }
            json.endObject()
        case .srv(let priority, let weight, let port, let name):
            json.beginObject()
            for (key, value) in [("priority", priority), ("weight", weight), ("port", port)] as [(StaticString, UInt16)] {
                json.key(key)
                json.number(Int(value))
            }
            write(name, "name", "name_truncated", &json)
            json.endObject()
        case .sshfp(let algorithm, let type, let fingerprint):
            json.beginObject()
            json.key("fingerprint")
            json.hex(fingerprint.rawSpan, separator: 58)
            json.key("algo")
            json.number(Int(algorithm))
            json.key("type")
            json.number(Int(type))
            json.endObject()
        case .options, .other: json.null()
        }
    }

    private func writeV6(_ address: IPAddress, _ json: inout JSONWriter) {
        json.beginText()
        for group in 0..<8 {
            if group > 0 { json.buffer.append(58) }
            let word = (group < 4 ? address.high : address.low) >> (48 - 16 * UInt64(group & 3))
            json.buffer.append(hex: UInt8(truncatingIfNeeded: word >> 8))
            json.buffer.append(hex: UInt8(truncatingIfNeeded: word))
        }
        json.endText()
    }

    /// Answers by type, in the order in which the types appear.
    func writeGrouped(_ json: inout JSONWriter) {
        var types: [UInt16] = []
        for record in message.answers where record.isGrouped && !types.contains(record.type) && types.count < 16 {
            types.append(record.type)
        }
        guard !types.isEmpty else { return }
        json.key("grouped")
        json.beginObject()
        for type in types {
            json.key(dynamic: DNSRecordType.name(type))
            json.beginArray()
            for record in message.answers where record.type == type && record.isGrouped { writeValue(record, &json) }
            json.endArray()
        }
        json.endObject()
    }
}

extension DNSRecord {
    /// An OPT record that only announces a buffer size says nothing worth a line.
    var isEmptyOptions: Bool {
        if case .options(let options) = content { return options.isEmpty }
        return false
    }

    fileprivate var isGrouped: Bool {
        switch content {
        case .address, .bytes, .name, .srv, .sshfp: true
        case .soa, .options, .other: false
        }
    }
}
