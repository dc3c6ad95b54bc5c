import AppLayer
import Bytes
import Digest
import EVE
import Glibc

/// `outputs.file-store`: files that rules or the configuration want, on disk by their SHA-256.
public struct FileStoreSettings: Sendable, Equatable {
    /// Relative to the log folder unless absolute.
    public var folder = "filestore"
    /// Store every file.
    public var isForced = false
    /// A JSON file beside each stored one.
    public var writesInfo = false
    public var forcesMagic = false
    /// Stream bytes that are read where files are stored, 0 for all; nil to leave it at the stream's own depth.
    public var streamDepth: Int64?
    /// Files that stay open between two of their pieces; the others are opened for each.
    public var openFiles = 0
    /// What a live sensor keeps of it.
    public var limits = FileStoreLimits()

    public init() {}

    func path(logFolder: String) -> String { folder.hasPrefix("/") ? folder : logFolder + "/" + folder }
}

/// Writes files into `<folder>/ab/ab…` by way of `<folder>/tmp`; what is there already is only touched.
final class FileStore {
    let settings: FileStoreSettings
    private let folder: String
    private var open: [UInt64: Int32] = [:]
    /// The number of the next file.
    private var last: UInt64
    /// What the system refused, for `stats`.
    private(set) var errors: UInt64 = 0
    /// Pieces for which a file had to be opened again.
    private(set) var limitHits: UInt64 = 0
    /// The first thing that went wrong, to be said once.
    private(set) var failure: String?

    private let step: UInt64

    /// - Parameters:
    ///   - worker: whose store it is; the numbers that workers give to files differ.
    ///   - workers: how many there are.
    init(_ settings: FileStoreSettings, logFolder: String, worker: Int = 0, of workers: Int = 1) throws {
        self.settings = settings
        last = UInt64(worker + 1)
        step = UInt64(workers)
        folder = settings.path(logFolder: logFolder)
        var path = ""
        for part in (folder + "/tmp").split(separator: "/", omittingEmptySubsequences: false) {
            path += path.isEmpty && part.isEmpty ? "/" : (path.isEmpty || path.hasSuffix("/") ? "" : "/") + part
            if path == "/" { continue }
            if unsafe mkdir(path, 0o750) == 0 { continue }
            if errno == EEXIST { continue }
            throw ConfigurationError("outputs.file-store.dir", "\(path): \(unsafe String(cString: strerror(errno)))")
        }
    }

    private func draft(_ file: TransferredFile) -> String { folder + "/tmp/file.\(file.storeNumber)" }

    private func fail(_ path: String) {
        errors += 1
        if failure == nil { failure = "\(path): \(unsafe String(cString: strerror(errno)))" }
    }

    /// Where a stored file lies.
    func place(of file: TransferredFile) -> String {
        let digest = Hex.encoded(file.sha256)
        return folder + "/" + digest.prefix(2) + "/" + digest
    }

    /// Takes what is new of a file that is wanted; once the file has ended, puts it in its place.
    ///
    /// - Parameter info: writes the file's event; called for files that are stored, when the configuration wants it beside them.
    func take(_ file: TransferredFile, time: Timestamp, info: (String) -> Void) {
        guard file.isWanted, !file.isStored, file.canBeStored else { return }
        if file.storeNumber == 0 {
            guard file.content.total > 0 || file.state != .open else { return }
            file.storeNumber = last
            last += step
            // A sensor that was killed has left its drafts, and numbers begin anew.
            unsafe unlink(draft(file))
        }
        let pending = file.takePending()
        if !pending.isEmpty || open[file.storeNumber] == nil, !write(pending, file) {
            file.release()
            file.isWanted = false
            return
        }
        if file.state != .open { finish(file, time, info) }
    }

    private func write(_ bytes: [UInt8], _ file: TransferredFile) -> Bool {
        let path = draft(file)
        var descriptor = open[file.storeNumber] ?? -1
        if descriptor < 0 {
            descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else {
                fail(path)
                return false
            }
            if open.count < settings.openFiles {
                open[file.storeNumber] = descriptor
            } else if settings.openFiles > 0 {
                limitHits += 1
            }
        }
        defer { if open[file.storeNumber] == nil { close(descriptor) } }
        if WholeFile.write(bytes.rawSpan, to: descriptor) == bytes.count { return true }
        fail(path)
        return false
    }

    private func finish(_ file: TransferredFile, _ time: Timestamp, _ info: (String) -> Void) {
        if let descriptor = open.removeValue(forKey: file.storeNumber) { close(descriptor) }
        let from = draft(file)
        // The limits of every parser have SHA-256 on while files are stored.
        guard file.sha256.count == 32 else {
            unsafe unlink(from)
            return
        }
        let place = place(of: file)
        _ = unsafe mkdir(folder + "/" + Hex.encoded(file.sha256).prefix(2), 0o750)
        // Where it is known, that it was seen again is told by its time.
        if unsafe utimensat(AT_FDCWD, place, nil, 0) == 0 {
            if unsafe unlink(from) != 0 { fail(from) }
        } else if unsafe rename(from, place) != 0 {
            fail(place)
            unsafe unlink(from)
            return
        }
        file.isStored = true
        if settings.writesInfo { info("\(place).\(time.seconds).\(file.storeNumber).json") }
    }
}
