import Bytes
import Digest

/// JA3, JA3S and JA4: names for the way a program says hello.
enum TLSFingerprints {
    /// `version,ciphers,extensions,groups,point formats` in decimal, reserved values left out.
    static func ja3(_ hello: TLSHello) -> [UInt8] {
        var text = ByteBuffer(capacity: 1024)
        text.append(decimal: UInt64(hello.legacyVersion.rawValue))
        append(hello.ciphers, to: &text)
        append(hello.extensions, to: &text)
        append(hello.groups, to: &text)
        append(hello.pointFormats.map { UInt16($0) }, to: &text)
        return text.bytes.copied()
    }

    /// `version,cipher,extensions` of a server hello.
    static func ja3s(_ hello: TLSHello) -> [UInt8] {
        var text = ByteBuffer(capacity: 256)
        text.append(decimal: UInt64(hello.legacyVersion.rawValue))
        append(hello.ciphers, to: &text)
        append(hello.extensions, to: &text)
        return text.bytes.copied()
    }

    /// A comma, then the values with dashes between them.
    private static func append(_ values: [UInt16], to text: inout ByteBuffer) {
        text.append(44)
        var isFirst = true
        for value in values where !TLSVersion.isGREASE(value) {
            if !isFirst { text.append(45) }
            isFirst = false
            text.append(decimal: UInt64(value))
        }
    }

    /// The MD5 of a fingerprint in lower-case hexadecimal.
    static func md5(_ text: [UInt8]) -> [UInt8] { Hex.digits(Hash.digest(.md5, of: text.rawSpan)) }

    /// JA4 of a client hello.
    ///
    /// - Parameter transport: `t` for TCP, `q` for QUIC.
    static func ja4(_ hello: TLSHello, transport: StaticString = "t") -> [UInt8] {
        let ciphers = hello.ciphers.filter { !TLSVersion.isGREASE($0) }
        let extensions = hello.extensions.filter { !TLSVersion.isGREASE($0) }
        var text = ByteBuffer(capacity: 64)
        text.append(transport)
        text.append(hello.version.ja4)
        text.append(hello.hasServerName ? 100 : 105)
        text.append(decimal: UInt64(min(ciphers.count, 99)), width: 2)
        text.append(decimal: UInt64(min(extensions.count, 99)), width: 2)
        appendEnds(of: hello.applicationProtocols.first ?? [], to: &text)
        // The order of equally long hexadecimal numbers is the order of their values.
        var list = ByteBuffer(capacity: 1024)
        append(hex: ciphers.sorted(), to: &list)
        text.append(95)
        appendDigest(of: list.bytes, to: &text)
        list.removeAll()
        append(hex: extensions.filter { $0 != 0 && $0 != 16 }.sorted(), to: &list)
        list.append(95)
        append(hex: hello.signatureAlgorithms.filter { !TLSVersion.isGREASE($0) }, to: &list)
        text.append(95)
        appendDigest(of: list.bytes, to: &text)
        return text.bytes.copied()
    }

    /// Four digits each, with commas between them.
    private static func append(hex values: [UInt16], to text: inout ByteBuffer) {
        var isFirst = true
        for value in values {
            if !isFirst { text.append(44) }
            isFirst = false
            text.append(hex: UInt8(value >> 8))
            text.append(hex: UInt8(truncatingIfNeeded: value))
        }
    }

    /// The first twelve digits of the SHA-256.
    private static func appendDigest(of list: RawSpan, to text: inout ByteBuffer) {
        for byte in Hash.digest(.sha256, of: list).prefix(6) { text.append(hex: byte) }
    }

    /// First and last letter of a protocol's name, or hexadecimal digits of its ends when one of them is no letter or digit.
    private static func appendEnds(of name: [UInt8], to text: inout ByteBuffer) {
        guard let first = name.first, let last = name.last else {
            text.append("00")
            return
        }
        let areLetters = ASCII.isAlphanumeric(first) && ASCII.isAlphanumeric(last)
        text.append(areLetters ? first : ASCII.hexDigit(first >> 4))
        text.append(areLetters ? last : ASCII.hexDigit(last))
    }
}

/// The fingerprints of one hello, made when somebody first asks for them: most hellos nobody asks about.
final class HelloFingerprints {
    private let hello: TLSHello
    private let transport: StaticString
    /// JA3 of a client's hello, JA3S of a server's.
    private(set) lazy var ja3 = hello.isClient ? TLSFingerprints.ja3(hello) : TLSFingerprints.ja3s(hello)
    private(set) lazy var ja3Hash = TLSFingerprints.md5(ja3)
    /// Of a client's hello only.
    private(set) lazy var ja4 = hello.isClient ? TLSFingerprints.ja4(hello, transport: transport) : []

    /// - Parameter transport: `t` for TCP, `q` for QUIC.
    init(_ hello: TLSHello, transport: StaticString = "t") {
        self.hello = hello
        self.transport = transport
    }
}
