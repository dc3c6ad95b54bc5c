import GRDB
import GRDBSQLite

/// A statement that is run for each of many alerts. GRDB's own take several times as long for what they do around SQLite.
///
/// Lives within one transaction of one connection, on the thread that runs it.
final class SQLStatement {
    private let connection: OpaquePointer?
    private var statement: OpaquePointer?

    init(_ db: Database, _ sql: String) throws {
        connection = db.sqliteConnection
        try check(sqlite3_prepare_v3(connection, sql, -1, 0, &statement, nil))
    }

    deinit { sqlite3_finalize(statement) }

    private func check(_ code: Int32) throws {
        guard code != SQLITE_OK else { return }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: sqlite3_errmsg(connection).map { String(cString: $0) })
    }

    // Parameters are numbered from 1. What is bound stays until it is bound anew.

    func bind(_ index: Int32, _ value: Int64?) {
        guard let value else { return bindNull(index) }
        sqlite3_bind_int64(statement, index, value)
    }

    func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(statement, index, Int64(value)) }

    func bind(_ index: Int32, _ text: String?) {
        guard var text else { return bindNull(index) }
        text.withUTF8 { bytes in
            // SQLite copies it: the value -1 of this parameter says so.
            let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                var nothing: CChar = 0
                _ =
                    bytes.baseAddress.map { sqlite3_bind_text(statement, index, $0, Int32(clamping: bytes.count), copies) }
                    ?? sqlite3_bind_text(statement, index, &nothing, 0, copies)
            }
        }
    }

    func bindNull(_ index: Int32) { sqlite3_bind_null(statement, index) }

    /// Runs it to its end.
    func run() throws {
        defer { sqlite3_reset(statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: continue
            case SQLITE_DONE: return
            case let code: try check(code)
            }
        }
    }

    /// Calls `body` for each row until it says false.
    func rows(_ body: (SQLStatement) -> Bool) throws {
        defer { sqlite3_reset(statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: if !body(self) { return }
            case SQLITE_DONE: return
            case let code: try check(code)
            }
        }
    }

    // Columns are numbered from 0.

    func integer(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_int64(statement, column)
    }

    /// The bytes of a text.
    func bytes(_ column: Int32) -> [UInt8] {
        guard let text = sqlite3_column_text(statement, column) else { return [] }
        return Array(UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, column))))
    }

    func text(_ column: Int32) -> String? { sqlite3_column_text(statement, column).map { String(cString: $0) } }
}
