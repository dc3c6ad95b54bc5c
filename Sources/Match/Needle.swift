import Bytes
import Glibc

/// One byte string to look for, with what speeds the search worked out once.
@safe public final class Needle: Sendable {
    /// Bytes in it.
    public let count: Int
    public let isCaseInsensitive: Bool
    // Written in init alone; workers only read.
    /// In lower case where case is ignored.
    private nonisolated(unsafe) let bytes: UnsafeMutablePointer<UInt8>
    /// The place of the byte that traffic holds least often.
    private let rare: Int
    private let rareByte: UInt8
    /// The same byte in the other case.
    private let otherByte: UInt8

    public init(_ text: [UInt8], isCaseInsensitive: Bool) {
        let folded = isCaseInsensitive ? text.map(ASCII.lowercased) : text
        count = folded.count
        self.isCaseInsensitive = isCaseInsensitive
        unsafe bytes = .allocate(capacity: max(1, folded.count))
        unsafe bytes.initialize(from: folded, count: folded.count)
        let rare = folded.indices.prefix(32).min { ByteFrequency.costs[Int(folded[$0])] < ByteFrequency.costs[Int(folded[$1])] } ?? 0
        self.rare = rare
        rareByte = folded.isEmpty ? 0 : folded[rare]
        otherByte = isCaseInsensitive && ASCII.isLetter(rareByte) ? rareByte ^ 0x20 : rareByte
    }

    deinit { unsafe bytes.deallocate() }

    /// The first place at or after `start` where the bytes lie wholly before `end`; nil when there is none.
    ///
    /// The rarest byte is looked for by `memchr`, then the rest is compared.
    public func first(in text: RawSpan, from start: Int = 0, to end: Int = .max) -> Int? {
        let stop = min(end, text.byteCount)
        guard count > 0, start >= 0, stop - start >= count else { return nil }
        return unsafe text.withUnsafeBytes { buffer -> Int? in
            guard let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
            let last = stop - count
            if last - start < 10 {
                for place in start...last where unsafe stands(base + place) { return place }
                return nil
            }
            return otherByte == rareByte ? unsafe search(base, start, last) : unsafe searchBoth(base, start, last)
        }
    }

    private func search(_ base: UnsafePointer<UInt8>, _ start: Int, _ last: Int) -> Int? {
        var at = start
        while at <= last, let found = unsafe memchr(base + at + rare, Int32(rareByte), last - at + 1) {
            let place = unsafe UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base - rare
            if unsafe stands(base + place) { return place }
            at = place + 1
        }
        return nil
    }

    /// Keeps the next places of the byte and of its other case, which are looked for again only when passed.
    private func searchBoth(_ base: UnsafePointer<UInt8>, _ start: Int, _ last: Int) -> Int? {
        func next(_ byte: UInt8, _ at: Int) -> Int {
            guard let found = unsafe memchr(base + at + rare, Int32(byte), last - at + 1) else { return Int.max }
            return unsafe UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base - rare
        }
        var one = next(rareByte, start)
        var two = next(otherByte, start)
        while min(one, two) <= last {
            let place = min(one, two)
            if unsafe stands(base + place) { return place }
            guard place < last else { return nil }
            if one == place { one = next(rareByte, place + 1) }
            if two == place { two = next(otherByte, place + 1) }
        }
        return nil
    }

    @inline(__always)
    private func stands(_ text: UnsafePointer<UInt8>) -> Bool {
        var index = 0
        if isCaseInsensitive {
            while index < count, unsafe ASCII.lowercased(text[index]) == bytes[index] { index &+= 1 }
        } else {
            while index < count, unsafe text[index] == bytes[index] { index &+= 1 }
        }
        return index == count
    }
}
