import Bytes
import COpenSSL

/// HKDF with SHA-256 (RFC 5869), in the form that TLS 1.3 and QUIC give it (RFC 8446 §7.1).
public enum KeyDerivation {
    /// HMAC-SHA-256 (RFC 2104).
    public static func authenticationCode(key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: 32)
        var size: UInt32 = 0
        let made = unsafe result.withUnsafeMutableBufferPointer { out in
            unsafe HMAC(EVP_sha256(), key, Int32(key.count), data, data.count, out.baseAddress, &size) != nil
        }
        precondition(made && size == 32, "libcrypto refuses HMAC with SHA-256; is it in FIPS mode?")
        return result
    }

    /// HKDF-Extract.
    public static func extract(salt: [UInt8], _ secret: [UInt8]) -> [UInt8] { authenticationCode(key: salt, secret) }

    /// HKDF-Expand-Label with an empty context.
    ///
    /// - Parameter count: bytes wanted, at most 32.
    public static func expand(_ secret: [UInt8], label: StaticString, count: Int) -> [UInt8] {
        precondition((1...32).contains(count))
        let name = Array("tls13 ".utf8) + label.withUTF8Buffer { unsafe Array($0) }
        let info: [UInt8] = [0, UInt8(count), UInt8(name.count)] + name + [0]
        return Array(authenticationCode(key: secret, info + [1]).prefix(count))
    }
}
