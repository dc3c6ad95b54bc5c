import AppLayer
import Bytes
import Detect
import Glibc

/// `--engine-analysis`: what the engine makes of each rule, in Suricata's three files in the log folder: `rules.json`, `rules_analysis.txt`
/// and `rules_fast_pattern.txt`.
enum EngineAnalysis {
    /// Writes the files and says where.
    static func write(_ rules: RuleSet, folder: String) throws {
        let analyses = rules.signatures.sorted { $0.loadOrder < $1.loadOrder }.map(RuleAnalysis.init)
        var json = JSONWriter()
        for analysis in analyses { analysis.write(&json) }
        try save(unsafe json.buffer.withUnsafeBytes { unsafe Array($0) }, folder + "/rules.json")
        try save(Array(analyses.map(\.report).joined(separator: "\n").utf8), folder + "/rules_analysis.txt")
        try save(Array(analyses.map(\.fastPatternReport).joined(separator: "\n").utf8), folder + "/rules_fast_pattern.txt")
        SensorProgram.report("\(analyses.count) rules analysed: rules.json, rules_analysis.txt and rules_fast_pattern.txt in \(folder)")
    }

    private static func save(_ bytes: [UInt8], _ path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        defer { if descriptor >= 0 { close(descriptor) } }
        var done = 0
        while descriptor >= 0, done < bytes.count {
            let count = unsafe bytes[done...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            done += count
        }
        guard descriptor >= 0, done == bytes.count else {
            throw ConfigurationError(path, "cannot be written: \(unsafe String(cString: strerror(errno)))")
        }
    }
}

/// One rule as the engine runs it, for people who write rules.
struct RuleAnalysis {
    let signature: Signature

    init(_ signature: Signature) { self.signature = signature }

    private static let buffers: [BufferID: BufferDescriptor] = {
        var all: [BufferID: BufferDescriptor] = [:]
        for buffer in FileFields.buffers + ProtocolRegistry.all.flatMap(\.buffers) { all[buffer.id] = buffer }
        return all
    }()

    // MARK: what stands in the rule

    /// The name by which Suricata's analysis knows a buffer.
    static func name(_ buffer: InspectedBuffer) -> String {
        switch buffer {
        case .payload: "payload"
        case .base64Data: "base64_data"
        case .header(let header): "\(header).hdr"
        case .field(let id): buffers[id].map { $0.modifier ?? $0.name } ?? "unknown"
        default: word(buffer)
        }
    }

    /// The run and the content that the prefilter looks for.
    var fastPattern: (run: BufferInspection, content: ContentPattern, slice: Range<Int>)? {
        for run in signature.inspections {
            if let chosen = run.fastPattern, case .content(let content) = run.tests[chosen.test] { return (run, content, chosen.slice) }
        }
        return nil
    }

    var type: String {
        switch signature.kind {
        case .headerOnly: "ip_only"
        case .stream: "stream"
        case .packetAndStream: "pkt_stream"
        case .transaction: "app_tx"
        case .protocolOnly, .applicationEvent: "app_layer"
        case .protocolDetection: "pd_only"
        case .decodeEvent: "de_only"
        default: "pkt"
        }
    }

    private var flags: [String] {
        var flags: [String] = []
        if signature.source.isAny { flags.append("src_any") }
        if signature.destination.isAny { flags.append("dst_any") }
        if signature.sourcePorts.isAny { flags.append("sp_any") }
        if signature.destinationPorts.isAny { flags.append("dp_any") }
        if signature.isSilent { flags.append("noalert") }
        switch signature.kind {
        case .transaction, .protocolOnly, .applicationEvent, .protocolDetection: flags.append("applayer")
        case .packet: flags.append("need_packet")
        case .stream: flags.append("need_stream")
        case .packetAndStream: flags += ["need_packet", "need_stream"]
        default: break
        }
        if signature.directions.contains(.toServer) { flags.append("toserver") }
        if signature.directions.contains(.toClient) { flags.append("toclient") }
        if fastPattern != nil { flags.append("prefilter") }
        return flags
    }

    /// What a writer of rules should know: the rule is used, but not as it may be meant or not cheaply.
    var warnings: [String] {
        var warnings: [String] = []
        let contents = signature.inspections.flatMap(\.tests).compactMap { if case .content(let content) = $0 { content } else { nil } }
        if fastPattern == nil, !signature.inspections.isEmpty {
            warnings.append("No content can be searched for beforehand: the rest is evaluated on everything that the header admits.")
        } else if let length = fastPattern?.slice.count, length < 4 {
            warnings.append("The fast pattern has \(length) bytes: many packets will hold it.")
        }
        if signature.kind == .packet, signature.proto.ipProtocols == [6], !contents.isEmpty {
            warnings.append("Contents are searched for in single packets, not in the stream.")
        }
        if signature.flow.direction == nil, signature.directions == .both, signature.proto.ipProtocols == [6], !contents.isEmpty {
            warnings.append("The rule names no direction (flow:to_server or to_client): both are searched.")
        }
        if !contents.isEmpty, contents.allSatisfy(\.isNegated) {
            warnings.append("All contents are negated.")
        }
        return warnings
    }

