import AppLayer
import Bytes
import Glibc
import RuleLanguage

/// What reading rules depends on.
public struct RuleLoaderOptions: Sendable {
    public var variables: RuleVariables
    public var classifications: ClassificationFile
    public var references: ReferenceFile
    /// Protocols whose names and buffers rules may use.
    public var protocols: [ProtocolDescriptor]
    /// What `requires: feature` may ask for, by Suricata's names.
    public var features: Set<String> = []
    /// Lists that rules look values up in.
    public var datasets = DatasetCatalogue()
    /// For `iprep`; nil where the configuration has none.
    public var reputation: HostReputation?
    /// For `geoip`; nil where the configuration has none.
    public var countries: CountryDatabase?

    public init(
        variables: RuleVariables = .standard, classifications: ClassificationFile = ClassificationFile(),
        references: ReferenceFile = ReferenceFile(), protocols: [ProtocolDescriptor] = ProtocolRegistry.all
    ) {
        self.variables = variables
        self.classifications = classifications
        self.references = references
        self.protocols = protocols
    }
}

/// Something to tell about a rule or a line of a configuration file.
public struct RuleIssue: Sendable, CustomStringConvertible {
    public enum Severity: String, Sendable {
        /// The rule is not used.
        case error
        /// The rule is used.
        case warning
        /// The rule asks for what is not there (`requires`) and is left out.
        case skipped
    }

    public let position: SourcePosition
    /// What, and what was expected.
    public let message: String
    public let severity: Severity

    public var description: String { "\(position): \(message)" }
}

/// What was read from all rule files.
public struct LoadedRules: Sendable {
    /// In load order; a rule with `<>` makes two.
    public var signatures: [Signature] = []
    public var issues: [RuleIssue] = []
    /// Rules by outcome. A rule that a newer revision replaced is not counted.
    public var loadedCount = 0
    public var failedCount = 0
    public var skippedCount = 0
    /// From threshold.config.
    public var globalThresholds: [GlobalThreshold] = []
    public var suppressions: [Suppression] = []
}

/// A file that cannot be read.
public struct RuleFileUnreadable: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String { "\(path): \(reason); check the path and its permissions" }
}

/// Reads rule files into signatures. One bad rule never stops the others.
public struct RuleLoader {
    private struct Key: Hashable {
        var generator: UInt32
        var signature: UInt32
    }

    private let frontEnd: FrontEnd
    private var reader: RuleReader
    private var result = LoadedRules()
    /// Each rule that was kept: its signatures, in load order; nil where a newer revision came later.
    private var kept: [[Signature]?] = []
    private var places: [Key: Int] = [:]
    private var warned: Set<String> = []

    public init(options: RuleLoaderOptions = RuleLoaderOptions()) {
        frontEnd = FrontEnd(options)
        reader = RuleReader(frontEnd: frontEnd)
    }

    /// Reads a rule file.
    public mutating func load(file path: String) throws(RuleFileUnreadable) {
        load(text: try RuleLoader.contents(of: path), name: path)
    }

    /// Reads rules from memory. `name` stands in messages where a file's path would.
    public mutating func load(text: String, name: String) { load(text: Array(text.utf8), name: name) }

    /// Reads rules from memory. `name` stands in messages where a file's path would.
    public mutating func load(text: [UInt8], name: String) {
        for line in LogicalLines(text) {
            do throws(RuleError) {
                switch try reader.read(line, file: name, order: kept.count) {
                case .loaded(let signatures, let warnings):
                    for warning in warnings where warned.insert(warning.message).inserted {
                        report(warning, line, name, .warning)
                    }
                    keep(signatures, line, name)
                case .skipped(let reason):
                    result.skippedCount += 1
                    report(reason, line, name, .skipped)
                }
            } catch {
                result.failedCount += 1
                report(error, line, name, .error)
            }
        }
    }

    /// Reads threshold.config.
    public mutating func loadThresholds(file path: String) throws(RuleFileUnreadable) {
        loadThresholds(text: try RuleLoader.contents(of: path), name: path)
    }

    /// Reads the text of a threshold.config.
    public mutating func loadThresholds(text: [UInt8], name: String) {
        for line in LogicalLines(text) {
            do throws(RuleError) {
                try line.check()
                switch try ThresholdFile.read(line.bytes[...], frontEnd.variables) {
                case .threshold(let threshold): result.globalThresholds.append(threshold)
                case .suppression(let suppression): result.suppressions.append(suppression)
                }
            } catch {
                report(error, line, name, .error)
            }
        }
    }

    /// Everything that was read.
    public consuming func finish() -> LoadedRules {
        var result = result
        for signatures in kept {
            guard let signatures else { continue }
            result.loadedCount += 1
            result.signatures += signatures
        }
        return result
    }

    /// Of rules with one number the highest revision stays, whichever came first.
    private mutating func keep(_ signatures: [Signature], _ line: LogicalLine, _ name: String) {
        guard let first = signatures.first else { return }
        let key = Key(generator: first.id.generator, signature: first.id.signature)
        if let place = places[key], let other = kept[place]?.first {
            guard first.id.revision > other.id.revision else {
                result.failedCount += 1
                report(
                    RuleError(
                        "duplicate of sid \(first.id.signature) rev \(other.id.revision) at \(other.info.position), expected a higher rev",
                        at: 0),
                    line, name, .error)
                return
            }
            kept[place] = nil
        }
        places[key] = kept.count
        kept.append(signatures)
    }

    private mutating func report(_ error: RuleError, _ line: LogicalLine, _ file: String, _ severity: RuleIssue.Severity) {
        result.issues.append(RuleIssue(position: line.position(of: error.offset, file: file), message: error.message, severity: severity))
    }

    /// More than any list of rules or values; something without an end is no such file.
    private static let largestFile = 2 << 30

    /// The bytes of a file.
    public static func contents(of path: String) throws(RuleFileUnreadable) -> [UInt8] {
        guard let bytes = WholeFile.read(path, limit: largestFile) else {
            throw RuleFileUnreadable(path: path, reason: unsafe String(cString: strerror(errno)))
        }
        return bytes
    }
}
