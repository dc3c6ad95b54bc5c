import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow

/// One worker: takes frames through decoding, flows, streams, protocols and rules to events. Owns all its state; shares only the rules and,
/// by way of a ``WorkerShare``, what they remember beyond a flow.
final class Worker {
    private(set) var configuration: SensorConfiguration
    let protocols: [ProtocolDescriptor]
    private(set) var detector: Detector?
    let share: WorkerShare
    let outputs: [EventWriter]
    var decoder: Decoder
    var defragmenter: Defragmenter
    var flows: FlowTable
    let tcp: TCPReassembler
    /// Sessions of the application layer, by the flow's place in the table.
    var sessions: [AppLayerSession?] = []
    var expectations = Expectations()
    /// The frames of protocols that rules or logs want.
    private(set) var frameSelection: FrameSelection
    /// Transactions and flows by protocol and transport: see ``slot(_:_:)``.
    var protocolTransactions = [UInt64](repeating: 0, count: 512)
    var protocolFlows = [UInt64](repeating: 0, count: 512)
    /// Flows whose parser gave up.
    var protocolErrors = [UInt64](repeating: 0, count: 512)
    var packet = Packet()
    /// The time of the last captured frame.
    private(set) var clock = Timestamp(microseconds: 0)
    /// The captured packet when ``packet`` came out of a tunnel.
    var tunnelRoot: Packet?
    /// The way that the packet at hand goes in its flow.
    var packetDirection = FlowDirection.toServer
    /// Keeps files; nil where the configuration has no file store.
    var fileStore: FileStore?
    /// Describes files; nil where nobody asks.
    private(set) var magic: FileMagic?
    /// Files are described as soon as they can be (for rules, for the store), or when they are logged.
    private(set) var describesEarly: Bool
    let logsMagic: Bool
    var counters = Counters()
    var decoded = DecodeCounters()
    /// Tables of which it was said that they are full.
    var saidFull: Set<String> = []
    /// The highest `memcap.pressure` that was reported.
    var mostPressure: UInt64 = 0
    /// Raw bytes that the rules have seen with the packet at hand and that are not let go yet.
    var rawSeen = 0
    /// The stream around the packet at hand as alerts show it, gaps written out. Kept only where payloads are logged.
    var shownStream: [UInt8] = []
    /// The part of it that stands before a gap.
    var beforeGap: [UInt8] = []
    var histories: [FlowID: StreamHistory] = [:]
    let logsPayload: Bool
    /// Hardware addresses of the captured frame and of flows; kept only where they are logged.
    let logsHardware: Bool
    var hardware: (source: HardwareAddress, destination: HardwareAddress)?
    var flowHardware: [FlowID: (sources: [HardwareAddress], destinations: [HardwareAddress])] = [:]
    var streamEventCounts = [UInt64](repeating: 0, count: StreamEvent.names.count)
    /// What becomes of the packet at hand.
    var verdict = PacketVerdict()
    var verdicts = VerdictCounters()
    /// By the target's number.
    let exceptionPolicies: [ExceptionPolicy]
    /// Takes alerts to the incident database; nil when there is none.
    var recorder: IncidentRecorder?

    /// `-k`: whether checksums are looked at. `told`: as automatic, and somebody else watches for all workers.
    enum Checksums { case on, off, automatic, told }

    let verifiesChecksums: Checksums
    var watchesChecksums: Bool
    var seenChecksums = (packets: 0, bad: 0)

    init(
        configuration: SensorConfiguration, rules: RuleSet?, outputs: [EventWriter], verifiesChecksums: Checksums,
        share: WorkerShare = WorkerShare()
    ) throws {
        self.share = share
        self.verifiesChecksums = verifiesChecksums
        watchesChecksums = verifiesChecksums == .automatic
        let forcesMagic = configuration.fileStore?.forcesMagic == true
        describesEarly = forcesMagic || rules?.usesMagic == true
        logsMagic = forcesMagic || outputs.contains { $0.configuration.fileinfo?.forcesMagic == true }
        magic = describesEarly || logsMagic ? try FileMagic(path: configuration.magicFile) : nil
        var configuration = configuration
        configuration.limits.fileHashes = Worker.hashes(configuration, rules)
        configuration.limits.partialContent = share.partialContent ?? PartialContent(limit: configuration.partialContentLimit)
        self.configuration = configuration
        self.outputs = outputs
        protocols = configuration.protocols
        detector = rules.map { Detector($0, shared: share.state, turn: share.turn) }
        decoder = Decoder(verifiesChecksums: verifiesChecksums != .off)
        var options = configuration.tcp
        options.memoryLimit /= share.workers
        if verifiesChecksums == .off { options.checksumValidation = false }
        frameSelection = Worker.frames(outputs, rules)
        options.holdsFrames = !frameSelection.isEmpty
        options.tellsOverlaps = rules?.asks(for: .overlapDifferentData) ?? false
        logsHardware = outputs.contains { $0.configuration.ethernet }
        logsPayload = outputs.contains { output in
            output.configuration.alert.map { $0.payload || $0.payloadPrintable || $0.payloadLength } ?? false
        }
        exceptionPolicies = ExceptionTarget.allCases.map { configuration.exceptions.policy($0, isInline: configuration.simulatesIPS) }
        let midstream = exceptionPolicies[Int(ExceptionTarget.midstream.rawValue)]
        options.midstream = options.midstream && (midstream == .ignore || midstream == .passFlow)
        tcp = TCPReassembler(options: options)
        var fragments = configuration.defragmentation
        fragments.maxBytes /= share.workers
        fragments.maxDatagrams = max(16, fragments.maxDatagrams / share.workers)
        fragments.maxHeld = max(1024, fragments.maxHeld / share.workers)
        defragmenter = Defragmenter(hosts: options.hosts, limits: fragments)
        flows = FlowTable(limit: configuration.flowLimit / share.workers, timeouts: configuration.flowTimeouts)
        flows.usesVLAN = configuration.tracksVLAN
        flows.usesTunnelDepth = configuration.tracksTunnelDepth
    }

