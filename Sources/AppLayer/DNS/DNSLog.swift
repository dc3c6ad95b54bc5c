import Bytes

/// Record types and codes as EVE prints them.
enum DNSNames {
    static func type(_ value: UInt16) -> String {
        switch value {
        case 1: "A"
        case 2: "NS"
        case 5: "CNAME"
        case 6: "SOA"
        case 10: "NULL"
        case 12: "PTR"
        case 13: "HINFO"
        case 15: "MX"
        case 16: "TXT"
        case 28: "AAAA"
        case 33: "SRV"
        case 35: "NAPTR"
        case 39: "DNAME"
        case 41: "OPT"
        case 43: "DS"
        case 44: "SSHFP"
        case 46: "RRSIG"
        case 47: "NSEC"
        case 48: "DNSKEY"
        case 50: "NSEC3"
        case 52: "TLSA"
        case 64: "SVCB"
        case 65: "HTTPS"
        case 99: "SPF"
        case 250: "TSIG"
        case 251: "IXFR"
        case 252: "AXFR"
        case 255: "ANY"
        case 256: "URI"
        case 257: "CAA"
        default: String(value)
        }
    }

    static func code(_ value: UInt8) -> String {
        switch value {
        case 0: "NOERROR"
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 3: "NXDOMAIN"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        case 6: "YXDOMAIN"
        case 7: "YXRRSET"
        case 8: "NXRRSET"
        case 9: "NOTAUTH"
        case 10: "NOTZONE"
        default: String(value)
        }
    }
}

extension DNSTransaction {
    func writeLog(_ json: inout JSONWriter, _ options: LogOptions) {
        json.key("dns")
        json.beginObject()
        json.key("version")
        json.number(3)
        json.key("type")
        if message.isResponse { json.string("response") } else { json.string("request") }
        json.key("tx_id")
        json.number(id)
        json.key("id")
        json.number(UInt64(message.id))
        json.key("flags")
        json.beginText()
        let flags = message.flags
        json.buffer.append(utf8: String(flags, radix: 16))
        json.endText()
        flag("qr", flags & 0x8000, &json)
        flag("aa", flags & 0x0400, &json)
        flag("tc", flags & 0x0200, &json)
        flag("rd", flags & 0x0100, &json)
        flag("ra", flags & 0x0080, &json)
        flag("z", flags & 0x0040, &json)
        json.key("opcode")
        json.number(UInt64(message.opcode))
        if message.isResponse || message.responseCode != 0 {
            json.key("rcode")
            json.string(DNSNames.code(message.responseCode))
        }
        if !message.questions.isEmpty {
            json.key("queries")
            json.beginArray()
            for question in message.questions {
                json.beginObject()
                json.key("rrname")
                json.string(question.name)
                json.key("rrtype")
                json.string(DNSNames.type(question.type))
                json.endObject()
            }
            json.endArray()
        }
        records("answers", message.answers, &json)
        records("authorities", message.authorities, &json)
        records("additionals", message.additionals, &json)
        if message.isResponse, !message.answers.isEmpty { grouped(&json) }
        json.endObject()
    }

    private func flag(_ key: StaticString, _ bit: UInt16, _ json: inout JSONWriter) {
        guard bit != 0 else { return }
        json.key(key)
        json.bool(true)
    }

    private func records(_ key: StaticString, _ records: [DNSMessage.Record], _ json: inout JSONWriter) {
        guard !records.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for record in records {
            json.beginObject()
            json.key("rrname")
            json.string(record.name)
            json.key("rrtype")
            json.string(DNSNames.type(record.type))
            json.key("ttl")
            json.number(UInt64(record.ttl))
            data(record, &json)
            json.endObject()
        }
        json.endArray()
    }

    private func data(_ record: DNSMessage.Record, _ json: inout JSONWriter) {
        switch record.data {
        case .address(let bytes):
            json.key("rdata")
            json.address(address(bytes))
        case .name(let name), .exchange(_, let name):
            json.key("rdata")
            json.string(name)
        case .text(let texts):
            json.key("rdata")
            json.string(Array(texts.joined()))
        case .authority(let primary, let mailbox, let serial, let refresh, let retry, let expire, let minimum):
            json.key("soa")
            json.beginObject()
            json.key("mname")
            json.string(primary)
            json.key("rname")
            json.string(mailbox)
            json.key("serial")
            json.number(UInt64(serial))
            json.key("refresh")
            json.number(UInt64(refresh))
            json.key("retry")
            json.number(UInt64(retry))
            json.key("expire")
            json.number(UInt64(expire))
            json.key("minimum")
            json.number(UInt64(minimum))
            json.endObject()
        case .service(let priority, let weight, let port, let target):
            json.key("srv")
            json.beginObject()
            json.key("priority")
            json.number(UInt64(priority))
            json.key("weight")
            json.number(UInt64(weight))
            json.key("port")
            json.number(UInt64(port))
            json.key("name")
            json.string(target)
            json.endObject()
        case .fingerprint(let algorithm, let type, let bytes):
            json.key("sshfp")
            json.beginObject()
            json.key("fingerprint")
            json.hex(bytes.rawSpan, separator: 58)
            json.key("algo")
            json.number(UInt64(algorithm))
            json.key("type")
            json.number(UInt64(type))
            json.endObject()
        case .other(let bytes):
            guard record.type == 10 else { return }
            json.key("rdata")
            json.string(bytes)
        }
    }

    private func address(_ bytes: [UInt8]) -> IPAddress {
        let span = bytes.rawSpan
        return bytes.count == 4 ? IPAddress(v4: span.uint32(at: 0)) : IPAddress(high: span.uint64(at: 0), low: span.uint64(at: 8))
    }

    private func grouped(_ json: inout JSONWriter) {
        var types: [UInt16] = []
        for record in message.answers where !types.contains(record.type) { types.append(record.type) }
        json.key("grouped")
        json.beginObject()
        for type in types {
            json.key(dynamic: DNSNames.type(type))
            json.beginArray()
            for record in message.answers where record.type == type {
                switch record.data {
                case .address(let bytes): json.address(address(bytes))
                case .name(let name), .exchange(_, let name): json.string(name)
                case .text(let texts): json.string(Array(texts.joined()))
                case .authority, .service, .fingerprint:
                    json.beginObject()
                    data(record, &json)
                    json.endObject()
                case .other(let bytes): json.string(bytes)
                }
            }
            json.endArray()
        }
        json.endObject()
    }
}
