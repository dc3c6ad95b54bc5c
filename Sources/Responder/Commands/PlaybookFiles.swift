import ArgumentParser
import Foundation
import Incidents
import Playbooks
import Terminal
import Trust
import Wording

struct PlaybookVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: HelpText.text("Check a playbook's signatures."),
        discussion: HelpText.text(
            """
            Exit code 0 when it is signed and every signature fits its text, whoever made it; with --trusted only when enough signers whom the \
            office trusts signed it and their signatures are valid now. Else 1.
            """))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: ArgumentHelp(HelpText.text("Name, file or id.")), completion: Suggestions.playbooks) var name: String
    @Option(help: ArgumentHelp(HelpText.text("Whose signatures count, YAML."), valueName: "file"), completion: .file()) var trust: String?
    @Flag(help: ArgumentHelp(HelpText.text("Demand signers whom the office trusts."))) var trusted = false
    @Option(
        help: ArgumentHelp(HelpText.text("A signer's certificate or public key, for signatures that only name it."), valueName: "file"),
        completion: .file())
    var certificate: [String] = []
    @Flag(
        help: ArgumentHelp(
            HelpText.text("Get certificates from where signatures say that they lie (https). That does not make them trusted.")))
    var fetch = false
    @Option(
        help: ArgumentHelp(HelpText.text("Authorities that web servers may show with --fetch, PEM."), valueName: "file"),
        completion: .file())
    var authorities: String?
    @Option(help: ArgumentHelp(HelpText.text("Judge validity at this moment instead of now."), valueName: "time")) var at: String?

    func run() throws {
        let session = Session(options: common)
        let document = try place.shelf.document(name)
        var date = Date()
        if let at {
            guard let moment = Moment(at) else {
                throw UsageError(
                    "--at \(at): cần thời điểm như 2026-11-21T08:00:00Z", "--at \(at): expected a time such as 2026-11-21T08:00:00Z")
            }
            date = moment.date
        }
        let policy = try PlaybookTrust(file: trust, shelf: place.shelf).policy
        var certificates = try certificate.map { try SignerCertificate.read($0) }
        if fetch {
            for url in SignerCertificate.addresses(in: document) {
                certificates.append(try SignerCertificate.fetch(url, authorities: authorities))
            }
        }
        let judgement = TrustJudgement(document, policy: policy, certificates: certificates, on: date)
        if common.json {
            try session.show(
                .object([
                    "playbook": JSONValue(document["id"]?.text), "trusted": .bool(judgement.isTrusted),
                    "signers": .array(judgement.signers.map { .string($0) }), "policy": JSONValue(policy?.path),
                    "signatures": .array(judgement.verifications.map { json($0, document, policy, date) }),
                ]))
        } else {
            if judgement.verifications.isEmpty { session.say("Kịch bản chưa được ký.", "The playbook is not signed.") }
            for verification in judgement.verifications { show(verification, document, policy, date, session) }
            session.say(
                judgement.isTrusted
                    ? "Được tin: \(judgement.signers.joined(separator: ", "))."
                    : "Không được tin: kịch bản \(judgement.reason.vietnamese).",
                judgement.isTrusted
                    ? "Trusted: \(judgement.signers.joined(separator: ", "))." : "Not trusted: the playbook \(judgement.reason.english).")
        }
        let fit = !judgement.verifications.isEmpty && judgement.verifications.allSatisfy(\.fits)
        if trusted ? !judgement.isTrusted : !fit { throw CommandFailure(code: .failed, message: nil) }
    }

    private func describe(_ state: SignatureVerification.State) -> (
        word: String, vietnamese: String, english: String, reading: SignatureReading?
    ) {
        switch state {
        case .valid(let reading): ("valid", "hợp lệ, \(reading.vietnamese)", "valid, \(reading.english)", reading)
        case .changed: ("changed", "SAI: nội dung đã đổi sau khi ký, hoặc khóa khác", "WRONG: changed after signing, or another key", nil)
        case .unknown(let reason): ("unknown", "không kiểm tra được: \(reason)", "cannot be checked: \(reason)", nil)
        case .revoked: ("revoked", "đã bị thu hồi", "revoked", nil)
        case .notValidNow(let reading, let from, let until):
            (
                "not_valid_now", "đúng (\(reading.vietnamese)), nhưng chỉ có hiệu lực \(from ?? "…") – \(until ?? "…")",
                "correct (\(reading.english)), but only valid \(from ?? "…") – \(until ?? "…")", reading
            )
        case .other: ("other", "là chữ ký của kịch bản hoặc bản khác", "is about another playbook or version", nil)
        }
    }

    private func json(_ verification: SignatureVerification, _ document: JSONValue, _ policy: TrustPolicy?, _ date: Date) -> JSONValue {
        let state = describe(verification.state)
        return .object([
            "id": .string(verification.id), "signee": .string(verification.signee), "algorithm": .string(verification.algorithm),
            "state": .string(state.word), "reading": JSONValue(state.reading?.rawValue), "text": .string(state.english),
            "fingerprint": JSONValue(verification.fingerprint), "created": .string(verification.created),
            "trusted_as": JSONValue(policy?.signer(of: verification, playbook: document["id"]?.text ?? "", on: date)?.name),
            "countersigned": .array(verification.countersigned.map { json($0, document, policy, date) }),
        ])
    }

    private func show(
        _ verification: SignatureVerification, _ document: JSONValue, _ policy: TrustPolicy?, _ date: Date, _ session: Session,
        indent: String = ""
    ) {
        let state = describe(verification.state)
        let signer = policy?.signer(of: verification, playbook: document["id"]?.text ?? "", on: date)?.name
        print(indent + DisplayText.safe("\(verification.signee)  \(verification.algorithm)  \(verification.created)"))
        print(indent + "  " + DisplayText.safe(session.text(state.vietnamese, state.english)))
        if let fingerprint = verification.fingerprint {
            print(
                indent + "  " + session.text("khóa ", "key ") + fingerprint.prefix(32) + "… "
                    + (signer ?? session.text("(không có trong danh sách)", "(in no policy)")))
        }
        for other in verification.countersigned { show(other, document, policy, date, session, indent: indent + "    ") }
    }
}

