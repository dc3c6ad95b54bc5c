import Bytes

/// The application layer of one flow: finds out which protocol is spoken and feeds its parser.
public final class AppLayerSession {
    /// Bytes of one direction without a verdict after which detection gives up (rule-semantics M4).
    private static let detectionLimit = 100_000

    public private(set) var appProtocol = AppProtocol.unknown
    /// What was recognised in each direction: (to server, to client).
    public private(set) var detected: (toServer: AppProtocol, toClient: AppProtocol) = (.unknown, .unknown)
    /// The protocol before an upgrade.
    public private(set) var originalProtocol = AppProtocol.unknown
    public private(set) var parser: ProtocolParser?
    public private(set) var descriptor: ProtocolDescriptor?
    /// Directions in which detection has ended, one way or the other.
    public private(set) var detectionEnded: FlowDirections = []
    /// The parser wants no more bytes (encrypted bulk).
    public private(set) var isBypassed = false
    /// The parser has met bytes that it cannot go on after.
    public private(set) var hasFailed = false

    /// Whether another protocol was spoken before; cheaper to ask than ``superseded``.
    public var isUpgraded: Bool { !superseded.isEmpty }
    /// Parsers of the protocols before an upgrade, whose transactions are still to be inspected and logged.
    public private(set) var superseded: [(parser: ProtocolParser, descriptor: ProtocolDescriptor)] = []

    /// What detection found odd since this was last emptied.
    public private(set) var detectionEvents: DetectionEvents = []

    private let transport: ProtocolTransports
    private let serverPort: Port
    private let clientPort: Port
    private let limits: ParserLimits
    private let protocols: [ProtocolDescriptor]
    private let frames: FrameSelection
    /// Protocols that each direction's first bytes have ruled out, as bits of indices into `protocols`.
    private var ruledOut: (toServer: UInt64, toClient: UInt64) = (0, 0)
    private var hasEnded: FlowDirections = []
    /// The direction whose bytes came first.
    private var firstSeen: FlowDirection?
    private var owesOther = false
    /// The direction that was recognised second, or looked at in vain, once there was a protocol.
    private var verified: FlowDirections = []
    /// The protocol that the one before has announced (STARTTLS): anything else is odd.
    private var announced: AppProtocol?
    /// Who is the client is a guess (a flow picked up midstream, datagrams): the protocol may know better.
    public var mayTurn = false
    /// The protocol has shown that client and server are the other way round; set once.
    public private(set) var isTurned = false

    /// - Parameter protocols: those that the configuration has on; at most 64.
    public init(
        transport: ProtocolTransports, clientPort: Port, serverPort: Port, limits: ParserLimits, protocols: [ProtocolDescriptor],
        frames: FrameSelection = FrameSelection()
    ) {
        self.transport = transport
        self.clientPort = clientPort
        self.serverPort = serverPort
        self.limits = limits
        self.protocols = protocols
        self.frames = frames
    }

    /// The session of a flow that another one announced: what it carries is known.
    public convenience init(
        expected: ExpectedFlow, transport: ProtocolTransports, clientPort: Port, serverPort: Port, limits: ParserLimits,
        protocols: [ProtocolDescriptor], frames: FrameSelection = FrameSelection()
    ) {
        self.init(
            transport: transport, clientPort: clientPort, serverPort: serverPort, limits: limits, protocols: protocols, frames: frames)
        appProtocol = expected.descriptor.appProtocol
        descriptor = expected.descriptor
        parser = expected.parser
        detected = (appProtocol, appProtocol)
        detectionEnded = .both
        verified = .both
        watchFrames()
    }

    /// Lets the parser report frames when somebody wants them.
    private func watchFrames() {
        guard !frames.isEmpty, let descriptor else { return }
        let mask = frames.mask(descriptor)
        // The stream is kept for what HTTP/1 may give way to.
        let isForerunner =
            descriptor.appProtocol == .http1 && [HTTP2Parser.descriptor, WebSocketParser.descriptor].contains { frames.mask($0) != 0 }
        if mask != 0 || isForerunner { parser?.frames = FrameLog(mask: mask) }
    }

