import Digest
import Glibc

/// How old and how large the file store of a live sensor may become.
public struct FileStoreLimits: Sendable, Equatable {
    /// Seconds after which a file goes that was not seen again; nil never.
    public var age: Int64? = 30 * 86_400
    /// Bytes beyond which those go that were not seen for longest; nil for no bound.
    public var size: UInt64? = 10 << 30

    public init() {}
}

/// Keeps the file store within its limits.
///
/// What lies there is the sensor's working copy: files of flows with alerts are evidence in a folder of their own. Still, a file that is evidence
/// of an incident under a legal hold stays here as well.
struct FileStorePruner {
    /// What one look at the store came to.
    struct Summary: Equatable {
        var files: UInt64 = 0
        var bytes: UInt64 = 0
        /// Files that would have gone but for a legal hold.
        var held: UInt64 = 0
        /// Bytes that are left.
        var left: UInt64 = 0
        /// The first thing that the system refused.
        var failure: String?
    }

    /// One file with what is written beside it.
    private struct Stored {
        var digest: String
        var seen: Int64
        var bytes: UInt64 = 0
        /// Of the folder of its first byte.
        var names: [String] = []
    }

    let folder: String
    let limits: FileStoreLimits

    /// Seconds for which every file stays: the incident record may still be about to copy it.
    private static let grace: Int64 = 600

    /// Removes what is too old, then the oldest of what is too much.
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - isHeld: whether a legal hold keeps the file with this SHA-256, hexadecimal.
    func run(now: Int64, isHeld: (String) -> Bool) -> Summary {
        var summary = Summary()
        var stored = files(&summary)
        summary.left = stored.reduce(0) { $0 + $1.bytes }
        stored.sort { ($0.seen, $0.digest) < ($1.seen, $1.digest) }
        for file in stored {
            let isOld = limits.age.map { file.seen < now - $0 } ?? false
            let isTooMuch = limits.size.map { summary.left > $0 } ?? false
            // They are in the order of age.
            guard isOld || isTooMuch, file.seen <= now - FileStorePruner.grace else { break }
            if isHeld(file.digest) {
                summary.held += 1
            } else if remove(file, seenUntil: file.seen, &summary) {
                summary.files += 1
                summary.bytes += file.bytes
                summary.left -= file.bytes
            }
        }
        return summary
    }

    private func remove(_ file: Stored, seenUntil: Int64, _ summary: inout Summary) -> Bool {
        let place = folder + "/" + file.digest.prefix(2) + "/"
        // Out of the way first: a worker that sees the file again meanwhile either still finds it, and its time says so, or puts it there anew.
        let aside = folder + "/tmp/gone." + file.digest
        if unsafe rename(place + file.digest, aside) == 0 {
            var status = stat()
            if unsafe lstat(aside, &status) == 0, Int64(status.st_mtim.tv_sec) > seenUntil {
                unsafe rename(aside, place + file.digest)
                return false
            }
            if unsafe unlink(aside) != 0 { note(aside, &summary) }
        } else if errno != ENOENT {
            note(place + file.digest, &summary)
            return false
        }
        for name in file.names where name != file.digest { unsafe unlink(place + name) }
        return true
    }

    private func note(_ path: String, _ summary: inout Summary) {
        if summary.failure == nil { summary.failure = "\(path): \(unsafe String(cString: strerror(errno)))" }
    }

    private func files(_ summary: inout Summary) -> [Stored] {
        var all: [Stored] = []
        for first in 0..<256 {
            let part = (first < 16 ? "0" : "") + String(first, radix: 16)
            var places: [Substring: Int] = [:]
            for name in names(in: folder + "/" + part, &summary) {
                let digest = name.prefix { $0 != "." }
                var status = stat()
                guard digest.utf8.count == 64, digest.hasPrefix(part), unsafe lstat(folder + "/" + part + "/" + name, &status) == 0,
                    status.st_mode & S_IFMT == S_IFREG
                else { continue }
                let place = places[digest] ?? all.count
                if place == all.count {
                    places[digest] = place
                    all.append(Stored(digest: String(digest), seen: .min))
                }
                all[place].seen = max(all[place].seen, Int64(status.st_mtim.tv_sec))
                all[place].bytes += UInt64(max(0, status.st_size))
                all[place].names.append(name)
            }
        }
        return all
    }

    private func names(in path: String, _ summary: inout Summary) -> [String] {
        guard let directory = unsafe opendir(path) else {
            if errno != ENOENT { note(path, &summary) }
            return []
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}

/// Looks at the file store now and then, and says what it removed.
struct FileStoreWatch {
    private let pruner: FileStorePruner
    private let journal: IncidentJournal?
    private var next: time_t = 0
    private(set) var removedFiles: UInt64 = 0
    private(set) var removedBytes: UInt64 = 0
    /// What was complained about last.
    private var complaint: String?

    /// Seconds between two looks.
    private static let interval: time_t = 600

    /// Nil where nothing is stored, or nothing is ever to go.
    init?(_ sensor: SensorRun) {
        guard let settings = sensor.configuration.fileStore, settings.limits.age != nil || settings.limits.size != nil else { return nil }
        pruner = FileStorePruner(folder: settings.path(logFolder: sensor.options.logFolder), limits: settings.limits)
        journal = sensor.journal
    }

    mutating func step(_ now: time_t) {
        guard now >= next else { return }
        next = now + FileStoreWatch.interval
        let held: Set<String>
        do { held = try journal?.heldDigests() ?? [] } catch {
            // Nothing goes while it cannot be asked what must stay.
            complain("file-store: nothing is removed, since legal holds cannot be read: \(SensorProgram.text(of: error))")
            return
        }
        let summary = pruner.run(now: Int64(now)) { held.contains($0) }
        removedFiles += summary.files
        removedBytes += summary.bytes
        if summary.files > 0 {
            SensorProgram.report(
                "file-store: \(summary.files) files (\(summary.bytes) bytes) removed, \(summary.left) bytes left"
                    + (summary.held > 0 ? "; \(summary.held) stay under a legal hold" : ""))
        }
        if let failure = summary.failure { complain("vonggac-sensor: file-store: \(failure)") } else { complaint = nil }
    }

    private mutating func complain(_ text: String) {
        guard complaint != text else { return }
        complaint = text
        SensorProgram.report(text)
    }
}
