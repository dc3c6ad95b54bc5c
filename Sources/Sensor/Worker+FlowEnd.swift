import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow

/// What is left to do when flows end.
extension Worker {
    /// A flow is over: what it left behind is parsed, inspected and logged.
    func endFlow(_ flow: FlowID, reason: FlowSummary.Reason) {
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
        storeFiles(flow, .toServer, isLast: true)
        logTransactions(flow, isLast: true)
        if let session = session(flow), session.appProtocol != .unknown, session.appProtocol != .failed {
            protocolFlows[slot(session.appProtocol, flow)] &+= 1
            if session.hasFailed { protocolErrors[slot(session.appProtocol, flow)] &+= 1 }
        }
        var summary = summary(flow)
        summary.reason = reason
        var subject = clientSubject(flow)
        subject.packetNumber = 0
        for output in outputs where output.configuration.flow && !record.flags.contains(.silenced) { output.flow(subject, summary) }
        for output in outputs where output.configuration.netflow { output.netflow(subject, summary) }
        recorder?.flowEnded(record.number)
        tcp.close(record.session)
        detector?.flowEnded(flow)
        if logsPayload { histories[flow] = nil }
        if logsHardware { flowHardware[flow] = nil }
        if sessions.indices.contains(Int(flow.index)) { sessions[Int(flow.index)] = nil }
        flows.remove(flow)
    }

    func pseudoPacket(_ record: FlowRecord, _ direction: FlowDirection) -> Packet {
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

    func inspectLeftovers(_ flow: FlowID, _ record: FlowRecord, _ direction: FlowDirection) {
        packet = pseudoPacket(record, direction)
        if record.session != .max { feed(flow, record.session, direction) }
        session(flow)?.end(direction, time: record.last)
        packetDirection = direction
        prepareFiles(flow, direction)
        detect(flow, direction, RawSpan(), StreamUpdate())
    }

    /// Ends all flows: the end of a capture, or of the program.
    func endAllFlows() { for entry in flowsInOrder() { endFlow(entry.flow, reason: .shutdown) } }

    /// All flows with what orders them: the first to begin ends first, however many workers there are.
    func flowsInOrder() -> [FlowPlace] {
        var list: [FlowPlace] = []
        list.reserveCapacity(flows.count)
        var index = 0
        while let flow = flows.next(from: &index) {
            list.append(FlowPlace(start: flows[flow].start, number: flows[flow].number, flow: flow))
        }
        list.sort { $0.precedes($1) }
        return list
    }

    /// A flow's place among all that are still there.
    struct FlowPlace: Sendable {
        var start: Timestamp
        var number: UInt64
        var flow: FlowID

        func precedes(_ other: FlowPlace) -> Bool {
            if start != other.start { return start < other.start }
            return number != other.number ? number < other.number : flow.index < other.flow.index
        }
    }

    /// Between two captures of a folder, when all flows have ended: forgets what was learned about the link.
    ///
    /// What rules count and remember about hosts (thresholds, host bits, tags) goes on, as in Suricata: a folder is mostly one link's
    /// recording in pieces, and a limit of one alert an hour must hold across them.
    ///
    /// - Parameter clock: the time of the capture's last packet.
    func reset(at clock: Timestamp) {
        detector?.expireThresholds(clock)
        defragmenter = Defragmenter(hosts: configuration.tcp.hosts)
        expectations = Expectations()
        watchesChecksums = verifiesChecksums == .automatic
        decoder.verifiesChecksums = verifiesChecksums != .off
        tcp.options.checksumValidation = configuration.tcp.checksumValidation && verifiesChecksums != .off
        seenChecksums = (0, 0)
    }
}
