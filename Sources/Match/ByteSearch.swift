import Bytes

/// Looking for one short string in bytes.
public enum ByteSearch {
    /// The first place at or after `start` where `pattern` lies wholly before `end`; nil when there is none.
    /// When case is ignored, `pattern` must be in lower case.
    ///
    /// The rarest byte of the pattern is looked for by `memchr`, then the rest is compared.
    public static func first(_ pattern: [UInt8], in bytes: RawSpan, from start: Int, to end: Int, ignoringCase: Bool) -> Int? {
        let size = pattern.count
        let stop = min(end, bytes.byteCount)
        guard size > 0, start >= 0, stop - start >= size else { return nil }
        let last = stop - size
        if last - start < 4 { return nearby(pattern, bytes, start, last, ignoringCase) }
        let rare = rarest(pattern)
        let byte = pattern[rare]
        let other = ignoringCase && ASCII.isLetter(byte) ? byte ^ 0x20 : byte
        // The next places of the byte and of its other case, looked for again only when passed.
        var one = start + rare - 1
        var two = other == byte ? Int.max : one
        var at = start + rare
        while at <= last + rare {
            if one < at { one = bytes.firstOffset(of: byte, from: at) ?? Int.max }
            if two < at { two = bytes.firstOffset(of: other, from: at) ?? Int.max }
            let place = min(one, two)
            guard place <= last + rare else { return nil }
            if stands(pattern, bytes, place - rare, ignoringCase) { return place - rare }
            at = place + 1
        }
        return nil
    }

    private static func nearby(_ pattern: [UInt8], _ bytes: RawSpan, _ start: Int, _ last: Int, _ ignoringCase: Bool) -> Int? {
        var at = start
        while at <= last {
            if stands(pattern, bytes, at, ignoringCase) { return at }
            at &+= 1
        }
        return nil
    }

    @inline(__always)
    private static func stands(_ pattern: [UInt8], _ bytes: RawSpan, _ place: Int, _ ignoringCase: Bool) -> Bool {
        var index = 0
        if ignoringCase {
            while index < pattern.count, ASCII.lowercased(bytes.byte(at: place &+ index)) == pattern[index] { index &+= 1 }
        } else {
            while index < pattern.count, bytes.byte(at: place &+ index) == pattern[index] { index &+= 1 }
        }
        return index == pattern.count
    }

    @inline(__always)
    private static func rarest(_ pattern: [UInt8]) -> Int {
        var best = 0
        var least = UInt8.max
        for index in 0..<min(pattern.count, 32) {
            let cost = ByteFrequency.costs[Int(pattern[index])]
            if cost < least {
                least = cost
                best = index
            }
        }
        return best
    }
}
