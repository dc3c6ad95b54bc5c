/// Text in UTF-16, little-endian, as Windows protocols carry it.
public enum UTF16Text {
    /// The text in UTF-8 without its NULs. Half a pair of surrogates becomes U+FFFD; a last odd byte counts as a unit.
    public static func decode(_ bytes: RawSpan) -> [UInt8] {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.byteCount / 2 + 1)
        var at = 0
        while at < bytes.byteCount {
            let unit = bytes.byteCount - at >= 2 ? bytes.littleEndianUInt16(at: at) : UInt16(bytes.byte(at: at))
            if unit != 0 { units.append(unit) }
            at += 2
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    /// The text up to its NUL, and where the bytes behind the NUL begin; nil where no NUL ends it. At the very end one zero byte is enough.
    public static func terminated(_ bytes: RawSpan, from start: Int) -> (text: [UInt8], end: Int)? {
        var at = start
        while bytes.byteCount - at >= 2 {
            if bytes.littleEndianUInt16(at: at) == 0 { return (decode(bytes.extracting(start..<at)), at + 2) }
            at += 2
        }
        guard bytes.byteCount - at == 1, bytes.byte(at: at) == 0 else { return nil }
        return (decode(bytes.extracting(start..<at)), at + 1)
    }
}
