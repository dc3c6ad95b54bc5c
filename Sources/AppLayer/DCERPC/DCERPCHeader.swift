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
        guard bytes.byte(at: 0) == 5, bytes.byte(at: 1) <= 1, bytes.byte(at: 2) < DCERPCHeader.typeNames.count else { return nil }
        minor = bytes.byte(at: 1)
        type = bytes.byte(at: 2)
        flags = bytes.byte(at: 3)
        // The first four bits of the data representation: 1 is little-endian.
        isLittleEndian = bytes.byte(at: 4) & 0x10 != 0
        fragmentLength = Int(DCERPCHeader.word(bytes, 8, isLittleEndian))
        let low = UInt32(DCERPCHeader.word(bytes, isLittleEndian ? 12 : 14, isLittleEndian))
        callID = UInt32(DCERPCHeader.word(bytes, isLittleEndian ? 14 : 12, isLittleEndian)) << 16 | low
        guard fragmentLength >= DCERPCHeader.size else { return nil }
    }

    static func word(_ bytes: RawSpan, _ at: Int, _ isLittleEndian: Bool) -> UInt16 {
        let value = bytes.uint16(at: at)
        return isLittleEndian ? value.byteSwapped : value
    }
}
