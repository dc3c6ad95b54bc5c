import TestSupport
import Testing

@testable import Sensor

/// Streams, their ends and their oddities as rules and events show them.
@Suite struct StreamBehaviourTests {
    private let builder = PacketBuilder()

    @Test func aNewConnectionBetweenTheSameEndsIsAnotherFlow() throws {
        var first = TCPConversation()
        first.request("one")
        first.finish()
        let again = [
            builder.tcp(0x02, sequence: 90_000, acknowledgment: 0),
            builder.tcp(0x12, sequence: 70_000, acknowledgment: 90_001, toServer: false),
        ]
        let run = try EngineRun(first.frames + again, rules: "")
        #expect(run.texts("flow", "flow.reason") == ["tcp_reuse", "shutdown"])
        #expect(run.texts("flow", "tcp.state").last == "syn_recv")
    }

    @Test func aRefusedConnectionIsNeverEstablished() throws {
        let frames = [
            builder.tcp(0x02, sequence: 100, acknowledgment: 0), builder.tcp(0x14, sequence: 0, acknowledgment: 101, toServer: false),
        ]
        #expect(try Recording(frames).alerts("alert tcp any any -> any any (flow:established; sid:1;)").isEmpty)
    }

    /// What is known of a host is looked at where its address is: with the first packet of each direction.
    @Test func bitsOfHostsAloneAreHeaders() throws {
        let rules = """
            alert tcp any any -> any any (content:"GET"; xbits:set,a,track ip_src,expire 60; sid:1;)
            alert tcp any any -> any any (xbits:isset,a,track ip_src; sid:2;)
            """
        var talk = Recording.web()
        #expect(try talk.alerts(rules).map(\.signature) == [1])
        var again = PacketBuilder()
        again.clientPort = 41_000
        talk.frames.append(again.tcp(0x02, sequence: 9, acknowledgment: 0))
        #expect(try talk.alerts(rules).map(\.signature) == [1, 2])
    }

    @Test func packetsWithoutASessionHaveNoState() throws {
        let run = try EngineRun([builder.tcp(0x18, sequence: 7, acknowledgment: 9, [1])], rules: "")
        #expect(run.texts("flow", "tcp.tcp_flags") == ["00"])
        #expect(run.texts("flow", "tcp.state").isEmpty)
    }

    @Test func theSystemOfTheReceiverDecidesWhatIsRead() throws {
        var talk = TCPConversation()
        talk.request("x")
        let frames =
            talk.frames + [
                builder.tcp(0x18, sequence: 1002, acknowledgment: 5001, Array("NEEDLE".utf8)),
                builder.tcp(0x18, sequence: 1002, acknowledgment: 5001, Array("THREAD".utf8)),
                builder.tcp(0x10, sequence: 5001, acknowledgment: 1008, toServer: false),
            ]
        let rules = """
            alert tcp-stream any any -> any any (content:"NEEDLE"; sid:1;)
            alert tcp-stream any any -> any any (content:"THREAD"; sid:2;)
            """
        func sids(_ policy: String) throws -> [Int] {
            let configuration = """
                host-os-policy: {\(policy): [192.0.2.0/24, "::/0"], solaris: [198.51.100.0/24]}
                outputs: [{eve-log: {enabled: yes, filetype: regular, filename: eve.json, types: [alert]}}]

                """
            return try EngineRun(frames, rules: rules, configuration: configuration).sids
        }
        #expect(try sids("windows") == [1])
        #expect(try sids("linux") == [1])
        #expect(try sids("old-linux") == [2])
        #expect(try sids("last") == [2])
    }

    @Test func aForgedResetEndsNothing() throws {
        var talk = TCPConversation()
        // A reset with a signature (RFC 5925) that only the ends can check; its sender goes on.
        var reset = builder.tcp(0x14, sequence: 1001, acknowledgment: 5001)
        reset[46] = 0x60
        reset += [29, 4, 166, 40]
        reset[17] += 4
        let before = talk.frames
        talk.request("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let frames = before + [reset] + talk.frames.dropFirst(before.count)
        let rules = """
            alert tcp any any -> any any (stream-event:suspected_rst_inject; sid:1;)
            alert http any any -> any any (http.method; content:"GET"; sid:2;)
            """
        #expect(try Set(EngineRun(frames, rules: rules, configuration: nil, ["-k", "none"]).sids) == [1, 2])
    }

    @Test func whatIsInNoStreamDecidesOnItsPacketAlone() throws {
        let frames = [
            builder.tcp(0x02, sequence: 0, acknowledgment: 0, Array("Hi all!".utf8)),
            builder.tcp(0x02, sequence: 0, acknowledgment: 0, Array("wo!".utf8), toServer: false),
            builder.tcp(0x18, sequence: 0, acknowledgment: 0, Array("Hi all!".utf8)),
        ]
        let rules = """
            alert ip any any -> any any (content:"Hi all"; sid:1;)
            pass ip any any -> any any (content:"wo"; sid:2;)
            """
        #expect(try Recording(frames).alerts(rules).map(\.packet) == [1, 3])
    }

    @Test func optionsOfTheHeader() throws {
        var frame = builder.udp([1, 2, 3])
        frame[14] = 0x46
        frame[17] += 4
        frame.insert(contentsOf: [7, 3, 4, 0], at: 34)
        func matches(_ option: String) throws -> Bool {
            try !Recording([frame]).alerts("alert ip any any -> any any (ipopts:\(option); sid:1;)").isEmpty
        }
        #expect(try matches("rr") && matches("any") && matches("eol"))
        #expect(try !matches("lsrr") && !matches("nop") && !matches("ts"))
        #expect(try Recording([builder.udp([1])]).alerts("alert ip any any -> any any (ipopts:any; sid:1;)").isEmpty)
    }

    @Test func thePlusOfFragbitsWantsAnotherBit() throws {
        var frame = builder.udp([1])
        frame[20] = 0x40
        #expect(try Recording([frame]).alerts("alert ip any any -> any any (fragbits:D; sid:1;)").count == 1)
        #expect(try Recording([frame]).alerts("alert ip any any -> any any (fragbits:+D; sid:1;)").isEmpty)
        frame[20] = 0xc0
        #expect(try Recording([frame]).alerts("alert ip any any -> any any (fragbits:+D; sid:1;)").count == 1)
    }

    @Test func theMTUOfAPacketTooBig() throws {
        let address: [UInt8] = [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        let message: [UInt8] = [2, 0, 0, 0, 0, 0, 4, 0xb0] + [UInt8](repeating: 0x60, count: 48)
        let packet: [UInt8] = [0x60, 0, 0, 0, 0, UInt8(message.count), 58, 64] + address + address + message
        let frame = [UInt8](repeating: 2, count: 12) + [0x86, 0xdd] + packet
        let rules = """
            alert ipv6 any any -> any any (icmpv6.mtu:<1280; sid:1;)
            alert ipv6 any any -> any any (icmpv6.mtu:1200; sid:2;)
            alert ipv6 any any -> any any (icmpv6.mtu:>1280; sid:3;)
            """
        #expect(try Set(Recording([frame]).alerts(rules).map(\.signature)) == [1, 2])
    }
}
