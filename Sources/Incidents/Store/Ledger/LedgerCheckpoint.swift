import Bytes
import Digest
import Foundation
import GRDB
import Glibc
import Trust

/// A checkpoint with its signature, as it lies in a file or in the ledger.
public struct SignedCheckpoint: Sendable, Hashable {
    /// The file's name, or `event N`.
    public var name: String
    /// What was signed: ``Checkpoint/text``.
    public var text: String
    public var signature: [UInt8]

    public init(name: String, text: String, signature: [UInt8]) {
        self.name = name
        self.text = text
        self.signature = signature
    }

    /// Reads `FILE` and the signature beside it, `FILE.sig`.
    public init(file: String) throws(StoreError) {
        guard let text = FileManager.default.contents(atPath: file) else {
            throw .cannotOpen(path: file, reason: "the file cannot be read")
        }
        guard let signature = FileManager.default.contents(atPath: file + ".sig") else {
            throw .cannotOpen(path: file + ".sig", reason: "the file cannot be read")
        }
        self.init(name: file, text: String(decoding: text, as: UTF8.self), signature: [UInt8](signature))
    }

    /// Those of a folder, the oldest first.
    public static func all(in folder: String) throws(StoreError) -> [SignedCheckpoint] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".json") }.sorted()
        var all: [SignedCheckpoint] = []
        for name in names { all.append(try SignedCheckpoint(file: folder + "/" + name)) }
        return all
    }

    /// Writes both files into a folder, which is made where it is not there; they are never written over.
    public func write(to folder: String, seq: Int64) throws(StoreError) -> String {
        try WriteOnce.makeFolder(folder, mode: 0o755)
        let digits = String(seq)
        let path = "\(folder)/checkpoint-\(String(repeating: "0", count: max(0, 9 - digits.count)) + digits).json"
        try WriteOnce.write(signature, to: path + ".sig", mode: 0o444)
        try WriteOnce.write(Array(text.utf8), to: path, mode: 0o444)
        return path
    }
}

/// How checkpoints fit a ledger.
public struct CheckpointAudit: Sendable {
    /// Whose signature is of a key that was given, and which fit.
    public var verified = 0
    /// Which fit, but whose signature cannot be checked without a key.
    public var unsigned = 0
    public var findings: [LedgerFinding] = []
}

extension IncidentStore {
    /// Signs the ledger's end as it is now, after everything that waits was sealed. The checkpoint is the next entry of the ledger.
    public func checkpoint(with key: SigningKey, by hand: Hand) throws -> (checkpoint: Checkpoint, signed: SignedCheckpoint) {
        let now = clock()
        return try write { db in
            try LedgerSeal.seal(db, actor: hand.actor, now: now)
            guard let last = try Row.fetchOne(db, sql: "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1"),
                let first = try String.fetchOne(db, sql: "SELECT hash FROM event ORDER BY seq LIMIT 1").flatMap({ SHA256Digest(hex: $0) }),
                let hash = SHA256Digest(hex: last["hash"])
            else { throw StoreError.failed(path: path, reason: "the ledger has no entry yet") }
            let checkpoint = Checkpoint(seq: last["seq"], hash: hash, first: first, time: now, key: key.publicKey.fingerprint)
            let signature = try key.signature(over: Array(checkpoint.text.utf8))
            try Ledger.append(
                db, at: now, written: now, kind: "ledger.checkpoint", actor: hand.actor, subject: "database",
                body: [
                    "checkpoint": .string(checkpoint.text), "algorithm": .string(key.publicKey.algorithm.rawValue),
                    "signature": .string(Base64.encoded(signature.rawSpan)),
                ])
            return (checkpoint, SignedCheckpoint(name: "", text: checkpoint.text, signature: signature))
        }
    }

