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
    /// The private key is under a passphrase, and none was given or it is another one.
    case passphrase(path: String, isGiven: Bool)
    /// Where the passphrase should be, there is none.
    case noPassphrase(from: String)
    /// The algorithm is not one for this kind of key.
    case wrongAlgorithm(JWSAlgorithm)
    case failed(String)

    public var vietnamese: String {
        switch self {
        case .unreadable(let path): "\(path): không đọc được khóa; hãy kiểm tra đường dẫn và quyền truy cập"
        case .notAKey(let path): "\(path): không phải khóa dạng PEM (Ed25519, RSA từ 2048 bit, hoặc EC P-256, P-384, P-521)"
        case .exists(let path): "\(path): đã có; khóa không bao giờ bị ghi đè"
        case .exposed(let path, let mode):
            "\(path): khóa riêng có quyền \(String(mode, radix: 8)), người khác đọc được; hãy chạy chmod 600 \(path), hoặc tạo khóa mới"
        case .cannotWrite(let path, let reason): "\(path): không ghi được (\(reason))"
        case .passphrase(let path, false):
            "\(path): khóa có mật khẩu; hãy nêu nơi lấy: --key-passphrase file:ĐƯỜNG-DẪN, env:TÊN-BIẾN hoặc command:LỆNH"
        case .passphrase(let path, true): "\(path): mật khẩu của khóa không đúng"
        case .noPassphrase(let source): "\(source): không có mật khẩu (1 đến 1024 byte trên dòng đầu)"
        case .wrongAlgorithm(let algorithm): "\(algorithm.rawValue) không dùng được với loại khóa này; bỏ --algorithm để chọn theo khóa"
        case .failed(let reason): "libcrypto: \(reason)"
        }
    }

    public var english: String {
        switch self {
        case .unreadable(let path): "\(path): the key cannot be read; check the path and its permissions"
        case .notAKey(let path):
            "\(path): not a PEM key (Ed25519, RSA with 2048 bits or more, or EC on P-256, P-384, P-521)"
        case .exists(let path): "\(path): exists; a key is never written over"
        case .exposed(let path, let mode):
            "\(path): the private key has mode \(String(mode, radix: 8)) and others can read it; run chmod 600 \(path), or make a new key"
        case .cannotWrite(let path, let reason): "\(path): cannot be written (\(reason))"
        case .passphrase(let path, false):
            "\(path): the key is under a passphrase; say where it comes from: --key-passphrase file:PATH, env:NAME or command:WORDS"
        case .passphrase(let path, true): "\(path): the key's passphrase is another one"
        case .noPassphrase(let source): "\(source): there is no passphrase (1 to 1024 bytes on the first line)"
        case .wrongAlgorithm(let algorithm):
            "\(algorithm.rawValue) does not go with this kind of key; leave --algorithm out to have it chosen"
        case .failed(let reason): "libcrypto: \(reason)"
        }
    }
}

/// A private key. Its file is readable by its owner alone.
public struct SigningKey: Sendable {
    let key: KeyHandle
    public let publicKey: VerificationKey

    private init?(_ key: KeyHandle) {
        guard let publicKey = VerificationKey(key) else { return nil }
        self.key = key
        self.publicKey = publicKey
    }

    /// Makes a new one; RSA with 3072 bits, elliptic on P-256.
    public static func make(_ algorithm: SignatureAlgorithm) throws(SigningError) -> SigningKey {
        try make(kind: algorithm == .ed25519 ? .ed25519 : algorithm == .rsa ? .rsa : .p256)
    }

    static func make(kind: KeyKind) throws(SigningError) -> SigningKey {
        guard let key = SigningKey(try KeyHandle.make(kind)) else { throw .failed("a key of another kind") }
        return key
    }

    /// Reads PEM.
    /// - Parameter passphrase: asked only where the key is under one.
    public init(file path: String, passphrase: PassphraseSource? = nil) throws(SigningError) {
        var status = stat()
        guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        guard status.st_mode & 0o077 == 0 else { throw .exposed(path: path, mode: status.st_mode & 0o7777) }
        let text = [UInt8](data)
        let isLocked = SigningKey.isLocked(text)
        if isLocked, passphrase == nil { throw .passphrase(path: path, isGiven: false) }
        let secret = isLocked ? try passphrase?.read() ?? [] : []
        // An empty passphrase given here keeps libcrypto from asking the terminal.
        let found = reading(text) { stream in
            (secret + [0]).withUnsafeBufferPointer {
                PEM_read_bio_PrivateKey(stream, nil, nil, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
        }
        guard let found, let key = SigningKey(KeyHandle(found)) else {
            ERR_clear_error()
            throw isLocked && found == nil ? .passphrase(path: path, isGiven: true) : .notAKey(path: path)
        }
        self = key
    }

    /// Whether a private key in PEM is encrypted: by PKCS #8 (RFC 5958), or as older programs did it.
    private static func isLocked(_ pem: [UInt8]) -> Bool {
        let text = String(decoding: pem.prefix(4096), as: UTF8.self)
        return text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED")
    }

    /// Writes the private key (mode 0600) to `path` and the public one to `path` with `.pub` behind it. Neither is written over.
    /// - Parameter passphrase: encrypts the private one with AES-256 (PKCS #8).
    public func write(to path: String, passphrase: PassphraseSource? = nil) throws(SigningError) {
        let secret = try passphrase?.read()
        let pem =
            if let secret {
                written { stream in
                    secret.withUnsafeBytes {
                        PEM_write_bio_PKCS8PrivateKey(
                            stream, key.pointer, EVP_aes_256_cbc(), $0.bindMemory(to: CChar.self).baseAddress, Int32($0.count), nil, nil)
                            == 1
                    }
                }
            } else {
                written { PEM_write_bio_PrivateKey($0, key.pointer, nil, nil, 0, nil, nil) == 1 }
            }
        guard let pem else { throw .failed(KeyHandle.reason()) }
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

    /// Signs the bytes: for Ed25519 what `openssl pkeyutl -sign -rawin` makes, for others what `openssl dgst -sha256 -sign` makes.
    public func signature(over bytes: [UInt8]) throws(SigningError) -> [UInt8] {
        try key.signature(over: bytes, digest: publicKey.digest, isPSS: false)
    }
}
