import AppLayer
import Bytes
import Decode
import RuleLanguage

extension RuleBuilder {
    /// Checks what only the whole rule can tell and makes the signature of it, header left open.
    ///
    /// - Parameter end: offset where errors without a better place point.
    mutating func finish(_ info: SignatureInfo, end: Int) throws(RuleError) -> Signature {
        try refuseUnused()
        try dropEmptyRuns()
        try checkFrames(end)
        for run in inspections { try checkRun(run, end) }
        try checkLowercase()
        try checkPacketSize(end)
        try checkPacketKeywords()

        var signature = Signature(id: id, info: info)
        signature.proto = proto
        signature.flow = flow
        signature.isTransactional = isTransactional
        signature.directions = isTransactional ? try transactionDirections(end) : try directions(end)
        signature.packetTests = packetTests
        signature.stateTests = stateTests
        signature.effects = effects
        signature.threshold = threshold
        signature.furtherThresholds = furtherThresholds
        signature.fileStore = fileStore
        signature.isSilent = isSilent
        signature.alsoAlerts = alsoAlerts
        try FastPatternChoice.choose(&inspections, frontEnd, offset: contentOffsets.first?.offset ?? end)
        signature.inspections = inspections
        return signature
    }

    /// A content that a modifier moved away may leave its run empty.
    private mutating func dropEmptyRuns() throws(RuleError) {
        guard inspections.contains(where: { $0.tests.isEmpty && $0.buffer != .file }) else { return }
        var moved: [Int: Int] = [:]
        var kept: [BufferInspection] = []
        for (index, run) in inspections.enumerated() where !run.tests.isEmpty || run.buffer == .file {
            moved[index] = kept.count
            kept.append(run)
        }
        inspections = kept
        contentOffsets = contentOffsets.compactMap { place in moved[place.inspection].map { ($0, place.test, place.offset) } }
    }

    /// Frames are looked at by themselves, without a transaction or the payload.
    private func checkFrames(_ end: Int) throws(RuleError) {
        guard !frameBuffers.isEmpty else { return }
        for (index, run) in inspections.enumerated() {
            switch run.buffer {
            case .field(let id) where id.isFrame: continue
            case .base64Data: continue
            default:
                let offset = contentOffsets.first { $0.inspection == index }?.offset ?? end
                throw RuleError("tests on other buffers beside frame can never hold, expected tests on frames alone", at: offset)
            }
        }
    }

    /// Sizes that can never hold, and `absent` beside other tests.
    private func checkRun(_ run: BufferInspection, _ end: Int) throws(RuleError) {
        let index = inspections.firstIndex { $0.buffer == run.buffer && $0.transforms == run.transforms }
        let offset = contentOffsets.first { $0.inspection == index }?.offset ?? end
        var largest: UInt64 = .max
        var absent: Bool?
        for test in run.tests {
            if case .size(let range) = test, let maximum = IntegerGrammar.maximum(range) { largest = min(largest, maximum) }
            if case .absent(let orElse) = test { absent = orElse }
        }
        if absent == false, run.tests.count > 1 {
            throw RuleError("absent beside other tests on the same buffer can never hold, expected absent:or_else", at: offset)
        }
        if absent == true, run.tests.count == 1 {
            throw RuleError("absent:or_else without another test on the buffer, expected a content after it", at: offset)
        }
        let needed = RuleBuilder.leastSize(run.tests)
        guard needed <= largest else {
            throw RuleError("the contents need \(needed) bytes, but the size of the buffer is at most \(largest)", at: offset)
        }
    }

