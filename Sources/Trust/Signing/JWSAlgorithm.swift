import COpenSSL

/// Algorithms of JSON signatures (RFC 7518 §3.1, RFC 8037 §3.1), which CACAO uses too.
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

    /// Of the hash inside; nil for Ed25519, which has its own.
    var digest: String? {
        switch self {
        case .rs256, .ps256, .es256: "SHA256"
        case .rs384, .ps384, .es384: "SHA384"
        case .rs512, .ps512, .es512: "SHA512"
        case .ed25519: nil
        }
    }

    var isPSS: Bool { self == .ps256 || self == .ps384 || self == .ps512 }

    /// The kind of key that is made for it.
    var kind: KeyKind {
        switch self {
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .p256
        case .es384: .p384
        case .es512: .p521
        case .ed25519: .ed25519
        }
    }

    /// Bytes of each half of an elliptic signature (RFC 7518 §3.4); 0 for others.
    var half: Int {
        switch self {
        case .es256: 32
        case .es384: 48
        case .es512: 66
        default: 0
        }
    }
}

extension VerificationKey {
    /// The algorithm that fits the key best.
    public var jwsAlgorithm: JWSAlgorithm {
        switch kind {
        case .ed25519: .ed25519
        case .rsa, .rsaPSS: .ps256
        case .p256: .es256
        case .p384: .es384
        case .p521: .es512
        }
    }

    /// Whether an algorithm can be used with this kind of key.
    func fits(_ algorithm: JWSAlgorithm) -> Bool { kind == algorithm.kind || kind == .rsaPSS && algorithm.isPSS }

    /// Whether a signature in the form of RFC 7518 or RFC 8037 is by this key's private half.
    public func accepts(_ signature: [UInt8], over bytes: [UInt8], by algorithm: JWSAlgorithm) -> Bool {
        guard fits(algorithm) else { return false }
        var signature = signature
        if algorithm.half > 0 {
            guard signature.count == 2 * algorithm.half else { return false }
            signature = EllipticSignature.sequence(signature)
        }
        return key.accepts(signature, over: bytes, digest: algorithm.digest, isPSS: algorithm.isPSS)
    }
}

extension SigningKey {
    /// A new key for an algorithm.
    public static func make(for algorithm: JWSAlgorithm) throws(SigningError) -> SigningKey { try make(kind: algorithm.kind) }

    /// A signature in the form that RFC 7518 and RFC 8037 give it.
    public func signature(over bytes: [UInt8], by algorithm: JWSAlgorithm) throws(SigningError) -> [UInt8] {
        guard publicKey.fits(algorithm) else { throw .wrongAlgorithm(algorithm) }
        let signature = try key.signature(over: bytes, digest: algorithm.digest, isPSS: algorithm.isPSS)
        guard algorithm.half > 0 else { return signature }
        guard let halves = EllipticSignature.halves(signature, algorithm.half) else { throw .failed("an unreadable signature") }
        return halves
    }
}

/// An ECDSA signature in its two forms: DER, and two numbers one behind the other (RFC 7518 §3.4).
enum EllipticSignature {
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

    /// The other way round; nil where it is no such sequence or a number is too long.
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
