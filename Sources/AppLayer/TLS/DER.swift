import Bytes

/// The distinguished encoding of ASN.1 (X.690) as far as certificates need it: definite lengths, one-byte tags.
enum DER {
    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let enumerated: UInt8 = 0x0a
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18
    static let bmpString: UInt8 = 0x1e
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// One element: its tag and where its content is in the bytes that were read.
    struct Element {
        var tag: UInt8
        var content: Range<Int>
    }

    /// The element at `offset`, within `end`; moves `offset` behind it. Nil when the bytes are no element.
    static func next(_ bytes: RawSpan, _ offset: inout Int, end: Int) -> Element? {
        guard end <= bytes.byteCount, offset >= 0, end - offset >= 2 else { return nil }
        let tag = bytes.byte(at: offset)
        guard tag & 0x1f != 0x1f else { return nil }
        var length = Int(bytes.byte(at: offset + 1))
        var start = offset + 2
        if length >= 0x80 {
            let size = length & 0x7f
            guard (1...4).contains(size), end - start >= size else { return nil }
            length = 0
            for index in 0..<size { length = length << 8 | Int(bytes.byte(at: start + index)) }
            start += size
        }
        guard end - start >= length else { return nil }
        offset = start + length
        return Element(tag: tag, content: start..<start + length)
    }

    /// Whether the outermost element, or the one that begins its content, ends before its length field does or claims more than there is; not
    /// when it claims what no certificate can have.
    static func isCut(_ bytes: RawSpan) -> Bool {
        var at = 0
        guard let outer = next(bytes, &at, end: bytes.byteCount) else { return claimsMore(bytes, 0, bytes.byteCount) }
        at = outer.content.lowerBound
        return next(bytes, &at, end: outer.content.upperBound) == nil
            && claimsMore(bytes, outer.content.lowerBound, outer.content.upperBound)
    }

    private static func claimsMore(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Bool {
        guard end - start >= 2 else { return true }
        let size = Int(bytes.byte(at: start + 1)) - 0x80
        guard size > 0 else { return true }
        guard end - start - 2 >= size else { return size <= 4 }
        return size <= 4 && bytes.byte(at: start + 2) < 0x80
    }

    /// The element at `offset` when it has this tag.
    static func next(_ bytes: RawSpan, _ offset: inout Int, end: Int, tag: UInt8) -> Range<Int>? {
        var at = offset
        guard let element = next(bytes, &at, end: end), element.tag == tag else { return nil }
        offset = at
        return element.content
    }

    /// An object identifier as numbers with dots.
    static func dotted(_ bytes: RawSpan) -> String {
        var parts: [UInt64] = []
        var value: UInt64 = 0
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(at: index)
            value = (value & UInt64.max >> 7) << 7 | UInt64(byte & 0x7f)
            if byte & 0x80 == 0 {
                if parts.isEmpty {
                    let first = min(value / 40, 2)
                    parts = [first, value - first * 40]
                } else {
                    parts.append(value)
                }
                value = 0
            }
        }
        return parts.map { String($0) }.joined(separator: ".")
    }

    /// Seconds since 1970 of a UTCTime or GeneralizedTime in UTC (RFC 5280 §4.1.2.5); nil when it is malformed.
    static func time(_ bytes: RawSpan, tag: UInt8) -> Int64? {
        var digits: [Int64] = []
        for index in 0..<min(bytes.byteCount, 14) {
            let byte = bytes.byte(at: index)
            guard ASCII.isDigit(byte) else { break }
            digits.append(Int64(byte - 48))
        }
        let yearDigits = tag == utcTime ? 2 : 4
        guard tag == utcTime || tag == generalizedTime, digits.count >= yearDigits + 8 else { return nil }
        var year = digits[..<yearDigits].reduce(0) { $0 * 10 + $1 }
        if tag == utcTime { year += year < 50 ? 2000 : 1900 }
        let rest = digits[yearDigits...] + [0, 0]
        let at = yearDigits
        func two(_ index: Int) -> Int64 { rest[at + index] * 10 + rest[at + index + 1] }
        let (month, day, hour, minute, second) = (two(0), two(2), two(4), two(6), two(8))
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61 else { return nil }
        return CivilTime.days(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second
    }
}

/// Days and dates of the proleptic Gregorian calendar, by the well-known era arithmetic (400 years are 146,097 days).
enum CivilTime {
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// `2022-12-01T06:47:31`.
    static func write(_ seconds: Int64, _ buffer: inout ByteBuffer) {
        let days = (seconds >= 0 ? seconds : seconds - 86399) / 86400
        let second = seconds - days * 86400
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        buffer.append(decimal: UInt64(max(year, 0)), width: 4)
        for (value, mark) in [
            (month, 45), (dayOfYear - (153 * shifted + 2) / 5 + 1, 45), (second / 3600, 84), (second / 60 % 60, 58), (second % 60, 58),
        ] as [(Int64, UInt8)] {
            buffer.append(mark)
            buffer.append(decimal: UInt64(value), width: 2)
        }
    }
}
