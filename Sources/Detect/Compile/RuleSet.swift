import AppLayer
import Bytes
import Flow
import Match

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
    public let info: SignatureInfo
    public let reason: String
}

/// All rules compiled: immutable, shared by the workers.
///
/// Rules stand in evaluation order (rule-semantics R1): their index is their rank.
// Everything in it is set in init and only read afterwards.
public final class RuleSet: @unchecked Sendable {
    /// All rules, in evaluation order.
    public var signatures: [Signature] { programs.map(\.signature) }
    public let refused: [RefusedRule]
    public let options: EngineOptions
    let programs: [Program]
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
    let states: [CompiledState]

    // Groups, by what is looked at.
    let payloadChoices: PayloadChoices
    let headerOnly: AddressIndex
    let tcp: (toServer: PortGroups, toClient: PortGroups)
    let udp: (toServer: PortGroups, toClient: PortGroups)
    let other: (toServer: PortGroups, toClient: PortGroups)
    /// Rules about an application protocol alone, by its number.
    let protocolOnly: [UInt8: [UInt32]]
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
    public init(
        signatures: [Signature], thresholds: [GlobalThreshold] = [], suppressions: [Suppression] = [],
        protocols: [ProtocolDescriptor] = ProtocolRegistry.all, options: EngineOptions = EngineOptions()
    ) throws(MatchError) {
        self.options = options
        self.thresholds = thresholds
        self.suppressions = suppressions
        var descriptors: [BufferID: BufferDescriptor] = [:]
        for descriptor in FileFields.buffers + protocols.flatMap(\.buffers) { descriptors[descriptor.id] = descriptor }
        let compiler = ProgramCompiler(descriptors: descriptors)
        var programs: [Program] = []
        var refused: [RefusedRule] = []
        programs.reserveCapacity(signatures.count)
        for signature in signatures {
            do throws(MatchError) {
                programs.append(try compiler.compile(signature))
            } catch {
                refused.append(RefusedRule(info: signature.info, reason: error.description))
            }
        }
        let order = RuleOrder(options.actionOrder)
        programs.sort { order.precedes($0.signature, $1.signature) }
        self.programs = programs
        headers = HeaderTable(programs)
        hasMixedRules = programs.contains { program in
            guard program.hasPayload else { return false }
            switch program.signature.kind {
            case .transaction, .applicationEvent: return true
            default: return false
            }
        }
        hasBareSteps = programs.contains { $0.bareStep != nil }
        looksAtFiles = programs.contains { $0.inspections.contains { $0.buffer == .file } }
        storesFiles = programs.contains { $0.signature.fileStore != nil }
        usesMagic = programs.contains { $0.inspections.contains { $0.buffer == .field(.fileMagic) } }
        var hashes: FileHashSelection = []
        for test in programs.flatMap({ $0.inspections.flatMap(\.fileTests) }) {
            if case .digest(let list, _) = test { hashes.insert(list.algorithm.selection) }
        }
        fileHashes = hashes
        self.refused = refused
        var stateCompiler = StateCompiler()
        states = programs.map { stateCompiler.compile($0.signature) }
        bitNames = stateCompiler.bitNames
        integerNames = stateCompiler.integerNames
        let tags = programs.flatMap { $0.signature.effects.compactMap { if case .tag(let spec) = $0 { spec } else { nil } } }
        hasTags = !tags.isEmpty
        tagsHosts = tags.contains { $0.scope != .session }

        payloadChoices = PayloadChoices(programs)
        var sorter = RuleSorter(programs: programs, protocols: protocols)
        sorter.sort()
        headerOnly = AddressIndex(sorter.headerOnly, programs)
        protocolOnly = sorter.protocolOnly
        protocolDetection = sorter.protocolDetection
        decodeEvents = sorter.decodeEvents
        streamEvents = sorter.streamEvents
        let withoutLiteral = sorter.transactionAlways
        transactionAlways = (0...255).map { withoutLiteral[$0] ?? [] }
        tcp = (sorter.groups(6, .toServer), sorter.groups(6, .toClient))
        udp = (sorter.groups(17, .toServer), sorter.groups(17, .toClient))
        other = (sorter.groups(0, .toServer), sorter.groups(0, .toClient))
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
    /// The rule of that number.
    public func signature(_ rule: Int) -> Signature { programs[rule].signature }

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

    func precedes(_ a: Signature, _ b: Signature) -> Bool {
        let one = key(a)
        let two = key(b)
        if one.0 != two.0 { return one.0 < two.0 }
        if one.1 != two.1 { return one.1 < two.1 }
        if one.2 != two.2 { return one.2 < two.2 }
        return a.loadOrder < b.loadOrder
    }

    private func key(_ signature: Signature) -> (Int, Int, Int) {
        let action =
            signature.action == .config
            ? -1 : actions.firstIndex { $0 == signature.action || $0 == .reject && signature.action.rejects } ?? actions.count
        let state =
            switch (signature.effects.isEmpty, signature.stateTests.isEmpty) {
            case (false, true): 0
            case (false, false): 1
            case (true, false): 2
            case (true, true): 3
            }
        return (action, state, signature.info.priority)
    }
}

extension RuleSet {
    /// Whether some rule is about that oddity of streams.
    public func asks(for event: StreamEvent) -> Bool {
        streamEvents.contains { rule in
            programs[Int(rule)].signature.packetTests.contains { if case .streamEvent(event.rawValue) = $0 { true } else { false } }
        }
    }
}
