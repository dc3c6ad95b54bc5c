import Bytes
import Decode

/// How streams are put together.
public struct TCPOptions: Sendable {
    /// Take up connections whose beginning was not seen.
    public var midstream = false
    /// Accept connections of which only one side is seen.
    public var asyncOneSide = false
    /// Read data when they arrive in order, without waiting for the receiver's acknowledgment (Suricata's `stream.inline`).
    public var inline = false
    /// Bytes per direction that are kept in order; 0 for no limit.
    public var depth: Int64 = 1 << 20
    /// Who wins where segments overlap with different bytes.
    public var policy = OverlapPolicy.bsd
    /// Refuse segments with wrong checksums (the decoder must compute them).
    public var checksumValidation = true
    /// Bytes of segments out of order in one direction.
    public var maxEarlyBytes = 4 << 20
    public var maxEarlySegments = 4096
    /// Bytes of stream data held by all sessions together.
    public var memoryLimit = 256 << 20
    /// Streams have a third reader, ``StreamReader/frames``.
    public var holdsFrames = false

    public init() {}
}

/// What a segment changed.
@frozen public struct StreamUpdate: Sendable {
    /// Directions of data in which a reader may find something new.
    public var ready: FlowDirections = []
    /// The handshake ended with this packet, or a session was picked up.
    public var becameEstablished = false
    public var becameClosed = false
    /// First packet came from the server: the flow's ends must be exchanged.
    public var mustSwapEnds = false
    public var events = StreamEvents()

    public init() {}
}

/// TCP sessions of one worker: follows handshakes and puts both directions in order.
///
/// Data become readable when the other side has acknowledged them, as on the receiving host, or when the session has ended
/// (rule-semantics T1, T3).
public struct TCPReassembler: ~Copyable {
    enum State: UInt8 { case synSent, synReceived, established, finWait, closed }

    /// How far the end of a session has come, as RFC 9293 §3.3.2 sees it from the server.
    enum Phase: UInt8 { case open, finWait1, finWait2, closing, closeWait, lastAck, timeWait, closed }

    struct Session {
        var state = State.synSent
        var isMidstream = false
        /// Both sides sent a SYN before either acknowledged (the "split handshake").
        var isSplit = false
        var usesTimestamps = false
        var phase = Phase.open
        var isAsync = false
        /// Instead of the general one; 0 has no bound.
        var depth: Int64?
        var toServer = TCPStream()
        var toClient = TCPStream()
    }

    var sessions: [Session] = []
    var free: [UInt32] = []
    public var options: TCPOptions
    /// Bytes of stream data held at the moment.
    public internal(set) var memory = 0
    /// Segments that were not kept because a limit was reached.
    public internal(set) var dropped: UInt64 = 0
    public internal(set) var gaps: UInt64 = 0

    public init(options: TCPOptions = TCPOptions()) {
        self.options = options
    }

    deinit {
        for index in sessions.indices {
            // Copies of the buffers' descriptors: the sessions go away with the reassembler.
            var session = sessions[index]
            session.toServer.release()
            session.toClient.release()
        }
    }

    public var sessionCount: Int { sessions.count - free.count }

    // MARK: sessions

    mutating func open() -> UInt32 {
        let index: UInt32
        if let reused = free.popLast() {
            index = reused
        } else {
            sessions.append(Session())
            index = UInt32(sessions.count - 1)
        }
        if options.holdsFrames {
            sessions[Int(index)].toServer.wants[StreamReader.frames.rawValue] = true
            sessions[Int(index)].toClient.wants[StreamReader.frames.rawValue] = true
        }
        return index
    }

    /// Ends a session and frees its memory. `session` may be `UInt32.max` (none).
    public mutating func close(_ session: UInt32) {
        guard session != .max else { return }
        let index = Int(session)
        memory -= footprint(index)
        sessions[index].toServer.release()
        sessions[index].toClient.release()
        sessions[index] = Session()
        free.append(session)
    }

    func footprint(_ index: Int) -> Int {
        sessions[index].toServer.window.footprint + sessions[index].toClient.window.footprint + sessions[index].toServer.earlyBytes
            + sessions[index].toClient.earlyBytes
    }

