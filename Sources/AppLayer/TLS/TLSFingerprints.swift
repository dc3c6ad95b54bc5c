import Bytes
import Digest

/// JA3, JA3S and JA4: names for the way a program says hello.
enum TLSFingerprints {
    /// `version,ciphers,extensions,groups,point formats` in decimal, reserved values left out.
    static func ja3(_ hello: TLSHello) -> [UInt8] {
        let lists: [[UInt16]] = [hello.ciphers, hello.extensions, hello.groups, hello.pointFormats.map { UInt16($0) }]
        let parts = [String(hello.legacyVersion.rawValue)] + lists.map(joined)
        return Array(parts.joined(separator: ",").utf8)
    }

    /// `version,cipher,extensions` of a server hello.
    static func ja3s(_ hello: TLSHello) -> [UInt8] {
        let parts = [String(hello.legacyVersion.rawValue), joined(hello.ciphers), joined(hello.extensions)]
        return Array(parts.joined(separator: ",").utf8)
    }

    private static func joined(_ values: [UInt16]) -> String {
        values.filter { !TLSVersion.isGREASE($0) }.map { String($0) }.joined(separator: "-")
    }

    /// The MD5 of a fingerprint in lower-case hexadecimal.
    static func md5(_ text: [UInt8]) -> [UInt8] { Array(Hex.encoded(Hash.digest(.md5, of: text.rawSpan)).utf8) }

    /// JA4 of a client hello.
    ///
    /// - Parameter transport: `t` for TCP, `q` for QUIC.
    static func ja4(_ hello: TLSHello, transport: String = "t") -> [UInt8] {
        let ciphers = hello.ciphers.filter { !TLSVersion.isGREASE($0) }
        let extensions = hello.extensions.filter { !TLSVersion.isGREASE($0) }
        let named = extensions.filter { $0 != 0 && $0 != 16 }.map(hex).sorted().joined(separator: ",")
        let signatures = hello.signatureAlgorithms.filter { !TLSVersion.isGREASE($0) }.map(hex).joined(separator: ",")
        let text = [
            transport, hello.version.ja4, hello.hasServerName ? "d" : "i", count(ciphers.count), count(extensions.count),
            alpn(hello.applicationProtocols.first ?? []), "_", short(ciphers.map(hex).sorted().joined(separator: ",")), "_",
            short(named + "_" + signatures),
        ].joined()
        return Array(text.utf8)
    }

    private static func count(_ value: Int) -> String {
        let shown = min(value, 99)
        return shown < 10 ? "0\(shown)" : "\(shown)"
    }

    private static func hex(_ value: UInt16) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }

    private static func short(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return String(Hex.encoded(Hash.digest(.sha256, of: bytes.rawSpan)).prefix(12))
    }

    /// First and last letter of the protocol's name, or hexadecimal digits of its ends when one of them is no letter or digit.
    private static func alpn(_ name: [UInt8]) -> String {
        guard let first = name.first, let last = name.last else { return "00" }
        if ASCII.isAlphanumeric(first), ASCII.isAlphanumeric(last) { return String(decoding: [first, last], as: UTF8.self) }
        return String(decoding: [ASCII.hexDigit(first >> 4), ASCII.hexDigit(last)], as: UTF8.self)
    }
}
