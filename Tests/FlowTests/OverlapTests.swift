import Bytes
import Decode
import TestSupport
import Testing

@testable import Flow

/// Whose bytes stay where segments lie over each other.
@Suite struct OverlapTests {
    private let builder = PacketBuilder()

    /// What the server reads of `segments` (place after the SYN, bytes), acknowledged all at once.
    private func read(_ segments: [(Int, String)], policy: HostPolicy, inline: Bool = false) -> String {
        var options = TCPOptions()
        options.hosts.add(IPPrefix("0.0.0.0/0")!, policy)
        options.inline = inline
        let tcp = TCPReassembler(options: options)
        var session = UInt32.max
        let end = segments.map { $0.0 + $0.1.utf8.count }.max() ?? 0
        var frames: [(bytes: [UInt8], direction: FlowDirection)] = [
            (builder.tcp(0x02, sequence: 100, acknowledgment: 0), .toServer),
            (builder.tcp(0x12, sequence: 500, acknowledgment: 101, toServer: false), .toClient),
            (builder.tcp(0x10, sequence: 101, acknowledgment: 501), .toServer),
        ]
        for (place, text) in segments {
            frames.append((builder.tcp(0x18, sequence: 101 + UInt32(place), acknowledgment: 501, Array(text.utf8)), .toServer))
        }
        frames.append((builder.tcp(0x10, sequence: 501, acknowledgment: 101 + UInt32(end), toServer: false), .toClient))
        let decoder = Decoder(verifiesChecksums: false)
        var packet = Packet()
        for frame in frames {
            let bytes = frame.bytes
            decoder.decode(
                bytes.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1), number: 1, wireLength: UInt32(bytes.count), into: &packet)
            _ = tcp.process(&packet, in: bytes.rawSpan, session: &session, direction: frame.direction)
        }
        guard case .data(let offset, let count) = tcp.next(session, .toServer, .application) else { return "" }
        let window = tcp.window(session, .toServer)
        let text = window.view(from: tcp.position(session, .toServer, of: offset), count: count).copied()
        tcp.close(session)
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: HostPolicy.allCases) func sameSegmentAgain(policy: HostPolicy) {
        let takesNew: Set<HostPolicy> = [.last, .oldLinux, .solaris, .oldSolaris, .hpux11]
        #expect(read([(0, "abcd"), (0, "WXYZ")], policy: policy) == (takesNew.contains(policy) ? "WXYZ" : "abcd"))
    }

    @Test(arguments: HostPolicy.allCases) func aSegmentFromBefore(policy: HostPolicy) {
        let keepsOld: Set<HostPolicy> = [.first, .vista, .solaris, .oldSolaris, .hpux11]
        #expect(read([(2, "cdef"), (0, "WXYZ")], policy: policy) == (keepsOld.contains(policy) ? "WXcdef" : "WXYZef"))
    }

    @Test(arguments: HostPolicy.allCases) func aSegmentFromBeforeToTheSameEnd(policy: HostPolicy) {
        #expect(read([(2, "cd"), (0, "WXYZ")], policy: policy) == (policy == .first || policy == .vista ? "WXcd" : "WXYZ"))
    }

    @Test(arguments: HostPolicy.allCases) func aLongerSegmentFromTheSamePlace(policy: HostPolicy) {
        let takesNew: Set<HostPolicy> = [.last, .linux, .oldLinux, .solaris, .oldSolaris, .hpux11]
        #expect(read([(0, "ab"), (0, "WXYZ")], policy: policy) == (takesNew.contains(policy) ? "WXYZ" : "abYZ"))
    }

    @Test func inlineKeepsWhatWasLetThrough() {
        for policy in HostPolicy.allCases {
            #expect(read([(0, "abcd"), (0, "WXYZ"), (2, "12345")], policy: policy, inline: true) == "abcd345")
        }
    }

    @Test func urgentBytesAreInNoStream() {
        func read(_ policy: UrgentPolicy) -> (String, UInt32) {
            var options = TCPOptions()
            options.urgent = policy
            options.inline = true
            let tcp = TCPReassembler(options: options)
            var session = UInt32.max
            var urgent = builder.tcp(0x38, sequence: 104, acknowledgment: 501, Array("dX".utf8))
            urgent[urgent.count - 3] = 2
            let frames = [
                builder.tcp(0x02, sequence: 100, acknowledgment: 0), builder.tcp(0x12, sequence: 500, acknowledgment: 101, toServer: false),
                builder.tcp(0x10, sequence: 101, acknowledgment: 501),
                builder.tcp(0x18, sequence: 101, acknowledgment: 501, Array("abc".utf8)),
                urgent, builder.tcp(0x18, sequence: 106, acknowledgment: 501, Array("ef".utf8)),
            ]
            let decoder = Decoder(verifiesChecksums: false)
            var packet = Packet()
            for (index, bytes) in frames.enumerated() {
                decoder.decode(
                    bytes.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1), number: 1, wireLength: UInt32(bytes.count),
                    into: &packet)
                _ = tcp.process(&packet, in: bytes.rawSpan, session: &session, direction: index == 1 ? .toClient : .toServer)
            }
            let count = tcp.urgentBytes(session, .toServer)
            guard case .data(let offset, let size) = tcp.next(session, .toServer, .application) else { return ("", count) }
            let window = tcp.window(session, .toServer)
            let text = window.view(from: tcp.position(session, .toServer, of: offset), count: size).copied()
            tcp.close(session)
            return (String(decoding: text, as: UTF8.self), count)
        }
        #expect(read(.oob) == ("abcdef", 1))
        #expect(read(.inline) == ("abcdXef", 0))
        #expect(read(.gap) == ("abc", 0))
    }

    @Test func theLongerPrefixCounts() {
        var hosts = HostPolicies()
        hosts.add(IPPrefix("10.0.0.0/8")!, .linux)
        hosts.add(IPPrefix("0.0.0.0/0")!, .windows)
        hosts.add(IPPrefix("10.1.0.0/16")!, .solaris)
        #expect(hosts.policy(of: IPAddress("10.1.2.3")!) == .solaris)
        #expect(hosts.policy(of: IPAddress("10.2.2.3")!) == .linux)
        #expect(hosts.policy(of: IPAddress("192.0.2.1")!) == .windows)
        #expect(HostPolicies().policy(of: IPAddress("192.0.2.1")!) == .bsd)
    }
}
