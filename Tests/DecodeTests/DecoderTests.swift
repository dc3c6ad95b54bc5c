import Bytes
import Decode
import TestSupport
import Testing

@Suite struct DecoderTests {
    private func decode(_ frame: [UInt8], _ link: LinkType = .ethernet, checksums: Bool = true) -> Packet {
        var packet = Packet()
        Decoder(verifiesChecksums: checksums).decode(
            frame.rawSpan, linkType: link, time: Timestamp(microseconds: 0), number: 1, wireLength: UInt32(frame.count), into: &packet)
        return packet
    }

    @Test func tcpOverEthernetWithTags() {
        var builder = PacketBuilder()
        builder.vlans = [100, 7]
        let packet = decode(builder.tcp(0x18, sequence: 7, acknowledgment: 9, Array("data".utf8)))
        #expect(packet.vlanCount == 2 && packet.vlan[0] == 100 && packet.vlan[1] == 7)
        #expect(packet.transport == .tcp && packet.tcpSequence == 7 && packet.tcpAcknowledgment == 9)
        #expect(packet.sourcePort == 40_000 && packet.destinationPort == 80)
        #expect(packet.payloadLength == 4 && packet.events.isEmpty)
        #expect(!packet.flags.contains(.badTransportChecksum) && !packet.flags.contains(.badIPChecksum))
    }

