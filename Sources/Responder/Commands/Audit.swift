import ArgumentParser
import Bytes
import Foundation
import Incidents
import Terminal
import Trust

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: HelpText.text("The ledger: every entry, the proof that none was changed, and signed checkpoints."),
        subcommands: [AuditShow.self, AuditVerify.self, AuditCheckpoint.self, AuditKey.self])
}

struct AuditShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: HelpText.text("Entries of the ledger, the newest first; with a number, that entry whole."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Number of an entry."))) var seq: Int64?
    @Option(
        help: ArgumentHelp(HelpText.text("Only about this: incident/VG-2026-0001, evidence/SHA256, sensor/NAME …"), valueName: "subject"))
    var subject: String?
    @Option(help: ArgumentHelp(HelpText.text("Only of this kind, or of kinds that begin so, such as evidence."), valueName: "kind"))
    var kind: String?
    @Option(help: ArgumentHelp(HelpText.text("Only by this person or sensor:NAME."), valueName: "name")) var by: String?
    @OptionGroup var list: ListOptions

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        if let seq {
            let entry = try store.entry(seq)
            if common.json { return try session.show(entry.json) }
            let facts: [(String, String)] = [
                (session.text("Mục", "Entry"), String(entry.seq)), (session.text("Lúc", "When"), LocalTime.text(entry.time)),
                (session.text("Ghi lúc", "Written"), LocalTime.text(entry.writtenAt)), (session.text("Ai", "Who"), entry.actor),
                (session.text("Việc", "What"), entry.kind), (session.text("Về", "About"), entry.subject),
                (session.text("Mã băm trước", "Previous"), entry.previous), (session.text("Mã băm", "Hash"), entry.hash),
            ]
            for (name, value) in facts { print(DisplayText.fitted(name, to: 14) + DisplayText.safe(value)) }
            return print(DisplayText.safe(entry.body))
        }
        let entries = try store.entries(
            subject: subject, kindPrefix: kind, actor: by, from: list.from(), until: list.end(), limit: list.count, offset: list.offset)
        if common.json { return try session.show(.array(entries.map(\.json))) }
        if entries.isEmpty { return session.say("Không có mục nào.", "No entries.") }
        var table = Table([
            "#", session.text("Lúc", "When"), session.text("Ai", "Who"), session.text("Việc", "What"), session.text("Về", "About"),
        ])
        for entry in entries { table.add([String(entry.seq), LocalTime.text(entry.time), entry.actor, entry.kind, entry.subject]) }
        session.show(table)
    }
}

extension LedgerEntry {
    var json: JSONValue {
        .object([
            "seq": .integer(seq), "time": .time(time), "written_at": .time(writtenAt), "kind": .string(kind), "actor": .string(actor),
            "subject": .string(subject), "body": (try? JSONValue(parsing: body)) ?? .string(body), "previous": .string(previous),
            "hash": .string(hash),
        ])
    }
}

