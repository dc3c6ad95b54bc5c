import Bytes
import Decode
import Flow
import TestSupport
import Testing

@Suite struct FlowTableTests {
    private func packet(_ builder: PacketBuilder, toServer: Bool = true, seconds: Int64 = 0) -> Packet {
        var packet = Packet()
        let frame = builder.udp([1, 2, 3], toServer: toServer)
        Decoder().decode(
            frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: seconds), number: 1, wireLength: UInt32(frame.count), into: &packet
        )
        return packet
    }

    private func id(_ lookup: FlowLookup) -> FlowID? {
        switch lookup {
        case .found(let id, _), .created(let id), .mustEnd(let id): id
        }
    }

    @Test func bothDirectionsAreOneFlow() {
        var table = FlowTable()
        let builder = PacketBuilder()
        guard case .created(let flow) = table.lookup(packet(builder)) else { return #expect(Bool(false)) }
        guard case .found(let same, .toClient) = table.lookup(packet(builder, toServer: false)) else { return #expect(Bool(false)) }
        #expect(flow == same)
        let count = table.count
        #expect(count == 1)
    }

    @Test func vlansKeepFlowsApart() {
        var table = FlowTable()
        var builder = PacketBuilder()
        builder.vlans = [10]
        let one = id(table.lookup(packet(builder)))
        builder.vlans = [20]
        let other = id(table.lookup(packet(builder)))
        #expect(one != other)
    }

    @Test func silenceEndsAFlow() {
        var table = FlowTable()
        let builder = PacketBuilder()
        guard case .created(let flow) = table.lookup(packet(builder)) else { return #expect(Bool(false)) }
        guard case .mustEnd(let old) = table.lookup(packet(builder, seconds: 31)) else { return #expect(Bool(false)) }
        #expect(old == flow)
        table.remove(old)
        guard case .created(let fresh) = table.lookup(packet(builder, seconds: 31)) else { return #expect(Bool(false)) }
        #expect(fresh.index == flow.index && fresh.generation != flow.generation)
    }

    @Test func aFullTableNamesAVictimAndManyFlowsAreFoundAgain() {
        var table = FlowTable(limit: 5000)
        var builder = PacketBuilder()
        var flows: [UInt16: FlowID] = [:]
        for port in UInt16(1000)..<6000 {
            builder.clientPort = port
            flows[port] = id(table.lookup(packet(builder)))
        }
        builder.clientPort = 7000
        guard case .mustEnd(let victim) = table.lookup(packet(builder)) else { return #expect(Bool(false)) }
        table.remove(victim)
        for (port, flow) in flows where flow != victim {
            builder.clientPort = port
            #expect(id(table.lookup(packet(builder))) == flow)
        }
    }
}
