import Bytes
import Decode
import TestSupport
import Testing

@Suite struct TCPOptionTests {
    @Test func segmentSizeAndWindowScaleAreRead() {
        var frame = PacketBuilder().tcp(0x02, sequence: 1, acknowledgment: 0)
        // Eight bytes of options: MSS 1460, no-operation, window scale 7.
        frame[14 + 20 + 12] = 0x70
        frame[14 + 3] += 8
        frame += [2, 4, 0x05, 0xb4, 1, 3, 3, 7]
        var packet = Packet()
        Decoder().decode(
            frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 0), number: 1, wireLength: UInt32(frame.count), into: &packet)
        #expect(packet.tcpMSS == 1460 && packet.tcpWindowScale == 7)
        #expect(packet.payloadLength == 0 && packet.events.isEmpty)
    }
}
