import COpenSSL
import Digest
import Foundation
import Trust

/// What is signed. The specification says `sign(algorithm, key, hash(jcs(playbook with signature)))`, which can be read in these ways.
public enum SignatureReading: String, Sendable, CaseIterable {
    /// The hash as lower-case hexadecimal text is what the algorithm signs, and hashes again: so does the example of the specification.
    case hexadecimal = "hex"
    /// The bytes of the hash are what the algorithm signs, and hashes again.
    case bytes
    /// The canonical text is what the algorithm signs; its own hash is the only one.
    case once

    /// For people.
    public var vietnamese: String {
        switch self {
        case .hexadecimal: "ký trên chuỗi hex của mã băm (băm hai lần, như ví dụ của OASIS)"
        case .bytes: "ký trên byte của mã băm (băm hai lần)"
        case .once: "ký thẳng trên văn bản chuẩn hóa (băm một lần)"
        }
    }

    public var english: String {
        switch self {
        case .hexadecimal: "over the hash in hexadecimal text (hashed twice, as in the OASIS example)"
        case .bytes: "over the bytes of the hash (hashed twice)"
        case .once: "over the canonical text itself (hashed once)"
        }
    }
}

/// What became of one signature of a playbook.
public struct SignatureVerification: Sendable {
    public enum State: Sendable, Hashable {
        /// The text is what was signed.
        case valid(SignatureReading)
        /// Something was changed after signing, or another key was used.
        case changed
        /// It cannot be checked here.
        case unknown(String)
        case revoked
        /// Its time of validity has not begun, or is over.
        case notValidNow(SignatureReading, from: String?, until: String?)
        /// It is about another playbook or version.
        case other
    }

    public var state: State
    public var id: String
    public var signee: String
    public var algorithm: String
    /// SHA-256 of the public key; nil where the key is unknown.
    public var fingerprint: String?
    public var created: String
    /// It was made over this text by its key, whether or not it counts now.
    public var fits: Bool {
        switch state {
        case .valid, .notValidNow: countersigned.allSatisfy(\.fits)
        case .changed, .unknown, .revoked, .other: false
        }
    }

    /// A signature over this signature, where there is one.
    public var countersigned: [SignatureVerification] = []
}

/// Why a signature cannot be checked.
public struct PlaybookSignatureError: Error, Hashable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}

public enum PlaybookSignatures {
    /// No playbook has more; verifying costs time.
    public static let most = 16

    /// Checks every signature of a playbook.
    /// - Parameter keys: public keys or certificates (DER), for signatures that only name theirs: nothing is fetched.
    public static func verify(_ playbook: JSONValue, on date: Date = Date(), keys: [Data] = []) -> [SignatureVerification] {
        let signatures = playbook["signatures"]?.elements ?? []
        return signatures.prefix(most).enumerated().map { index, signature in
            verify(signature, number: index, of: playbook, among: signatures, on: date, keys: keys, depth: 0)
        }
    }

