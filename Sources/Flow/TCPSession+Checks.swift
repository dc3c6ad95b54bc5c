import Bytes
import Decode

/// What is looked at before the state: segments that change nothing, and those that would do harm.
extension TCPSession {
    private static let control: TCPFlags = [.syn, .fin, .rst]

    /// A step when the segment needs no look at the state.
    mutating func check(_ segment: TCPSegment, _ events: inout StreamEvents) -> TCPStep? {
        segment.isToServer
            ? core.check(&toServer, &toClient, segment, .probeToClient, .probeToServer, &events)
            : core.check(&toClient, &toServer, segment, .probeToServer, .probeToClient, &events)
    }
}

extension TCPSession.Core {
    /// - Parameters:
    ///   - answered: the flag of a probe that a segment of this direction answers.
    fileprivate mutating func check(
        _ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment, _ answered: TCPSessionFlags, _ sent: TCPSessionFlags,
        _ events: inout StreamEvents
    ) -> TCPStep? {
        let isControl = !segment.flags.isDisjoint(with: [.syn, .fin, .rst])
        let window = segment.window << UInt32(other.windowScale)
        if !isControl, segment.length <= 1, segment.acknowledgment == other.lastAcknowledgment, segment.sequence == own.next &- 1 {
            own.marks.insert(.keptAlive)
            return .passed
        }
        if !isControl, segment.length == 0, segment.window != 0, window == other.window, other.marks.contains(.keptAlive),
            segment.acknowledgment == other.lastAcknowledgment, segment.sequence == own.next
        {
            other.marks.remove(.keptAlive)
            own.marks.remove(.keptAlive)
            return .passed
        }
        own.marks.remove(.keptAlive)
        let isPlainAck = segment.flags.intersection([.ack, .syn, .fin, .rst]) == .ack && segment.length == 0
        let answersProbe =
            flags.contains(answered) && state >= .established && isPlainAck && window == 0 && other.window == 0
            && segment.sequence == own.next && segment.acknowledgment == other.lastAcknowledgment
        flags.remove(answered)
        if answersProbe { return .passed }
        if !isFinalAck(own, other, segment), !isWindowUpdate(own, other, segment, window, isControl) {
            if isBadWindowUpdate(own, other, segment, window, isControl) {
                events.insert(.badWindowUpdate)
                return .passed
            }
            if state >= .established, isPlainAck, segment.sequence == own.next, segment.acknowledgment.isBefore(other.lastAcknowledgment),
                segment.selective == nil
            {
                return .passed
            }
        }
        if segment.length > 0 {
            if own.isSeen, !own.isUnread, segment.end.isAtMost(own.baseSequence) {
                events.insert(.spuriousRetransmission)
                return .passed
            }
            if segment.end.isAtMost(own.lastAcknowledgment) { events.insert(.spuriousRetransmission) }
        }
        return nil
    }

    /// The acknowledgment that ends a connection.
    private func isFinalAck(_ own: TCPStream, _ other: TCPStream, _ segment: TCPSegment) -> Bool {
        (state == .timeWait || state == .closeWait || state == .lastAck) && segment.flags == .ack && segment.length == 0
            && own.next &+ 1 == segment.sequence && segment.acknowledgment == other.next &+ 1
    }

    private func isWindowUpdate(_ own: TCPStream, _ other: TCPStream, _ segment: TCPSegment, _ window: UInt32, _ isControl: Bool) -> Bool {
        state >= .established && segment.length == 0 && !isControl && segment.window != 0 && window != other.window
            && segment.acknowledgment == other.lastAcknowledgment && segment.sequence == own.next
    }

    /// A segment from nowhere that closes the window, so that what is really sent would count as out of window.
    private func isBadWindowUpdate(
        _ own: TCPStream, _ other: TCPStream, _ segment: TCPSegment, _ window: UInt32, _ isControl: Bool
    ) -> Bool {
        guard state >= .established, state != .closed, !isControl, window < other.window else { return false }
        let shrinks = other.window - window
        guard shrinks > segment.length, segment.acknowledgment.isAfter(other.next), segment.sequence.isAfter(own.next) else { return false }
        let moved = segment.acknowledgment &- other.lastAcknowledgment
        return shrinks > (window > 1024 ? moved &+ 32 : moved)
    }

