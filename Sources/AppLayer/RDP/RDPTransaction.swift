import Bytes

/// One message of RDP's connection sequence; each stands alone.
final class RDPTransaction: Transaction {
    enum Negotiation {
        case accepted(flags: UInt8, selected: UInt32)
        case refused(code: UInt32)
    }

    enum Item {
        case initialRequest(cookie: [UInt8]?, flags: UInt8)
        case initialResponse(Negotiation?)
        case connectRequest(RDPClient?, channels: [[UInt8]])
        case connectResponse
        /// Serial numbers of the certificates with which the server begins TLS.
        case handshake(serials: [[UInt8]])
    }

    let item: Item

    init(id: UInt64, startTime: Timestamp, item: Item) {
        self.item = item
        super.init(id: id, startTime: startTime)
        advance(.toServer, to: 1)
        advance(.toClient, to: 1)
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("rdp")
        json.beginObject()
        json.key("tx_id")
        json.number(id + 1)
        json.key("event_type")
        switch item {
        case .initialRequest(let cookie, let flags):
            json.string("initial_request" as StaticString)
            if let cookie {
                json.key("cookie")
                json.string(cookie)
            }
            write("flags", flags, RDPNames.requestFlags, &json)
        case .initialResponse(let negotiation):
            json.string("initial_response" as StaticString)
            write(negotiation, &json)
        case .connectRequest(let client, let channels):
            json.string("connect_request" as StaticString)
            if let client {
                json.key("client")
                client.write(&json)
            }
            write("channels", channels, &json)
        case .connectResponse: json.string("connect_response" as StaticString)
        case .handshake(let serials):
            json.string("tls_handshake" as StaticString)
            json.key("x509_serials")
            json.beginArray()
            for serial in serials { json.string(RDPTransaction.hex(serial)) }
            json.endArray()
        }
        json.endObject()
    }

    private func write(_ negotiation: Negotiation?, _ json: inout JSONWriter) {
        switch negotiation {
        case .accepted(let flags, let selected)?:
            write("server_supports", flags, RDPNames.responseFlags, &json)
            if let name = RDPNames.protocols[selected] {
                json.key("protocol")
                json.string(name)
            }
        case .refused(let code)?:
            json.key("error_code")
            json.number(UInt64(code))
            if let reason = RDPNames.failures[code] {
                json.key("reason")
                json.string(reason)
            }
        case nil: break
        }
    }

    private func write(_ key: StaticString, _ flags: UInt8, _ names: [(UInt8, StaticString)], _ json: inout JSONWriter) {
        guard flags != 0 else { return }
        json.key(key)
        json.beginArray()
        for (bit, name) in names where flags & bit != 0 { json.string(name) }
        json.endArray()
    }

    private func write(_ key: StaticString, _ texts: [[UInt8]], _ json: inout JSONWriter) {
        guard !texts.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for text in texts { json.string(text) }
        json.endArray()
    }

    /// As a number: without zeros in front.
    private static func hex(_ number: [UInt8]) -> [UInt8] {
        let digits = number.flatMap { [ASCII.hexDigit($0 >> 4), ASCII.hexDigit($0 & 15)] }
        let significant = Array(digits.drop { $0 == 48 })
        return significant.isEmpty ? [48] : significant
    }
}
