import Bytes

/// A DNS message (RFC 1035 §4) taken apart; names are dotted, label bytes as sent.
struct DNSMessage {
    struct Question {
        var name: [UInt8]
        var type: UInt16
        var `class`: UInt16
    }

    struct Record {
        var name: [UInt8]
        var type: UInt16
        var `class`: UInt16
        var ttl: UInt32
        var data: RecordData
    }

    enum RecordData {
        case address([UInt8])
        case name([UInt8])
        /// MX: preference and exchange.
        case exchange(UInt16, [UInt8])
        case text([[UInt8]])
        case authority(primary: [UInt8], mailbox: [UInt8], serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32, minimum: UInt32)
        case service(priority: UInt16, weight: UInt16, port: UInt16, target: [UInt8])
        case fingerprint(algorithm: UInt8, type: UInt8, [UInt8])
        case other([UInt8])
    }

    /// Records that are read of one section; real answers have a few.
    private static var recordLimit: Int { 256 }

    var id: UInt16 = 0
    var flags: UInt16 = 0
    var questions: [Question] = []
    var answers: [Record] = []
    var authorities: [Record] = []
    var additionals: [Record] = []

    var isResponse: Bool { flags & 0x8000 != 0 }
    var opcode: UInt8 { UInt8(flags >> 11 & 15) }
    var responseCode: UInt8 { UInt8(flags & 15) }

    /// Reads a whole message.
    init(_ message: RawSpan) throws(ParseError) {
        var cursor = ByteCursor(message)
        id = try cursor.u16()
        flags = try cursor.u16()
        let questionCount = Int(try cursor.u16())
        let answerCount = Int(try cursor.u16())
        let authorityCount = Int(try cursor.u16())
        let additionalCount = Int(try cursor.u16())
        for _ in 0..<min(questionCount, DNSMessage.recordLimit) {
            let name = try DNSMessage.name(&cursor)
            questions.append(Question(name: name, type: try cursor.u16(), class: try cursor.u16()))
        }
        // What follows the questions is kept as far as it can be read.
        answers = DNSMessage.records(answerCount, &cursor)
        if answers.count == answerCount { authorities = DNSMessage.records(authorityCount, &cursor) }
        if authorities.count == authorityCount { additionals = DNSMessage.records(additionalCount, &cursor) }
    }

    private static func records(_ count: Int, _ cursor: inout ByteCursor) -> [Record] {
        var result: [Record] = []
        for _ in 0..<min(count, recordLimit) {
            guard let record = try? record(&cursor) else { break }
            result.append(record)
        }
        return result
    }

    private static func record(_ cursor: inout ByteCursor) throws(ParseError) -> Record {
        let name = try name(&cursor)
        let type = try cursor.u16()
        let klass = try cursor.u16()
        let ttl = try cursor.u32()
        let length = Int(try cursor.u16())
        let start = try cursor.advance(length)
        let data = try? recordData(type, cursor.bytes, start, length)
        return Record(
            name: name, type: type, class: klass, ttl: ttl,
            data: data ?? .other(cursor.bytes.extracting(start..<start + length).copied()))
    }

    private static func recordData(_ type: UInt16, _ message: RawSpan, _ start: Int, _ length: Int) throws(ParseError) -> RecordData {
        let raw = message.extracting(start..<start + length)
        var cursor = ByteCursor(message.prefix(start + length))
        cursor.offset = start
        switch type {
        case 1 where length == 4, 28 where length == 16: return .address(raw.copied())
        case 2, 5, 12, 39: return .name(try name(&cursor))
        case 15: return .exchange(try cursor.u16(), try name(&cursor))
        case 16:
            var texts: [[UInt8]] = []
            while !cursor.isAtEnd, texts.count < 256 {
                let size = Int(try cursor.u8())
                let piece = try cursor.take(size)
                texts.append(piece.copied())
            }
            return .text(texts)
        case 6:
            let primary = try name(&cursor)
            let mailbox = try name(&cursor)
            return .authority(
                primary: primary, mailbox: mailbox, serial: try cursor.u32(), refresh: try cursor.u32(), retry: try cursor.u32(),
                expire: try cursor.u32(), minimum: try cursor.u32())
        case 33:
            return .service(priority: try cursor.u16(), weight: try cursor.u16(), port: try cursor.u16(), target: try name(&cursor))
        case 44:
            let algorithm = try cursor.u8()
            let kind = try cursor.u8()
            return .fingerprint(algorithm: algorithm, type: kind, cursor.rest.copied())
        default: return .other(raw.copied())
        }
    }

    /// A name with compression followed (RFC 1035 §4.1.4). Loops and names over 1025 bytes are errors.
    private static func name(_ cursor: inout ByteCursor) throws(ParseError) -> [UInt8] {
        var result: [UInt8] = []
        var at = cursor.offset
        var after: Int?
        var jumps = 0
        let bytes = cursor.bytes
        while true {
            guard at < bytes.byteCount else { throw .truncated }
            let length = Int(bytes.byte(at: at))
            if length == 0 {
                at += 1
                break
            }
            switch length >> 6 {
            case 0:
                guard bytes.byteCount - at > length else { throw .truncated }
                if !result.isEmpty { result.append(46) }
                result += bytes.extracting(at + 1..<at + 1 + length).copied()
                guard result.count <= 1025 else { throw .overLimit }
                at += 1 + length
            case 3:
                guard bytes.byteCount - at >= 2 else { throw .truncated }
                jumps += 1
                guard jumps <= 255 else { throw .overLimit }
                if after == nil { after = at + 2 }
                at = Int(bytes.uint16(at: at) & 0x3fff)
            default: throw .malformed
            }
        }
        cursor.offset = after ?? at
        return result
    }
}
