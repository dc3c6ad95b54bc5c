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
    private var frames: [FramePrefilter] = []
    var frameAlways: [BufferID: [UInt32]] = [:]
    /// Rules that look at packets or streams, by IP protocol (6, 17, 0 for the rest) and direction.
    private var payload: [Slot: [Int]] = [:]
    private var fields: [UInt8: [FieldKey: FieldPrefilter]] = [:]

    private struct Slot: Hashable {
        var ipProtocol: UInt8
        var direction: FlowDirection
    }

    private struct FieldKey: Hashable {
        var buffer: BufferID
        var transforms: [BufferTransform]
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

    func groups(_ ipProtocol: UInt8, _ direction: FlowDirection) throws(MatchError) -> PortGroups {
        let groups = PortGroups()
        let programs = programs
        try groups.build(payload[Slot(ipProtocol: ipProtocol, direction: direction)] ?? [], programs) { rule, group in
            let signature = programs[rule].signature
            let isStream = ipProtocol == 6 && (signature.kind == .stream || signature.kind == .packetAndStream)
            let isPacket = ipProtocol != 6 || signature.kind != .stream
            if isPacket { group.addToPackets { RuleSorter.add(rule, signature, to: &$0) } }
            if isStream { group.addToStream { RuleSorter.add(rule, signature, to: &$0) } }
        }
        return groups
    }

    /// Puts a rule's fast pattern into a payload prefilter.
    private static func add(_ rule: Int, _ signature: Signature, to prefilter: inout Prefilter) {
        for inspection in signature.inspections where inspection.buffer == .payload {
            if let literal = literal(of: inspection) {
                prefilter.add(rule: rule, literal.bytes, ignoringCase: literal.ignoringCase)
                return
            }
        }
        prefilter.addAlways(rule: rule)
    }

    /// What the prefilter can search for: the chosen content, when it must be there.
    private static func literal(of inspection: BufferInspection) -> (bytes: [UInt8], ignoringCase: Bool)? {
        guard let fast = inspection.fastPattern, fast.test < inspection.tests.count,
            case .content(let pattern) = inspection.tests[fast.test], !pattern.isNegated, !fast.slice.isEmpty,
            fast.slice.upperBound <= pattern.bytes.count
        else { return nil }
        return (Array(pattern.bytes[fast.slice]), pattern.isCaseInsensitive)
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
            guard case .field(let buffer) = inspection.buffer, let literal = RuleSorter.literal(of: inspection),
                let descriptor = programs[rule].inspections[index].descriptor
            else { continue }
            let key = FieldKey(buffer: buffer, transforms: inspection.transforms)
            for number in numbers {
                var list = fields[number] ?? [:]
                var entry =
                    list[key]
                    ?? FieldPrefilter(
                        buffer: buffer, transforms: programs[rule].inspections[index].transforms, descriptor: descriptor,
                        directions: descriptor.directions, prefilter: Prefilter())
                // The dictionary must let go of its copy, or each addition copies all of the prefilter.
                list[key] = nil
                fields[number] = nil
                entry.prefilter.add(rule: rule, literal.bytes, ignoringCase: literal.ignoringCase)
                list[key] = entry
                fields[number] = list
            }
            return
        }
        for number in numbers { transactionAlways[number, default: []].append(UInt32(rule)) }
    }

    private mutating func addFrame(_ rule: Int, _ signature: Signature) {
        for (index, inspection) in signature.inspections.enumerated() {
            guard case .field(let buffer) = inspection.buffer else { continue }
            guard let literal = RuleSorter.literal(of: inspection), signature.inspections.count == 1 else {
                if frameAlways[buffer]?.last != UInt32(rule) { frameAlways[buffer, default: []].append(UInt32(rule)) }
                continue
            }
            let place =
                frames.firstIndex { $0.buffer == buffer && $0.written == inspection.transforms }
                ?? {
                    frames.append(
                        FramePrefilter(
                            written: inspection.transforms, buffer: buffer,
                            transforms: programs[rule].inspections[index].transforms, prefilter: Prefilter()))
                    return frames.count - 1
                }()
            frames[place].prefilter.add(rule: rule, literal.bytes, ignoringCase: literal.ignoringCase)
        }
    }

    func compiledFrames() throws(MatchError) -> [FramePrefilter] {
        var result: [FramePrefilter] = []
        for var entry in frames {
            try entry.prefilter.compile()
            result.append(entry)
        }
        return result
    }

    func compiledFields() throws(MatchError) -> [UInt8: [FieldPrefilter]] {
        var result: [UInt8: [FieldPrefilter]] = [:]
        for (number, list) in fields {
            var compiled: [FieldPrefilter] = []
            for (_, var entry) in list.sorted(by: { $0.key.buffer.rawValue < $1.key.buffer.rawValue }) {
                try entry.prefilter.compile()
                compiled.append(entry)
            }
            result[number] = compiled
        }
        return result
    }
}
