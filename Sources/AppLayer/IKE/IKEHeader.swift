import Bytes

/// The header of ISAKMP (RFC 2408 §3.1), which IKEv2 has kept (RFC 7296 §3.1).
struct IKEHeader: Equatable {
    static let size = 28
    /// IKEv1: the payloads are encrypted.
    static let encryptedFlag: UInt8 = 0x01
    /// IKEv2: the sender is the one who began.
    static let initiatorFlag: UInt8 = 0x08

    var initiatorSPI: UInt64
    var responderSPI: UInt64
    var nextPayload: UInt8
    var majorVersion: UInt8
    var minorVersion: UInt8
    var exchangeType: UInt8
    var flags: UInt8
    var messageID: UInt32
    var length: UInt32

    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= IKEHeader.size else { return nil }
        initiatorSPI = bytes.uint64(at: 0)
        responderSPI = bytes.uint64(at: 8)
        nextPayload = bytes.byte(at: 16)
        majorVersion = bytes.byte(at: 17) >> 4
        minorVersion = bytes.byte(at: 17) & 15
        exchangeType = bytes.byte(at: 18)
        flags = bytes.byte(at: 19)
        messageID = bytes.uint32(at: 20)
        length = bytes.uint32(at: 24)
    }

    /// 16 hexadecimal digits, as rules and EVE show an SPI.
    static func text(_ spi: UInt64) -> [UInt8] { (0..<16).map { ASCII.hexDigit(UInt8(truncatingIfNeeded: spi >> (60 - 4 * UInt64($0)))) } }
}

/// A chain of payloads: each has a generic header (RFC 2408 §3.2) that names the type of the next one.
struct IKEPayloadChain {
    struct Payload {
        var type: UInt8
        /// The type that its header names for what follows.
        var next: UInt8
        /// Place in the bytes that were read.
        var content: Range<Int>
    }

    private(set) var payloads: [Payload] = []
    /// Offset behind the last payload that fits.
    private(set) var end = 0

    /// - Parameter first: type of the first payload.
    init(_ bytes: RawSpan, first: UInt8) {
        var type = first
        while bytes.byteCount - end >= 4 {
            let next = bytes.byte(at: end)
            // Lengths under 4 do not even cover the header: nothing follows it then.
            let size = max(Int(bytes.uint16(at: end + 2)), 4)
            guard bytes.byteCount - end >= size else { return }
            payloads.append(Payload(type: type, next: next, content: end + 4..<end + size))
            end += size
            type = next
        }
    }
}
