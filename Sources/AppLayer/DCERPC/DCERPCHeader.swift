import Bytes

/// The common header of connection-oriented PDUs (C706 §12.6.3.1).
struct DCERPCHeader {
    static let size = 16

    static let typeNames = [
        "REQUEST", "PING", "RESPONSE", "FAULT", "WORKING", "NOCALL", "REJECT", "ACK", "CL_CANCEL", "FACK", "CANCEL_ACK", "BIND", "BINDACK",
        "BINDNAK", "ALTER_CONTEXT", "ALTER_CONTEXT_RESP", "AUTH3", "SHUTDOWN", "CO_CANCEL", "ORPHANED", "RTS",
    ]

    var minor: UInt8
    var type: UInt8
    var flags: UInt8
    var isLittleEndian: Bool
    var fragmentLength: Int
    var callID: UInt32

    var isFirst: Bool { flags & 1 != 0 }
    var isLast: Bool { flags & 2 != 0 }

    /// Nil where the bytes are no header; the caller has made sure that there are ``size`` of them.
    init?(_ bytes: RawSpan) {
        self.init(unverified: bytes)
        guard bytes.byte(at: 0) == 5, minor <= 1, type < DCERPCHeader.typeNames.count, fragmentLength >= DCERPCHeader.size else {
            return nil
        }
    }

    /// The fields of ``size`` bytes, whatever they are.
    init(unverified bytes: RawSpan) {
        minor = bytes.byte(at: 1)
        type = bytes.byte(at: 2)
        flags = bytes.byte(at: 3)
        // The first four bits of the data representation: 1 is little-endian.
        isLittleEndian = bytes.byte(at: 4) & 0x10 != 0
        fragmentLength = Int(DCERPCHeader.word(bytes, 8, isLittleEndian))
        let low = UInt32(DCERPCHeader.word(bytes, isLittleEndian ? 12 : 14, isLittleEndian))
        callID = UInt32(DCERPCHeader.word(bytes, isLittleEndian ? 14 : 12, isLittleEndian)) << 16 | low
    }

    var hasKnownType: Bool { type < DCERPCHeader.typeNames.count }

    /// A type's name; its number where it has none.
    static func typeName(_ type: UInt8) -> String { type < typeNames.count ? typeNames[Int(type)] : String(type) }

    static func word(_ bytes: RawSpan, _ at: Int, _ isLittleEndian: Bool) -> UInt16 {
        let value = bytes.uint16(at: at)
        return isLittleEndian ? value.byteSwapped : value
    }

    /// A UUID in the order in which it is written: its first three parts are numbers in the sender's byte order.
    static func uuid(_ bytes: RawSpan, _ at: Int, isLittleEndian: Bool) -> [UInt8] {
        let raw = bytes.extracting(at..<at + 16).copied()
        guard isLittleEndian else { return raw }
        return [raw[3], raw[2], raw[1], raw[0], raw[5], raw[4], raw[7], raw[6]] + raw[8...]
    }
}
