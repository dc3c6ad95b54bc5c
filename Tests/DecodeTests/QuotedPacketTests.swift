import Bytes
import TestSupport
import Testing

@testable import Decode

@Suite struct QuotedPacketTests {
    /// An unreachable message from a router about a datagram 10.0.0.1:4000 -> 10.0.0.2:53.
    private func message(type: UInt8 = 3, quoting: [UInt8]? = nil) -> [UInt8] {
        let quote: [UInt8] =
            quoting
            ?? [0x45, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x0f, 0xa0, 0, 53, 0, 40, 0, 0]
        let body: [UInt8] = [type, 1, 0, 0, 0, 0, 0, 0] + quote
        let header: [UInt8] = [0x45, 0, 0, UInt8(20 + body.count), 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 10, 0, 0, 1]
        return header + body
    }

    private func decode(_ bytes: [UInt8]) -> Packet {
        var packet = Packet()
        var decoder = Decoder()
        decoder.verifiesChecksums = false
        decoder.decode(
            bytes.rawSpan, linkType: .raw, time: Timestamp(seconds: 0), number: 1, wireLength: UInt32(bytes.count), into: &packet)
        return packet
    }

    private func quoted(_ bytes: [UInt8]) -> Packet? { decode(bytes).quoted(in: bytes.rawSpan) }

    @Test func anUnreachableMessageNamesTheFlowThatItIsAbout() throws {
        let inner = try #require(quoted(message()))
        #expect(inner.source == IPAddress(v4: 0x0a00_0001) && inner.destination == IPAddress(v4: 0x0a00_0002))
        #expect(inner.sourcePort == 4000 && inner.destinationPort == 53)
        #expect(inner.transport == .udp && inner.ipProtocol == 17)
    }

    @Test func otherMessagesAndShortQuotationsNameNone() {
        #expect(quoted(message(type: 11)) == nil)
        let whole = message()
        for count in 0..<whole.count - 4 {
            #expect(quoted(Array(whole.prefix(count))) == nil)
        }
        let options = message(quoting: [0x4f, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x0f, 0xa0, 0, 53, 0, 40, 0, 0])
        #expect(quoted(options) == nil)
    }
}
