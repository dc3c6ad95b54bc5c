import Bytes

/// One MQTT control packet (OASIS MQTT 3.1.1 and 5.0 §3).
struct MQTTMessage {
    enum Kind: UInt8, CaseIterable {
        case connect = 1
        case connack, publish, puback, pubrec, pubrel, pubcomp, subscribe, suback, unsubscribe, unsuback, pingreq, pingresp, disconnect,
            auth
    }

    var kind: Kind?
    /// The low four bits of the first byte.
    var flags: UInt8
    var identifier: UInt16?
    var reasonCode: UInt8?
    var reasonCodes: [UInt8] = []
    var topics: [(topic: [UInt8], qos: UInt8)] = []
    /// Of a publish.
    var topic: [UInt8] = []
    var payload: [UInt8] = []
    var connect: Connect?
    var isSessionPresent = false
    var properties: MQTTProperties?
    /// The packet is longer than what is kept and was passed over: its whole length in bytes.
    var skipped: Int?

    struct Connect {
        var protocolName: [UInt8]
        var version: UInt8
        var flags: UInt8
        var clientID: [UInt8]
        var username: [UInt8]?
        var password: [UInt8]?
        var willTopic: [UInt8]?
        var willMessage: [UInt8]?
        var willProperties: MQTTProperties?
    }

    var isRetained: Bool { flags & 1 != 0 }
    var qos: UInt8 { flags >> 1 & 3 }
    var isDuplicate: Bool { flags & 8 != 0 }

    private static let mostTopics = 256

    /// A packet whose content is not looked at.
    init(skipping kind: UInt8, flags: UInt8, skipped: Int) {
        self.kind = Kind(rawValue: kind)
        self.flags = flags
        self.skipped = skipped
    }

    /// - Parameter version: of the connection, which decides whether there are properties.
    init(kind number: UInt8, flags: UInt8, body: [UInt8], version: UInt8) throws(ParseError) {
        self.flags = flags
        kind = Kind(rawValue: number)
        var fields = MQTTFieldReader(body)
        let isFive = version == 5
        switch kind {
        case .connect: try readConnect(&fields)
        case .connack:
            isSessionPresent = try fields.byte() & 1 != 0
            reasonCode = try fields.byte()
            if isFive, fields.left > 0 { properties = try MQTTProperties(&fields) }
        case .publish:
            topic = try fields.text()
            if qos > 0 { identifier = try fields.word() }
            if isFive { properties = try MQTTProperties(&fields) }
            payload = fields.rest()
        case .puback, .pubrec, .pubrel, .pubcomp:
            identifier = try fields.word()
            // Without a reason code it is success (§3.4.2.1).
            if isFive { reasonCode = fields.left > 0 ? try fields.byte() : 0 }
            if isFive, fields.left > 0 { properties = try MQTTProperties(&fields) }
        case .subscribe:
            identifier = try fields.word()
            if isFive { properties = try MQTTProperties(&fields) }
            while fields.left > 0, topics.count < MQTTMessage.mostTopics {
                let topic = try fields.text()
                topics.append((topic, try fields.byte() & 3))
            }
        case .suback, .unsuback:
            identifier = try fields.word()
            if isFive { properties = try MQTTProperties(&fields) }
            reasonCodes = Array(fields.rest().prefix(MQTTMessage.mostTopics))
        case .unsubscribe:
            identifier = try fields.word()
            if isFive { properties = try MQTTProperties(&fields) }
            while fields.left > 0, topics.count < MQTTMessage.mostTopics { topics.append((try fields.text(), 0)) }
        case .disconnect:
            // With no room for properties the reason is success, whatever is there (§3.14.2.2.1 as Suricata reads it).
            guard isFive else { break }
            reasonCode = 0
            if fields.left >= 2 {
                reasonCode = try fields.byte()
                properties = try MQTTProperties(&fields)
            }
        case .auth:
            reasonCode = try fields.byte()
            properties = try MQTTProperties(&fields)
        case .pingreq, .pingresp, nil: break
        }
    }

    private mutating func readConnect(_ fields: inout MQTTFieldReader) throws(ParseError) {
        let name = try fields.text()
        let version = try fields.byte()
        let flags = try fields.byte()
        // Keep-alive.
        _ = try fields.word()
        if version == 5 { properties = try MQTTProperties(&fields) }
        var connect = Connect(protocolName: name, version: version, flags: flags, clientID: try fields.text())
        if flags & 0x04 != 0 {
            if version == 5 { connect.willProperties = try MQTTProperties(&fields) }
            connect.willTopic = try fields.text()
            connect.willMessage = try fields.text()
        }
        if flags & 0x80 != 0 { connect.username = try fields.text() }
        if flags & 0x40 != 0 { connect.password = try fields.text() }
        self.connect = connect
    }
}
