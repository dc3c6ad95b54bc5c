import Bytes
import Testing

@testable import Decode

@Suite struct ARPTests {
    private static let message: [UInt8] =
        [0, 1, 8, 0, 6, 4, 0, 1, 0xbc, 3, 0x58, 0x5a, 0xd5, 0xca, 192, 168, 1, 28, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1]

    private func decode(_ message: [UInt8]) -> Packet {
        let frame = [UInt8](repeating: 0xff, count: 12) + [8, 6] + message
        var packet = Packet()
        Decoder(verifiesChecksums: false).decode(
            frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1), number: 1, wireLength: UInt32(frame.count), into: &packet)
        return packet
    }

    @Test func addresses() throws {
        let bytes = Self.message
        let decoded = ARPMessage(bytes.rawSpan)
        let message = try #require(decoded)
        #expect(message.operation == 1)
        #expect(message.sourceHardware == 0xbc03_585a_d5ca)
        #expect(message.target == IPAddress(v4: 0x0a00_0001))
        let packet = decode(bytes)
        #expect(packet.etherType == ARPMessage.etherType && packet.events.isEmpty && !packet.flags.contains(.invalid))
    }

    @Test(arguments: [
        (1, UInt8(6), DecodeEvent.arpUnsupportedHardware), (2, 9, .arpUnsupportedProtocol), (4, 8, .arpInvalidHardwareSize),
        (5, 16, .arpInvalidProtocolSize), (7, 9, .arpUnsupportedOpcode),
    ])
    func oddMessages(place: Int, value: UInt8, event: DecodeEvent) {
        var bytes = Self.message
        bytes[place] = value
        #expect(decode(bytes).events.contains(event))
    }

    @Test func shortMessages() {
        #expect(decode(Array(Self.message.prefix(7))).events.contains(.arpPacketTooSmall))
        #expect(decode(Array(Self.message.prefix(27))).events.contains(.arpUnsupportedPacket))
    }
}