    private static func verify(
        _ signature: JSONValue, number: Int, of playbook: JSONValue, among all: [JSONValue], on date: Date, keys: [Data], depth: Int
    ) -> SignatureVerification {
        var result = SignatureVerification(
            state: .changed, id: signature["id"]?.text ?? "", signee: signature["signee"]?.text ?? "",
            algorithm: signature["algorithm"]?.text ?? "", created: signature["created"]?.text ?? "")
        let candidates: [VerificationKey]
        do throws(PlaybookSignatureError) {
            candidates = try publicKeys(of: signature, keys)
        } catch {
            result.state = .unknown(error.description)
            return result
        }
        if candidates.count == 1 { result.fingerprint = candidates[0].fingerprint.hex }
        guard let algorithm = JWSAlgorithm(rawValue: result.algorithm) else {
            result.state = .unknown("algorithm \(result.algorithm) is not known here")
            return result
        }
        guard let hash = signature["hash_algorithm"]?.text.flatMap(hashName) else {
            result.state = .unknown("hash algorithm \(signature["hash_algorithm"]?.text ?? "-") is not known here")
            return result
        }
        guard let value = signature["value"]?.text.flatMap(Base64.decode) else {
            result.state = .unknown("value is no base64")
            return result
        }
        var reading: SignatureReading?
        for covered in coverings(signature, number, playbook, all) {
            guard let text = try? covered.canonicalBytes() else { continue }
            for key in candidates {
                reading = self.reading(of: [UInt8](value), over: text, hash, key, algorithm)
                guard reading != nil else { continue }
                result.fingerprint = key.fingerprint.hex
                break
            }
            if reading != nil { break }
        }
        if reading == nil, candidates.count > 1 { result.state = .unknown(missing(signature) ?? "none of the known keys made it") }
        guard let reading else { return result }
        let from = signature["valid_from"]?.text
        let until = signature["valid_until"]?.text
        if let id = signature["related_to"]?.text, id != playbook["id"]?.text {
            result.state = .other
        } else if let version = signature["related_version"]?.text, version != playbook["modified"]?.text {
            result.state = .other
        } else if signature["revoked"]?.bool == true {
            result.state = .revoked
        } else if let from = from.flatMap(Moment.init), date < from.date {
            result.state = .notValidNow(reading, from: signature["valid_from"]?.text, until: until)
        } else if let until = until.flatMap(Moment.init), date > until.date {
            result.state = .notValidNow(reading, from: from, until: signature["valid_until"]?.text)
        } else {
            result.state = .valid(reading)
        }
        if depth < 4, let counter = signature["signature"] {
            // A countersignature covers the playbook with the signature that it stands in.
            result.countersigned = [counterVerify(counter, over: signature, of: playbook, on: date, keys: keys, depth: depth + 1)]
        }
        return result
    }

    private static func counterVerify(
        _ counter: JSONValue, over signature: JSONValue, of playbook: JSONValue, on date: Date, keys: [Data], depth: Int
    ) -> SignatureVerification {
        var result = SignatureVerification(
            state: .changed, id: counter["id"]?.text ?? "", signee: counter["signee"]?.text ?? "",
            algorithm: counter["algorithm"]?.text ?? "", created: counter["created"]?.text ?? "")
        guard let keys = try? publicKeys(of: counter, keys), let algorithm = JWSAlgorithm(rawValue: result.algorithm),
            let hash = counter["hash_algorithm"]?.text.flatMap(hashName), let value = counter["value"]?.text.flatMap(Base64.decode)
        else {
            result.state = .unknown("key or algorithm is not known here")
            return result
        }
        let covered = playbook.replacing("signatures", with: .array([signature.replacing("signature", with: counter.without("value"))]))
        guard let text = try? covered.canonicalBytes(),
            let (key, reading) = keys.lazy.compactMap({ key in
                self.reading(of: [UInt8](value), over: text, hash, key, algorithm).map { (key, $0) }
            }).first
        else { return result }
        result.fingerprint = key.fingerprint.hex
        result.state = counter["revoked"]?.bool == true ? .revoked : .valid(reading)
        return result
    }

    /// What a signature may cover: the playbook with this signature alone, or with those before it, always without its own value.
    private static func coverings(_ signature: JSONValue, _ number: Int, _ playbook: JSONValue, _ all: [JSONValue]) -> [JSONValue] {
        let bare = signature.without("value").without("signature")
        var coverings = [playbook.replacing("signatures", with: .array([bare]))]
        if number > 0 { coverings.append(playbook.replacing("signatures", with: .array(Array(all[..<number]) + [bare]))) }
        return coverings
    }

    /// The way in which the algorithm signed this text; nil where it did not.
    private static func reading(
        of value: [UInt8], over text: [UInt8], _ hash: String, _ key: VerificationKey, _ algorithm: JWSAlgorithm
    ) -> SignatureReading? {
        SignatureReading.allCases.first { reading in
            message(text, hash, reading).map { key.accepts(value, over: $0, by: algorithm) } ?? false
        }
    }

