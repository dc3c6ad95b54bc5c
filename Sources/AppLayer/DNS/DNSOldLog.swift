import Bytes

/// EVE's `dns` object in version 2, and what is logged at all.
extension DNSTransaction {
    /// The questions of a request that version 2 logs, one event each.
    private func wantedQuestions(_ options: DNSLogOptions) -> [DNSQuestion] { message.questions.filter { options.wants($0.type) } }

    func unicastEventCount(_ options: DNSLogOptions) -> Int {
        guard direction == .toServer ? options.logsRequests : options.logsResponses else { return 0 }
        let wanted = wantedQuestions(options).count
        return options.version == 2 && direction == .toServer ? wanted : min(wanted, 1)
    }

    func writeOldObject(_ json: inout JSONWriter, _ options: DNSLogOptions, part: Int) {
        json.key("dns")
        json.beginObject()
        json.key("version")
        json.number(2)
        if direction == .toServer { writeQuestion(&json, options, part) } else { writeAnswer(&json, options) }
        json.endObject()
    }

    private func writeQuestion(_ json: inout JSONWriter, _ options: DNSLogOptions, _ part: Int) {
        let questions = wantedQuestions(options)
        guard questions.indices.contains(part) else { return }
        json.key("type")
        json.string("query" as StaticString)
        json.key("id")
        json.number(Int(message.header.id))
        write(questions[part].name, "rrname", "rrname_truncated", &json)
        json.key("rrtype")
        json.string(DNSRecordType.name(questions[part].type))
        json.key("tx_id")
        json.number(id)
        if message.header.flags & 0x0040 != 0 {
            json.key("z")
            json.bool(true)
        }
        json.key("opcode")
        json.number(Int(message.header.opcode))
    }

    private func writeAnswer(_ json: inout JSONWriter, _ options: DNSLogOptions) {
        json.key("type")
        json.string("answer" as StaticString)
        json.key("id")
        json.number(Int(message.header.id))
        json.key("flags")
        json.string(String(message.header.flags, radix: 16))
        writeFlags(&json)
        json.key("opcode")
        json.number(Int(message.header.opcode))
        if let question = message.questions.first {
            write(question.name, "rrname", "rrname_truncated", &json)
            json.key("rrtype")
            json.string(DNSRecordType.name(question.type))
        }
        json.key("rcode")
        json.string(DNSResponseCode.name(message.header.responseCode))
        if options.isDetailed { write(message.answers, "answers", &json) }
        if options.isGrouped { writeGrouped(&json) }
        write(message.authorities, "authorities", &json)
    }
}