    /// Whether more bytes of this direction have a use.
    public func wantsMore(_ direction: FlowDirection) -> Bool { !isBypassed && appProtocol != .failed }

    /// Takes stream bytes: everything not consumed before, from the front.
    ///
    /// - Parameter offset: place of the first byte in the stream.
    /// - Returns: how many bytes are dealt with; the rest is to be shown again with what follows.
    public func receive(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp, at offset: Int64 = 0) -> Int {
        var consumed = 0
        if firstSeen == nil, bytes.byteCount > 0 { firstSeen = direction }
        // Each round either consumes, changes the protocol or ends.
        while wantsMore(direction), consumed < bytes.byteCount {
            let rest = bytes.dropping(consumed)
            guard let parser else {
                let wasTurned = isTurned
                guard detect(rest, direction) else { return consumed }
                if isTurned != wasTurned { return consumed }
                if parser != nil, let firstSeen, firstSeen != direction {
                    owesOther = true
                    return consumed
                }
                continue
            }
            if !verified.contains(direction) { verify(rest, direction) }
            if let frames = parser.frames {
                frames.base = offset &+ Int64(consumed)
                frames.beginStream(direction)
            }
            let result = parser.consume(rest, direction, time: time)
            consumed += min(max(result.consumed, 0), rest.byteCount)
            if parser.appProtocol != appProtocol { follow(parser) }
            switch result.status {
            case .ok: return consumed
            case .failed:
                isBypassed = true
                hasFailed = true
            case .bypass: isBypassed = true
            case .upgrade: if isWanted(parser.successor) { upgrade() } else { isBypassed = true }
            }
        }
        return wantsMore(direction) ? consumed : bytes.byteCount
    }

    /// True once after the protocol was recognised by the side that spoke second: what the other has said (a greeting) comes first.
    public func takesOtherDirectionFirst() -> Bool {
        defer { owesOther = false }
        return owesOther
    }

    /// Takes one datagram.
    public func receiveDatagram(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) {
        guard wantsMore(direction), bytes.byteCount > 0 else { return }
        let wasTurned = isTurned
        if parser == nil, !detect(bytes, direction) {
            // A datagram is whole: what it does not tell now it will not tell later.
            if detectionEnded.isEmpty { detectionEnded.insert(FlowDirections(direction)) }
            return
        }
        // The caller turns the flow round and comes back with the same bytes.
        if isTurned != wasTurned { return }
        if !verified.contains(direction) { verify(bytes, direction) }
        guard let parser else { return }
        let status = parser.consume(bytes, direction, time: time).status
        if status == .bypass || status == .upgrade { isBypassed = true }
        // What follows a broken datagram is no worse for it.
        if status == .failed { hasFailed = true }
    }

