import Bytes
import Digest
import Foundation
import Glibc
import Wording

/// What is wrong with a piece of evidence.
public enum EvidenceFinding: BilingualError, Hashable {
    case missing(SHA256Digest, path: String)
    case changed(SHA256Digest, path: String)
    case unreadable(SHA256Digest, path: String, reason: String)

    public var digest: SHA256Digest {
        switch self {
        case .missing(let digest, _), .changed(let digest, _), .unreadable(let digest, _, _): digest
        }
    }

    public var vietnamese: String {
        switch self {
        case .missing(_, let path): "\(path): mất tệp chứng cứ"
        case .changed(_, let path): "\(path): nội dung chứng cứ đã bị thay đổi"
        case .unreadable(_, let path, let reason): "\(path): không đọc được (\(reason))"
        }
    }

    public var english: String {
        switch self {
        case .missing(_, let path): "\(path): the file is missing"
        case .changed(_, let path): "\(path): the content has changed"
        case .unreadable(_, let path, let reason): "\(path): cannot be read (\(reason))"
        }
    }
}

/// Evidence by content: `ab/cd/abcd…` names a file by the SHA-256 of what it holds. A file is written once (mode 0440) and never rewritten.
///
/// A file is there before the row that names it, and goes after the last one. Between the two it is young: whoever stores what is there already
/// makes it young again, and only files that have not been young for a day are removed, both under a lock (`.lock`). So nothing removes what
/// somebody is about to record, and what was stored but never recorded (its program was killed) goes after a day.
public struct EvidenceFolder: Sendable {
    public let path: String

    /// Seconds for which a file may wait for its row; of the system's clock, as the times of files are.
    private let youth: Int64

