import Bytes
import Decode

/// What readers find in the streams.
extension TCPReassembler {
    /// What `reader` finds at its place. Take it with ``view(_:_:_:)`` and say with ``advance(_:_:_:by:)`` how much is done.
    public func next(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader) -> StreamChunk {
        guard session != .max else { return .none }
        return direction == .toServer
            ? sessions[Int(session)].toServer.next(reader, options.inline) : sessions[Int(session)].toClient.next(reader, options.inline)
    }

    /// Whether a gap follows right after what ``next(_:_:_:)`` offers: bytes that the reader does not take now can never be completed.
    public func isBeforeGap(_ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard session != .max else { return false }
        return direction == .toServer ? sessions[Int(session)].toServer.isBeforeGap : sessions[Int(session)].toClient.isBeforeGap
    }

    /// The buffer's descriptor: views into it are valid until this session is next changed.
    public func window(_ session: UInt32, _ direction: FlowDirection) -> StreamBuffer {
        direction == .toServer ? sessions[Int(session)].toServer.buffer : sessions[Int(session)].toClient.buffer
    }

    /// Position of the stream offset `offset` in ``window(_:_:)``.
    public func position(_ session: UInt32, _ direction: FlowDirection, of offset: Int64) -> Int {
        let base = direction == .toServer ? sessions[Int(session)].toServer.base : sessions[Int(session)].toClient.base
        return Int(offset - base)
    }

    /// The reader is done with `count` bytes (or, after a gap was reported, with the gap).
    public func advance(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader, by count: Int) {
        guard session != .max else { return }
        if direction == .toServer {
            sessions[Int(session)].toServer.readers[reader.rawValue] += Int64(count)
            sessions[Int(session)].toServer.slide()
        } else {
            sessions[Int(session)].toClient.readers[reader.rawValue] += Int64(count)
            sessions[Int(session)].toClient.slide()
        }
        if reader == .raw, sessions[Int(session)].toServer.rawEnd != .max { stopRawAtItsEnd(session, direction) }
    }

    /// What has arrived in both directions is the last that rules on raw data see.
    public func endRaw(_ session: UInt32) {
        guard session != .max else { return }
        let index = Int(session)
        sessions[index].toServer.rawEnd = min(sessions[index].toServer.rawEnd, sessions[index].toServer.end)
        sessions[index].toClient.rawEnd = min(sessions[index].toClient.rawEnd, sessions[index].toClient.end)
        for direction in FlowDirection.allCases { stopRawAtItsEnd(session, direction) }
    }

    private func stopRawAtItsEnd(_ session: UInt32, _ direction: FlowDirection) {
        let isAtItsEnd =
            direction == .toServer ? sessions[Int(session)].toServer.isRawAtItsEnd : sessions[Int(session)].toClient.isRawAtItsEnd
        if isAtItsEnd { stop(session, direction, .raw) }
    }

    /// Whether the connection is so far in its end, or encrypted, that rules on raw data look at what has come, however little it is.
    public func hurriesRaw(_ session: UInt32) -> Bool {
        guard session != .max else { return false }
        return sessions[Int(session)].core.state > .timeWait || sessions[Int(session)].toServer.rawEnd != .max
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
        return direction == .toServer
            ? sessions[Int(session)].toServer.readable(options.inline) : sessions[Int(session)].toClient.readable(options.inline)
    }

    /// Stream offsets of all that is kept of a direction in one piece, acknowledged or not.
    public func kept(_ session: UInt32, _ direction: FlowDirection) -> Range<Int64> {
        guard session != .max else { return 0..<0 }
        let index = Int(session)
        return direction == .toServer
            ? sessions[index].toServer.base..<max(sessions[index].toServer.base, sessions[index].toServer.end)
            : sessions[index].toClient.base..<max(sessions[index].toClient.base, sessions[index].toClient.end)
    }

