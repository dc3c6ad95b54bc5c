import Foundation
import Testing
import Trust

@testable import Playbooks

@Suite struct SignatureTests {
    private let playbook: JSONValue = [
        "type": "playbook", "spec_version": "cacao-2.0", "id": "playbook--a0777575-5c4c-4710-9f01-15776103837f",
        "name": "Kịch bản / Playbook",
        "modified": "2026-11-21T00:00:00.000Z", "numbers": [1, 1.5, -0.0000001], "€": "\u{1F600}", "workflow": [:],
    ]
    private let jss = "jss--af892292-c4b4-47eb-9be6-4897ff4b9388"

    private func sign(_ value: JSONValue, _ key: SigningKey, _ algorithm: JWSAlgorithm, _ reading: SignatureReading = .hexadecimal)
        throws -> JSONValue
    {
        try PlaybookSignatures.sign(value, with: key, by: algorithm, signee: "Đội", createdBy: nil, id: jss, reading: reading)
    }

    @Test(arguments: JWSAlgorithm.allCases) func everyAlgorithmAndReading(_ algorithm: JWSAlgorithm) throws {
        let key = try SigningKey.make(for: algorithm)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString)").path
        defer { for end in ["", ".pub"] { try? FileManager.default.removeItem(atPath: path + end) } }
        try key.write(to: path)
        let copy = try SigningKey(file: path)
        #expect(copy.publicKey.fingerprint == key.publicKey.fingerprint)
        for reading in SignatureReading.allCases {
            let signed = try sign(playbook, copy, algorithm, reading)
            #expect(PlaybookSignatures.verify(signed).map(\.state) == [.valid(reading)], "\(reading)")
            // A space in a name, another order, another writing of a number: only the first changes what was signed.
            #expect(PlaybookSignatures.verify(signed.replacing("name", with: "Kịch bản / Playbook ")).map(\.state) == [.changed])
            let again = try JSONValue(parsing: signed.canonicalText())
            #expect(PlaybookSignatures.verify(again).map(\.state) == [.valid(reading)])
        }
        let value = try #require(try sign(playbook, key, algorithm)["signatures"]?.elements?.first?["value"]?.text)
        #expect(!value.contains("=") && !value.contains("+") && !value.contains("/"))
    }

    @Test func severalSignersAreIndependent() throws {
        let (first, second) = (try SigningKey.make(for: .ed25519), try SigningKey.make(for: .es256))
        var signed = try sign(sign(playbook, first, .ed25519), second, .es256)
        #expect(PlaybookSignatures.verify(signed).map(\.state) == [.valid(.hexadecimal), .valid(.hexadecimal)])
        // Signing again replaces one's own signature only.
        signed = try sign(signed, first, .ed25519)
        #expect(signed["signatures"]?.elements?.count == 2)
        // Taking one away does not hurt the other.
        let one = signed.replacing("signatures", with: .array([signed["signatures"]!.elements![0]]))
        #expect(PlaybookSignatures.verify(one).map(\.state) == [.valid(.hexadecimal)])
    }

    @Test func revokedExpiredAndForeignSignaturesDoNotCount() throws {
        let key = try SigningKey.make(for: .ed25519)
        let signed = try sign(playbook, key, .ed25519)
        func altered(_ name: String, _ value: JSONValue) -> JSONValue {
            let signature = signed["signatures"]!.elements![0]
            return signed.replacing("signatures", with: .array([signature.replacing(name, with: value)]))
        }
        // Everything but the value is covered.
        #expect(PlaybookSignatures.verify(altered("signee", "Ai đó")).map(\.state) == [.changed])
        #expect(PlaybookSignatures.verify(altered("algorithm", "RS256")).map(\.state) == [.changed])
        #expect(PlaybookSignatures.verify(altered("value", "AAAA")).map(\.state) == [.changed])
        #expect(
            PlaybookSignatures.verify(altered("algorithm", "LMS_SHA256_M32_H5")).first.map {
                if case .unknown = $0.state { true } else { false }
            } == true)
        let until = try PlaybookSignatures.sign(
            playbook, with: key, by: .ed25519, signee: "x", createdBy: nil, id: jss, until: Date(timeIntervalSinceNow: 3600))
        #expect(PlaybookSignatures.verify(until).map(\.state) == [.valid(.hexadecimal)])
        let late = PlaybookSignatures.verify(until, on: Date(timeIntervalSinceNow: 7200))
        #expect(late.first.map { if case .notValidNow = $0.state { true } else { false } } == true)
        // A newer version of the playbook has not been signed.
        #expect(PlaybookSignatures.verify(signed.replacing("modified", with: "2026-11-22T00:00:00.000Z")).map(\.state) == [.changed])
    }

    /// The example of the specification (Examples/CACAO-2.0/signature-example-rsa.md, made up of public data): the hash in hexadecimal is what
    /// RS256 signs. Its private key is not needed here: a key of the same kind signs the same way.
    @Test func readingsDiffer() throws {
        let key = try SigningKey.make(for: .rs256)
        var states: Set<SignatureReading> = []
        for reading in SignatureReading.allCases {
            let signed = try sign(playbook, key, .rs256, reading)
            if case .valid(let found)? = PlaybookSignatures.verify(signed).first?.state { states.insert(found) }
        }
        #expect(states == Set(SignatureReading.allCases))
    }

    @Test func countersignaturesAreChecked() throws {
        let (author, leader) = (try SigningKey.make(for: .ed25519), try SigningKey.make(for: .es384))
        let signed = try sign(playbook, author, .ed25519)
        let first = try #require(signed["signatures"]?.elements?.first)
        // The leader signs the playbook with the author's signature in it.
        let counter: JSONValue = .object([
            "type": "jss", "id": .string(jss), "signee": "Đội trưởng", "hash_algorithm": "sha-256", "algorithm": "ES384",
            "created": "2026-11-21T00:00:00.000Z", "modified": "2026-11-21T00:00:00.000Z", "public_key": .string(leader.publicKey.base64),
        ])
        let covered = signed.replacing("signatures", with: .array([first.replacing("signature", with: counter)]))
        let value = Base64.url(try leader.signature(over: try covered.canonicalBytes(), by: .es384))
        let whole = signed.replacing(
            "signatures", with: .array([first.replacing("signature", with: counter.replacing("value", with: .string(value)))]))
        let verification = try #require(PlaybookSignatures.verify(whole).first)
        #expect(verification.state == .valid(.hexadecimal))
        #expect(verification.countersigned.map(\.state) == [.valid(.once)])
        #expect(verification.fits)
        let forged = whole.replacing(
            "signatures", with: .array([first.replacing("signature", with: counter.replacing("value", with: "AAAA"))]))
        #expect(PlaybookSignatures.verify(forged).first?.fits == false)
    }

    @Test func policyDecidesByKeySignerAndTime() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("trust-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (one, two) = (try SigningKey.make(for: .ed25519), try SigningKey.make(for: .es256))
        let id = playbook["id"]!.text!
        func policy(_ text: String, mode: Int = 0o600) throws -> TrustPolicy {
            let path = folder + "/trust.yaml"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            return try TrustPolicy(file: path)
        }
        let signed = try sign(playbook, one, .ed25519)
        let both = try sign(signed, two, .es256)
        func trusted(_ document: JSONValue, _ text: String) throws -> Bool { TrustJudgement(document, policy: try policy(text)).isTrusted }
        let first = "  - {name: một, key: \(one.publicKey.base64)}\n"
        let second = "  - {name: hai, key: \(two.publicKey.base64)}\n"
        try #expect(trusted(signed, "signers:\n" + first))
        try #expect(!trusted(playbook, "signers:\n" + first))
        try #expect(!trusted(signed, "signers:\n" + second))
        try #expect(!trusted(signed, "required: 2\nsigners:\n" + first + second))
        try #expect(trusted(both, "required: 2\nsigners:\n" + first + second))
        // Two keys of one signer are one signer.
        try #expect(!trusted(both, "required: 2\nsigners:\n" + first + "  - {name: một, key: \(two.publicKey.base64)}\n"))
        try #expect(!trusted(signed, "signers:\n  - {name: một, key: \(one.publicKey.base64), until: \"2020-01-01T00:00:00Z\"}\n"))
        try #expect(!trusted(signed, "signers:\n  - {name: một, key: \(one.publicKey.base64), playbooks: [playbook--x]}\n"))
        try #expect(trusted(signed, "signers:\n  - {name: một, key: \(one.publicKey.base64), playbooks: [\(id)]}\n"))
        #expect(!TrustJudgement(signed, policy: nil).isTrusted)
        #expect(throws: PlaybookRunError.self) { try policy("signers:\n" + first, mode: 0o666) }
        #expect(throws: PlaybookRunError.self) { try policy("signers:\n  - {name: x, key: zzz}\n") }
        #expect(throws: PlaybookRunError.self) { try policy("singers:\n" + first) }
    }

    @Test func rubbishNeverTraps() throws {
        let key = try SigningKey.make(for: .es256)
        let signed = try sign(playbook, key, .es256)
        let signature = signed["signatures"]!.elements![0]
        for name in ["public_key", "value", "algorithm", "hash_algorithm", "related_to"] {
            for value: JSONValue in ["", "!", "AAAA", .null, [], 7, .string(String(repeating: "A", count: 5000))] {
                _ = PlaybookSignatures.verify(signed.replacing("signatures", with: .array([signature.replacing(name, with: value)])))
            }
        }
    }
}