    @Test func ipv6AndItsExtensionHeaders() {
        var builder = PacketBuilder()
        builder.client = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        builder.server = [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [2]
        var frame = builder.udp([1, 2, 3, 4])
        #expect(decode(frame).transport == .udp)
        #expect(!decode(frame).flags.contains(.badTransportChecksum))
        // A hop-by-hop header in front of UDP.
        frame[14 + 6] = 0
        frame[14 + 5] += 8
        frame.insert(contentsOf: [17, 0, 1, 4, 0, 0, 0, 0], at: 14 + 40)
        let packet = decode(frame)
        #expect(packet.transport == .udp && packet.payloadLength == 4 && packet.ipHeaderLength == 48)
    }

    @Test func otherLinkTypes() {
        let ip = Array(PacketBuilder().udp([1]).dropFirst(14))
        #expect(decode(ip, .raw).transport == .udp)
        #expect(decode([2, 0, 0, 0] + ip, .null).transport == .udp)
        #expect(decode([UInt8](repeating: 0, count: 14) + [8, 0] + ip, .linuxCooked).transport == .udp)
        #expect(decode([8, 0] + [UInt8](repeating: 0, count: 18) + ip, .linuxCooked2).transport == .udp)
        #expect(decode([0xff, 3, 0, 0x21] + ip, .ppp).transport == .udp)
        #expect(decode([0x0f, 0, 8, 0] + ip, .ciscoHDLC).transport == .udp)
        let pppoe: [UInt8] = [UInt8](repeating: 0, count: 12) + [0x88, 0x64, 0x11, 0, 0, 1, 0, UInt8(ip.count + 2), 0, 0x21]
        #expect(decode(pppoe + ip).transport == .udp)
    }

    @Test func packetsInsideGeneveAndVXLAN() {
        let inside = PacketBuilder().udp([1, 2, 3])
        func carried(by header: [UInt8], port: UInt16) -> Packet? {
            var builder = PacketBuilder()
            builder.serverPort = port
            let frame = builder.udp(header + inside)
            let outer = decode(frame)
            var inner = Packet()
            let found = Decoder(verifiesChecksums: true).decodeInner(of: outer, in: frame.rawSpan, into: &inner)
            return found ? inner : nil
        }
        let geneve: [UInt8] = [0x02, 0, 0x65, 0x58, 0, 0, 1, 0] + [UInt8](repeating: 0xaa, count: 8)
        #expect(carried(by: geneve, port: 6081)?.payloadLength == 3)
        // Version 1 is not known, and options that reach beyond the packet leave nothing to decode.
        #expect(carried(by: [0x42] + geneve.dropFirst(), port: 6081) == nil)
        #expect(carried(by: [0x3f] + geneve.dropFirst(), port: 6081) == nil)
        #expect(carried(by: [8, 0, 0, 0, 0, 0, 1, 0], port: 4789)?.payloadLength == 3)
        #expect(carried(by: [8, 0, 0, 0, 0, 0, 1, 0], port: 4790) == nil)
    }

    @Test func wrongChecksumsAreSeenOnlyWhenLookedFor() {
        var frame = PacketBuilder().udp([1, 2, 3, 4])
        frame[frame.count - 1] ^= 0xff
        #expect(decode(frame).flags.contains(.badTransportChecksum))
        #expect(!decode(frame, checksums: false).flags.contains(.badTransportChecksum))
    }

    @Test func nothingTrapsOnCutOrDamagedFrames() {
        var generator = SeededGenerator(seed: 3)
        var builder = PacketBuilder()
        builder.vlans = [5]
        let samples = [builder.tcp(0x12, sequence: 1, acknowledgment: 2, [1, 2, 3]), builder.udp([4, 5, 6]), PacketBuilder().udp([7])]
        var decoded = 0
        for sample in samples {
            for count in 0...sample.count {
                if decode(Array(sample[0..<count])).transport != .none { decoded += 1 }
            }
            for _ in 0..<3000 {
                var damaged = sample
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
                for link in [LinkType.ethernet, .raw, .null, .linuxCooked, .linuxCooked2, .ppp, .ciscoHDLC] {
                    let packet = decode(damaged, link)
                    #expect(packet.payloadLength >= 0 && packet.payloadRange.upperBound <= damaged.count)
                }
            }
        }
        #expect(decoded >= samples.count)
    }

    /// An IPv4 packet with a UDP datagram of 208 bytes, and its fragments.
    private struct Fragments {
        let whole = Array(PacketBuilder().udp(Array(0..<200)).dropFirst(14))
        var payload: [UInt8] { Array(whole[20...]) }

        func callAsFunction(_ range: Range<Int>, more: Bool) -> [UInt8] {
            var header = Array(whole[0..<20])
            let length = 20 + range.count
            header[2] = UInt8(length >> 8)
            header[3] = UInt8(length & 255)
            let word = UInt16(range.lowerBound / 8) | (more ? 0x2000 : 0)
            header[6] = UInt8(word >> 8)
            header[7] = UInt8(word & 255)
            return header + payload[range]
        }
    }

    @Test(arguments: HostPolicy.allCases)
    func aFragmentBehindTheLastOneIsLeftOut(policy: HostPolicy) throws {
        let fragment = Fragments()
        var hosts = HostPolicies()
        hosts.add(try #require(IPPrefix("0.0.0.0/0")), policy)
        var defragmenter = Defragmenter(hosts: hosts)
        let pieces = [fragment(160..<208, more: true), fragment(0..<80, more: true), fragment(80..<144, more: false)]
        var results: [Bool] = []
        for piece in pieces { results.append(defragmenter.add(decode(piece, .raw), in: piece.rawSpan)) }
        #expect(results == [false, false, true])
        let rebuilt = defragmenter.rebuilt
        #expect(Array(rebuilt.dropFirst(20)) == Array(fragment.payload[..<144]))
    }

    @Test func fragmentsArePutTogetherInAnyOrder() {
        let fragment = Fragments()
        let payload = fragment.payload
        let pieces = [fragment(0..<80, more: true), fragment(80..<160, more: true), fragment(160..<208, more: false)]
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            var defragmenter = Defragmenter()
            var results: [Bool] = []
            for index in order {
                let piece = pieces[index]
                results.append(defragmenter.add(decode(piece, .raw), in: piece.rawSpan))
            }
            #expect(results == [false, false, true])
            let rebuilt = defragmenter.rebuilt
            #expect(Array(rebuilt[20...]) == payload)
            #expect(decode(rebuilt, .raw).payloadLength == 200)
        }
    }
}