    /// Takes ``StreamReader/frames`` forward to `offset`, or to where the protocol's parser is.
    public func advanceFrames(_ session: UInt32, _ direction: FlowDirection, to offset: Int64 = .max) {
        guard wants(session, direction, .frames) else { return }
        let target = min(offset, place(session, direction, .application))
        let here = place(session, direction, .frames)
        if target > here { advance(session, direction, .frames, by: Int(target - here)) }
    }

    /// The reader wants nothing more of this direction; nothing is kept for it.
    public func stop(_ session: UInt32, _ direction: FlowDirection, _ reader: StreamReader) {
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
            ? sessions[Int(session)].toServer.wants.contains(reader) : sessions[Int(session)].toClient.wants.contains(reader)
    }

    /// Reads a session deeper than the options say. 0 means without a bound; a depth that is less than the one in force has no effect.
    public func deepen(_ session: UInt32, to depth: Int64) {
        guard session != .max else { return }
        let current = sessions[Int(session)].depth ?? options.depth
        if depth == 0 || depth > current { sessions[Int(session)].depth = depth }
    }

    /// The reassembly depth of this direction is reached.
    public func isDepthReached(_ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard session != .max else { return false }
        return direction == .toServer ? sessions[Int(session)].toServer.isDepthReached : sessions[Int(session)].toClient.isDepthReached
    }

    /// The protocol's parser has had everything before the reassembly depth: the rest passes by.
    public func isReadToDepth(_ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard session != .max else { return false }
        let depth = sessions[Int(session)].depth ?? options.depth
        return isDepthReached(session, direction) && depth > 0 && place(session, direction, .application) >= depth
    }

    /// Whether no more bytes will come in this direction.
    public func isEnded(_ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard session != .max else { return true }
        return direction == .toServer ? sessions[Int(session)].toServer.isEnded : sessions[Int(session)].toClient.isEnded
    }

    /// Directions in which bytes never arrived.
    public func gapDirections(_ session: UInt32) -> FlowDirections {
        guard session != .max else { return [] }
        var result: FlowDirections = []
        if sessions[Int(session)].toServer.hadGap { result.insert(.toServer) }
        if sessions[Int(session)].toClient.hadGap { result.insert(.toClient) }
        return result
    }

    /// The flow ends: what has arrived becomes readable, but for bytes that came when the connection was over.
    public func end(_ session: UInt32) {
        guard session != .max else { return }
        let core = sessions[Int(session)].core
        sessions[Int(session)].end(readsAll: core.state < .closed || core.flags.contains(.closedByReset))
    }
}

extension TCPSession {
    mutating func end(readsAll: Bool) {
        toServer.isEnded = true
        toClient.isEnded = true
        if readsAll {
            toServer.readsAll = true
            toClient.readsAll = true
        }
    }
}

extension TCPStream {
    /// Mutating, though nothing changes, so that the stream is looked at where it is and not copied.
    @inline(__always)
    mutating func next(_ reader: StreamReader, _ isInline: Bool) -> StreamChunk {
        guard wants.contains(reader) else { return .none }
        let place = readers[reader.rawValue]
        var limit = readsAll || isInline ? end : min(end, acknowledged)
        if reader == .raw { limit = min(limit, rawEnd) }
        if place < limit { return .data(offset: place, count: Int(limit - place)) }
        if gap > 0, place >= end, place < end + gap { return .gap(count: Int(end + gap - place)) }
        return .none
    }

    @inline(__always)
    func readable(_ isInline: Bool) -> Range<Int64> {
        let limit = readsAll || isInline ? end : min(end, acknowledged)
        return base..<max(base, limit)
    }

    var isBeforeGap: Bool { gap > 0 && (readsAll || acknowledged >= end) }

    var isRawAtItsEnd: Bool { wants.contains(.raw) && readers[StreamReader.raw.rawValue] >= rawEnd }

    /// See ``TCPReassembler/streamSize(_:_:)``.
    var size: UInt64 { isSeen ? UInt64(next &- initialSequence) : 0 }
}