    /// Whether the session was picked up without its handshake.
    public func isMidstream(_ session: UInt32) -> Bool { session != .max && sessions[Int(session)].isMidstream }

    /// Bytes of each direction that are put in order, instead of the general depth; 0 has no bound.
    public mutating func setDepth(_ session: UInt32, _ depth: Int64) { if session != .max { sessions[Int(session)].depth = depth } }

    /// Client and server are the other way round than was thought.
    public mutating func swapEnds(_ session: UInt32) {
        guard session != .max else { return }
        let client = sessions[Int(session)].toServer
        sessions[Int(session)].toServer = sessions[Int(session)].toClient
        sessions[Int(session)].toClient = client
    }

    /// Whether the three-way handshake was completed (or the session picked up midstream).
    public func isEstablished(_ session: UInt32) -> Bool {
        session != .max && sessions[Int(session)].state.rawValue >= State.established.rawValue
    }

    /// The state as EVE's `tcp.state` names it.
    public func stateName(_ session: UInt32) -> StaticString {
        guard session != .max else { return "none" }
        switch sessions[Int(session)].state {
        case .synSent: return "syn_sent"
        case .synReceived: return "syn_recv"
        case .established: return "established"
        case .finWait, .closed:
            switch sessions[Int(session)].phase {
            case .open, .closed: return "closed"
            case .finWait1: return "fin_wait1"
            case .finWait2: return "fin_wait2"
            case .closing: return "closing"
            case .closeWait: return "close_wait"
            case .lastAck: return "last_ack"
            case .timeWait: return "time_wait"
            }
        }
    }

    /// Sequence space that a side has used, SYN and FIN included, as `stream_size` counts it.
    public func streamSize(_ session: UInt32, _ direction: FlowDirection) -> UInt64 {
        guard session != .max else { return 0 }
        let stream = direction == .toServer ? sessions[Int(session)].toServer : sessions[Int(session)].toClient
        guard stream.isSeen else { return 0 }
        return UInt64(max(0, stream.highest)) + 1 + (stream.finOffset == nil ? 0 : 1)
    }

    // MARK: segments

    /// Takes in one TCP packet.
    ///
    /// - Parameters:
    ///   - packet: gets ``PacketFlags/refusedByStream`` when the segment is not part of a session.
    ///   - session: the flow's session, made and stored here when the packet begins one.
    public mutating func process(
        _ packet: inout Packet, in frame: RawSpan, session: inout UInt32, direction: FlowDirection
    ) -> StreamUpdate {
        var update = StreamUpdate()
        if options.checksumValidation, packet.flags.contains(.badTransportChecksum) {
            packet.flags.insert(.refusedByStream)
            return update
        }
        if !packet.tcpFlags.contains(.ack), packet.tcpAcknowledgment != 0 { update.events.insert(.brokenAck) }
        if packet.tcpFlags.contains(.syn), packet.tcpFlags.contains(.fin) { update.events.insert(.finAndSyn) }
        if session == .max {
            guard begin(packet, &session, direction, &update) else {
                if packet.tcpFlags.contains(.rst) {
                    update.events.insert(.rstWithoutSession)
                } else if packet.tcpFlags.contains(.fin) {
                    update.events.insert(.finWithoutSession)
                }
                packet.flags.insert(.refusedByStream)
                return update
            }
            if packet.tcpFlags.contains(.syn), !sessions[Int(session)].isMidstream {
                sessions[Int(session)].toServer.clock = TCPSegmentOptions.timestamp(packet, in: frame)
                takeEarlyData(&packet, in: frame, Int(session), direction, &update)
                return update
            }
        }
        let index = Int(session)
        // The ends are exchanged by the caller after this packet; from here on the direction is the true one.
        let direction = update.mustSwapEnds ? direction.reversed : direction
        guard acceptsTimestamp(index, packet, frame, direction) else {
            update.events.insert(.invalidTimestamp)
            packet.flags.insert(.refusedByStream)
            return update
        }
        let before = footprint(index)
        if packet.tcpFlags.contains(.rst) {
            reset(index, packet, direction, &update)
        } else {
            follow(index, &packet, frame, direction, &update)
        }
        memory += footprint(index) - before
        return update
    }

