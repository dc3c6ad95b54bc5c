import AppLayer
import Bytes
import Decode
import Detect
import Flow

/// Packets of TCP connections that bring nothing: bare acknowledgements, and what is encrypted.
extension Worker {
    /// Whether rules, logs and files would be no other without the packet at hand. Asked before they are, for they cost most of a packet.
    ///
    /// Its session has taken it and made nothing of it. What is asked here is all that may change without bytes: a packet's header, the
    /// first packet of a direction, bytes that the other direction's acknowledgement has made readable, a transaction that this direction's
    /// rules have not seen.
    func changesNothing(_ flow: FlowID, _ session: UInt32, _ direction: FlowDirection) -> Bool {
        guard packet.payloadLength == 0 || packet.flags.contains(.payloadPassesBy), packet.tcpFlags.subtracting(.psh) == .ack,
            packet.events.isEmpty, !packet.flags.contains(.refusedByStream), frameSelection.isEmpty, let detector
        else { return false }
        guard !hasNews(flow, direction), flows[flow].packets(direction) > 1, hasNoRawBytes(flow, session, direction) else { return false }
        return !detector.mayHoldWithoutPayload(
            packet, direction, isEstablished: tcp.isEstablished(session), self.session(flow)?.spokenProtocol ?? .unknown)
    }

    /// Whether rules and logs have to look at the transactions with a packet of this direction: its parser was shown something since they
    /// last did, or another one took over.
    func hasNews(_ flow: FlowID, _ direction: FlowDirection) -> Bool {
        let news: FlowFlags = direction == .toServer ? [.hasNewsToServer, .upgraded] : [.hasNewsToClient, .upgraded]
        return !flows[flow].flags.isDisjoint(with: news)
    }

    private func hasNoRawBytes(_ flow: FlowID, _ session: UInt32, _ direction: FlowDirection) -> Bool {
        switch tcp.next(session, direction, .raw) {
        case .none: true
        case .gap: false
        case .data(_, let count):
            !isRawDue(session, direction, count) && !tcp.isBeforeGap(session, direction)
                && self.session(flow)?.hasEndOfMessage(direction) != true
        }
    }
}
