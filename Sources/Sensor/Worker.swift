import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow

/// One worker: takes frames through decoding, flows, streams, protocols and rules to events. Owns all its state; shares only the rules.
final class Worker {
    let configuration: SensorConfiguration
    private let protocols: [ProtocolDescriptor]
    private let detector: Detector?
    let outputs: [EventWriter]
    private var decoder: Decoder
    private var defragmenter = Defragmenter()
    private var flows: FlowTable
    private var tcp: TCPReassembler
    /// Sessions of the application layer, by the flow's place in the table.
    private var sessions: [AppLayerSession?] = []
    private var expectations = Expectations()
    /// Transactions and flows by protocol and transport: see ``slot(_:_:)``.
    private var protocolTransactions = [UInt64](repeating: 0, count: 512)
    private var protocolFlows = [UInt64](repeating: 0, count: 512)
    private var packet = Packet()
    private var now = Timestamp(microseconds: .min)
    private(set) var counters = Counters()
    /// Takes alerts to the incident database; nil when there is none.
    var recorder: IncidentRecorder?

    /// `-k`: whether checksums are looked at.
    enum Checksums { case on, off, automatic }

    private let verifiesChecksums: Checksums
    private var watchesChecksums: Bool
    private var seenChecksums = (packets: 0, bad: 0)

    init(configuration: SensorConfiguration, rules: RuleSet?, outputs: [EventWriter], verifiesChecksums: Checksums) throws {
        self.verifiesChecksums = verifiesChecksums
        watchesChecksums = verifiesChecksums == .automatic
        self.configuration = configuration
        self.outputs = outputs
        protocols = ProtocolRegistry.all.filter { !configuration.disabledProtocols.contains($0.name) }
        detector = try rules.map { try Detector($0) }
        decoder = Decoder(verifiesChecksums: verifiesChecksums != .off)
        var options = configuration.tcp
        if verifiesChecksums == .off { options.checksumValidation = false }
        tcp = TCPReassembler(options: options)
        flows = FlowTable(limit: configuration.flowLimit, timeouts: configuration.flowTimeouts)
        flows.usesVLAN = configuration.tracksVLAN
    }

    // MARK: packets

    /// Takes one captured frame.
    func process(_ frame: RawSpan, linkType: LinkType, time: Timestamp, number: UInt64, wireLength: UInt32) {
        counters.packets &+= 1
        counters.bytes &+= UInt64(wireLength)
        now = max(now, time)
        recorder?.frame(time: time, wireLength: wireLength)
        decoder.decode(frame, linkType: linkType, time: time, number: number, wireLength: wireLength, into: &packet)
        if watchesChecksums { watchChecksums() }
        handle(frame)
        while let expired = flows.nextExpired(now: now) { endFlow(expired, reason: .timeout) }
    }

    /// Handles the packet in ``packet``, then what is inside of it.
    private func handle(_ frame: RawSpan) {
        let outer = packet
        if packet.isFragment {
            handleFragment(frame)
            return
        }
        inspect(frame)
        var inner = Packet()
        if outer.ipProtocol != 6, decoder.decodeInner(of: outer, in: frame, into: &inner) {
            packet = inner
            handle(frame)
        }
    }

    private func handleFragment(_ frame: RawSpan) {
        counters.fragments &+= 1
        let fragment = packet
        let isWhole = defragmenter.add(fragment, in: frame)
        if defragmenter.sawOverlap { packet.events.insert(packet.ipVersion == 4 ? .ipv4FragmentOverlap : .ipv6FragmentOverlap) }
        if defragmenter.isTooLarge { packet.events.insert(packet.ipVersion == 4 ? .ipv4FragmentTooLarge : .ipv6FragmentTooLarge) }
        inspectWithoutFlow(frame)
        guard isWhole else { return }
        counters.rebuilt &+= 1
        let datagram = defragmenter.rebuilt
        decoder.decodeRebuilt(datagram.rawSpan, from: fragment, into: &packet)
        guard !packet.isFragment else { return }
        handle(datagram.rawSpan)
    }

    private func inspectWithoutFlow(_ frame: RawSpan) {
        noteDecodeEvents()
        guard let detector else { return }
        detector.begin(packet, flow: nil)
        detector.inspectPacket(frame)
        report(detector.finish(), flow: nil, frame, frame.extracting(packet.payloadRange))
    }

