import Bytes

/// What a PDU says (RFC 1157 §4.1, RFC 3416 §3).
struct SNMPPDU: Equatable {
    struct Trap: Equatable {
        /// `generic-trap` of version 1.
        var type: UInt8
        var enterprise: [UInt8]
        /// Four bytes.
        var agent: UInt32
    }

    static let trapV1: UInt8 = 4
    private static let bulkRequest: UInt8 = 5
    /// Names kept of one PDU.
    private static let mostVariables = 4096

    /// Number of the context tag.
    var type: UInt8
    var errorStatus: UInt32 = 0
    var trap: Trap?
    /// Object identifiers of the variables, encoded.
    var variables: [[UInt8]] = []

    /// Reads the PDU at `offset`.
    init(_ bytes: RawSpan, _ offset: inout Int, end: Int, isVersion1: Bool) throws(ParseError) {
        guard let element = DER.next(bytes, &offset, end: end), element.tag & 0xe0 == 0xa0 else { throw .malformed }
        type = element.tag & 0x1f
        guard type <= 8, isVersion1 ? type <= SNMPPDU.trapV1 : type != SNMPPDU.trapV1 else { throw .malformed }
        var at = element.content.lowerBound
        let last = element.content.upperBound
        if type == SNMPPDU.trapV1 {
            guard let enterprise = DER.next(bytes, &at, end: last, tag: DER.objectIdentifier),
                let agent = DER.next(bytes, &at, end: last, tag: 0x40), agent.count == 4
            else { throw .malformed }
            let generic = try BER.unsigned(bytes, &at, end: last)
            _ = try BER.unsigned(bytes, &at, end: last)
            guard DER.next(bytes, &at, end: last, tag: 0x43) != nil, generic <= 255 else { throw .malformed }
            trap = Trap(
                type: UInt8(generic), enterprise: bytes.extracting(enterprise).copied(), agent: bytes.uint32(at: agent.lowerBound))
        } else {
            _ = try BER.unsigned(bytes, &at, end: last)
            let status = try BER.unsigned(bytes, &at, end: last)
            _ = try BER.unsigned(bytes, &at, end: last)
            // In a bulk request the same place holds how many variables do not repeat.
            if type != SNMPPDU.bulkRequest { errorStatus = status }
        }
        guard let list = DER.next(bytes, &at, end: last, tag: DER.sequence) else { throw .malformed }
        at = list.lowerBound
        while at < list.upperBound {
            guard let binding = DER.next(bytes, &at, end: list.upperBound, tag: DER.sequence) else { throw .malformed }
            var inner = binding.lowerBound
            guard let name = DER.next(bytes, &inner, end: binding.upperBound, tag: DER.objectIdentifier) else { throw .malformed }
            if variables.count < SNMPPDU.mostVariables { variables.append(bytes.extracting(name).copied()) }
        }
    }
}

/// A message of SNMP versions 1, 2c and 3 (RFC 1157, 1901, 3412).
struct SNMPMessage {
    private static let userSecurityModel: UInt32 = 3
    private static let encryptedFlag: UInt8 = 2

    /// 1, 2 or 3.
    var version: UInt8
    var community: [UInt8]?
    /// Name of the user-based security model; nil under other models.
    var userName: [UInt8]?
    /// Nil when it is encrypted.
    var pdu: SNMPPDU?

    var isEncrypted: Bool { pdu == nil }
    var hasUnknownSecurityModel: Bool { version == 3 && userName == nil }

    /// The version that the envelope claims: three elements for 1 and 2c, four for 3; nil when the bytes are no such envelope.
    static func version(_ bytes: RawSpan) -> UInt8? {
        var at = 0
        guard let envelope = DER.next(bytes, &at, end: bytes.byteCount, tag: DER.sequence) else { return nil }
        at = envelope.lowerBound
        guard let number = try? BER.unsigned(bytes, &at, end: envelope.upperBound) else { return nil }
        var count = 1
        while at < envelope.upperBound {
            guard DER.next(bytes, &at, end: envelope.upperBound) != nil else { return nil }
            count += 1
        }
        switch (number, count) {
        case (0, 3): return 1
        case (1, 3): return 2
        case (3, 4): return 3
        default: return nil
        }
    }

