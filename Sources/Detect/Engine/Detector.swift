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
    var streamed: [UInt8] = []
    var matched: [Alert] = []
    /// The alerts of the last packet.
    public internal(set) var alerts: [Alert] = []
    /// Literals that a prefilter has found.
    let scratch = Candidates()
    let candidates = Candidates()
    let evaluator: ContentEvaluator
    let states: StateStore
    /// What counts by flow; the rest is shared.
    var flowThresholds = ThresholdTable()
    let shared: SharedState
    let turn: WorkerTurn
    /// Directions of flows whose files are to be stored, all of them.
    var storingFlows: [FlowID: FlowDirections] = [:]
    var flowEntropies: [FlowID: [(name: String, value: Double)]] = [:]
    /// The programs of rules that this worker has met.
    private var programs: [Program?]

    var packet = Packet()
    /// What the packet's header is, and what has been asked about it.
    var traits = PacketTraits()
    var hasPorts = false
    var memory: HeaderMemory
    private struct KnownEnds: BitwiseCopyable {
        var source: IPAddress
        var destination: IPAddress
        var ends: UInt8
    }
    private let knownEnds: ScratchTable<KnownEnds>
    /// By protocol and direction; see ``viewPlace(_:_:)``.
    let views: LentList<PortViews>
    var facts: FlowFacts?
    /// Of the packet's flow.
    var parser: ProtocolParser?
    /// Of the transactions at hand: after an upgrade, older than the flow's; nil takes the flow's.
    var transactionProtocol: AppProtocol?

    /// What the last packet's rules decided for the packet, and for the whole flow.
    public internal(set) var verdict = PacketVerdict()
    public internal(set) var flowDecision: RuleAction?

    /// Rules with `config` want no event of the flow, or none of its transactions. (A single transaction is marked at once.)
    public internal(set) var silencesFlow = false
    public internal(set) var silencesTransactions = false

    /// A rule wants nothing more of the flow to be looked at (`bypass`).
    public internal(set) var bypasses = false
    /// Variables that the packet's rules have captured.
    public internal(set) var packetVariables: [(name: String, value: [UInt8])] = []
    /// A tag asks for the packet at hand to be logged.
    public internal(set) var isTagged = false
    var tags: TagTable

    // MARK: counters
    public internal(set) var evaluated: UInt64 = 0
    public internal(set) var alertCount: UInt64 = 0
    public internal(set) var suppressed: UInt64 = 0
    public internal(set) var overflow: UInt64 = 0
    /// Of thresholds by address or rule.
    var evictedThresholds: UInt64 = 0

    /// What rules would still remember if there had been room for it.
    public struct Forgotten: Sendable, Equatable {
        public var thresholds: UInt64 = 0
        public var hostBits: UInt64 = 0
        public var taggedHosts: UInt64 = 0
        /// Values that full data sets did not take.
        public var datasetValues: UInt64 = 0

        public init() {}

        init(thresholds: UInt64, hostBits: UInt64, taggedHosts: UInt64, datasetValues: UInt64) {
            (self.thresholds, self.hostBits, self.taggedHosts, self.datasetValues) = (thresholds, hostBits, taggedHosts, datasetValues)
        }
    }

    /// Under the rules before these, but for what ``flowThresholds`` still counts.
    var forgottenBefore = Forgotten()

    /// What this worker's packets have pushed out.
    public var forgotten: Forgotten {
        Forgotten(
            thresholds: forgottenBefore.thresholds &+ evictedThresholds &+ flowThresholds.evicted,
            hostBits: forgottenBefore.hostBits &+ states.evictedBits,
            taggedHosts: forgottenBefore.taggedHosts &+ tags.evictedHosts,
            datasetValues: forgottenBefore.datasetValues &+ evaluator.refusedValues)
    }

    /// - Parameters:
    ///   - shared: what the rules of all workers remember together.
    ///   - turn: the worker's part in the order of packets.
    public init(_ rules: RuleSet, shared: SharedState = SharedState(), turn: WorkerTurn = WorkerTurn()) {
        self.rules = rules
        self.shared = shared
        self.turn = turn
        evaluator = ContentEvaluator(turn: turn)
        states = StateStore(shared: shared, turn: turn)
        tags = TagTable(shared: shared, turn: turn, tagsHosts: rules.tagsHosts)
        programs = Array(repeating: nil, count: rules.count)
        memory = HeaderMemory(rules.headers)
        let nobody = Packet()
        let ends = rules.headers.ends(memory, nobody)
        knownEnds = ScratchTable(repeating: KnownEnds(source: nobody.source, destination: nobody.destination, ends: ends), count: 256)
        views = LentList([rules.tcp, rules.udp, rules.other].flatMap { [PortViews($0.toServer, rules), PortViews($0.toClient, rules)] })
    }

    /// The program of a rule: made for all workers when the first of them needs it, and then at hand.
    @inline(__always)
    func program(_ rule: Int) -> Program {
        if let known = programs[rule] { return known }
        return fetch(rule)
    }

    @inline(never)
    private func fetch(_ rule: Int) -> Program {
        let program = rules.program(rule)
        programs[rule] = program
        return program
    }

    /// Starts a packet. `flow` is nil for packets without IP or without a flow.
    public func begin(_ packet: Packet, flow: FlowFacts?, parser: ProtocolParser? = nil) {
        self.packet = packet
        facts = flow
        traits = packet.ipVersion == 0 ? [] : PacketTraits(packet, flow)
        hasPorts = (packet.transport == .tcp || packet.transport == .udp || packet.transport == .sctp) && !packet.isFragment
        memory.begin()
        self.parser = parser
        flowDecision = nil
        verdict = PacketVerdict()
        silencesFlow = false
        silencesTransactions = false
        bypasses = false
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
                rules.headerOnly.look(source: packet.source, destination: packet.destination) { rule in
                    if headerMatches(Int(rule)) { check(Int(rule), payload: nil, isStream: false, frame) }
                }
            }
            if !facts.streamEvents.isEmpty {
                for rule in rules.streamEvents where headerMatches(Int(rule)) { check(Int(rule), payload: nil, isStream: false, frame) }
            }
            if !rules.protocolOnly.isEmpty {
                for rule in rules.protocolOnly[Int(facts.appProtocol.rawValue)] where headerMatches(Int(rule)) {
                    check(Int(rule), payload: nil, isStream: false, frame)
                }
            }
            if !rules.protocolDetection.isEmpty, facts.isProtocolNews {
                for rule in rules.protocolDetection where headerMatches(Int(rule)) {
                    check(Int(rule), payload: nil, isStream: false, frame)
                }
            }
        }
        let payload = frame.extracting(packet.payloadRange)
        let isShown = !packet.flags.contains(.payloadPassesBy)
        eachPacketPrefilter { prefilter in
            for rule in prefilter.always where headerMatches(Int(rule)) {
                check(Int(rule), payload: isShown ? payload : nil, isStream: false, frame)
            }
            guard isShown, !packet.isFragment, payload.byteCount > 0 else { return }
            candidates.reset()
            prefilter.scan(payload, scratch, into: candidates)
            for index in 0..<candidates.count where headerMatches(candidates[index]) {
                check(candidates[index], payload: payload, isStream: false, frame)
            }
        }
        // A segment outside of any stream is looked at by stream rules as if it were one (K6).
        if isShown, packet.transport == .tcp, packet.flags.contains(.refusedByStream) || facts == nil, payload.byteCount > 0 {
            inspectRefused(payload)
        }
    }

    private func inspectRefused(_ payload: RawSpan) {
        eachStreamPrefilter { prefilter in
            candidates.reset()
            for rule in prefilter.always { candidates.insert(rule) }
            prefilter.scan(payload, scratch, into: candidates)
            let matchedBefore = matched.count
            for index in 0..<candidates.count where headerMatches(candidates[index]) {
                check(candidates[index], payload: payload, isStream: true, payload)
            }
            // What they found is in a packet, and decides on it alone.
            for place in matchedBefore..<matched.count { matched[place].isFromStream = false }
        }
    }

    /// Inspects new reassembled bytes of the packet's direction.
    public func inspectStream(_ chunk: RawSpan) {
        guard facts?.isDecided != true else { return }
        if rules.hasMixedRules { unsafe chunk.withUnsafeBytes { unsafe streamed.append(contentsOf: $0) } }
        eachStreamPrefilter { prefilter in
            candidates.reset()
            for rule in prefilter.always { candidates.insert(rule) }
            prefilter.scan(chunk, scratch, into: candidates)
            for index in 0..<candidates.count where headerMatches(candidates[index]) {
                check(candidates[index], payload: chunk, isStream: true, chunk)
            }
        }
    }

    /// Looks for what lies across two inspected pieces of the stream: bytes on both sides of `boundary`. Suricata does not see it.
    ///
    /// Only rules of plain contents are asked, and only where neither side holds them alone: then the piece before or after has had its say.
    public func inspectSeam(_ seam: RawSpan, boundary: Int) {
        guard facts?.isDecided != true else { return }
        eachStreamPrefilter { prefilter in
            candidates.reset()
            prefilter.scanInside(seam, scratch, into: candidates)
            for index in 0..<candidates.count {
                let rule = candidates[index]
                guard rules.facts[rule].flags.contains(.mayLieAcrossPieces), headerMatches(rule) else { continue }
                evaluator.begin()
                let inspection = program(rule).inspections[0]
                guard evaluator.matches(inspection, seam), !evaluator.matches(inspection, seam.prefix(boundary)),
                    !evaluator.matches(inspection, seam.dropping(boundary))
                else { continue }
                check(rule, payload: seam, isStream: true, seam)
            }
        }
    }

    /// Whether any rule looks at raw stream data of this flow's ports in a direction.
    public func wantsStream(_ packet: Packet, _ direction: FlowDirection) -> Bool {
        var wants = rules.hasMixedRules
        views.with(viewPlace(6, direction)) {
            wants = wants || $0.looksAtStreams(source: packet.sourcePort, destination: packet.destinationPort)
        }
        return wants
    }

    /// Calls `body` with what searches the stream that the packet belongs to.
    @inline(__always)
    private func eachStreamPrefilter(_ body: (Prefilter) -> Void) {
        views.with(viewPlace(packet.ipProtocol, facts?.direction)) {
            $0.eachForStreams(source: packet.sourcePort, destination: packet.destinationPort, kind, body)
        }
    }

    /// Calls `body` with what searches the packet.
    @inline(__always)
    private func eachPacketPrefilter(_ body: (Prefilter) -> Void) {
        views.with(viewPlace(packet.ipProtocol, facts?.direction)) {
            $0.eachForPackets(
                source: packet.sourcePort, destination: packet.destinationPort, kind, size: Int(packet.payloadLength), body)
        }
    }

    /// The groups of rules that a packet meets by protocol and direction, as a place in ``views``.
    @inline(__always)
    func viewPlace(_ ipProtocol: UInt8, _ direction: FlowDirection?) -> Int {
        (ipProtocol == 6 ? 0 : ipProtocol == 17 ? 2 : 4) + (direction == .toClient ? 1 : 0)
    }

    /// See ``HeaderTable/ends(_:_:)``; asked once for the packets between two addresses, as long as no other two push them out.
    @inline(__always)
    func ends(_ packet: borrowing Packet) -> UInt8 {
        let place = Int(truncatingIfNeeded: ((packet.source.low &* 31 &+ packet.destination.low) &* 0x9e37_79b9_7f4a_7c15) >> 56)
        if knownEnds[place].source == packet.source, knownEnds[place].destination == packet.destination { return knownEnds[place].ends }
        let ends = rules.headers.ends(memory, packet)
        knownEnds[place] = KnownEnds(source: packet.source, destination: packet.destination, ends: ends)
        return ends
    }

    /// Of the packet at hand.
    @inline(__always)
    private var kind: PortViews.Kind {
        PortViews.Kind(traits: traits, proto: facts == nil ? nil : transactionProtocol ?? facts?.appProtocol, ends: ends(packet))
    }

    /// The names of the flowbits that are set on a flow.
    public func flowbits(_ flow: FlowID) -> [String] { states.setBits(flow).map { rules.bitNames[$0] } }

    /// Whether rules have noted anything about a flow: most flows have nothing of the kind.
    public func hasNotes(_ flow: FlowID) -> Bool { states.knows(flow) || !flowEntropies.isEmpty }

    /// The numbers that rules keep on a flow, by name.
    public func flowIntegers(_ flow: FlowID) -> [(name: String, value: UInt32)] {
        states.integers(flow).map { (rules.integerNames[$0.number], $0.value) }
    }

    /// The variables that rules have captured on a flow.
    public func flowVariables(_ flow: FlowID) -> [(name: String, value: [UInt8])] { states.variables(flow) }

    /// A flow has ended; what was remembered for it goes.
    public func flowEnded(_ flow: FlowID) {
        states.forget(flow)
        tags.forget(flow)
        if !flowEntropies.isEmpty { flowEntropies[flow] = nil }
        if !storingFlows.isEmpty { storingFlows[flow] = nil }
    }

    /// The clock stands at `now`: thresholds whose time is over are forgotten.
    public func expireThresholds(_ now: Timestamp) {
        flowThresholds.expire(now)
        shared.withLock { $0.thresholds.expire(now) }
    }
}
