import AppLayer
import Bytes
import Match

/// Sorts rules, in evaluation order, into the groups that packets, streams and transactions meet.
struct RuleSorter {
    private let compiler: ProgramCompiler
    private let sets: RuleSets
    /// Numbers of all protocols.
    private let everyProtocol: [UInt8]
    var headerOnly: [UInt32] = []
    var protocolOnly: [UInt8: [UInt32]] = [:]
    var protocolDetection: [UInt32] = []
    var decodeEvents: [UInt32] = []
    var streamEvents: [UInt32] = []
    var transactionAlways: [UInt8: [UInt32]] = [:]
    /// Prefilters of frames, and rules on frames without a literal.
    private var frames: [FrameRules] = []
    var frameAlways: [BufferID: [UInt32]] = [:]
    /// Rules that look at packets or streams, by IP protocol (6, 17, 0 for the rest) and direction.
    private var payload: [Slot: [UInt32]] = [:]
    private var fields: [FieldKey: FieldRules] = [:]

    private struct Slot: Hashable {
        var ipProtocol: UInt8
        var direction: FlowDirection
    }

    private struct FieldKey: Hashable {
        var buffer: BufferID
        /// Number of the list.
        var transforms: UInt16
    }

    /// The rules with a literal in a field, by the number of the protocol that they are for.
    private struct FieldRules {
        var transforms: [CompiledTransform]
        var descriptor: BufferDescriptor
        var rules: [UInt8: [UInt32]] = [:]
        var choices: [UInt32: PayloadChoices.Choice] = [:]
    }

    /// The rules with a literal in frames of one type.
    private struct FrameRules {
        /// Number of the list of transforms.
        var number: UInt16
        var buffer: BufferID
        var transforms: [CompiledTransform]
        var sought: [(rule: UInt32, choice: PayloadChoices.Choice)]
    }

    init(compiler: ProgramCompiler, sets: RuleSets, protocols: [ProtocolDescriptor]) {
        self.compiler = compiler
        self.sets = sets
        everyProtocol = protocols.map(\.appProtocol.rawValue)
    }

    mutating func add(_ rule: UInt32, _ summary: RuleSummary) throws(MatchError) {
        switch summary.kind {
        case .headerOnly: headerOnly.append(rule)
        case .packet, .stream, .packetAndStream: addPayload(rule, summary)
        case .transaction, .applicationEvent: try addTransaction(rule, summary)
        case .frame: try addFrame(rule, summary)
        case .protocolOnly:
            for proto in sets.protocols[Int(summary.header.protocols)] { protocolOnly[proto.rawValue, default: []].append(rule) }
        case .protocolDetection: protocolDetection.append(rule)
        case .decodeEvent: decodeEvents.append(rule)
        case .streamEvent: streamEvents.append(rule)
        }
    }

    private mutating func addPayload(_ rule: UInt32, _ summary: RuleSummary) {
        for (bit, ipProtocol) in [(UInt8(1), UInt8(6)), (2, 17), (4, 0)] where summary.payloadGroups & bit != 0 {
            for direction in FlowDirection.allCases where summary.directions.contains(direction) {
                payload[Slot(ipProtocol: ipProtocol, direction: direction), default: []].append(rule)
            }
        }
    }

    /// The payload rules of a protocol and direction.
    func payloadRules(_ ipProtocol: UInt8, _ direction: FlowDirection) -> [UInt32] {
        payload[Slot(ipProtocol: ipProtocol, direction: direction)] ?? []
    }

    private mutating func addTransaction(_ rule: UInt32, _ summary: RuleSummary) throws(MatchError) {
        var numbers = sets.protocols[Int(summary.header.protocols)].map(\.rawValue)
        // Files' buffers belong to every protocol that carries files.
        if numbers.isEmpty { numbers = everyProtocol }
        guard let searched = summary.searched, let choice = searched.choice, let own = compiler.descriptors[searched.buffer],
            let descriptor = compiler.descriptors[own.heldBy ?? own.id],
            searched.isPreferred || own.directions.isSuperset(of: summary.directions)
        else {
            for number in numbers { transactionAlways[number, default: []].append(rule) }
            return
        }
        let key = FieldKey(buffer: descriptor.id, transforms: searched.transforms)
        if fields[key] == nil {
            fields[key] = FieldRules(
                transforms: try compiler.compile(sets.transforms[Int(searched.transforms)]), descriptor: descriptor)
        }
        for number in numbers { fields[key]?.rules[number, default: []].append(rule) }
        fields[key]?.choices[rule] = choice
    }

    private mutating func addFrame(_ rule: UInt32, _ summary: RuleSummary) throws(MatchError) {
        for search in summary.frames {
            guard let choice = search.choice else {
                if frameAlways[search.buffer]?.last != rule { frameAlways[search.buffer, default: []].append(rule) }
                continue
            }
            let place: Int
            if let known = frames.firstIndex(where: { $0.buffer == search.buffer && $0.number == search.transforms }) {
                place = known
            } else {
                place = frames.count
                frames.append(
                    FrameRules(
                        number: search.transforms, buffer: search.buffer,
                        transforms: try compiler.compile(sets.transforms[Int(search.transforms)]), sought: []))
            }
            frames[place].sought.append((rule, choice))
        }
    }

    func compiledFrames() -> [FramePrefilter] {
        frames.map {
            FramePrefilter(buffer: $0.buffer, transforms: $0.transforms, prefilter: RuleSorter.prefilter($0.sought))
        }
    }

    /// A prefilter with a pool of its own.
    private static func prefilter(_ sought: [(rule: UInt32, choice: PayloadChoices.Choice)]) -> Prefilter {
        var gathering = PayloadChoices.Gathering()
        for (_, choice) in sought { gathering.add(choice) }
        let choices = PayloadChoices(gathering)
        var prefilter = Prefilter.Builder(searchesAll: true)
        for (place, (rule, _)) in sought.enumerated() { choices.add(UInt32(place), as: rule, to: &prefilter) }
        return choices.compile(prefilter)
    }

    /// The prefilters of fields by protocol number. Protocols that have nearly the same rules on a field (HTTP in both versions) share one;
    /// the header test tells their rules apart.
    func compiledFields() -> [[FieldPrefilter]] {
        var result = [[FieldPrefilter]](repeating: [], count: 256)
        for (key, field) in fields.sorted(by: {
            ($0.key.buffer.rawValue, $0.key.transforms) < ($1.key.buffer.rawValue, $1.key.transforms)
        }) {
            var pools: [(rules: Set<UInt32>, numbers: [UInt8])] = []
            for (number, rules) in field.rules.sorted(by: {
                $0.value.count != $1.value.count ? $0.value.count > $1.value.count : $0.key < $1.key
            }) {
                let own = Set(rules)
                if let place = pools.firstIndex(where: { own.isSubset(of: $0.rules) && own.count * 10 >= $0.rules.count * 9 }) {
                    pools[place].numbers.append(number)
                } else {
                    pools.append((own, [number]))
                }
            }
            for pool in pools {
                let sought = pool.rules.sorted().compactMap { rule in field.choices[rule].map { (rule, $0) } }
                let compiled = FieldPrefilter(
                    buffer: key.buffer, transforms: field.transforms, descriptor: field.descriptor, prefilter: RuleSorter.prefilter(sought),
                    longest: sought.map(\.1.literal.bytes.count).max() ?? 1)
                for number in pool.numbers { result[Int(number)].append(compiled) }
            }
        }
        return result
    }
}