    // MARK: rules

    private static func hashes(_ configuration: SensorConfiguration, _ rules: RuleSet?) -> FileHashSelection {
        var hashes = configuration.limits.fileHashes.union(rules?.fileHashes ?? [])
        if let store = configuration.fileStore {
            hashes.formUnion([.sha256, .digestsParts])
            if store.isForced || rules?.storesFiles == true { hashes.insert(.keepsContent) }
        }
        return hashes
    }

    private static func frames(_ outputs: [EventWriter], _ rules: RuleSet?) -> FrameSelection {
        var selection = rules?.frameSelection ?? FrameSelection()
        selection.wantsAll = outputs.contains { $0.configuration.frame != nil }
        return selection
    }

    /// Goes on with other rules. What the old ones know about flows is taken over; what protocols are read for changes with the next flow.
    ///
    /// - Returns: the old ones.
    func change(to fresh: Detector, _ transition: RuleTransition) -> Detector? {
        guard let stale = detector else { return nil }
        fresh.adopt(stale, transition)
        for session in sessions {
            for superseded in session?.superseded ?? [] {
                for transaction in superseded.parser.transactions { fresh.adopt(transaction, transition) }
            }
            for transaction in session?.parser?.transactions ?? [] { fresh.adopt(transaction, transition) }
        }
        detector = fresh
        let rules = fresh.rules
        configuration.limits.fileHashes = Worker.hashes(configuration, rules)
        frameSelection = Worker.frames(outputs, rules)
        // Flows that hold frames go on to do so.
        if !frameSelection.isEmpty { tcp.options.holdsFrames = true }
        if rules.asks(for: .overlapDifferentData) { tcp.options.tellsOverlaps = true }
        if rules.usesMagic, magic == nil {
            do { magic = try FileMagic(path: configuration.magicFile) } catch { SensorProgram.report("vonggac-sensor: \(error)") }
        }
        describesEarly = magic != nil && (rules.usesMagic || configuration.fileStore?.forcesMagic == true)
        return stale
    }

    // MARK: packets

    /// Takes one captured frame.
    func process(_ frame: RawSpan, linkType: LinkType, time: Timestamp, number: UInt64, wireLength: UInt32) {
        counters.packets &+= 1
        counters.bytes &+= UInt64(wireLength)
        clock = time
        recorder?.frame(time: time, wireLength: wireLength)
        decoder.decode(frame, linkType: linkType, time: time, number: number, wireLength: wireLength, into: &packet)
        if logsHardware { takeHardware(frame) }
        if watchesChecksums { watchChecksums() }
        handle(frame)
        // By this packet's time: a capture that goes back in time does not end the flows that it goes back to.
        while let expired = flows.nextExpired(now: time) { endFlow(expired, reason: .timeout) }
    }

    /// Handles the packet in ``packet``, then what is inside of it.
    func handle(_ frame: RawSpan) {
        decoded.count(packet)
        if packet.isFragment {
            handleFragment(frame)
            return
        }
        guard packet.mayCarryPacket else {
            inspect(frame)
            return
        }
        let outer = packet
        var inner = Packet()
        let isTunnel = decoder.decodeInner(of: outer, in: frame, into: &inner)
        if isTunnel { packet.flags.formUnion([.payloadPassesBy, .isWrapper]) }
        inspect(frame)
        if isTunnel {
            packet = inner
            if outer.tunnelDepth == 0 { tunnelRoot = outer }
            handle(frame)
            if outer.tunnelDepth == 0 { tunnelRoot = nil }
        }
    }

    func handleFragment(_ frame: RawSpan) {
        counters.fragments &+= 1
        let fragment = packet
        let isWhole = defragmenter.add(fragment, in: frame)
        if defragmenter.sawOverlap { packet.events.insert(packet.ipVersion == 4 ? .ipv4FragmentOverlap : .ipv6FragmentOverlap) }
        if defragmenter.isTooLarge { packet.events.insert(packet.ipVersion == 4 ? .ipv4FragmentTooLarge : .ipv6FragmentTooLarge) }
        inspectWithoutFlow(frame)
        guard isWhole else { return }
        counters.rebuilt &+= 1
        let datagram = defragmenter.rebuilt
        decoder.decodeRebuilt(datagram.rawSpan, at: defragmenter.rebuiltStart, from: fragment, into: &packet)
        guard !packet.isFragment else { return }
        handle(datagram.rawSpan)
    }

