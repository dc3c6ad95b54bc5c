import Bytes
import Glibc
import Synchronization

/// The `datasets` section of the configuration as far as it holds for all of them.
public struct DatasetOptions: Sendable {
    /// Folder of `state` and `save` files named in rules (`--data-dir`).
    public var dataFolder = "/var/lib/vonggac/data"
    /// Folder where `load` files of rules are looked for when they are not beside the rule file (`default-rule-path`).
    public var ruleFolder = ""
    /// Rules may name `state` and `save` files at all.
    public var allowsWriting = true
    /// Rules may name such files outside of the data folder.
    public var allowsAbsolutePaths = false
    /// Bytes that one dataset may take; nil for the usual amount.
    public var memoryLimit: Int?
    /// `hashsize` when none is given, and the most that one and that all together may ask for.
    public var hashSize = 4096
    public var largestHashSize = 262_144
    public var hashSizes = 67_108_864

    public init() {}
}

/// What a rule or the configuration asks of a dataset.
public struct DatasetRequest: Sendable {
    public var name: String
    public var kind: DatasetKind?
    public var load: String?
    public var save: String?
    public var format = DatasetFormat.csv
    public var memoryLimit: Int?
    public var hashSize: Int?

    public init(name: String) { self.name = name }
}

/// All datasets by name, whoever asked for them first.
public final class DatasetCatalogue: Sendable {
    private struct State {
        var sets: [String: Dataset] = [:]
        /// In the order in which they were made.
        var order: [Dataset] = []
        var hashSizes = 0
    }

    public let options: DatasetOptions
    private let state = Mutex(State())

    private let previous: [String: Dataset]

    /// - Parameter previous: the catalogue before a reload. Sets whose values rules have added are gone on with; lists are read anew.
    public init(options: DatasetOptions = DatasetOptions(), keeping previous: DatasetCatalogue? = nil) {
        self.options = options
        self.previous = previous?.state.withLock { $0.sets.filter { $0.value.loadPath == nil || $0.value.savePath != nil } } ?? [:]
    }

    /// Makes a dataset that the configuration names; its paths are as they stand, or lie in the data folder.
    ///
    /// - Returns: what was wrong with single lines of its file.
    public func declare(_ request: DatasetRequest) throws(DatasetError) -> [String] {
        var request = request
        if let save = request.save {
            request.save = configured(save, mustExist: false)
            request.load = request.save
        } else if let load = request.load {
            request.load = configured(load, mustExist: true)
        }
        return try find(request).problems
    }

    private func configured(_ path: String, mustExist: Bool) -> String {
        if path.hasPrefix("/") { return path }
        let inFolder = options.dataFolder + "/" + path
        let exists = unsafe access(inFolder, F_OK) == 0
        return mustExist && !exists ? path : inFolder
    }

    /// The dataset that a rule asks for, made if need be.
    ///
    /// - Parameters:
    ///   - isState: `load` and `save` are one file, which need not be there yet.
    ///   - ruleFile: files to load are looked for beside it.
    func dataset(_ request: DatasetRequest, isState: Bool, ruleFile: String) throws(DatasetError) -> (set: Dataset, problems: [String]) {
        var request = request
        if let save = request.save {
            request.save = try writable(save, request.name)
            if isState { request.load = request.save }
        }
        if !isState, let load = request.load, request.save == nil { request.load = readable(load, beside: ruleFile) }
        return try find(request)
    }

    private func writable(_ path: String, _ name: String) throws(DatasetError) -> String {
        guard options.allowsWriting else {
            throw DatasetError(name, "save and state are switched off by datasets.rules.allow-write")
        }
        if path.hasPrefix("/") || path.split(separator: "/").contains("..") {
            guard options.allowsAbsolutePaths else {
                throw DatasetError(
                    name, "\(path) lies outside of the data folder; name a file in it, or set datasets.rules.allow-absolute-filenames")
            }
            if path.hasPrefix("/") { return path }
        }
        return options.dataFolder + "/" + path
    }

