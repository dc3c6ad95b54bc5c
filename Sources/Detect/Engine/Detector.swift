import AppLayer
import Bytes
import Decode
import Flow
import Match

/// Runs a rule set over one worker's packets, streams and transactions.
///
/// For each packet the worker calls ``begin(_:flow:)``, then ``inspectPacket(_:)``, ``inspectStream(_:)`` and
/// ``inspectTransactions(_:flowEnded:)`` as far as there is something to inspect, and takes the result from ``finish()``.
public final class Detector {
    public let rules: RuleSet
    /// Rules that matched on this packet before thresholds and limits.
    /// Stream bytes that came with the packet at hand, for rules that look at them and at a transaction.
    private var streamed: [UInt8] = []
    private var matched: [Alert] = []
    private var alerts: [Alert] = []
    private let scratch = MatchScratch()
    private let candidates = Candidates()
    private let evaluator = ContentEvaluator()
    private var states = StateStore()
    private var thresholds = ThresholdTable()
    private let thresholdRules: [UInt32: [(slot: UInt16, spec: ThresholdSpec)]]

    private var packet = Packet()
    private var facts: FlowFacts?

    /// What the last packet's rules decided for the whole flow, for the worker to note.
    public private(set) var flowDecision: RuleAction?

    // MARK: counters
    public private(set) var evaluated: UInt64 = 0
    public private(set) var alertCount: UInt64 = 0
    public private(set) var suppressed: UInt64 = 0
    public private(set) var overflow: UInt64 = 0

    public init(_ rules: RuleSet) throws(MatchError) {
        self.rules = rules
        for set in rules.allPrefilters { try scratch.prepare(for: set) }
        var perRule: [UInt32: [(slot: UInt16, spec: ThresholdSpec)]] = [:]
        for (index, signature) in rules.signatures.enumerated() {
            var list: [(slot: UInt16, spec: ThresholdSpec)] = []
            if let own = signature.threshold { list.append((0, own)) }
            for (slot, global) in rules.thresholds.enumerated()
            where (global.generator == 0 || global.generator == signature.id.generator)
                && (global.signature == 0 || global.signature == signature.id.signature)
            {
                list.append((UInt16(truncatingIfNeeded: slot + 1), global.spec))
            }
            if !list.isEmpty { perRule[UInt32(index)] = list }
        }
        thresholdRules = perRule
    }

    /// Starts a packet. `flow` is nil for packets without IP or without a flow.
    public func begin(_ packet: Packet, flow: FlowFacts?) {
        self.packet = packet
        facts = flow
        flowDecision = nil
        if !matched.isEmpty { matched.removeAll(keepingCapacity: true) }
        if !streamed.isEmpty { streamed.removeAll(keepingCapacity: true) }
    }

    // MARK: packets

    /// Inspects headers and payload of the packet itself.
    public func inspectPacket(_ frame: RawSpan) {
        if !packet.events.isEmpty {
            for rule in rules.decodeEvents where headerMatches(Int(rule)) { check(Int(rule), payload: nil, isStream: false, frame) }
        }
        guard packet.ipVersion != 0, facts?.isDecided != true else { return }
        if let facts {
            if facts.isFirstInDirection {
                for rule in rules.headerOnly where headerMatches(Int(rule)) { check(Int(rule), payload: nil, isStream: false, frame) }
            }
            if !facts.streamEvents.isEmpty {
                for rule in rules.streamEvents where headerMatches(Int(rule)) { check(Int(rule), payload: nil, isStream: false, frame) }
            }
            if let list = rules.protocolOnly[facts.appProtocol.rawValue] {
                for rule in list where headerMatches(Int(rule)) { check(Int(rule), payload: nil, isStream: false, frame) }
            }
            if !rules.protocolDetection.isEmpty, facts.detectionEnded.contains(facts.direction) {
                for rule in rules.protocolDetection where headerMatches(Int(rule)) {
                    check(Int(rule), payload: nil, isStream: false, frame)
                }
            }
        }
        let payload = frame.extracting(packet.payloadRange)
        eachGroup { group in
            candidates.reset()
            for rule in group.packets.always { candidates.insert(rule) }
            if packet.isFragment == false { group.packets.scan(payload, scratch, into: candidates) }
            // A segment outside of any stream is looked at by stream rules as if it were one (K6).
            if packet.transport == .tcp, packet.flags.contains(.refusedByStream) || facts == nil {
                for rule in group.stream.always { candidates.insert(rule) }
                group.stream.scan(payload, scratch, into: candidates)
            }
            for rule in candidates.ids where headerMatches(Int(rule)) { check(Int(rule), payload: payload, isStream: false, frame) }
        }
    }