    func inspectWithoutFlow(_ frame: RawSpan) {
        noteDecodeEvents()
        if packet.etherType == ARPMessage.etherType, !packet.flags.contains(.invalid),
            let message = ARPMessage(frame.extracting(packet.payloadRange))
        {
            let subject = EventSubject(packet, flowNumber: nil)
            for output in outputs { output.arp(message, subject: subject) }
        }
        guard let detector else { return }
        detector.begin(packet, flow: nil)
        detector.inspectPacket(frame)
        detector.finish()
        verdict = detector.verdict
        report(detector.alerts, flow: nil, frame, frame.extracting(packet.payloadRange))
        finishVerdict(nil, nil, frame)
    }

    func noteDecodeEvents() {
        guard !packet.events.isEmpty else { return }
        counters.decodeEvents &+= 1
        guard outputs.contains(where: \.wantsDecodeEvents) else { return }
        let subject = EventSubject(packet, flowNumber: nil)
        var left = packet.events
        while let event = left.popFirst() {
            for output in outputs { output.anomaly(.decode, event: "decoder." + event.name, subject: subject) }
        }
    }

    func inspect(_ frame: RawSpan) {
        let packet = packet
        guard packet.ipVersion != 0, !packet.flags.contains(.invalid) else {
            inspectWithoutFlow(frame)
            return
        }
        guard packet.hasFlow else {
            inspectWithoutFlow(frame)
            return
        }
        if !packet.events.isEmpty { noteDecodeEvents() }
        if packet.icmpQuoteOffset >= 0, let quoted = packet.quoted(in: frame), let flow = flows.find(quoted) {
            // An error about a packet belongs to that packet's flow.
            take(frame, flow, flows[flow].client == packet.source ? .toServer : .toClient)
            return
        }
        var lookup = flows.lookup(packet)
        if packet.transport == .tcp, case .found(let old, let way) = lookup, tcp.isOver(flows[old].session, for: packet, way) {
            endFlow(old, reason: .reused)
            lookup = flows.lookup(packet)
        }
        while case .mustEnd(let old) = lookup {
            endFlow(old, reason: flows.count >= flows.limit ? .forced : .timeout)
            lookup = flows.lookup(packet)
        }
        let flow: FlowID
        var direction = FlowDirection.toServer
        switch lookup {
        case .found(let id, let way): (flow, direction) = (id, way)
        case .created(let id):
            flow = id
            counters.flows &+= 1
        case .mustEnd: return
        }
        take(frame, flow, direction)
    }

    private func take(_ frame: RawSpan, _ flow: FlowID, _ direction: FlowDirection) {
        flows.update(flow, packet: packet, direction: direction)
        if logsHardware { noteHardware(flow, direction) }
        if let recorder { recorder.packet(packet, frame, flow: flows[flow].number) }
        verdict = PacketVerdict()
        if flows[flow].state == .bypassed {
            finishVerdict(flow, direction, frame)
            return
        }
        if isCutOff(flow, direction, frame) { return }
        if flows[flow].flags.contains(.isEncrypted) { packet.flags.insert(.payloadPassesBy) }
        if packet.transport == .tcp {
            inspectTCP(flow, direction, frame)
        } else {
            inspectDatagram(flow, direction, frame)
        }
    }

    /// Packets that decide whether checksums are believed.
    static let checksumSample = 1000

    /// Captures from machines that leave checksums to their network cards are full of wrong ones: then they say nothing.
    func watchChecksums() {
        seenChecksums.packets += 1
        if packet.flags.contains(.badTransportChecksum) || packet.flags.contains(.badIPChecksum) { seenChecksums.bad += 1 }
        guard seenChecksums.packets >= Worker.checksumSample else { return }
        watchesChecksums = false
        if seenChecksums.bad * 10 > seenChecksums.packets { ignoreChecksums() }
    }

    /// Somebody who sees all packets has found that checksums say nothing: from this packet on, or from one before.
    func hears(ofBadChecksums isNow: Bool) {
        guard isNow else { return ignoreChecksums() }
        // The packet that decides is still decoded with its checksum.
        seenChecksums = (Worker.checksumSample, Worker.checksumSample)
        watchesChecksums = true
    }

    func ignoreChecksums() {
        decoder.verifiesChecksums = false
        tcp.options.checksumValidation = false
    }

    /// What went through since the start.
    struct Counters {
        var packets: UInt64 = 0
        var bytes: UInt64 = 0
        var decodeEvents: UInt64 = 0
        var fragments: UInt64 = 0
        var rebuilt: UInt64 = 0
        var flows: UInt64 = 0
        var transactions: UInt64 = 0
        var alerts: UInt64 = 0
    }
}
