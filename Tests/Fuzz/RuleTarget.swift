import AppLayer
import Bytes
import Decode
import Detect
import Flow
import TestSupport

/// Rule text, read and then run on bytes.
///
/// Input: rules up to the byte 0xff, then the bytes that every buffer holds.
enum RuleTarget {
    private static let builder = PacketBuilder()

    static func run(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0xff, maxSplits: 1, omittingEmptySubsequences: false)
        var loader = RuleLoader()
        loader.load(text: Array(parts[0].prefix(4096)), name: "fuzz.rules")
        let loaded = loader.finish()
        for issue in loaded.issues where issue.message.isEmpty { fail("an issue without words at \(issue.position)") }
        guard !loaded.signatures.isEmpty, loaded.signatures.count <= 16 else { return }
        let detector: Detector
        do {
            let rules = try RuleSet(signatures: loaded.signatures)
            detector = Detector(rules)
        } catch {
            return
        }
        let data = parts.count > 1 ? Array(parts[1].prefix(2048)) : Array("GET /index.php?a=b HTTP/1.1\r\n\r\n".utf8)
        for frame in [
            builder.tcp(0x18, sequence: 1, acknowledgment: 1, data), builder.udp(data),
            builder.ethernet(builder.ip(1, [8, 0, 0, 0] + data, toServer: true, checksumAt: nil)),
        ] {
            inspect(detector, frame, data)
        }
    }

    /// Transforms one behind the other. Input: a byte each of up to four transforms, then what they are done to.
    static func runTransforms(_ bytes: [UInt8]) {
        let words = [
            "dotprefix", "to_lowercase", "to_uppercase", "strip_whitespace", "compress_whitespace", "to_md5", "to_sha1", "to_sha256",
            "url_decode", "xor:\"0d0ac8ff\"", "header_lowercase", "strip_pseudo_headers", "domain", "tld", "gunzip:max-size 4096",
            "zlib_deflate", "subslice:-9,4", "subslice:3,-2", "from_base64: bytes 9, offset 1, mode rfc4648", "from_base64",
            "pcrexform:\"(a.*b)\"",
        ]
        var input = FuzzInput(bytes)
        let chain = (0..<4).map { _ in Int(input.byte()) }.filter { $0 < words.count }.map { words[$0] + ";" }.joined()
        let data = input.all()
        var loader = RuleLoader()
        loader.load(text: "alert http any any -> any any (http.uri; \(chain) content:\"a\"; sid:1;)\n", name: "fuzz.rules")
        loader.load(text: "alert http any any -> any any (file_data; \(chain) content:!\"a\"; bsize:>1; sid:2;)\n", name: "fuzz.rules")
        guard let rules = try? RuleSet(signatures: loader.finish().signatures), let detector = try? Detector(rules) else { return }
        inspect(detector, builder.tcp(0x18, sequence: 1, acknowledgment: 1, data), data)
    }

    private static func inspect(_ detector: Detector, _ frame: [UInt8], _ data: [UInt8]) {
        var packet = Packet()
        Decoder().decode(
            frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1_700_000_000), number: 1, wireLength: UInt32(frame.count),
            into: &packet)
        for direction in FlowDirection.allCases {
            for proto in Set(detector.rules.signatures.flatMap(\.proto.appProtocols)).union([.unknown]) {
                var facts = FlowFacts(id: FlowID(index: 0, generation: 0), direction: direction)
                facts.isEstablished = true
                facts.isFirstInDirection = true
                facts.appProtocol = proto
                facts.detectionEnded = .both
                detector.begin(packet, flow: facts)
                detector.inspectPacket(frame.rawSpan)
                if packet.transport == .tcp { detector.inspectStream(data.rawSpan) }
                let parser = ProtocolParser(proto)
                parser.transactions = [EchoTransaction(data, direction)]
                detector.inspectTransactions(parser, frame.rawSpan, flowEnded: true)
                detector.finish()
                if detector.alerts.count > 15 { fail("more alerts than the limit") }
            }
        }
        detector.flowEnded(FlowID(index: 0, generation: 0))
        detector.expireThresholds(Timestamp(seconds: 2_000_000_000))
    }

    static func runThresholds(_ bytes: [UInt8]) {
        var loader = RuleLoader()
        loader.load(text: "alert tcp any any -> any any (content:\"a\"; sid:1;)\n", name: "fuzz.rules")
        loader.loadThresholds(text: bytes, name: "threshold.config")
        let loaded = loader.finish()
        let frame = builder.tcp(0x18, sequence: 1, acknowledgment: 1, [97])
        guard
            let rules = try? RuleSet(
                signatures: loaded.signatures, thresholds: loaded.globalThresholds, suppressions: loaded.suppressions),
            let detector = try? Detector(rules)
        else { fail("a threshold made the rule unusable") }
        for second in 0..<8 {
            var packet = Packet()
            Decoder().decode(
                frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: 1_700_000_000 + Int64(second * second)), number: 1,
                wireLength: UInt32(frame.count), into: &packet)
            detector.begin(packet, flow: nil)
            detector.inspectPacket(frame.rawSpan)
            _ = detector.finish()
        }
    }
}

/// A transaction all of whose buffers hold the same bytes.
private final class EchoTransaction: Transaction {
    private let data: [UInt8]
    private let body: StreamingBody

    init(_ data: [UInt8], _ direction: FlowDirection) {
        self.data = data
        body = StreamingBody(limit: 1024)
        body.append(data.rawSpan)
        body.complete()
        super.init(id: 0, startTime: Timestamp(seconds: 1_700_000_000))
        advance(direction, to: 255)
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance == 0 else { return false }
        let data = data
        body(data.rawSpan)
        return true
    }

    override func streamingBody(_ buffer: BufferID, _ direction: FlowDirection, instance: Int) -> StreamingBody? {
        instance == 0 ? body : nil
    }
}