    /// - Parameters:
    ///   - path: made where it does not exist.
    ///   - youth: seconds for which a file may wait for its row.
    public init(path: String, youth: Int64 = 86_400) throws(StoreError) {
        self.path = path
        self.youth = youth
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard (try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)) != nil else {
            throw .cannotOpen(path: path, reason: "the folder cannot be made")
        }
        try WriteOnce.makeFolder(path, mode: 0o750)
    }

    /// The folder as it is; nothing is made.
    public init(existing path: String) {
        self.path = path
        youth = 86_400
    }

    /// Where the file of a digest is.
    public func file(_ digest: SHA256Digest) -> String {
        let hex = digest.hex
        return "\(path)/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)"
    }

    // MARK: Storing

    /// Stores bytes: a temporary file, on disk (fsync), then under its name at once. Storing the same bytes again changes nothing.
    public func store(_ bytes: [UInt8]) throws(StoreError) -> SHA256Digest {
        let digest = SHA256Digest(of: bytes)
        try place(digest, size: Int64(bytes.count)) { temporary throws(StoreError) in
            try WriteOnce.write(bytes, temporary: temporary, mode: 0o440)
        }
        return digest
    }

    /// Stores the content of a file, whatever its size.
    public func store(file source: String) throws(StoreError) -> (digest: SHA256Digest, size: Int64) {
        let draft = "\(path)/.\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        defer { unlink(draft) }
        let copied = try FileCopy.copy(source, to: draft, mode: 0o440)
        try place(copied.digest, size: copied.size) { temporary throws(StoreError) in
            guard rename(draft, temporary) == 0 else { throw WriteOnce.failure(temporary) }
        }
        return copied
    }

    /// Puts what `write` makes under its name, unless it is there.
    private func place(_ digest: SHA256Digest, size: Int64, _ write: (String) throws(StoreError) -> Void) throws(StoreError) {
        let target = file(digest)
        let lock = FolderLock(path, exclusive: false)
        defer { lock?.end() }
        switch check(digest, size: size) {
        case nil:
            // Young again. Somebody else's file cannot be touched; its place is then taken by one of the same content.
            if utimensat(AT_FDCWD, target, nil, 0) == 0 { return }
        case .missing: break
        // Writing over it would hide that somebody changed it.
        case .changed: throw .failed(path: target, reason: "the evidence under this name was changed; keep it for inquiry and move it away")
        case .unreadable(_, _, let reason): throw .cannotOpen(path: target, reason: reason)
        }
        let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
        try WriteOnce.makeFolder(URL(fileURLWithPath: folder).deletingLastPathComponent().path, mode: 0o750)
        try WriteOnce.makeFolder(folder, mode: 0o750)
        let temporary = "\(folder)/.\(digest.hex).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        do throws(StoreError) {
            try write(temporary)
            // A rename puts it there whole; one of the same content that came meanwhile gives way to it.
            guard rename(temporary, target) == 0 else { throw WriteOnce.failure(target) }
        } catch {
            unlink(temporary)
            throw error
        }
        WriteOnce.synchronise(folder)
    }

    // MARK: Reading

    /// The bytes of a digest, compared with it; throws ``EvidenceFinding``.
    public func bytes(_ digest: SHA256Digest) throws(EvidenceFinding) -> [UInt8] {
        let path = file(digest)
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(digest, path: path) }
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(digest, path: path, reason: "no permission") }
        let bytes = [UInt8](data)
        guard SHA256Digest(of: bytes) == digest else { throw .changed(digest, path: path) }
        return bytes
    }

    /// Copies the content of a digest into a new file (mode 0640), compared with it on the way.
    public func copy(_ digest: SHA256Digest, to target: String) throws {
        let source = file(digest)
        guard FileManager.default.fileExists(atPath: source) else { throw EvidenceFinding.missing(digest, path: source) }
        let copied = try FileCopy.copy(source, to: target, mode: 0o640)
        guard copied.digest == digest else {
            unlink(target)
            throw EvidenceFinding.changed(digest, path: source)
        }
    }

    /// What is wrong with one piece; nil when it is sound.
    public func check(_ digest: SHA256Digest, size: Int64) -> EvidenceFinding? {
        let path = file(digest)
        guard FileManager.default.fileExists(atPath: path) else { return .missing(digest, path: path) }
        do {
            let found = try FileCopy.digest(of: path)
            return found.digest == digest && found.size == size ? nil : .changed(digest, path: path)
        } catch { return .unreadable(digest, path: path, reason: String(cString: strerror(errno))) }
    }

    // MARK: What is there

    /// A file of the folder that no piece of evidence is.
    public enum Stray: Hashable, Sendable {
        /// Named by its content: it was stored, and its program ended before it was recorded.
        case unrecorded(path: String)
        /// A draft that was not finished.
        case draft(path: String)
        /// Neither: nobody knows where it comes from.
        case foreign(path: String)

        public var path: String {
            switch self {
            case .unrecorded(let path), .draft(let path), .foreign(let path): path
            }
        }
    }

    /// Files that no row names.
    public func strays(isRecorded: (SHA256Digest) throws -> Bool) throws -> [Stray] {
        guard let files = FileManager.default.enumerator(atPath: path) else { return [] }
        var strays: [Stray] = []
        for case let name as String in files {
            let whole = path + "/" + name
            let leaf = name.split(separator: "/").last.map(String.init) ?? name
            var status = stat()
            guard lstat(whole, &status) == 0, status.st_mode & S_IFMT != S_IFDIR, name != FolderLock.name else { continue }
            if status.st_mode & S_IFMT == S_IFREG, leaf.hasPrefix(".") {
                strays.append(.draft(path: whole))
            } else if status.st_mode & S_IFMT == S_IFREG, let digest = SHA256Digest(hex: leaf), file(digest) == whole {
                if try isRecorded(digest) { continue }
                strays.append(check(digest, size: Int64(status.st_size)) == nil ? .unrecorded(path: whole) : .foreign(path: whole))
            } else {
                strays.append(.foreign(path: whole))
            }
        }
        return strays.sorted { $0.path < $1.path }
    }

    // MARK: Removing

    /// Removes a file whose time is over, unless a row names it or it is young; what is not there is no matter.
    /// - Returns: bytes given back.
    func remove(_ digest: SHA256Digest, isNamed: () throws -> Bool) rethrows -> Int64 {
        guard let lock = FolderLock(path, exclusive: true) else { return 0 }
        defer { lock.end() }
        let path = file(digest)
        guard let size = oldSize(path), try !isNamed() else { return 0 }
        return unlink(path) == 0 ? size : 0
    }

    /// Removes what was left by programs that were killed.
    /// - Returns: bytes given back.
    func removeLeftovers(isRecorded: (SHA256Digest) throws -> Bool) throws -> Int64 {
        var freed: Int64 = 0
        for stray in try strays(isRecorded: isRecorded) {
            switch stray {
            case .foreign: continue
            case .unrecorded(let path):
                guard let digest = SHA256Digest(hex: URL(fileURLWithPath: path).lastPathComponent) else { continue }
                freed += try remove(digest) { try isRecorded(digest) }
            case .draft(let path):
                guard let size = oldSize(path), unlink(path) == 0 else { continue }
                freed += size
            }
        }
        return freed
    }

    /// The size of a file that is not young; nil for others. One from the future is young: the clock may have been set back.
    private func oldSize(_ path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0, Timestamp.now.seconds - Int64(status.st_mtim.tv_sec) > youth else { return nil }
        return Int64(status.st_size)
    }
}

/// A lock on the folder that ends with the process: storers share it, removers have it alone.
private struct FolderLock {
    static let name = ".lock"
    private let descriptor: Int32

    /// Waits for it. Nil where the folder cannot be locked, such as on a read-only disk.
    init?(_ folder: String, exclusive: Bool) {
        descriptor = open("\(folder)/\(FolderLock.name)", O_RDWR | O_CREAT | O_CLOEXEC, 0o660)
        guard descriptor >= 0 else { return nil }
        while flock(descriptor, exclusive ? LOCK_EX : LOCK_SH) != 0 {
            guard errno == EINTR else {
                close(descriptor)
                return nil
            }
        }
    }

    func end() { close(descriptor) }
}
