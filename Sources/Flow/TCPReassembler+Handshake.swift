import Bytes
import Decode

/// SYNs: the handshake, and what comes again or from the wrong side.
extension TCPReassembler {
    mutating func handshake(
        _ index: Int, _ packet: inout Packet, _ frame: RawSpan, _ direction: FlowDirection, _ update: inout StreamUpdate
    ) {
        // What comes with a SYN inside of a session is in no stream.
        if packet.payloadLength > 0 { packet.flags.insert(.refusedByStream) }
        if packet.tcpFlags.contains(.ack) {
            answer(index, &packet, frame, direction, &update)
        } else {
            again(index, &packet, direction, &update)
        }
    }

    /// A SYN on a session that one began.
    private mutating func again(_ index: Int, _ packet: inout Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        let isSame = packet.tcpSequence == sessions[index].toServer.initialSequence
        switch (sessions[index].state, direction) {
        case (.synSent, .toServer):
            // With another sequence number before the answer, the newer one counts.
            sessions[index].toServer.start(packet.tcpSequence)
        case (.synSent, .toClient):
            sessions[index].isSplit = true
            sessions[index].toClient.start(packet.tcpSequence)
        case (.synReceived, .toServer): if !isSame { update.events.insert(.synAgainOtherSequence) }
        case (.synReceived, .toClient): update.events.insert(.synToClient)
        case (_, .toServer): update.events.insert(isSame ? .establishedSynAgain : .establishedSynOtherSequence)
        case (_, .toClient): update.events.insert(.establishedSynToClient)
        }
    }

    /// A SYN with an acknowledgment.
    private mutating func answer(
        _ index: Int, _ packet: inout Packet, _ frame: RawSpan, _ direction: FlowDirection, _ update: inout StreamUpdate
    ) {
        let odd: StreamEvent?
        switch sessions[index].state {
        case .synSent where sessions[index].isSplit: odd = splitAnswer(index, packet, direction)
        case .synSent: odd = direction == .toServer ? .synackInWrongDirection : accept(index, packet, frame)
        case .synReceived:
            odd =
                direction == .toServer
                ? .synackToServer
                : !acknowledgesSyn(index, packet)
                    ? .synackAgainOtherAck
                    : packet.tcpSequence != sessions[index].toClient.initialSequence ? .synackAgainOtherSequence : nil
        default:
            odd =
                direction == .toServer
                ? .establishedSynackToServer
                : !acknowledgesSyn(index, packet)
                    ? .establishedSynackOtherAck
                    : packet.tcpSequence != sessions[index].toClient.initialSequence
                        ? .establishedSynackOtherSequence : .establishedSynackAgain
        }
        if let odd {
            update.events.insert(odd)
            packet.flags.insert(.refusedByStream)
        }
    }

    /// Whether the server acknowledges the client's SYN, and data that came with it at most (RFC 7413).
    private func acknowledgesSyn(_ index: Int, _ packet: Packet) -> Bool {
        let offset = sessions[index].toServer.offset(of: packet.tcpAcknowledgment)
        return offset >= 0 && offset <= sessions[index].toServer.end
    }

    private mutating func accept(_ index: Int, _ packet: Packet, _ frame: RawSpan) -> StreamEvent? {
        guard acknowledgesSyn(index, packet) else { return .handshakeSynackWrongAck }
        sessions[index].toClient.start(packet.tcpSequence)
        sessions[index].state = .synReceived
        sessions[index].toClient.clock = TCPSegmentOptions.timestamp(packet, in: frame)
        sessions[index].usesTimestamps = sessions[index].toServer.clock != nil && sessions[index].toClient.clock != nil
        return nil
    }

    /// The client answers the server's own SYN.
    private mutating func splitAnswer(_ index: Int, _ packet: Packet, _ direction: FlowDirection) -> StreamEvent? {
        guard direction == .toServer else { return .synackInWrongDirection }
        guard packet.tcpAcknowledgment == sessions[index].toClient.initialSequence &+ 1 else { return .splitWrongAck }
        guard packet.tcpSequence == sessions[index].toServer.initialSequence else { return .splitWrongSyn }
        sessions[index].state = .synReceived
        return nil
    }

    /// Whether the third (or fourth) packet acknowledges what it should.
    func completesHandshake(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) -> Bool {
        let own = direction == .toServer ? sessions[index].toServer : sessions[index].toClient
        let other = direction == .toServer ? sessions[index].toClient : sessions[index].toServer
        let acknowledged = other.offset(of: packet.tcpAcknowledgment)
        let hasRightSequence = own.offset(of: packet.tcpSequence) >= 0
        if acknowledged >= 0, acknowledged <= other.highest {
            if sessions[index].isSplit, !hasRightSequence {
                update.events.insert(.splitWrongSequence)
                return false
            }
            return true
        }
        if sessions[index].isSplit {
            update.events.insert(.splitInvalidAck)
        } else {
            update.events.insert(hasRightSequence ? .rightSequenceWrongAck : .handshakeWrongAck)
        }
        return false
    }

    /// Whether the sender's clock has not gone back (RFC 7323 §5); takes it over from segments in order.
    mutating func acceptsTimestamp(_ index: Int, _ packet: Packet, _ frame: RawSpan, _ direction: FlowDirection) -> Bool {
        if sessions[index].state == .synSent { return direction == .toServer || echoesRightly(index, packet, frame) }
        guard sessions[index].usesTimestamps, !packet.tcpFlags.contains(.syn),
            let clock = TCPSegmentOptions.timestamp(packet, in: frame)
        else { return true }
        if direction == .toServer {
            return TCPReassembler.accepts(clock, packet, &sessions[index].toServer)
        }
        return TCPReassembler.accepts(clock, packet, &sessions[index].toClient)
    }

    /// Whether an answer to a SYN echoes the SYN's clock, or nothing.
    private func echoesRightly(_ index: Int, _ packet: Packet, _ frame: RawSpan) -> Bool {
        guard let echo = TCPSegmentOptions.echo(packet, in: frame), echo != 0 else { return true }
        guard let clock = sessions[index].toServer.clock else { return false }
        return clock == 0 || echo == clock
    }

    private static func accepts(_ clock: UInt32, _ packet: Packet, _ stream: inout TCPStream) -> Bool {
        guard let last = stream.clock else {
            stream.clock = clock
            return true
        }
        if last != 0 {
            // One tick back is within what systems do.
            guard clock != 0, Int32(bitPattern: clock &- last) >= -1 else { return false }
        }
        if clock != 0, stream.offset(of: packet.tcpSequence) == stream.highest { stream.clock = clock }
        return true
    }
}
