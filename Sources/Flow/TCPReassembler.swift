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
    /// Which systems the addresses have: they decide who wins where segments overlap, and whether a reset counts.
    public var hosts = HostPolicies()
    /// Take clocks that are one tick late from any system (`stream.liberal-timestamps`).
    public var liberalTimestamps = true
    /// Tell where bytes came again with another content. Acknowledged bytes are kept for that for as long as a window is wide.
    public var tellsOverlaps = false
    /// What becomes of urgent data.
    public var urgent = UrgentPolicy.oob
    /// The same when a direction had more of them than can be kept apart.
    public var urgentOverLimit = UrgentPolicy.drop
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

/// The options that the state machine goes by: plain numbers, which are handed from function to function with every packet.
struct SessionOptions {
    let midstream: Bool
    let asyncOneSide: Bool
    let inline: Bool
    let liberalTimestamps: Bool
    let urgent: UrgentPolicy
    let urgentOverLimit: UrgentPolicy

    init(_ options: TCPOptions) {
        midstream = options.midstream
        asyncOneSide = options.asyncOneSide
        inline = options.inline
        liberalTimestamps = options.liberalTimestamps
        urgent = options.urgent
        urgentOverLimit = options.urgentOverLimit
    }
}

/// What bounds the taking of one segment: the options, and what is left of the memory.
struct SegmentLimits {
    let depth: Int64
    /// Bytes that may still be held.
    let memory: Int
    let maxEarlyBytes: Int
    let maxEarlySegments: Int
    let inline: Bool
    let tellsOverlaps: Bool

    init(_ options: TCPOptions, depth: Int64?, memory: Int) {
        self.depth = depth ?? options.depth
        self.memory = memory
        maxEarlyBytes = options.maxEarlyBytes
        maxEarlySegments = options.maxEarlySegments
        inline = options.inline
        tellsOverlaps = options.tellsOverlaps
    }
}

/// What a segment changed.
@frozen public struct StreamUpdate: Sendable {
    /// Directions of data in which a reader may find something new.
    public var ready: FlowDirections = []
    /// The handshake ended with this packet, one way or another, or a session was picked up.
    public var becameEstablished = false
    public var becameClosed = false
    /// First packet came from the server: the flow's ends must be exchanged.
    public var mustSwapEnds = false
    public var events = StreamEvents()

    /// The segment was of the connection, and nothing came of it.
    @inlinable @inline(__always)
    public var saysNothing: Bool { ready.isEmpty && !becameEstablished && !becameClosed && !mustSwapEnds && events.isEmpty }

    public init() {}
}

/// TCP sessions of one worker: follows handshakes and puts both directions in order.
///
/// Data become readable when the other side has acknowledged them, as on the receiving host, or when the session has ended
/// (rule-semantics T1, T3).
///
/// A class, one per worker: as a value it would be copied to the stack for each question that another target asks it.
public final class TCPReassembler {
    var sessions: [TCPSession] = []
    var free: [UInt32] = []
    public var options: TCPOptions {
        didSet { sessionOptions = SessionOptions(options) }
    }
    private var sessionOptions: SessionOptions
    /// Bytes of stream data held at the moment.
    public internal(set) var memory = 0
    /// Segments that were not kept because a limit was reached.
    public internal(set) var dropped: UInt64 = 0
    public internal(set) var gaps: UInt64 = 0
    /// Sessions so far, and those among them whose beginning was not seen.
    public private(set) var opened: UInt64 = 0
    public private(set) var pickedUp: UInt64 = 0
    /// Urgent bytes that are in no stream.
    public private(set) var urgent: UInt64 = 0

