import Bytes
import Decode

/// Connections that are open, and the FIN that begins their end. `own` is the direction of the segment's data.
extension TCPSession.Core {
    mutating func follow(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ state: TCPState, _ options: SessionOptions,
        _ events: inout StreamEvents
    ) -> TCPStep {
        let flags = segment.flags
        if flags.contains(.rst) {
            guard accepts(resetOf: segment, &own, &other, options, &events) else { return .refused }
            return reset(&own, &other, segment, state, options, &events)
        }
        if state == .established {
            if flags.contains(.fin) { return finish(&own, &other, segment, options, &events) }
            if flags.contains(.syn) { return synOnEstablished(own, other, segment, &events) }
            guard flags.contains(.ack) else { return .passed }
            if self.flags.contains(.clocks), !accepts(clockOf: segment, own, &other, options, &events) { return .refused }
            if !segment.isToServer { self.flags.insert(.confirmed) }
            // A refused segment of an open connection is no error of the state.
            return established(&own, &other, segment, options, &events)
        }
        if flags.contains(.syn), !(flags.contains(.fin) && state != .closing) {
            events.insert(.shutdownSynAgain)
            return .refused
        }
        if self.flags.contains(.clocks), flags.contains(.fin) || flags.contains(.ack),
            state < .timeWait || state > .lastAck || !flags.contains(.fin),
            !accepts(clockOf: segment, own, &other, options, &events)
        {
            return .refused
        }
        switch state {
        case .finWait1: return finWait1(&own, &other, segment, options, &events)
        case .finWait2: return finWait2(&own, &other, segment, options, &events)
        case .closeWait: return closeWait(&own, &other, segment, options, &events)
        case .closing: return closing(&own, &other, segment, options, &events)
        case .lastAck: return lastAck(&own, &other, segment, options, &events)
        case .timeWait: return timeWait(&own, &other, segment, options, &events)
        default: return .passed
        }
    }

    private mutating func reset(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ state: TCPState, _ options: SessionOptions,
        _ events: inout StreamEvents
    ) -> TCPStep {
        flags.insert(.closedByReset)
        enter(.closed)
        if state == .established {
            other.next = segment.acknowledgment
            own.next = segment.end &+ (segment.isToServer ? 0 : 1)
            own.window = segment.window << UInt32(own.windowScale)
        }
        if segment.flags.contains(.ack), accepts(acknowledgmentOf: segment, for: other, &events) {
            other.note(acknowledgment: segment.acknowledgment)
        }
        own.note(acknowledgment: segment.sequence)
        note(clockOf: segment, &own, &other, options, &events)
        return .taken
    }

    private func synOnEstablished(
        _ own: TCPStream, _ other: TCPStream, _ segment: TCPSegment, _ events: inout StreamEvents
    ) -> TCPStep {
        if segment.flags.contains(.ack) {
            if segment.isToServer {
                events.insert(.establishedSynackToServer)
            } else if segment.acknowledgment != other.lastAcknowledgment {
                events.insert(.establishedSynackOtherAck)
            } else if segment.sequence != own.initialSequence {
                events.insert(.establishedSynackOtherSequence)
            } else if flags.contains(.confirmed) {
                events.insert(.establishedSynackAgain)
            } else {
                // The server has not had the end of the handshake.
                return .passed
            }
        } else if !segment.isToServer {
            events.insert(.establishedSynToClient)
        } else {
            events.insert(segment.sequence == own.initialSequence ? .establishedSynAgain : .establishedSynOtherSequence)
        }
        return .refused
    }

    private mutating func established(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        let probes: (answered: TCPSessionFlags, sent: TCPSessionFlags) =
            segment.isToServer ? (.probeToClient, .probeToServer) : (.probeToServer, .probeToClient)
        if flags.contains(probes.answered), segment.acknowledgment == other.next &+ 1 {
            events.insert(.establishedProbeAcknowledged)
        } else if !accepts(acknowledgmentOf: segment, for: other, &events) {
            events.insert(.establishedInvalidAck)
            return .refused
        }
        if !segment.isToServer, flags.contains([.midstream, .midstreamEstablished]) {
            own.window = segment.window << UInt32(own.windowScale)
            own.nextWindow = own.lastAcknowledgment &+ own.window
            flags.remove(.midstreamEstablished)
        }
        if segment.length <= 1, segment.sequence == own.next &- 1 {
            // It asks whether the other side is there.
        } else if segment.end.isBefore(own.lastAcknowledgment) {
            if flags.contains(.async) {
                if segment.isToServer { own.note(acknowledgment: segment.sequence) } else { own.lastAcknowledgment = segment.sequence }
            } else if segment.isToServer, options.asyncOneSide, flags.contains(.midstream),
                own.next == segment.sequence || own.lastAcknowledgment == own.initialSequence &+ 1
            {
                own.note(acknowledgment: segment.sequence)
                flags.insert(.async)
            } else if own.lastAcknowledgment.isAfter(own.next), segment.end.isAfter(own.next) {
                // Bytes that were acknowledged before they were seen.
            } else {
                events.insert(.beforeAck)
                return .refused
            }
        }
        let isProbe = segment.length == 1 && segment.sequence == own.next && own.window == 0
        if isProbe {
            flags.insert(probes.sent)
            return .taken
        }
        if segment.end.isAtLeast(own.next) { own.advance(to: segment.end, flags) }
        guard segment.end.isAtMost(own.nextWindow) || !flags.isDisjoint(with: [.midstream, .async]) else {
            events.insert(.segmentOutOfWindow)
            return .refused
        }
        other.window = segment.window << UInt32(other.windowScale)
        other.note(acknowledgment: segment.acknowledgment)
        note(clockOf: segment, &own, &other, options, &events)
        other.selective = segment.selective ?? 0
        other.widen(to: other.lastAcknowledgment &+ other.window)
        return .taken
    }

    /// A FIN on an open connection.
    mutating func finish(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        if flags.contains(.clocks), !accepts(clockOf: segment, own, &other, options, &events) { return .refused }
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.finInvalidAck)
            return .refused
        }
        guard segment.sequence.isAtLeast(own.lastAcknowledgment), segment.end.isAtMost(own.nextWindow) else {
            events.insert(.finOutOfWindow)
            return .refused
        }
        if segment.isToServer, segment.flags.contains(.syn) {
            events.insert(.finAndSyn)
            return .refused
        }
        enter(segment.isToServer ? .closeWait : .finWait1)
        own.next = segment.end &+ (segment.isToServer ? 0 : 1)
        other.window = segment.window << UInt32(other.windowScale)
        note(clockOf: segment, &own, &other, options, &events)
        other.reach(segment.acknowledgment)
        if segment.flags.contains(.ack) { other.note(acknowledgment: segment.acknowledgment) }
        return .taken
    }
}
