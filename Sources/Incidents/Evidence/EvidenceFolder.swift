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

/// Evidence by content: `ab/cd/abcd…` names a file by the SHA-256 of what it holds. A file is never rewritten.
public struct EvidenceFolder: Sendable {
    public let path: String

    /// - Parameter path: made where it does not exist.
    public init(path: String) throws(StoreError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        } catch { throw .cannotOpen(path: path, reason: "the folder cannot be made") }
    }

    /// The folder as it is; nothing is made.
    public init(existing path: String) { self.path = path }

    /// Where the file of a digest is.
    public func file(_ digest: SHA256Digest) -> String {
        let hex = digest.hex
        return "\(path)/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)"
    }

    /// Stores bytes: a temporary file, on disk (fsync), then under its name at once. Storing the same bytes again changes nothing.
    public func store(_ bytes: [UInt8]) throws(StoreError) -> SHA256Digest {
        let digest = SHA256Digest(of: bytes)
        let target = file(digest)
        switch check(digest, size: Int64(bytes.count)) {
        case nil: return digest
        case .missing: break
        // Writing over it would hide that somebody changed it.
        case .changed: throw .failed(path: target, reason: "the evidence under this name was changed; keep it for inquiry and move it away")
        case .unreadable(_, _, let reason): throw .cannotOpen(path: target, reason: reason)
        }
        let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        } catch { throw .cannotOpen(path: folder, reason: "the folder cannot be made") }
        let temporary = "\(folder)/.\(digest.hex).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o440)
        guard descriptor >= 0 else { throw EvidenceFolder.failure(temporary) }
        var failed: StoreError?
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = write(descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else {
                    failed = EvidenceFolder.failure(temporary)
                    return
                }
                offset += count
            }
        }
        if failed == nil && fsync(descriptor) != 0 { failed = EvidenceFolder.failure(temporary) }
        Glibc.close(descriptor)
        if failed == nil && rename(temporary, target) != 0 { failed = EvidenceFolder.failure(target) }
        if let failed {
            unlink(temporary)
            throw failed
        }
        EvidenceFolder.synchronise(folder)
        return digest
    }

    /// Stores the content of a file.
    public func store(file source: String) throws(StoreError) -> (digest: SHA256Digest, size: Int64) {
        guard let data = FileManager.default.contents(atPath: source) else {
            throw .cannotOpen(path: source, reason: "the file cannot be read")
        }
        return (try store([UInt8](data)), Int64(data.count))
    }

    /// The bytes of a digest, compared with it; throws ``EvidenceFinding``.
    public func bytes(_ digest: SHA256Digest) throws(EvidenceFinding) -> [UInt8] {
        let path = file(digest)
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(digest, path: path) }
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(digest, path: path, reason: "no permission") }
        let bytes = [UInt8](data)
        guard SHA256Digest(of: bytes) == digest else { throw .changed(digest, path: path) }
        return bytes
    }

    /// What is wrong with one piece; nil when it is sound.
    public func check(_ digest: SHA256Digest, size: Int64) -> EvidenceFinding? {
        do {
            return Int64(try bytes(digest).count) == size ? nil : .changed(digest, path: file(digest))
        } catch { return error }
    }

    /// Removes a file whose time is over; what is not there is no matter.
    /// - Returns: bytes given back.
    func remove(_ digest: SHA256Digest) -> Int64 {
        let path = file(digest)
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64) ?? 0
        return unlink(path) == 0 ? size : 0
    }

    private static func failure(_ path: String) -> StoreError {
        switch errno {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EROFS: .readOnly(path: path)
        default: .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// A rename is on disk once its folder is.
    private static func synchronise(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Glibc.close(descriptor)
    }
}
