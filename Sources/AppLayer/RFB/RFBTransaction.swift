import Bytes

extension BufferID {
    static let rfbName = BufferID(.rfb, 1)
    static let rfbSecurityType = BufferID(.rfb, 2)
    static let rfbSecurityResult = BufferID(.rfb, 3)
}

/// What rules can look at in RFB.
enum RFBFields {
    static let buffers: [BufferDescriptor] = [.init(.rfbName, "rfb.name", directions: .toClient, progress: (0, RFBTransaction.named))]

    static let numbers: [NumberField] = [
        NumberField(.rfbSecurityType, "rfb.sectype", directions: .toServer, progress: (0, 0), maximum: 0xffff_ffff),
        NumberField(
            .rfbSecurityResult, "rfb.secresult", directions: .toClient, progress: (0, 0), maximum: 0xffff_ffff,
            symbols: [("ok", 0), ("fail", 1), ("toomany", 2), ("unknown", 3)]),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case unimplementedSecurityType, unknownSecurityResult, malformedMessage, confusedState }

    static let events = ["unimplemented_security_type", "unknown_security_result", "malformed_message", "confused_state"]
}

/// The opening of an RFB session: versions, authentication, the screen. What follows is not read.
final class RFBTransaction: Transaction {
    /// Steps of the progress: each thing that was learned is one, the last says that nothing more comes.
    static let named: UInt8 = 5
    private static let complete: UInt8 = 6

    struct Version {
        var major: [UInt8]
        var minor: [UInt8]
    }

    struct Screen {
        var width: UInt16
        var height: UInt16
        var bitsPerPixel: UInt8
        var depth: UInt8
        var isBigEndian: Bool
        var isTrueColor: Bool
        var maxima: (red: UInt16, green: UInt16, blue: UInt16)
        var shifts: (red: UInt8, green: UInt8, blue: UInt8)
        var name: [UInt8]
    }

    var serverVersion: Version?
    var clientVersion: Version?
    var securityType: UInt32?
    var challenge: [UInt8]?
    var response: [UInt8]?
    var securityResult: UInt32?
    var failureReason: [UInt8]?
    var isShared: Bool?
    var screen: Screen?

    override func completeProgress(_ direction: FlowDirection) -> UInt8 { RFBTransaction.complete }

    func step(_ direction: FlowDirection) { advance(direction, to: min(progress(direction) + 1, RFBTransaction.named - 1)) }

    func complete() {
        advance(.toServer, to: RFBTransaction.complete)
        advance(.toClient, to: RFBTransaction.complete)
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance == 0 else { return false }
        switch buffer {
        case .rfbName:
            guard let name = screen?.name else { return false }
            body(name.rawSpan)
        case .rfbSecurityType:
            guard let securityType else { return false }
            NumberField.supply(UInt64(securityType), body)
        case .rfbSecurityResult:
            guard let securityResult else { return false }
            NumberField.supply(UInt64(securityResult), body)
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
        return true
    }

    // MARK: EVE

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("rfb")
        json.beginObject()
        if let serverVersion {
            json.key("server_protocol_version")
            write(serverVersion, &json)
        }
        if let clientVersion {
            json.key("client_protocol_version")
            write(clientVersion, &json)
        }
        writeAuthentication(&json)
        if let failureReason {
            json.key("server_security_failure_reason")
            json.string(failureReason)
        }
        if let isShared {
            json.key("screen_shared")
            json.bool(isShared)
        }
        if let screen { write(screen, &json) }
        json.endObject()
    }

    private func write(_ version: Version, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("major")
        json.string(version.major)
        json.key("minor")
        json.string(version.minor)
        json.endObject()
    }

    private func writeAuthentication(_ json: inout JSONWriter) {
        json.key("authentication")
        json.beginObject()
        if let securityType {
            json.key("security_type")
            json.number(UInt64(securityType))
        }
        if securityType == 2 {
            json.key("vnc")
            json.beginObject()
            if let challenge {
                json.key("challenge")
                json.hex(challenge.rawSpan)
            }
            if let response {
                json.key("response")
                json.hex(response.rawSpan)
            }
            json.endObject()
        }
        if let securityResult {
            json.key("security_result")
            switch securityResult {
            case 0: json.string("OK" as StaticString)
            case 1: json.string("FAIL" as StaticString)
            case 2: json.string("TOOMANY" as StaticString)
            default: json.string("UNKNOWN (\(securityResult))")
            }
        }
        json.endObject()
    }

    private func write(_ screen: Screen, _ json: inout JSONWriter) {
        json.key("framebuffer")
        json.beginObject()
        json.key("width")
        json.number(UInt64(screen.width))
        json.key("height")
        json.number(UInt64(screen.height))
        json.key("name")
        json.string(screen.name)
        json.key("pixel_format")
        json.beginObject()
        for (name, value) in [
            ("bits_per_pixel", UInt16(screen.bitsPerPixel)), ("depth", UInt16(screen.depth)), ("red_max", screen.maxima.red),
            ("green_max", screen.maxima.green), ("blue_max", screen.maxima.blue), ("red_shift", UInt16(screen.shifts.red)),
            ("green_shift", UInt16(screen.shifts.green)), ("blue_shift", UInt16(screen.shifts.blue)),
        ] {
            json.key(dynamic: name)
            json.number(UInt64(value))
        }
        json.key("big_endian")
        json.bool(screen.isBigEndian)
        json.key("true_color")
        json.bool(screen.isTrueColor)
        json.endObject()
        json.endObject()
    }
}