    /// `count` bytes of the stream are lost here.
    public func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) {
        guard wantsMore(direction) else { return }
        guard let parser else {
            giveUp(direction)
            if detected == (.unknown, .unknown), detectionEnded == .both { appProtocol = .failed }
            return
        }
        if !parser.gap(count, direction, time: time) { isBypassed = true }
    }

    /// Shows the parser the bytes that it has left for want of more, for the last time.
    public func finish(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) {
        guard wantsMore(direction), bytes.byteCount > 0, !hasEnded.contains(direction) else { return }
        parser?.finish(bytes, direction, time: time)
    }

    /// No more bytes will come in this direction.
    public func end(_ direction: FlowDirection, time: Timestamp) {
        guard !hasEnded.contains(direction) else { return }
        hasEnded.insert(FlowDirections(direction))
        if parser == nil, appProtocol == .unknown {
            giveUp(direction)
            // Where nothing was said nothing failed.
            if detectionEnded == .both, transport != .tcp || firstSeen != nil { appProtocol = .failed }
        }
        parser?.end(direction, time: time)
    }

    /// The events since the last call; they are about the packet at hand.
    public func takeDetectionEvents() -> DetectionEvents {
        defer { detectionEvents = [] }
        return detectionEvents
    }

    /// Looks what the side says that was not heard when the protocol was recognised.
    private func verify(_ bytes: RawSpan, _ direction: FlowDirection) {
        verified.insert(FlowDirections(direction))
        guard let descriptor, detected(direction) == .unknown, case .no = descriptor.probe(bytes, direction) else { return }
        for candidate in protocols
        where candidate.appProtocol != descriptor.appProtocol && isPossible(candidate) {
            guard case .certain = candidate.probe(bytes, direction) else { continue }
            note(candidate.appProtocol, direction)
            detectionEvents.insert(DetectionEvents(.mismatchBothDirections))
            return
        }
        note(.failed, direction)
        if transport == .tcp { detectionEvents.insert(DetectionEvents(.onlyOneDirection)) }
    }

    private func detected(_ direction: FlowDirection) -> AppProtocol { direction == .toServer ? detected.toServer : detected.toClient }

    private func note(_ proto: AppProtocol, _ direction: FlowDirection) {
        if direction == .toServer { detected.toServer = proto } else { detected.toClient = proto }
    }

    /// A successor that the configuration has off leaves the flow as it was, a tunnel.
    private func isWanted(_ successor: (descriptor: ProtocolDescriptor, parser: ProtocolParser)?) -> Bool {
        guard let successor else { return true }
        return protocols.contains { $0.appProtocol == successor.descriptor.appProtocol }
    }

    /// Messages of each direction that had ended when ``takesEndOfMessage(_:)`` was last asked.
    private var endedMessages: (toServer: UInt64, toClient: UInt64) = (0, 0)
    /// Directions in which an upgrade has ended the messages of the protocol before.
    private var endedByUpgrade: FlowDirections = []

    /// True once after a message of this direction has ended (one side of a transaction).
    public func takesEndOfMessage(_ direction: FlowDirection) -> Bool {
        if endedByUpgrade.contains(direction) {
            endedByUpgrade.remove(FlowDirections(direction))
            return true
        }
        guard let parser, parser.hurriesRaw else { return false }
        let ended = messagesEnded(parser, direction)
        let known = direction == .toServer ? endedMessages.toServer : endedMessages.toClient
        if direction == .toServer { endedMessages.toServer = ended } else { endedMessages.toClient = ended }
        return ended != known
    }

    /// What ``takesEndOfMessage(_:)`` would say.
    public func hasEndOfMessage(_ direction: FlowDirection) -> Bool {
        if endedByUpgrade.contains(direction) { return true }
        guard let parser, parser.hurriesRaw else { return false }
        return messagesEnded(parser, direction) != (direction == .toServer ? endedMessages.toServer : endedMessages.toClient)
    }

    private func messagesEnded(_ parser: ProtocolParser, _ direction: FlowDirection) -> UInt64 {
        var ended = parser.nextTransactionID
        for transaction in parser.transactions where !transaction.isComplete(direction) { ended &-= 1 }
        return ended
    }

    /// The protocol for rules: after an upgrade the old one until the first bytes of the new one have come.
    public var spokenProtocol: AppProtocol {
        firstSeen == nil ? superseded.last?.descriptor.appProtocol ?? appProtocol : appProtocol
    }

    private func upgrade() {
        if [.smtp, .ldap, .pgsql, .pop3, .imap].contains(appProtocol) { announced = .tls }
        verified = []
        if parser?.hurriesRaw == true { endedByUpgrade = .both }
        endedMessages = (0, 0)
        if originalProtocol == .unknown { originalProtocol = appProtocol }
        let successor = parser?.successor
        // A flow that changes protocol again and again is an attack on memory, not a conversation.
        if let parser, let descriptor, superseded.count < 4 { superseded.append((parser, descriptor)) }
        appProtocol = .unknown
        parser = nil
        descriptor = nil
        detected = (.unknown, .unknown)
        detectionEnded = []
        ruledOut = (0, 0)
        firstSeen = nil
        if let successor {
            appProtocol = successor.descriptor.appProtocol
            descriptor = successor.descriptor
            parser = successor.parser
            detected = (appProtocol, appProtocol)
            detectionEnded = .both
            verified = .both
            watchFrames()
        }
    }

    /// The parser found that the flow carries another protocol, which it reads as well.
    private func follow(_ parser: ProtocolParser) {
        guard let found = protocols.first(where: { $0.appProtocol == parser.appProtocol }) else { return }
        if originalProtocol == .unknown { originalProtocol = appProtocol }
        appProtocol = found.appProtocol
        descriptor = found
        detected = (appProtocol, appProtocol)
    }

    private func giveUp(_ direction: FlowDirection) { detectionEnded.insert(FlowDirections(direction)) }

    /// Asks the protocols about the first bytes of a direction. True when the state has changed so that the caller should go on.
    private func detect(_ bytes: RawSpan, _ direction: FlowDirection) -> Bool {
        var out = direction == .toServer ? ruledOut.toServer : ruledOut.toClient
        var isOpen = false
        var found: ProtocolDescriptor?
        var isReversed = false
        for (index, candidate) in protocols.enumerated() where out & 1 << UInt64(index) == 0 {
            guard isPossible(candidate) else {
                out |= 1 << UInt64(index)
                continue
            }
            switch candidate.probe(bytes, direction) {
            case .certain:
                if found == nil || isOnPort(candidate) { (found, isReversed) = (candidate, false) }
            case .reversed:
                if found == nil || isOnPort(candidate) { (found, isReversed) = (candidate, true) }
            case .unsure: isOpen = true
            case .no: out |= 1 << UInt64(index)
            }
        }
        if direction == .toServer { ruledOut.toServer = out } else { ruledOut.toClient = out }
        if found == nil, mayTurn, transport == .tcp {
            // A flow that was picked up in its midst may have begun with what the server said.
            found = protocols.first { candidate in
                guard candidate.transports.contains(transport), !candidate.requiresPort || isOnPort(candidate) else { return false }
                if case .certain = candidate.probe(bytes, direction.reversed) { return true }
                return false
            }
            isReversed = found != nil
        }
        if let found {
            let turns = isReversed && mayTurn
            if turns {
                isTurned = true
                mayTurn = false
                if firstSeen == direction { firstSeen = direction.reversed }
            }
            choose(found, turns ? direction.reversed : direction)
            return true
        }
        if isOpen, bytes.byteCount < AppLayerSession.detectionLimit { return false }
        giveUp(direction)
        if detectionEnded == .both || bytes.byteCount >= AppLayerSession.detectionLimit {
            appProtocol = .failed
            detectionEnded = .both
            return true
        }
        return false
    }

    private func isPossible(_ candidate: ProtocolDescriptor) -> Bool {
        candidate.transports.contains(transport) && (!candidate.requiresPort || isOnPort(candidate))
            && !candidate.foreignPorts.contains(serverPort) && !candidate.foreignPorts.contains(clientPort)
    }

    private func isOnPort(_ candidate: ProtocolDescriptor) -> Bool {
        candidate.ports.contains(serverPort) || candidate.clientPorts.contains(clientPort)
            // Midstream the first packet seen may be the server's.
            || transport == .tcp && (mayTurn || isTurned) && candidate.ports.contains(clientPort)
    }

    private func choose(_ found: ProtocolDescriptor, _ direction: FlowDirection) {
        appProtocol = found.appProtocol
        descriptor = found
        parser = found.makeParser(limits, transport)
        watchFrames()
        parser?.upgradedFrom = originalProtocol
        detectionEnded = .both
        note(found.appProtocol, direction)
        verified.insert(FlowDirections(direction))
        if let announced, announced != found.appProtocol { detectionEvents.insert(DetectionEvents(.noTLSAfterStartTLS)) }
        announced = nil
    }
}
