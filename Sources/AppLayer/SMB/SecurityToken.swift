import Bytes

/// Who logs on, from the security blob of a session request: SPNEGO (RFC 4178) around NTLMSSP ([MS-NLMP]) or Kerberos, or NTLMSSP alone.
struct SecurityToken {
    private(set) var ntlm: NTLMIdentity?
    private(set) var ticket: KerberosTicket?

    private static let spnego: [UInt8] = [0x2b, 6, 1, 5, 5, 2]
    private static let kerberos: [UInt8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]

    init(_ blob: RawSpan) {
        guard readSPNEGO(blob) else {
            ntlm = NTLMIdentity(blob)
            return
        }
    }

    /// False when the blob is no initial token of SPNEGO.
    private mutating func readSPNEGO(_ blob: RawSpan) -> Bool {
        var at = 0
        guard let outer = DER.next(blob, &at, end: blob.byteCount)?.content else { return false }
        at = outer.lowerBound
        guard let mechanism = DER.next(blob, &at, end: outer.upperBound, tag: DER.objectIdentifier),
            blob.extracting(mechanism).equals(Self.spnego.rawSpan), let choice = DER.next(blob, &at, end: outer.upperBound)?.content
        else { return false }
        at = choice.lowerBound
        guard let token = DER.next(blob, &at, end: choice.upperBound, tag: DER.sequence) else { return true }
        at = token.lowerBound
        var offersKerberos = false
        // The mechanisms that are offered, flags, and the first one's token.
        while let part = DER.next(blob, &at, end: token.upperBound)?.content {
            var inner = part.lowerBound
            guard let value = DER.next(blob, &inner, end: part.upperBound) else { continue }
            if value.tag == DER.sequence {
                inner = value.content.lowerBound
                while let offered = DER.next(blob, &inner, end: value.content.upperBound) {
                    if offered.tag == DER.objectIdentifier, blob.extracting(offered.content).equals(Self.kerberos.rawSpan) {
                        offersKerberos = true
                    }
                }
            } else if value.tag == DER.octetString {
                let token = blob.extracting(value.content)
                if offersKerberos { ticket = KerberosTicket(gssToken: token) }
                if ticket == nil { ntlm = NTLMIdentity(token) }
            }
        }
        return true
    }
}

/// What an NTLMSSP AUTHENTICATE message says ([MS-NLMP] §2.2.1.3). Text is UTF-8.
struct NTLMIdentity {
    var domain: [UInt8]
    var user: [UInt8]
    var host: [UInt8]
    /// Of the client's system, such as `6.1 build 7601 rev 15`.
    var version: [UInt8]?
    /// The names do not stand in the order in which every known client writes them.
    var isOutOfOrder = false

    private static let signature = Array("NTLMSSP\0".utf8)

    /// Nil when there is no AUTHENTICATE message in the bytes.
    init?(_ blob: RawSpan) {
        guard let start = Self.find(blob) else { return nil }
        let message = blob.dropping(start)
        guard message.byteCount >= 64, message.littleEndianUInt32(at: 8) == 3 else { return nil }
        var fields: [Range<Int>] = []
        for index in 0..<6 {
            let length = Int(message.littleEndianUInt16(at: 12 + 8 * index))
            let offset = Int(message.littleEndianUInt32(at: 16 + 8 * index))
            guard length < message.byteCount, offset < message.byteCount else { return nil }
            fields.append(offset..<offset + length)
        }
        // Answers to the challenge and the session key are of no interest; the names between them are.
        let names = fields[2...4]
        guard names.allSatisfy({ $0.lowerBound >= 12 && $0.upperBound <= message.byteCount }) else { return nil }
        let isUnicode = message.littleEndianUInt32(at: 60) & 1 != 0
        (domain, user, host) = (
            Self.text(message, fields[2], isUnicode), Self.text(message, fields[3], isUnicode), Self.text(message, fields[4], isUnicode)
        )
        if message.littleEndianUInt32(at: 60) & 0x0200_0000 != 0 {
            guard message.byteCount >= 72 else { return nil }
            let build = message.littleEndianUInt16(at: 66)
            version = Array("\(message.byte(at: 64)).\(message.byte(at: 65)) build \(build) rev \(message.byte(at: 71))".utf8)
        }
        isOutOfOrder = fields[3].lowerBound < fields[2].upperBound || fields[4].lowerBound < fields[3].upperBound
    }

    private static func find(_ blob: RawSpan) -> Int? {
        var at = 0
        while let found = blob.firstOffset(of: signature[0], from: at) {
            if blob.byteCount - found >= signature.count,
                blob.extracting(found..<found + signature.count).equals(signature.rawSpan)
            {
                return found
            }
            at = found + 1
        }
        return nil
    }

    private static func text(_ message: RawSpan, _ range: Range<Int>, _ isUnicode: Bool) -> [UInt8] {
        let bytes = message.extracting(range)
        return isUnicode ? UTF16Text.decode(bytes) : bytes.copied().filter { $0 != 0 }
    }
}
