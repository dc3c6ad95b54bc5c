import COpenSSL
import Digest
import Foundation
import Glibc
import Wording

/// Why a key cannot be used.
public enum SigningError: BilingualError, Hashable {
    case unreadable(path: String)
    /// The file holds no key of a kind that is used here.
    case notAKey(path: String)
    case exists(path: String)
    /// Others than its owner may read the file of a private key.
    case exposed(path: String, mode: UInt32)
    case cannotWrite(path: String, reason: String)
    case failed(String)

    public var vietnamese: String {
        switch self {
        case .unreadable(let path): "\(path): không đọc được khóa; hãy kiểm tra đường dẫn và quyền truy cập"
        case .notAKey(let path): "\(path): không phải khóa Ed25519 hoặc RSA từ 2048 bit trở lên dạng PEM"
        case .exists(let path): "\(path): đã có; khóa không bao giờ bị ghi đè"
        case .exposed(let path, let mode):
            "\(path): khóa riêng có quyền \(String(mode, radix: 8)), người khác đọc được; hãy chạy chmod 600 \(path), hoặc tạo khóa mới"
        case .cannotWrite(let path, let reason): "\(path): không ghi được (\(reason))"
        case .failed(let reason): "libcrypto: \(reason)"
        }
    }

    public var english: String {
        switch self {
        case .unreadable(let path): "\(path): the key cannot be read; check the path and its permissions"
        case .notAKey(let path): "\(path): not a PEM key of Ed25519 or of RSA with 2048 bits or more"
        case .exists(let path): "\(path): exists; a key is never written over"
        case .exposed(let path, let mode):
            "\(path): the private key has mode \(String(mode, radix: 8)) and others can read it; run chmod 600 \(path), or make a new key"
        case .cannotWrite(let path, let reason): "\(path): cannot be written (\(reason))"
        case .failed(let reason): "libcrypto: \(reason)"
        }
    }
}

/// How signatures are made.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// RFC 8032, over the bytes themselves.
    case ed25519
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017).
    case rsa
}

/// Owns a key of libcrypto. Never changed once it is made, which is why threads may share it.
private final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }

    /// Nil where it is of a kind that is not used here, or too short.
    var algorithm: SignatureAlgorithm? {
        switch EVP_PKEY_get_base_id(pointer) {
        case EVP_PKEY_ED25519: .ed25519
        case EVP_PKEY_RSA where EVP_PKEY_get_bits(pointer) >= 2048: .rsa
        default: nil
        }
    }

    /// The digest that goes with the key; Ed25519 has its own.
    func digest(_ algorithm: SignatureAlgorithm) -> OpaquePointer? { algorithm == .rsa ? EVP_sha256() : nil }

    static func reason() -> String {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Runs `body` with a memory stream over these bytes.
private func reading<T>(_ bytes: [UInt8], _ body: (OpaquePointer) -> T?) -> T? {
    bytes.withUnsafeBytes { buffer in
        guard let stream = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
        defer { BIO_free(stream) }
        return body(stream)
    }
}

/// What `body` writes.
private func written(_ body: (OpaquePointer) -> Bool) -> [UInt8]? {
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

/// A key that anybody may have: it tells whether a signature is of its private half.
public struct VerificationKey: Sendable {
    private let key: KeyHandle
    public let algorithm: SignatureAlgorithm
    /// SHA-256 over its DER form (SubjectPublicKeyInfo): what `openssl pkey -pubin -in KEY -outform DER | sha256sum` prints.
    public let fingerprint: SHA256Digest
    /// PEM.
    public let text: String

    fileprivate init?(_ key: KeyHandle) {
        guard let algorithm = key.algorithm, let der = written({ i2d_PUBKEY_bio($0, key.pointer) == 1 }),
            let pem = written({ PEM_write_bio_PUBKEY($0, key.pointer) == 1 })
        else { return nil }
        self.key = key
        self.algorithm = algorithm
        fingerprint = SHA256Digest(of: der)
        text = String(decoding: pem, as: UTF8.self)
    }

    /// Reads PEM: a public key, or the private one whose public half is meant.
    public init?(pem: [UInt8]) {
        let found = reading(pem) { PEM_read_bio_PUBKEY($0, nil, nil, nil) } ?? reading(pem) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
        guard let found else {
            ERR_clear_error()
            return nil
        }
        self.init(KeyHandle(found))
    }

    public init(file path: String) throws(SigningError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        guard let key = VerificationKey(pem: [UInt8](data)) else { throw .notAKey(path: path) }
        self = key
    }

    /// Whether the signature over these bytes is by this key's private half.
    public func accepts(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        defer { ERR_clear_error() }
        guard EVP_DigestVerifyInit(context, nil, key.digest(algorithm), nil, key.pointer) == 1 else { return false }
        return EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    }
}

/// A private key. Its file is readable by its owner alone.
public struct SigningKey: Sendable {
    private let key: KeyHandle
    public let publicKey: VerificationKey

    private init?(_ key: KeyHandle) {
        guard let publicKey = VerificationKey(key) else { return nil }
        self.key = key
        self.publicKey = publicKey
    }

    /// Makes a new one; RSA with 3072 bits.
    public static func make(_ algorithm: SignatureAlgorithm) throws(SigningError) -> SigningKey {
        let kind = algorithm == .rsa ? EVP_PKEY_RSA : EVP_PKEY_ED25519
        guard let context = EVP_PKEY_CTX_new_id(kind, nil) else { throw .failed(KeyHandle.reason()) }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, algorithm != .rsa || EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072) == 1,
            EVP_PKEY_keygen(context, &made) == 1, let made, let key = SigningKey(KeyHandle(made))
        else { throw .failed(KeyHandle.reason()) }
        return key
    }

    /// Reads PEM without a passphrase.
    public init(file path: String) throws(SigningError) {
        var status = stat()
        guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path, mode: status.st_mode & 0o7777) }
        // Without a passphrase: an empty one given here keeps libcrypto from asking the terminal.
        let found = reading([UInt8](data)) { stream in
            "".withCString { PEM_read_bio_PrivateKey(stream, nil, nil, UnsafeMutableRawPointer(mutating: $0)) }
        }
        guard let found, let key = SigningKey(KeyHandle(found)) else {
            ERR_clear_error()
            throw .notAKey(path: path)
        }
        self = key
    }

    /// Writes the private key (mode 0600) to `path` and the public one to `path` with `.pub` behind it. Neither is written over.
    public func write(to path: String) throws(SigningError) {
        guard let pem = written({ PEM_write_bio_PrivateKey($0, key.pointer, nil, nil, 0, nil, nil) == 1 }) else {
            throw .failed(KeyHandle.reason())
        }
        if access(path + ".pub", F_OK) == 0 { throw .exists(path: path + ".pub") }
        try SigningKey.write(pem, to: path, mode: 0o600)
        try SigningKey.write(Array(publicKey.text.utf8), to: path + ".pub", mode: 0o644)
        // Their names are on disk once the folder is.
        let folder = open(path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(SigningError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .exists(path: path) : .cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw .cannotWrite(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Signs the bytes: for Ed25519 what `openssl pkeyutl -sign -rawin` makes, for RSA what `openssl dgst -sha256 -sign` makes.
    public func signature(over bytes: [UInt8]) throws(SigningError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .failed(KeyHandle.reason()) }
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        guard EVP_DigestSignInit(context, nil, key.digest(publicKey.algorithm), nil, key.pointer) == 1,
            EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1
        else { throw .failed(KeyHandle.reason()) }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1 else { throw .failed(KeyHandle.reason()) }
        return Array(signature.prefix(count))
    }
}
