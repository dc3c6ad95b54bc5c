import Bytes

/// The fields of an X.509 certificate (RFC 5280 §4.1) that rules and logs name. Nothing is verified.
struct Certificate {
    enum Flaw { case invalid, missingElement, invalidLength, invalidString }

    /// `C=US, ST=…, CN=x`, in the certificate's order.
    var subject: [UInt8] = []
    var issuer: [UInt8] = []
    /// Upper-case hexadecimal with colons.
    var serial: [UInt8] = []
    /// Seconds since 1970.
    var notBefore: Int64 = 0
    var notAfter: Int64 = 0
    /// DNS names, mail addresses and URIs as they stand, IP addresses as text.
    var alternativeNames: [[UInt8]] = []

    /// Most alternative names that are kept.
    private static var nameLimit: Int { 512 }

    /// - Parameter flaw: set when the certificate cannot be read.
    init?(_ bytes: RawSpan, flaw: inout Flaw?) {
        flaw = DER.isCut(bytes) ? .invalidLength : .invalid
        var at = 0
        guard let certificate = DER.next(bytes, &at, end: bytes.byteCount, tag: DER.sequence) else { return nil }
        at = certificate.lowerBound
        guard let body = DER.next(bytes, &at, end: certificate.upperBound, tag: DER.sequence) else { return nil }
        at = body.lowerBound
        let end = body.upperBound
        _ = DER.next(bytes, &at, end: end, tag: 0xa0)
        flaw = .missingElement
        guard let serial = DER.next(bytes, &at, end: end, tag: DER.integer),
            DER.next(bytes, &at, end: end, tag: DER.sequence) != nil,
            let issuer = DER.next(bytes, &at, end: end, tag: DER.sequence),
            let validity = DER.next(bytes, &at, end: end, tag: DER.sequence),
            let subject = DER.next(bytes, &at, end: end, tag: DER.sequence)
        else { return nil }
        self.serial = Certificate.colonHex(bytes.extracting(serial), upperCase: true)
        var time = validity.lowerBound
        guard let first = DER.next(bytes, &time, end: validity.upperBound), let last = DER.next(bytes, &time, end: validity.upperBound),
            let notBefore = DER.time(bytes.extracting(first.content), tag: first.tag),
            let notAfter = DER.time(bytes.extracting(last.content), tag: last.tag)
        else { return nil }
        self.notBefore = notBefore
        self.notAfter = notAfter
        guard let issuerText = Certificate.distinguishedName(bytes, issuer), let subjectText = Certificate.distinguishedName(bytes, subject)
        else {
            flaw = .invalidString
            return nil
        }
        self.issuer = issuerText
        self.subject = subjectText
        flaw = nil
        guard DER.next(bytes, &at, end: end, tag: DER.sequence) != nil else { return }
        while let element = DER.next(bytes, &at, end: end) {
            if element.tag == 0xa3 { readExtensions(bytes, element.content) }
        }
    }

    private mutating func readExtensions(_ bytes: RawSpan, _ range: Range<Int>) {
        var at = range.lowerBound
        guard let list = DER.next(bytes, &at, end: range.upperBound, tag: DER.sequence) else { return }
        at = list.lowerBound
        while let one = DER.next(bytes, &at, end: list.upperBound, tag: DER.sequence) {
            var inner = one.lowerBound
            guard let identifier = DER.next(bytes, &inner, end: one.upperBound, tag: DER.objectIdentifier) else { return }
            // id-ce-subjectAltName, 2.5.29.17
            guard identifier.count == 3, bytes.uint24(at: identifier.lowerBound) == 0x551d11 else { continue }
            var value = DER.next(bytes, &inner, end: one.upperBound)
            // An optional BOOLEAN says whether the extension is critical.
            if value?.tag == 1 { value = DER.next(bytes, &inner, end: one.upperBound) }
            guard let value, value.tag == DER.octetString else { return }
            inner = value.content.lowerBound
            guard let names = DER.next(bytes, &inner, end: value.content.upperBound, tag: DER.sequence) else { return }
            inner = names.lowerBound
            while alternativeNames.count < Certificate.nameLimit, let name = DER.next(bytes, &inner, end: names.upperBound) {
                switch name.tag {
                case 0x81, 0x82, 0x86: alternativeNames.append(bytes.extracting(name.content).copied())
                case 0x87 where name.content.count == 4:
                    alternativeNames.append(Array(IPAddress(v4: bytes.uint32(at: name.content.lowerBound)).description.utf8))
                case 0x87 where name.content.count == 16:
                    let from = name.content.lowerBound
                    let address = IPAddress(high: bytes.uint64(at: from), low: bytes.uint64(at: from + 8))
                    alternativeNames.append(Array(address.description.utf8))
                default: break
                }
            }
        }
    }

