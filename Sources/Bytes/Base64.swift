/// Base64 with the alphabet of RFC 4648 §4.
public enum Base64 {
    static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    static func letter(_ value: UInt32) -> UInt8 { unsafe alphabet.utf8Start[Int(value & 63)] }

    /// Appends the padded encoding of `bytes`.
    public static func encode(_ bytes: RawSpan, into buffer: inout ByteBuffer) {
        buffer.reserve((bytes.byteCount + 2) / 3 * 4)
        var index = 0
        while bytes.byteCount - index >= 3 {
            let word = bytes.uint24(at: index)
            for index in 0..<4 { buffer.append(letter(word >> (18 - 6 * UInt32(index)))) }
            index += 3
        }
        let left = bytes.byteCount - index
        guard left > 0 else { return }
        let word = UInt32(bytes.byte(at: index)) << 16 | (left == 2 ? UInt32(bytes.byte(at: index + 1)) << 8 : 0)
        buffer.append(letter(word >> 18))
        buffer.append(letter(word >> 12))
        buffer.append(left == 2 ? letter(word >> 6) : 61)
        buffer.append(61)
    }

    /// The padded encoding as text.
    public static func encoded(_ bytes: RawSpan) -> String {
        var buffer = ByteBuffer(capacity: bytes.byteCount * 4 / 3 + 4)
        encode(bytes, into: &buffer)
        return String(decoding: buffer.bytes.copied(), as: UTF8.self)
    }

    /// The value 0...63 of a letter of the alphabet, or nil.
    @inlinable
    public static func value(_ letter: UInt8) -> UInt8? {
        switch letter {
        case 65...90: letter - 65
        case 97...122: letter - 71
        case 48...57: letter + 4
        case 43: 62
        case 47: 63
        default: nil
        }
    }

    /// The decoded bytes, or nil when the text is not padded Base64 throughout.
    public static func decoded(_ text: RawSpan) -> [UInt8]? {
        guard text.byteCount % 4 == 0 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.byteCount / 4 * 3)
        var index = 0
        while index < text.byteCount {
            var word: UInt32 = 0
            var padding = 0
            for offset in 0..<4 {
                let letter = text.byte(at: index + offset)
                if letter == 61 {
                    guard index + 4 == text.byteCount, offset >= 2 else { return nil }
                    padding += 1
                    word <<= 6
                } else {
                    guard padding == 0, let value = value(letter) else { return nil }
                    word = word << 6 | UInt32(value)
                }
            }
            result.append(UInt8(truncatingIfNeeded: word >> 16))
            if padding < 2 { result.append(UInt8(truncatingIfNeeded: word >> 8)) }
            if padding < 1 { result.append(UInt8(truncatingIfNeeded: word)) }
            index += 4
        }
        return result
    }
}