    /// Bytes that a buffer must have at least for its contents to match one after the other.
    static func leastSize(_ tests: [ContentTest]) -> UInt64 {
        var least: Int64 = 0
        var base: Int64 = 0
        for test in tests {
            switch test {
            case .content(let content):
                if content.isNegated { continue }
                var start: Int64 = 0
                if content.isRelative {
                    start = base
                    switch content.distance {
                    case .constant(let distance): start = max(0, base + distance)
                    case .variable: start = 0
                    case nil: break
                    }
                } else if case .constant(let offset) = content.offset {
                    start = offset
                }
                base = start + Int64(content.bytes.count)
                least = max(least, base)
            case .pcre, .byteJump, .byteExtract: base = 0
            default: break
            }
        }
        return UInt64(least)
    }

    /// Content with capitals can never match a buffer that is lower case.
    private func checkLowercase() throws(RuleError) {
        for place in contentOffsets {
            let run = inspections[place.inspection]
            guard case .field(let id) = run.buffer, let buffer = frontEnd.buffers[id], buffer.isLowercased,
                case .content(let content) = run.tests[place.test]
            else { continue }
            if content.isCaseInsensitive, run.transforms.isEmpty {
                throw RuleError("nocase on \(buffer.name), which is lower case already; expected no nocase", at: place.offset)
            }
            if content.bytes.contains(where: { $0 &- 65 < 26 }), !run.transforms.contains(.toUppercase) {
                throw RuleError("capitals never match \(buffer.name), which is lower case; expected lower-case letters", at: place.offset)
            }
        }
    }

    /// `dsize` against the contents of the payload.
    private func checkPacketSize(_ end: Int) throws(RuleError) {
        guard let run = inspections.first(where: { $0.buffer == .payload }) else { return }
        for case .integer(.payloadSize, let range) in packetTests {
            let needed = RuleBuilder.leastSize(run.tests)
            if let maximum = IntegerGrammar.maximum(range), needed > maximum {
                throw RuleError(
                    "the contents need \(needed) bytes, but dsize allows at most \(maximum)", at: contentOffsets.first?.offset ?? end)
            }
        }
    }

    var hasFieldTest: Bool {
        inspections.contains {
            switch $0.buffer {
            case .field, .file: true
            default: false
            }
        }
            || packetTests.contains {
                switch $0 {
                case .transactionNumber, .transactionNumberAt, .transactionBits, .transactionNumbers, .transaction, .dcerpcInterface,
                    .ftpBounce:
                    true
                default: false
                }
            }
    }

    private func checkPacketKeywords() throws(RuleError) {
        guard let keyword = packetKeyword else { return }
        if hasFieldTest {
            throw RuleError(
                "\(keyword.name) looks at single packets and cannot stand beside buffers of an application protocol", at: keyword.offset)
        }
        if flow.onlyStream {
            throw RuleError("\(keyword.name) looks at single packets and cannot stand beside flow:only_stream", at: keyword.offset)
        }
    }

    /// A rule on both sides is looked at when the server has answered: then all of it can be decided.
    private func transactionDirections(_ end: Int) throws(RuleError) -> FlowDirections {
        if flow.direction != nil {
            throw RuleError("flow with a direction in a rule on both sides of a transaction, expected ->", at: end)
        }
        let sides = inspections.compactMap(\.side)
        guard sides.contains(.toServer), sides.contains(.toClient) else {
            throw RuleError("=> needs buffers of both sides of a transaction, expected -> for those of one", at: end)
        }
        return .toClient
    }

