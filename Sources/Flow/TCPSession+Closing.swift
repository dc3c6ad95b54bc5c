import Bytes
import Decode

/// Connections that are ending. Clocks, resets and SYNs are looked at before.
extension TCPSession.Core {
    /// Bytes that were sent before.
    private func isRetransmission(_ segment: TCPSegment, _ own: TCPStream, _ events: inout StreamEvents) -> Bool {
        guard segment.length > 0 else { return false }
        let isPartlyKnown = segment.sequence.isBefore(own.lastAcknowledgment) && segment.end.isAfter(own.lastAcknowledgment)
        guard isPartlyKnown || segment.end.isAtMost(own.lastAcknowledgment) || segment.end.isAtMost(own.next) else { return false }
        events.insert(.retransmission)
        return true
    }

    private func isBehindWindow(_ segment: TCPSegment, _ own: TCPStream) -> Bool {
        segment.sequence.isAfter(own.lastAcknowledgment &+ own.window)
    }

    mutating func finWait1(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        if segment.flags.contains(.fin) { return finOnFinWait1(&own, &other, segment, options, &events) }
        guard segment.flags.contains(.ack) else { return .passed }
        let isAgain = isRetransmission(segment, own, &events)
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.finWait1InvalidAck)
            return .refused
        }
        let isOlder = segment.isToServer && segment.acknowledgment.isBefore(other.next)
        if !isOlder, !isAgain, !segment.isToServer || segment.acknowledgment == other.next {
            guard segment.end.isAtMost(own.nextWindow) || !flags.isDisjoint(with: [.midstream, .async]) else {
                events.insert(.finWait1WrongSequence)
                return .refused
            }
            if segment.sequence == (segment.isToServer ? own.next : own.next &- 1) { enter(.finWait2) }
            other.window = segment.window << UInt32(other.windowScale)
        }
        note(clockOf: segment, &own, &other, options, &events)
        if (other.next &- 1).isBefore(segment.acknowledgment) { other.next = segment.acknowledgment }
        if segment.sequence == (segment.isToServer ? own.next : own.next &- 1) { own.advance(to: segment.end, flags) }
        other.note(acknowledgment: segment.acknowledgment)
        other.selective = segment.selective ?? 0
        other.widen(to: other.lastAcknowledgment &+ other.window)
        return .taken
    }

    private mutating func finOnFinWait1(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        let hasAck = segment.flags.contains(.ack)
        var isAgain = isRetransmission(segment, own, &events)
        if !isAgain {
            if hasAck, !segment.isToServer, segment.sequence == own.next &- 1, segment.acknowledgment == other.lastAcknowledgment {
                isAgain = true
            } else if segment.sequence.isBefore(own.next &- 1) || isBehindWindow(segment, own) {
                events.insert(.finWait1FinWrongSequence)
                return .refused
            }
        }
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.finWait1InvalidAck)
            return .refused
        }
        if !isAgain {
            enter(hasAck ? .timeWait : .closing)
            other.window = segment.window << UInt32(other.windowScale)
        }
        note(clockOf: segment, &own, &other, options, &events)
        if !(hasAck && !segment.isToServer && isAgain) {
            if (other.next &- 1).isBefore(segment.acknowledgment) { other.next = segment.acknowledgment }
            let expected = hasAck && segment.isToServer ? own.next : own.next &- 1
            if segment.sequence == expected { own.advance(to: segment.end, flags) }
            if hasAck { other.note(acknowledgment: segment.acknowledgment) }
        }
        return .taken
    }

    mutating func finWait2(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        let isFin = segment.flags.contains(.fin)
        guard isFin || segment.flags.contains(.ack) else { return .passed }
        var isAgain =
            isFin && segment.sequence == own.next &- 1 && segment.acknowledgment == other.lastAcknowledgment
        if !isAgain { isAgain = isRetransmission(segment, own, &events) }
        if isFin, !isAgain, segment.sequence.isBefore(own.next) || isBehindWindow(segment, own) {
            events.insert(.finWait2FinWrongSequence)
            return .refused
        }
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.finWait2InvalidAck)
            return .refused
        }
        if isFin {
            if !isAgain {
                enter(.timeWait)
                if segment.isToServer, own.next == segment.sequence { own.advance(to: own.next &+ segment.length, flags) }
                other.window = segment.window << UInt32(other.windowScale)
            }
            note(clockOf: segment, &own, &other, options, &events)
            other.reach(segment.acknowledgment)
            if segment.flags.contains(.ack) { other.note(acknowledgment: segment.acknowledgment) }
            return .taken
        }
        if !isAgain {
            guard segment.end.isAtMost(own.nextWindow) || !flags.isDisjoint(with: [.midstream, .async]) else {
                events.insert(.finWait2WrongSequence)
                return .refused
            }
            other.window = segment.window << UInt32(other.windowScale)
        }
        note(clockOf: segment, &own, &other, options, &events)
        if own.next == segment.sequence { own.advance(to: own.next &+ segment.length, flags) }
        other.note(acknowledgment: segment.acknowledgment)
        other.selective = segment.selective ?? 0
        other.widen(to: other.lastAcknowledgment &+ other.window)
        return .taken
    }

    mutating func closing(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        guard segment.flags.contains(.ack) else { return .passed }
        let isAgain = isRetransmission(segment, own, &events)
        guard segment.sequence == own.next else {
            events.insert(.closingWrongSequence)
            return .refused
        }
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.closingInvalidAck)
            return .refused
        }
        if !isAgain { enter(.timeWait) }
        note(clockOf: segment, &own, &other, options, &events)
        other.reach(segment.acknowledgment)
        other.note(acknowledgment: segment.acknowledgment)
        return .taken
    }

    mutating func closeWait(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        let isFin = segment.flags.contains(.fin)
        guard isFin || segment.flags.contains(.ack) else { return .passed }
        let isAgain = isRetransmission(segment, own, &events)
        if isFin {
            if !isAgain, segment.sequence.isBefore(own.next) || isBehindWindow(segment, own) {
                events.insert(.closeWaitFinOutOfWindow)
                return .refused
            }
        } else if segment.length > 0, segment.end.isAtMost(own.lastAcknowledgment) {
            events.insert(.closeWaitBeforeAck)
            return .refused
        } else if isBehindWindow(segment, own) {
            events.insert(.closeWaitOutOfWindow)
            return .refused
        }
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.closeWaitInvalidAck)
            return .refused
        }
        if !isAgain {
            if isFin, !segment.isToServer { enter(.lastAck) }
            other.window = segment.window << UInt32(other.windowScale)
        }
        note(clockOf: segment, &own, &other, options, &events)
        other.reach(segment.acknowledgment)
        if !isFin, segment.sequence == own.next { own.advance(to: own.next &+ segment.length, flags) }
        if segment.flags.contains(.ack) { other.note(acknowledgment: segment.acknowledgment) }
        return .taken
    }

    mutating func lastAck(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        guard !segment.flags.contains(.fin), segment.flags.contains(.ack), segment.isToServer else { return .passed }
        let isAgain = isRetransmission(segment, own, &events)
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.lastAckInvalidAck)
            return .refused
        }
        if !isAgain {
            if segment.sequence.isAtLeast(own.next) {
                guard segment.sequence == own.next || segment.sequence == own.next &+ 1 else {
                    events.insert(.lastAckWrongSequence)
                    return .refused
                }
                enter(.closed)
            }
            other.window = segment.window << UInt32(other.windowScale)
        }
        note(clockOf: segment, &own, &other, options, &events)
        other.reach(segment.acknowledgment)
        other.note(acknowledgment: segment.acknowledgment)
        return .taken
    }

    mutating func timeWait(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> TCPStep {
        guard !segment.flags.contains(.fin), segment.flags.contains(.ack) else { return .passed }
        let isAgain = isRetransmission(segment, own, &events)
        let beside = segment.isToServer ? own.next &+ 1 : own.next &- 1
        if !isAgain, segment.sequence != own.next, segment.sequence != beside {
            if !segment.isToServer, segment.length > 0, segment.sequence == own.lastAcknowledgment { return .passed }
            events.insert(.timeWaitWrongSequence)
            return .refused
        }
        guard accepts(acknowledgmentOf: segment, for: other, &events) else {
            events.insert(.timeWaitInvalidAck)
            return .refused
        }
        if !isAgain {
            enter(.closed)
            other.window = segment.window << UInt32(other.windowScale)
        }
        note(clockOf: segment, &own, &other, options, &events)
        other.reach(segment.acknowledgment)
        other.note(acknowledgment: segment.acknowledgment)
        return .taken
    }
}
