import AppLayer
import Bytes
import Glibc
import Match
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

/// Reads rule files, into signatures or into tables that rule sets are made from. One bad rule never stops the others.
public struct RuleLoader {
    private struct Key: Hashable {
        var generator: UInt32
        var signature: UInt32
    }

    /// A rule that was read.
    private struct Kept {
        var id: SignatureID
        var position: SourcePosition
        var place: RuleTexts.Place
        /// All of it, where signatures are kept or the rule depends on more than its text.
        var signatures: [Signature]
        /// Where the records of its signatures begin.
        var records: [UInt32] = []
        /// Why the engine cannot run it.
        var refusal: String?
    }

    private let frontEnd: FrontEnd
    private let compiler: ProgramCompiler
    /// Only tables are wanted: nothing else is kept of a rule that was read.
    private let makesTables: Bool
    private var reader: RuleReader
    private var result = LoadedRules()
    private var records = RuleRecords()
    private var files: [String] = []
    private var texts: [[UInt8]] = []
    private var transformPlaces: [RuleTables.TransformPlace] = []
    private var dependent: [RuleTables.DependentRule] = []
    /// Each rule that was kept, in load order; nil where a newer revision came later.
    private var kept: [Kept?] = []
    private var places: [Key: Int] = [:]
    private var warned: Set<String> = []

    /// - Parameter makesTables: ``tables()`` will be asked for instead of ``finish()``.
    public init(options: RuleLoaderOptions = RuleLoaderOptions(), makesTables: Bool = false) {
        frontEnd = FrontEnd(options)
        compiler = ProgramCompiler(options.protocols)
        reader = RuleReader(frontEnd: frontEnd)
        self.makesTables = makesTables
    }

    /// Reads a rule file.
    public mutating func load(file path: String) throws(RuleFileUnreadable) {
        load(text: try RuleLoader.contents(of: path), name: path)
    }

    /// Reads rules from memory. `name` stands in messages where a file's path would.
    public mutating func load(text: String, name: String) { load(text: Array(text.utf8), name: name) }

    /// Reads rules from memory. `name` stands in messages where a file's path would.
    public mutating func load(text: [UInt8], name: String) {
        if makesTables {
            files.append(name)
            texts.append(text)
        }
        for line in LogicalLines(text) {
            let place = RuleTexts.Place(
                file: UInt16(clamping: files.count - 1), half: 0, line: UInt32(clamping: line.number),
                start: UInt32(clamping: line.range.lowerBound), count: UInt32(clamping: line.range.count),
                order: UInt32(clamping: kept.count))
            do throws(RuleError) {
                let outcome = try reader.read(line, file: name, order: kept.count)
                var isKept = false
                switch outcome {
                case .loaded(let signatures, let warnings):
                    for warning in warnings where warned.insert(warning.message).inserted {
                        report(warning, line, name, .warning)
                    }
                    isKept = keep(signatures, place, line, name)
                case .skipped(let reason):
                    result.skippedCount += 1
                    report(reason, line, name, .skipped)
                }
                note(.success(outcome), place, isKept)
            } catch {
                result.failedCount += 1
                report(error, line, name, .error)
                note(.failure(error), place, false)
            }
        }
    }

    /// Remembers what reading a rule gave that depends on more than its text.
    private mutating func note(_ outcome: Result<RuleReader.Outcome?, RuleError>, _ place: RuleTexts.Place, _ isKept: Bool) {
        guard makesTables, reader.hasReadFiles else { return }
        dependent.append(
            RuleTables.DependentRule(
                place: place, outcome: RuleTables.outcome(outcome), record: isKept ? place.order : nil))
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
        for rule in kept {
            guard let rule else { continue }
            result.loadedCount += 1
            result.signatures += rule.signatures
        }
        return result
    }

    /// The tables of everything that was read.
    public consuming func tables() -> RuleTables {
        var tables = RuleTables(reader: reader)
        tables.issues = result.issues
        tables.failedCount = result.failedCount
        tables.skippedCount = result.skippedCount
        tables.files = files
        tables.storage = .memory(texts)
        tables.dependent = dependent
        tables.records = records
        tables.transformPlaces = transformPlaces
        var numbers: [UInt32: UInt32] = [:]
        for rule in kept {
            guard let rule else { continue }
            if let reason = rule.refusal {
                tables.refused.append(RefusedRule(position: rule.position, reason: reason))
                continue
            }
            tables.loadedCount += 1
            numbers[rule.place.order] = UInt32(tables.places.count)
            for (half, offset) in rule.records.enumerated() {
                if half < rule.signatures.count { tables.kept[UInt32(tables.places.count)] = rule.signatures[half] }
                var place = rule.place
                place.half = UInt8(half)
                tables.records.offsets.append(offset)
                tables.places.append(place)
            }
        }
        tables.failedCount += tables.refused.count
        for index in tables.dependent.indices { tables.dependent[index].record = tables.dependent[index].record.flatMap { numbers[$0] } }
        return tables
    }

    /// Of rules with one number the highest revision stays, whichever came first. True for the rule at hand where it stays.
    private mutating func keep(_ signatures: [Signature], _ place: RuleTexts.Place, _ line: LogicalLine, _ name: String) -> Bool {
        guard let first = signatures.first else { return false }
        let key = Key(generator: first.id.generator, signature: first.id.signature)
        if let place = places[key], let other = kept[place] {
            guard first.id.revision > other.id.revision else {
                result.failedCount += 1
                report(
                    RuleError(
                        "duplicate of sid \(first.id.signature) rev \(other.id.revision) at \(other.position), expected a higher rev",
                        at: 0),
                    line, name, .error)
                return false
            }
            kept[place] = nil
        }
        places[key] = kept.count
        var rule = Kept(id: first.id, position: first.info.position, place: place, signatures: [])
        if !makesTables || reader.hasReadFiles { rule.signatures = signatures }
        if makesTables { summarise(signatures, &rule) }
        kept.append(rule)
        return true
    }

    /// Tries whether the engine can run the rule, and writes down what sorts it.
    private mutating func summarise(_ signatures: [Signature], _ rule: inout Kept) {
        do throws(MatchError) {
            for (half, signature) in signatures.enumerated() {
                if half == 0 { _ = try compiler.compile(signature) }
                rule.records.append(records.write(signature))
                for list in records.sets.transforms[(transformPlaces.count + 1)...] {
                    let inspection = signature.inspections.firstIndex { $0.transforms == list } ?? 0
                    transformPlaces.append(RuleTables.TransformPlace(rule: rule.place, inspection: UInt16(clamping: inspection)))
                }
            }
        } catch {
            rule.refusal = error.description
        }
    }

    private mutating func report(_ error: RuleError, _ line: LogicalLine, _ file: String, _ severity: RuleIssue.Severity) {
        result.issues.append(RuleIssue(position: line.position(of: error.offset, file: file), message: error.message, severity: severity))
    }

    /// More than any list of rules or values; something without an end is no such file.
    static let largestFile = 2 << 30

    /// The bytes of a file.
    public static func contents(of path: String) throws(RuleFileUnreadable) -> [UInt8] {
        guard let bytes = WholeFile.read(path, limit: largestFile) else {
            throw RuleFileUnreadable(path: path, reason: unsafe String(cString: strerror(errno)))
        }
        return bytes
    }
}
