import Bytes
import Digest
import Foundation
import GRDB
import Glibc
import Trust

extension IncidentStore {
    /// Copies the database as it is at this moment into a new file, while others write. The copy is whole and on disk under its name, or not there.
    /// - Parameter progress: told in pages.
    public func backUp(to target: String, progress: WorkProgress = { _, _ in }) throws {
        guard !FileManager.default.fileExists(atPath: target) else { throw StoreError.cannotOpen(path: target, reason: "it exists") }
        do { try IncidentStore.copy(database, to: target, progress: progress) } catch { throw StoreError.from(error, path: target) }
    }

    static func copy(_ database: DatabaseQueue, to target: String, progress: WorkProgress = { _, _ in }) throws {
        let draft = "\(target).\(getpid()).draft"
        for end in ["", "-journal", "-wal", "-shm"] { unlink(draft + end) }
        defer { for end in ["", "-journal", "-wal", "-shm"] { unlink(draft + end) } }
        let descriptor = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw WriteOnce.failure(draft) }
        defer { Glibc.close(descriptor) }
        let copy = try DatabaseQueue(path: draft)
        try withoutActuallyEscaping(progress) { progress in
            try copy.writeWithoutTransaction { copy in
                try database.read { source in
                    // The first look at the file fixes what is copied, however long the steps take.
                    _ = try Int.fetchOne(source, sql: "SELECT count(*) FROM (SELECT 1 FROM sqlite_master LIMIT 1)")
                    try source.backup(to: copy, pagesPerStep: 4096) { progress($0.completedPageCount, $0.totalPageCount) }
                }
            }
        }
        try copy.close()
        guard fsync(descriptor) == 0, Glibc.link(draft, target) == 0 else { throw WriteOnce.failure(target) }
        WriteOnce.synchronise(target.lastIndex(of: "/").map { String(target[..<$0]) } ?? ".")
    }

    /// What a restored database was and replaced.
    public struct Restoration: Sendable {
        /// The last entry of what was restored.
        public var seq: Int64
        /// The last entry of what it replaced; nil where there was no database.
        public var replaced: Int64?
        /// Where what it replaced is kept.
        public var kept: String?
    }

    /// Puts a backup in the place of the database at `path`, in one transaction that other programs wait for; what was there is kept beside it. A
    /// backup that does not verify is refused. That it was restored is an entry of the ledger, with the end that the replaced one had.
    public static func restore(_ backup: String, to path: String, by hand: Hand) throws -> Restoration {
        let source = try IncidentStore(path: backup, mode: .inspect)
        guard try source.integrityProblems().isEmpty, try source.auditLedger().findings.isEmpty else {
            throw StoreError.doesNotVerify(path: backup)
        }
        let end = try source.ledgerHead()
        var restoration = Restoration(seq: end.seq)
        var replacedHash: SHA256Digest?
        if FileManager.default.fileExists(atPath: path) {
            let current = try IncidentStore(path: path, mode: .inspect)
            let head = try current.ledgerHead()
            restoration.replaced = head.seq
            replacedHash = head.hash
            var kept: String
            var number = 0
            repeat {
                number += 1
                kept = "\(path).replaced-\(number)"
            } while FileManager.default.fileExists(atPath: kept)
            try current.backUp(to: kept)
            try current.close()
            restoration.kept = kept
        }
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(20)
            configuration.journalMode = .wal
            let target = try DatabaseQueue(path: path, configuration: configuration)
            try source.database.backup(to: target)
            try target.close()
        } catch { throw StoreError.from(error, path: path) }
        try source.close()
        let store = try IncidentStore(path: path)
        try store.record(
            kind: "database.restored", subject: "database",
            body: [
                "backup": .string(URL(fileURLWithPath: backup).lastPathComponent), "seq": .integer(end.seq), "hash": .string(end.hash.hex),
                "replaced_seq": JSONValue(restoration.replaced), "replaced_hash": JSONValue(replacedHash?.hex),
            ], actor: hand.actor)
        return restoration
    }
}
