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

    struct Session {
        var state = State.synSent
        var isMidstream = false
        var isAsync = false
        /// Instead of the general one; 0 has no bound.
        var depth: Int64?
        var toServer = TCPStream()
        var toClient = TCPStream()
    }

    private var sessions: [Session] = []
    private var free: [UInt32] = []
    public var options: TCPOptions
    /// Bytes of stream data held at the moment.
    public private(set) var memory = 0
    /// Segments that were not kept because a limit was reached.
    public private(set) var dropped: UInt64 = 0
    public private(set) var gaps: UInt64 = 0

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

    private mutating func open() -> UInt32 {
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

    private func footprint(_ index: Int) -> Int {
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
        case .finWait: return "fin_wait2"
        case .closed: return "closed"
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
        if session == .max {
            guard begin(packet, &session, direction, &update) else {
                packet.flags.insert(.refusedByStream)
                return update
            }
            if packet.tcpFlags.contains(.syn), !sessions[Int(session)].isMidstream { return update }
        }
        let index = Int(session)
        // The ends are exchanged by the caller after this packet; from here on the direction is the true one.
        let direction = update.mustSwapEnds ? direction.reversed : direction
        let before = footprint(index)
        if packet.tcpFlags.contains(.rst) {
            reset(index, packet, direction, &update)
        } else {
            follow(index, &packet, frame, direction, &update)
        }
        memory += footprint(index) - before
        return update
    }

    /// Starts a session with its first packet; false when this packet cannot start one.
    private mutating func begin(_ packet: Packet, _ session: inout UInt32, _ direction: FlowDirection, _ update: inout StreamUpdate) -> Bool
    {
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

    private mutating func reset(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        // A reset out of window is somebody's try to cut the connection for the sensor only.
        let stream = direction == .toServer ? sessions[index].toServer : sessions[index].toClient
        if stream.isSeen, packet.tcpSequence != 0 {
            let offset = stream.offset(of: packet.tcpSequence)
            guard offset >= stream.base - 1, offset <= stream.highest + (1 << 20) else {
                update.events.insert(.rstInvalid)
                return
            }
        }
        finish(index, &update)
    }

    private mutating func finish(_ index: Int, _ update: inout StreamUpdate) {
        if sessions[index].state != .closed {
            sessions[index].state = .closed
            update.becameClosed = true
        }
        sessions[index].toServer.isEnded = true
        sessions[index].toClient.isEnded = true
        update.ready = .both
    }

    private mutating func follow(
        _ index: Int, _ packet: inout Packet, _ frame: RawSpan, _ direction: FlowDirection, _ update: inout StreamUpdate
    ) {
        let flags = packet.tcpFlags
        if flags.contains(.syn) {
            handshake(index, &packet, direction, &update)
            return
        }
        if sessions[index].state == .synReceived, direction == .toServer, flags.contains(.ack) {
            guard sessions[index].toClient.offset(of: packet.tcpAcknowledgment) >= 0 else {
                update.events.insert(.handshakeWrongAck)
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
        } else if sessions[index].state == .synReceived {
            // The server speaks before the client's ACK was seen.
            guard direction == .toClient else {
                packet.flags.insert(.refusedByStream)
                return
            }
        }
        if flags.contains(.ack) { acknowledge(index, packet, direction, &update) }
        if packet.payloadLength > 0 {
            let payload = frame.extracting(packet.payloadRange)
            var limits = options
            limits.memoryLimit -= memory
            if let depth = sessions[index].depth { limits.depth = depth }
            let outcome =
                direction == .toServer
                ? sessions[index].toServer.insert(packet.tcpSequence, payload, limits, &update.events)
                : sessions[index].toClient.insert(packet.tcpSequence, payload, limits, &update.events)
            if outcome == .refused { packet.flags.insert(.refusedByStream) }
            if outcome == .dropped { dropped &+= 1 }
            if sessions[index].isAsync { acceptAll(index, direction, &update) }
            if options.inline { update.ready.insert(FlowDirections(direction)) }
        }
        if flags.contains(.fin) { end(index, packet, direction, &update) }
    }

    private mutating func handshake(_ index: Int, _ packet: inout Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        guard packet.tcpFlags.contains(.ack) else {
            // A SYN again: with another sequence number before the answer, the newer one counts.
            if direction == .toServer, sessions[index].state == .synSent {
                sessions[index].toServer.start(packet.tcpSequence)
            }
            return
        }
        guard direction == .toClient, sessions[index].state == .synSent || sessions[index].state == .synReceived else { return }
        guard packet.tcpAcknowledgment == sessions[index].toServer.initialSequence &+ 1 || sessions[index].state == .synReceived else {
            update.events.insert(.handshakeSynackWrongAck)
            packet.flags.insert(.refusedByStream)
            return
        }
        if sessions[index].state == .synSent {
            sessions[index].toClient.start(packet.tcpSequence)
            sessions[index].state = .synReceived
        }
    }

    /// The sender of `packet` says how much it has of the other direction.
    private mutating func acknowledge(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        if direction == .toServer {
            if sessions[index].toClient.note(packet.tcpAcknowledgment, gaps: &gaps) { update.ready.insert(.toClient) }
        } else {
            if sessions[index].toServer.note(packet.tcpAcknowledgment, gaps: &gaps) { update.ready.insert(.toServer) }
        }
    }

    private mutating func acceptAll(_ index: Int, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        if direction == .toServer {
            sessions[index].toServer.acknowledged = max(sessions[index].toServer.acknowledged, sessions[index].toServer.end)
        } else {
            sessions[index].toClient.acknowledged = max(sessions[index].toClient.acknowledged, sessions[index].toClient.end)
        }
        update.ready.insert(FlowDirections(direction))
    }

    private mutating func end(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        let fin = packet.tcpSequence &+ UInt32(truncatingIfNeeded: max(0, packet.payloadLength))
        if direction == .toServer {
            sessions[index].toServer.finOffset = sessions[index].toServer.offset(of: fin)
        } else {
            sessions[index].toClient.finOffset = sessions[index].toClient.offset(of: fin)
        }
        if sessions[index].state == .established { sessions[index].state = .finWait }
        if sessions[index].toServer.finOffset != nil, sessions[index].toClient.finOffset != nil { finish(index, &update) }
    }

    // MARK: readers

    /// What `reader` finds at its place. Take it with ``view(_:_:_:)`` and say with ``advance(_:_:_:by:)`` how much is done.
    public func next(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader) -> StreamChunk {
        guard session != .max else { return .none }
        return direction == .toServer
            ? next(sessions[Int(session)].toServer, reader) : next(sessions[Int(session)].toClient, reader)
    }

    @inline(__always)
    private func next(_ stream: TCPStream, _ reader: StreamReader) -> StreamChunk {
        guard stream.wants[reader.rawValue] else { return .none }
        let place = stream.readers[reader.rawValue]
        let limit = stream.isEnded || options.inline ? stream.end : min(stream.end, stream.acknowledged)
        if place < limit { return .data(offset: place, count: Int(limit - place)) }
        if stream.gap > 0, place >= stream.end, place < stream.end + stream.gap { return .gap(count: Int(stream.end + stream.gap - place)) }
        return .none
    }

    /// Whether a gap follows right after what ``next(_:_:_:)`` offers: bytes that the reader does not take now can never be completed.
    public func isBeforeGap(_ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard session != .max else { return false }
        let stream = direction == .toServer ? sessions[Int(session)].toServer : sessions[Int(session)].toClient
        return stream.gap > 0 && (stream.isEnded || stream.acknowledged >= stream.end)
    }

    /// The buffer's descriptor: views into it are valid until this session is next changed.
    public func window(_ session: UInt32, _ direction: FlowDirection) -> StreamBuffer {
        direction == .toServer ? sessions[Int(session)].toServer.window : sessions[Int(session)].toClient.window
    }

    /// Position of the stream offset `offset` in ``window(_:_:)``.
    public func position(_ session: UInt32, _ direction: FlowDirection, of offset: Int64) -> Int {
        let base = direction == .toServer ? sessions[Int(session)].toServer.base : sessions[Int(session)].toClient.base
        return Int(offset - base)
    }

    /// The reader is done with `count` bytes (or, after a gap was reported, with the gap).
    public mutating func advance(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader, by count: Int) {
        guard session != .max else { return }
        if direction == .toServer {
            sessions[Int(session)].toServer.readers[reader.rawValue] += Int64(count)
            sessions[Int(session)].toServer.slide()
        } else {
            sessions[Int(session)].toClient.readers[reader.rawValue] += Int64(count)
            sessions[Int(session)].toClient.slide()
        }
    }

    /// Stream offset that a reader has reached.
    public func place(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader) -> Int64 {
        guard session != .max else { return 0 }
        return direction == .toServer
            ? sessions[Int(session)].toServer.readers[reader.rawValue] : sessions[Int(session)].toClient.readers[reader.rawValue]
    }

    /// Stream offsets of what can be read of a direction: of the first byte that is kept, and after the last that is acknowledged
    /// (all that has come once the direction has ended).
    public func readable(_ session: UInt32, _ direction: FlowDirection) -> Range<Int64> {
        guard session != .max else { return 0..<0 }
        return direction == .toServer ? readable(sessions[Int(session)].toServer) : readable(sessions[Int(session)].toClient)
    }

    @inline(__always)
    private func readable(_ stream: TCPStream) -> Range<Int64> {
        let limit = stream.isEnded || options.inline ? stream.end : min(stream.end, stream.acknowledged)
        return stream.base..<max(stream.base, limit)
    }

    /// Takes ``StreamReader/frames`` forward to `offset`, or to where the protocol's parser is.
    public mutating func advanceFrames(_ session: UInt32, _ direction: FlowDirection, to offset: Int64 = .max) {
        guard wants(session, direction, .frames) else { return }
        let target = min(offset, place(session, direction, .application))
        let here = place(session, direction, .frames)
        if target > here { advance(session, direction, .frames, by: Int(target - here)) }
    }

    /// The reader wants nothing more of this direction; nothing is kept for it.
    public mutating func stop(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader) {
        guard session != .max else { return }
        let index = Int(session)
        let before = footprint(index)
        if direction == .toServer {
            sessions[index].toServer.stop(reader)
        } else {
            sessions[index].toClient.stop(reader)
        }
        memory += footprint(index) - before
    }

    /// A reader that joins again (a protocol upgrade keeps its place; this is for readers that were stopped).
    public func wants(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader) -> Bool {
        guard session != .max else { return false }
        return direction == .toServer
            ? sessions[Int(session)].toServer.wants[reader.rawValue] : sessions[Int(session)].toClient.wants[reader.rawValue]
    }

    /// Reads a session deeper than the options say. 0 means without a bound; a depth that is less than the one in force has no effect.
    public mutating func deepen(_ session: UInt32, to depth: Int64) {
        guard session != .max else { return }
        let current = sessions[Int(session)].depth ?? options.depth
        if depth == 0 || depth > current { sessions[Int(session)].depth = depth }
    }

    /// The reassembly depth of this direction is reached.
    public func isDepthReached(_ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard session != .max else { return false }
        return direction == .toServer ? sessions[Int(session)].toServer.isDepthReached : sessions[Int(session)].toClient.isDepthReached
    }

    /// Whether no more bytes will come in this direction.
    public func isEnded(_ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard session != .max else { return true }
        return direction == .toServer ? sessions[Int(session)].toServer.isEnded : sessions[Int(session)].toClient.isEnded
    }

    /// The flow ends: everything that has arrived becomes readable.
    public mutating func end(_ session: UInt32) {
        guard session != .max else { return }
        sessions[Int(session)].toServer.isEnded = true
        sessions[Int(session)].toClient.isEnded = true
    }
}
