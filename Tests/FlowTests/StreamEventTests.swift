import Bytes
import Decode
import TestSupport
import Testing

@testable import Flow

/// What the reassembler finds odd, packet by packet.
@Suite struct StreamEventTests {
    private let builder = PacketBuilder()
    private let syn: UInt8 = 0x02
    private let synack: UInt8 = 0x12
    private let ack: UInt8 = 0x10
    private let push: UInt8 = 0x18

    /// The events of each packet, sorted by name.
    private func events(_ frames: [(bytes: [UInt8], toServer: Bool)]) -> [[String]] {
        let decoder = Decoder(verifiesChecksums: false)
        var options = TCPOptions()
        options.depth = 100
        let tcp = TCPReassembler(options: options)
        var session = UInt32.max
        var result: [[String]] = []
        for (index, frame) in frames.enumerated() {
            var packet = Packet()
            let bytes = frame.bytes
            decoder.decode(
                bytes.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1_700_000_000), number: UInt64(index + 1),
                wireLength: UInt32(bytes.count), into: &packet)
            let update = tcp.process(&packet, in: bytes.rawSpan, session: &session, direction: frame.toServer ? .toServer : .toClient)
            result.append(StreamEvent.names.filter { StreamEvent.named($0).map(update.events.contains) ?? false })
        }
        return result
    }

    private var handshake: [(bytes: [UInt8], toServer: Bool)] {
        [
            (builder.tcp(syn, sequence: 100, acknowledgment: 0), true),
            (builder.tcp(synack, sequence: 500, acknowledgment: 101, toServer: false), false),
            (builder.tcp(ack, sequence: 101, acknowledgment: 501), true),
        ]
    }

    @Test func aCleanConnectionHasNone() {
        let data = (builder.tcp(push, sequence: 101, acknowledgment: 501, [1, 2, 3]), true)
        #expect(events(handshake + [data]).joined().isEmpty)
    }

    @Test func handshakes() {
        #expect(
            events([handshake[0], (builder.tcp(synack, sequence: 500, acknowledgment: 999, toServer: false), false)]).last
                == ["3whs_synack_with_wrong_ack"])
        #expect(
            events([handshake[0], handshake[1], (builder.tcp(synack, sequence: 600, acknowledgment: 101, toServer: false), false)]).last
                == [])
        #expect(
            events([handshake[0], handshake[1], (builder.tcp(ack, sequence: 101, acknowledgment: 9999), true)]).last
                == ["3whs_right_seq_wrong_ack_evasion"])
        #expect(events(handshake + [handshake[0]]).last == ["est_syn_resend"])
        #expect(events(handshake + [(builder.tcp(syn | 1, sequence: 101, acknowledgment: 0), true)]).last == ["fin_syn"])
        #expect(events([(builder.tcp(0x11, sequence: 1, acknowledgment: 1), true)]).last == ["fin_but_no_session"])
        #expect(events([(builder.tcp(0x04, sequence: 1, acknowledgment: 0), true)]).last == ["rst_but_no_session"])
    }

    @Test func theSplitHandshakeIsOne() {
        let frames: [(bytes: [UInt8], toServer: Bool)] = [
            handshake[0], (builder.tcp(syn, sequence: 500, acknowledgment: 0, toServer: false), false),
            (builder.tcp(synack, sequence: 100, acknowledgment: 501), true),
            (builder.tcp(ack, sequence: 501, acknowledgment: 101, toServer: false), false),
            (builder.tcp(push, sequence: 101, acknowledgment: 501, [1]), true),
        ]
        #expect(events(frames).joined().isEmpty)
    }

    @Test func data() {
        let first = (builder.tcp(push, sequence: 101, acknowledgment: 501, Array(repeating: 7, count: 60)), true)
        let answer = (builder.tcp(ack, sequence: 501, acknowledgment: 161, toServer: false), false)
        let second = (builder.tcp(push, sequence: 161, acknowledgment: 501, Array(repeating: 7, count: 60)), true)
        #expect(events(handshake + [first, first]).last == [])
        #expect(
            events(handshake + [first, answer, first]).last
                == ["pkt_spurious_retransmission"])
        #expect(
            events(handshake + [first, answer, (builder.tcp(push, sequence: 101, acknowledgment: 501, [7, 7]), true)]).last
                == ["est_pkt_before_last_ack", "pkt_spurious_retransmission"])
        #expect(events(handshake + [first, second, second])[4] == ["reassembly_depth_reached"])
    }

    @Test func theEndOfAConnection() {
        let fin: UInt8 = 0x11
        let last = [
            (builder.tcp(fin, sequence: 101, acknowledgment: 501), true),
            (builder.tcp(fin, sequence: 501, acknowledgment: 102, toServer: false), false),
        ]
        #expect(events(handshake + last + [(builder.tcp(ack, sequence: 102, acknowledgment: 502), true)]).joined().isEmpty)
        #expect(
            events(handshake + last + [(builder.tcp(ack, sequence: 140, acknowledgment: 502), true)]).last == ["lastack_ack_wrong_seq"])
        #expect(events(handshake + [last[0], handshake[0]]).last == ["shutdown_syn_resend"])
        #expect(
            events(handshake + [(builder.tcp(fin, sequence: 1, acknowledgment: 501), true)]).last == ["fin_out_of_window"])
        #expect(
            events(handshake + [(builder.tcp(fin, sequence: 101, acknowledgment: 90_000_501), true)]).last
                == ["fin_invalid_ack", "pkt_invalid_ack"])
    }

    @Test func resetsMustFit() {
        #expect(events(handshake + [(builder.tcp(0x04, sequence: 300, acknowledgment: 0), true)]).last == [])
        #expect(
            events(handshake + [(builder.tcp(0x14, sequence: 101, acknowledgment: 90_000_501), true)]).last
                == ["rst_invalid_ack", "pkt_invalid_ack"])
        #expect(events(handshake + [(builder.tcp(0x04, sequence: 101, acknowledgment: 0, [1]), true)]).last == ["rst_with_data"])
    }

    @Test func allNamesDiffer() {
        #expect(Set(StreamEvent.names).count == StreamEvent.names.count)
        #expect(StreamEvent.names.count <= 128)
        #expect(StreamEvent.named("est_synack_resend_with_diff_ack") != nil)
    }
}
