import Bytes

/// The header of RFC 1035 §4.1.1.
struct DNSHeader: Equatable {
    static let size = 12

    var id: UInt16
    var flags: UInt16
    var questions: Int
    var answers: Int
    var authorities: Int
    var additionals: Int

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= DNSHeader.size else { return nil }
        id = bytes.uint16(at: 0)
        flags = bytes.uint16(at: 2)
        questions = Int(bytes.uint16(at: 4))
        answers = Int(bytes.uint16(at: 6))
        authorities = Int(bytes.uint16(at: 8))
        additionals = Int(bytes.uint16(at: 10))
    }

    var isResponse: Bool { flags & 0x8000 != 0 }
    var opcode: UInt8 { UInt8(flags >> 11 & 15) }
    var responseCode: UInt8 { UInt8(flags & 15) }

    /// Whether a message of `size` bytes can hold as many entries as the header says: a question needs 5 bytes, a record 11.
    func fits(_ size: Int) -> Bool {
        let records = answers + authorities + additionals
        guard questions + records > 0 else { return false }
        return size - DNSHeader.size >= questions * 5
    }
}

struct DNSQuestion: Equatable {
    var name: DNSName
    var type: UInt16
    var recordClass: UInt16
}

/// A resource record of RFC 1035 §4.1.3. A TXT record with several strings is several of these, as EVE shows it.
struct DNSRecord: Equatable {
    enum Content: Equatable {
        case address(IPAddress)
        /// CNAME, PTR, NS, MX: the name they point to.
        case name(DNSName)
        /// TXT, NULL.
        case bytes([UInt8])
        case soa(mname: DNSName, rname: DNSName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32, minimum: UInt32)
        case srv(priority: UInt16, weight: UInt16, port: UInt16, name: DNSName)
        case sshfp(algorithm: UInt8, type: UInt8, fingerprint: [UInt8])
        case options([(code: UInt16, data: [UInt8])])
        /// As it is; empty where the record has no data.
        case other([UInt8])

        static func == (a: Content, b: Content) -> Bool {
            switch (a, b) {
            case (.address(let x), .address(let y)): x == y
            case (.name(let x), .name(let y)): x == y
            case (.bytes(let x), .bytes(let y)): x == y
            case (.soa(let a1, let a2, let a3, _, _, _, _), .soa(let b1, let b2, let b3, _, _, _, _)): a1 == b1 && a2 == b2 && a3 == b3
            case (.srv(let a1, let a2, let a3, let a4), .srv(let b1, let b2, let b3, let b4)): (a1, a2, a3) == (b1, b2, b3) && a4 == b4
            case (.sshfp(let a1, let a2, let a3), .sshfp(let b1, let b2, let b3)): a1 == b1 && a2 == b2 && a3 == b3
            case (.options(let x), .options(let y)): x.count == y.count
            case (.other(let x), .other(let y)): x == y
            default: false
            }
        }
    }

    var name: DNSName
    var type: UInt16
    var recordClass: UInt16
    var ttl: UInt32
    var content: Content
    /// A further string of the TXT record before.
    var isContinuation = false
}

/// One message, read as far as it is well formed.
struct DNSMessage {
    var header: DNSHeader
    var questions: [DNSQuestion] = []
    var answers: [DNSRecord] = []
    var authorities: [DNSRecord] = []
    var additionals: [DNSRecord] = []
    var hasInvalidAuthorities = false
    var hasInvalidAdditionals = false
    var flaws: DNSNameFlaws = []

    /// Nil when header, questions or answers are malformed; broken authorities and additionals are noted and left out.
    init?(_ bytes: RawSpan) {
        guard let header = DNSHeader(bytes) else { return nil }
        self.header = header
        var reader = DNSNameReader()
        var offset = DNSHeader.size
        for _ in 0..<header.questions {
            guard let question = DNSMessage.question(bytes, &offset, &reader) else { return nil }
            questions.append(question)
        }
        guard DNSMessage.records(header.answers, bytes, &offset, &reader, into: &answers) else { return nil }
        if DNSMessage.records(header.authorities, bytes, &offset, &reader, into: &authorities) {
            hasInvalidAdditionals = !DNSMessage.records(header.additionals, bytes, &offset, &reader, into: &additionals)
        } else {
            hasInvalidAuthorities = true
        }
        flaws = reader.flaws
    }

    static func question(_ bytes: RawSpan, _ offset: inout Int, _ reader: inout DNSNameReader) -> DNSQuestion? {
        guard let name = reader.read(bytes, at: &offset), bytes.byteCount - offset >= 4 else { return nil }
        let question = DNSQuestion(name: name, type: bytes.uint16(at: offset), recordClass: bytes.uint16(at: offset + 2))
        offset += 4
        return question
    }

