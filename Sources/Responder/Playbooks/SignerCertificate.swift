import Foundation
import Playbooks
import Trust
import Wording

/// Certificates of signatures that only say where theirs lies. Only who asks for it gets one over the network: what is there may be another
/// by now, and asking tells its owner who reads the playbook.
enum SignerCertificate {
    /// Reads PEM or DER, a certificate or a public key.
    static func read(_ path: String) throws -> Data {
        guard let data = FileManager.default.contents(atPath: path) else { throw SigningError.unreadable(path: path) }
        guard let der = der(data), VerificationKey(der: [UInt8](der)) != nil else { throw SigningError.notAKey(path: path) }
        return der
    }

    private static func der(_ data: Data) -> Data? {
        guard let text = String(validating: data, as: UTF8.self), let begin = text.firstRange(of: "-----BEGIN ") else { return data }
        let lines = text[begin.lowerBound...].split(whereSeparator: \.isNewline).dropFirst().prefix { !$0.hasPrefix("-----") }
        return Data(base64Encoded: lines.joined())
    }

    /// Where the signatures of a playbook say that their certificates lie.
    static func addresses(in document: JSONValue) -> [String] {
        var found: [String] = []
        func look(_ signature: JSONValue, _ depth: Int) {
            if let url = signature["cert_url"]?.text, !found.contains(url) { found.append(url) }
            if depth < 4, let counter = signature["signature"] { look(counter, depth + 1) }
        }
        for signature in (document["signatures"]?.elements ?? []).prefix(PlaybookSignatures.most) { look(signature, 0) }
        return found
    }

    /// Gets one: https alone, no redirects, at most 64 KiB.
    static func fetch(_ url: String, authorities: String?) throws -> Data {
        func fail(_ reason: String) -> CommandFailure { CommandFailure(code: .failed, message: "vonggac: \(url): \(reason)") }
        guard url.hasPrefix("https://"), url.utf8.count < 2000, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c })
        else { throw fail("only https:// is fetched") }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vonggac-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var options = [
            "-q", "--silent", "--show-error", "--fail", "--proto", "=https", "--max-redirs", "0", "--max-filesize", "65536", "--max-time",
            "30",
            "--globoff", "--output", folder + "/certificate",
        ]
        if let authorities { options += ["--cacert", authorities] }
        let result = try CommandRunner().run(program: "/usr/bin/curl", options + ["--", url], timeout: 40_000)
        guard result.status == 0, !result.timedOut else {
            throw fail(result.output.split(separator: "\n").first.map(String.init) ?? "curl \(result.status)")
        }
        guard let data = FileManager.default.contents(atPath: folder + "/certificate"), data.count <= 65_536, let der = der(data),
            VerificationKey(der: [UInt8](der)) != nil
        else { throw fail("no certificate or public key") }
        return der
    }
}
