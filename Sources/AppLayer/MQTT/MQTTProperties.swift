import Bytes

/// Properties of MQTT 5 (OASIS MQTT 5.0 §2.2.2).
struct MQTTProperties {
    enum Value {
        case number(UInt64)
        case bytes([UInt8])
    }

    /// In order; a user property has its own name.
    var entries: [(name: [UInt8], value: Value)] = []

    private enum Form { case byte, two, four, variable, text }

    private static let kinds: [UInt8: (name: String, form: Form)] = [
        1: ("payload_format_indicator", .byte), 2: ("message_expiry_interval", .four), 3: ("content_type", .text),
        8: ("response_topic", .text),
        9: ("correlation_data", .text), 11: ("subscription_identifier", .variable), 17: ("session_expiry_interval", .four),
        18: ("assigned_client_identifier", .text), 19: ("server_keep_alive", .two), 21: ("authentication_method", .text),
        22: ("authentication_data", .text), 23: ("request_problem_information", .byte), 24: ("will_delay_interval", .four),
        25: ("request_response_information", .byte), 26: ("response_information", .text), 28: ("server_reference", .text),
        31: ("reason_string", .text), 33: ("receive_maximum", .two), 34: ("topic_alias_maximum", .two), 35: ("topic_alias", .two),
        36: ("maximum_qos", .byte), 37: ("retain_available", .byte), 39: ("maximum_packet_size", .four),
        40: ("wildcard_subscription_available", .byte), 41: ("subscription_identifier_available", .byte),
        42: ("shared_subscription_available", .byte),
    ]
    private static let userProperty: UInt8 = 38
    private static let most = 256

    /// Reads the length and the properties that follow.
    init(_ fields: inout MQTTFieldReader) throws(ParseError) {
        let length = try fields.variable()
        var inner = try fields.part(Int(length))
        while inner.left > 0, entries.count < MQTTProperties.most {
            let id = try inner.byte()
            if id == MQTTProperties.userProperty {
                let name = try inner.text()
                entries.append((name, .bytes(try inner.text())))
                continue
            }
            guard let kind = MQTTProperties.kinds[id] else { throw .malformed }
            let value: Value =
                switch kind.form {
                case .byte: .number(UInt64(try inner.byte()))
                case .two: .number(UInt64(try inner.word()))
                case .four: .number(UInt64(try inner.word()) << 16 | UInt64(try inner.word()))
                case .variable: .number(UInt64(try inner.variable()))
                case .text: .bytes(try inner.text())
                }
            entries.append((Array(kind.name.utf8), value))
        }
    }

    func write(_ json: inout JSONWriter) {
        guard !entries.isEmpty else { return }
        json.key("properties")
        json.beginObject()
        // The sender chooses names of user properties and may send one again: the last counts.
        var places: [String: Int] = [:]
        for (index, entry) in entries.enumerated() { places[String(decoding: entry.name, as: UTF8.self)] = index }
        for (index, entry) in entries.enumerated() {
            let name = String(decoding: entry.name, as: UTF8.self)
            guard places[name] == index else { continue }
            json.key(dynamic: name)
            switch entry.value {
            case .number(let number): json.number(number)
            case .bytes(let bytes): json.string(bytes)
            }
        }
        json.endObject()
    }
}

/// Reads the fields of one MQTT packet, which is whole.
struct MQTTFieldReader {
    private let bytes: [UInt8]
    private var at: Int
    private let end: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        at = 0
        end = bytes.count
    }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        at = range.lowerBound
        end = range.upperBound
    }

    var left: Int { end - at }

    mutating func byte() throws(ParseError) -> UInt8 {
        guard left >= 1 else { throw .truncated }
        at += 1
        return bytes[at - 1]
    }

    mutating func word() throws(ParseError) -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }

    /// A length and as many bytes (§1.5.4).
    mutating func text() throws(ParseError) -> [UInt8] {
        let count = Int(try word())
        guard left >= count else { throw .truncated }
        at += count
        return Array(bytes[at - count..<at])
    }

    /// Seven bits to a byte, at most four (§1.5.5).
    mutating func variable() throws(ParseError) -> UInt32 {
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), through: 21, by: 7) {
            let next = try byte()
            value |= UInt32(next & 0x7f) << shift
            if next & 0x80 == 0 { return value }
        }
        throw .malformed
    }

    mutating func part(_ count: Int) throws(ParseError) -> MQTTFieldReader {
        guard count >= 0, left >= count else { throw .truncated }
        at += count
        return MQTTFieldReader(bytes, at - count..<at)
    }

    mutating func rest() -> [UInt8] {
        defer { at = end }
        return Array(bytes[at..<end])
    }
}
