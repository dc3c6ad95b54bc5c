import Bytes
import Decode
import RuleLanguage
import TestSupport

@testable import Detect

/// Tables of compiled rules as a damaged cache file would give them, were there no checksum.
///
/// Input: changes of what good tables are as bytes, four bytes each: a place (three bytes) and what is done there (a byte: what is put there).
enum RuleCacheTarget {
    private static let text = Array(
        #"""
        alert http any any -> any any (msg:"a"; http.uri; content:"/evil"; nocase; flowbits:set,a; sid:1;)
        alert tcp [10.0.0.0/8,!10.1.0.0/16] 1024: -> any [80,443] (content:"|16 03|"; depth:2; content:"needle"; flowbits:isset,a; sid:2;)
        alert dns any any -> any any (dns.query; content:"bad.example"; endswith; threshold:type limit,track by_src,count 1,seconds 60; sid:3;)
        alert ip any any -> any any (dsize:>100; pcre:"/a+b/"; sid:4;)
        alert tls any any -> any any (tls.sni; dotprefix; content:".x"; sid:5;)
        """#.utf8)

    private static let good: (bytes: [UInt8], options: RuleLoaderOptions) = {
        var loader = RuleLoader(options: RuleLoaderOptions(), makesTables: true)
        loader.load(text: text, name: "fuzz.rules")
        return (loader.tables().coded(sizes: [text.count]), RuleLoaderOptions())
    }()

    private static let frame = PacketBuilder().udp(Array(repeating: 0x61, count: 120))

    static func run(_ input: [UInt8]) {
        var bytes = good.bytes
        for change in stride(from: 0, to: input.count - 3, by: 4).prefix(64) {
            let place = (Int(input[change]) | Int(input[change + 1]) << 8 | Int(input[change + 2]) << 16) % bytes.count
            bytes[place] = input[change + 3]
        }
        if input.count % 4 == 1 { bytes.removeLast(min(bytes.count - 1, Int(input[input.count - 1]))) }
        let reader = RuleReader(frontEnd: FrontEnd(good.options))
        guard let tables = try? RuleTables(bytes, reader, open: { $0 == [text.count] ? .memory([text]) : nil }),
            let rules = try? RuleSet(tables)
        else { return }
        let detector = Detector(rules)
        var packet = Packet()
        Decoder().decode(
            frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1_700_000_000), number: 1, wireLength: UInt32(frame.count),
            into: &packet)
        detector.begin(packet, flow: nil)
        detector.inspectPacket(frame.rawSpan)
        detector.finish()
    }
}
