import AppLayer
import Bytes
import Match

/// Sorts compiled rules into the groups that packets, streams and transactions meet.
struct RuleSorter {
    let programs: [Program]
    let protocols: [ProtocolDescriptor]
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
    private var payload: [Slot: [Int]] = [:]
    private var fields: [FieldKey: FieldRules] = [:]

    private struct Slot: Hashable {
        var ipProtocol: UInt8
        var direction: FlowDirection
    }

    private struct FieldKey: Hashable {
        var buffer: BufferID
        var transforms: [BufferTransform]
    }

    /// The rules with a literal in a field, by the number of the protocol that they are for.
    private struct FieldRules {
        var transforms: [CompiledTransform]
        var descriptor: BufferDescriptor
        var rules: [UInt8: [UInt32]] = [:]
        var literals: [UInt32: Literal] = [:]
    }

    /// The rules with a literal in frames of one type.
    private struct FrameRules {
        /// The transforms as the rules have them.
        var written: [BufferTransform]
        var buffer: BufferID
        var transforms: [CompiledTransform]
        var sought: [(rule: UInt32, literal: Literal)]
    }

    init(programs: [Program], protocols: [ProtocolDescriptor]) {
        self.programs = programs
        self.protocols = protocols
    }

    mutating func sort() {
        for (rule, program) in programs.enumerated() {
            let signature = program.signature
            switch signature.kind {
            case .headerOnly: headerOnly.append(UInt32(rule))
            case .packet, .stream, .packetAndStream: addPayload(rule, signature)
            case .transaction, .applicationEvent: addTransaction(rule, signature)
            case .frame: addFrame(rule, signature)
            case .protocolOnly:
                for proto in signature.proto.appProtocols { protocolOnly[proto.rawValue, default: []].append(UInt32(rule)) }
            case .protocolDetection: protocolDetection.append(UInt32(rule))
            case .decodeEvent: decodeEvents.append(UInt32(rule))
            case .streamEvent: streamEvents.append(UInt32(rule))
            }
        }
    }

    private mutating func addPayload(_ rule: Int, _ signature: Signature) {
        let numbers = signature.proto.ipProtocols
        var kinds: Set<UInt8> = []
        if numbers.isEmpty { kinds = [6, 17, 0] }
        for number in numbers { kinds.insert(number == 6 || number == 17 ? number : 0) }
        for kind in kinds {
            for direction in FlowDirection.allCases where signature.directions.contains(direction) {
                payload[Slot(ipProtocol: kind, direction: direction), default: []].append(rule)
            }
        }
    }

    func groups(_ ipProtocol: UInt8, _ direction: FlowDirection) -> PortGroups {
        PortGroups(ipProtocol: ipProtocol, payload[Slot(ipProtocol: ipProtocol, direction: direction)] ?? [], programs)
    }

    private mutating func addTransaction(_ rule: Int, _ signature: Signature) {
        var numbers = signature.proto.appProtocols.map(\.rawValue)
        if numbers.isEmpty {
            // Files' buffers belong to every protocol that carries files.
            numbers = protocols.map(\.appProtocol.rawValue)
        }
        // What the client sent is no longer searched when the server's answer is looked at.
        let isSearched = !signature.isTransactional
        for (index, inspection) in signature.inspections.enumerated() where isSearched {
            guard case .field(let buffer) = inspection.buffer, let literal = FastPattern.literal(of: inspection),
                let descriptor = programs[rule].inspections[index].descriptor
            else { continue }
            let key = FieldKey(buffer: buffer, transforms: inspection.transforms)
            if fields[key] == nil {
                fields[key] = FieldRules(transforms: programs[rule].inspections[index].transforms, descriptor: descriptor)
            }
            for number in numbers { fields[key]?.rules[number, default: []].append(UInt32(rule)) }
            fields[key]?.literals[UInt32(rule)] = Literal(literal.bytes, isCaseInsensitive: literal.ignoringCase)
            return
        }
        for number in numbers { transactionAlways[number, default: []].append(UInt32(rule)) }
    }

    private mutating func addFrame(_ rule: Int, _ signature: Signature) {
        for (index, inspection) in signature.inspections.enumerated() {
            guard case .field(let buffer) = inspection.buffer else { continue }
            guard let literal = FastPattern.literal(of: inspection), signature.inspections.count == 1 else {
                if frameAlways[buffer]?.last != UInt32(rule) { frameAlways[buffer, default: []].append(UInt32(rule)) }
                continue
            }
            let place =
                frames.firstIndex { $0.buffer == buffer && $0.written == inspection.transforms }
                ?? {
                    frames.append(
                        FrameRules(
                            written: inspection.transforms, buffer: buffer,
                            transforms: programs[rule].inspections[index].transforms, sought: []))
                    return frames.count - 1
                }()
            frames[place].sought.append((UInt32(rule), Literal(literal.bytes, isCaseInsensitive: literal.ignoringCase)))
        }
    }

    func compiledFrames() -> [FramePrefilter] {
        frames.map {
            FramePrefilter(buffer: $0.buffer, transforms: $0.transforms, prefilter: RuleSorter.prefilter($0.sought))
        }
    }

    /// A prefilter with a pool of its own.
    private static func prefilter(_ sought: [(rule: UInt32, literal: Literal)]) -> Prefilter {
        let prefilter = Prefilter()
        var literals: [Literal] = []
        var numbers: [Literal: UInt32] = [:]
        for (rule, literal) in sought {
            let number = numbers[literal] ?? UInt32(literals.count)
            if number == literals.count {
                literals.append(literal)
                numbers[literal] = number
            }
            prefilter.add(rule: rule, Prefilter.Sought(literal: number))
        }
        prefilter.compile(LiteralPool(literals))
        return prefilter
    }

    /// The prefilters of fields by protocol number. Protocols that have nearly the same rules on a field (HTTP in both versions) share one;
    /// the header test tells their rules apart.
    func compiledFields() -> [[FieldPrefilter]] {
        var result = [[FieldPrefilter]](repeating: [], count: 256)
        for (key, field) in fields.sorted(by: {
            ($0.key.buffer.rawValue, $0.key.transforms.count) < ($1.key.buffer.rawValue, $1.key.transforms.count)
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
                let sought = pool.rules.sorted().compactMap { rule in field.literals[rule].map { (rule, $0) } }
                let compiled = FieldPrefilter(
                    buffer: key.buffer, transforms: field.transforms, descriptor: field.descriptor, prefilter: RuleSorter.prefilter(sought),
                    longest: sought.map(\.1.bytes.count).max() ?? 1)
                for number in pool.numbers { result[Int(number)].append(compiled) }
            }
        }
        return result
    }
}
