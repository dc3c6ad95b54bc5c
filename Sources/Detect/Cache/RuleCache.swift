import Bytes
import Glibc
import RuleLanguage

/// A folder of compiled rules. What is found there is used only when nobody else can have written it and it is whole; else it is made anew.
public struct RuleCache: Sendable {
    static let prefix = "rules-"
    static let suffix = ".cache"
    private static let draftSuffix = ".new"
    /// Files that are kept: those used last.
    static let mostFiles = 4
    /// Nobody has written to a draft that was given up for so long.
    private static let draftSeconds = 5

    /// Why the folder or a file in it is not used.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        public let path: String
        public let reason: String
        /// There is nothing at the path.
        var isMissing = false
        public var description: String { "\(path): \(reason)" }
    }

    public enum Found: Sendable {
        case tables(RuleTables)
        /// Nothing is stored under the key.
        case nothing
        /// Something is, and is not used.
        case unusable(Problem)
    }

    public let folder: String

    public init(folder: String) { self.folder = folder }

    // MARK: finding

    /// The tables that are stored under a key.
    ///
    /// - Parameter options: those that the key was made of.
    public func find(_ key: RuleCacheKey, options: RuleLoaderOptions) -> Found {
        let opened: OpenFile
        do throws(Problem) {
            opened = try openFolder()
        } catch {
            return error.isMissing ? .nothing : .unusable(error)
        }
        defer { withExtendedLifetime(opened) {} }
        let path = folder + "/" + key.fileName
        let descriptor = unsafe openat(opened.descriptor, key.fileName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            return errno == ENOENT ? .nothing : .unusable(Problem(path: path, reason: RuleCache.errorText))
        }
        let file = OpenFile(descriptor: descriptor)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return .unusable(Problem(path: path, reason: RuleCache.errorText)) }
        guard status.st_mode & S_IFMT == S_IFREG else { return .unusable(Problem(path: path, reason: "it is no file")) }
        if let reason = RuleCache.foreign(status) { return .unusable(Problem(path: path, reason: reason)) }
        do throws(RuleCacheFile.Unusable) {
            var tables = try RuleCacheFile.read(file, size: Int(status.st_size), key, RuleReader(frontEnd: FrontEnd(options)))
            guard tables.readDependent() else {
                return .unusable(Problem(path: path, reason: "lists or databases that its rules name have changed"))
            }
            // Files that are used are not those that give way to new ones.
            _ = futimens(descriptor, nil)
            return .tables(tables)
        } catch {
            return .unusable(Problem(path: path, reason: error.reason))
        }
    }

    /// Why somebody else may have written something; nil where nobody can have.
    private static func foreign(_ status: stat) -> String? {
        guard status.st_uid == geteuid() || status.st_uid == 0 else { return "it belongs to user \(status.st_uid)" }
        return status.st_mode & 0o022 == 0 ? nil : "others may write to it (mode \(String(status.st_mode & 0o7777, radix: 8)))"
    }

    private func openFolder() throws(Problem) -> OpenFile {
        guard let opened = OpenFile(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
            let isMissing = errno == ENOENT
            throw Problem(path: folder, reason: RuleCache.errorText, isMissing: isMissing)
        }
        var status = stat()
        guard unsafe fstat(opened.descriptor, &status) == 0 else { throw Problem(path: folder, reason: RuleCache.errorText) }
        if let reason = RuleCache.foreign(status) { throw Problem(path: folder, reason: reason) }
        return opened
    }

    private static var errorText: String { unsafe String(cString: strerror(errno)) }

    // MARK: storing

    /// Writes tables that were just made, whole or not at all.
    ///
    /// - Returns: the same tables, with the rules' texts in the file instead of in memory. They are returned as they were when the rule files
    ///   are no longer those of the key.
    public func store(_ tables: RuleTables, _ key: RuleCacheKey) throws(Problem) -> RuleTables {
        guard case .memory(let contents) = tables.storage, key.holds(contents) else { return tables }
        let problem = makeFolder()
        let opened: OpenFile
        do throws(Problem) {
            opened = try openFolder()
        } catch {
            throw error.isMissing ? problem ?? error : error
        }
        defer { withExtendedLifetime(opened) {} }
        tidy(opened, keeping: key.fileName)
        var random = SystemRandomNumberGenerator()
        let draft = ".\(RuleCache.prefix)\(String(random.next(), radix: 16))\(RuleCache.draftSuffix)"
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let descriptor = unsafe openat(opened.descriptor, draft, flags, 0o600)
        guard descriptor >= 0 else { throw Problem(path: folder, reason: RuleCache.errorText) }
        let file = OpenFile(descriptor: descriptor)
        flock(descriptor, LOCK_EX | LOCK_NB)
        let places = RuleCacheFile.write(tables, contents, key, to: descriptor)
        guard let places, fsync(descriptor) == 0, unsafe renameat(opened.descriptor, draft, opened.descriptor, key.fileName) == 0 else {
            let reason = RuleCache.errorText
            _ = unsafe unlinkat(opened.descriptor, draft, 0)
            throw Problem(path: folder, reason: reason)
        }
        fsync(opened.descriptor)
        var stored = tables
        stored.storage = .cache(CachedTexts(file: file, files: places))
        return stored
    }

    /// Makes the folder where it is missing. Whether that has worked is seen when it is opened; then this says why not.
    private func makeFolder() -> Problem? {
        var path = ""
        var problem: Problem?
        let parts = folder.split(separator: "/", omittingEmptySubsequences: true)
        for (index, part) in parts.enumerated() {
            path += (index > 0 || folder.hasPrefix("/") ? "/" : "") + part
            if unsafe mkdir(path, index == parts.count - 1 ? 0o700 : 0o755) != 0, errno != EEXIST {
                problem = Problem(path: path, reason: RuleCache.errorText)
            }
        }
        return problem
    }

    /// Removes what was used least lately, so that there is room for one more, and what was never finished.
    private func tidy(_ opened: OpenFile, keeping name: String) {
        var files: [(name: String, time: Int)] = []
        let now = time(nil)
        for name in RuleCache.names(folder) {
            var status = stat()
            guard unsafe fstatat(opened.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            if name.hasPrefix("." + RuleCache.prefix), name.hasSuffix(RuleCache.draftSuffix) {
                if now - status.st_mtim.tv_sec > RuleCache.draftSeconds, RuleCache.isGivenUp(opened, name) {
                    _ = unsafe unlinkat(opened.descriptor, name, 0)
                }
            } else if name.hasPrefix(RuleCache.prefix), name.hasSuffix(RuleCache.suffix) {
                files.append((name, status.st_mtim.tv_sec))
            }
        }
        files.removeAll { $0.name == name }
        files.sort { $0.time > $1.time }
        for file in files.dropFirst(RuleCache.mostFiles - 1) { _ = unsafe unlinkat(opened.descriptor, file.name, 0) }
    }

    /// Whether the program that began a draft has come to its end: it would hold the lock.
    private static func isGivenUp(_ folder: OpenFile, _ name: String) -> Bool {
        let descriptor = unsafe openat(folder.descriptor, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    private static func names(_ folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(unsafe withUnsafeBytes(of: entry.pointee.d_name) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }
}
