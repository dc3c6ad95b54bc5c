/// A protocol version as it stands on the wire: 0x0303 is TLS 1.2, 0x7f1c draft 28 of TLS 1.3.
struct TLSVersion: RawRepresentable, Hashable {
    var rawValue: UInt16

    static let unknown = TLSVersion(rawValue: 0)
    static let ssl2 = TLSVersion(rawValue: 0x0002)
    static let ssl3 = TLSVersion(rawValue: 0x0300)
    static let tls12 = TLSVersion(rawValue: 0x0303)
    static let tls13 = TLSVersion(rawValue: 0x0304)
    static let tls13BeforeDraft16 = TLSVersion(rawValue: 0x7f01)

    /// Whether it is TLS 1.3 or one of its drafts.
    var isTLS13: Bool { self == .tls13 || rawValue >> 8 == 0x7f || rawValue == 0xfb17 || rawValue == 0xfb1a }

    /// As EVE prints it.
    var name: String {
        switch rawValue {
        case 0: "UNDETERMINED"
        case 0x0002: "SSLv2"
        case 0x0300: "SSLv3"
        case 0x0301: "TLSv1"
        case 0x0302: "TLS 1.1"
        case 0x0303: "TLS 1.2"
        case 0x0304: "TLS 1.3"
        case 0xfb17: "TLS 1.3 draft-23-fb"
        case 0xfb1a: "TLS 1.3 draft-26-fb"
        case 0x7f00..<0x7f10: "TLS 1.3 draft-<16"
        case 0x7f10...0x7fff: "TLS 1.3 draft-\(rawValue & 0xff)"
        default: "0x" + String(rawValue, radix: 16)
        }
    }

    /// The two letters of JA4.
    var ja4: StaticString {
        switch rawValue {
        case 0x0304: "13"
        case 0x0303: "12"
        case 0x0302: "11"
        case 0x0301: "10"
        case 0x0300: "s3"
        case 0x0002: "s2"
        default: "00"
        }
    }

    /// The bit of `ssl_version`: sslv2, sslv3, tls1.0, tls1.1, tls1.2, tls1.3 from the lowest.
    var bit: UInt64 {
        switch rawValue {
        case 0x0002: 1
        case 0x0300...0x0304: 2 << UInt64(rawValue & 7)
        default: isTLS13 ? 32 : 0
        }
    }

    /// Values reserved against ossification (RFC 8701): both bytes equal, low nibbles 0xa.
    static func isGREASE(_ value: UInt16) -> Bool { value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff }
}
