import Bytes

/// One message of the BitTorrent distributed hash table.
final class BitTorrentDHTTransaction: MessageTransaction {
    let message: BitTorrentDHTMessage

    init(_ origin: MessageOrigin, _ message: BitTorrentDHTMessage) {
        self.message = message
        super.init(origin)
        if message.isMalformed { raise(0) }
    }

    override var isWorthLogging: Bool { message.query != nil || message.response != nil || message.failure != nil }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("bittorrent_dht")
        json.beginObject()
        write(message.transactionID, "transaction_id", &json)
        write(message.clientVersion, "client_version", &json)
        if let type = message.queryType {
            json.key("request_type")
            json.string(type)
        }
        if let query = message.query { write(query, &json) }
        if let response = message.response { write(response, &json) }
        if let failure = message.failure {
            json.key("error")
            json.beginObject()
            json.key("num")
            json.number(Int(failure.number))
            json.key("msg")
            json.string(failure.message)
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ bytes: [UInt8]?, _ key: StaticString, _ json: inout JSONWriter) {
        guard let bytes else { return }
        json.key(key)
        json.hex(bytes.rawSpan)
    }

    private func write(_ query: BitTorrentDHTMessage.Query, _ json: inout JSONWriter) {
        json.key("request")
        json.beginObject()
        write(query.id, "id", &json)
        write(query.target, "target", &json)
        write(query.infoHash, "info_hash", &json)
        write(query.token, "token", &json)
        if let implied = query.impliedPort {
            json.key("implied_port")
            json.number(Int(implied))
        }
        if let port = query.port {
            json.key("port")
            json.number(Int(port))
        }
        json.endObject()
    }

    private func write(_ response: BitTorrentDHTMessage.Response, _ json: inout JSONWriter) {
        json.key("response")
        json.beginObject()
        write(response.id, "id", &json)
        write(response.nodes, "nodes", &json)
        write(response.nodes6, "nodes6", &json)
        write(response.values, "values", &json)
        write(response.token, "token", &json)
        json.endObject()
    }

    private func write(_ nodes: [BitTorrentDHTMessage.Node], _ key: StaticString, _ json: inout JSONWriter) {
        guard !nodes.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for node in nodes {
            json.beginObject()
            write(node.id, "id", &json)
            json.key("ip")
            json.address(node.address)
            json.key("port")
            json.number(Int(node.port))
            json.endObject()
        }
        json.endArray()
    }
}

/// BitTorrent DHT: each datagram a transaction.
final class BitTorrentDHTParser: DatagramParser {
    static let descriptor = ProtocolDescriptor(
        .bittorrentDHT, name: "bittorrent-dht", transports: .udp, ports: [], buffers: [], events: ["malformed_packet"],
        eventType: "bittorrent_dht", logType: "bittorrent-dht", probe: { bytes, _ in begins(bytes, with: "d1:ad2:id20:") ? .certain : .no }
    ) { limits, _ in BitTorrentDHTParser(limits: limits) }

    init(limits: ParserLimits) { super.init(.bittorrentDHT, limits: limits) }

    /// Other datagrams of the flow belong to other uses of the same port.
    override func message(_ bytes: RawSpan, _ origin: MessageOrigin) -> MessageTransaction? {
        let starts: [StaticString] = ["d1:ad", "d1:rd", "d2:ip", "d1:el"]
        guard starts.contains(where: { BitTorrentDHTParser.begins(bytes, with: $0) }) else { return nil }
        return BitTorrentDHTTransaction(origin, BitTorrentDHTMessage(bytes))
    }

    private static func begins(_ bytes: RawSpan, with text: StaticString) -> Bool {
        bytes.byteCount > text.utf8CodeUnitCount && bytes.begins(with: text)
    }
}