    /// Where the rule can match: what `flow` says, narrowed by buffers that exist in one direction only (rule-semantics H11, H12).
    private func directions(_ end: Int) throws(RuleError) -> FlowDirections {
        var result = flow.direction.map { FlowDirections($0) } ?? .both
        for (index, run) in inspections.enumerated() {
            guard case .field(let id) = run.buffer, let buffer = frontEnd.buffers[id] else { continue }
            let offset = contentOffsets.first { $0.inspection == index }?.offset ?? end
            // Suricata wants to know which side's bytes are meant here, and only here.
            if buffer.name == "http.header.raw", flow.direction == nil {
                throw RuleError("http.header.raw without a direction, expected flow:to_server or flow:to_client", at: offset)
            }
            let common = result.intersection(buffer.directions)
            guard !common.isEmpty else {
                let side = buffer.directions == .toServer ? "to the server" : "to the client"
                throw RuleError("\(buffer.name) exists only \(side), but the rule looks at the other direction", at: offset)
            }
            result = common
        }
        for test in packetTests {
            let id: BufferID
            switch test {
            case .transactionNumber(let buffer, _), .transactionNumberAt(let buffer, _, _): id = buffer
            case .transactionBits(let buffer, _, _): id = buffer
            case .transaction(let test):
                result = result.intersection(test.directions)
                guard !result.isEmpty else {
                    throw RuleError("a keyword does not exist in the direction that the rule looks at", at: end)
                }
                continue
            default: continue
            }
            guard let number = frontEnd.numbers[id] else { continue }
            let common = result.intersection(number.directions)
            guard !common.isEmpty else {
                throw RuleError("\(number.name) does not exist in the direction that the rule looks at", at: end)
            }
            result = common
        }
        return result
    }
}

extension Signature {
    /// When the rule is looked at (rule-semantics K1–K11).
    static func kind(_ signature: Signature, _ builder: RuleBuilder) -> SignatureKind {
        for test in signature.packetTests {
            switch test {
            case .decodeEvent: return .decodeEvent
            case .streamEvent: return .streamEvent
            default: break
            }
        }
        if !builder.frameBuffers.isEmpty { return .frame }
        if builder.hasFieldTest { return .transaction }
        // Addresses are a matter of every packet.
        if !signature.inspections.isEmpty,
            signature.inspections.allSatisfy({ if case .header = $0.buffer { true } else { false } })
        {
            return .packet
        }
        if signature.packetTests.contains(where: { if case .applicationEvent = $0 { true } else { false } }) { return .applicationEvent }
        let isPacketOnly = builder.packetKeyword != nil || signature.proto.isPacketOnly
        let mayBeTCP = signature.proto.ipProtocols.isEmpty || signature.proto.ipProtocols.contains(6)
        if !signature.inspections.isEmpty {
            guard mayBeTCP, !isPacketOnly else { return .packet }
            if signature.proto.isStreamOnly || signature.flow.onlyStream { return .stream }
            return builder.looksAtPacketsToo ? .packetAndStream : .stream
        }
        if builder.hasProtocolTest {
            let isPlain = signature.packetTests.allSatisfy { if case .applicationProtocol = $0 { true } else { false } }
            return isPacketOnly || !isPlain ? .packet : .protocolDetection
        }
        if !signature.proto.appProtocols.isEmpty { return isPacketOnly ? .packet : .protocolOnly }
        let isPlain = signature.packetTests.allSatisfy {
            switch $0 {
            case .ipProtocol, .reputation: true
            default: false
            }
        }
        let isUnnegated = !signature.source.hasNegation && !signature.destination.hasNegation
        // What is known of hosts is as good as their addresses; flowbits and flowint are a matter of every packet.
        let isAboutHosts = signature.stateTests.allSatisfy {
            switch $0 {
            case .xbits, .hostbits: true
            default: false
            }
        }
        if isPlain, isUnnegated, !builder.hasFlow, isAboutHosts, builder.packetKeyword == nil, !signature.proto.admitsNonIP {
            return .headerOnly
        }
        return .packet
    }
}

extension RuleBuilder {
    /// A payload content tied to the payload's start, or `stream_size`: single packets are looked at as well (rule-semantics K4).
    var looksAtPacketsToo: Bool {
        if packetTests.contains(where: { if case .streamSize = $0 { true } else { false } }) { return true }
        return inspections.contains { run in
            run.buffer == .payload
                && run.tests.contains {
                    if case .content(let content) = $0 {
                        content.offset != nil || content.depth != nil || content.startsWith
                    } else {
                        false
                    }
                }
        }
    }
}
