import Bytes
import RuleLanguage

/// `flow`, `stream_size` and the counters of a flow.
enum FlowKeywords {
    static let flow = Keyword(
        "flow", summary: "State and direction of the flow.", documentation: "flow-keywords.html#flow"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "flow")
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count <= 3 else { throw RuleError("flow: \(parts.count) parts, expected at most 3", at: parts[3]) }
        builder.hasFlow = true
        var flow = FlowConditions()
        var hasStreamWord = false
        for part in parts {
            func direction(_ value: FlowDirection) throws(RuleError) {
                if flow.direction != nil { throw RuleError("flow: two directions, expected one", at: part) }
                flow.direction = value
            }
            func state(_ value: FlowConditions.State) throws(RuleError) {
                if flow.state != nil {
                    throw RuleError("flow: two states, expected one of established, not_established, stateless", at: part)
                }
                flow.state = value
            }
            switch part.lowercasedText {
            case "to_server", "from_client": try direction(.toServer)
            case "to_client", "from_server": try direction(.toClient)
            case "established": try state(.established)
            case "not_established": try state(.notEstablished)
            case "stateless": try state(.stateless)
            case "only_stream", "no_stream":
                if hasStreamWord { throw RuleError("flow: only_stream beside no_stream, expected one", at: part) }
                hasStreamWord = true
                if part.lowercasedText == "only_stream" { flow.onlyStream = true } else { flow.noStream = true }
            case "only_frag", "no_frag":
                if flow.onlyFragments || flow.noFragments { throw RuleError("flow: only_frag beside no_frag, expected one", at: part) }
                if part.lowercasedText == "only_frag" { flow.onlyFragments = true } else { flow.noFragments = true }
            default:
                throw RuleError(
                    "flow: \"\(part.text)\", expected to_server, to_client, from_server, from_client, established, not_established, stateless, "
                        + "only_stream, no_stream, only_frag or no_frag", at: part)
            }
        }
        builder.flow = flow
        if flow.noStream { builder.needsPacket(option, "flow:no_stream") }
    }

    static let streamSize = Keyword(
        "stream_size", summary: "Bytes of the TCP session by side: `server|client|both|either,operator,n`.",
        documentation: "flow-keywords.html#stream-size"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count == 3 else {
            throw RuleError("stream_size: \(parts.count) of 3 parts, expected side,operator,bytes", at: option.text)
        }
        let side: StreamSide
        switch parts[0].text {
        case "server": side = .server
        case "client": side = .client
        case "both": side = .both
        case "either": side = .either
        default: throw RuleError("stream_size: \"\(parts[0].text)\", expected server, client, both or either", at: parts[0])
        }
        guard let size = parts[2].number, size <= UInt64(UInt32.max) else {
            throw RuleError("stream_size: \"\(parts[2].text)\" is no number of bytes", at: parts[2])
        }
        let comparison: IntegerRange.Comparison
        switch parts[1].text {
        case "=": comparison = .equal(size)
        case "!=", "!": comparison = .notEqual(size)
        case "<": comparison = .less(size)
        case "<=": comparison = .lessOrEqual(size)
        case ">": comparison = .greater(size)
        case ">=": comparison = .greaterOrEqual(size)
        default: throw RuleError("stream_size: \"\(parts[1].text)\" is no operator, expected =, !=, <, <=, > or >=", at: parts[1])
        }
        builder.packetTests.append(.streamSize(side, IntegerRange(comparison)))
    }

    private static func counter(_ name: String, _ field: PacketField, _ summary: String) -> Keyword {
        Keyword(name, summary: summary, documentation: "flow-keywords.html#\(String(name.map { $0 == "_" || $0 == "." ? "-" : $0 }))") {
            option, builder throws(RuleError) in
            builder.packetTests.append(.integer(field, try IntegerGrammar.range(option.text, name)))
        }
    }

    static let age = counter("flow.age", .flowAge, "Age of the flow in seconds.")
    static let packetsToServer = counter("flow.pkts_toserver", .flowPacketsToServer, "Packets to the server so far.")
    static let packetsToClient = counter("flow.pkts_toclient", .flowPacketsToClient, "Packets to the client so far.")
    static let bytesToServer = counter("flow.bytes_toserver", .flowBytesToServer, "Bytes to the server so far.")
    static let bytesToClient = counter("flow.bytes_toclient", .flowBytesToClient, "Bytes to the client so far.")
}
