import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow

/// Alerts and the logs of transactions and files.
extension Worker {
    func summary(_ flow: FlowID) -> FlowSummary {
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
        if record.ipProtocol == 1 || record.ipProtocol == 58, record.packetsToClient > 0 {
            summary.icmpAnswer = UInt8(truncatingIfNeeded: record.serverPort.rawValue)
        }
        switch record.state {
        case .new: summary.state = .new
        case .established: summary.state = .established
        case .closed: summary.state = .closed
        case .bypassed: summary.state = .bypassed
        }
        if record.flags.contains(.passed) { summary.action = "pass" }
        if record.flags.contains(.dropped) { summary.action = "drop" }
        if record.exceptions != 0 {
            summary.exceptions = ExceptionTarget.allCases.filter { record.exceptions & 1 << $0.rawValue != 0 }
                .map { ($0.name, exceptionPolicies[Int($0.rawValue)].rawValue) }
        }
        if let session = session(flow) {
            summary.appProtocol = session.appProtocol
            summary.appProtocolToServer = session.detected.toServer
            summary.appProtocolToClient = session.detected.toClient
            summary.originalAppProtocol = session.originalProtocol
            summary.transactionCount = session.parser?.nextTransactionID ?? 0
        }
        summary.ttlToServer = (record.ttlToServer.least, record.ttlToServer.most)
        summary.ttlToClient = (record.ttlToClient.least, record.ttlToClient.most)
        if logsHardware { summary.hardware = flowHardware[flow] ?? ([], []) }
        if record.ipProtocol == 6 {
            if record.session == .max {
                summary.tcp = FlowSummary.TCP(flagsToServer: [], flagsToClient: [], state: nil)
            } else {
                summary.tcp = FlowSummary.TCP(
                    flagsToServer: record.tcpFlagsToServer, flagsToClient: record.tcpFlagsToClient, state: tcp.stateName(record.session),
                    gaps: tcp.gapDirections(record.session))
                summary.tcp?.urgentBytes = (tcp.urgentBytes(record.session, .toServer), tcp.urgentBytes(record.session, .toClient))
            }
        }
        return summary
    }

    /// The hardware addresses of the captured frame.
    func takeHardware(_ frame: RawSpan) {
        hardware = nil
        let at = Int(packet.ethernetOffset)
        guard at >= 0, frame.byteCount - at >= 12 else { return }
        hardware = (HardwareAddress(frame.dropping(at + 6)), HardwareAddress(frame.dropping(at)))
    }

    /// Adds them to the flow's, in order of first sight, as its client would have sent them.
    func noteHardware(_ flow: FlowID, _ direction: FlowDirection) {
        guard let pair = hardware else { return }
        let (source, destination) = direction == .toServer ? pair : (pair.destination, pair.source)
        var known = flowHardware[flow] ?? ([], [])
        if !known.sources.contains(source), known.sources.count < 8 { known.sources.append(source) }
        if !known.destinations.contains(destination), known.destinations.count < 8 { known.destinations.append(destination) }
        flowHardware[flow] = known
    }

    func report(_ alerts: [Alert], flow: FlowID?, _ frame: RawSpan, _ payload: RawSpan) {
        guard let detector, !alerts.isEmpty else { return }
        counters.alerts &+= UInt64(alerts.count)
        // Of a packet out of a tunnel its own bytes are shown: those have no link header.
        let isInner = packet.tunnelDepth > 0 && !packet.flags.contains(.rebuilt)
        let shown = frame.dropping(min(Int(packet.frameOffset), frame.byteCount))
        let linkType = isInner ? LinkType(rawValue: 12) : packet.linkType
        var subject = EventSubject(packet, flowNumber: flow.map { flows[$0].number })
        subject.hardware = hardware
        var context = AlertContext()
        if let tunnelRoot, packet.tunnelDepth > 0, !packet.flags.contains(.pseudo) {
            context.tunnel = (EventSubject(tunnelRoot, flowNumber: nil), packet.tunnelDepth)
        }
        if let flow {
            context.flow = summary(flow)
            context.direction = flowDirection(flow)
            var noted = variables(flow) ?? FlowVariables()
            noted.packetVariables = detector.packetVariables
            subject.variables = noted.isEmpty ? nil : noted
        }
        if logsPayload, let flow, let direction = context.direction, packet.transport == .tcp { completeShownStream(flow, direction) }
        context.verdict = verdict
        context.isInline = configuration.simulatesIPS
        for alert in alerts {
            let signature = detector.rules.signature(alert.rule)
            context.isBlocked =
                alert.isRateFiltered ? verdict.isDropped : alert.action.rejects || configuration.simulatesIPS && alert.action == .drop
            if let flow, let one = alert.frame {
                withFrameBytes(one, flow, context.direction ?? .toServer, frame) { bytes in
                    write(alert, signature, subject, context, payload, shown, linkType, bytes)
                }
            } else {
                write(alert, signature, subject, context, payload, shown, linkType, RawSpan())
            }
            recorder?.take(alert, signature, subject, context, packet)
        }
    }

