import COpenSSL
import Digest
import Foundation

/// A key that anybody may have: it tells whether a signature is of its private half.
public struct VerificationKey: Sendable {
    let key: KeyHandle
    let kind: KeyKind
    /// DER (SubjectPublicKeyInfo).
    public let der: [UInt8]
    /// SHA-256 over ``der``: what `openssl pkey -pubin -in KEY -outform DER | sha256sum` prints.
    public let fingerprint: SHA256Digest
    /// PEM.
    public let text: String

    init?(_ key: KeyHandle) {
        guard let kind = key.kind, let der = written({ i2d_PUBKEY_bio($0, key.pointer) == 1 }),
            let pem = written({ PEM_write_bio_PUBKEY($0, key.pointer) == 1 })
        else { return nil }
        self.key = key
        self.kind = kind
        self.der = der
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

    /// Reads DER: SubjectPublicKeyInfo, or an X.509 certificate whose key is meant.
    public init?(der: [UInt8]) {
        defer { ERR_clear_error() }
        let found =
            reading(der) { d2i_PUBKEY_bio($0, nil) }
            ?? reading(der) { stream -> OpaquePointer? in
                guard let certificate = d2i_X509_bio(stream, nil) else { return nil }
                defer { X509_free(certificate) }
                return X509_get_pubkey(certificate)
            }
        guard let found else { return nil }
        self.init(KeyHandle(found))
    }

    public init(file path: String) throws(SigningError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        guard let key = VerificationKey(pem: [UInt8](data)) else { throw .notAKey(path: path) }
        self = key
    }

    public var algorithm: SignatureAlgorithm {
        switch kind {
        case .ed25519: .ed25519
        case .rsa, .rsaPSS: .rsa
        case .p256, .p384, .p521: .ecdsa
        }
    }

    /// The digest that goes with the key; Ed25519 has its own.
    var digest: String? { kind == .ed25519 ? nil : "SHA256" }

    /// ``der`` in base64: PEM without its first and last line, as CACAO's `public_key` has it.
    public var base64: String { Data(der).base64EncodedString() }

    /// Whether the signature over these bytes is by this key's private half.
    public func accepts(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
        key.accepts(signature, over: bytes, digest: digest, isPSS: false)
    }
}
