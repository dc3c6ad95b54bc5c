/// ASCII folding and classes by byte. Nothing here looks at locales: the wire has none.
@frozen public enum ASCII {
    /// `A`–`Z` to lower case; every other byte as it is.
    @inlinable @inline(__always)
    public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 65 < 26 ? byte | 0x20 : byte
    }

    @inlinable @inline(__always)
    public static func uppercased(_ byte: UInt8) -> UInt8 {
        byte &- 97 < 26 ? byte & 0xdf : byte
    }

    @inlinable @inline(__always)
    public static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    @inlinable @inline(__always)
    public static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 }

    @inlinable @inline(__always)
    public static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLetter(byte) }

    /// Space, TAB, LF, VT, FF or CR, as C's `isspace` in the C locale.
    @inlinable @inline(__always)
    public static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte &- 9 < 5 }

    /// 0x20...0x7e.
    @inlinable @inline(__always)
    public static func isPrintable(_ byte: UInt8) -> Bool { byte &- 32 < 95 }

    /// The value of a hexadecimal digit, or nil.
    @inlinable @inline(__always)
    public static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 48 < 10 { return byte &- 48 }
        let lower = byte | 0x20
        return lower &- 97 < 6 ? lower &- 87 : nil
    }

    /// A lower-case hexadecimal digit for 0...15.
    @inlinable @inline(__always)
    public static func hexDigit(_ value: UInt8) -> UInt8 {
        let v = value & 15
        return v < 10 ? 48 &+ v : 87 &+ v
    }
}