    private func noteDecodeEvents() {
        guard !packet.events.isEmpty else { return }
        counters.decodeEvents &+= 1
        for raw in 0..<DecodeEvent.names.count {
            let event = DecodeEvent(rawValue: UInt8(raw))
            guard packet.events.contains(event) else { continue }
            let subject = EventSubject(packet, flowNumber: nil)
            for output in outputs { output.anomaly(.decode, event: "decoder." + event.name, subject: subject) }
        }
    }

    private func inspect(_ frame: RawSpan) {
        guard packet.ipVersion != 0, !packet.flags.contains(.invalid) else {
            inspectWithoutFlow(frame)
            return
        }
        if !packet.events.isEmpty { noteDecodeEvents() }
        var lookup = flows.lookup(packet)
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
        flows.update(flow, packet: packet, direction: direction)
        if let recorder { recorder.packet(packet, frame, flow: flows[flow].number) }
        if packet.transport == .tcp {
            inspectTCP(flow, direction, frame)
        } else {
            inspectDatagram(flow, direction, frame)
        }
    }

    // MARK: application sessions

    private func session(_ flow: FlowID) -> AppLayerSession? {
        let index = Int(flow.index)
        return index < sessions.count ? sessions[index] : nil
    }

    private func makeSession(_ flow: FlowID, _ transport: ProtocolTransports) -> AppLayerSession {
        let index = Int(flow.index)
        while sessions.count <= index { sessions.append(nil) }
        if let session = sessions[index] { return session }
        let record = flows[flow]
        let session: AppLayerSession
        if transport == .tcp, let announced = expectations.take(record) {
            session = AppLayerSession(
                expected: announced, transport: transport, clientPort: record.clientPort, serverPort: record.serverPort,
                limits: configuration.limits, protocols: protocols)
        } else {
            session = AppLayerSession(
                transport: transport, clientPort: record.clientPort, serverPort: record.serverPort, limits: configuration.limits,
                protocols: protocols)
        }
        sessions[index] = session
        return session
    }

    private func inspectDatagram(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan) {
        if packet.transport == .udp, packet.payloadLength > 0 {
            makeSession(flow, .udp).receiveDatagram(frame.extracting(packet.payloadRange), direction, time: packet.time)
        }
        detect(flow, direction, frame, StreamUpdate())
        logTransactions(flow)
    }

    private func inspectTCP(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan) {
        var direction = direction
        var session = flows[flow].session
        let hadSession = session != .max
        let update = tcp.process(&packet, in: frame, session: &session, direction: direction)
        if !hadSession, session != .max { flows.setSession(flow, session) }
        if update.mustSwapEnds {
            flows.swapEnds(flow)
            direction = direction.reversed
        }
        if update.becameEstablished {
            flows.setState(flow, .established)
            chooseReaders(flow, session, direction)
        }
        if update.ready.contains(.toServer) { feed(flow, session, .toServer) }
        if update.ready.contains(.toClient) { feed(flow, session, .toClient) }
        if update.becameClosed { flows.setState(flow, .closed) }
        detect(flow, direction, frame, update)
        if sessions.indices.contains(Int(flow.index)) { logTransactions(flow) }
    }

    /// Nothing is kept for rules on raw data where no rule looks.
    private func chooseReaders(_ flow: FlowID, _ session: UInt32, _ direction: FlowDirection) {
        var probe = packet
        if direction == .toClient {
            swap(&probe.source, &probe.destination)
            swap(&probe.sourcePort, &probe.destinationPort)
        }
        if detector?.wantsStream(probe, .toServer) != true { tcp.stop(session, .toServer, .raw) }
        swap(&probe.source, &probe.destination)
        swap(&probe.sourcePort, &probe.destinationPort)
        if detector?.wantsStream(probe, .toClient) != true { tcp.stop(session, .toClient, .raw) }
    }