    /// The bytes that an alert shows: of the stream where the rule looked at it, else of the packet.
    private func write(
        _ alert: Alert, _ signature: Signature, _ subject: EventSubject, _ context: AlertContext, _ payload: RawSpan, _ frame: RawSpan,
        _ linkType: LinkType, _ protocolFrame: RawSpan
    ) {
        let isStream =
            packet.transport == .tcp && (alert.isFromStream || alert.transactionID != nil && !alert.isGuess || alert.frame != nil)
        let shown = shownStream
        for output in outputs {
            if isStream, !shown.isEmpty {
                output.alert(
                    alert, signature: signature, subject: subject, context: context, payload: shown.rawSpan, frame: frame,
                    linkType: linkType, protocolFrame: protocolFrame)
            } else {
                output.alert(
                    alert, signature: signature, subject: subject, context: context, payload: payload, frame: frame,
                    linkType: linkType, protocolFrame: protocolFrame)
            }
        }
    }

    /// What rules have noted about a flow; nil where there is nothing.
    func variables(_ flow: FlowID) -> FlowVariables? {
        guard let detector, detector.hasNotes(flow) else { return nil }
        var variables = FlowVariables()
        variables.flowbits = detector.flowbits(flow)
        variables.entropies = detector.entropies(flow)
        variables.flowVariables = detector.flowVariables(flow)
        variables.integers = detector.flowIntegers(flow)
        return variables.isEmpty ? nil : variables
    }

    func flowDirection(_ flow: FlowID) -> FlowDirection {
        let record = flows[flow]
        return record.client == packet.source
            && (record.clientPort == packet.sourcePort || packet.transport == .icmpv4 || packet.transport == .icmpv6)
            ? .toServer : .toClient
    }

    /// Logs transactions and files that are complete, and forgets what rules and logs are done with.
    func logTransactions(_ flow: FlowID, isLast: Bool = false) {
        guard let session = session(flow) else { return }
        if session.isUpgraded {
            for superseded in session.superseded { logTransactions(flow, superseded.parser, superseded.descriptor, isLast: isLast) }
        }
        if let parser = session.parser, let descriptor = session.descriptor, !parser.transactions.isEmpty {
            logTransactions(flow, parser, descriptor, isLast: isLast)
        }
    }

    func logTransactions(_ flow: FlowID, _ parser: ProtocolParser, _ descriptor: ProtocolDescriptor, isLast: Bool) {
        var subject: EventSubject?
        for transaction in parser.transactions {
            if !transaction.isLogged, transaction.isReadyToLog || isLast {
                transaction.isLogged = true
                if transaction.isSilenced { parser.silenced(transaction) }
                if !transaction.events.isEmpty { noteEvents(of: transaction, descriptor, flow) }
                if transaction.isWorthLogging, !transaction.isSilenced, !flows[flow].flags.contains(.silencedTransactions) {
                    let about = subject ?? clientSubject(flow)
                    subject = about
                    let turned = transaction.eventDirection == .toClient ? about.reversed : about
                    for output in outputs { output.transaction(transaction, of: descriptor, subject: turned) }
                    counters.transactions &+= 1
                    protocolTransactions[slot(descriptor.appProtocol, flow)] &+= 1
                }
            }
            if !transaction.files.isEmpty { logFiles(flow, transaction, descriptor, packetDirection, isLast: isLast) }
        }
        if !isLast {
            // Mostly none is done with: then nothing is moved.
            if parser.transactions.contains(where: isDoneWith) { parser.transactions.removeAll(where: isDoneWith) }
        }
    }

    private func isDoneWith(_ transaction: Transaction) -> Bool {
        guard transaction.isLogged, transaction.isComplete, transaction.files.allSatisfy(\.isLogged) else { return false }
        guard let detector else { return true }
        return detector.isInspected(transaction, .toServer) && detector.isInspected(transaction, .toClient)
    }

    private func noteEvents(of transaction: Transaction, _ descriptor: ProtocolDescriptor, _ flow: FlowID) {
        guard outputs.contains(where: \.wantsApplicationEvents) else { return }
        let subject = clientSubject(flow)
        for event in transaction.events where Int(event) < descriptor.events.count {
            for output in outputs where output.wantsApplicationEvents {
                output.anomaly(
                    .applayer, event: descriptor.events[Int(event)], layer: "proto_parser", appProtocol: descriptor.appProtocol,
                    subject: subject, transactionID: transaction.id)
            }
        }
    }

    func noteStreamEvents(_ events: StreamEvents, _ flow: FlowID) {
        var subject: EventSubject?
        var left = events
        while let event = left.popFirst() {
            streamEventCounts[Int(event.rawValue)] &+= 1
            for output in outputs where output.wantsStreamEvents {
                if subject == nil {
                    var about = EventSubject(packet, flowNumber: flows[flow].number)
                    about.variables = variables(flow)
                    subject = about
                }
                if let subject { output.anomaly(.stream, event: "stream." + event.name, subject: subject) }
            }
        }
    }

    func noteDetectionEvents(_ events: DetectionEvents, _ flow: FlowID) {
        let subject = EventSubject(packet, flowNumber: flows[flow].number)
        for event in DetectionEvent.allCases where events.contains(DetectionEvents(event)) {
            for output in outputs {
                output.anomaly(
                    .applayer, event: event.name.uppercased(), layer: "proto_detect", appProtocol: session(flow)?.appProtocol,
                    subject: subject)
            }
        }
    }

    /// The flow's ends as client and server, with the number of the packet at hand.
    func clientSubject(_ flow: FlowID) -> EventSubject {
        let record = flows[flow]
        var subject = EventSubject(packet, flowNumber: record.number)
        if let pair = hardware, !packet.flags.contains(.pseudo) {
            subject.hardware = packet.source == record.client ? pair : (pair.destination, pair.source)
        }
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
        subject.variables = variables(flow)
        return subject
    }
}
