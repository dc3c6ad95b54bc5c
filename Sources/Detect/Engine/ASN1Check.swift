import Bytes

/// Snort's checks of BER data for lengths that overflow naive decoders.
enum ASN1Check {
    static func matches(_ test: ASN1Test, _ bytes: RawSpan, _ base: Int) -> Bool {
        let start = test.absoluteOffset ?? test.relativeOffset.map { $0 + Int64(base) } ?? 0
        guard start >= 0, start < Int64(bytes.byteCount) else { return false }
        var cursor = ByteCursor(bytes)
        cursor.offset = Int(start)
        for _ in 0..<256 {
            guard let (tag, length) = try? header(&cursor) else { return false }
            if let limit = test.oversizeLength, length > UInt64(limit) { return true }
            if test.bitstringOverflow, tag == 3, length > 0, cursor.left > 0, bytes.byte(at: cursor.offset) > 7,
                UInt64(bytes.byte(at: cursor.offset)) > length &* 8
            {
                return true
            }
            if test.doubleOverflow, tag == 9, length > 256 { return true }
            // Constructed values are entered, others passed over.
            let isConstructed = tag & 0x20 != 0
            if !isConstructed {
                guard length <= UInt64(cursor.left) else { return false }
                cursor.offset += Int(length)
            }
        }
        return false
    }

    private static func header(_ cursor: inout ByteCursor) throws(ParseError) -> (UInt8, UInt64) {
        let tag = try cursor.u8()
        if tag & 31 == 31 {
            while try cursor.u8() & 0x80 != 0 {}
        }
        let first = try cursor.u8()
        guard first & 0x80 != 0 else { return (tag, UInt64(first)) }
        var length: UInt64 = 0
        for _ in 0..<min(first & 0x7f, 8) { length = length << 8 | UInt64(try cursor.u8()) }
        return (tag, length)
    }
}
