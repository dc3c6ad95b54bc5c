import Bytes

/// A value in the encoding of BEP 3. Byte strings are places in the bytes that were read.
indirect enum Bencode {
    case integer(Int64)
    case bytes(Range<Int>)
    case list([Bencode])
    case dictionary([(key: Range<Int>, value: Bencode)])

    /// Reads the value at `offset` and moves `offset` behind it.
    ///
    /// - Parameter depth: lists and dictionaries that may still be opened.
    /// - Throws: ``ParseError/malformed`` also for what is readable but not in the one form that the encoding allows: leading zeros,
    ///   keys out of order.
    static func read(_ bytes: RawSpan, _ offset: inout Int, depth: Int) throws(ParseError) -> Bencode {
        guard offset < bytes.byteCount else { throw .truncated }
        switch bytes.byte(at: offset) {
        case 0x69:
            offset += 1
            return .integer(try number(bytes, &offset, end: 0x65))
        case 0x6c:
            guard depth > 0 else { throw .overLimit }
            offset += 1
            var list: [Bencode] = []
            while try !isEnd(bytes, &offset) { list.append(try read(bytes, &offset, depth: depth - 1)) }
            return .list(list)
        case 0x64:
            guard depth > 0 else { throw .overLimit }
            offset += 1
            var pairs: [(key: Range<Int>, value: Bencode)] = []
            while try !isEnd(bytes, &offset) {
                let key = try string(bytes, &offset)
                if let last = pairs.last?.key, !precedes(bytes, last, key) { throw .malformed }
                pairs.append((key, try read(bytes, &offset, depth: depth - 1)))
            }
            return .dictionary(pairs)
        default: return .bytes(try string(bytes, &offset))
        }
    }

    private static func isEnd(_ bytes: RawSpan, _ offset: inout Int) throws(ParseError) -> Bool {
        guard offset < bytes.byteCount else { throw .truncated }
        guard bytes.byte(at: offset) == 0x65 else { return false }
        offset += 1
        return true
    }

    private static func string(_ bytes: RawSpan, _ offset: inout Int) throws(ParseError) -> Range<Int> {
        let length = try number(bytes, &offset, end: 0x3a)
        guard length >= 0, length <= Int64(bytes.byteCount - offset) else { throw .truncated }
        let start = offset
        offset += Int(length)
        return start..<offset
    }

    /// Digits up to the byte `end`.
    private static func number(_ bytes: RawSpan, _ offset: inout Int, end: UInt8) throws(ParseError) -> Int64 {
        guard offset < bytes.byteCount else { throw .truncated }
        let isNegative = bytes.byte(at: offset) == 0x2d
        if isNegative { offset += 1 }
        let start = offset
        var value: Int64 = 0
        while offset < bytes.byteCount, bytes.byte(at: offset) != end {
            let byte = bytes.byte(at: offset)
            guard ASCII.isDigit(byte), offset - start < 18 else { throw .malformed }
            value = value * 10 + Int64(byte - 48)
            offset += 1
        }
        guard offset < bytes.byteCount else { throw .truncated }
        guard offset > start, bytes.byte(at: start) != 48 || (offset == start + 1 && !isNegative) else { throw .malformed }
        offset += 1
        return isNegative ? -value : value
    }

    private static func precedes(_ bytes: RawSpan, _ first: Range<Int>, _ second: Range<Int>) -> Bool {
        for index in 0..<min(first.count, second.count) {
            let (a, b) = (bytes.byte(at: first.lowerBound + index), bytes.byte(at: second.lowerBound + index))
            if a != b { return a < b }
        }
        return first.count < second.count
    }
}
