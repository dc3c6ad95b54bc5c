import Bytes
import Digest
import Glibc
import RuleLanguage

/// What the tables of rules depend on, in one digest: the contents of the rule files, the variables and classes that give rules their meaning,
/// and the program that reads them. Lists and databases that single rules name are not in it: those rules are read at every start.
public struct RuleCacheKey: Sendable, Equatable {
    public let digest: SHA256Digest
    /// Of the rule files, in their order.
    let contents: [SHA256Digest]

    /// Reads the rule files for their digests, a piece at a time.
    ///
    /// - Parameters:
    ///   - files: paths as rules are to be told of them.
    ///   - program: what tells the program from any other build of it.
    public init(files: [String], options: RuleLoaderOptions, program: String) throws(RuleFileUnreadable) {
        var contents: [SHA256Digest] = []
        for path in files {
            var hash = Hash(.sha256)
            guard WholeFile.read(path, limit: RuleLoader.largestFile, eachPiece: { hash.update($0) }) else {
                throw RuleFileUnreadable(path: path, reason: unsafe String(cString: strerror(errno)))
            }
            if let digest = SHA256Digest(bytes: hash.finish()) { contents.append(digest) }
        }
        self.init(files: files, contents: contents, options: options, program: program)
    }

    init(files: [String], contents: [SHA256Digest], options: RuleLoaderOptions, program: String) {
        var text: [UInt8] = []
        text.put(RuleCacheFile.formatVersion)
        text.put(program)
        text.put(UInt32(files.count))
        for (path, digest) in zip(files, contents) {
            text.put(path)
            text += digest.bytes
        }
        func put(_ pairs: [String: String]) {
            text.put(UInt32(pairs.count))
            for (name, value) in pairs.sorted(by: { $0.key < $1.key }) {
                text.put(name)
                text.put(value)
            }
        }
        put(options.variables.addresses)
        put(options.variables.ports)
        put(options.classifications.entries.mapValues { "\($0.priority) \($0.text)" })
        put(options.references.prefixes)
        put(Dictionary(uniqueKeysWithValues: options.features.map { ($0, "") }))
        put(Dictionary(options.protocols.map { ($0.name, "") }) { $1 })
        digest = SHA256Digest(of: text)
        self.contents = contents
    }

    /// Whether these are the contents of the rule files that the key was made of.
    func holds(_ texts: [[UInt8]]) -> Bool { texts.map { SHA256Digest(of: $0) } == contents }

    /// The name of its file.
    var fileName: String { RuleCache.prefix + digest.hex.prefix(32) + RuleCache.suffix }
}
