import AppLayer
import Bytes
import Flow
import Match
import RuleLanguage

/// How the engine behaves beyond the rules.
public struct EngineOptions: Sendable {
    /// Most alerts of one packet; the rest is counted.
    public var alertsPerPacket = 15
    /// Body bytes that are waited for before the first look: request and response side.
    public var requestBodyMinimum: UInt64 = 32 * 1024
    public var responseBodyMinimum: UInt64 = 40 * 1024
    /// Alerts of rules on packets and streams name the only transaction that is open, as a guess.
    public var guessesTransactions = false
    /// How many alerts one transaction is guessed for.
    public var guessesPerTransaction = 4
    /// Which actions go first (Suricata's `action-order`).
    public var actionOrder: [RuleAction] = [.pass, .drop, .reject, .alert]

    public init() {}
}

/// A rule that the engine cannot run, with the reason.
public struct RefusedRule: Sendable {
    public let position: SourcePosition
    public let reason: String
}

/// All rules compiled: immutable, shared by the workers.
///
/// Rules stand in evaluation order (rule-semantics R1): their index is their rank.
// Everything in it is set in init and only read afterwards.
public final class RuleSet: @unchecked Sendable {
    /// All rules, in evaluation order; each is read again for it.
    public var signatures: [Signature] { facts.compactMap { programs.signature($0) } }
    /// Rules in the set; their numbers are 0 up to this.
    public var count: Int { facts.count }
    public let refused: [RefusedRule]
    public let options: EngineOptions
    /// What is asked of every rule, by its index.
    let facts: [RuleFacts]
    let programs: ProgramStore
    /// The headers of all rules, by their index.
    let headers: HeaderTable
    /// Some rule looks at a transaction and at the payload: the stream is kept for as long as its transaction is inspected.
    let hasMixedRules: Bool
    /// Names of flowbits, by number.
    let bitNames: [String]
    /// Names of flowints, by number.
    let integerNames: [String]
    /// Some rule tags packets.
    let hasTags: Bool
    /// Some rule tags hosts.
    let tagsHosts: Bool

    // Groups, by what is looked at.
    let payloadChoices: PayloadChoices
    let headerOnly: AddressIndex
    let tcp: (toServer: PortGroups, toClient: PortGroups)
    let udp: (toServer: PortGroups, toClient: PortGroups)
    let other: (toServer: PortGroups, toClient: PortGroups)
    /// Rules about an application protocol alone, by its number (256 of them); empty where there are none.
    let protocolOnly: [[UInt32]]
    let protocolDetection: [UInt32]
    let decodeEvents: [UInt32]
    let streamEvents: [UInt32]
    /// Prefilters of fields, by protocol number (256 of them): each with its buffer and transforms.
    let fields: [[FieldPrefilter]]
    /// Transaction rules without a literal in a field, by protocol number (256 of them).
    let transactionAlways: [[UInt32]]
    /// Prefilters of frames.
    let frames: [FramePrefilter]
    /// Rules on frames without a literal.
    let frameAlways: [BufferID: [UInt32]]
    /// Files' buffers, by protocol number of the rules that use them (0: every protocol).
    let suppressions: [Suppression]
    let thresholds: [GlobalThreshold]
    /// Some rule tests files as wholes.
    let looksAtFiles: Bool
    /// Some rules look at nothing but a transaction's progress.
    let hasBareSteps: Bool
    /// Some rule has `filestore`.
    public let storesFiles: Bool
    /// Some rule looks at `file.magic`.
    public let usesMagic: Bool
    /// Digests that rules need of every file.
    public let fileHashes: FileHashSelection

    /// - Parameters:
    ///   - signatures: in load order.
    ///   - protocols: whose buffers and events the rules may use.
    public convenience init(
        signatures: [Signature], thresholds: [GlobalThreshold] = [], suppressions: [Suppression] = [],
        protocols: [ProtocolDescriptor] = ProtocolRegistry.all, options: EngineOptions = EngineOptions()
    ) throws {
        let compiler = ProgramCompiler(protocols)
        var records = RuleRecords()
        var kept: [UInt32: Signature] = [:]
        var refused: [RefusedRule] = []
        for signature in signatures {
            do throws(MatchError) {
                _ = try compiler.compile(signature)
                kept[UInt32(records.count)] = signature
                records.offsets.append(records.write(signature))
            } catch {
                refused.append(RefusedRule(position: signature.info.position, reason: error.description))
            }
        }
        try self.init(
            records: records, kept: kept, texts: nil, refused: refused, thresholds: thresholds, suppressions: suppressions,
            compiler: compiler, protocols: protocols, options: options)
    }