    // MARK: rules.json

    func write(_ json: inout JSONWriter) {
        json.beginObject()
        json.key("raw")
        json.string(signature.info.text)
        json.key("id")
        json.number(UInt64(signature.id.signature))
        json.key("gid")
        json.number(UInt64(signature.id.generator))
        json.key("rev")
        json.number(UInt64(signature.id.revision))
        json.key("msg")
        json.string(signature.info.message)
        if let first = signature.proto.appProtocols.first {
            json.key("app_proto")
            json.string(ProtocolRegistry.name(first))
        }
        json.key("type")
        json.string(type)
        strings("flags", flags, &json)
        engines(&json)
        json.key("lists")
        json.beginObject()
        list("packet", signature.packetTests.map(RuleAnalysis.name), &json)
        list("state", signature.stateTests.map { _ in "flowbits" }, &json)
        list("postmatch", signature.effects.map { _ in "flowbits" }, &json)
        json.endObject()
        if let (run, content, slice) = fastPattern {
            json.key("mpm")
            json.beginObject()
            json.key("buffer")
            json.string(RuleAnalysis.name(run.buffer))
            RuleAnalysis.write(content, slice, &json)
            json.endObject()
        }
        if !warnings.isEmpty { strings("warnings", warnings, &json) }
        json.endObject()
        json.endLine()
    }

    private func strings(_ key: StaticString, _ values: [String], _ json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for value in values { json.string(value) }
        json.endArray()
    }

    private func list(_ key: StaticString, _ names: [String], _ json: inout JSONWriter) {
        guard !names.isEmpty else { return }
        json.key(key)
        json.beginObject()
        json.key("matches")
        json.beginArray()
        for name in names {
            json.beginObject()
            json.key("name")
            json.string(name)
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }

    /// Where the rule looks, in rule order: on packets and streams, and on transactions.
    private func engines(_ json: inout JSONWriter) {
        for isTransaction in [false, true] {
            json.key(isTransaction ? "engines" : "pkt_engines")
            json.beginArray()
            for run in signature.inspections {
                var descriptor: BufferDescriptor?
                if case .field(let id) = run.buffer { descriptor = RuleAnalysis.buffers[id] }
                guard (descriptor != nil) == isTransaction else { continue }
                json.beginObject()
                json.key("name")
                json.string(RuleAnalysis.name(run.buffer))
                if let descriptor {
                    json.key("direction")
                    json.string(
                        descriptor.directions.contains(.toServer) && signature.directions.contains(.toServer) ? "toserver" : "toclient")
                }
                json.key("is_mpm")
                json.bool(run.fastPattern != nil)
                strings("transforms", run.transforms.map(RuleAnalysis.word), &json)
                json.key("matches")
                json.beginArray()
                for (index, test) in run.tests.enumerated() {
                    json.beginObject()
                    json.key("name")
                    json.string(RuleAnalysis.name(test))
                    if case .content(let content) = test {
                        json.key("content")
                        json.beginObject()
                        RuleAnalysis.write(content, nil, &json)
                        json.key("is_mpm")
                        json.bool(run.fastPattern?.test == index)
                        json.endObject()
                    }
                    json.endObject()
                }
                json.endArray()
                json.endObject()
            }
            json.endArray()
        }
    }

    private static func write(_ content: ContentPattern, _ slice: Range<Int>?, _ json: inout JSONWriter) {
        json.key("pattern")
        json.string(text(slice.map { Array(content.bytes[$0]) } ?? content.bytes))
        json.key("length")
        json.number(UInt64(slice?.count ?? content.bytes.count))
        json.key("nocase")
        json.bool(content.isCaseInsensitive)
        json.key("negated")
        json.bool(content.isNegated)
        json.key("starts_with")
        json.bool(content.startsWith)
        json.key("ends_with")
        json.bool(content.endsWith)
        func number(_ key: StaticString, _ value: ByteValue?) {
            guard case .constant(let number)? = value else { return }
            json.key(key)
            json.number(Int(number))
        }
        number("offset", content.offset)
        number("depth", content.depth)
        number("distance", content.distance)
        number("within", content.within)
    }
}