    /// Whether an acknowledgment is between what was acknowledged and what may be sent.
    func accepts(acknowledgmentOf segment: TCPSegment, for stream: TCPStream, _ events: inout StreamEvents) -> Bool {
        guard segment.flags.contains(.ack) else { return true }
        let value = segment.acknowledgment
        if value.isAfter(stream.lastAcknowledgment), value.isAtMost(stream.nextWindow) { return true }
        if value == stream.lastAcknowledgment { return true }
        if value.isBefore(stream.lastAcknowledgment) {
            if stream.window == 0 || value.isAtLeast(stream.lastAcknowledgment &- stream.window) { return true }
            events.insert(.invalidAck)
            return false
        }
        if flags.contains(.async) { return true }
        if state == .synSent, !segment.isToServer, segment.flags.contains(.rst), value == stream.initialSequence &+ 1 { return true }
        events.insert(.invalidAck)
        return false
    }

    /// Whether a reset is one that the receiving system obeys.
    mutating func accepts(
        resetOf segment: TCPSegment, _ own: inout TCPStream, _ other: inout TCPStream, _ options: SessionOptions,
        _ events: inout StreamEvents
    ) -> Bool {
        if flags.contains(.lossy) { return true }
        if flags.contains(.clocks), !accepts(clockOf: segment, own, &other, options, &events) { return false }
        if segment.length > 0 { events.insert(.rstWithData) }
        let target = other.target(of: segment)
        if segment.flags.contains(.ack), segment.acknowledgment != 0, !accepts(acknowledgmentOf: segment, for: other, &events) {
            events.insert(.rstInvalid)
            return false
        }
        if segment.isSigned { other.marks.insert(.resetReceived) }
        if flags.contains(.async) { return segment.sequence.isAtLeast(own.next) }
        switch target {
        case .hpux11: return segment.sequence.isAtLeast(own.next)
        case .oldLinux, .linux, .solaris:
            return segment.end.isAtLeast(own.lastAcknowledgment) && segment.sequence.isBefore(own.next &+ own.window)
        default: return segment.sequence == own.next
        }
    }

    // MARK: clocks (RFC 7323 §5)

    private static let longSilence: Int64 = 2_073_600

    /// Whether the sender's clock is one that the receiving system believes.
    func accepts(
        clockOf segment: TCPSegment, _ own: TCPStream, _ other: inout TCPStream, _ options: SessionOptions, _ events: inout StreamEvents
    ) -> Bool {
        guard let clock = segment.clock else { return true }
        let target = other.target(of: segment)
        guard judge(clock, segment, own, target, options) != .invalid else {
            events.insert(.invalidTimestamp)
            return false
        }
        return true
    }

    /// Takes the sender's clock over.
    mutating func note(
        clockOf segment: TCPSegment, _ own: inout TCPStream, _ other: inout TCPStream, _ options: SessionOptions,
        _ events: inout StreamEvents
    ) {
        guard flags.contains(.clocks) else { return }
        let target = other.target(of: segment)
        guard let clock = segment.clock else {
            if target == .solaris { flags.remove(.clocks) }
            return
        }
        let isNext = own.next == segment.sequence
        if own.marks.contains(.zeroClock) {
            if target == .linux || target == .windows2k3 { flags.remove(.clocks) }
            if target == .oldLinux || target == .windows || target == .vista {
                own.marks.remove(.zeroClock)
                if isNext { own.clock = clock }
            }
        }
        switch judge(clock, segment, own, target, options) {
        case .invalid: events.insert(.invalidTimestamp)
        case .unchecked: break
        case .valid:
            if isNext { own.clock = clock }
            own.clockSeconds = segment.seconds
        case .late:
            own.clock = clock
            own.clockSeconds = segment.seconds
        }
    }

    private enum ClockVerdict { case valid, invalid, unchecked, late }

    private func judge(
        _ clock: UInt32, _ segment: TCPSegment, _ own: TCPStream, _ target: HostPolicy, _ options: SessionOptions
    ) -> ClockVerdict {
        let isNext = own.next == segment.sequence
        var isChecked = true
        if own.marks.contains(.zeroClock) {
            switch target {
            case .linux, .windows2k3: isChecked = false
            case .oldLinux, .windows, .vista: if isNext { isChecked = false }
            default: break
            }
        }
        if target == .hpux11, !isNext { isChecked = false }
        if clock == 0 {
            switch target {
            case .oldLinux, .windows, .windows2k3, .vista, .solaris: break
            default: return .invalid
            }
        }
        guard isChecked else { return .unchecked }
        // Linux lets a clock be one tick late.
        let slack: UInt32 = target == .linux || options.liberalTimestamps ? 1 : 0
        let last = own.clockSeconds == 0 && flags.contains(.midstream) ? segment.seconds : own.clockSeconds
        let isSilent = segment.seconds > last + TCPSession.Core.longSilence
        if Int32(bitPattern: clock &- own.clock &+ slack) >= 0, own.clock == 0 || !isSilent { return .valid }
        return isNext && isSilent ? .late : .invalid
    }
}
