import Bytes
import COpenSSL

/// A running hash by libcrypto's EVP interface.
@safe public struct Hash: ~Copyable {
    /// MD5 and SHA-1 are here because JA3, certificate fingerprints and rule feeds name things by them; nothing is trusted because of them.
    public enum Algorithm: Sendable {
        case md5, sha1, sha256, sha384, sha512
    }

    private let context: OpaquePointer

    public init(_ algorithm: Algorithm) {
        guard let context = unsafe EVP_MD_CTX_new() else {
            // libcrypto returns nil only when malloc does; there is no sensible way on.
            preconditionFailure("libcrypto: out of memory")
        }
        unsafe self.context = context
        let method =
            switch algorithm {
            case .md5: unsafe EVP_md5()
            case .sha1: unsafe EVP_sha1()
            case .sha256: unsafe EVP_sha256()
            case .sha384: unsafe EVP_sha384()
            case .sha512: unsafe EVP_sha512()
            }
        let started = unsafe EVP_DigestInit_ex(context, method, nil)
        precondition(started == 1, "libcrypto refuses a digest that it always has; is it in FIPS mode?")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    public mutating func update(_ data: RawSpan) {
        guard data.byteCount > 0 else { return }
        let done = unsafe data.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(done == 1, "libcrypto: digest update failed")
    }

    public mutating func update(_ data: [UInt8]) { update(data.rawSpan) }

    /// The digest: 16, 20, 32, 48 or 64 bytes. The hash cannot be used afterwards.
    public consuming func finish() -> [UInt8] {
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var size: UInt32 = 0
        let done = unsafe result.withUnsafeMutableBufferPointer { unsafe EVP_DigestFinal_ex(context, $0.baseAddress, &size) }
        precondition(done == 1, "libcrypto: digest end failed")
        result.removeLast(result.count - Int(size))
        return result
    }

    /// The digest of one piece of data.
    public static func digest(_ algorithm: Algorithm, of data: RawSpan) -> [UInt8] {
        var hash = Hash(algorithm)
        hash.update(data)
        return hash.finish()
    }
}
