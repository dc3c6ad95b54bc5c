import Bytes

/// Tells DNS from other things by its header and its first entries. Datagrams begin with the header, streams with a length before it.
enum DNSProbe {
    static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        let datagram = message(bytes, isWhole: true)
        if datagram == .certain { return oriented(bytes, direction) }
        guard bytes.byteCount >= 2 else { return .unsure }
        let length = Int(bytes.uint16(at: 0))
        guard length >= DNSHeader.size else { return .no }
        let body = bytes.dropping(2)
        let stream = message(body.prefix(length), isWhole: body.byteCount >= length)
        return stream == .certain ? oriented(body, direction) : stream
    }

    /// A response to the server, or a request to the client: the flow is seen from the wrong side.
    private static func oriented(_ message: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard let header = DNSHeader(message) else { return .no }
        return header.isResponse == (direction == .toClient) ? .certain : .reversed
    }

    /// - Parameter isWhole: no more bytes will come; otherwise what is missing leaves it open.
    static func message(_ bytes: RawSpan, isWhole: Bool) -> ProbeResult {
        let missing: ProbeResult = isWhole ? .no : .unsure
        guard let header = DNSHeader(bytes) else { return missing }
        let records = header.answers + header.authorities + header.additionals
        guard header.questions + records > 0, header.opcode <= 6, header.questions <= 16 else { return .no }
        if isWhole {
            guard header.fits(bytes.byteCount) else { return .no }
        }
        // A request carries no answers but for updates (RFC 2136) and notifications (RFC 1996).
        if !header.isResponse && header.opcode == 0 && header.authorities + header.answers > 8 { return .no }
        var offset = DNSHeader.size
        var reader = DNSNameReader()
        for _ in 0..<header.questions {
            guard let question = DNSMessage.question(bytes, &offset, &reader) else { return missing }
            guard isClass(question.recordClass), question.type != 0 else { return .no }
        }
        if header.questions == 0 {
            guard reader.read(bytes, at: &offset) != nil, bytes.byteCount - offset >= 10 else { return missing }
            let type = bytes.uint16(at: offset)
            guard type != 0, type == DNSRecordType.opt || isClass(bytes.uint16(at: offset + 2)) else { return .no }
            guard header.isResponse, Int(bytes.uint16(at: offset + 8)) <= bytes.byteCount - offset - 10 else { return missing }
        }
        // Something behind the last question where the header says that there is nothing.
        if isWhole && records == 0 && bytes.byteCount - offset > 64 { return .no }
        return reader.flaws.isEmpty ? .certain : .no
    }

    /// IN, CH, HS, NONE, ANY; the top bit asks for unicast replies (RFC 6762 §5.4).
    private static func isClass(_ value: UInt16) -> Bool {
        switch value & 0x7fff {
        case 1, 3, 4, 254, 255: true
        default: false
        }
    }
}