    /// Gives a direction's new bytes to the protocol parser.
    private func feed(_ flow: FlowID, _ session: UInt32, _ direction: FlowDirection) {
        guard tcp.wants(session, direction, .application) else { return }
        let application = makeSession(flow, .tcp)
        loop: while true {
            switch tcp.next(session, direction, .application) {
            case .none: break loop
            case .data(let offset, let count):
                let window = tcp.window(session, direction)
                let place = tcp.position(session, direction, of: offset)
                let consumed = application.receive(window.view(from: place, count: count), direction, time: packet.time)
                if application.takesOtherDirectionFirst() {
                    if consumed > 0 { tcp.advance(session, direction, .application, by: consumed) }
                    feed(flow, session, direction == .toServer ? .toClient : .toServer)
                    continue loop
                }
                if consumed == 0 {
                    guard tcp.isBeforeGap(session, direction) else { break loop }
                    // What was shown can never be completed: it is lost with the bytes of the gap.
                    application.gap(count, direction, time: packet.time)
                    tcp.advance(session, direction, .application, by: count)
                } else {
                    tcp.advance(session, direction, .application, by: consumed)
                }
            case .gap(let count):
                application.gap(count, direction, time: packet.time)
                tcp.advance(session, direction, .application, by: count)
            }
            if !application.wantsMore(direction) {
                tcp.stop(session, .toServer, .application)
                tcp.stop(session, .toClient, .application)
                if application.isBypassed, application.appProtocol == .tls || application.appProtocol == .ssh,
                    !configuration.inspectsEncrypted
                {
                    tcp.stop(session, .toServer, .raw)
                    tcp.stop(session, .toClient, .raw)
                }
                break loop
            }
        }
        if let parser = application.parser, !parser.expected.isEmpty {
            for flow in parser.expected { expectations.add(flow, packet.source, packet.destination, at: packet.time) }
            parser.expected = []
        }
        if tcp.isEnded(session, direction) { application.end(direction, time: packet.time) }
    }

    // MARK: detection

    private func facts(_ flow: FlowID, _ direction: FlowDirection) -> FlowFacts {
        let record = flows[flow]
        var facts = FlowFacts(id: flow, direction: direction)
        facts.isEstablished = record.ipProtocol == 6 ? tcp.isEstablished(record.session) : record.state == .established
        facts.isFirstInDirection = record.packets(direction) == 1
        if let session = session(flow) {
            facts.appProtocol = session.appProtocol
            facts.detectionEnded = session.detectionEnded
        }
        facts.ageSeconds = UInt64(max(0, record.last.seconds - record.start.seconds))
        facts.packetsToServer = UInt64(record.packetsToServer)
        facts.packetsToClient = UInt64(record.packetsToClient)
        facts.bytesToServer = record.bytesToServer
        facts.bytesToClient = record.bytesToClient
        facts.isDecided = record.flags.contains(.passed) || record.flags.contains(.dropped)
        if record.ipProtocol == 6 {
            facts.streamSizeClient = tcp.streamSize(record.session, .toServer)
            facts.streamSizeServer = tcp.streamSize(record.session, .toClient)
        }
        return facts
    }

    private func detect(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan, _ update: StreamUpdate) {
        guard let detector else {
            drainRaw(flows[flow].session, direction)
            return
        }
        var facts = facts(flow, direction)
        facts.streamEvents = update.events
        detector.begin(packet, flow: facts)
        if !packet.flags.contains(.pseudo) { detector.inspectPacket(frame) }
        if packet.transport == .tcp {
            inspectRaw(detector, flows[flow].session, direction, isLast: packet.flags.contains(.pseudo) || update.becameClosed, facts)
        }
        for superseded in session(flow)?.superseded ?? [] {
            detector.inspectTransactions(superseded.parser, frame, flowEnded: packet.flags.contains(.pseudo))
        }
        if let parser = session(flow)?.parser {
            detector.inspectTransactions(parser, frame, flowEnded: packet.flags.contains(.pseudo))
        }
        let alerts = detector.finish()
        switch detector.flowDecision {
        case .pass?: flows.setFlags(flow, .passed)
        case .drop?, .reject?: flows.setFlags(flow, .dropped)
        default: break
        }
        if !alerts.isEmpty {
            flows.setFlags(flow, .alerted)
            report(alerts, flow: flow, frame, frame.extracting(packet.payloadRange))
        }
    }

