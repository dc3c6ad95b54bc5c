import Bytes
import GRDB
import GRDBSQLite

/// A statement that is run for each of many alerts. GRDB's own take several times as long for what they do around SQLite.
///
/// Lives within one transaction of one connection, on the thread that runs it.
final class SQLStatement {
    private let connection: OpaquePointer?
    private var statement: OpaquePointer?
    /// Who owns the statement, where the connection keeps it prepared.
    private let owner: Statement?

    /// Prepares a statement for this transaction alone.
    init(_ db: Database, _ sql: String) throws {
        connection = db.sqliteConnection
        owner = nil
        try check(sqlite3_prepare_v3(connection, sql, -1, 0, &statement, nil))
    }

    /// Takes a statement that the connection prepares once and keeps. No two of the same text may be under way at a time.
    init(kept db: Database, _ sql: String) throws {
        connection = db.sqliteConnection
        let owner = try db.cachedStatement(sql: sql)
        self.owner = owner
        statement = owner.sqliteStatement
        sqlite3_reset(statement)
    }

    deinit {
        if owner == nil { sqlite3_finalize(statement) } else { sqlite3_reset(statement) }
    }

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
        text.withUTF8 { bind(index, utf8: UnsafeRawBufferPointer($0)) }
    }

    /// Binds a text, given as UTF-8.
    func bind(_ index: Int32, utf8 text: [UInt8]) { text.withUnsafeBytes { bind(index, utf8: $0) } }

    private func bind(_ index: Int32, utf8 bytes: UnsafeRawBufferPointer) {
        // SQLite copies it: the value -1 of this parameter says so.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        var nothing: CChar = 0
        _ =
            bytes.assumingMemoryBound(to: CChar.self).baseAddress.map {
                sqlite3_bind_text(statement, index, $0, Int32(clamping: bytes.count), copies)
            } ?? sqlite3_bind_text(statement, index, &nothing, 0, copies)
    }

    /// Binds an address as text, of IPv4 without making a string.
    func bind(_ index: Int32, _ address: IPAddress?) {
        guard let address else { return bindNull(index) }
        guard address.isV4 else { return bind(index, address.description) }
        withUnsafeTemporaryAllocation(byteCount: 16, alignment: 1) { text in
            var count = 0
            for shift: UInt32 in (0..<4) {
                let part = UInt8(truncatingIfNeeded: address.v4 >> (24 - 8 * shift))
                if count > 0 {
                    text[count] = 0x2e
                    count += 1
                }
                if part >= 100 {
                    text[count] = 0x30 + part / 100
                    count += 1
                }
                if part >= 10 {
                    text[count] = 0x30 + part / 10 % 10
                    count += 1
                }
                text[count] = 0x30 + part % 10
                count += 1
            }
            bind(index, utf8: UnsafeRawBufferPointer(rebasing: text[..<count]))
        }
    }

    func bind(_ index: Int32, _ value: DatabaseValue) {
        switch value.storage {
        case .null: bindNull(index)
        case .int64(let number): sqlite3_bind_int64(statement, index, number)
        case .double(let number): sqlite3_bind_double(statement, index, number)
        case .string(let text): bind(index, text)
        case .blob(let data):
            let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            _ = data.withUnsafeBytes { sqlite3_bind_blob(statement, index, $0.baseAddress, Int32(clamping: $0.count), copies) }
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
    func rows(_ body: (SQLStatement) throws -> Bool) throws {
        defer { sqlite3_reset(statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: if try !body(self) { return }
            case SQLITE_DONE: return
            case let code: try check(code)
            }
        }
    }

    /// The first column of the first row as an integer; nil where there is no row or no value.
    func integer() throws -> Int64? {
        var found: Int64?
        try rows {
            found = $0.integer(0)
            return false
        }
        return found
    }

    // Columns are numbered from 0.

    func integer(_ column: Int32) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : sqlite3_column_int64(statement, column)
    }

    /// The bytes of a text.
    func bytes(_ column: Int32) -> [UInt8] { withText(column) { Array($0) } }

    /// Reads a text as UTF-8 where it lies. The bytes are there until the call returns.
    func withText<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let text = sqlite3_column_text(statement, column)
        return try body(UnsafeRawBufferPointer(start: text, count: text == nil ? 0 : Int(sqlite3_column_bytes(statement, column))))
    }

    func text(_ column: Int32) -> String? {
        sqlite3_column_type(statement, column) == SQLITE_NULL ? nil : withText(column) { String(decoding: $0, as: UTF8.self) }
    }

    func value(_ column: Int32) -> DatabaseValue {
        statement.map { DatabaseValue(sqliteStatement: $0, index: column) } ?? .null
    }

    enum Kind { case null, integer, other, text }

    /// What a value is stored as.
    func kind(_ column: Int32) -> Kind {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: .null
        case SQLITE_INTEGER: .integer
        case SQLITE_TEXT: .text
        default: .other
        }
    }
}

extension Database {
    /// Counts whatever this connection has inserted, changed or deleted since it was opened.
    var rowsChanged: Int64 { sqlite3_total_changes64(sqliteConnection) }
}