    private func readable(_ path: String, beside ruleFile: String) -> String {
        if path.hasPrefix("/") { return path }
        let folder = ruleFile.lastIndex(of: "/").map { String(ruleFile[..<$0]) } ?? "."
        for candidate in [folder + "/" + path, options.ruleFolder + "/" + path] where unsafe access(candidate, F_OK) == 0 {
            return candidate
        }
        return path
    }

    private func find(_ request: DatasetRequest) throws(DatasetError) -> (set: Dataset, problems: [String]) {
        let name = request.name
        guard (1...63).contains(name.utf8.count) else { throw DatasetError(name, "the name is too long, expected 1 to 63 bytes") }
        if let known = state.withLock({ $0.sets[name.lowercased()] }) {
            if let kind = request.kind, kind != known.kind {
                throw DatasetError(name, "is of type \(known.kind.rawValue), and here of type \(kind.rawValue)")
            }
            let namesFile = request.load != nil || request.save != nil
            if namesFile, request.load != known.loadPath || request.save != known.savePath {
                throw DatasetError(name, "stands twice with different files, expected the same load, save or state")
            }
            if namesFile, request.format != known.format { throw DatasetError(name, "stands twice with different formats") }
            return (known, [])
        }
        guard let kind = request.kind else { throw DatasetError(name, "is not defined; give its type") }
        let hashSize = request.hashSize ?? options.hashSize
        guard hashSize <= options.largestHashSize else {
            throw DatasetError(name, "hashsize \(hashSize) is over datasets.limits.single-hashsize \(options.largestHashSize)")
        }
        let hashSizes = state.withLock { $0.hashSizes } + hashSize
        guard hashSizes <= options.hashSizes else {
            throw DatasetError(name, "hashsize \(hashSize) is over what is left of datasets.limits.total-hashsizes \(options.hashSizes)")
        }
        if let known = previous[name.lowercased()], known.kind == kind, known.loadPath == request.load, known.savePath == request.save,
            known.format == request.format
        {
            state.withLock { state in
                state.sets[name.lowercased()] = known
                state.order.append(known)
                state.hashSizes = hashSizes
            }
            return (known, [])
        }
        var contents = Dataset.State()
        var problems: [String] = []
        if let load = request.load {
            (contents, problems) = try DatasetFile.read(
                load, name: name, kind: kind, format: request.format, isState: request.save == load)
        }
        let memoryLimit = request.memoryLimit ?? options.memoryLimit
        if let memoryLimit, contents.table.memory + contents.memory > memoryLimit {
            throw DatasetError(name, "its file needs more than the memcap of \(memoryLimit) bytes; raise memcap")
        }
        let made = Dataset(
            name: name, kind: kind, loadPath: request.load, savePath: request.save, format: request.format, memoryLimit: memoryLimit,
            state: contents)
        state.withLock { state in
            state.sets[name.lowercased()] = made
            state.order.append(made)
            state.hashSizes = hashSizes
        }
        return (made, problems)
    }

    /// Writes every dataset that has a file to be saved in; gives what could not be written.
    public func save() -> [DatasetError] {
        var problems: [DatasetError] = []
        for set in state.withLock({ $0.order }) {
            guard let path = set.savePath else { continue }
            if let reason = DatasetCatalogue.write(set.lines(), to: path) { problems.append(DatasetError(set.name, "\(path): \(reason)")) }
        }
        return problems
    }

    /// Puts a file in the place of another, whole or not at all; gives why it could not.
    private static func write(_ bytes: [UInt8], to path: String) -> String? {
        if let end = path.lastIndex(of: "/") { _ = unsafe mkdir(String(path[..<end]), 0o750) }
        let draft = path + ".new"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { return unsafe String(cString: strerror(errno)) }
        let isWhole = WholeFile.write(bytes.rawSpan, to: descriptor) == bytes.count
        let reason = unsafe String(cString: strerror(errno))
        close(descriptor)
        guard isWhole else { return reason }
        return unsafe rename(draft, path) == 0 ? nil : unsafe String(cString: strerror(errno))
    }
}