    /// Data on a SYN belong to the stream with TCP Fast Open (RFC 7413); otherwise nobody takes them.
    mutating func takeEarlyData(
        _ packet: inout Packet, in frame: RawSpan, _ index: Int, _ direction: FlowDirection, _ update: inout StreamUpdate
    ) {
        guard packet.payloadLength > 0 else { return }
        guard TCPSegmentOptions.hasFastOpen(packet, in: frame) else {
            packet.flags.insert(.refusedByStream)
            return
        }
        let payload = frame.extracting(packet.payloadRange)
        var limits = options
        limits.memoryLimit -= memory
        let before = footprint(index)
        let first = packet.tcpSequence &+ 1
        if direction == .toServer {
            _ = sessions[index].toServer.insert(first, payload, limits, &update.events)
        } else {
            _ = sessions[index].toClient.insert(first, payload, limits, &update.events)
        }
        memory += footprint(index) - before
        if options.inline { update.ready.insert(FlowDirections(direction)) }
    }

    /// Starts a session with its first packet; false when this packet cannot start one.
    mutating func begin(_ packet: Packet, _ session: inout UInt32, _ direction: FlowDirection, _ update: inout StreamUpdate) -> Bool {
        let flags = packet.tcpFlags
        if flags.contains(.syn), !flags.contains(.ack), !flags.contains(.rst), !flags.contains(.fin) {
            session = open()
            let index = Int(session)
            sessions[index].state = .synSent
            sessions[index].toServer.start(packet.tcpSequence)
            return true
        }
        guard options.midstream, !flags.contains(.rst) else { return false }
        if flags.contains(.syn), flags.contains(.ack) {
            session = open()
            let index = Int(session)
            sessions[index].isMidstream = true
            sessions[index].state = .synReceived
            update.mustSwapEnds = direction == .toServer
            sessions[index].toServer.start(packet.tcpAcknowledgment &- 1)
            sessions[index].toClient.start(packet.tcpSequence)
            return true
        }
        guard flags.contains(.ack), !flags.contains(.fin), packet.payloadLength > 0 else { return false }
        session = open()
        let index = Int(session)
        sessions[index].isMidstream = true
        sessions[index].isAsync = options.asyncOneSide
        sessions[index].state = .established
        sessions[index].toServer.start((direction == .toServer ? packet.tcpSequence : packet.tcpAcknowledgment) &- 1)
        sessions[index].toClient.start((direction == .toServer ? packet.tcpAcknowledgment : packet.tcpSequence) &- 1)
        update.becameEstablished = true
        return true
    }

    mutating func reset(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        // A reset out of window is somebody's try to cut the connection for the sensor only.
        let stream = direction == .toServer ? sessions[index].toServer : sessions[index].toClient
        if stream.isSeen, packet.tcpSequence != 0 {
            let offset = stream.offset(of: packet.tcpSequence)
            guard offset >= stream.base - 1, offset <= stream.highest + (1 << 20) else {
                update.events.insert(.rstInvalid)
                return
            }
        }
        sessions[index].phase = .closed
        finish(index, &update)
    }

    mutating func finish(_ index: Int, _ update: inout StreamUpdate) {
        if sessions[index].state != .closed {
            sessions[index].state = .closed
            update.becameClosed = true
        }
        sessions[index].toServer.isEnded = true
        sessions[index].toClient.isEnded = true
        update.ready = .both
    }

