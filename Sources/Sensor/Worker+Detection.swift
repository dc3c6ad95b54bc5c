import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow

/// Rules on packets, streams and transactions.
extension Worker {
    private func facts(
        _ flow: FlowID, _ session: AppLayerSession?, _ direction: FlowDirection, becameEstablished: Bool
    ) -> FlowFacts {
        let record = flows[flow]
        var facts = FlowFacts(id: flow, direction: direction)
        // The packet that ends the handshake is not yet part of an established connection (rule-semantics T8).
        facts.isEstablished =
            record.ipProtocol == 6
            ? tcp.isEstablished(record.session) && !(becameEstablished && packet.payloadLength == 0) : record.state == .established
        facts.isFirstInDirection = record.packets(direction) == 1
        if let session {
            facts.appProtocol = session.spokenProtocol
            facts.detected = session.detected
            facts.originalProtocol = session.originalProtocol
            facts.detectionEnded = session.detectionEnded
            // Said once in each direction, and again after an upgrade.
            let mark: FlowFlags = direction == .toServer ? .protocolSaidToServer : .protocolSaidToClient
            let own = direction == .toServer ? session.detected.toServer : session.detected.toClient
            let isKnown = own != .unknown || session.appProtocol == .failed || record.ipProtocol != 6 && session.appProtocol != .unknown
            // What follows an upgrade is news when it is spoken, not when it is agreed upon.
            let isSpoken = session.spokenProtocol == session.appProtocol
            facts.isProtocolNews = isKnown && isSpoken && !record.flags.contains(mark)
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

    /// - Parameter hasNews: rules have not seen all of the flow's transactions.
    func detect(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan, _ update: StreamUpdate, hasNews: Bool = true) {
        let session = session(flow)
        let oddities = session?.takeDetectionEvents() ?? []
        if !oddities.isEmpty { noteDetectionEvents(oddities, flow) }
        guard let detector else {
            drainRaw(flows[flow].session, direction)
            finishFrames(flow, direction, frame)
            return
        }
        var facts = facts(flow, session, direction, becameEstablished: update.becameEstablished)
        facts.streamEvents = update.events
        facts.detectionEvents = oddities
        if facts.isProtocolNews {
            flows.setFlags(flow, direction == .toServer ? .protocolSaidToServer : .protocolSaidToClient)
        }
        if facts.originalProtocol != .unknown, !flows[flow].flags.contains(.upgraded) {
            flows.setFlags(flow, .upgraded)
            flows.clearFlags(flow, [.protocolSaidToServer, .protocolSaidToClient])
        }
        let parser = session?.parser
        detector.begin(packet, flow: facts, parser: parser)
        if !packet.flags.contains(.pseudo) { detector.inspectPacket(frame) }
        if packet.transport == .tcp {
            inspectRaw(detector, flows[flow].session, direction, isLast: packet.flags.contains(.pseudo), facts)
        }
        inspectFrames(detector, flow, direction, frame)
        if let session, hasNews {
            if session.isUpgraded {
                for superseded in session.superseded {
                    detector.inspectTransactions(superseded.parser, frame, flowEnded: packet.flags.contains(.pseudo))
                }
            }
            if let parser {
                detector.inspectTransactions(parser, frame, flowEnded: packet.flags.contains(.pseudo))
            }
        }
        let hasAlerts = detector.finish()
        verdict = detector.verdict
        if let decision = detector.flowDecision, !facts.isDecided {
            if decision == .pass {
                flows.setFlags(flow, .passed)
            } else if configuration.dropIsAlert != true {
                flows.setFlags(flow, .dropped)
            }
        }
        if detector.bypasses { flows.setState(flow, .bypassed) }
        if detector.silencesFlow { flows.setFlags(flow, .silenced) }
        if detector.silencesTransactions { flows.setFlags(flow, .silencedTransactions) }
        if hasAlerts {
            flows.setFlags(flow, .alerted)
            report(detector.alerts, flow: flow, frame, frame.extracting(packet.payloadRange))
        }
        if detector.isTagged { logTagged(flow, frame) }
        finishRaw(flow, direction)
        finishFrames(flow, direction, frame)
        finishVerdict(flow, direction, frame)
    }

    /// Shows the rules what is new in the raw stream when enough has come (rule-semantics T4).
    ///
    /// The bytes stay until ``finishRaw(_:_:)``, so that alerts can show them.
    func inspectRaw(_ detector: Detector, _ session: UInt32, _ direction: FlowDirection, isLast: Bool, _ facts: FlowFacts) {
        while true {
            switch tcp.next(session, direction, .raw) {
            case .none: return
            case .gap(let count):
                noteMissing(count)
                tcp.advance(session, direction, .raw, by: count)
            case .data(let offset, let count):
                let hasGap = tcp.isBeforeGap(session, direction)
                guard
                    isLast || isRawDue(session, direction, count) || hasGap
                        || self.session(facts.id)?.takesEndOfMessage(direction) == true
                else { return }
                let window = tcp.window(session, direction)
                let place = tcp.position(session, direction, of: offset)
                let bytes = window.view(from: place, count: count)
                detector.inspectStream(bytes)
                if place > 0, configuration.inspectsSeams {
                    let before = min(place, 64)
                    detector.inspectSeam(window.view(from: place - before, count: before + min(count, 64)), boundary: before)
                }
                guard hasGap else {
                    rawSeen = count
                    return
                }
                if logsPayload { beforeGap += bytes.copied() }
                tcp.advance(session, direction, .raw, by: count)
            }
        }
    }

    /// So many raw bytes are worth a look, whatever they are.
    func isRawDue(_ session: UInt32, _ direction: FlowDirection, _ count: Int) -> Bool {
        let enough =
            configuration.tcp.inline ? 1 : direction == .toServer ? configuration.chunkSize.toServer : configuration.chunkSize.toClient
        return count >= enough || tcp.hurriesRaw(session) || tcp.isDepthReached(session, direction)
    }

    private func noteMissing(_ count: Int) {
        if logsPayload { beforeGap += Array("[\(count) bytes missing]".utf8) }
    }

    /// Lets go of the raw bytes that the rules have seen.
    func finishRaw(_ flow: FlowID, _ direction: FlowDirection) {
        if logsPayload { keepHistory(flow, direction) }
        if rawSeen > 0 {
            tcp.advance(flows[flow].session, direction, .raw, by: rawSeen)
            rawSeen = 0
        }
        if !beforeGap.isEmpty { beforeGap.removeAll(keepingCapacity: true) }
        if !shownStream.isEmpty { shownStream.removeAll(keepingCapacity: true) }
    }

    /// Alerts in HTTP show what was said before as well, as Suricata's do (it keeps that much for the bodies' sake).
    private static let historyLimit = (toServer: 32 * 1024, toClient: 40 * 1024)

    private func keepHistory(_ flow: FlowID, _ direction: FlowDirection) {
        guard rawSeen > 0 || !beforeGap.isEmpty, session(flow)?.appProtocol == .http1 else { return }
        let session = flows[flow].session
        let window = tcp.window(session, direction)
        let place = tcp.position(session, direction, of: tcp.place(session, direction, .raw))
        var history = histories[flow] ?? StreamHistory()
        let before = beforeGap
        history.append(before.rawSpan, direction)
        history.append(window.view(from: place, count: rawSeen), direction)
        histories[flow] = history
    }

    /// The first bytes of both directions of a flow; none once there are too many.
    struct StreamHistory {
        private var toServer: [UInt8]? = []
        private var toClient: [UInt8]? = []

        func bytes(_ direction: FlowDirection) -> [UInt8] { (direction == .toServer ? toServer : toClient) ?? [] }

        mutating func append(_ bytes: RawSpan, _ direction: FlowDirection) {
            if direction == .toServer {
                toServer = StreamHistory.joined(toServer, bytes, Worker.historyLimit.toServer)
            } else {
                toClient = StreamHistory.joined(toClient, bytes, Worker.historyLimit.toClient)
            }
        }

        private static func joined(_ known: [UInt8]?, _ bytes: RawSpan, _ limit: Int) -> [UInt8]? {
            guard let known, known.count + bytes.byteCount <= limit else { return nil }
            return bytes.byteCount == 0 ? known : known + bytes.copied()
        }
    }

    /// Puts what has come since the last look at the raw stream behind what was seen before gaps; in HTTP, as in Suricata, also what is
    /// not acknowledged yet.
    func completeShownStream(_ flow: FlowID, _ direction: FlowDirection) {
        shownStream = (histories[flow]?.bytes(direction) ?? []) + beforeGap
        let session = flows[flow].session
        guard session != .max, tcp.wants(session, direction, .raw) else { return }
        let from = tcp.place(session, direction, .raw)
        let isHTTP = self.session(flow)?.appProtocol == .http1
        let shown = isHTTP ? tcp.kept(session, direction) : tcp.readable(session, direction)
        guard from < shown.upperBound else { return }
        let window = tcp.window(session, direction)
        let bytes = window.view(from: tcp.position(session, direction, of: from), count: Int(shown.upperBound - from))
        shownStream += bytes.prefix(max(0, 1 << 20 - shownStream.count)).copied()
    }

    private func logTagged(_ flow: FlowID, _ frame: RawSpan) {
        let subject = EventSubject(packet, flowNumber: flows[flow].number)
        for output in outputs { output.packet(frame, linkType: packet.linkType, subject: subject) }
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
