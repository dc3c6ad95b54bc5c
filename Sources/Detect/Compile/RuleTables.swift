import Bytes
import Digest
import RuleLanguage

/// All rules that were read, as far as they are known without being ready to run: what rule sets are made from.
///
/// A rule takes some hundred bytes here, and its text, which is read again when a packet first concerns it.
public struct RuleTables: Sendable {
    var records = RuleRecords()
    /// Where the rule of each record stands.
    var places: [RuleTexts.Place] = []
    var files: [String] = []
    var storage = RuleTexts.Storage.memory([])
    /// Where each list of transforms stands: an inspection of a rule. The first list is empty and stands nowhere.
    var transformPlaces: [TransformPlace] = []
    /// The signatures of rules that depend on more than their text, by place in load order.
    var kept: [UInt32: Signature] = [:]
    /// Rules that depend on more than their text, in the order of reading.
    var dependent: [DependentRule] = []
    /// Rules that the engine cannot run.
    public internal(set) var refused: [RefusedRule] = []
    let reader: RuleReader

    public internal(set) var issues: [RuleIssue] = []
    /// Rules by outcome. A rule that a newer revision replaced is not counted; one that the engine cannot run has failed.
    public internal(set) var loadedCount = 0
    public internal(set) var failedCount = 0
    public internal(set) var skippedCount = 0

    struct TransformPlace: BitwiseCopyable, Sendable {
        var rule: RuleTexts.Place
        var inspection: UInt16
    }

    /// A rule that lists and databases beside the rule files have a say in. It is read at every start.
    struct DependentRule: Sendable {
        var place: RuleTexts.Place
        /// What reading it gave, for comparison.
        var outcome: String
        /// The place of its first signature in load order; nil where it is not used.
        var record: UInt32?
    }

    init(reader: RuleReader) { self.reader = reader }

    /// What reading a rule gave, as text.
    static func outcome(_ result: Result<RuleReader.Outcome?, RuleError>) -> String {
        switch result {
        case .success(.loaded(let signatures, let warnings)?):
            "\(signatures.count) " + warnings.map { "\($0.offset) \($0.message)" }.joined(separator: "\n")
        case .success(.skipped(let reason)?): "skipped \(reason.offset) \(reason.message)"
        case .success(nil): "nothing"
        case .failure(let error): "error \(error.offset) \(error.message)"
        }
    }
}

extension RuleSet {
    /// - Parameters:
    ///   - tables: of the rules.
    ///   - thresholds: of threshold.config.
    public convenience init(
        _ tables: RuleTables, thresholds: [GlobalThreshold] = [], suppressions: [Suppression] = [],
        options: EngineOptions = EngineOptions()
    ) throws {
        let protocols = tables.reader.frontEnd.descriptors
        try self.init(
            records: tables.records, kept: tables.kept,
            texts: RuleTexts(files: tables.files, storage: tables.storage, places: tables.places, reader: tables.reader),
            refused: tables.refused, thresholds: thresholds, suppressions: suppressions, compiler: ProgramCompiler(protocols),
            protocols: protocols, options: options)
    }
}