    mutating func follow(
        _ index: Int, _ packet: inout Packet, _ frame: RawSpan, _ direction: FlowDirection, _ update: inout StreamUpdate
    ) {
        let flags = packet.tcpFlags
        if flags.contains(.syn) {
            handshake(index, &packet, frame, direction, &update)
            return
        }
        if sessions[index].state == .synReceived, flags.contains(.ack), (direction == .toServer) != sessions[index].isSplit {
            guard completesHandshake(index, packet, direction, &update) else {
                packet.flags.insert(.refusedByStream)
                return
            }
            sessions[index].state = .established
            update.becameEstablished = true
        } else if sessions[index].state == .synSent {
            // Data after a SYN alone: only one side is seen.
            guard options.asyncOneSide, direction == .toServer, packet.payloadLength > 0 || flags.contains(.ack) else {
                packet.flags.insert(.refusedByStream)
                return
            }
            sessions[index].isAsync = true
            sessions[index].state = .established
            sessions[index].toClient.start(packet.tcpAcknowledgment &- 1)
            update.becameEstablished = true
        } else if sessions[index].state == .synReceived, options.asyncOneSide, sessions[index].isMidstream, direction == .toClient {
            // Only the server's side is seen.
            sessions[index].isAsync = true
            sessions[index].state = .established
            update.becameEstablished = true
        } else if sessions[index].state == .synReceived {
            // The server speaks before the client's ACK was seen.
            guard direction == .toClient else {
                packet.flags.insert(.refusedByStream)
                return
            }
            update.events.insert(packet.payloadLength > 0 ? .dataBeforeAck : .ackInWrongDirection)
        }
        noteOddities(index, packet, direction, &update)
        if flags.contains(.ack) { acknowledge(index, packet, direction, &update) }
        if isKeepAlive(index, packet, direction) {
            packet.flags.insert(.refusedByStream)
        } else if packet.payloadLength > 0 {
            let payload = frame.extracting(packet.payloadRange)
            var limits = options
            limits.memoryLimit -= memory
            if let depth = sessions[index].depth { limits.depth = depth }
            let outcome =
                direction == .toServer
                ? sessions[index].toServer.insert(packet.tcpSequence, payload, limits, &update.events)
                : sessions[index].toClient.insert(packet.tcpSequence, payload, limits, &update.events)
            if outcome == .refused { packet.flags.insert(.refusedByStream) }
            if outcome == .dropped {
                dropped &+= 1
                update.events.insert(.insertMemory)
            }
            if sessions[index].isAsync { acceptAll(index, direction, &update) }
            if options.inline { update.ready.insert(FlowDirections(direction)) }
        }
        if flags.contains(.fin) { end(index, packet, direction, &update) }
    }

    /// One byte from before the next: it asks whether the other side is there and says nothing.
    private func isKeepAlive(_ index: Int, _ packet: Packet, _ direction: FlowDirection) -> Bool {
        guard packet.payloadLength == 1, !packet.tcpFlags.contains(.fin) else { return false }
        return direction == .toServer
            ? sessions[index].toServer.isBeforeNext(packet.tcpSequence) : sessions[index].toClient.isBeforeNext(packet.tcpSequence)
    }

    /// The sender of `packet` says how much it has of the other direction.
    mutating func acknowledge(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        let before = gaps
        if direction == .toServer {
            if sessions[index].toClient.note(packet.tcpAcknowledgment, gaps: &gaps) { update.ready.insert(.toClient) }
        } else {
            if sessions[index].toServer.note(packet.tcpAcknowledgment, gaps: &gaps) { update.ready.insert(.toServer) }
        }
        if gaps != before { update.events.insert(.sequenceGap) }
        advanceEnd(index, packet, direction)
    }

    mutating func acceptAll(_ index: Int, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        if direction == .toServer {
            sessions[index].toServer.acknowledged = max(sessions[index].toServer.acknowledged, sessions[index].toServer.end)
        } else {
            sessions[index].toClient.acknowledged = max(sessions[index].toClient.acknowledged, sessions[index].toClient.end)
        }
        update.ready.insert(FlowDirections(direction))
    }

    mutating func end(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        if !sessions[index].isAsync { noteFin(index, packet, direction, &update) }
        let fin = packet.tcpSequence &+ UInt32(truncatingIfNeeded: max(0, packet.payloadLength))
        if direction == .toServer {
            sessions[index].toServer.finOffset = sessions[index].toServer.offset(of: fin)
        } else {
            sessions[index].toClient.finOffset = sessions[index].toClient.offset(of: fin)
        }
        // Of one side alone nobody can say that the connection is ending.
        if sessions[index].state == .established, !sessions[index].isAsync { sessions[index].state = .finWait }
        if sessions[index].toServer.finOffset != nil, sessions[index].toClient.finOffset != nil { finish(index, &update) }
    }
}
