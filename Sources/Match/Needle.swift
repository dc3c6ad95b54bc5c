import Bytes

/// One byte string to look for, with what speeds the search worked out once.
public final class Needle: Sendable {
    /// In lower case where case is ignored.
    public let bytes: [UInt8]
    public let isCaseInsensitive: Bool
    /// The place of the byte that traffic holds least often.
    private let rare: Int
    private let rareByte: UInt8
    /// The same byte in the other case.
    private let otherByte: UInt8

    public init(_ bytes: [UInt8], isCaseInsensitive: Bool) {
        self.bytes = isCaseInsensitive ? bytes.map(ASCII.lowercased) : bytes
        self.isCaseInsensitive = isCaseInsensitive
        var best = 0
        var least = UInt8.max
        for index in 0..<min(bytes.count, 32) where ByteFrequency.costs[Int(bytes[index])] < least {
            least = ByteFrequency.costs[Int(bytes[index])]
            best = index
        }
        rare = best
        rareByte = bytes.isEmpty ? 0 : self.bytes[best]
        otherByte = isCaseInsensitive && ASCII.isLetter(rareByte) ? rareByte ^ 0x20 : rareByte
    }

    /// The first place at or after `start` where the bytes lie wholly before `end`; nil when there is none.
    ///
    /// The rarest byte is looked for by `memchr`, then the rest is compared.
    public func first(in text: RawSpan, from start: Int = 0, to end: Int = .max) -> Int? {
        let size = bytes.count
        let stop = min(end, text.byteCount)
        guard size > 0, start >= 0, stop - start >= size else { return nil }
        let text = text.prefix(stop)
        let last = stop - size
        if last - start < 4 { return nearby(text, start, last) }
        // The next places of the byte and of its other case, looked for again only when passed.
        var one = start + rare - 1
        var two = otherByte == rareByte ? Int.max : one
        var at = start + rare
        while at <= last + rare {
            if one < at { one = text.firstOffset(of: rareByte, from: at) ?? Int.max }
            if two < at { two = text.firstOffset(of: otherByte, from: at) ?? Int.max }
            let place = min(one, two)
            guard place <= last + rare else { return nil }
            if stands(text, place - rare) { return place - rare }
            at = place + 1
        }
        return nil
    }

    private func nearby(_ text: RawSpan, _ start: Int, _ last: Int) -> Int? {
        var at = start
        while at <= last {
            if stands(text, at) { return at }
            at &+= 1
        }
        return nil
    }

    @inline(__always)
    private func stands(_ text: RawSpan, _ place: Int) -> Bool {
        var index = 0
        if isCaseInsensitive {
            while index < bytes.count, ASCII.lowercased(text.byte(at: place &+ index)) == bytes[index] { index &+= 1 }
        } else {
            while index < bytes.count, text.byte(at: place &+ index) == bytes[index] { index &+= 1 }
        }
        return index == bytes.count
    }
}
