/// Well-formed UTF-8 by table 3-7 of the Unicode Standard.
public enum UTF8Sequence {
    /// The length of the well-formed sequence that begins at `index`: 1...4, or 0 when there is none.
    public static func length(in bytes: RawSpan, at index: Int) -> Int {
        let left = bytes.byteCount - index
        guard left > 0 else { return 0 }
        let first = bytes.byte(at: index)
        if first < 0x80 { return 1 }
        func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xbf) -> Bool {
            offset < left && range.contains(bytes.byte(at: index + offset))
        }
        switch first {
        case 0xc2...0xdf: return continues(1) ? 2 : 0
        case 0xe0: return continues(1, 0xa0...0xbf) && continues(2) ? 3 : 0
        case 0xed: return continues(1, 0x80...0x9f) && continues(2) ? 3 : 0
        case 0xe1...0xef: return continues(1) && continues(2) ? 3 : 0
        case 0xf0: return continues(1, 0x90...0xbf) && continues(2) && continues(3) ? 4 : 0
        case 0xf1...0xf3: return continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xf4: return continues(1, 0x80...0x8f) && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }

    /// Whether all the bytes are well-formed UTF-8.
    public static func isValid(_ bytes: RawSpan) -> Bool {
        var index = 0
        while index < bytes.byteCount {
            let length = length(in: bytes, at: index)
            if length == 0 { return false }
            index += length
        }
        return true
    }
}
