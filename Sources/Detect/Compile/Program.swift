import AppLayer
import Bytes
import Match
import RuleLanguage

/// One test of a rule, ready to run: patterns folded, expressions compiled.
enum Instruction: Sendable {
    case content(SoughtContent)
    case pcre(Regex, isNegated: Bool, isRelative: Bool, hasRelativeAfter: Bool, captures: [PCRECapture])
    case byteTest(ByteTest)
    case byteJump(ByteJump)
    case byteExtract(ByteExtract)
    case byteMath(ByteMath)
    case isDataAt(IsDataAt)
    case size(IntegerRange)
    case base64Decode(bytes: Int?, offset: Int, isRelative: Bool)
    case absent(orElse: Bool)
    case asn1(ASN1Test)
    case dataset(DatasetTest)
    case reputation(Dataset, IntegerRange)
    case entropy(EntropyTest)
}

/// A content with what speeds its search. A class, so that running it copies nothing.
final class SoughtContent: Sendable {
    let pattern: ContentPattern
    let needle: Needle
    /// No test comes after it.
    let isLast: Bool

    init(_ pattern: ContentPattern, isLast: Bool) {
        self.pattern = pattern
        needle = Needle(pattern.bytes, isCaseInsensitive: pattern.isCaseInsensitive)
        self.isLast = isLast
    }
}

/// The tests of one buffer. A class, so that looking at one copies nothing.
final class CompiledInspection: Sendable {
    let buffer: InspectedBuffer
    let transforms: [CompiledTransform]
    let instructions: [Instruction]
    let fileTests: [FileTest]
    /// See ``BufferInspection/side``.
    let side: FlowDirection?
    let requiresAbsence: Bool
    /// The size of the buffer is compared in a way that only its end can decide.
    let waitsForEnd: Bool
    /// For fields: the directions in which the buffer exists, from when, and how it comes.
    let descriptor: BufferDescriptor?
    /// The same bytes give the same verdict at any time, and a content that is missing from them decides.
    let isSteady: Bool

    /// Its expressions, those of transforms included.
    var expressions: [Regex] {
        transforms.compactMap { if case .regularExpression(let regex) = $0 { regex } else { nil } }
            + instructions.compactMap { if case .pcre(let regex, _, _, _, _) = $0 { regex } else { nil } }
    }

    init(
        _ inspection: BufferInspection, transforms: [CompiledTransform], instructions: [Instruction], descriptor: BufferDescriptor?
    ) {
        buffer = inspection.buffer
        self.transforms = transforms
        self.instructions = instructions
        fileTests = inspection.fileTests
        side = inspection.side
        if case .absent(orElse: false)? = inspection.tests.first { requiresAbsence = true } else { requiresAbsence = false }
        waitsForEnd = inspection.tests.contains(where: \.waitsForEnd)
        self.descriptor = descriptor
        isSteady =
            transforms.isEmpty
            && instructions.allSatisfy { instruction in
                switch instruction {
                case .content, .pcre, .byteTest, .byteJump, .byteExtract, .byteMath, .isDataAt, .size, .absent, .asn1: true
                case .base64Decode, .dataset, .reputation, .entropy: false
                }
            }
    }
}

enum CompiledTransform: Sendable {
    case plain(BufferTransform)
    case regularExpression(Regex)
    /// `domain`, or `tld` where not the whole domain is wanted.
    case domain(PublicSuffixes, isWhole: Bool)
}

/// A rule as the evaluator runs it. A class, so that looking at one copies nothing.
final class Program: Sendable {
    /// A threshold, and the number under which its counts are kept.
    typealias Limit = (slot: UInt16, spec: ThresholdSpec)

    let signature: Signature
    let inspections: [CompiledInspection]
    /// What it tests and changes of the state that rules share.
    let state: CompiledState
    let thresholds: [Limit]
    /// Without bytes in the payload it does not hold.
    let looksAtPayload: Bool

    /// The step at which a rule without any other test is looked at. It matches again until the transaction has gone beyond it.
    var bareStep: TransactionStep? {
        guard let hook = signature.proto.hook, inspections.isEmpty, signature.packetTests.count == 1 else { return nil }
        return hook
    }

    init(signature: Signature, inspections: [CompiledInspection], state: CompiledState, thresholds: [Limit]) {
        self.signature = signature
        self.inspections = inspections
        self.state = state
        self.thresholds = thresholds
        looksAtPayload = inspections.contains { if case .payload = $0.buffer { true } else { false } }
    }

    /// Matches nothing: stands for a rule whose text is out of reach.
    static let never: Program = {
        let info = SignatureInfo(
            message: "", classType: "", classText: "", priority: 3, references: [], metadata: [], target: nil,
            position: SourcePosition(file: "", line: 0, column: 0), text: "")
        var signature = Signature(id: SignatureID(signature: 0), info: info)
        // No payload has fewer bytes than none.
        signature.packetTests = [.integer(.payloadSize, IntegerRange(.less(0)))]
        return Program(signature: signature, inspections: [], state: CompiledState(), thresholds: [])
    }()
}