    /// Shows the rules what is new in the raw stream when enough has come (rule-semantics T4).
    private func inspectRaw(_ detector: Detector, _ session: UInt32, _ direction: FlowDirection, isLast: Bool, _ facts: FlowFacts) {
        while true {
            switch tcp.next(session, direction, .raw) {
            case .none: return
            case .gap(let count): tcp.advance(session, direction, .raw, by: count)
            case .data(let offset, let count):
                let enough =
                    configuration.tcp.inline
                    ? 1 : direction == .toServer ? configuration.chunkSize.toServer : configuration.chunkSize.toClient
                guard
                    isLast || count >= enough || tcp.isEnded(session, direction) || tcp.isDepthReached(session, direction)
                        || tcp.isBeforeGap(session, direction) || messageIsWhole(facts, session, direction)
                else { return }
                let window = tcp.window(session, direction)
                detector.inspectStream(window.view(from: tcp.position(session, direction, of: offset), count: count))
                tcp.advance(session, direction, .raw, by: count)
            }
        }
    }

    /// A parser that has taken everything stands between two messages: raw rules need not wait.
    private func messageIsWhole(_ facts: FlowFacts, _ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard facts.appProtocol != .unknown, facts.appProtocol != .failed else { return false }
        if case .none = tcp.next(session, direction, .application) { return true }
        return false
    }

    private func drainRaw(_ session: UInt32, _ direction: FlowDirection) {
        guard session != .max else { return }
        while true {
            switch tcp.next(session, direction, .raw) {
            case .none: return
            case .gap(let count), .data(_, let count): tcp.advance(session, direction, .raw, by: count)
            }
        }
    }

    // MARK: events

    private func summary(_ flow: FlowID) -> FlowSummary {
        let record = flows[flow]
        var summary = FlowSummary()
        summary.packetsToServer = UInt64(record.packetsToServer)
        summary.packetsToClient = UInt64(record.packetsToClient)
        summary.bytesToServer = record.bytesToServer
        summary.bytesToClient = record.bytesToClient
        summary.start = record.start
        summary.end = record.last
        summary.isAlerted = record.flags.contains(.alerted)
        summary.client = record.client
        summary.server = record.server
        summary.clientPort = record.clientPort
        summary.serverPort = record.serverPort
        summary.hasPorts = record.ipProtocol == 6 || record.ipProtocol == 17 || record.ipProtocol == 132
        switch record.state {
        case .new: summary.state = .new
        case .established: summary.state = .established
        case .closed: summary.state = .closed
        case .bypassed: summary.state = .bypassed
        }
        if record.flags.contains(.passed) { summary.action = "pass" }
        if record.flags.contains(.dropped) { summary.action = "drop" }
        if let session = session(flow) {
            summary.appProtocol = session.appProtocol
            summary.appProtocolToServer = session.detected.toServer
            summary.appProtocolToClient = session.detected.toClient
            summary.originalAppProtocol = session.originalProtocol
        }
        if record.ipProtocol == 6 {
            summary.tcp = FlowSummary.TCP(
                flagsToServer: record.tcpFlagsToServer, flagsToClient: record.tcpFlagsToClient, state: tcp.stateName(record.session))
        }
        return summary
    }

    private func report(_ alerts: [Alert], flow: FlowID?, _ frame: RawSpan, _ payload: RawSpan) {
        guard let detector, !alerts.isEmpty else { return }
        counters.alerts &+= UInt64(alerts.count)
        let subject = EventSubject(packet, flowNumber: flow.map { flows[$0].number })
        var context = AlertContext()
        if let flow {
            context.flow = summary(flow)
            context.direction = flowDirection(flow)
            context.flowbits = detector.flowbits(flow)
        }
        for alert in alerts {
            let signature = detector.rules.signatures[alert.rule]
            context.isBlocked = configuration.simulatesIPS && (alert.action == .drop || alert.action == .reject)
            for output in outputs {
                output.alert(
                    alert, signature: signature, subject: subject, context: context, payload: payload, frame: frame,
                    linkType: packet.linkType)
            }
            recorder?.take(alert, signature, subject, context, packet)
        }
    }

    private func flowDirection(_ flow: FlowID) -> FlowDirection {
        let record = flows[flow]
        return record.client == packet.source
            && (record.clientPort == packet.sourcePort || packet.transport == .icmpv4 || packet.transport == .icmpv6)
            ? .toServer : .toClient
    }

    /// Logs transactions and files that are complete, and forgets what rules and logs are done with.
    private func logTransactions(_ flow: FlowID, isLast: Bool = false) {
        guard let session = session(flow) else { return }
        for superseded in session.superseded { logTransactions(flow, superseded.parser, superseded.descriptor, isLast: isLast) }
        if let parser = session.parser, let descriptor = session.descriptor, !parser.transactions.isEmpty {
            logTransactions(flow, parser, descriptor, isLast: isLast)
        }
    }

