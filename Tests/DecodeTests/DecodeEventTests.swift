import Bytes
import TestSupport
import Testing

@testable import Decode

/// Headers that no correct sender writes, and the event that each raises.
@Suite struct DecodeEventTests {
    private func events(_ frame: [UInt8], _ link: LinkType = .ethernet) -> Set<String> {
        var packet = Packet()
        Decoder().decode(
            frame.rawSpan, linkType: link, time: Timestamp(microseconds: 0), number: 1, wireLength: UInt32(frame.count), into: &packet)
        var inner = Packet()
        var found = Set(DecodeEvent.allCases.filter { packet.events.contains($0) }.map(\.name))
        if Decoder().decodeInner(of: packet, in: frame.rawSpan, into: &inner) {
            found.formUnion(DecodeEvent.allCases.filter { inner.events.contains($0) }.map(\.name))
        }
        return found
    }

    private func decodeOnly(_ frame: [UInt8]) {
        var packet = Packet()
        Decoder().decode(
            frame.rawSpan, linkType: .ethernet, time: Timestamp(microseconds: 0), number: 1, wireLength: UInt32(frame.count), into: &packet)
        var inner = Packet()
        _ = Decoder().decodeInner(of: packet, in: frame.rawSpan, into: &inner)
    }

    private func ethernet(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 2, count: 12) + [UInt8(type >> 8), UInt8(type & 255)] + payload
    }

    private func ipv4(_ proto: UInt8, _ payload: [UInt8], options: [UInt8] = []) -> [UInt8] {
        let length = 20 + options.count + payload.count
        return [
            0x40 | UInt8(5 + options.count / 4), 0, UInt8(length >> 8), UInt8(length & 255), 0, 1, 0, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10,
            0, 0, 2,
        ]
            + options + payload
    }

    private func ipv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0x60, 0, 0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 255), next, 64] + [UInt8](repeating: 1, count: 32) + payload
    }

    private let udp: [UInt8] = [3, 232, 7, 208, 0, 10, 0, 0, 1, 2]

    @Test func namesAndCasesAgree() {
        #expect(DecodeEvent.names.count == DecodeEvent.allCases.count)
        #expect(Set(DecodeEvent.names).count == DecodeEvent.names.count)
        for event in DecodeEvent.allCases { #expect(DecodeEvent.named(event.name) == event) }
        #expect(DecodeEvent.allCases.count <= 192)
    }

    @Test func correctHeadersRaiseNone() {
        #expect(events(ethernet(0x0800, ipv4(17, udp))).isEmpty)
        #expect(events(ethernet(0x86dd, ipv6(17, udp))).isEmpty)
        #expect(events(ethernet(0x8847, [0, 1, 1, 64] + ipv4(17, udp))).isEmpty)
        #expect(events(ethernet(0x894f, [0, 6, 1, 1] + [UInt8](repeating: 0, count: 20) + ipv4(17, udp))).isEmpty)
    }

    @Test(arguments: [
        ("ethernet.unknown_ethertype", UInt16(0xfbb7), [UInt8](repeating: 0, count: 20)),
        ("vlan.unknown_type", 0x8100, [0, 5, 0x12, 0x34, 1, 2]),
        ("vntag.header_too_small", 0x8926, [0, 5]),
        ("vntag.unknown_type", 0x8926, [0, 0, 0, 0, 0x12, 0x34, 1]),
        ("ieee8021ah.header_too_small", 0x88e7, [0, 5]),
        ("dce.pkt_too_small", 0x8903, [0, 5]),
        ("mpls.header_too_small", 0x8847, [0, 1, 0]),
        ("mpls.bad_label_router_alert", 0x8847, [0, 0, 0x11, 64]),
        ("mpls.bad_label_implicit_null", 0x8847, [0, 0, 0x31, 64]),
        ("mpls.bad_label_reserved", 0x8847, [0, 0, 0x51, 64]),
        ("mpls.unknown_payload_type", 0x8847, [0, 1, 1, 64, 0x70, 0, 0, 0]),
        ("nsh.unsupported_version", 0x894f, [0x40, 6, 1, 1, 0, 0, 0, 0]),
        ("nsh.bad_header_length", 0x894f, [0, 2, 1, 1, 0, 0, 0, 0]),
        ("pppoe.wrong_code", 0x8863, [0x11, 3, 0, 0, 0, 0]),
        ("pppoe.malformed_tags", 0x8863, [0x11, 9, 0, 0, 0, 9, 1]),
        ("ppp.unsup_proto", 0x8864, [0x11, 0, 0, 1, 0, 4, 0, 0x2b, 1, 2]),
        ("ppp.wrong_type", 0x8864, [0x11, 0, 0, 1, 0, 4, 0x12, 0x34, 1, 2]),
    ])
    func linkLayers(_ name: String, _ type: UInt16, _ payload: [UInt8]) { #expect(events(ethernet(type, payload)) == [name]) }

    @Test(arguments: [
        ("gre.pkt_too_small", UInt8(47), [UInt8](arrayLiteral: 0, 0)),
        ("gre.wrong_version", 47, [0, 2, 8, 0]),
        ("gre.version0_recur", 47, [1, 0, 8, 0]),
        ("gre.version0_flags", 47, [0, 8, 8, 0]),
        ("gre.version0_hdr_too_big", 47, [0x30, 0, 8, 0, 1]),
        ("gre.version0_malformed_sre_hdr", 47, [0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 9]),
        ("gre.version1_no_key", 47, [0, 1, 0x88, 0x0b, 0, 0, 0, 0]),
        ("gre.version1_wrong_protocol", 47, [0x20, 1, 8, 0, 0, 0, 0, 0]),
        ("esp.pkt_too_small", 50, [1, 2, 3]),
        ("ipv4.icmpv6", 58, [128, 0, 0, 0, 0, 0, 0, 0]),
        ("udp.hlen_too_small", 17, [0, 1, 0, 2]),
        ("udp.pkt_too_small", 17, [0, 1, 0, 2, 0, 20, 0, 0]),
        ("udp.len_invalid", 17, [0, 1, 0, 2, 0, 4, 0, 0]),
        ("icmpv4.unknown_type", 1, [200, 0, 0, 0, 0, 0, 0, 0]),
        ("icmpv4.unknown_code", 1, [8, 3, 0, 0, 0, 0, 0, 0]),
        ("icmpv4.ipv4_trunc_pkt", 1, [3, 1, 0, 0, 0, 0, 0, 0, 0x45]),
        ("icmpv4.ipv4_unknown_ver", 1, [3, 1, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0x61, count: 20)),
    ])
    func insideIPv4(_ name: String, _ proto: UInt8, _ payload: [UInt8]) {
        #expect(events(ethernet(0x0800, ipv4(proto, payload))) == [name])
    }

    @Test func ipv4Options() {
        func found(_ options: [UInt8]) -> Set<String> { events(ethernet(0x0800, ipv4(17, udp, options: options))) }
        #expect(found([7, 7, 4, 0, 0, 0, 0, 0]).isEmpty)
        #expect(found([148, 4, 0, 0]) == ["ipv4.opt_pad_required"])
        #expect(found([148, 4, 0, 0, 148, 4, 0, 0]) == ["ipv4.opt_duplicate"])
        #expect(found([7, 7, 5, 0, 0, 0, 0, 0]) == ["ipv4.opt_malformed"])
        #expect(found([7, 20, 4, 0, 0, 0, 0, 0]) == ["ipv4.opt_invalid_len"])
        #expect(found([151, 8, 0, 0, 0, 0, 0, 0]) == ["ipv4.opt_invalid"])
    }

    @Test func ipv6ExtensionHeaders() {
        func found(_ first: UInt8, _ headers: [UInt8]) -> Set<String> { events(ethernet(0x86dd, ipv6(first, headers))) }
        #expect(found(0, [17, 0, 5, 2, 0, 0, 0, 0] + udp).isEmpty)
        #expect(found(0, [17, 0, 1, 4, 0, 0, 0, 0] + udp) == ["ipv6.hopopts_only_padding"])
        #expect(found(0, [17, 0, 1, 9, 0, 0, 0, 0] + udp) == ["ipv6.exthdr_invalid_optlen"])
        #expect(found(60, [17, 0, 0x3e, 4, 0, 0, 0, 0] + udp) == ["ipv6.dstopts_unknown_opt"])
        #expect(found(43, [17, 0, 0, 0, 0, 0, 0, 0] + udp) == ["ipv6.rh_type_0"])
        #expect(found(43, [43, 0, 2, 0, 0, 0, 0, 0, 17, 0, 2, 0, 0, 0, 0, 0] + udp) == ["ipv6.exthdr_dupl_rh"])
        #expect(found(59, [1, 2]) == ["ipv6.data_after_none_header"])
        #expect(found(89, [1, 2, 3, 4]) == ["ipv6.unknown_next_header"])
        #expect(found(1, [8, 0, 0, 0]) == ["ipv6.icmpv4"])
        #expect(found(4, [0x45, 0]) == ["ipv6.ipv4_in_ipv6_too_small"])
        #expect(found(58, [100, 0, 0, 0, 0, 0, 0, 0]) == ["icmpv6.experimentation_type"])
        #expect(found(58, [130, 0, 0, 0, 0, 0, 0, 0]) == ["icmpv6.mld_message_with_invalid_hl"])
    }

    @Test func noHeaderMakesTheDecoderTrap() {
        var random = SeededGenerator(seed: 21)
        let seeds: [[UInt8]] = [
            ethernet(0x0800, ipv4(47, [0x30, 1, 0x88, 0x0b] + [UInt8](repeating: 7, count: 12) + [0xff, 3, 0, 0x21] + ipv4(17, udp))),
            ethernet(0x0800, ipv4(47, [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 23, 0, 0, 0, 0, 0, 0] + ethernet(0x0800, ipv4(17, udp)))),
            ethernet(0x86dd, ipv6(0, [60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 5, 2, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 1] + udp)),
            ethernet(0x8926, [0, 0, 0, 0, 0x88, 0xe7] + [UInt8](repeating: 0, count: 16) + [0x89, 3] + [UInt8](repeating: 0, count: 16)),
        ]
        for seed in seeds {
            for count in 0...seed.count { decodeOnly(Array(seed.prefix(count))) }
            for _ in 0..<2000 {
                var frame = seed
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    frame[Int.random(in: 0..<frame.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                decodeOnly(frame)
            }
        }
    }
}
