import Bytes
import Glibc
import RuleLanguage

/// Where rules stand in their files, and their text: read again when a rule is needed.
struct RuleTexts: Sendable {
    /// A rule's place.
    struct Place: BitwiseCopyable, Sendable {
        var file: UInt16
        /// 1 for the second signature of a rule with <>.
        var half: UInt8
        /// Of its first physical line, from 1.
        var line: UInt32
        /// In the file's bytes.
        var start: UInt32
        var count: UInt32
        /// The rule's number in the order of reading.
        var order: UInt32
    }

    /// The bytes of the files.
    enum Storage: Sendable {
        case memory([[UInt8]])
        case cache(CachedTexts)

        func bytes(_ file: Int, _ range: Range<Int>) throws(RuleError) -> [UInt8] {
            switch self {
            case .memory(let files):
                guard files.indices.contains(file), range.upperBound <= files[file].count else {
                    throw RuleError("the rule's text is gone", at: 0)
                }
                return Array(files[file][range])
            case .cache(let texts): return try texts.bytes(file, range)
            }
        }
    }

    var files: [String]
    var storage: Storage
    /// By place in load order.
    var places: [Place]
    private var reader: RuleReader

    init(files: [String], storage: Storage, places: [Place], reader: RuleReader) {
        self.files = files
        self.storage = storage
        self.places = places
        self.reader = reader
    }

    /// The signature of the rule at a place in load order; nil where the text is not that rule.
    mutating func signature(_ record: Int) throws(RuleError) -> Signature? {
        guard places.indices.contains(record) else { return nil }
        let place = places[record]
        guard case .loaded(let signatures, _)? = try read(place), signatures.indices.contains(Int(place.half)) else { return nil }
        return signatures[Int(place.half)]
    }

    /// Reads the rule at a place.
    mutating func read(_ place: Place) throws(RuleError) -> RuleReader.Outcome? {
        guard Int(place.file) < files.count else { return nil }
        let text = try storage.bytes(Int(place.file), Int(place.start)..<Int(place.start) + Int(place.count))
        var lines = LogicalLines(text, firstNumber: Int(place.line))
        guard let line = lines.next() else { return nil }
        return try reader.read(line, file: files[Int(place.file)], order: Int(place.order))
    }
}

/// The texts in an open cache file. They are read when needed and never stay in memory: the system's page cache has them while they are used.
struct CachedTexts: Sendable {
    private let file: OpenFile
    /// Where each rule file's text begins and ends in the cache.
    private let files: [Range<Int>]

    init(file: OpenFile, files: [Range<Int>]) {
        self.file = file
        self.files = files
    }

    func bytes(_ number: Int, _ range: Range<Int>) throws(RuleError) -> [UInt8] {
        guard files.indices.contains(number), range.upperBound <= files[number].count else {
            throw RuleError("the rule's text is gone", at: 0)
        }
        let start = files[number].lowerBound
        guard let bytes = WholeFile.read(file.descriptor, start + range.lowerBound..<start + range.upperBound) else {
            throw RuleError("the rule cache cannot be read: \(unsafe String(cString: strerror(errno)))", at: 0)
        }
        return bytes
    }
}
