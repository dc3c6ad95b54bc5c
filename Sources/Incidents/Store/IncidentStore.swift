import Bytes
import CSQLite
import Foundation
import GRDB
import Glibc
import Trust

/// The incident database: one SQLite file in WAL mode, shared by the sensor that writes alerts and by any number of responders.
///
/// Every function that changes something writes its ledger entry in the same transaction. Functions throw ``StoreError``,
/// ``NotFoundError`` or ``HouseRuleError``.
public final class IncidentStore: Sendable {
    public enum Mode: Sendable {
        /// Makes the file where there is none and upgrades an older one.
        case readWrite
        /// Never changes the file.
        case readOnly
        /// Never changes the file, and takes one of an older version as it is: for audits.
        case inspect
    }

    public let path: String
    public let mode: Mode
    let database: DatabaseQueue
    let clock: @Sendable () -> Timestamp

    /// Seconds for which a lock is waited for.
    static let patience = 20

    /// Opens the database.
    /// - Parameters:
    ///   - path: `incidents.sqlite`.
    ///   - clock: what time it is, for `written_at`; tests give their own.
    public init(path: String, mode: Mode = .readWrite, clock: @escaping @Sendable () -> Timestamp = { Timestamp.now }) throws(StoreError) {
        self.path = path
        self.mode = mode
        self.clock = clock
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        let exists = manager.fileExists(atPath: path, isDirectory: &isFolder)
        if isFolder.boolValue { throw .cannotOpen(path: path, reason: "it is a folder") }
        if !exists {
            guard mode == .readWrite else { throw .missing(path: path) }
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard (try? manager.createDirectory(atPath: folder, withIntermediateDirectories: true)) != nil else {
                throw .cannotOpen(path: path, reason: "its folder cannot be made")
            }
            // Readable by its owner's group, not by everybody; SQLite gives its log the mode of the file.
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else { throw WriteOnce.failure(path) }
            Glibc.close(descriptor)
        }
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(IncidentStore.patience))
        configuration.readonly = mode != .readWrite
        configuration.label = "incidents"
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else {
                // A list of some hundred thousand alerts passes the same pages again and again.
                try db.execute(sql: "PRAGMA cache_size = -65536")
                return
            }
            // What was committed is on disk: the log is flushed once a transaction, and the sensor writes many alerts in one. Only a new (or
            // vacuumed) file takes auto_vacuum. The log is copied back every 16 MiB, and cut when it has grown past 64.
            try db.execute(
                sql: """
                    PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864
                    """)
        }
        if mode == .readWrite { configuration.journalMode = .wal }
        do {
            database = try IncidentStore.connect(path, configuration)
            // Only now: taking up the log, GRDB sets NORMAL, with which a power cut takes back what was committed last.
            if mode == .readWrite { try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") } }
            try IncidentStore.prepare(database, path: path, mode: mode, isNew: !exists)
            if mode == .readWrite { try database.inDatabase { try LedgerTable.install($0) } }
        } catch {
            throw StoreError.from(error, path: path)
        }
        do { if mode == .readWrite { try adoptRows() } } catch { throw StoreError.from(error, path: path) }
    }

    /// Debian's SQLite takes every piece of memory from malloc (it is built without lookaside) and counts it under a lock of the whole process:
    /// a tenth of the time that alerts take. Nothing here asks for that count.
    private static let countsNoMemory = sqlite_count_no_memory()

    /// Opens the file, also where nobody can write: a log beside it (WAL) needs a file that its readers share, which a read-only disk cannot have.
    /// Where the log is empty the database is read as it is.
    private static func connect(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
        // Before SQLite is used for the first time.
        _ = countsNoMemory
        do { return try DatabaseQueue(path: path, configuration: configuration) } catch let error as DatabaseError {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            guard error.resultCode == .SQLITE_CANTOPEN, access(path, R_OK) == 0, access(folder, W_OK) != 0 else { throw error }
            guard configuration.readonly else { throw StoreError.readOnly(path: path) }
            let log = (try? FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? Int) ?? 0
            guard log == 0 else { throw StoreError.logOnReadOnlyDisk(path: path) }
            guard let name = URL(fileURLWithPath: path).path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) else {
                throw error
            }
            return try DatabaseQueue(path: "file:\(name)?immutable=1", configuration: configuration)
        }
    }

    private static func prepare(_ database: DatabaseQueue, path: String, mode: Mode, isNew: Bool) throws {
        let migrator = Schema.migrator
        let tables = try database.read { try Set(String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")) }
        // A program that was killed while it made the file leaves the list of migrations alone.
        let isBegun = tables == ["grdb_migrations"]
        if !tables.isEmpty && !isBegun && !(tables.contains("grdb_migrations") && tables.contains("event")) {
            throw StoreError.notADatabase(path: path)
        }
        if (tables.isEmpty || isBegun) && mode != .readWrite { throw StoreError.notADatabase(path: path) }
        if !tables.isEmpty, try database.read({ try migrator.hasBeenSuperseded($0) }) { throw StoreError.fromTheFuture(path: path) }
        switch mode {
        case .inspect: return
        case .readOnly:
            guard try database.read({ try migrator.hasCompletedMigrations($0) }) else { throw StoreError.needsMigration(path: path) }
        case .readWrite:
            if try database.read({ try migrator.hasCompletedMigrations($0) }) { return }
            if !tables.isEmpty && !isBegun {
                try backUp(database, before: migrator, path: path)
                // A migration changes rows without entries: ``adoptRows()`` takes them in, also when this program is killed before that.
                if tables.contains("ledger_open") {
                    try database.write {
                        try $0.execute(sql: "INSERT OR IGNORE INTO ledger_open (part, item, columns, written_at) VALUES ('adopt', 0, 0, 0)")
                    }
                }
            }
            do { try migrator.migrate(database) } catch {
                // Another program may have been first.
                guard (try? database.read({ try migrator.hasCompletedMigrations($0) })) == true else { throw error }
            }
        }
    }

    /// Keeps the file as it was before it is upgraded, beside it: `incidents.sqlite.before-3`.
    private static func backUp(_ database: DatabaseQueue, before migrator: DatabaseMigrator, path: String) throws {
        let applied = try database.read { try migrator.appliedIdentifiers($0) }
        guard let next = migrator.migrations.first(where: { !applied.contains($0) })?.prefix(while: { $0 != " " }) else { return }
        let target = "\(path).before-\(next)"
        guard !FileManager.default.fileExists(atPath: target) else { return }
        do { try IncidentStore.copy(database, to: target) } catch {
            // Another program was first.
            if FileManager.default.fileExists(atPath: target) { return }
            throw error
        }
    }

    /// A number that is another one when somebody else, in this program or in another, has changed the database (`PRAGMA data_version`).
    public func dataVersion() throws -> Int64 {
        do { return try database.inDatabase { try Int64.fetchOne($0, sql: "PRAGMA data_version") ?? 0 } } catch { throw translated(error) }
    }

    /// Writes the file anew without free pages. Needs as much room again; sensors wait meanwhile.
    public func vacuum() throws {
        guard mode == .readWrite else { throw StoreError.readOnly(path: path) }
        do {
            try database.writeWithoutTransaction { try $0.execute(sql: "VACUUM") }
            _ = try database.writeWithoutTransaction { try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        } catch { throw translated(error) }
    }

    /// Memory of the connection while much is written at once: a batch's pages stay in it instead of being written several times, and the log
    /// is copied back less often. Given back when it is over.
    func expect(much: Bool) {
        try? database.inDatabase { db in
            try db.execute(
                sql: much
                    ? "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 16384"
                    : "PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4096; PRAGMA shrink_memory")
        }
    }

    /// Closes the file. Nothing can be asked of the store afterwards.
    public func close() throws(StoreError) {
        do { try database.close() } catch { throw StoreError.from(error, path: path) }
    }

    /// Runs one reading transaction.
    func read<T>(_ body: (Database) throws -> T) throws -> T {
        do { return try database.read(body) } catch { throw translated(error) }
    }

    /// Runs one writing transaction, which takes the write lock at once so that nothing read in it can change meanwhile.
    /// - Parameters:
    ///   - sealing: when rows come into the ledger that no entry of the transaction holds.
    ///   - sealed: called when nothing more changes before the commit.
    func write<T>(_ sealing: Sealing = .now, _ body: (Database) throws -> T, sealed: (Database) -> Void = { _ in }) throws -> T {
        guard mode == .readWrite else { throw StoreError.readOnly(path: path) }
        let now = clock()
        do {
            var result: T?
            try database.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    result = try body(db)
                    try LedgerSeal.finish(db, sealing, now: now)
                    sealed(db)
                    return .commit
                }
            }
            guard let result else { throw StoreError.failed(path: path, reason: "the transaction did not end") }
            return result
        } catch { throw translated(error) }
    }

    func translated(_ error: any Error) -> any Error {
        error is DatabaseError ? StoreError.from(error, path: path) : error
    }

    /// Limits how large the file may grow (`PRAGMA max_page_count`, 4 KiB pages); beyond it, writing fails as on a full disk.
    public func limit(pages: Int) throws {
        do { try database.inDatabase { try $0.execute(sql: "PRAGMA max_page_count = \(max(1, pages))") } } catch { throw translated(error) }
    }

    /// Checks the file's structure (`PRAGMA integrity_check`, `foreign_key_check`) and counts every alert anew; empty when it is sound.
    public func integrityProblems() throws -> [String] {
        try read { db in
            var problems = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
            for row in try Row.fetchAll(db, sql: "PRAGMA foreign_key_check") {
                problems.append("\(row[0] as String? ?? "") row \(row[1] as Int64? ?? 0) names a missing row of \(row[2] as String? ?? "")")
            }
            if try db.tableExists("incident_day") { problems += try IncidentStore.countProblems(db) }
            return problems
        }
    }
}

extension Timestamp {
    /// The system clock.
    public static var now: Timestamp { Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded())) }
}