    public init(options: TCPOptions = TCPOptions()) {
        self.options = options
        sessionOptions = SessionOptions(options)
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

    func open() -> UInt32 {
        let index: UInt32
        if let reused = free.popLast() {
            index = reused
        } else {
            sessions.append(TCPSession())
            index = UInt32(sessions.count - 1)
        }
        if options.holdsFrames {
            sessions[Int(index)].toServer.wants.insert(.frames)
            sessions[Int(index)].toClient.wants.insert(.frames)
        }
        return index
    }

    /// Ends a session and frees its memory. `session` may be `UInt32.max` (none).
    public func close(_ session: UInt32) {
        guard session != .max else { return }
        let index = Int(session)
        memory -= footprint(index)
        sessions[index].toServer.release()
        sessions[index].toClient.release()
        sessions[index] = TCPSession()
        free.append(session)
    }

    /// A connection that is closed waits a minute for late packets: it keeps the bytes that are not read, and no room for more.
    public func fit(_ session: UInt32) {
        guard session != .max else { return }
        let index = Int(session)
        let before = footprint(index)
        sessions[index].toServer.buffer.fit()
        sessions[index].toClient.buffer.fit()
        memory += footprint(index) - before
    }

    func footprint(_ index: Int) -> Int {
        sessions[index].toServer.buffer.footprint + sessions[index].toClient.buffer.footprint + sessions[index].toServer.earlyBytes
            + sessions[index].toClient.earlyBytes
    }

    /// Whether the session was picked up without its handshake.
    public func isMidstream(_ session: UInt32) -> Bool { session != .max && sessions[Int(session)].core.flags.contains(.midstream) }

    /// Bytes of each direction that are put in order, instead of the general depth; 0 has no bound.
    public func setDepth(_ session: UInt32, _ depth: Int64) { if session != .max { sessions[Int(session)].depth = depth } }

    /// Client and server are the other way round than was thought.
    public func swapEnds(_ session: UInt32) {
        guard session != .max else { return }
        let client = sessions[Int(session)].toServer
        sessions[Int(session)].toServer = sessions[Int(session)].toClient
        sessions[Int(session)].toClient = client
    }

    /// Whether the three-way handshake was completed (or the session picked up midstream).
    public func isEstablished(_ session: UInt32) -> Bool {
        session != .max && sessions[Int(session)].core.state >= .established
    }

    /// The state as EVE's `tcp.state` names it.
    public func stateName(_ session: UInt32) -> StaticString {
        guard session != .max else { return "none" }
        return sessions[Int(session)].core.state.name
    }

    /// Sequence space that a side has used, SYN and FIN included, as `stream_size` counts it.
    public func streamSize(_ session: UInt32, _ direction: FlowDirection) -> UInt64 {
        guard session != .max else { return 0 }
        return direction == .toServer ? sessions[Int(session)].toServer.size : sessions[Int(session)].toClient.size
    }

    // MARK: segments

    /// Takes in one TCP packet.
    ///
    /// - Parameters:
    ///   - packet: gets ``PacketFlags/refusedByStream`` when the segment is not part of a session.
    ///   - session: the flow's session, made and stored here when the packet begins one.
    public func process(
        _ packet: inout Packet, in frame: RawSpan, session: inout UInt32, direction: FlowDirection
    ) -> StreamUpdate {
        var update = StreamUpdate()
        if options.checksumValidation, packet.flags.contains(.badTransportChecksum) {
            packet.flags.insert(.refusedByStream)
            return update
        }
        if packet.payloadLength > 0 { packet.flags.insert(.refusedByStream) }
        if !packet.tcpFlags.contains(.ack), packet.tcpAcknowledgment != 0 { update.events.insert(.brokenAck) }
        var segment = TCPSegment(packet, in: frame, direction: direction)
        let step: TCPStep
        let before: TCPState
        if session == .max {
            if !options.hosts.isEmpty { segment.target = options.hosts.policy(of: packet.destination) }
            let fresh = open()
            let index = Int(fresh)
            guard let begun = sessions[index].begin(segment, sessionOptions, &update.events) else {
                free.append(fresh)
                packet.flags.insert(.refusedByStream)
                return update
            }
            session = fresh
            sessions[index].toServer.keepsWindow = options.tellsOverlaps
            sessions[index].toClient.keepsWindow = options.tellsOverlaps
            step = begun
            opened &+= 1
            if sessions[index].core.flags.contains(.midstream) { pickedUp &+= 1 }
            before = .none
            if sessions[index].core.flags.contains(.midstreamSynack), segment.isToServer {
                // The caller exchanges the ends after this packet; from here on the direction is the true one.
                update.mustSwapEnds = true
                segment.direction = .toClient
            }
        } else {
            before = sessions[Int(session)].core.state
            if !options.hosts.isEmpty, sessions[Int(session)].lacksPolicy { segment.target = options.hosts.policy(of: packet.destination) }
            sessions[Int(session)].readUrgent(packet, in: frame, &segment, sessionOptions, &update.events)
            if segment.urgentPlace >= 0 { urgent &+= 1 }
            step = sessions[Int(session)].take(segment, sessionOptions, &update.events)
        }
        switch step {
        case .refused: packet.flags.insert(.refusedByStream)
        case .passed: break
        case .taken: reassemble(Int(session), &packet, segment, frame, &update)
        }
        note(Int(session), from: before, &update)
        return update
    }

    /// Tells the caller how far the connection has come.
    @inline(__always)
    private func note(_ index: Int, from before: TCPState, _ update: inout StreamUpdate) {
        let state = sessions[index].core.state
        guard state != before else { return }
        if before < .established, state >= .established { update.becameEstablished = true }
        if state.isOver { update.becameClosed = true }
        // A reset that may be forged ends nothing yet.
        guard state == .closed, !sessions[index].toServer.marks.union(sessions[index].toClient.marks).contains(.resetReceived) else {
            return
        }
        sessions[index].end(readsAll: sessions[index].core.flags.contains(.closedByReset))
        update.ready = .both
    }

    /// Urgent bytes of a direction that are in no stream.
    public func urgentBytes(_ session: UInt32, _ direction: FlowDirection) -> UInt32 {
        guard session != .max else { return 0 }
        return direction == .toServer ? sessions[Int(session)].toServer.urgentBytes : sessions[Int(session)].toClient.urgentBytes
    }

    /// Whether a SYN begins another connection between the same ends, rather than belonging to this one.
    public func isOver(_ session: UInt32, for packet: Packet, _ direction: FlowDirection) -> Bool {
        let flags = packet.tcpFlags
        guard flags.contains(.syn), flags.isDisjoint(with: [.rst, .fin]) else { return false }
        let isAnswer = flags.contains(.ack)
        guard !isAnswer || options.midstream || options.asyncOneSide else { return false }
        guard session != .max else { return !isAnswer || direction == .toServer }
        let index = Int(session)
        let core = sessions[index].core
        if isAnswer {
            if direction == .toClient, sessions[index].toClient.initialSequence == packet.tcpSequence { return false }
        } else if direction == .toServer {
            if core.flags.contains(.fastOpenIgnored) { return true }
            if sessions[index].toServer.initialSequence == packet.tcpSequence { return false }
        }
        return core.state >= .lastAck || core.state == .none
    }

    /// Takes over what a segment acknowledges, and its data.
    private func reassemble(
        _ index: Int, _ packet: inout Packet, _ segment: TCPSegment, _ frame: RawSpan, _ update: inout StreamUpdate
    ) {
        let before = footprint(index)
        let direction = segment.direction
        acknowledge(index, direction, &update)
        if segment.length > 0 {
            let payload = frame.extracting(packet.payloadRange)
            let limits = SegmentLimits(options, depth: sessions[index].depth, memory: options.memoryLimit - memory)
            let first = segment.sequence &+ (segment.flags.contains(.syn) ? 1 : 0)
            let outcome =
                direction == .toServer
                ? sessions[index].toServer.take(first, payload, segment, limits, &update.events)
                : sessions[index].toClient.take(first, payload, segment, limits, &update.events)
            if outcome == .taken { packet.flags.remove(.refusedByStream) }
            if outcome == .dropped {
                dropped &+= 1
                update.events.insert(.insertMemory)
            }
            if options.inline { update.ready.insert(FlowDirections(direction)) }
        }
        if segment.flags.contains(.fin) {
            if direction == .toServer {
                sessions[index].toServer.finOffset = sessions[index].toServer.offset(of: segment.end)
            } else {
                sessions[index].toClient.finOffset = sessions[index].toClient.offset(of: segment.end)
            }
        }
        if sessions[index].core.flags.contains(.async) {
            acknowledge(index, direction, &update)
            update.ready.insert(FlowDirections(direction))
        }
        memory += footprint(index) - before
    }

    /// What a packet acknowledges is read with it; what is acknowledged of its own direction waits for a packet of the other.
    private func acknowledge(_ index: Int, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        let before = gaps
        let hasClient = sessions[index].toClient.takeAcknowledgment(gaps: &gaps) || sessions[index].toClient.hasUnread
        let hasServer = sessions[index].toServer.takeAcknowledgment(gaps: &gaps) || sessions[index].toServer.hasUnread
        if hasClient, direction == .toServer { update.ready.insert(.toClient) }
        if hasServer, direction == .toClient { update.ready.insert(.toServer) }
        if gaps != before {
            update.events.insert(.sequenceGap)
            sessions[index].core.flags.insert(.lossy)
        }
    }
}

extension TCPSession {
    /// Whether it is not known yet for both sides which system they are.
    @inline(__always)
    var lacksPolicy: Bool { toServer.policy == nil || toClient.policy == nil }

    /// Counts urgent bytes that are in no stream, and takes them out of the sequence numbers that follow.
    mutating func readUrgent(
        _ packet: Packet, in frame: RawSpan, _ segment: inout TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) {
        let own = segment.isToServer ? toServer.urgentBytes : toClient.urgentBytes
        let other = segment.isToServer ? toClient.urgentBytes : toServer.urgentBytes
        segment.sequence = segment.sequence &- own
        segment.acknowledgment = segment.acknowledgment &- other
        guard segment.flags.contains(.urg), segment.length > 0, packet.transportOffset >= 0 else { return }
        let pointer = UInt32(frame.uint16(at: Int(packet.transportOffset) + 18))
        guard pointer > 0, pointer <= segment.length else { return }
        var policy = options.urgent
        if policy == .oob, own == UInt32(UInt16.max) {
            events.insert(.urgentLimit)
            policy = options.urgentOverLimit
        }
        switch policy {
        case .inline: break
        case .drop, .gap: segment.isMissing = true
        case .oob:
            segment.length -= 1
            segment.urgentPlace = Int32(pointer) - 1
            if segment.isToServer { toServer.urgentBytes += 1 } else { toClient.urgentBytes += 1 }
        }
    }
}