    private static func records(
        _ count: Int, _ bytes: RawSpan, _ offset: inout Int, _ reader: inout DNSNameReader, into list: inout [DNSRecord]
    ) -> Bool {
        for _ in 0..<count {
            guard record(bytes, &offset, &reader, into: &list) else { return false }
        }
        return true
    }

    private static func record(
        _ bytes: RawSpan, _ offset: inout Int, _ reader: inout DNSNameReader, into list: inout [DNSRecord]
    ) -> Bool {
        guard let name = reader.read(bytes, at: &offset), bytes.byteCount - offset >= 10 else { return false }
        let size = Int(bytes.uint16(at: offset + 8))
        var record = DNSRecord(
            name: name, type: bytes.uint16(at: offset), recordClass: bytes.uint16(at: offset + 2), ttl: bytes.uint32(at: offset + 4),
            content: .other([]))
        offset += 10
        guard bytes.byteCount - offset >= size else { return false }
        let start = offset
        offset += size
        if record.type == DNSRecordType.txt {
            appendStrings(bytes.extracting(start..<offset), record, into: &list)
            return true
        }
        guard let content = content(record.type, bytes, start..<offset, &reader) else { return false }
        record.content = content
        list.append(record)
        return true
    }

    private static func appendStrings(_ data: RawSpan, _ record: DNSRecord, into list: inout [DNSRecord]) {
        var record = record
        var at = 0
        while at < data.byteCount {
            let length = min(Int(data.byte(at: at)), data.byteCount - at - 1)
            record.content = .bytes(data.extracting(at + 1..<at + 1 + length).copied())
            list.append(record)
            record.isContinuation = true
            at += 1 + length
        }
        if data.byteCount == 0 {
            record.content = .bytes([])
            list.append(record)
        }
    }

    /// Nil when the data does not have the form that its type demands.
    private static func content(_ type: UInt16, _ message: RawSpan, _ range: Range<Int>, _ reader: inout DNSNameReader) -> DNSRecord
        .Content?
    {
        let data = message.extracting(range)
        var at = range.lowerBound
        // Dynamic update (RFC 2136 §2.4) sends records without data.
        if data.byteCount == 0 { return type == DNSRecordType.opt ? .options([]) : .other([]) }
        switch type {
        case DNSRecordType.a:
            return data.byteCount == 4 ? .address(IPAddress(v4: data.uint32(at: 0))) : .bytes(data.copied())
        case DNSRecordType.aaaa:
            guard data.byteCount == 16 else { return .bytes(data.copied()) }
            return .address(IPAddress(high: data.uint64(at: 0), low: data.uint64(at: 8)))
        case DNSRecordType.cname, DNSRecordType.ptr, DNSRecordType.ns:
            return reader.read(message, at: &at).map { .name($0) }
        case DNSRecordType.mx:
            guard data.byteCount > 2 else { return nil }
            at += 2
            return reader.read(message, at: &at).map { .name($0) }
        case DNSRecordType.null: return .bytes(data.copied())
        case DNSRecordType.soa:
            guard let mname = reader.read(message, at: &at), let rname = reader.read(message, at: &at), at <= range.upperBound,
                range.upperBound - at >= 20
            else { return nil }
            return .soa(
                mname: mname, rname: rname, serial: message.uint32(at: at), refresh: message.uint32(at: at + 4),
                retry: message.uint32(at: at + 8), expire: message.uint32(at: at + 12), minimum: message.uint32(at: at + 16))
        case DNSRecordType.srv:
            guard data.byteCount > 6 else { return nil }
            at += 6
            guard let name = reader.read(message, at: &at) else { return nil }
            return .srv(priority: data.uint16(at: 0), weight: data.uint16(at: 2), port: data.uint16(at: 4), name: name)
        case DNSRecordType.sshfp:
            guard data.byteCount > 2 else { return nil }
            return .sshfp(algorithm: data.byte(at: 0), type: data.byte(at: 1), fingerprint: data.dropping(2).copied())
        case DNSRecordType.opt:
            var options: [(code: UInt16, data: [UInt8])] = []
            var position = 0
            while data.byteCount - position >= 4 {
                let length = Int(data.uint16(at: position + 2))
                guard data.byteCount - position - 4 >= length else { break }
                options.append((data.uint16(at: position), data.extracting(position + 4..<position + 4 + length).copied()))
                position += 4 + length
            }
            return .options(options)
        default: return .other(data.copied())
        }
    }
}