struct PlaybookSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: HelpText.text("Sign a playbook; its file gets the signature."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The playbook's file.")), completion: .file()) var file: String
    @Option(help: ArgumentHelp(HelpText.text("Private key, PEM; only its owner may read it."), valueName: "file"), completion: .file())
    var key: String
    @OptionGroup var passphrase: PassphraseOption
    @Option(help: ArgumentHelp(HelpText.text("Who signs, as readers see it."), valueName: "name")) var signee: String
    @Option(help: ArgumentHelp(HelpText.text("Identity of who signs: identity--<uuid>."), valueName: "id")) var identity: String?
    @Option(help: ArgumentHelp(HelpText.text("RS256 … ES512, PS256 …, Ed25519; by the key by default."), valueName: "name")) var algorithm:
        String?
    @Option(help: ArgumentHelp(HelpText.text("The signature's last moment."), valueName: "time")) var until: String?
    @Option(help: ArgumentHelp(HelpText.text("What is signed: hex (as the OASIS example), bytes or once."), valueName: "reading"))
    var reading: SignatureReading = .hexadecimal
    @Flag(help: ArgumentHelp(HelpText.text("Take other signatures away."))) var replace = false
    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp(HelpText.text("Where to write; the same file by default."), valueName: "file"),
        completion: .file())
    var output: String?

    func run() throws {
        let session = Session(options: common)
        let text = try PlaybookText.text(of: file)
        let node = try PlaybookText.parse(text, path: file)
        guard node.value["type"]?.text == "playbook" else {
            throw PlaybookFileError.notAPlaybook(path: file, type: node.value["type"]?.text)
        }
        let signed: JSONValue
        let fingerprint: String
        do {
            let key = try SigningKey(file: key, passphrase: passphrase.keyPassphrase)
            guard let chosen = algorithm.map(JWSAlgorithm.init(rawValue:)) ?? key.publicKey.jwsAlgorithm else {
                throw UsageError(
                    "--algorithm: một trong \(JWSAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))",
                    "--algorithm: one of \(JWSAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            var end: Date?
            if let until {
                guard let moment = Moment(until) else {
                    throw UsageError(
                        "--until \(until): cần thời điểm như 2027-12-31T00:00:00Z",
                        "--until \(until): expected a time such as 2027-12-31T00:00:00Z")
                }
                end = moment.date
            }
            signed = try PlaybookSignatures.sign(
                node.value, with: key, by: chosen, signee: signee, createdBy: identity, id: "jss--" + UUID().uuidString.lowercased(),
                until: end,
                reading: reading, replaces: replace)
            fingerprint = key.publicKey.fingerprint.hex
        } catch let error as PlaybookSignatureError {
            throw CommandFailure(code: .failed, message: "vonggac: \(error.description)")
        }
        let result = node.with("signatures", signed["signatures"] ?? .null)
        try (PlaybookText.isJSON(text) ? result.jsonText() : result.yamlText()).write(
            toFile: output ?? file, atomically: true, encoding: .utf8)
        session.say("Đã ký \(output ?? file), khóa \(fingerprint.prefix(16))…", "Signed \(output ?? file), key \(fingerprint.prefix(16))…")
    }
}

extension SignatureReading: ExpressibleByArgument {}

struct PlaybookKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: HelpText.text(
            "Make a key for signing: FILE is the private half, FILE.pub the public one; shows the lines for trust.yaml."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("File for the private key; it must not exist.")), completion: .file()) var file: String
    @Option(help: ArgumentHelp(HelpText.text("RS256 … ES512, PS256 …, Ed25519."), valueName: "name")) var algorithm = "Ed25519"
    @Option(help: ArgumentHelp(HelpText.text("Name for trust.yaml."), valueName: "name")) var name = "signer"

    func run() throws {
        let session = Session(options: common)
        guard let algorithm = JWSAlgorithm(rawValue: algorithm) else {
            throw UsageError(
                "--algorithm: một trong \(JWSAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))",
                "--algorithm: one of \(JWSAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let key = try SigningKey.make(for: algorithm)
        try key.write(to: file)
        if common.json {
            return try session.show(
                .object([
                    "file": .string(file), "key": .string(key.publicKey.base64), "fingerprint": .string(key.publicKey.fingerprint.hex),
                ]))
        }
        print("signers:\n  - name: \(name)\n    key: \(key.publicKey.base64)")
    }
}

struct PlaybookConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: HelpText.text("Write a playbook as YAML or as JSON; it stays the same playbook."),
        discussion: HelpText.text("Comments of YAML are an extension of the playbook in JSON, and come back at their places."))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: ArgumentHelp(HelpText.text("Name, file or id.")), completion: Suggestions.playbooks) var name: String
    @Option(help: ArgumentHelp(HelpText.text("yaml or json; the other one than the file's by default."), valueName: "format")) var to:
        PlaybookFormat?
    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp(HelpText.text("Where to write; the terminal by default."), valueName: "file"),
        completion: .file()) var output: String?

    func run() throws {
        let session = Session(options: common)
        let path = try place.shelf.path(name)
        let text = try PlaybookText.text(of: path)
        let node = try PlaybookText.parse(text, path: path)
        let isJSON = PlaybookText.isJSON(text)
        let format = to ?? output.flatMap { PlaybookFormat(ending: $0) } ?? (isJSON ? .yaml : .json)
        let result = try format == .json ? node.jsonText() : node.yamlText()
        // Nobody should learn later that something was lost.
        guard
            try PlaybookText.parse(result, path: path).value == node.value
                || (try PlaybookText.parse(result, path: path).value.canonicalText()) == node.value.canonicalText()
        else {
            throw CommandFailure(
                code: .failed,
                message: session.text(
                    "vonggac: \(path): không ghi được thành \(format.rawValue) mà không mất gì",
                    "vonggac: \(path): cannot be written as \(format.rawValue) without loss"))
        }
        if let output {
            try result.write(toFile: output, atomically: true, encoding: .utf8)
        } else {
            print(result, terminator: "")
        }
    }
}

