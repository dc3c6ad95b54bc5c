import Bytes

extension BufferID {
    static let ntpReferenceID = BufferID(.ntp, 1)
    static let ntpVersion = BufferID(.ntp, 2)
    static let ntpMode = BufferID(.ntp, 3)
    static let ntpStratum = BufferID(.ntp, 4)
}

/// What rules can look at in NTP.
enum NTPFields {
    static let buffers: [BufferDescriptor] = [.init(.ntpReferenceID, "ntp.reference_id", directions: .both, progress: (1, 1))]

    static let numbers: [NumberField] = [
        NumberField(.ntpVersion, "ntp.version", directions: .both, progress: (1, 1), maximum: 255),
        NumberField(
            .ntpMode, "ntp.mode", directions: .both, progress: (1, 1), maximum: 255,
            symbols: [
                ("reserved", 0), ("symmetric_active", 1), ("symmetric_passive", 2), ("client", 3), ("server", 4), ("broadcast", 5),
                ("control", 6), ("private", 7),
            ]),
        NumberField(.ntpStratum, "ntp.stratum", directions: .both, progress: (1, 1), maximum: 255),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case unsolicitedResponse, malformedData, notRequest, notResponse }

    static let events = ["unsolicited_response", "malformed_data", "not_request", "not_response"]
}

/// The header of RFC 5905 §7.3, which version 3 (RFC 1305) shares.
struct NTPHeader: Equatable {
    static let size = 48

    var version: UInt8
    var mode: UInt8
    var stratum: UInt8
    var referenceID: [UInt8]

    /// Nil for other versions than 3 and 4, and for extensions and digests that do not fill the datagram.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= NTPHeader.size else { return nil }
        version = bytes.byte(at: 0) >> 3 & 7
        mode = bytes.byte(at: 0) & 7
        stratum = bytes.byte(at: 1)
        referenceID = bytes.extracting(12..<16).copied()
        switch version {
        case 3: break
        case 4: guard NTPHeader.isTail(bytes.dropping(NTPHeader.size)) else { return nil }
        default: return nil
        }
    }

    /// Extension fields (RFC 7822), then nothing or a key with a digest of 16 or 20 bytes.
    private static func isTail(_ bytes: RawSpan) -> Bool {
        var at = 0
        while bytes.byteCount - at > 24 {
            let size = Int(bytes.uint16(at: at + 2))
            guard size >= 16, bytes.byteCount - at >= size else { return false }
            at += size
        }
        let left = bytes.byteCount - at
        if left == 0 || left == 20 || left == 24 { return true }
        return left >= 16 && Int(bytes.uint16(at: at + 2)) == left
    }
}

/// One datagram of NTP.
final class NTPTransaction: MessageTransaction {
    let header: NTPHeader

    init(_ origin: MessageOrigin, _ header: NTPHeader) {
        self.header = header
        super.init(origin)
    }

    override func bytes(_ buffer: BufferID, _ instance: Int) -> [UInt8]? {
        buffer == .ntpReferenceID && instance == 0 ? header.referenceID : nil
    }

    override func number(_ field: BufferID, _ instance: Int) -> UInt64? {
        guard instance == 0 else { return nil }
        switch field {
        case .ntpVersion: return UInt64(header.version)
        case .ntpMode: return UInt64(header.mode)
        case .ntpStratum: return UInt64(header.stratum)
        default: return nil
        }
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("ntp")
        json.beginObject()
        json.key("version")
        json.number(Int(header.version))
        json.key("mode")
        json.number(Int(header.mode))
        json.key("stratum")
        json.number(Int(header.stratum))
        json.key("reference_id")
        let referenceID = header.referenceID
        json.hex(referenceID.rawSpan, separator: 58)
        json.endObject()
    }
}

/// NTP versions 3 and 4: each datagram a transaction.
final class NTPParser: DatagramParser {
    static let descriptor = ProtocolDescriptor(
        .ntp, name: "ntp", transports: .udp, ports: [123], requiresPort: true, buffers: NTPFields.buffers, numbers: NTPFields.numbers,
        events: NTPFields.events, eventType: "ntp", probe: { bytes, _ in NTPHeader(bytes) == nil ? .no : .certain }
    ) { limits, _ in NTPParser(limits: limits) }

    init(limits: ParserLimits) { super.init(.ntp, limits: limits, malformed: NTPFields.Event.malformedData.rawValue) }

    override func message(_ bytes: RawSpan, _ origin: MessageOrigin) -> MessageTransaction? {
        NTPHeader(bytes).map { NTPTransaction(origin, $0) }
    }
}
