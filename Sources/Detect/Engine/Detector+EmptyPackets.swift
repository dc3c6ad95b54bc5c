import AppLayer
import Bytes
import Decode
import Flow

/// Packets that have nothing but a header to look at.
extension Detector {
    /// Whether a rule may hold on a segment in the middle of a connection whose payload is empty or passes by, and which brings no news
    /// of its flow. True when in doubt; asked instead of ``begin(_:flow:parser:)`` and what follows it.
    public func mayHoldWithoutPayload(
        _ packet: Packet, _ direction: FlowDirection, isEstablished: Bool, _ proto: AppProtocol
    ) -> Bool {
        if tags.mayConcernPackets || !rules.protocolOnly.isEmpty && !rules.protocolOnly[Int(proto.rawValue)].isEmpty { return true }
        memory.begin()
        let kind = PortViews.Kind(
            traits: PacketTraits(packet, direction, isEstablished: isEstablished), proto: proto, ends: ends(packet))
        var mayHold = false
        views.with(viewPlace(6, direction)) {
            $0.eachForPackets(
                source: packet.sourcePort, destination: packet.destinationPort, kind, size: Int(packet.payloadLength)
            ) { prefilter in
                for rule in prefilter.always where !mayHold && mayHoldOnHeader(Int(rule), packet) { mayHold = true }
            }
        }
        return mayHold
    }

    private func mayHoldOnHeader(_ rule: Int, _ packet: Packet) -> Bool {
        let program = program(rule)
        if program.looksAtPayload { return false }
        for test in program.signature.packetTests where PacketTests.isRefused(test, byHeaderOf: packet) { return false }
        return true
    }
}
