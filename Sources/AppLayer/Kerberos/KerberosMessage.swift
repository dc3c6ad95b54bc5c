import Bytes

/// The name of a user or service (RFC 4120 §6.2).
struct KerberosPrincipal {
    var parts: [[UInt8]]

    /// With slashes between the parts.
    var text: [UInt8] { Array(parts.joined(separator: [47])) }
}

/// What is in the clear of a ticket (RFC 4120 §5.3).
struct KerberosTicket {
    var realm: [UInt8]
    var service: KerberosPrincipal
    var encryption: Int32

    private static let application: UInt8 = 0x61

    /// The ticket at `range`.
    init?(_ bytes: RawSpan, _ range: Range<Int>) {
        var at = range.lowerBound
        guard let outer = DER.next(bytes, &at, end: range.upperBound, tag: Self.application) else { return nil }
        let fields = KerberosFieldsReader(bytes, outer)
        guard let realm = fields.text(1), let service = fields.principal(2), let encryption = fields.encryption(3) else { return nil }
        (self.realm, self.service, self.encryption) = (realm, service, encryption)
    }

    /// The ticket in an AP-REQ within a token of GSS-API (RFC 4121 §4.1).
    init?(gssToken bytes: RawSpan) {
        var at = 0
        guard let outer = DER.next(bytes, &at, end: bytes.byteCount)?.content else { return nil }
        at = outer.lowerBound
        guard DER.next(bytes, &at, end: outer.upperBound, tag: DER.objectIdentifier) != nil else { return nil }
        // Two bytes say which of Kerberos' messages follows.
        at += 2
        guard let request = DER.next(bytes, &at, end: outer.upperBound, tag: 0x6e) else { return nil }
        guard let ticket = KerberosFieldsReader(bytes, request).range(3) else { return nil }
        self.init(bytes, ticket)
    }
}

/// The numbered fields of the sequence in an element.
struct KerberosFieldsReader: ~Escapable {
    private let bytes: RawSpan
    private let sequence: Range<Int>

    /// - Parameter range: where the sequence is.
    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, _ range: Range<Int>) {
        self.bytes = bytes
        var at = range.lowerBound
        sequence = DER.next(bytes, &at, end: range.upperBound, tag: DER.sequence) ?? range.lowerBound..<range.lowerBound
    }

    /// Where the content of field `number` is.
    func range(_ number: UInt8) -> Range<Int>? {
        var at = sequence.lowerBound
        while let field = DER.next(bytes, &at, end: sequence.upperBound) {
            if field.tag == 0xa0 | number { return field.content }
        }
        return nil
    }

    func integer(_ number: UInt8) -> Int32? {
        guard let field = range(number) else { return nil }
        var at = field.lowerBound
        guard let digits = DER.next(bytes, &at, end: field.upperBound, tag: DER.integer), (1...4).contains(digits.count) else { return nil }
        var value: Int32 = bytes.byte(at: digits.lowerBound) & 0x80 != 0 ? -1 : 0
        for index in digits { value = value << 8 | Int32(bytes.byte(at: index)) }
        return value
    }

    func text(_ number: UInt8) -> [UInt8]? {
        guard let field = range(number) else { return nil }
        var at = field.lowerBound
        return DER.next(bytes, &at, end: field.upperBound, tag: 0x1b).map { bytes.extracting($0).copied() }
    }

    func principal(_ number: UInt8) -> KerberosPrincipal? {
        guard let field = range(number) else { return nil }
        guard let names = KerberosFieldsReader(bytes, field).range(1) else { return nil }
        var at = names.lowerBound
        guard let list = DER.next(bytes, &at, end: names.upperBound, tag: DER.sequence) else { return nil }
        var parts: [[UInt8]] = []
        at = list.lowerBound
        while parts.count < 64, let part = DER.next(bytes, &at, end: list.upperBound, tag: 0x1b) {
            parts.append(bytes.extracting(part).copied())
        }
        return KerberosPrincipal(parts: parts)
    }

    /// The algorithm of encrypted data.
    func encryption(_ number: UInt8) -> Int32? {
        guard let field = range(number) else { return nil }
        return KerberosFieldsReader(bytes, field).integer(0)
    }
}

/// A message between a client and a key distribution centre (RFC 4120 §5.4 and §5.9).
struct KerberosMessage {
    enum Kind: UInt8 {
        case initialRequest = 10
        case initialAnswer = 11
        case ticketRequest = 12
        case ticketAnswer = 13
        case applicationRequest = 14
        case applicationAnswer = 15
        case error = 30

        var isRequest: Bool { self == .initialRequest || self == .ticketRequest || self == .applicationRequest }
    }

    var kind: Kind
    var client: KerberosPrincipal?
    var realm: [UInt8]?
    var service: KerberosPrincipal?
    /// Of the part that the client can read; answers only.
    var encryption: Int32?
    var ticketEncryption: Int32?
    var errorCode: Int32?

    enum Reading {
        case message(KerberosMessage)
        /// A message of Kerberos with nothing to tell, or one that is damaged inside.
        case nothing
        /// No message of Kerberos at all.
        case malformed
    }

    static func read(_ bytes: RawSpan) -> Reading {
        var at = 0
        guard let outer = DER.next(bytes, &at, end: bytes.byteCount) else { return .malformed }
        guard outer.tag & 0xe0 == 0x60, let kind = Kind(rawValue: outer.tag & 0x1f) else { return .nothing }
        return message(kind, KerberosFieldsReader(bytes, outer.content), bytes).map { .message($0) } ?? .nothing
    }

    private static func message(_ kind: Kind, _ fields: borrowing KerberosFieldsReader, _ bytes: RawSpan) -> KerberosMessage? {
        var message = KerberosMessage(kind: kind)
        switch kind {
        case .initialRequest, .ticketRequest:
            guard let body = fields.range(4) else { return nil }
            let request = KerberosFieldsReader(bytes, body)
            guard let realm = request.text(2) else { return nil }
            (message.client, message.realm, message.service) = (request.principal(1), realm, request.principal(3))
        case .initialAnswer, .ticketAnswer:
            guard let realm = fields.text(3), let client = fields.principal(4), let field = fields.range(5),
                let ticket = KerberosTicket(bytes, field), let encryption = fields.encryption(6)
            else { return nil }
            (message.client, message.realm, message.service) = (client, realm, ticket.service)
            (message.encryption, message.ticketEncryption) = (encryption, ticket.encryption)
        case .error:
            guard let code = fields.integer(6), let service = fields.principal(10) else { return nil }
            (message.client, message.realm, message.service, message.errorCode) = (fields.principal(8), fields.text(7), service, code)
        case .applicationRequest, .applicationAnswer: break
        }
        return message
    }
}
