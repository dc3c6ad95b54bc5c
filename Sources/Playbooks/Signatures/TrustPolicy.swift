import Foundation
import Trust
import Wording
import Yams

/// Whose signatures this office accepts.
///
///     required: 1                     # signatures of different signers
///     signers:
///       - name: Đội ứng cứu sự cố tỉnh
///         key: MCowBQYDK2VwAyEA…      # base64 of the public key, as in a signature; or key_file: /etc/…/team.pem
///         playbooks: [playbook--…]    # left out: all
///         until: 2027-12-31T00:00:00Z
public struct TrustPolicy: Sendable {
    public struct Signer: Sendable {
        public var name: String
        public var fingerprint: String
        public var der: Data
        /// Nil for all.
        public var playbooks: [String]?
        public var until: Date?
    }

    public var signers: [Signer]
    /// How many different signers a playbook needs.
    public var required: Int
    /// Where it was read.
    public var path: String

    /// - Throws: ``PlaybookRunError/secret(name:reason:)`` where it is no policy, or others may change it.
    /// - Parameters:
    ///   - file: YAML.
    ///   - isShipped: it lies beside the program's own files: whoever can change it can change those as well.
    public init(file: String, isShipped: Bool = false) throws {
        let text: String
        if isShipped {
            guard let data = FileManager.default.contents(atPath: file), let read = String(validating: data, as: UTF8.self) else {
                throw PlaybookRunError.secret(name: file, reason: "cannot be read")
            }
            text = read
        } else {
            text = try PrivateFile.read(file, name: file, mask: 0o022)
        }
        func fail(_ reason: String) -> PlaybookRunError { .secret(name: file, reason: reason) }
        guard let root = try? Yams.compose(yaml: text)?.mapping else { throw fail("no YAML") }
        for (key, _) in root where !["required", "signers"].contains(key.string) { throw fail("unknown key \(key.string ?? "")") }
        required = max(1, root["required"]?.int ?? 1)
        path = file
        signers = []
        for entry in root["signers"]?.sequence ?? [] {
            guard let fields = entry.mapping, let name = fields["name"]?.string else { throw fail("a signer without a name") }
            for (key, _) in fields where !["name", "key", "key_file", "playbooks", "until"].contains(key.string) {
                throw fail("\(name): unknown key \(key.string ?? "")")
            }
            var written = fields["key"]?.string ?? ""
            if let path = fields["key_file"]?.string {
                written = try PrivateFile.read(path, name: path, mask: 0o022)
            }
            let lines = written.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
            guard let der = Base64.decode(lines), let key = VerificationKey(der: [UInt8](der)) else { throw fail("\(name): no public key") }
            var until: Date?
            if let text = fields["until"]?.string {
                guard let moment = Moment(text) else { throw fail("\(name): until: expected a time such as 2027-12-31T00:00:00Z") }
                until = moment.date
            }
            signers.append(
                Signer(
                    name: name, fingerprint: key.fingerprint.hex, der: der,
                    playbooks: fields["playbooks"]?.sequence.map { $0.compactMap(\.string) }, until: until))
        }
    }

    public func signer(of verification: SignatureVerification, playbook: String, on date: Date = Date()) -> Signer? {
        signers.first { signer in
            signer.fingerprint == verification.fingerprint && (signer.playbooks?.contains(playbook) ?? true)
                && (signer.until.map { date <= $0 } ?? true)
        }
    }
}

/// Whether a playbook may do things by itself.
public struct TrustJudgement: Sendable {
    public var verifications: [SignatureVerification]
    /// Names of trusted signers whose signatures are valid now.
    public var signers: [String]
    public var isTrusted: Bool
    /// Why not, in both languages.
    public var reason: BilingualText

    public init(_ playbook: Playbook, policy: TrustPolicy?, on date: Date = Date()) {
        self.init(playbook.source, policy: policy, on: date)
    }

    /// - Parameters:
    ///   - document: a playbook, or what is only signed like one.
    ///   - certificates: keys or certificates (DER) for signatures that only name theirs; they are not trusted by that.
    public init(_ document: JSONValue, policy: TrustPolicy?, certificates: [Data] = [], on date: Date = Date()) {
        let id = document["id"]?.text ?? ""
        verifications = PlaybookSignatures.verify(document, on: date, keys: (policy?.signers.map(\.der) ?? []) + certificates)
        var names: Set<String> = []
        for verification in verifications {
            guard case .valid = verification.state, let signer = policy?.signer(of: verification, playbook: id, on: date) else {
                continue
            }
            names.insert(signer.name)
        }
        signers = names.sorted()
        isTrusted = policy != nil && names.count >= (policy?.required ?? 1)
        if verifications.isEmpty {
            reason = BilingualText("chưa được ký", "is not signed")
        } else if verifications.contains(where: { $0.state == .changed || $0.state == .other }) && names.isEmpty {
            reason = BilingualText("đã bị sửa sau khi ký", "was changed after it was signed")
        } else if policy == nil {
            reason = BilingualText(
                "có chữ ký, nhưng chưa có danh sách người ký được tin (trust.yaml)", "is signed, but there is no trust policy (trust.yaml)")
        } else if names.isEmpty {
            reason = BilingualText("không có chữ ký còn hiệu lực của người được tin", "has no valid signature of a trusted signer")
        } else {
            reason = BilingualText("chưa đủ \(policy?.required ?? 1) chữ ký", "has fewer than \(policy?.required ?? 1) signatures")
        }
    }
}