    private func logTransactions(_ flow: FlowID, _ parser: ProtocolParser, _ descriptor: ProtocolDescriptor, isLast: Bool) {
        var subject: EventSubject?
        for transaction in parser.transactions {
            if !transaction.isLogged, transaction.isComplete || isLast {
                transaction.isLogged = true
                if transaction.isWorthLogging {
                    let about = subject ?? clientSubject(flow)
                    subject = about
                    let turned = transaction.onlyDirection == .toClient ? about.reversed : about
                    for output in outputs { output.transaction(transaction, of: descriptor, subject: turned) }
                    counters.transactions &+= 1
                    protocolTransactions[slot(descriptor.appProtocol, flow)] &+= 1
                }
            }
            for transferred in transaction.files where !transferred.isLogged && (transferred.state != .open || isLast) {
                transferred.isLogged = true
                if transferred.state == .open { transferred.close(.truncated) }
                let about = subject ?? clientSubject(flow)
                subject = about
                let turned = transferred.direction == .toClient ? about.reversed : about
                for output in outputs { output.file(transferred, in: transaction, of: descriptor, subject: turned) }
            }
        }
        if !isLast {
            parser.transactions.removeAll { transaction in
                guard transaction.isLogged, transaction.isComplete else { return false }
                guard let detector else { return true }
                return detector.isInspected(transaction, .toServer) && detector.isInspected(transaction, .toClient)
            }
        }
    }

    /// The flow's ends as client and server, with the number of the packet at hand.
    private func clientSubject(_ flow: FlowID) -> EventSubject {
        let record = flows[flow]
        var subject = EventSubject(packet, flowNumber: record.number)
        subject.source = record.client
        subject.destination = record.server
        subject.sourcePort = record.clientPort
        subject.destinationPort = record.serverPort
        subject.ipVersion = record.ipVersion
        subject.ipProtocol = record.ipProtocol
        subject.vlan = record.vlan
        subject.vlanCount = record.vlanCount
        subject.icmpType = record.icmpType
        subject.icmpCode = record.icmpCode
        subject.hasPorts = record.ipProtocol == 6 || record.ipProtocol == 17 || record.ipProtocol == 132
        return subject
    }

    // MARK: ends

    /// A flow is over: what it left behind is parsed, inspected and logged.
    private func endFlow(_ flow: FlowID, reason: FlowSummary.Reason) {
        let saved = packet
        defer { packet = saved }
        let record = flows[flow]
        if record.ipProtocol == 6, record.session != .max || session(flow) != nil {
            tcp.end(record.session)
            for direction in FlowDirection.allCases { inspectLeftovers(flow, record, direction) }
        } else if let session = session(flow) {
            session.end(.toServer, time: record.last)
            session.end(.toClient, time: record.last)
        }
        packet = pseudoPacket(record, .toServer)
        logTransactions(flow, isLast: true)
        if let session = session(flow), session.appProtocol != .unknown, session.appProtocol != .failed {
            protocolFlows[slot(session.appProtocol, flow)] &+= 1
        }
        var summary = summary(flow)
        summary.reason = reason
        var subject = clientSubject(flow)
        subject.packetNumber = 0
        for output in outputs where output.configuration.flow { output.flow(subject, summary) }
        recorder?.flowEnded(record.number)
        tcp.close(record.session)
        detector?.flowEnded(flow)
        if sessions.indices.contains(Int(flow.index)) { sessions[Int(flow.index)] = nil }
        flows.remove(flow)
    }

    private func pseudoPacket(_ record: FlowRecord, _ direction: FlowDirection) -> Packet {
        var pseudo = Packet()
        pseudo.time = record.last
        pseudo.flags.insert(.pseudo)
        pseudo.ipVersion = record.ipVersion
        pseudo.ipProtocol = record.ipProtocol
        pseudo.transport = record.ipProtocol == 6 ? .tcp : record.ipProtocol == 17 ? .udp : .none
        pseudo.vlan = record.vlan
        pseudo.vlanCount = record.vlanCount
        pseudo.tunnelDepth = record.tunnelDepth
        pseudo.source = direction == .toServer ? record.client : record.server
        pseudo.destination = direction == .toServer ? record.server : record.client
        pseudo.sourcePort = direction == .toServer ? record.clientPort : record.serverPort
        pseudo.destinationPort = direction == .toServer ? record.serverPort : record.clientPort
        return pseudo
    }

