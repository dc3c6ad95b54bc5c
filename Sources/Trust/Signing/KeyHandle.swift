import COpenSSL

/// How signatures over files and checkpoints are made; `openssl` checks each as it is.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// RFC 8032, over the bytes themselves.
    case ed25519
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017); RSASSA-PSS where the key is for that alone.
    case rsa
    /// With SHA-256, in DER (RFC 3279 §2.2.3).
    case ecdsa
}

/// Kinds of keys that are used here.
enum KeyKind { case ed25519, rsa, rsaPSS, p256, p384, p521 }

/// Owns a key of libcrypto. Never changed once it is made, which is why threads may share it; libcrypto counts its users atomically.
final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }

    /// Nil where it is of a kind that is not used here, or too short.
    var kind: KeyKind? {
        let bits = EVP_PKEY_get_bits(pointer)
        switch EVP_PKEY_get_base_id(pointer) {
        case EVP_PKEY_ED25519: return .ed25519
        case EVP_PKEY_RSA where bits >= 2048: return .rsa
        case EVP_PKEY_RSA_PSS where bits >= 2048: return .rsaPSS
        case EVP_PKEY_EC: break
        default: return nil
        }
        // Other curves have as many bits.
        var name = [CChar](repeating: 0, count: 64)
        guard EVP_PKEY_get_group_name(pointer, &name, name.count, nil) == 1 else { return nil }
        switch String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) {
        case "prime256v1": return .p256
        case "secp384r1": return .p384
        case "secp521r1": return .p521
        default: return nil
        }
    }

    static func reason() -> String {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// A new key; RSA with 3072 bits.
    static func make(_ kind: KeyKind) throws(SigningError) -> KeyHandle {
        let (name, group): (String, String?) =
            switch kind {
            case .ed25519: ("ED25519", nil)
            case .rsa, .rsaPSS: ("RSA", nil)
            case .p256: ("EC", "P-256")
            case .p384: ("EC", "P-384")
            case .p521: ("EC", "P-521")
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw .failed(reason()) }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, name != "RSA" || EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072) == 1,
            group == nil || EVP_PKEY_CTX_set_group_name(context, group) == 1, EVP_PKEY_generate(context, &made) == 1, let made
        else { throw .failed(reason()) }
        return KeyHandle(made)
    }

    /// Whether a signature over these bytes is this key's.
    /// - Parameter digest: nil for keys that have their own.
    func accepts(_ signature: [UInt8], over bytes: [UInt8], digest: String?, isPSS: Bool) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var operation: OpaquePointer?
        guard EVP_DigestVerifyInit_ex(context, &operation, digest, nil, nil, pointer, nil) == 1, !isPSS || KeyHandle.pad(operation) else {
            return false
        }
        return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }

    func signature(over bytes: [UInt8], digest: String?, isPSS: Bool) throws(SigningError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .failed(KeyHandle.reason()) }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var operation: OpaquePointer?
        var count = 0
        guard EVP_DigestSignInit_ex(context, &operation, digest, nil, nil, pointer, nil) == 1, !isPSS || KeyHandle.pad(operation),
            EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1
        else { throw .failed(KeyHandle.reason()) }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1 else { throw .failed(KeyHandle.reason()) }
        return Array(signature.prefix(count))
    }

    /// RFC 7518 §3.5: the salt is as long as the hash.
    private static func pad(_ operation: OpaquePointer?) -> Bool {
        EVP_PKEY_CTX_set_rsa_padding(operation, RSA_PKCS1_PSS_PADDING) > 0
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(operation, RSA_PSS_SALTLEN_DIGEST) > 0
    }
}

/// Runs `body` with a memory stream over these bytes.
func reading<T>(_ bytes: [UInt8], _ body: (OpaquePointer) -> T?) -> T? {
    bytes.withUnsafeBytes { buffer in
        guard let stream = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
        defer { BIO_free(stream) }
        return body(stream)
    }
}

/// What `body` writes.
func written(_ body: (OpaquePointer) -> Bool) -> [UInt8]? {
    guard let stream = BIO_new(BIO_s_mem()) else { return nil }
    defer { BIO_free(stream) }
    guard body(stream) else { return nil }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = BIO_read(stream, &part, Int32(part.count))
        guard count > 0 else { return bytes }
        bytes += part.prefix(Int(count))
    }
}
