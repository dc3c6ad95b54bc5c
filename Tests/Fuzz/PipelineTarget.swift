import AppLayer
import Bytes
import Detect
import EVE
import Glibc
import Trust

@testable import Decode
@testable import Sensor

/// Frames through everything: decoding, fragments, tunnels, flows, streams, protocols, rules on every buffer, events.
///
/// Input: a byte for the link type, a byte of choices, then frames: two bytes of length (little-endian), one of time, the bytes.
enum PipelineTarget {
    private static let linkTypes: [LinkType] = [
        .ethernet, .raw, .null, .loop, .ppp, .ciscoHDLC, .linuxCooked, .linuxCooked2, .ipv4, .ipv6,
    ]

    /// A rule on every buffer and every event, and some on payloads, streams and headers.
    private static let rules: RuleSet = {
        var text = """
            alert ip any any -> any any (msg:"ip"; sid:1;)
            alert tcp any any -> any any (content:"a"; content:!"zz"; within:9; pcre:"/[a-z]+/R"; sid:2;)
            alert tcp any any -> any any (content:"e"; offset:3; byte_test:1,>,3,0,relative; byte_jump:1,0,relative; isdataat:2; sid:3;)
            alert udp any any -> any any (content:"|00|"; byte_extract:1,0,n; content:"|01|"; distance:n; dsize:>3; sid:4;)
            alert tcp any any -> any any (flags:S; flow:stateless; threshold:type limit, track by_src, count 3, seconds 60; sid:5;)
            alert http any any -> any any (flowbits:set,a; http.uri; urilen:>1; sid:6;)
            alert tcp any any -> any any (flowbits:isset,a; flow:to_client; sid:7;)
            alert icmp any any -> any any (itype:>1; icmp_id:<9; sid:8;)

            """
        var sid = 100
        func add(_ proto: String, _ options: String) {
            text += "alert \(proto) any any -> any any (\(options) sid:\(sid);)\n"
            sid += 1
        }
        for event in DecodeEvent.names { add("pkthdr", "decode-event:\(event);") }
        for descriptor in ProtocolRegistry.all {
            for buffer in descriptor.buffers + FileFields.buffers {
                add(descriptor.name, "\(buffer.name); content:\"a\";")
                add(descriptor.name, "\(buffer.name); content:!\"a\"; pcre:\"/e.e/\";")
            }
            for number in descriptor.numbers { add(descriptor.name, "\(number.name):>0;") }
            for event in descriptor.events { add(descriptor.name, "app-layer-event:\(descriptor.name).\(event);") }
        }
        var loader = RuleLoader()
        loader.load(text: text, name: "fuzz.rules")
        let loaded = loader.finish()
        do { return try RuleSet(signatures: loaded.signatures) } catch { fail("\(error)") }
    }()

    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let linkType = linkTypes[Int(input.byte()) % linkTypes.count]
        let choices = input.byte()
        var configuration = SensorConfiguration()
        configuration.tcp.midstream = choices & 1 != 0
        configuration.tcp.asyncOneSide = choices & 2 != 0
        configuration.tcp.inline = choices & 4 != 0
        configuration.inspectsEncrypted = choices & 8 != 0
        if choices & 16 != 0 {
            configuration.tcp.depth = 512
            configuration.tcp.memoryLimit = 16 << 10
            configuration.flowLimit = 8
        }
        var everything = EVEConfiguration.everything
        everything.communityIDSeed = 0
        everything.alert?.payload = true
        everything.alert?.payloadPrintable = true
        everything.alert?.packet = true
        everything.fileinfo?.forceHash = ["md5"]
        let output: EventWriter
        let worker: Worker
        do {
            output = EventWriter(file: try EVEFile(path: "/dev/null"), configuration: everything)
            worker = try Worker(
                configuration: configuration, rules: rules, outputs: [output], verifiesChecksums: choices & 32 != 0 ? .on : .off)
        } catch {
            fail("\(error)")
        }
        var time = Timestamp(seconds: 1_700_000_000)
        var number: UInt64 = 0
        while !input.isEmpty, number < 256 {
            let count = input.word()
            let step = Int64(input.byte())
            // Most frames follow at once; some after minutes, so that time-outs happen.
            time.microseconds += step < 200 ? step * 1000 : (step - 199) * 10_000_000
            let frame = input.bytes(count)
            number += 1
            worker.process(frame.rawSpan, linkType: linkType, time: time, number: number, wireLength: UInt32(frame.count))
            check(output)
        }
        worker.endAllFlows()
        check(output)
    }

    private static func check(_ output: EventWriter) {
        let text = unsafe output.file.json.buffer.withUnsafeBytes { unsafe Array($0) }
        output.file.json.buffer.removeAll()
        for line in text.split(separator: 10) { EVETarget.check(Array(line)) }
    }
}