    /// Inspects new reassembled bytes of the packet's direction.
    public func inspectStream(_ chunk: RawSpan) {
        guard facts?.isDecided != true else { return }
        if rules.hasMixedRules { unsafe chunk.withUnsafeBytes { unsafe streamed.append(contentsOf: $0) } }
        eachGroup { group in
            candidates.reset()
            for rule in group.stream.always { candidates.insert(rule) }
            group.stream.scan(chunk, scratch, into: candidates)
            for rule in candidates.ids where headerMatches(Int(rule)) { check(Int(rule), payload: chunk, isStream: true, chunk) }
        }
    }

    /// Whether any rule looks at raw stream data of this flow's ports in a direction.
    public func wantsStream(_ packet: Packet, _ direction: FlowDirection) -> Bool {
        let groups = direction == .toServer ? rules.tcp.toServer : rules.tcp.toClient
        let (one, two) = groups.numbers(source: packet.sourcePort, destination: packet.destinationPort)
        return rules.hasMixedRules || !groups.groups[0].stream.isEmpty || one != 0 && !groups.groups[one].stream.isEmpty
            || two != 0 && !groups.groups[two].stream.isEmpty
    }

    /// Calls `body` for the groups of rules that the packet meets by protocol, direction and ports.
    @inline(__always)
    private func eachGroup(_ body: (PortGroups.Group) -> Void) {
        let direction = facts?.direction ?? .toServer
        let groups =
            switch packet.ipProtocol {
            case 6: direction == .toServer ? rules.tcp.toServer : rules.tcp.toClient
            case 17: direction == .toServer ? rules.udp.toServer : rules.udp.toClient
            default: direction == .toServer ? rules.other.toServer : rules.other.toClient
            }
        body(groups.groups[0])
        let (one, two) = groups.numbers(source: packet.sourcePort, destination: packet.destinationPort)
        if one != 0 { body(groups.groups[one]) }
        if two != 0, two != one { body(groups.groups[two]) }
    }

    // MARK: one rule

    /// Protocol, addresses, ports, direction and flow state.
    private func headerMatches(_ rule: Int) -> Bool {
        let signature = rules.signatures[rule]
        let proto = signature.proto
        if packet.ipVersion == 0 { return proto.admitsNonIP || (proto.ipProtocols.isEmpty && signature.kind == .decodeEvent) }
        if let version = proto.ipVersion, version != packet.ipVersion { return false }
        if !proto.ipProtocols.isEmpty, !proto.ipProtocols.contains(packet.ipProtocol) { return false }
        if let facts {
            guard signature.directions.contains(facts.direction) else { return false }
            if !proto.appProtocols.isEmpty, !proto.appProtocols.contains(facts.appProtocol) { return false }
        } else if !proto.appProtocols.isEmpty {
            return false
        }
        guard flowMatches(signature.flow) else { return false }
        let hasPorts = (packet.transport == .tcp || packet.transport == .udp || packet.transport == .sctp) && !packet.isFragment
        if !signature.sourcePorts.isAny { guard hasPorts, signature.sourcePorts.contains(packet.sourcePort) else { return false } }
        if !signature.destinationPorts.isAny {
            guard hasPorts, signature.destinationPorts.contains(packet.destinationPort) else { return false }
        }
        return signature.source.contains(packet.source) && signature.destination.contains(packet.destination)
    }

