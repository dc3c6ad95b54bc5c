import Bytes

/// The nine bytes before every frame (RFC 9113 §4.1).
struct HTTP2FrameHeader {
    static let size = 9

    var length: Int
    var type: UInt8
    var flags: Flags
    var streamID: UInt32
    var hasReservedBit: Bool

    struct Flags: OptionSet {
        let rawValue: UInt8
        /// The same bit says ACK in SETTINGS and PING.
        static let endStream = Flags(rawValue: 1)
        static let endHeaders = Flags(rawValue: 4)
        static let padded = Flags(rawValue: 8)
        static let priority = Flags(rawValue: 0x20)
    }

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= HTTP2FrameHeader.size else { return nil }
        length = Int(bytes.uint24(at: 0))
        type = bytes.byte(at: 3)
        flags = Flags(rawValue: bytes.byte(at: 4))
        let word = bytes.uint32(at: 5)
        hasReservedBit = word >> 31 != 0
        streamID = word & 0x7fff_ffff
    }

    init(type: UInt8, streamID: UInt32) {
        length = 0
        self.type = type
        flags = []
        self.streamID = streamID
        hasReservedBit = false
    }
}

/// Frame types (RFC 9113 §6).
enum HTTP2FrameType {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let priority: UInt8 = 2
    static let resetStream: UInt8 = 3
    static let settings: UInt8 = 4
    static let pushPromise: UInt8 = 5
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
    static let continuation: UInt8 = 9

    static let names: [(name: String, value: UInt64)] = [
        ("DATA", 0), ("HEADERS", 1), ("PRIORITY", 2), ("RSTSTREAM", 3), ("SETTINGS", 4), ("PUSHPROMISE", 5), ("PING", 6), ("GOAWAY", 7),
        ("WINDOWUPDATE", 8), ("CONTINUATION", 9), ("RST_STREAM", 3), ("PUSH_PROMISE", 5), ("WINDOW_UPDATE", 8),
    ]
}

/// Error codes (RFC 9113 §7): as rules write them, and as EVE does.
enum HTTP2ErrorCode {
    static let names: [(name: String, value: UInt64)] = [
        ("NO_ERROR", 0), ("PROTOCOL_ERROR", 1), ("INTERNAL_ERROR", 2), ("FLOW_CONTROL_ERROR", 3), ("SETTINGS_TIMEOUT", 4),
        ("STREAM_CLOSED", 5), ("FRAME_SIZE_ERROR", 6), ("REFUSED_STREAM", 7), ("CANCEL", 8), ("COMPRESSION_ERROR", 9),
        ("CONNECT_ERROR", 10), ("ENHANCE_YOUR_CALM", 11), ("INADEQUATE_SECURITY", 12), ("HTTP_1_1_REQUIRED", 13),
    ]

    private static let logged = [
        "NoError", "ProtocolError", "InternalError", "FlowControlError", "SettingsTimeout", "StreamClosed", "FrameSizeError",
        "RefusedStream", "Cancel", "CompressionError", "ConnectError", "EnhanceYourCalm", "InadequateSecurity", "Http11Required",
    ]

    /// The name in EVE, or the number.
    static func name(_ code: UInt32) -> String { code < UInt32(logged.count) ? logged[Int(code)] : String(code) }
}

/// One parameter of SETTINGS (RFC 9113 §6.5.1).
struct HTTP2Setting: Equatable {
    static let headerTableSize: UInt16 = 1

    /// As rules write them.
    static let names: [(name: String, value: UInt16)] = [
        ("SETTINGS_HEADER_TABLE_SIZE", 1), ("SETTINGS_ENABLE_PUSH", 2), ("SETTINGS_MAX_CONCURRENT_STREAMS", 3),
        ("SETTINGS_INITIAL_WINDOW_SIZE", 4), ("SETTINGS_MAX_FRAME_SIZE", 5), ("SETTINGS_MAX_HEADER_LIST_SIZE", 6),
        ("SETTINGS_ENABLE_CONNECT_PROTOCOL", 8), ("SETTINGS_NO_RFC7540_PRIORITIES", 9),
    ]

    var id: UInt16
    var value: UInt32

    /// The name in EVE, which has no lines between words but one.
    var loggedName: String {
        HTTP2Setting.names.first { $0.value == id }.map { $0.name.filter { $0 != "_" } } ?? "SETTINGS\(id)"
    }

    /// The known settings of a frame; the list ends at the first that is not known.
    static func list(_ bytes: RawSpan) -> [HTTP2Setting] {
        var result: [HTTP2Setting] = []
        var at = 0
        while bytes.byteCount - at >= 6 {
            let id = bytes.uint16(at: at)
            guard names.contains(where: { $0.value == id }) else { break }
            result.append(HTTP2Setting(id: id, value: bytes.uint32(at: at + 2)))
            at += 6
        }
        return result
    }
}

/// What rules and logs keep of a frame.
struct HTTP2FrameRecord {
    enum Content {
        case none
        case settings([HTTP2Setting])
        case error(UInt32)
        case priority(UInt8)
        case windowIncrement(UInt32)
        /// A range of the transaction's header entries, and the weight that stood before them.
        case headers(Range<Int>, priority: UInt8?)
    }

    var type: UInt8
    var content: Content
}
