import Bytes
import Decode

/// Segments that a correct sender would not send now, and how the end of a session goes on.
extension TCPReassembler {
    /// More than this ahead of anything seen is outside of any window.
    private static let reach: Int64 = 1 << 20

    func noteOddities(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        let own = direction == .toServer ? sessions[index].toServer : sessions[index].toClient
        let other = direction == .toServer ? sessions[index].toClient : sessions[index].toServer
        let phase = sessions[index].phase
        if packet.tcpFlags.contains(.ack), other.isSeen {
            let acknowledged = other.offset(of: packet.tcpAcknowledgment)
            if acknowledged > other.highest + TCPReassembler.reach || acknowledged < other.acknowledged - TCPReassembler.reach {
                update.events.insert(.invalidAck)
                update.events.insert(TCPReassembler.invalidAck(phase))
            }
        }
        guard own.isSeen, packet.payloadLength > 0 else { return }
        let start = own.offset(of: packet.tcpSequence)
        let end = start + Int64(packet.payloadLength)
        if end <= own.acknowledged {
            update.events.insert(.spuriousRetransmission)
            update.events.insert(.retransmission)
            if phase == .open { update.events.insert(.beforeAck) }
            if phase == .closeWait { update.events.insert(.closeWaitBeforeAck) }
        } else if end <= own.highest {
            update.events.insert(.retransmission)
        }
        if start > own.highest + TCPReassembler.reach { update.events.insert(TCPReassembler.wrongSequence(phase)) }
    }

    private static func invalidAck(_ phase: Phase) -> StreamEvent {
        switch phase {
        case .open, .closed: .establishedInvalidAck
        case .finWait1: .finWait1InvalidAck
        case .finWait2: .finWait2InvalidAck
        case .closing: .closingInvalidAck
        case .closeWait: .closeWaitInvalidAck
        case .lastAck: .lastAckInvalidAck
        case .timeWait: .timeWaitInvalidAck
        }
    }

    private static func wrongSequence(_ phase: Phase) -> StreamEvent {
        switch phase {
        case .open, .closed: .segmentOutOfWindow
        case .finWait1: .finWait1WrongSequence
        case .finWait2: .finWait2WrongSequence
        case .closing: .closingWrongSequence
        case .closeWait: .closeWaitOutOfWindow
        case .lastAck: .lastAckWrongSequence
        case .timeWait: .timeWaitWrongSequence
        }
    }

    /// A FIN: odd ones, and the step that the session takes.
    mutating func noteFin(_ index: Int, _ packet: Packet, _ direction: FlowDirection, _ update: inout StreamUpdate) {
        let own = direction == .toServer ? sessions[index].toServer : sessions[index].toClient
        let start = own.offset(of: packet.tcpSequence)
        if own.isSeen, own.finOffset == nil, start < own.acknowledged || start > own.highest + TCPReassembler.reach {
            update.events.insert(sessions[index].phase == .closeWait ? .closeWaitFinOutOfWindow : .finOutOfWindow)
        }
        switch (sessions[index].phase, direction) {
        case (.open, .toServer): sessions[index].phase = .closeWait
        case (.open, .toClient): sessions[index].phase = .finWait1
        case (.closeWait, .toClient): sessions[index].phase = .lastAck
        case (.finWait1, .toServer):
            sessions[index].phase = isFinAcknowledged(index, .toClient, by: packet) ? .timeWait : .closing
        case (.finWait2, .toServer): sessions[index].phase = .timeWait
        default: break
        }
    }

    private func isFinAcknowledged(_ index: Int, _ direction: FlowDirection, by packet: Packet) -> Bool {
        let stream = direction == .toServer ? sessions[index].toServer : sessions[index].toClient
        guard let fin = stream.finOffset, packet.tcpFlags.contains(.ack) else { return false }
        return stream.offset(of: packet.tcpAcknowledgment) > fin
    }

    /// An acknowledgment may take the end of the session a step further.
    mutating func advanceEnd(_ index: Int, _ packet: Packet, _ direction: FlowDirection) {
        guard sessions[index].phase != .open, !packet.tcpFlags.contains(.fin) else { return }
        switch (sessions[index].phase, direction) {
        case (.finWait1, .toServer): if isFinAcknowledged(index, .toClient, by: packet) { sessions[index].phase = .finWait2 }
        case (.lastAck, .toServer): if isFinAcknowledged(index, .toClient, by: packet) { sessions[index].phase = .closed }
        case (.timeWait, .toClient): sessions[index].phase = .closed
        case (.closing, _): sessions[index].phase = .timeWait
        default: break
        }
    }
}