    init(_ bytes: RawSpan) throws(ParseError) {
        var at = 0
        guard let envelope = DER.next(bytes, &at, end: bytes.byteCount, tag: DER.sequence) else { throw .malformed }
        at = envelope.lowerBound
        let end = envelope.upperBound
        switch try BER.unsigned(bytes, &at, end: end) {
        case 0: version = 1
        case 1: version = 2
        case 3: version = 3
        default: throw .malformed
        }
        guard version == 3 else {
            guard let name = DER.next(bytes, &at, end: end, tag: DER.octetString), BER.isText(bytes.extracting(name)) else {
                throw .malformed
            }
            community = bytes.extracting(name).copied()
            pdu = try SNMPPDU(bytes, &at, end: end, isVersion1: version == 1)
            return
        }
        guard let header = DER.next(bytes, &at, end: end, tag: DER.sequence) else { throw .malformed }
        var inner = header.lowerBound
        _ = try BER.unsigned(bytes, &inner, end: header.upperBound)
        _ = try BER.unsigned(bytes, &inner, end: header.upperBound)
        guard let flags = DER.next(bytes, &inner, end: header.upperBound, tag: DER.octetString), flags.count == 1 else { throw .malformed }
        let model = try BER.unsigned(bytes, &inner, end: header.upperBound)
        guard let parameters = DER.next(bytes, &at, end: end, tag: DER.octetString) else { throw .malformed }
        if model == SNMPMessage.userSecurityModel { userName = try SNMPMessage.userName(bytes, parameters) }
        if bytes.byte(at: flags.lowerBound) & SNMPMessage.encryptedFlag != 0 {
            guard DER.next(bytes, &at, end: end, tag: DER.octetString) != nil else { throw .malformed }
        } else {
            guard let scoped = DER.next(bytes, &at, end: end, tag: DER.sequence) else { throw .malformed }
            var place = scoped.lowerBound
            guard DER.next(bytes, &place, end: scoped.upperBound, tag: DER.octetString) != nil,
                DER.next(bytes, &place, end: scoped.upperBound, tag: DER.octetString) != nil
            else { throw .malformed }
            pdu = try SNMPPDU(bytes, &place, end: scoped.upperBound, isVersion1: false)
        }
    }

    /// `msgUserName` of RFC 3414 §2.4.
    private static func userName(_ bytes: RawSpan, _ parameters: Range<Int>) throws(ParseError) -> [UInt8] {
        var at = parameters.lowerBound
        guard let list = DER.next(bytes, &at, end: parameters.upperBound, tag: DER.sequence) else { throw .malformed }
        at = list.lowerBound
        guard DER.next(bytes, &at, end: list.upperBound, tag: DER.octetString) != nil else { throw .malformed }
        _ = try BER.unsigned(bytes, &at, end: list.upperBound)
        _ = try BER.unsigned(bytes, &at, end: list.upperBound)
        guard let name = DER.next(bytes, &at, end: list.upperBound, tag: DER.octetString), BER.isText(bytes.extracting(name)),
            DER.next(bytes, &at, end: list.upperBound, tag: DER.octetString) != nil,
            DER.next(bytes, &at, end: list.upperBound, tag: DER.octetString) != nil
        else { throw .malformed }
        return bytes.extracting(name).copied()
    }
}

/// What SNMP needs of the basic encoding beyond elements.
enum BER {
    /// An INTEGER of at most 32 bits; negative ones keep their bits.
    static func unsigned(_ bytes: RawSpan, _ offset: inout Int, end: Int) throws(ParseError) -> UInt32 {
        guard let place = DER.next(bytes, &offset, end: end, tag: DER.integer), (1...5).contains(place.count) else { throw .malformed }
        if place.count == 5, bytes.byte(at: place.lowerBound) != 0 { throw .malformed }
        var value: UInt32 = 0
        for index in place { value = value << 8 | UInt32(bytes.byte(at: index)) }
        return value
    }

    /// Whether the bytes are UTF-8.
    static func isText(_ bytes: RawSpan) -> Bool {
        var at = 0
        while at < bytes.byteCount {
            if bytes.byte(at: at) < 0x80 {
                at += 1
                continue
            }
            let length = UTF8Sequence.length(in: bytes, at: at)
            if length == 0 { return false }
            at += length
        }
        return true
    }

    /// An object identifier as numbers with dots; as hexadecimal bytes where a number does not fit 64 bits.
    static func identifier(_ encoded: [UInt8]) -> String {
        var digits = 0
        for byte in encoded {
            digits = byte & 0x80 == 0 ? 0 : digits + 1
            if digits > 8 {
                return encoded.map { String(decoding: [ASCII.hexDigit($0 >> 4), ASCII.hexDigit($0)], as: UTF8.self) }.joined(separator: " ")
            }
        }
        return DER.dotted(encoded.rawSpan)
    }
}
