import Bytes
import Digest
import Foundation
import TestSupport
import Testing

@testable import Trust

/// Keys, signatures, and that `openssl` agrees with both.
@Suite struct SigningTests {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func openssl(_ words: String...) throws -> Int32 { try Command(["openssl"] + words).finish() }

    @Test(arguments: SignatureAlgorithm.allCases) func opensslChecksWhatWasSigned(_ algorithm: SignatureAlgorithm) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/key"
        try SigningKey.make(algorithm).write(to: path)
        let key = try SigningKey(file: path)
        let text = Array("đầu chuỗi".utf8)
        let signature = try key.signature(over: text)
        let checker = try VerificationKey(file: path + ".pub")
        #expect(checker.accepts(signature, over: text))
        #expect(!checker.accepts(signature, over: text + [0]))
        #expect(!checker.accepts(signature.dropLast() + [signature[signature.count - 1] ^ 1], over: text))
        #expect(!checker.accepts([], over: text))
        #expect(try !SigningKey.make(algorithm).publicKey.accepts(signature, over: text))
        #expect(checker.fingerprint == key.publicKey.fingerprint && checker.algorithm == algorithm)

        try Data(text).write(to: URL(fileURLWithPath: folder + "/text"))
        try Data(signature).write(to: URL(fileURLWithPath: folder + "/text.sig"))
        func verify() throws -> Int32 {
            algorithm == .ed25519
                ? try openssl(
                    "pkeyutl", "-verify", "-pubin", "-inkey", path + ".pub", "-rawin", "-in", folder + "/text", "-sigfile",
                    folder + "/text.sig")
                : try openssl("dgst", "-sha256", "-verify", path + ".pub", "-signature", folder + "/text.sig", folder + "/text")
        }
        #expect(try verify() == 0)
        try Data(text + [0]).write(to: URL(fileURLWithPath: folder + "/text"))
        #expect(try verify() != 0)
    }

    /// A key under a passphrase, which `openssl` opens too; the passphrase comes from a file, the environment or a command.
    @Test func keysUnderAPassphrase() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/key"
        let secret = folder + "/secret"
        try Data("mật khẩu\nkhác".utf8).write(to: URL(fileURLWithPath: secret))
        chmod(secret, 0o644)
        #expect(throws: SigningError.exposed(path: secret, mode: 0o644)) {
            try SigningKey.make(.ed25519).write(to: path, passphrase: .file(secret))
        }
        chmod(secret, 0o600)
        let key = try SigningKey.make(.ed25519)
        try key.write(to: path, passphrase: .file(secret))
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        #expect(throws: SigningError.passphrase(path: path, isGiven: false)) { try SigningKey(file: path) }
        #expect(throws: SigningError.passphrase(path: path, isGiven: true)) {
            try SigningKey(file: path, passphrase: .command("echo không phải"))
        }
        for source in [PassphraseSource.file(secret), .command("cat '\(secret)'")] {
            #expect(try SigningKey(file: path, passphrase: source).publicKey.fingerprint == key.publicKey.fingerprint)
        }
        setenv("VONGGAC_TEST_SECRET", "mật khẩu", 1)
        let variable = PassphraseSource("env:VONGGAC_TEST_SECRET")
        #expect(try SigningKey(file: path, passphrase: variable).publicKey.fingerprint == key.publicKey.fingerprint)
        #expect(try openssl("pkey", "-in", path, "-passin", "file:" + secret, "-noout") == 0)
        #expect(throws: SigningError.noPassphrase(from: "env:VONGGAC_NO_SUCH")) {
            try SigningKey(file: path, passphrase: PassphraseSource("env:VONGGAC_NO_SUCH"))
        }
        #expect(throws: SigningError.noPassphrase(from: "command:false")) { try SigningKey(file: path, passphrase: .command("false")) }
        #expect(PassphraseSource("secret") == nil && PassphraseSource("pass:x") == nil && PassphraseSource("file:") == nil)
        // A key without one does not ask.
        try key.write(to: path + "2")
        let open = try SigningKey(file: path + "2", passphrase: .command("exit 1"))
        #expect(open.publicKey.fingerprint == key.publicKey.fingerprint)
    }

    @Test func filesOfKeys() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/key"
        let key = try SigningKey.make(.ed25519)
        try key.write(to: path)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(throws: SigningError.exists(path: path + ".pub")) { try key.write(to: path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: SigningError.exposed(path: path, mode: 0o644)) { try SigningKey(file: path) }
        try Data("no key".utf8).write(to: URL(fileURLWithPath: folder + "/other"))
        #expect(throws: SigningError.notAKey(path: folder + "/other")) { try VerificationKey(file: folder + "/other") }
        #expect(throws: SigningError.unreadable(path: folder + "/none")) { try SigningKey(file: folder + "/none") }
        // Keys that openssl makes are used as well; short ones are not.
        #expect(try openssl("genpkey", "-algorithm", "ed25519", "-out", folder + "/made") == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/made")
        #expect(try SigningKey(file: folder + "/made").publicKey.algorithm == .ed25519)
        #expect(
            try openssl("genpkey", "-quiet", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024", "-out", folder + "/short") == 0
                || openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024", "-out", folder + "/short") == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/short")
        #expect(throws: SigningError.notAKey(path: folder + "/short")) { try SigningKey(file: folder + "/short") }
    }

    /// The forms of JSON signatures, and that other algorithms and other keys do not go with a key.
    @Test(arguments: JWSAlgorithm.allCases) func jsonSignatures(_ algorithm: JWSAlgorithm) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = try SigningKey.make(for: algorithm)
        let text = Array("đầu chuỗi".utf8)
        let signature = try key.signature(over: text, by: algorithm)
        if algorithm.half > 0 { #expect(signature.count == 2 * algorithm.half) }
        let checker = try #require(VerificationKey(der: key.publicKey.der))
        #expect(checker.fingerprint == key.publicKey.fingerprint)
        #expect(checker.accepts(signature, over: text, by: algorithm))
        #expect(!checker.accepts(signature, over: text + [0], by: algorithm))
        for other in JWSAlgorithm.allCases where other != algorithm {
            #expect(!checker.accepts(signature, over: text, by: other))
            if other.kind != algorithm.kind {
                #expect(throws: SigningError.wrongAlgorithm(other)) { try key.signature(over: text, by: other) }
            }
        }
        for count in 0..<80 { #expect(!checker.accepts([UInt8](repeating: 7, count: count), over: text, by: algorithm)) }
        for count in 0..<key.publicKey.der.count { #expect(VerificationKey(der: Array(key.publicKey.der.prefix(count))) == nil) }
    }

    @Test func ellipticSignaturesInBothForms() {
        #expect(EllipticSignature.halves([0x30, 6, 2, 1, 1, 2, 1, 1], 32) != nil)
        for count in 0..<8 { _ = EllipticSignature.halves(Array([0x30, 6, 2, 1, 1, 2, 1, 1].prefix(count)), 32) }
    }

    /// Curves that are as long as those that are used, and others that are not.
    @Test(arguments: ["secp256k1", "brainpoolP256r1", "P-224"]) func otherCurvesAreNotUsed(_ curve: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:\(curve)", "-out", folder + "/other") == 0)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/other")
        #expect(throws: SigningError.notAKey(path: folder + "/other")) { try SigningKey(file: folder + "/other") }
    }

    @Test func checkpointText() throws {
        let digest = SHA256Digest(of: [1])
        let checkpoint = Checkpoint(seq: 7, hash: digest, first: digest, time: Timestamp(seconds: 5), key: digest)
        #expect(Checkpoint(text: checkpoint.text) == checkpoint)
        #expect(checkpoint.text.hasPrefix("{\"first\":\"") && checkpoint.text.contains("\"seq\":7,\"time\":5000000,"))
        #expect(Checkpoint(text: checkpoint.text.replacing("checkpoint-1", with: "checkpoint-2")) == nil)
        #expect(Checkpoint(text: "{}") == nil && Checkpoint(text: "") == nil)
    }
}
