import Bytes

/// EVE's `mdns` and `llmnr` objects: flags as a list, types in lower case, each record's value under its type.
extension DNSTransaction {
    func writeCompactObject(_ json: inout JSONWriter) {
        let header = message.header
        json.key(variant == .multicast ? "mdns" : "llmnr")
        json.beginObject()
        json.key("type")
        json.string(header.isResponse ? "response" : "request" as StaticString)
        json.key("id")
        json.number(Int(header.id))
        let bits: [(mask: UInt16, name: StaticString)] =
            variant == .multicast
            ? [(0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra"), (0x0040, "z"), (0x0020, "ad"), (0x0010, "cd")]
            : [(0x0400, "c"), (0x0200, "tc"), (0x0100, "t")]
        if bits.contains(where: { header.flags & $0.mask != 0 }) {
            json.key("flags")
            json.beginArray()
            for bit in bits where header.flags & bit.mask != 0 { json.string(bit.name) }
            json.endArray()
        }
        json.key("opcode")
        json.number(Int(header.opcode))
        if variant == .multicast {
            json.key("rcode")
            json.number(Int(header.responseCode))
        }
        if !message.questions.isEmpty {
            json.key("queries")
            json.beginArray()
            for question in message.questions {
                json.beginObject()
                json.key("rrname")
                json.string(question.name.text)
                json.key("rrtype")
                json.string(DNSRecordType.name(question.type).lowercased())
                if question.name.isTruncated {
                    json.key("rrname_truncated")
                    json.bool(true)
                }
                json.endObject()
            }
            json.endArray()
        }
        writeCompact(message.answers, "answers", &json)
        writeCompact(message.authorities, "authorities", &json)
        writeCompact(message.additionals.filter { !$0.isEmptyOptions }, "additionals", &json)
        json.endObject()
    }

    private func writeCompact(_ records: [DNSRecord], _ key: StaticString, _ json: inout JSONWriter) {
        guard !records.isEmpty else { return }
        json.key(key)
        json.beginArray()
        var index = 0
        while index < records.count {
            let record = records[index]
            index += 1
            json.beginObject()
            write(record.name, "rrname", "rrname_truncated", &json)
            let type = DNSRecordType.name(record.type).lowercased()
            switch record.content {
            case .bytes(let text) where record.type == DNSRecordType.txt:
                // A record's strings were read as records of their own; here they are one list again.
                json.key(dynamic: type)
                json.beginArray()
                json.string(text)
                while index < records.count, records[index].isContinuation, case .bytes(let more) = records[index].content {
                    json.string(more)
                    index += 1
                }
                json.endArray()
            case .name(let name):
                json.key(dynamic: type)
                json.string(name.text)
                if name.isTruncated {
                    json.key("rdata_truncated")
                    json.bool(true)
                }
            case .options(let options):
                json.key(dynamic: type)
                writeOptions(options, &json)
            case .other(let bytes):
                json.key(dynamic: type)
                json.string(bytes)
            case .address, .bytes, .soa, .srv, .sshfp:
                json.key(dynamic: type)
                writeValue(record, &json)
            }
            json.endObject()
        }
        json.endArray()
    }
}