    /// When the last checkpoint was made.
    public func lastCheckpoint() throws -> (seq: Int64, time: Timestamp)? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT seq, written_at FROM event WHERE kind = 'ledger.checkpoint' ORDER BY seq DESC LIMIT 1")
                .map { ($0["seq"], Timestamp(microseconds: $0["written_at"])) }
        }
    }

    /// Checks these checkpoints, and those that the ledger holds itself, against the ledger.
    /// - Parameter keys: whose signatures are believed; none to compare hashes alone.
    public func checkCheckpoints(_ files: [SignedCheckpoint], keys: [VerificationKey]) throws -> CheckpointAudit {
        try read { db in
            var all = files
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT seq, body ->> '$.checkpoint', body ->> '$.signature' FROM event
                    WHERE kind = 'ledger.checkpoint' AND json_valid(body) ORDER BY seq
                    """)
            for row in rows {
                let signature = (row[2] as String?).flatMap { Base64.decoded(Array($0.utf8).rawSpan) } ?? []
                all.append(SignedCheckpoint(name: "event \(row[0] as Int64)", text: row[1] ?? "", signature: signature))
            }
            let last = try Int64.fetchOne(db, sql: "SELECT max(seq) FROM event") ?? 0
            var audit = CheckpointAudit()
            for signed in all {
                guard let checkpoint = Checkpoint(text: signed.text) else {
                    audit.findings.append(.checkpoint(name: signed.name, .unreadable))
                    continue
                }
                let key = keys.first { $0.fingerprint == checkpoint.key }
                if let key, !key.accepts(signed.signature, over: Array(signed.text.utf8)) {
                    audit.findings.append(.checkpoint(name: signed.name, .badSignature))
                    continue
                }
                if key == nil && !keys.isEmpty {
                    audit.findings.append(.checkpoint(name: signed.name, .unknownKey(fingerprint: checkpoint.key.hex)))
                    continue
                }
                let hash = try String.fetchOne(db, sql: "SELECT hash FROM event WHERE seq = ?", arguments: [checkpoint.seq])
                let first = try String.fetchOne(db, sql: "SELECT hash FROM event ORDER BY seq LIMIT 1")
                if checkpoint.seq > last {
                    audit.findings.append(.checkpoint(name: signed.name, .cutOff(seq: checkpoint.seq, last: last)))
                } else if hash != checkpoint.hash.hex {
                    audit.findings.append(.checkpoint(name: signed.name, .otherHash(seq: checkpoint.seq)))
                } else if first != checkpoint.first.hex {
                    audit.findings.append(.checkpoint(name: signed.name, .otherHash(seq: 1)))
                } else if key == nil {
                    audit.unsigned += 1
                } else {
                    audit.verified += 1
                }
            }
            return audit
        }
    }
}

/// Files that are written once: whole on disk under their name, or not there.
enum WriteOnce {
    /// - Throws: where a file of that name is there, or the system refuses.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(StoreError) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        let temporary = "\(folder)/.\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        try write(bytes, temporary: temporary, mode: mode)
        defer { unlink(temporary) }
        // Unlike a rename, a link does not take the place of what is there.
        guard link(temporary, path) == 0 else { throw failure(path) }
        synchronise(folder)
    }

    /// Writes bytes to a new file and has them on disk.
    static func write(_ bytes: [UInt8], temporary: String, mode: mode_t) throws(StoreError) {
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(temporary) }
        var failed: StoreError?
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else {
                    failed = failure(temporary)
                    return
                }
                offset += count
            }
        }
        if failed == nil && fsync(descriptor) != 0 { failed = failure(temporary) }
        Glibc.close(descriptor)
        if let failed {
            unlink(temporary)
            throw failed
        }
    }

    /// Makes a folder whose parent is there, and has its name on disk; what is there already is no matter.
    static func makeFolder(_ path: String, mode: mode_t) throws(StoreError) {
        if mkdir(path, mode) == 0 { return synchronise(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".") }
        guard errno == EEXIST else {
            if errno == ENOSPC || errno == EDQUOT { throw .diskFull(path: path) }
            throw errno == EROFS ? .readOnly(path: path) : .cannotOpen(path: path, reason: "the folder cannot be made")
        }
    }

    static func failure(_ path: String) -> StoreError {
        switch errno {
        case ENOSPC, EDQUOT, EFBIG: .diskFull(path: path)
        case EROFS: .readOnly(path: path)
        case EEXIST: .cannotOpen(path: path, reason: "it exists, and is never written over")
        default: .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// A rename is on disk once its folder is.
    static func synchronise(_ folder: String) {
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Glibc.close(descriptor)
    }
}