struct AuditVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: HelpText.text("Prove that the record is whole: the chain, every table, every alert, every checkpoint."),
        discussion: HelpText.text(
            """
            Re-computes the chain, rebuilds every table from it and compares row by row, compares each alert with its seal, and checkpoints with \
            the entries that they name. Give the public key and checkpoints that were kept elsewhere: whoever can change the database can change \
            what lies beside it. docs/verify-ledger.md says how to do it without this program.
            """))
    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(HelpText.text("Public key that checkpoints must be signed with; repeat for more."), valueName: "file"),
        completion: .file())
    var key: [String] =
        []
    @Option(
        help: ArgumentHelp(
            HelpText.text("A checkpoint, or a folder of them, that was kept elsewhere; repeat for more."), valueName: "file"),
        completion: .file())
    var checkpoint: [String] = []
    @Flag(help: ArgumentHelp(HelpText.text("Only the chain and the checkpoints."))) var chain = false

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.inspect)
        var keys = try key.map { try VerificationKey(file: $0) }
        if keys.isEmpty, let own = try? VerificationKey(file: session.ledgerKey + ".pub") { keys = [own] }
        var files = try SignedCheckpoint.all(in: session.checkpoints)
        for path in checkpoint {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            files += isFolder.boolValue ? try SignedCheckpoint.all(in: path) : [try SignedCheckpoint(file: path)]
        }
        let audit = try session.watched("Kiểm tra sổ", "Checking the ledger") { try store.auditLedger(chainOnly: chain, progress: $0) }
        let checkpoints = try store.checkCheckpoints(files, keys: keys)
        let findings = audit.findings + checkpoints.findings
        if common.json {
            try session.show(
                .object([
                    "entries": .integer(audit.count), "head": .string(audit.head.hex), "last": .integer(audit.last),
                    "findings": .array(findings.map { .string($0.english) }), "waiting": .integer(Int64(audit.waiting)),
                    "checkpoints_verified": .integer(Int64(checkpoints.verified)),
                    "checkpoints_without_key": .integer(Int64(checkpoints.unsigned)),
                ]))
        } else {
            for finding in findings { print(DisplayText.safe(session.text(of: finding))) }
            session.say(
                "\(audit.count) mục, \(findings.count) sai lệch; mục cuối \(audit.last), mã băm",
                "\(audit.count) entries, \(findings.count) findings; the last is \(audit.last), with the hash")
            print(audit.head.hex)
            if checkpoints.verified > 0 {
                session.say("\(checkpoints.verified) mốc xác nhận đúng chữ ký.", "\(checkpoints.verified) checkpoints fit and are signed.")
            }
            if checkpoints.unsigned > 0 {
                session.say(
                    "\(checkpoints.unsigned) mốc xác nhận khớp, chưa kiểm chữ ký; hãy thêm --key.",
                    "\(checkpoints.unsigned) checkpoints fit; give --key to check their signatures.")
            }
            if audit.waiting > 0 {
                session.say(
                    "\(audit.waiting) dòng mới chờ ghi vào sổ (trong vòng một phút).",
                    "\(audit.waiting) new rows wait to be sealed (within a minute).")
            }
        }
        if !findings.isEmpty { throw CommandFailure(code: .failed, message: nil) }
    }
}

extension Session {
    /// The private key that signs checkpoints and packages; its public half has `.pub` behind it.
    var ledgerKey: String { folder + "/keys/ledger.key" }
    var checkpoints: String { folder + "/checkpoints" }

    /// - Parameter path: nil for the one of the state folder.
    func signingKey(_ path: String?, _ passphrase: PassphraseOption) throws -> SigningKey {
        if path == nil && !FileManager.default.fileExists(atPath: ledgerKey) {
            throw CommandFailure(
                code: .failed,
                message: "vonggac: "
                    + text(
                        "chưa có khóa ký; hãy chạy vonggac audit key create", "there is no key to sign with; run vonggac audit key create"))
        }
        return try SigningKey(file: path ?? ledgerKey, passphrase: passphrase.keyPassphrase)
    }
}

extension PassphraseSource: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// Of commands that use a private key.
struct PassphraseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            HelpText.text("Where the private key's passphrase comes from: file:PATH, env:NAME or command:WORDS."), valueName: "source"))
    var keyPassphrase: PassphraseSource?
}