/// Compiles the tests of rules.
struct ProgramCompiler: Sendable {
    let descriptors: [BufferID: BufferDescriptor]

    /// - Parameter protocols: whose buffers the rules may use.
    init(_ protocols: [ProtocolDescriptor]) {
        var descriptors: [BufferID: BufferDescriptor] = [:]
        for descriptor in FileFields.buffers + protocols.flatMap(\.buffers) { descriptors[descriptor.id] = descriptor }
        self.descriptors = descriptors
    }

    func compile(_ signature: Signature) throws(MatchError) -> [CompiledInspection] {
        var inspections: [CompiledInspection] = []
        for inspection in signature.inspections { inspections.append(try compile(inspection)) }
        return inspections
    }

    private func compile(_ inspection: BufferInspection) throws(MatchError) -> CompiledInspection {
        var instructions: [Instruction] = []
        for (index, test) in inspection.tests.enumerated() {
            let rest = inspection.tests[(index + 1)...]
            instructions.append(try compile(test, rest: rest))
        }
        let transforms = try compile(inspection.transforms)
        var descriptor: BufferDescriptor?
        if case .field(let id) = inspection.buffer {
            descriptor = inspection.side.flatMap { descriptors[id]?.restricted(to: $0) } ?? descriptors[id]
        }
        return CompiledInspection(inspection, transforms: transforms, instructions: instructions, descriptor: descriptor)
    }

    func compile(_ list: [BufferTransform]) throws(MatchError) -> [CompiledTransform] {
        var transforms: [CompiledTransform] = []
        for transform in list {
            switch transform {
            case .regularExpression(let expression): transforms.append(.regularExpression(try Regex(expression)))
            case .domain, .topLevelDomain:
                // The keyword has seen to it that the list is there.
                if let suffixes = PublicSuffixes.system { transforms.append(.domain(suffixes, isWhole: transform == .domain)) }
            default: transforms.append(.plain(transform))
            }
        }
        return transforms
    }

    private func compile(_ test: ContentTest, rest: ArraySlice<ContentTest>) throws(MatchError) -> Instruction {
        switch test {
        case .content(let pattern): return .content(SoughtContent(pattern, isLast: rest.isEmpty))
        case .pcre(let pattern):
            var options = Regex.Options()
            options.isCaseInsensitive = pattern.options.contains("i")
            options.isMultiline = pattern.options.contains("m")
            options.dotMatchesNewline = pattern.options.contains("s")
            options.isExtended = pattern.options.contains("x")
            options.isAnchored = pattern.options.contains("A")
            options.dollarEndOnly = pattern.options.contains("E")
            options.isUngreedy = pattern.options.contains("G")
            options.liftsLimit = pattern.liftsLimit
            let regex = try Regex(pattern.expression, options)
            return .pcre(
                regex, isNegated: pattern.isNegated, isRelative: pattern.isRelative, hasRelativeAfter: rest.contains(where: \.isRelative),
                captures: pattern.captures)
        case .byteTest(let value): return .byteTest(value)
        case .byteJump(let value): return .byteJump(value)
        case .byteExtract(let value): return .byteExtract(value)
        case .byteMath(let value): return .byteMath(value)
        case .isDataAt(let value): return .isDataAt(value)
        case .size(let range): return .size(range)
        case .base64Decode(let bytes, let offset, let isRelative):
            return .base64Decode(bytes: bytes, offset: offset, isRelative: isRelative)
        case .absent(let orElse): return .absent(orElse: orElse)
        case .asn1(let value): return .asn1(value)
        case .dataset(let test): return .dataset(test)
        case .reputation(let set, let range): return .reputation(set, range)
        case .entropy(let test): return .entropy(test)
        }
    }
}

extension ContentTest {
    /// A size that must be more is known to be before the buffer ends; any other is not.
    var waitsForEnd: Bool {
        guard case .size(let range) = self else { return false }
        switch range.comparison {
        case .greater, .greaterOrEqual: return false
        default: return true
        }
    }

    /// Whether the test begins where the one before it ended.
    var isRelative: Bool {
        switch self {
        case .content(let pattern): pattern.isRelative
        case .pcre(let pattern): pattern.isRelative
        case .byteTest(let value): value.isRelative
        case .byteJump(let value): value.isRelative
        case .byteExtract(let value): value.isRelative
        case .byteMath(let value): value.isRelative
        case .isDataAt(let value): value.isRelative
        case .base64Decode(_, _, let isRelative): isRelative
        default: false
        }
    }
}