enum PlaybookFormat: String, ExpressibleByArgument, CaseIterable {
    case yaml, json

    init?(ending path: String) {
        if path.hasSuffix(".json") {
            self = .json
        } else if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
            self = .yaml
        } else {
            return nil
        }
    }
}

struct PlaybookNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: HelpText.text("Begin a playbook from a template: a shipped one, or an empty one with the common steps."),
        discussion: HelpText.text("It gets a new id, your name as its author is left to you, and it is not signed."))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: ArgumentHelp(HelpText.text("File to write; .json or .yaml.")), completion: .file()) var file: String
    @Option(help: ArgumentHelp(HelpText.text("A playbook to begin from."), valueName: "name")) var from: String = "other"
    @Option(help: ArgumentHelp(HelpText.text("Its name, “Tiếng Việt / English”."), valueName: "text")) var title: String?
    @Option(help: ArgumentHelp(HelpText.text("Identity of the author: identity--<uuid>."), valueName: "id")) var identity: String?

    func run() throws {
        let session = Session(options: common)
        guard !FileManager.default.fileExists(atPath: file) else {
            throw CommandFailure(code: .refused, message: session.text("vonggac: \(file) đã có", "vonggac: \(file) exists"))
        }
        let path = try place.shelf.path(from)
        var node = try PlaybookText.parse(PlaybookText.text(of: path), path: path)
        let template = node.value
        let now = Moment(Date()).text
        node = node.with("id", .string("playbook--" + UUID().uuidString.lowercased()))
        node = node.with("created", .string(now)).with("modified", .string(now)).with("signatures", .null)
        node = node.with("derived_from", .array([template["id"] ?? .null]))
        if let title { node = node.with("name", .string(title)) }
        if let identity { node = node.with("created_by", .string(identity)) }
        let text = file.hasSuffix(".json") ? try node.jsonText() : "# vonggac playbook validate \(file)\n" + (try node.yamlText())
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        session.say(
            "\(file): bắt đầu từ “\(from)”. Sửa, rồi: vonggac playbook validate \(file)",
            "\(file): begun from \(from). Edit it, then: vonggac playbook validate \(file)")
    }
}