    private func flowMatches(_ flow: FlowConditions) -> Bool {
        if flow.onlyFragments, !packet.flags.contains(.rebuilt) { return false }
        if flow.noFragments, packet.flags.contains(.rebuilt) { return false }
        guard let facts else { return flow.state == nil && flow.direction == nil }
        if let direction = flow.direction, direction != facts.direction { return false }
        switch flow.state {
        case .established: return facts.isEstablished
        case .notEstablished: return !facts.isEstablished
        case .stateless, nil: return true
        }
    }

    /// Runs a rule of a packet or stream whose header has matched.
    private func check(_ rule: Int, payload: RawSpan?, isStream: Bool, _ frame: RawSpan) {
        let program = rules.programs[rule]
        if isStream, program.signature.proto.isPacketOnly || program.signature.flow.noStream { return }
        if !isStream, program.signature.proto.isStreamOnly || program.signature.flow.onlyStream { return }
        evaluated &+= 1
        guard packetTestsHold(program.signature, transaction: nil, payload: payload) else { return }
        if !program.inspections.isEmpty {
            guard let payload else { return }
            evaluator.begin()
            for inspection in program.inspections {
                switch inspection.buffer {
                case .payload: guard evaluator.matches(inspection, payload) else { return }
                case .base64Data: guard evaluator.matchesDecoded(inspection) else { return }
                case .header(let header):
                    guard !isStream, let range = packet.range(of: header, in: frame), evaluator.matches(inspection, frame.extracting(range))
                    else { return }
                case .field: return
                }
            }
        }
        note(rule, nil, isStream)
    }

    /// State tests, effects, and the place in the queue of alerts.
    private func note(_ rule: Int, _ transaction: Transaction?, _ isStream: Bool) {
        // A rule alerts once per packet and transaction, however it matched.
        if matched.contains(where: { $0.rule == rule && $0.transactionID == transaction?.id }) { return }
        matched.append(
            Alert(
                rule: rule, transactionID: transaction?.id, transaction: transaction, isFromStream: isStream,
                action: rules.signatures[rule].action))
    }

    // MARK: transactions

    /// Inspects what is new in the transactions of the packet's direction.
    ///
    /// - Parameters:
    ///   - frame: of the packet; rules may look at its payload besides their fields.
    ///   - flowEnded: nothing more will come; bodies are looked at as they are.
    public func inspectTransactions(_ parser: ProtocolParser, _ frame: RawSpan, flowEnded: Bool) {
        guard let facts, !facts.isDecided else { return }
        let direction = facts.direction
        let number = parser.appProtocol.rawValue
        let fields = rules.fields[number] ?? []
        let always = rules.transactionAlways[number] ?? []
        guard !fields.isEmpty || !always.isEmpty else {
            for transaction in parser.transactions { finishUninspected(transaction, direction) }
            return
        }
        for transaction in parser.transactions {
            let inspection: TransactionInspection
            if let known = transaction.inspection as? TransactionInspection {
                inspection = known
            } else {
                inspection = TransactionInspection()
                transaction.inspection = inspection
            }
            if direction == .toServer {
                inspect(transaction, direction, &inspection.toServer, fields, always, frame, flowEnded)
            } else {
                inspect(transaction, direction, &inspection.toClient, fields, always, frame, flowEnded)
            }
        }
    }

    private func finishUninspected(_ transaction: Transaction, _ direction: FlowDirection) {
        guard transaction.isComplete(direction) else { return }
        let inspection = transaction.inspection as? TransactionInspection ?? TransactionInspection()
        transaction.inspection = inspection
        if direction == .toServer { inspection.toServer.isFinished = true } else { inspection.toClient.isFinished = true }
    }