    /// - Parameters:
    ///   - kept: the signatures that are not to be read again, by place in load order.
    ///   - texts: where the others are read.
    init(
        records: RuleRecords, kept: [UInt32: Signature], texts: RuleTexts?, refused: [RefusedRule], thresholds: [GlobalThreshold],
        suppressions: [Suppression], compiler: ProgramCompiler, protocols: [ProtocolDescriptor], options: EngineOptions
    ) throws {
        self.options = options
        self.thresholds = thresholds
        self.suppressions = suppressions
        self.refused = refused
        var entries: [HeaderTable.Entry] = []
        var facts: [RuleFacts] = []
        entries.reserveCapacity(records.count)
        facts.reserveCapacity(records.count)
        var flags = RuleFlags()
        var hashes: FileHashSelection = []
        var names = StateCompiler()
        var choices = PayloadChoices.Gathering()
        var sorter = RuleSorter(compiler: compiler, sets: records.sets, protocols: protocols)
        for record in try RuleOrder(options.actionOrder).sorted(records) {
            let summary = try records.read(Int(record))
            let rule = UInt32(facts.count)
            entries.append(summary.header)
            facts.append(
                RuleFacts(
                    id: summary.id, kind: summary.kind, directions: summary.directions, flags: summary.flags,
                    payloadSizes: summary.payloadSizes, record: record))
            flags.formUnion(summary.flags)
            hashes.formUnion(summary.fileHashes)
            names.note(bits: summary.bitNames, integers: summary.integerNames)
            choices.add(summary.payload)
            try sorter.add(rule, summary)
        }
        self.facts = facts
        headers = HeaderTable(entries, records.sets)
        hasMixedRules = flags.contains(.isMixed)
        hasBareSteps = flags.contains(.isBareStep)
        looksAtFiles = flags.contains(.looksAtFiles)
        storesFiles = flags.contains(.storesFiles)
        usesMagic = flags.contains(.usesMagic)
        hasTags = !flags.isDisjoint(with: [.tagsFlows, .tagsHosts])
        tagsHosts = flags.contains(.tagsHosts)
        fileHashes = hashes
        bitNames = names.bitNames
        integerNames = names.integerNames
        programs = ProgramStore(kept: kept, texts: texts, names: names, compiler: compiler, thresholds: thresholds)

        payloadChoices = PayloadChoices(choices)
        headerOnly = AddressIndex(sorter.headerOnly, entries, facts, records.sets)
        let onProtocols = sorter.protocolOnly
        protocolOnly = onProtocols.isEmpty ? [] : (0...255).map { onProtocols[$0] ?? [] }
        protocolDetection = sorter.protocolDetection
        decodeEvents = sorter.decodeEvents
        streamEvents = sorter.streamEvents
        let withoutLiteral = sorter.transactionAlways
        transactionAlways = (0...255).map { withoutLiteral[$0] ?? [] }
        func groups(_ ipProtocol: UInt8) -> (toServer: PortGroups, toClient: PortGroups) {
            (
                PortGroups(ipProtocol: ipProtocol, sorter.payloadRules(ipProtocol, .toServer), entries, records.sets),
                PortGroups(ipProtocol: ipProtocol, sorter.payloadRules(ipProtocol, .toClient), entries, records.sets)
            )
        }
        tcp = groups(6)
        udp = groups(17)
        other = groups(0)
        fields = sorter.compiledFields()
        frames = sorter.compiledFrames()
        frameAlways = sorter.frameAlways
    }
}

/// The prefilter of one field (and transforms on it).
final class FieldPrefilter: Sendable {
    let buffer: BufferID
    let transforms: [CompiledTransform]
    let descriptor: BufferDescriptor
    let prefilter: Prefilter
    /// Bytes of the longest literal.
    let longest: Int

    init(buffer: BufferID, transforms: [CompiledTransform], descriptor: BufferDescriptor, prefilter: Prefilter, longest: Int) {
        self.buffer = buffer
        self.transforms = transforms
        self.descriptor = descriptor
        self.prefilter = prefilter
        self.longest = longest
    }
}

/// The prefilter of one type of frames (and transforms on it).
struct FramePrefilter: Sendable {
    var buffer: BufferID
    var transforms: [CompiledTransform]
    var prefilter: Prefilter
}

extension RuleSet {
    /// The rule of that number, ready to run: made when it is first asked for.
    func program(_ rule: Int) -> Program { programs.program(UInt32(rule), facts[rule]) }

    /// The rule of that number.
    public func signature(_ rule: Int) -> Signature { program(rule).signature }

    /// Rules that were made ready to run so far.
    public var programCount: Int { programs.count }

    /// Why a rule that was loaded could not be made ready to run, when that has happened.
    public var programFailure: String? { programs.failure }

    /// The frames that rules look at.
    public var frameSelection: FrameSelection {
        var selection = FrameSelection()
        for id in frames.map(\.buffer) + Array(frameAlways.keys) { selection.insert(id.appProtocol, id.frameType) }
        return selection
    }
}

/// Evaluation order (rule-semantics A1, R1): action; those that set state before those that read it; priority; load order.
struct RuleOrder {
    private let actions: [RuleAction]

    init(_ actions: [RuleAction]) { self.actions = actions }

    /// What a rule's place depends on, besides load order.
    struct Key {
        var action: RuleAction
        var priority: UInt16
        var flags: RuleFlags
    }

    /// Places in load order, sorted.
    func sorted(_ records: RuleRecords) throws(ParseError) -> [UInt32] {
        var keys: [UInt64] = []
        keys.reserveCapacity(records.count)
        for record in 0..<records.count { keys.append(number(try records.rank(record)) << 32 | UInt64(record)) }
        keys.sort()
        return keys.map { UInt32(truncatingIfNeeded: $0) }
    }

    /// Action, state and priority, the first counting most.
    private func number(_ key: Key) -> UInt64 {
        let action =
            key.action == .config
            ? 0 : 1 + (actions.firstIndex { $0 == key.action || $0 == .reject && key.action.rejects } ?? actions.count)
        let state: UInt64 =
            switch (key.flags.contains(.hasEffects), key.flags.contains(.hasStateTests)) {
            case (true, false): 0
            case (true, true): 1
            case (false, true): 2
            case (false, false): 3
            }
        return UInt64(min(action, 255)) << 24 | state << 16 | UInt64(key.priority)
    }
}

extension RuleSet {
    /// Whether some rule is about that oddity of streams.
    public func asks(for event: StreamEvent) -> Bool {
        streamEvents.contains { rule in
            program(Int(rule)).signature.packetTests.contains { if case .streamEvent(event.rawValue) = $0 { true } else { false } }
        }
    }
}
