import Bytes
import TestSupport
import Testing

@testable import Decode

/// Which of two fragments that overlap is believed, by the system that they go to.
@Suite struct FragmentPolicyTests {
    /// The text that a datagram's fragments (block of 8 bytes, text) give; the datagram's first block is a UDP header.
    private func read(_ fragments: [(Int, String)], _ policy: HostPolicy) -> String? {
        var hosts = HostPolicies()
        hosts.add(IPPrefix("0.0.0.0/0")!, policy)
        var defragmenter = Defragmenter(hosts: hosts)
        let decoder = Decoder(verifiesChecksums: false)
        let end = fragments.map { $0.0 + $0.1.utf8.count / 8 }.max() ?? 0
        for (block, text) in fragments + [(0, "\u{1}\u{1}\u{1}\u{1}\u{0}\u{0}\u{0}\u{0}")] {
            let more = block + text.utf8.count / 8 < end
            let length = 20 + text.utf8.count
            let header: [UInt8] =
                [
                    0x45, 0, UInt8(length >> 8), UInt8(length & 255), 0, 7, (more ? 0x20 : 0) | UInt8(block >> 8), UInt8(block & 255), 64,
                    17, 0, 0,
                ]
                + [192, 0, 2, 1, 192, 0, 2, 2]
            let frame = [UInt8](repeating: 2, count: 12) + [8, 0] + header + Array(text.utf8)
            var packet = Packet()
            decoder.decode(
                frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1), number: 1, wireLength: UInt32(frame.count), into: &packet)
            if defragmenter.add(packet, in: frame.rawSpan) {
                return String(decoding: defragmenter.rebuilt.dropFirst(14 + 20 + 8), as: UTF8.self)
            }
        }
        return nil
    }

    private let a = "aaaaaaaa"
    private let b = "bbbbbbbb"
    private let c = "cccccccc"

    @Test func aFragmentFromBefore() {
        // Old: blocks 2-3, new: blocks 1-2, and the end.
        let fragments = [(2, a + a), (1, b + b), (4, c)]
        for policy in [HostPolicy.bsd, .linux, .hpux10, .irix] { #expect(read(fragments, policy) == b + b + a + c) }
        for policy in [HostPolicy.first, .windows, .solaris, .macos, .hpux11] { #expect(read(fragments, policy) == b + a + a + c) }
        #expect(read(fragments, .last) == b + b + a + c)
    }

    @Test func aFragmentFromBehind() {
        // Old: blocks 1-2, new: blocks 2-3, and the end.
        let fragments = [(1, a + a), (2, b + b), (4, c)]
        for policy in [HostPolicy.bsd, .linux, .first, .windows, .solaris] { #expect(read(fragments, policy) == a + a + b + c) }
        for policy in [HostPolicy.last, .bsdRight] { #expect(read(fragments, policy) == a + b + b + c) }
    }

    @Test func aFragmentAroundAnother() {
        let fragments = [(2, a), (1, b + b + b), (4, c)]
        for policy in [HostPolicy.bsd, .linux, .windows, .solaris, .last] { #expect(read(fragments, policy) == b + b + b + c) }
        #expect(read(fragments, .first) == b + a + b + c)
    }

    @Test func withoutOverlapAllAgree() {
        for policy in HostPolicy.allCases {
            #expect(read([(3, c), (1, a), (2, b)], policy) == a + b + c)
            #expect(read([(3, c), (1, a)], policy) == nil)
        }
    }
}