    private func inspectLeftovers(_ flow: FlowID, _ record: FlowRecord, _ direction: FlowDirection) {
        packet = pseudoPacket(record, direction)
        if record.session != .max { feed(flow, record.session, direction) }
        session(flow)?.end(direction, time: record.last)
        var update = StreamUpdate()
        update.becameClosed = true
        detect(flow, direction, RawSpan(), update)
    }

    /// Ends all flows: the end of a capture, or of the program.
    func endAllFlows() {
        var index = 0
        while let flow = flows.next(from: &index) { endFlow(flow, reason: .shutdown) }
    }

    /// Ends all flows and forgets everything but the rules and the counters, so that the next capture begins as the first did.
    func reset() {
        endAllFlows()
        detector?.reset()
        defragmenter = Defragmenter()
        expectations = Expectations()
        now = Timestamp(microseconds: .min)
        watchesChecksums = verifiesChecksums == .automatic
        decoder.verifiesChecksums = verifiesChecksums != .off
        tcp.options.checksumValidation = configuration.tcp.checksumValidation && verifiesChecksums != .off
        seenChecksums = (0, 0)
    }

    /// Captures from machines that leave checksums to their network cards are full of wrong ones: then they say nothing.
    private func watchChecksums() {
        seenChecksums.packets += 1
        if packet.flags.contains(.badTransportChecksum) || packet.flags.contains(.badIPChecksum) { seenChecksums.bad += 1 }
        guard seenChecksums.packets >= 1000 else { return }
        watchesChecksums = false
        if seenChecksums.bad * 10 > seenChecksums.packets {
            decoder.verifiesChecksums = false
            tcp.options.checksumValidation = false
        }
    }

    /// Counters of the stages, for `stats`.
    func statistics() -> StatsTree {
        var tree = StatsTree()
        tree.add("decoder.pkts", counters.packets)
        tree.add("decoder.bytes", counters.bytes)
        tree.add("decoder.event_packets", counters.decodeEvents)
        tree.add("defrag.fragments", counters.fragments)
        tree.add("defrag.reassembled", counters.rebuilt)
        tree.add("defrag.evicted", defragmenter.evicted)
        tree.add("flow.total", counters.flows)
        tree.add("flow.active", UInt64(flows.count))
        tree.add("flow.evicted", flows.evicted)
        tree.add("tcp.sessions", UInt64(tcp.sessionCount))
        tree.add("tcp.reassembly_memuse", UInt64(max(0, tcp.memory)))
        tree.add("tcp.reassembly_gap", tcp.gaps)
        tree.add("tcp.segment_memcap_drop", tcp.dropped)
        for descriptor in protocols {
            for (name, slot) in slots(of: descriptor) { tree.add("app_layer.flow." + name, protocolFlows[slot]) }
        }
        for descriptor in protocols {
            for (name, slot) in slots(of: descriptor) { tree.add("app_layer.tx." + name, protocolTransactions[slot]) }
        }
        tree.add("detect.alert", counters.alerts)
        tree.add("detect.alerts_suppressed", detector?.suppressed ?? 0)
        tree.add("detect.alert_queue_overflow", detector?.overflow ?? 0)
        tree.add("detect.rules_evaluated", detector?.evaluated ?? 0)
        return tree
    }

    private func slot(_ proto: AppProtocol, _ flow: FlowID) -> Int { Int(proto.rawValue) << 1 | (flows[flow].ipProtocol == 17 ? 1 : 0) }

    /// The counters' names: with the transport where the protocol has both.
    private func slots(of descriptor: ProtocolDescriptor) -> [(name: String, slot: Int)] {
        let first = Int(descriptor.appProtocol.rawValue) << 1
        guard descriptor.transports.contains(.tcp), descriptor.transports.contains(.udp) else {
            return [(descriptor.name, descriptor.transports.contains(.udp) ? first | 1 : first)]
        }
        return [(descriptor.name + "_tcp", first), (descriptor.name + "_udp", first | 1)]
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
