import AppLayer
import Bytes
import Decode
import Detect
import Flow

/// Rules on packets, streams and transactions.
extension Worker {
    func facts(_ flow: FlowID, _ direction: FlowDirection) -> FlowFacts {
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

    func detect(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan, _ update: StreamUpdate) {
        let oddities = session(flow)?.takeDetectionEvents() ?? []
        if !oddities.isEmpty { noteDetectionEvents(oddities, flow) }
        guard let detector else {
            drainRaw(flows[flow].session, direction)
            finishFrames(flow, direction, frame)
            return
        }
        var facts = facts(flow, direction)
        facts.streamEvents = update.events
        facts.detectionEvents = oddities
        detector.begin(packet, flow: facts, parser: session(flow)?.parser)
        if !packet.flags.contains(.pseudo) { detector.inspectPacket(frame) }
        if packet.transport == .tcp {
            inspectRaw(detector, flows[flow].session, direction, isLast: packet.flags.contains(.pseudo) || update.becameClosed, facts)
        }
        inspectFrames(detector, flow, direction, frame)
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
        finishFrames(flow, direction, frame)
    }

    /// Shows the rules what is new in the raw stream when enough has come (rule-semantics T4).
    func inspectRaw(_ detector: Detector, _ session: UInt32, _ direction: FlowDirection, isLast: Bool, _ facts: FlowFacts) {
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
    func messageIsWhole(_ facts: FlowFacts, _ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard facts.appProtocol != .unknown, facts.appProtocol != .failed else { return false }
        guard self.session(facts.id)?.descriptor?.inspectsStreamByMessage != false else { return false }
        if case .none = tcp.next(session, direction, .application) { return true }
        return false
    }

    func drainRaw(_ session: UInt32, _ direction: FlowDirection) {
        guard session != .max else { return }
        while true {
            switch tcp.next(session, direction, .raw) {
            case .none: return
            case .gap(let count), .data(_, let count): tcp.advance(session, direction, .raw, by: count)
            }
        }
    }
}
