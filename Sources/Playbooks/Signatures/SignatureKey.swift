import COpenSSL
import Digest
import Foundation

/// Algorithms that CACAO signatures are made with (RFC 7518 §3.1, RFC 8037 §3.1).
public enum JWSAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case ed25519 = "Ed25519"

    enum Family { case rsa, pss, elliptic, edwards }

    var family: Family {
        switch self {
        case .rs256, .rs384, .rs512: .rsa
        case .ps256, .ps384, .ps512: .pss
        case .es256, .es384, .es512: .elliptic
        case .ed25519: .edwards
        }
    }

    /// Of the hash inside; nil for Ed25519, which has its own.
    var hash: String? {
        switch self {
        case .rs256, .ps256, .es256: "SHA256"
        case .rs384, .ps384, .es384: "SHA384"
        case .rs512, .ps512, .es512: "SHA512"
        case .ed25519: nil
        }
    }

    /// Bytes of each half of an elliptic signature.
    var half: Int {
        switch self {
        case .es256: 32
        case .es384: 48
        case .es512: 66
        default: 0
        }
    }
}

/// Why a key or a signature cannot be used.
public struct PlaybookSignatureError: Error, Hashable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}

/// A public or private key of libcrypto.
public final class SignatureKey: @unchecked Sendable {
    // The key is never changed after it was made, and libcrypto counts its users with atomic operations.
    private let key: OpaquePointer

    private init(_ key: OpaquePointer) { self.key = key }
    deinit { EVP_PKEY_free(key) }

    /// A public key: DER of SubjectPublicKeyInfo, or of an X.509 certificate.
    public init(publicKey der: Data) throws(PlaybookSignatureError) {
        let made: OpaquePointer? = der.withUnsafeBytes { bytes in
            var start = bytes.bindMemory(to: UInt8.self).baseAddress
            if let key = d2i_PUBKEY(nil, &start, bytes.count) { return key }
            ERR_clear_error()
            start = bytes.bindMemory(to: UInt8.self).baseAddress
            guard let certificate = d2i_X509(nil, &start, bytes.count) else { return nil }
            defer { X509_free(certificate) }
            return X509_get_pubkey(certificate)
        }
        guard let made else {
            ERR_clear_error()
            throw PlaybookSignatureError("no public key or certificate")
        }
        key = made
    }