    private static func distinguishedName(_ bytes: RawSpan, _ range: Range<Int>) -> [UInt8]? {
        var text: [UInt8] = []
        var at = range.lowerBound
        while at < range.upperBound {
            guard let set = DER.next(bytes, &at, end: range.upperBound, tag: DER.set) else { return nil }
            var inner = set.lowerBound
            var isFirst = true
            while inner < set.upperBound {
                guard let pair = DER.next(bytes, &inner, end: set.upperBound, tag: DER.sequence) else { return nil }
                var place = pair.lowerBound
                guard let identifier = DER.next(bytes, &place, end: pair.upperBound, tag: DER.objectIdentifier),
                    let value = DER.next(bytes, &place, end: pair.upperBound)
                else { return nil }
                if !isFirst { text += " + ".utf8 } else if !text.isEmpty { text += ", ".utf8 }
                isFirst = false
                text += attributeName(bytes.extracting(identifier)).utf8
                text.append(61)
                if value.tag == DER.bmpString {
                    text += String(decoding: sixteenBit(bytes.extracting(value.content)), as: UTF16.self).utf8
                } else {
                    text += bytes.extracting(value.content).copied()
                }
            }
        }
        return text
    }

    private static func sixteenBit(_ bytes: RawSpan) -> [UInt16] {
        stride(from: 0, to: bytes.byteCount - 1, by: 2).map { bytes.uint16(at: $0) }
    }

    private static func attributeName(_ identifier: RawSpan) -> String {
        // 2.5.4 is id-at, where nearly all of them are.
        if identifier.byteCount == 3, identifier.uint16(at: 0) == 0x5504, let name = attributeName(identifier.byte(at: 2)) { return name }
        let dotted = DER.dotted(identifier)
        return switch dotted {
        case "2.5.29.17": "subjectAltName"
        case "1.2.840.113549.1.9.1": "emailAddress"
        case "0.9.2342.19200300.100.1.1": "UID"
        case "0.9.2342.19200300.100.1.25": "DC"
        case "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL"
        case "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST"
        case "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC"
        default: dotted
        }
    }

    /// The names under id-at (X.520).
    private static func attributeName(_ number: UInt8) -> String? {
        switch number {
        case 3: "CN"
        case 4: "SN"
        case 5: "serialNumber"
        case 6: "C"
        case 7: "L"
        case 8: "ST"
        case 9: "STREET"
        case 10: "O"
        case 11: "OU"
        case 12: "title"
        case 13: "description"
        case 15: "businessCategory"
        case 17: "postalCode"
        case 41: "name"
        case 42: "GN"
        case 43: "initials"
        case 46: "dnQualifier"
        default: nil
        }
    }

    /// Two digits a byte with colons between.
    static func colonHex(_ bytes: RawSpan, upperCase: Bool) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.byteCount * 3)
        for index in 0..<bytes.byteCount {
            if index > 0 { text.append(58) }
            let byte = bytes.byte(at: index)
            for digit in [ASCII.hexDigit(byte >> 4), ASCII.hexDigit(byte)] {
                text.append(upperCase ? ASCII.uppercased(digit) : digit)
            }
        }
        return text
    }
}