    /// The key that a signature brings with it; where it only names one, those that are known here.
    private static func publicKeys(of signature: JSONValue, _ keys: [Data]) throws(PlaybookSignatureError) -> [VerificationKey] {
        if let text = signature["public_key"]?.text {
            guard let der = Base64.decode(text) else { throw PlaybookSignatureError("public_key is no base64") }
            return [try publicKey(der)]
        }
        if let first = signature["public_cert_chain"]?.elements?.first?.text {
            guard let der = Base64.decode(first) else { throw PlaybookSignatureError("public_cert_chain is no base64") }
            return [try publicKey(der)]
        }
        guard let missing = missing(signature) else { throw PlaybookSignatureError("no public key") }
        let known = keys.prefix(64).compactMap { VerificationKey(der: [UInt8]($0)) }
        guard !known.isEmpty else { throw PlaybookSignatureError(missing) }
        return known
    }

    /// What to do about a signature that only names its key.
    private static func missing(_ signature: JSONValue) -> String? {
        if let url = signature["cert_url"]?.text {
            return "its certificate lies at \(url): `verify --fetch` gets it; compare the fingerprint, then keep the key in trust.yaml"
        }
        if let thumbprint = signature["thumbprint"]?.text {
            return "it only names a certificate (\(thumbprint)): give the file with `verify --certificate`, or keep its key in trust.yaml"
        }
        return nil
    }

    private static func publicKey(_ der: Data) throws(PlaybookSignatureError) -> VerificationKey {
        guard let key = VerificationKey(der: [UInt8](der)) else {
            throw PlaybookSignatureError(
                "no public key or certificate that is used here (Ed25519, RSA with 2048 bits or more, P-256, P-384, P-521)")
        }
        return key
    }

    private static func hashName(_ name: String) -> String? {
        switch name.lowercased() {
        case "sha-256", "sha256": "SHA256"
        case "sha-384", "sha384": "SHA384"
        case "sha-512", "sha512": "SHA512"
        default: nil
        }
    }

    /// What the algorithm signs.
    private static func message(_ text: [UInt8], _ hash: String, _ reading: SignatureReading) -> [UInt8]? {
        if reading == .once { return text }
        var digest = [UInt8](repeating: 0, count: 64)
        var count = 0
        guard EVP_Q_digest(nil, hash, nil, text, text.count, &digest, &count) == 1 else { return nil }
        let bytes = digest[..<count]
        guard reading == .hexadecimal else { return Array(bytes) }
        return Array(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined().utf8)
    }

    /// Adds a signature to a playbook.
    /// - Parameters:
    ///   - id: `jss--<uuid>`.
    ///   - until: nil for no limit.
    ///   - replaces: other signatures are taken away; else only an earlier one of the same key is.
    public static func sign(
        _ playbook: JSONValue, with key: SigningKey, by algorithm: JWSAlgorithm, signee: String, createdBy: String?, id: String,
        at date: Date = Date(), until: Date? = nil, reading: SignatureReading = .hexadecimal, replaces: Bool = false
    ) throws -> JSONValue {
        guard let playbookID = playbook["id"]?.text, let version = playbook["modified"]?.text else {
            throw PlaybookSignatureError("the playbook has no id or no modified")
        }
        let now = Moment(date).text
        var members: [String: JSONValue] = [
            "type": "jss", "id": .string(id), "created": .string(now), "modified": .string(now), "signee": .string(signee),
            "related_to": .string(playbookID), "related_version": .string(version), "hash_algorithm": "sha-256",
            "algorithm": .string(algorithm.rawValue), "public_key": .string(key.publicKey.base64),
        ]
        if let createdBy { members["created_by"] = .string(createdBy) }
        if let until { members["valid_until"] = .string(Moment(until).text) }
        let bare = playbook.replacing("signatures", with: .array([.object(members)]))
        guard let message = message(try bare.canonicalBytes(), "SHA256", reading) else { throw PlaybookSignatureError("no SHA-256") }
        members["value"] = .string(Base64.url(try key.signature(over: message, by: algorithm)))
        let others = replaces ? [] : (playbook["signatures"]?.elements ?? []).filter { $0["public_key"]?.text != key.publicKey.base64 }
        return playbook.replacing("signatures", with: .array(others + [.object(members)]))
    }
}

extension JSONValue {
    func without(_ name: String) -> JSONValue {
        guard case .object(var members) = self else { return self }
        members[name] = nil
        return .object(members)
    }

    func replacing(_ name: String, with value: JSONValue) -> JSONValue {
        guard case .object(var members) = self else { return self }
        members[name] = value
        return .object(members)
    }
}
