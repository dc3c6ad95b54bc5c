import AppLayer
import Bytes
import Match

/// What is known of a rule before its program is made: enough to sort it into the groups that packets, streams and transactions meet.
struct RuleSummary: Sendable {
    var id: SignatureID
    var action: RuleAction
    var priority: UInt16
    var kind: SignatureKind
    var directions: FlowDirections
    var flags: RuleFlags
    var payloadSizes: PayloadSizes
    var fileHashes: FileHashSelection
    /// Source and destination are numbers of sets in the ``RuleSets`` at hand.
    var header: HeaderTable.Entry
    /// Groups of packets by IP protocol: TCP, UDP, the rest.
    var payloadGroups: UInt8
    /// What is searched for in payloads; nil where there is nothing.
    var payload: PayloadChoices.Choice?
    /// The field of a transaction that is searched, and what for.
    var searched: Search?
    /// The frames that it looks at; without a literal where they are not searched.
    var frames: [Search] = []
    var bitNames: [String] = []
    var integerNames: [String] = []

    /// A buffer that is searched for a rule.
    struct Search: Sendable {
        var buffer: BufferID
        /// Number of the list of transforms.
        var transforms: UInt16
        var choice: PayloadChoices.Choice?
        /// The buffer is where Suricata looks first. Another one tells only where it exists in every direction that the rule is for.
        var isPreferred = true
    }

    init(_ signature: Signature, _ sets: inout RuleSets) {
        id = signature.id
        action = signature.action
        priority = UInt16(clamping: signature.info.priority)
        kind = signature.kind
        directions = signature.directions
        flags = RuleSummary.flags(signature)
        payloadSizes = .every
        for case .integer(.payloadSize, let range) in signature.packetTests { payloadSizes.formIntersection(PayloadSizes(range)) }
        fileHashes = []
        for case .digest(let list, _) in signature.inspections.lazy.flatMap(\.fileTests) { fileHashes.insert(list.algorithm.selection) }
        header = HeaderTable.Entry(signature, &sets)
        payloadGroups = 0
        for number in signature.proto.ipProtocols { payloadGroups |= number == 6 ? 1 : number == 17 ? 2 : 4 }
        if signature.proto.ipProtocols.isEmpty { payloadGroups = 7 }
        switch signature.kind {
        case .packet, .stream, .packetAndStream: payload = PayloadChoices.Choice(signature)
        case .transaction, .applicationEvent: searched = RuleSummary.searched(signature, &sets)
        case .frame: frames = RuleSummary.frames(signature, &sets)
        default: break
        }
        if !signature.stateTests.isEmpty || !signature.effects.isEmpty {
            var names = StateCompiler()
            _ = names.compile(signature)
            bitNames = names.bitNames
            integerNames = names.integerNames
        }
    }

    private static func flags(_ signature: Signature) -> RuleFlags {
        var flags = RuleFlags()
        func set(_ flag: RuleFlags, _ holds: Bool) { if holds { flags.insert(flag) } }
        set(.hasEffects, !signature.effects.isEmpty)
        set(.hasStateTests, !signature.stateTests.isEmpty)
        set(.storesFiles, signature.fileStore != nil)
        set(.isTransactional, signature.isTransactional)
        set(.isBareStep, signature.proto.hook != nil && signature.inspections.isEmpty && signature.packetTests.count == 1)
        set(.mayLieAcrossPieces, mayLieAcrossPieces(signature.inspections))
        for inspection in signature.inspections {
            switch inspection.buffer {
            case .payload: set(.isMixed, signature.kind == .transaction || signature.kind == .applicationEvent)
            case .field(.fileMagic): set(.usesMagic, true)
            case .file: set(.looksAtFiles, true)
            default: break
            }
        }
        for case .tag(let spec) in signature.effects { set(spec.scope == .session ? .tagsFlows : .tagsHosts, true) }
        return flags
    }

    private static func mayLieAcrossPieces(_ inspections: [BufferInspection]) -> Bool {
        guard inspections.count == 1, inspections[0].buffer == .payload, inspections[0].transforms.isEmpty else { return false }
        return inspections[0].tests.allSatisfy { test in
            guard case .content(let pattern) = test else { return false }
            return !pattern.isNegated && !pattern.startsWith && !pattern.endsWith && pattern.offset == nil && pattern.depth == nil
        }
    }

    private static func searched(_ signature: Signature, _ sets: inout RuleSets) -> Search? {
        // What the client sent is no longer searched when the server's answer is looked at.
        guard !signature.isTransactional else { return nil }
        for inspection in signature.inspections {
            guard case .field(let buffer) = inspection.buffer, let choice = PayloadChoices.Choice(inspection) else { continue }
            return Search(buffer: buffer, transforms: sets.number(inspection.transforms), choice: choice)
        }
        // What is to be searched for first stands in the payload, which transactions are not searched by: any other content tells as well.
        var best: Search?
        for var inspection in signature.inspections {
            guard case .field(let buffer) = inspection.buffer else { continue }
            inspection.fastPattern = FastPattern.longest(inspection)
            guard let choice = PayloadChoices.Choice(inspection) else { continue }
            if choice.literal.bytes.count > best?.choice?.literal.bytes.count ?? 0 {
                best = Search(
                    buffer: buffer, transforms: sets.number(inspection.transforms), choice: choice, isPreferred: false)
            }
        }
        return best
    }

    private static func frames(_ signature: Signature, _ sets: inout RuleSets) -> [Search] {
        var result: [Search] = []
        for inspection in signature.inspections {
            guard case .field(let buffer) = inspection.buffer else { continue }
            let choice = signature.inspections.count == 1 ? PayloadChoices.Choice(inspection) : nil
            result.append(Search(buffer: buffer, transforms: sets.number(inspection.transforms), choice: choice))
        }
        return result
    }
}