    /// Whether rules are through with a transaction in `direction`.
    public func isInspected(_ transaction: Transaction, _ direction: FlowDirection) -> Bool {
        if let only = transaction.onlyDirection, only != direction { return true }
        guard let inspection = transaction.inspection as? TransactionInspection else { return false }
        return direction == .toServer ? inspection.toServer.isFinished : inspection.toClient.isFinished
    }

    private func inspect(
        _ transaction: Transaction, _ direction: FlowDirection, _ side: inout TransactionInspection.Side, _ fields: [FieldPrefilter],
        _ always: [UInt32], _ frame: RawSpan, _ flowEnded: Bool
    ) {
        if side.isFinished { return }
        if let only = transaction.onlyDirection, only != direction {
            side.isFinished = true
            return
        }
        let progress = transaction.progress(direction)
        let bodyEnd = bodySize(transaction, direction)
        if side.progress == progress, side.bodyEnd == bodyEnd, side.eventCount == transaction.events.count, !flowEnded { return }
        side.progress = progress
        side.bodyEnd = bodyEnd
        side.eventCount = transaction.events.count
        if !side.hasAlways {
            side.hasAlways = true
            for rule in always where rules.signatures[Int(rule)].directions.contains(direction) { side.add(rule) }
        }
        let isComplete = transaction.isComplete(direction)
        candidates.reset()
        for (index, field) in fields.enumerated() where field.directions.contains(direction) && !side.wasScanned(index) {
            let needed = direction == .toServer ? field.descriptor.progress.toServer : field.descriptor.progress.toClient
            guard progress >= needed else { continue }
            if field.descriptor.shape == .streaming {
                scanBodies(transaction, direction, field, isComplete || flowEnded)
            } else {
                scan(transaction, direction, field)
                if field.descriptor.shape == .single || isComplete { side.markScanned(index) }
            }
        }
        for rule in candidates.ids where rules.signatures[Int(rule)].directions.contains(direction) { side.add(rule) }
        for index in side.candidates.indices where !side.candidates[index].isDone {
            evaluate(transaction, direction, &side.candidates[index], frame, isComplete || flowEnded)
        }
        if isComplete { side.isFinished = true }
    }

    private func bodySize(_ transaction: Transaction, _ direction: FlowDirection) -> UInt64 {
        var size: UInt64 = 0
        for file in transaction.files where file.direction == direction {
            size &+= file.content.total &+ (file.content.isComplete ? 1 : 0)
        }
        if let body = transaction.bareBody(direction) { size &+= body.total &+ (body.isComplete ? 1 : 0) }
        return size
    }

    private func scan(_ transaction: Transaction, _ direction: FlowDirection, _ field: FieldPrefilter) {
        var instance = 0
        while instance < 1024,
            transaction.withBuffer(field.buffer, direction, instance: instance, { bytes in scan(bytes, field) })
        {
            instance += 1
            if field.descriptor.shape == .single { break }
        }
    }

    private func scan(_ bytes: RawSpan, _ field: FieldPrefilter) {
        if field.transforms.isEmpty {
            field.prefilter.scan(bytes, scratch, into: candidates)
        } else {
            let buffer = evaluator.transformed(bytes, field.transforms)
            field.prefilter.scan(buffer.rawSpan, scratch, into: candidates)
        }
    }

    private func scanBodies(_ transaction: Transaction, _ direction: FlowDirection, _ field: FieldPrefilter, _ isLast: Bool) {
        var instance = 0
        while instance < 256, let body = transaction.streamingBody(field.buffer, direction, instance: instance) {
            if isReady(body, direction, isLast) {
                let bytes = body.bytes
                scan(bytes.rawSpan, field)
            }
            instance += 1
        }
    }

    /// Bodies are looked at when enough has come, or all.
    private func isReady(_ body: StreamingBody, _ direction: FlowDirection, _ isLast: Bool) -> Bool {
        if body.isComplete || isLast || body.isOverLimit { return body.end > 0 }
        return body.end >= (direction == .toServer ? rules.options.requestBodyMinimum : rules.options.responseBodyMinimum)
    }

