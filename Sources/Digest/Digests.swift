import Bytes
import COpenSSL

/// The 32 bytes of a SHA-256 digest (FIPS 180-4).
public struct SHA256Digest: Hashable, Sendable {
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 32 bytes; nil otherwise.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// - Parameter hex: 64 hexadecimal digits; nil otherwise.
    public init?(hex: String) {
        guard let bytes = Hex.decoded(hex), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    public init(of data: RawSpan) {
        var hash = Hash(.sha256)
        hash.update(data)
        bytes = hash.finish()
    }

    public init(of data: [UInt8]) { self.init(of: data.rawSpan) }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { Hex.encoded(bytes) }
}

extension SHA256Digest: CustomStringConvertible {
    public var description: String { hex }
}

/// Hexadecimal text.
public enum Hex {
    /// Two lower-case digits a byte.
    public static func encoded(_ bytes: [UInt8]) -> String { String(decoding: digits(bytes), as: UTF8.self) }

    /// The same as bytes of text.
    public static func digits(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(ASCII.hexDigit(byte >> 4))
            text.append(ASCII.hexDigit(byte))
        }
        return text
    }

    /// The bytes, or nil when the text is not an even number of hexadecimal digits.
    public static func decoded(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = ASCII.hexValue(digits[index]), let low = ASCII.hexValue(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