/// Signatures that only name their certificate.
@Suite struct NamedCertificateTests {
    @Test(arguments: ["cert_url", "thumbprint"]) func keysThatAreKnownHere(_ property: String) throws {
        let (key, other) = (try SigningKey.make(for: .ed25519), try SigningKey.make(for: .ed25519))
        let playbook: JSONValue = [
            "type": "playbook", "id": "playbook--a0777575-5c4c-4710-9f01-15776103837f", "modified": "2026-11-21T00:00:00.000Z",
        ]
        let bare: JSONValue = .object([
            "type": "jss", "id": "jss--af892292-c4b4-47eb-9be6-4897ff4b9388", "signee": "Đội", "hash_algorithm": "sha-256",
            "algorithm": "Ed25519", "created": "2026-11-21T00:00:00.000Z", "modified": "2026-11-21T00:00:00.000Z",
            property: "https://office.example/key",
        ])
        let text = try playbook.replacing("signatures", with: .array([bare])).canonicalBytes()
        let value = Base64.url(try key.signature(over: text, by: .ed25519))
        let signed = playbook.replacing("signatures", with: .array([bare.replacing("value", with: .string(value))]))
        func state(_ keys: [SigningKey]) -> SignatureVerification? {
            PlaybookSignatures.verify(signed, keys: keys.map { Data($0.publicKey.der) }).first
        }
        // Nothing is fetched: it says what to do.
        guard case .unknown(let reason)? = state([])?.state else {
            Issue.record("\(String(describing: state([])))")
            return
        }
        #expect(reason.contains(property == "cert_url" ? "--fetch" : "--certificate"))
        #expect(state([other, key])?.state == .valid(.once) && state([other, key])?.fingerprint == key.publicKey.fingerprint.hex)
        #expect(state([other])?.state == .changed)
        if case .unknown? = state([other, other])?.state {} else { Issue.record("\(String(describing: state([other, other])))") }
        // What is given is not trusted by that.
        #expect(!TrustJudgement(signed, policy: nil, certificates: [Data(key.publicKey.der)]).isTrusted)
    }
}