    private func evaluate(
        _ transaction: Transaction, _ direction: FlowDirection, _ candidate: inout TransactionInspection.Candidate, _ frame: RawSpan,
        _ isLast: Bool
    ) {
        let rule = Int(candidate.rule)
        let program = rules.programs[rule]
        guard headerMatches(rule) else { return }
        evaluated &+= 1
        evaluator.begin()
        evaluator.isLittleEndianDCE = transaction.isLittleEndian
        var isOpen = false
        for (index, inspection) in program.inspections.enumerated() where candidate.satisfied & 1 << UInt64(index & 63) == 0 {
            switch holds(inspection, transaction, direction, frame, isLast) {
            case true?: if inspection.buffer != .payload { candidate.satisfied |= 1 << UInt64(index & 63) }
            case false?:
                if inspection.buffer == .payload { return }
                candidate.isDone = true
                return
            case nil:
                isOpen = true
            }
        }
        if isOpen { return }
        guard packetTestsHold(program.signature, transaction: transaction, payload: nil) else {
            if isLast { candidate.isDone = true }
            return
        }
        candidate.isDone = true
        note(rule, transaction, false)
    }

    /// Whether an inspection holds on the transaction: nil while that may still change.
    private func holds(
        _ inspection: CompiledInspection, _ transaction: Transaction, _ direction: FlowDirection, _ frame: RawSpan, _ isLast: Bool
    ) -> Bool? {
        switch inspection.buffer {
        case .payload:
            if evaluator.matches(inspection, frame.extracting(packet.payloadRange)) { return true }
            // A transaction is often inspected with the packet that acknowledges it: its bytes are in the stream, not in that packet.
            let bytes = streamed
            return !bytes.isEmpty && evaluator.matches(inspection, bytes.rawSpan)
        case .base64Data: return evaluator.matchesDecoded(inspection)
        case .header(let header):
            guard let range = packet.range(of: header, in: frame) else { return false }
            return evaluator.matches(inspection, frame.extracting(range))
        case .field(let buffer):
            guard let descriptor = inspection.descriptor else { return false }
            let side = descriptor.directions.contains(direction) ? direction : direction.reversed
            let needed = side == .toServer ? descriptor.progress.toServer : descriptor.progress.toClient
            guard transaction.progress(side) >= needed else { return isLast ? absent(inspection) : nil }
            if descriptor.shape == .streaming { return holdsOnBody(inspection, buffer, transaction, side, isLast) }
            var instance = 0
            var found = false
            while instance < 1024,
                transaction.withBuffer(
                    buffer, side, instance: instance,
                    { bytes in
                        if !inspection.requiresAbsence, evaluator.matches(inspection, bytes) { found = true }
                    })
            {
                if found { return true }
                instance += 1
                if descriptor.shape == .single { break }
            }
            if instance == 0 { return absent(inspection) }
            return descriptor.shape == .multiple && !isLast && !transaction.isComplete(side) ? nil : false
        }
    }

    /// The verdict on a buffer that is not there.
    private func absent(_ inspection: CompiledInspection) -> Bool {
        if case .absent? = inspection.instructions.first { return true }
        return false
    }

    private func holdsOnBody(
        _ inspection: CompiledInspection, _ buffer: BufferID, _ transaction: Transaction, _ direction: FlowDirection, _ isLast: Bool
    ) -> Bool? {
        var instance = 0
        var isOpen = !(isLast || transaction.isComplete(direction))
        while instance < 256, let body = transaction.streamingBody(buffer, direction, instance: instance) {
            if isReady(body, direction, isLast) {
                let bytes = body.bytes
                if !inspection.requiresAbsence, evaluator.matches(inspection, bytes.rawSpan) { return true }
            }
            if !body.isComplete, !isLast { isOpen = true }
            instance += 1
        }
        if isOpen { return nil }
        return instance == 0 ? absent(inspection) : false
    }

