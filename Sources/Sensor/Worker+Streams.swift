import AppLayer
import Bytes
import Decode
import Detect
import Flow

/// Sessions of the application layer, and what feeds them.
extension Worker {
    func session(_ flow: FlowID) -> AppLayerSession? {
        let index = Int(flow.index)
        return index < sessions.count ? sessions[index] : nil
    }

    func makeSession(_ flow: FlowID, _ transport: ProtocolTransports) -> AppLayerSession {
        let index = Int(flow.index)
        while sessions.count <= index { sessions.append(nil) }
        if let session = sessions[index] { return session }
        let record = flows[flow]
        let session: AppLayerSession
        if transport == .tcp, let announced = expectations.take(record) {
            session = AppLayerSession(
                expected: announced, transport: transport, clientPort: record.clientPort, serverPort: record.serverPort,
                limits: configuration.limits, protocols: protocols, frames: frameSelection)
        } else {
            session = AppLayerSession(
                transport: transport, clientPort: record.clientPort, serverPort: record.serverPort, limits: configuration.limits,
                protocols: protocols, frames: frameSelection)
        }
        session.mayTurn = transport == .udp || tcp.isMidstream(record.session)
        sessions[index] = session
        return session
    }

    func inspectDatagram(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan) {
        var direction = direction
        if packet.transport == .udp, packet.payloadLength > 0 {
            let session = makeSession(flow, .udp)
            let wasTurned = session.isTurned
            session.receiveDatagram(frame.extracting(packet.payloadRange), direction, time: packet.time)
            if session.isTurned != wasTurned {
                flows.swapEnds(flow)
                direction = direction.reversed
                session.receiveDatagram(frame.extracting(packet.payloadRange), direction, time: packet.time)
            }
        }
        packetDirection = direction
        prepareFiles(flow, direction)
        if applyParserError(flow) {
            finishVerdict(flow, direction, frame)
            return
        }
        detect(flow, direction, frame, StreamUpdate())
        storeFiles(flow, direction)
        logTransactions(flow)
    }

    func inspectTCP(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan) {
        var direction = direction
        var session = flows[flow].session
        let hadSession = session != .max
        if !hadSession, isMidstream(), apply(.midstream, .midstream, flow: flow), !tcp.options.midstream {
            finishVerdict(flow, direction, frame)
            return
        }
        let update = tcp.process(&packet, in: frame, session: &session, direction: direction)
        if !hadSession, session != .max { flows.setSession(flow, session) }
        if update.mustSwapEnds {
            flows.swapEnds(flow)
            direction = direction.reversed
        }
        if hadSession, update.saysNothing, changesNothing(flow, session, direction) {
            finishVerdict(flow, direction, frame)
            return
        }
        if !update.events.isEmpty { noteStreamEvents(update.events, flow) }
        if update.becameEstablished {
            flows.setState(flow, .established)
            chooseReaders(flow, session, direction)
        }
        if !update.ready.isEmpty {
            let wasTurned = self.session(flow)?.isTurned ?? false
            if update.ready.contains(.toServer) { feed(flow, session, .toServer) }
            if update.ready.contains(.toClient) { feed(flow, session, .toClient) }
            if self.session(flow)?.isTurned ?? false != wasTurned { direction = direction.reversed }
        }
        if update.becameClosed { flows.setState(flow, .closed) }
        packetDirection = direction
        prepareFiles(flow, direction)
        let hasNews = hasNews(flow, direction)
        if hasNews, applyParserError(flow) {
            finishVerdict(flow, direction, frame)
            return
        }
        detect(flow, direction, frame, update, hasNews: hasNews)
        storeFiles(flow, direction)
        if hasNews {
            logTransactions(flow)
            flows.clearFlags(flow, direction == .toServer ? .hasNewsToServer : .hasNewsToClient)
        }
        if update.becameClosed { tcp.fit(session) }
    }

    /// A parser that gives up is an exception, once. True when the policy for it takes the packet out of inspection.
    private func applyParserError(_ flow: FlowID) -> Bool {
        guard let session = session(flow), session.hasFailed, !flows[flow].hasException(ExceptionTarget.applicationError.rawValue) else {
            return false
        }
        return apply(.applicationError, .applicationError, flow: flow)
    }

    /// Whether a packet without a session belongs to a connection whose beginning was not seen.
    private func isMidstream() -> Bool {
        guard !packet.flags.contains(.badTransportChecksum) || !tcp.options.checksumValidation else { return false }
        if packet.tcpFlags.contains(.rst) { return false }
        return packet.tcpFlags.contains(.fin) || packet.tcpFlags.contains(.ack)
    }

    /// Nothing is kept for rules on raw data where no rule looks.
    func chooseReaders(_ flow: FlowID, _ session: UInt32, _ direction: FlowDirection) {
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
    func feed(_ flow: FlowID, _ session: UInt32, _ direction: FlowDirection) {
        guard tcp.wants(session, direction, .application) else { return }
        flows.setFlags(flow, [.hasNewsToServer, .hasNewsToClient])
        let application = makeSession(flow, .tcp)
        let wasTurned = application.isTurned
        loop: while true {
            switch tcp.next(session, direction, .application) {
            case .none: break loop
            case .data(let offset, let count):
                let window = tcp.window(session, direction)
                let place = tcp.position(session, direction, of: offset)
                let consumed = application.receive(
                    window.view(from: place, count: count), direction, time: packet.time, at: offset)
                if application.isTurned != wasTurned {
                    flows.swapEnds(flow)
                    tcp.swapEnds(session)
                    feed(flow, session, direction.reversed)
                    feed(flow, session, direction)
                    return
                }
                if let depth = application.descriptor?.streamDepth { tcp.setDepth(session, depth) }
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
                // What lies before a gap is let go, or nothing behind it could be read.
                tcp.advanceFrames(session, direction)
            }
            if tcp.options.holdsFrames, application.parser != nil, application.parser?.frames == nil {
                tcp.stop(session, .toServer, .frames)
                tcp.stop(session, .toClient, .frames)
            }
            if !application.wantsMore(direction) {
                tcp.stop(session, .toServer, .application)
                tcp.stop(session, .toClient, .application)
                if application.isBypassed, application.appProtocol == .tls || application.appProtocol == .ssh,
                    !configuration.inspectsEncrypted
                {
                    tcp.endRaw(session)
                    flows.setFlags(flow, .isEncrypted)
                }
                break loop
            }
        }
        if let parser = application.parser, !parser.expected.isEmpty {
            for flow in parser.expected { expectations.add(flow, packet.source, packet.destination, at: packet.time) }
            parser.expected = []
        }
        if tcp.isEnded(session, direction) {
            if case .data(let offset, let count) = tcp.next(session, direction, .application) {
                let window = tcp.window(session, direction)
                let place = tcp.position(session, direction, of: offset)
                application.finish(window.view(from: place, count: count), direction, time: packet.time)
                tcp.advance(session, direction, .application, by: count)
            }
            application.end(direction, time: packet.time)
        } else if tcp.isReadToDepth(session, direction) {
            application.end(direction, time: packet.time)
        }
    }
}
