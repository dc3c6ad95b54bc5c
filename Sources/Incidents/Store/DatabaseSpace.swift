import GRDB
import Glibc

extension IncidentStore {
    /// A log that is longer than this is copied back and cut, where nobody is in the way.
    private static let longLog: Int64 = 128 << 20

    /// Cuts the log when it has grown long: while two programs write by turns, it is never at its end by itself.
    func shortenLog() {
        var status = stat()
        guard stat(path + "-wal", &status) == 0, status.st_size > IncidentStore.longLog else { return }
        // Copied while others write; then what is left of it, with them waiting, and not for readers that take their time.
        try? database.writeWithoutTransaction { db in
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
            _ = try Row.fetchOne(db, sql: "PRAGMA busy_timeout = 50")
            defer { _ = try? Row.fetchOne(db, sql: "PRAGMA busy_timeout = \(IncidentStore.patience * 1000)") }
            _ = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// Cuts some free pages off the file.
    /// - Parameter locked: called when nobody else can write any more.
    /// - Returns: bytes that went, whether no more can, and whether the file is of a kind that keeps its pages.
    func giveBack(pages: Int, keeping reserve: Int, locked: () -> Void) throws -> (freed: Int64, isDone: Bool, isOld: Bool) {
        do {
            return try database.writeWithoutTransaction { db in
                func pragma(_ name: String) throws -> Int { try Int.fetchOne(db, sql: "PRAGMA \(name)") ?? 0 }
                guard try pragma("freelist_count") > reserve else { return (0, true, false) }
                guard try pragma("auto_vacuum") == 2 else { return (0, true, true) }
                var freed = 0
                var isMore = false
                try db.inTransaction(.immediate) {
                    locked()
                    let before = try pragma("page_count")
                    let free = try pragma("freelist_count")
                    if free > reserve { try db.execute(sql: "PRAGMA incremental_vacuum(\(min(pages, free - reserve)))") }
                    freed = try before - pragma("page_count")
                    isMore = try pragma("freelist_count") > reserve && freed > 0
                    return .commit
                }
                // The file itself is cut when the log is copied back; where a reader is in the way, that happens later.
                if !isMore { _ = try? Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)") }
                return (Int64(freed) * 4096, !isMore, false)
            }
        } catch { throw translated(error) }
    }
}