    // MARK: results

    /// The alerts of the packet in order, thresholds and limits applied. The array is reused by the next packet.
    public func finish() -> [Alert] {
        if !alerts.isEmpty { alerts.removeAll(keepingCapacity: true) }
        guard !matched.isEmpty else { return alerts }
        matched.sort { a, b in
            a.rule != b.rule ? a.rule < b.rule : (a.transactionID ?? 0) > (b.transactionID ?? 0)
        }
        for alert in matched {
            let signature = rules.signatures[alert.rule]
            let state = rules.states[alert.rule]
            guard
                state.tests.allSatisfy({
                    states.holds($0, flow: facts?.id, source: packet.source, destination: packet.destination, now: packet.time)
                })
            else { continue }
            for effect in state.effects {
                states.apply(effect, flow: facts?.id, source: packet.source, destination: packet.destination, now: packet.time)
            }
            decide(signature)
            if signature.action == .pass { break }
            if signature.isSilent || signature.action == .config { continue }
            var alert = alert
            guard !isSuppressed(signature), let action = thresholdAction(UInt32(alert.rule), signature.action), action != .pass else {
                suppressed &+= 1
                continue
            }
            alert.action = action
            if alerts.count >= rules.options.alertsPerPacket {
                overflow &+= 1
                continue
            }
            alerts.append(alert)
            alertCount &+= 1
        }
        return alerts
    }

    /// Pass, drop and reject by rules about streams, transactions or headers decide on the flow (rule-semantics A2).
    private func decide(_ signature: Signature) {
        guard signature.action == .pass || signature.action == .drop || signature.action == .reject else { return }
        switch signature.kind {
        case .headerOnly, .stream, .transaction, .protocolOnly, .applicationEvent, .protocolDetection: flowDecision = signature.action
        case .packet, .packetAndStream, .decodeEvent, .streamEvent: break
        }
    }

    private func isSuppressed(_ signature: Signature) -> Bool {
        rules.suppressions.contains { entry in
            (entry.generator == 0 || entry.generator == signature.id.generator)
                && (entry.signature == 0 || entry.signature == signature.id.signature)
                && {
                    switch entry.track {
                    case .all: true
                    case .source: entry.addresses.contains(packet.source)
                    case .destination: entry.addresses.contains(packet.destination)
                    case .either: entry.addresses.contains(packet.source) || entry.addresses.contains(packet.destination)
                    }
                }()
        }
    }

    /// How the rule acts on this match after its thresholds; nil when they hold it back.
    private func thresholdAction(_ rule: UInt32, _ own: RuleAction) -> RuleAction? {
        guard let list = thresholdRules[rule] else { return own }
        var action = own
        for (slot, spec) in list {
            switch thresholds.judge(
                spec, rule: rule, slot: slot, source: packet.source, destination: packet.destination, flow: facts?.id, now: packet.time)
            {
            case .alert: break
            case .acts(let changed): action = changed
            case .suppressed, .notYet: return nil
            }
        }
        return action
    }

    /// The names of the flowbits that are set on a flow.
    public func flowbits(_ flow: FlowID) -> [String] { states.setBits(flow).map { rules.bitNames[$0] } }

    /// A flow has ended; what was remembered for it goes.
    public func flowEnded(_ flow: FlowID) { states.forget(flow) }

    /// Forgets all state of flows, hosts and thresholds, as at the start.
    public func reset() {
        states = StateStore()
        thresholds = ThresholdTable()
        matched.removeAll()
    }

    // MARK: packet tests

    private func packetTestsHold(_ signature: Signature, transaction: Transaction?, payload: RawSpan?) -> Bool {
        for test in signature.packetTests {
            guard PacketTests.holds(test, packet: packet, facts: facts, transaction: transaction) else { return false }
        }
        return true
    }
}
