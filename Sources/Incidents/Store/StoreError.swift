import GRDB
import Wording

/// Why the incident database cannot be used. Exit code 1.
public enum StoreError: BilingualError, Hashable {
    case missing(path: String)
    case cannotOpen(path: String, reason: String)
    case notADatabase(path: String)
    /// A newer program made it.
    case fromTheFuture(path: String)
    /// An older program made it, and it was opened for reading only.
    case needsMigration(path: String)
    case readOnly(path: String)
    case diskFull(path: String)
    /// What was written last lies in a log beside the file, which cannot be read where nobody can write.
    case logOnReadOnlyDisk(path: String)
    case busy(path: String)
    case damaged(path: String)
    /// A backup whose ledger or tables have findings.
    case doesNotVerify(path: String)
    case failed(path: String, reason: String)

    public var vietnamese: String {
        switch self {
        case .missing(let path):
            "\(path): chưa có cơ sở dữ liệu sự cố; hãy chạy vonggac-sensor với --incidents, hoặc chỉ thư mục đúng bằng --state"
        case .cannotOpen(let path, let reason): "\(path): không mở được (\(reason)); hãy kiểm tra đường dẫn và quyền truy cập"
        case .notADatabase(let path): "\(path): không phải cơ sở dữ liệu sự cố của VongGac"
        case .fromTheFuture(let path): "\(path): do phiên bản VongGac mới hơn tạo ra; hãy nâng cấp chương trình này"
        case .needsMigration(let path): "\(path): do phiên bản cũ hơn tạo ra; hãy chạy một lệnh có quyền ghi để nâng cấp"
        case .readOnly(let path): "\(path): đĩa hoặc tệp chỉ cho đọc; chưa ghi được gì, dữ liệu đã lưu còn nguyên"
        case .logOnReadOnlyDisk(let path):
            "\(path): đĩa chỉ cho đọc mà nhật ký \(path)-wal chưa trống; hãy chép cả hai tệp sang thư mục ghi được rồi mở ở đó"
        case .diskFull(let path): "\(path): đĩa đầy; dữ liệu đã lưu còn nguyên, hãy giải phóng dung lượng rồi chạy lại"
        case .busy(let path): "\(path): chương trình khác đang giữ khóa; hãy thử lại"
        case .doesNotVerify(let path):
            "\(path): bản sao lưu này không qua được kiểm tra (vonggac audit verify); chưa thay đổi gì, hãy chọn bản khác"
        case .damaged(let path): "\(path): cơ sở dữ liệu bị hỏng; hãy khôi phục từ bản sao lưu"
        case .failed(let path, let reason): "\(path): thao tác không thành công: \(reason)"
        }
    }

    public var english: String {
        switch self {
        case .missing(let path): "\(path): no incident database; run vonggac-sensor with --incidents, or name the right folder with --state"
        case .cannotOpen(let path, let reason): "\(path): cannot be opened (\(reason)); check the path and its permissions"
        case .notADatabase(let path): "\(path): not an incident database of VongGac"
        case .fromTheFuture(let path): "\(path): made by a newer VongGac; upgrade this program"
        case .needsMigration(let path): "\(path): made by an older VongGac; run any command that may write, to upgrade it"
        case .readOnly(let path): "\(path): the disk or the file is read-only; nothing was written, what is stored is intact"
        case .logOnReadOnlyDisk(let path):
            "\(path): the disk is read-only and the log \(path)-wal is not empty; copy both files to a folder that can be written, and open them there"
        case .diskFull(let path): "\(path): the disk is full; what is stored is intact, free some space and run again"
        case .busy(let path): "\(path): another program holds the lock; try again"
        case .doesNotVerify(let path): "\(path): this backup does not verify (vonggac audit verify); nothing was changed, choose another"
        case .damaged(let path): "\(path): the database is damaged; restore a backup"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }

    /// What an error of SQLite means for the database at `path`.
    static func from(_ error: any Error, path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return .failed(path: path, reason: "\(error)") }
        return switch error.resultCode {
        case .SQLITE_FULL: .diskFull(path: path)
        // A write-ahead log that cannot grow is reported as an input/output error by some file systems.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_WRITE || error.extendedResultCode == .SQLITE_IOERR_SHMSIZE:
            .diskFull(path: path)
        case .SQLITE_READONLY, .SQLITE_PERM: .readOnly(path: path)
        case .SQLITE_CANTOPEN: .cannotOpen(path: path, reason: error.message ?? "unable to open the file")
        case .SQLITE_NOTADB: .notADatabase(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
        case .SQLITE_CORRUPT: .damaged(path: path)
        default: .failed(path: path, reason: error.message ?? "\(error.resultCode)")
        }
    }
}