struct AuditCheckpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: HelpText.text("Sign the ledger's end as it is now."),
        discussion: HelpText.text(
            """
            Writes checkpoint-SEQ.json and its signature into the state folder's checkpoints. Take copies away from this machine: on paper, by mail, on \
            another disk. With --if-older it is made for cron.
            """))
    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(HelpText.text("Private key; keys/ledger.key of the state folder by default."), valueName: "file"),
        completion: .file())
    var key: String?
    @OptionGroup var passphrase: PassphraseOption
    @Option(
        help: ArgumentHelp(HelpText.text("Also write it into this folder, such as one on another disk."), valueName: "folder"),
        completion: .directory)
    var to: [String] = []
    @Option(help: ArgumentHelp(HelpText.text("Only when the last one is older than this."), valueName: "hours")) var ifOlder: Double?

    func run() throws {
        let session = Session(options: common)
        let key = try session.signingKey(self.key, passphrase)
        let store = try session.store(.readWrite)
        if let ifOlder, let last = try store.lastCheckpoint(), abs(Timestamp.now.seconds(since: last.time)) < ifOlder * 3600 {
            if common.json { return try session.show(.object(["seq": .integer(last.seq), "made": .bool(false)])) }
            return session.say(
                "Mốc gần nhất: \(LocalTime.text(last.time)); chưa cần mốc mới.",
                "The last one is of \(LocalTime.text(last.time)); no new one is needed.")
        }
        let (checkpoint, signed) = try store.checkpoint(with: key, by: session.hand())
        var paths: [String] = []
        for folder in [session.checkpoints] + to { paths.append(try signed.write(to: folder, seq: checkpoint.seq)) }
        if common.json {
            return try session.show(
                .object([
                    "seq": .integer(checkpoint.seq), "hash": .string(checkpoint.hash.hex), "made": .bool(true),
                    "files": .array(paths.map { .string($0) }), "key": .string(checkpoint.key.hex),
                ]))
        }
        session.say(
            "Đã ký mục \(checkpoint.seq), mã băm \(checkpoint.hash.hex)",
            "Signed entry \(checkpoint.seq) with the hash \(checkpoint.hash.hex)")
        for path in paths { print("  " + path) }
    }
}

extension SignatureAlgorithm: ExpressibleByArgument {}

struct AuditKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: HelpText.text("Keys that sign checkpoints and packages of evidence."),
        subcommands: [AuditKeyCreate.self, AuditKeyShow.self])
}

struct AuditKeyCreate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: HelpText.text("Make a key: the private half (mode 0600), and the public one with .pub behind its name."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Where; keys/ledger.key of the state folder by default.")), completion: .file()) var file:
        String?
    @Option(help: ArgumentHelp(HelpText.text("ed25519, rsa or ecdsa."))) var algorithm: SignatureAlgorithm = .ed25519
    @OptionGroup var passphrase: PassphraseOption

    func run() throws {
        let session = Session(options: common)
        let path = file ?? session.ledgerKey
        if file == nil {
            try FileManager.default.createDirectory(
                atPath: session.folder + "/keys", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        let key = try SigningKey.make(algorithm)
        try key.write(to: path, passphrase: passphrase.keyPassphrase)
        if common.json {
            return try session.show(
                .object([
                    "private": .string(path), "public": .string(path + ".pub"), "fingerprint": .string(key.publicKey.fingerprint.hex),
                ]))
        }
        session.say(
            "Khóa riêng \(path), khóa công khai \(path).pub\nDấu vân tay \(key.publicKey.fingerprint.hex)",
            "Private key \(path), public key \(path).pub\nFingerprint \(key.publicKey.fingerprint.hex)")
        session.say(
            "Hãy trao khóa công khai và dấu vân tay cho người sẽ kiểm tra.",
            "Give the public key and the fingerprint to whoever is going to verify.")
    }
}

struct AuditKeyShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: HelpText.text("The public half of a key and its fingerprint."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Public or private key; that of the state folder by default.")), completion: .file())
    var file: String?

    func run() throws {
        let session = Session(options: common)
        let key = try VerificationKey(file: file ?? session.ledgerKey + ".pub")
        if common.json {
            return try session.show(
                .object([
                    "algorithm": .string(key.algorithm.rawValue), "fingerprint": .string(key.fingerprint.hex), "public": .string(key.text),
                ]))
        }
        print("\(key.algorithm.rawValue)  \(key.fingerprint.hex)")
        print(key.text, terminator: "")
    }
}
