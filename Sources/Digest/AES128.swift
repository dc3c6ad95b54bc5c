import Bytes
import COpenSSL

/// AES with a key of 128 bits by libcrypto: what it takes to look into the first packets of QUIC, whose keys everybody can know.
public struct AES128: Sendable {
    public static let blockSize = 16
    public static let tagSize = 16
    public static let nonceSize = 12

    private let key: [UInt8]

    /// - Parameter key: exactly 16 bytes; nil otherwise.
    public init?(key: [UInt8]) {
        guard key.count == 16 else { return nil }
        self.key = key
    }

    /// One block enciphered; nil when it is not 16 bytes.
    public func encipher(_ block: RawSpan) -> [UInt8]? {
        guard block.byteCount == AES128.blockSize else { return nil }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var result = [UInt8](repeating: 0, count: 2 * AES128.blockSize)
        var count: Int32 = 0
        let input = block.copied()
        guard unsafe EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil) == 1,
            unsafe EVP_EncryptUpdate(context, &result, &count, input, Int32(input.count)) == 1, count == 16
        else { return nil }
        return Array(result.prefix(AES128.blockSize))
    }

    /// Opens what was sealed with AES-128-GCM (NIST SP 800-38D).
    ///
    /// - Parameters:
    ///   - sealed: the ciphertext with its 16 bytes of tag behind it, at most 64 KiB.
    ///   - nonce: 12 bytes.
    ///   - header: authenticated, not enciphered.
    /// - Returns: the plaintext; nil when the tag does not fit.
    public func open(_ sealed: RawSpan, nonce: [UInt8], header: [UInt8]) -> [UInt8]? {
        let size = sealed.byteCount - AES128.tagSize
        guard size >= 0, size <= 65536, nonce.count == AES128.nonceSize else { return nil }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let input = sealed.prefix(size).copied()
        var tag = sealed.dropping(size).copied()
        var result = [UInt8](repeating: 0, count: size + AES128.blockSize)
        var count: Int32 = 0
        guard unsafe EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), nil, key, nonce) == 1,
            unsafe EVP_DecryptUpdate(context, nil, &count, header, Int32(header.count)) == 1,
            unsafe EVP_DecryptUpdate(context, &result, &count, input, Int32(input.count)) == 1, Int(count) == size,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(AES128.tagSize), &tag) == 1
        else { return nil }
        var rest = [UInt8](repeating: 0, count: AES128.blockSize)
        guard unsafe EVP_DecryptFinal_ex(context, &rest, &count) == 1 else { return nil }
        result.removeLast(AES128.blockSize)
        return result
    }
}