    /// A private key as PEM, without a passphrase.
    public init(privatePEM text: String) throws(PlaybookSignatureError) {
        let made: OpaquePointer? = Array(text.utf8).withUnsafeBytes { bytes in
            guard let memory = BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count)) else { return nil }
            defer { BIO_free(memory) }
            // An empty passphrase rather than a question on the terminal.
            var empty: [CChar] = [0]
            return PEM_read_bio_PrivateKey(memory, nil, nil, &empty)
        }
        guard let made else {
            ERR_clear_error()
            throw PlaybookSignatureError("no private key (PEM, without a passphrase)")
        }
        key = made
    }

    /// A new key for an algorithm.
    public static func make(for algorithm: JWSAlgorithm) throws(PlaybookSignatureError) -> SignatureKey {
        let name: String
        switch algorithm.family {
        case .rsa, .pss: name = "RSA"
        case .elliptic: name = "EC"
        case .edwards: name = "ED25519"
        }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw PlaybookSignatureError("no keys of \(name)") }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) > 0 else { throw PlaybookSignatureError("no keys of \(name)") }
        if name == "RSA" { EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072) }
        if name == "EC" {
            EVP_PKEY_CTX_set_group_name(context, algorithm == .es256 ? "P-256" : algorithm == .es384 ? "P-384" : "P-521")
        }
        guard EVP_PKEY_generate(context, &made) > 0, let made else { throw PlaybookSignatureError("no key could be made") }
        return SignatureKey(made)
    }

    /// DER of the public half (SubjectPublicKeyInfo).
    public var publicDER: Data {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(key, &bytes)
        guard count > 0, let bytes else { return Data() }
        defer { CRYPTO_free(bytes, "", 0) }
        return Data(bytes: bytes, count: Int(count))
    }

    /// As the signature object carries it: PEM without its first and last line.
    public var publicText: String { publicDER.base64EncodedString() }

    /// SHA-256 of the public key, hexadecimal: what people compare.
    public var fingerprint: String { SHA256Digest(of: Array(publicDER)).hex }

    /// PEM of a private key (PKCS #8).
    public var privatePEM: String? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(memory) }
        guard PEM_write_bio_PKCS8PrivateKey(memory, key, nil, nil, 0, nil, nil) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let count = BIO_read(memory, &buffer, Int32(buffer.count))
        return count > 0 ? String(decoding: buffer[..<Int(count)], as: UTF8.self) : nil
    }

    /// The algorithm that fits the key best.
    public var algorithm: JWSAlgorithm? {
        if EVP_PKEY_is_a(key, "ED25519") == 1 { return .ed25519 }
        if EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1 { return .ps256 }
        if EVP_PKEY_is_a(key, "EC") == 1 {
            switch EVP_PKEY_get_bits(key) {
            case 256: return .es256
            case 384: return .es384
            case 521: return .es512
            default: return nil
            }
        }
        return nil
    }

    /// Whether an algorithm can be used with this kind of key.
    private func fits(_ algorithm: JWSAlgorithm) -> Bool {
        switch algorithm.family {
        case .rsa: EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) >= 2048
        case .pss: (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1) && EVP_PKEY_get_bits(key) >= 2048
        case .edwards: EVP_PKEY_is_a(key, "ED25519") == 1
        case .elliptic: self.algorithm == algorithm
        }
    }

    private func prepare(_ algorithm: JWSAlgorithm, _ context: OpaquePointer?, _ operation: OpaquePointer?) -> Bool {
        guard algorithm.family == .pss else { return true }
        // RFC 7518 §3.5: the salt is as long as the hash.
        return EVP_PKEY_CTX_set_rsa_padding(operation, 6) > 0 && EVP_PKEY_CTX_set_rsa_pss_saltlen(operation, -1) > 0
    }

    /// Whether a signature over these bytes is this key's.
    public func verifies(_ signature: Data, of message: [UInt8], by algorithm: JWSAlgorithm) -> Bool {
        guard fits(algorithm), let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var bytes = Array(signature)
        if algorithm.family == .elliptic {
            guard bytes.count == 2 * algorithm.half else { return false }
            bytes = Self.sequence(bytes)
        }
        var operation: OpaquePointer?
        guard EVP_DigestVerifyInit_ex(context, &operation, algorithm.hash, nil, nil, key, nil) == 1, prepare(algorithm, context, operation)
        else { return false }
        return EVP_DigestVerify(context, bytes, bytes.count, message, message.count) == 1
    }

    /// A signature over these bytes, in the form that RFC 7518 and RFC 8037 give it.
    public func sign(_ message: [UInt8], by algorithm: JWSAlgorithm) throws(PlaybookSignatureError) -> [UInt8] {
        guard fits(algorithm) else { throw PlaybookSignatureError("\(algorithm.rawValue) does not go with this key") }
        guard let context = EVP_MD_CTX_new() else { throw PlaybookSignatureError("no memory") }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        var operation: OpaquePointer?
        var count = 0
        guard EVP_DigestSignInit_ex(context, &operation, algorithm.hash, nil, nil, key, nil) == 1, prepare(algorithm, context, operation),
            EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { throw PlaybookSignatureError("the key cannot sign; is it a private one?") }
        var bytes = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &bytes, &count, message, message.count) == 1 else {
            throw PlaybookSignatureError("the key cannot sign")
        }
        bytes.removeLast(bytes.count - count)
        if algorithm.family == .elliptic {
            guard let halves = Self.halves(bytes, algorithm.half) else { throw PlaybookSignatureError("an unreadable signature") }
            return halves
        }
        return bytes
    }

    /// DER of SEQUENCE { INTEGER, INTEGER } from two halves.
    static func sequence(_ halves: [UInt8]) -> [UInt8] {
        func integer(_ half: ArraySlice<UInt8>) -> [UInt8] {
            var value = Array(half.drop { $0 == 0 })
            if value.isEmpty || value[0] >= 0x80 { value.insert(0, at: 0) }
            return [2, UInt8(value.count)] + value
        }
        let body = integer(halves[..<(halves.count / 2)]) + integer(halves[(halves.count / 2)...])
        return body.count < 0x80 ? [0x30, UInt8(body.count)] + body : [0x30, 0x81, UInt8(body.count)] + body
    }

    /// The other way round.
    static func halves(_ sequence: [UInt8], _ half: Int) -> [UInt8]? {
        guard sequence.count >= 8, sequence[0] == 0x30 else { return nil }
        var offset = sequence[1] == 0x81 ? 3 : 2
        var out: [UInt8] = []
        for _ in 0..<2 {
            guard offset + 2 <= sequence.count, sequence[offset] == 2 else { return nil }
            let count = Int(sequence[offset + 1])
            guard offset + 2 + count <= sequence.count else { return nil }
            let value = sequence[offset + 2..<offset + 2 + count].drop { $0 == 0 }
            guard value.count <= half else { return nil }
            out += [UInt8](repeating: 0, count: half - value.count) + value
            offset += 2 + count
        }
        return out
    }
}
