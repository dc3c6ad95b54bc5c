import Bytes
import Decode

/// How connections begin: SYNs, the answers to them, and being taken up in the middle.
extension TCPSession {
    /// Begins a connection with its first packet, in a session that is new; nil, and nothing changed, when the packet can begin none.
    mutating func begin(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep? {
        let flags = segment.flags
        if flags.contains(.rst) {
            events.insert(.rstWithoutSession)
            return nil
        }
        if flags.contains(.fin) {
            guard options.midstream, segment.length > 0 else {
                events.insert(.finWithoutSession)
                return nil
            }
            takeUp(segment, .finWait1, options)
            return .taken
        }
        if flags.contains(.syn), flags.contains(.ack) {
            guard options.midstream || options.asyncOneSide else { return nil }
            takeUp(answer: segment, options)
            return .passed
        }
        if flags.contains(.syn) {
            toServer.flagsSeen = flags
            open(segment, options)
            return core.flags.contains(.fastOpen) && segment.length > 0 ? .taken : .passed
        }
        guard flags.contains(.ack), options.midstream else { return nil }
        takeUp(segment, .established, options)
        return .taken
    }

    private mutating func open(_ segment: TCPSegment, _ options: SessionOptions) {
        core.enter(.synSent)
        if options.asyncOneSide { core.flags.insert(.async) }
        toServer.start(segment.sequence)
        take(offer: TCPHandshakeOffer(segment))
        if segment.hasFastOpen {
            core.flags.insert(.fastOpen)
            if segment.length > 0 { toServer.advance(to: toServer.next &+ segment.length, core.flags) }
        }
    }

    /// What a SYN of the client says.
    private mutating func take(offer: TCPHandshakeOffer) {
        if let clock = offer.clock {
            toServer.clock = clock
            toServer.marks.insert(.usesClock)
            if clock == 0 { toServer.marks.insert(.zeroClock) }
        }
        toClient.window = offer.window
        toClient.windowScale = offer.windowScale ?? 0
        if offer.windowScale != nil { core.flags.insert(.serverScale) } else { core.flags.remove(.serverScale) }
    }

    /// Taken up by a packet of an end that is thought to be the client's, or by what its place in the flow says.
    private mutating func takeUp(_ segment: TCPSegment, _ state: TCPState, _ options: SessionOptions) {
        core.enter(state)
        core.flags = [.midstream, .midstreamEstablished]
        if options.asyncOneSide { core.flags.insert(.async) }
        if segment.isToServer {
            core.takeUp(&toServer, &toClient, segment)
            core.begin(clocksOf: segment, &toServer, &toClient)
        } else {
            core.takeUp(&toClient, &toServer, segment)
            core.begin(clocksOf: segment, &toClient, &toServer)
        }
    }

    /// Taken up by the answer to a SYN, which goes to the client whatever the flow thinks.
    private mutating func takeUp(answer segment: TCPSegment, _ options: SessionOptions) {
        core.enter(.synReceived)
        core.flags = [.midstream, .midstreamSynack]
        if options.asyncOneSide { core.flags.insert(.async) }
        toClient.flagsSeen = segment.flags
        toClient.start(segment.sequence)
        toClient.window = segment.window
        toServer.start(segment.acknowledgment &- 1)
        toServer.lastAcknowledgment = segment.acknowledgment
        toClient.lastAcknowledgment = segment.sequence
        toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
        if let scale = segment.windowScale {
            toServer.windowScale = scale
            toClient.windowScale = TCPSession.largestScale
        }
        core.begin(clocksOf: segment, &toClient, &toServer)
    }

    // MARK: after the SYN

    mutating func synSent(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        let flags = segment.flags
        if flags.contains([.syn, .ack]) {
            return segment.isToServer ? splitAnswer(segment, &events) : answer(segment, &events)
        }
        guard echoesRightly(segment) else {
            events.insert(.invalidTimestamp)
            return .refused
        }
        if flags.contains(.rst) {
            return resetInHandshake(segment, options, &events)
        }
        if flags.contains(.fin) { return .passed }
        if flags.contains(.syn) {
            synAgain(segment, &events)
            return .passed
        }
        guard flags.contains(.ack), options.asyncOneSide else { return .passed }
        // Only the client's side is seen.
        guard segment.sequence == toServer.next else {
            events.insert(.asyncWrongSequence)
            return .refused
        }
        core.flags.insert(.async)
        core.enter(.established)
        core.offers = []
        toServer.window = segment.window
        toServer.lastAcknowledgment = segment.sequence
        toServer.nextWindow = toServer.lastAcknowledgment &+ toServer.window
        toClient.start(segment.acknowledgment &- 1)
        toClient.lastAcknowledgment = toClient.next
        toClient.nextWindow = toClient.lastAcknowledgment
        if core.flags.contains(.serverScale) { toServer.windowScale = TCPSession.largestScale }
        if segment.clock != nil, toServer.marks.contains(.usesClock) {
            core.flags.insert(.clocks)
            toServer.marks.remove(.usesClock)
            toServer.clockSeconds = segment.seconds
        } else {
            toServer.clock = 0
            toServer.marks.remove(.zeroClock)
        }
        return .taken
    }

    private mutating func resetInHandshake(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        if segment.isToServer {
            guard core.accepts(resetOf: segment, &toServer, &toClient, options, &events) else { return .refused }
            if segment.sequence == toServer.initialSequence, segment.window == 0,
                segment.acknowledgment == toServer.initialSequence &+ 1
            {
                toClient.marks.insert(.resetReceived)
                closeByReset()
            }
        } else {
            guard core.accepts(resetOf: segment, &toClient, &toServer, options, &events) else { return .refused }
            toServer.marks.insert(.resetReceived)
            closeByReset()
        }
        return .passed
    }

    private mutating func closeByReset() {
        core.flags.insert(.closedByReset)
        core.enter(.closed)
        core.offers = []
    }

    private mutating func answer(_ segment: TCPSegment, _ events: inout StreamEvents) -> TCPStep {
        let first = toServer.initialSequence &+ 1
        if segment.hasFastOpen || core.flags.contains(.fastOpen) {
            if segment.acknowledgment == toServer.next {
                // The server took the data of the SYN.
            } else if segment.acknowledgment == first {
                toServer.next = toServer.initialSequence
                events.insert(.fastOpenIgnored)
                core.flags.insert(.fastOpenIgnored)
            } else {
                events.insert(.handshakeSynackWrongAck)
                return .refused
            }
            core.flags.insert(.fastOpen)
            core.enter(.established)
        } else if segment.acknowledgment != first {
            events.insert(.handshakeSynackWrongAck)
            return .refused
        }
        if !echoesRightly(segment) {
            guard let syn = core.offers.first(where: { $0.clock == segment.echo }) else {
                events.insert(.invalidTimestamp)
                return .refused
            }
            take(offer: syn)
        }
        core.offers = []
        take(answer: TCPHandshakeOffer(segment), at: segment.seconds)
        return .passed
    }

    /// What the answer of the server says.
    private mutating func take(answer: TCPHandshakeOffer, at seconds: Int64) {
        core.enter(.synReceived)
        let mayReach = toServer.next
        toClient.start(answer.sequence)
        toServer.window = answer.window
        if let clock = answer.clock, toServer.marks.contains(.usesClock) {
            toClient.clock = clock
            core.flags.insert(.clocks)
            toClient.clockSeconds = seconds
            if clock == 0 { toClient.marks.insert(.zeroClock) }
        } else {
            toServer.clock = 0
            toClient.clock = 0
            toServer.marks.remove(.zeroClock)
        }
        toServer.lastAcknowledgment = answer.acknowledgment
        toClient.lastAcknowledgment = toClient.initialSequence &+ 1
        toServer.windowScale = core.flags.contains(.serverScale) ? answer.windowScale ?? 0 : 0
        toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
        toServer.nextWindow = toServer.lastAcknowledgment &+ toServer.window
        toServer.next = mayReach
        core.flags.remove(.split)
    }

    /// Whether an answer to a SYN echoes the SYN's clock, or nothing.
    private func echoesRightly(_ segment: TCPSegment) -> Bool {
        guard !segment.isToServer, segment.clock != nil else { return true }
        if toServer.marks.contains(.usesClock) {
            return toServer.clock == 0 || segment.echo == 0 || segment.echo == toServer.clock
        }
        // Some answer a SYN without a clock with an echo of one.
        return segment.echo <= 1
    }

    /// The client answers the server's own SYN.
    private mutating func splitAnswer(_ segment: TCPSegment, _ events: inout StreamEvents) -> TCPStep {
        guard core.flags.contains(.split) else {
            events.insert(.synackInWrongDirection)
            return .refused
        }
        guard segment.acknowledgment == toClient.initialSequence &+ 1 else {
            events.insert(.splitWrongAck)
            return .refused
        }
        guard segment.sequence == toServer.initialSequence else {
            events.insert(.splitWrongSyn)
            return .refused
        }
        core.enter(.synReceived)
        toClient.window = segment.window
        if let clock = segment.clock, toClient.marks.contains(.usesClock) {
            toServer.clock = clock
            core.flags.insert(.clocks)
            toServer.clockSeconds = segment.seconds
            if clock == 0 { toServer.marks.insert(.zeroClock) }
        } else {
            toServer.clock = 0
            toClient.clock = 0
            toClient.marks.remove(.zeroClock)
        }
        toClient.lastAcknowledgment = segment.acknowledgment
        toServer.lastAcknowledgment = toServer.initialSequence &+ 1
        toClient.windowScale = core.flags.contains(.serverScale) ? segment.windowScale ?? 0 : 0
        toServer.nextWindow = toServer.lastAcknowledgment &+ toServer.window
        toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
        return .passed
    }

    private mutating func synAgain(_ segment: TCPSegment, _ events: inout StreamEvents) {
        if segment.isToServer {
            let now = TCPHandshakeOffer(
                window: toClient.window, clock: toServer.marks.contains(.usesClock) ? toServer.clock : nil,
                windowScale: core.flags.contains(.serverScale) ? toClient.windowScale : nil, allowsSelective: segment.allowsSelective)
            var new = TCPHandshakeOffer(segment)
            (new.sequence, new.acknowledgment) = (0, 0)
            if now != new, !core.offers.contains(where: { $0.clock == now.clock }) {
                if core.offers.count == TCPSession.maxOffers.syns {
                    events.insert(.synFlood)
                } else {
                    core.offers.insert(now, at: 0)
                }
            }
            take(offer: new)
            return
        }
        core.flags.insert(.split)
        toClient.start(segment.sequence)
        if let clock = segment.clock {
            toClient.clock = clock
            toClient.marks.insert(.usesClock)
            if clock == 0 { toClient.marks.insert(.zeroClock) }
            toClient.clockSeconds = segment.seconds
        }
        toClient.window = segment.window
        toClient.windowScale = segment.windowScale ?? 0
        if segment.windowScale != nil { core.flags.insert(.serverScale) } else { core.flags.remove(.serverScale) }
    }

    // MARK: after the answer

    mutating func synReceived(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        let flags = segment.flags
        if flags.contains(.rst) { return resetAfterAnswer(segment, options, &events) }
        if flags.contains(.fin) {
            return segment.isToServer
                ? core.finish(&toServer, &toClient, segment, options, &events)
                : core.finish(&toClient, &toServer, segment, options, &events)
        }
        if flags.contains([.syn, .ack]) { return answerAgain(segment, &events) }
        if flags.contains(.syn) {
            if !segment.isToServer {
                events.insert(.synToClient)
                return .refused
            }
            guard segment.sequence == toServer.initialSequence else {
                events.insert(.synAgainOtherSequence)
                return .refused
            }
            return .passed
        }
        guard flags.contains(.ack) else { return .passed }
        if let answer = core.offers.first(where: {
            $0.sequence == segment.acknowledgment &- 1 && $0.acknowledgment == segment.sequence
        }) {
            take(answer: answer, at: segment.seconds)
        }
        if core.flags.contains(.clocks) {
            let isRight =
                segment.isToServer
                ? core.accepts(clockOf: segment, toServer, &toClient, options, &events)
                : core.accepts(clockOf: segment, toClient, &toServer, options, &events)
            guard isRight else { return .refused }
        }
        if core.flags.contains(.split), !segment.isToServer { return splitEnd(segment, options, &events) }
        return acknowledged(segment, options, &events)
    }

    private mutating func resetAfterAnswer(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        let isRight =
            segment.isToServer
            ? core.accepts(resetOf: segment, &toServer, &toClient, options, &events)
            : core.accepts(resetOf: segment, &toClient, &toServer, options, &events)
        guard isRight else { return .refused }
        let target = segment.isToServer ? toClient.policy : toServer.policy
        if core.flags.contains(.evasion), target == .linux || target == .oldLinux || target == .solaris { return .passed }
        core.flags.insert(.closedByReset)
        core.enter(.closed)
        return .passed
    }

    private mutating func answerAgain(_ segment: TCPSegment, _ events: inout StreamEvents) -> TCPStep {
        if segment.isToServer {
            events.insert(.synackToServer)
            return .refused
        }
        guard segment.acknowledgment == toServer.lastAcknowledgment else {
            events.insert(.synackAgainOtherAck)
            return .refused
        }
        if segment.sequence != toClient.initialSequence {
            let offer = TCPHandshakeOffer(segment)
            if !core.offers.contains(offer) {
                guard core.offers.count < TCPSession.maxOffers.answers else {
                    events.insert(.synackFlood)
                    return .refused
                }
                core.offers.insert(offer, at: 0)
            }
        }
        return .passed
    }

    /// The server acknowledges the client's answer to its own SYN.
    private mutating func splitEnd(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        guard segment.sequence == toClient.next else {
            events.insert(.splitWrongSequence)
            return .refused
        }
        guard core.accepts(acknowledgmentOf: segment, for: toServer, &events) else {
            events.insert(.splitInvalidAck)
            return .refused
        }
        core.note(clockOf: segment, &toClient, &toServer, options, &events)
        toServer.note(acknowledgment: segment.acknowledgment)
        toClient.advance(to: toClient.next &+ segment.length, core.flags)
        toServer.window = segment.window << UInt32(toServer.windowScale)
        toServer.nextWindow = toServer.lastAcknowledgment &+ toServer.window
        core.enter(.established)
        return .taken
    }

    /// The segment after the answer: the end of the handshake, or something after a part of it that was missed.
    private mutating func acknowledged(_ segment: TCPSegment, _ options: SessionOptions, _ events: inout StreamEvents) -> TCPStep {
        var missedTheEnd = false
        if !segment.isToServer, core.flags.isDisjoint(with: [.midstreamSynack, .fastOpen]) {
            if options.inline {
                let fits =
                    segment.length > 0 && segment.acknowledgment == toServer.lastAcknowledgment && segment.sequence == toClient.next
                events.insert(fits ? .dataBeforeAck : .ackInWrongDirection)
                return .refused
            }
            missedTheEnd = true
        }
        let isFromServer = !segment.isToServer
        if segment.isToServer, segment.sequence == toServer.next, segment.acknowledgment == toClient.next {
            core.note(clockOf: segment, &toServer, &toClient, options, &events)
            toClient.note(acknowledgment: segment.acknowledgment)
            toServer.advance(to: toServer.next &+ segment.length, core.flags)
            toClient.window = segment.window << UInt32(toClient.windowScale)
            toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
            if core.flags.contains(.midstream) {
                toServer.window = segment.window << UInt32(toServer.windowScale)
                toServer.nextWindow = toServer.lastAcknowledgment &+ toServer.window
                if !core.flags.contains(.midstreamSynack) { assumeScales() }
            }
        } else if options.asyncOneSide, segment.sequence == toClient.next {
            core.flags.insert(.async)
            toClient.next = toClient.next &+ segment.length
            toClient.lastAcknowledgment = segment.sequence
            toServer.window = segment.window << UInt32(toServer.windowScale)
            toServer.lastAcknowledgment = segment.acknowledgment
            if isFromServer {
                core.note(clockOf: segment, &toClient, &toServer, options, &events)
            } else {
                core.note(clockOf: segment, &toServer, &toClient, options, &events)
            }
            if core.flags.contains(.midstream) {
                toClient.window = segment.window
                toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
                assumeScales()
            }
        } else if segment.sequence == toServer.next {
            core.flags.insert(.evasion)
            events.insert(.rightSequenceWrongAck)
            return .refused
        } else if isFromServer, !options.inline, segment.sequence.isAfter(toServer.next),
            segment.acknowledgment.isAfter(toServer.lastAcknowledgment)
        {
            core.note(clockOf: segment, &toClient, &toServer, options, &events)
            toServer.note(acknowledgment: segment.acknowledgment)
            toClient.next = segment.end
            toServer.window = segment.window << UInt32(toServer.windowScale)
            toServer.nextWindow = toServer.lastAcknowledgment &+ toServer.window
            toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
        } else if segment.isToServer, segment.sequence.isAfter(toServer.next), segment.sequence.isAtMost(toServer.nextWindow),
            segment.acknowledgment == toClient.next
        {
            core.note(clockOf: segment, &toServer, &toClient, options, &events)
            toServer.next = segment.end
            toClient.note(acknowledgment: segment.acknowledgment)
            toClient.window = segment.window << UInt32(toClient.windowScale)
            toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
            if core.flags.contains(.midstream) {
                toServer.window = segment.window
                assumeScales()
            }
        } else if missedTheEnd || core.flags.contains(.fastOpen), segment.acknowledgment == toServer.lastAcknowledgment,
            segment.sequence == toClient.next
        {
            toClient.advance(to: segment.end, core.flags)
            toClient.window = segment.window << UInt32(toClient.windowScale)
            toClient.nextWindow = toClient.lastAcknowledgment &+ toClient.window
        } else {
            events.insert(.handshakeWrongAck)
            return .refused
        }
        core.enter(.established)
        return .taken
    }

    /// Nobody saw how windows are scaled: the widest way is assumed.
    private mutating func assumeScales() {
        toServer.windowScale = TCPSession.largestScale
        toClient.windowScale = TCPSession.largestScale
    }
}

extension TCPHandshakeOffer {
    init(_ segment: TCPSegment) {
        self.init(
            sequence: segment.sequence, acknowledgment: segment.acknowledgment, window: segment.window, clock: segment.clock,
            windowScale: segment.windowScale, allowsSelective: segment.allowsSelective)
    }
}

extension TCPSession.Core {
    /// What a packet in the middle of a connection tells about it.
    fileprivate func takeUp(_ own: inout TCPStream, _ other: inout TCPStream, _ segment: TCPSegment) {
        own.flagsSeen = segment.flags
        own.windowScale = TCPSession.largestScale
        other.windowScale = TCPSession.largestScale
        own.start(segment.sequence &- 1)
        own.next = segment.end &+ (segment.flags.contains(.fin) ? 1 : 0)
        own.window = segment.window << UInt32(own.windowScale)
        own.lastAcknowledgment = segment.sequence
        own.nextWindow = own.lastAcknowledgment &+ own.window
        other.start(segment.acknowledgment &- 1)
        other.lastAcknowledgment = segment.acknowledgment
        other.nextWindow = other.lastAcknowledgment
    }

    fileprivate mutating func begin(clocksOf segment: TCPSegment, _ own: inout TCPStream, _ other: inout TCPStream) {
        guard let clock = segment.clock else { return }
        own.clock = clock
        other.clock = segment.echo
        flags.insert(.clocks)
        own.clockSeconds = segment.seconds
        if own.clock == 0 { own.marks.insert(.zeroClock) }
        if other.clock == 0 { other.marks.insert(.zeroClock) }
    }
}
