/// Writes JSON (RFC 8259) straight into a ``ByteBuffer``. Commas are put where they belong by looking at the last byte written.
///
/// Keys are static text without characters that JSON escapes. Values that come from the wire are escaped so that a line
/// is always valid JSON in valid UTF-8: bytes that are no UTF-8 are written as the six characters `\\xNN`.
@frozen public struct JSONWriter: ~Copyable {
    public var buffer: ByteBuffer

    @inlinable
    public init(capacity: Int = 16 * 1024) { buffer = ByteBuffer(capacity: capacity) }

    /// Whether a comma belongs between the last byte and the next value.
    @inlinable @inline(__always)
    var needsComma: Bool {
        guard let last = buffer.last else { return false }
        return last != 0x7b && last != 0x5b && last != 0x3a && last != 0x0a
    }

    @inlinable @inline(__always)
    mutating func separate() {
        if needsComma { buffer.append(0x2c) }
    }

    @inlinable @inline(__always)
    public mutating func key(_ name: StaticString) {
        buffer.reserve(name.utf8CodeUnitCount &+ 4)
        if needsComma { buffer.put(0x2c) }
        buffer.put(0x22)
        buffer.put(name)
        buffer.put(0x22)
        buffer.put(0x3a)
    }

    /// A key that is not known when compiling, escaped like a value.
    @inlinable
    public mutating func key(dynamic name: String) {
        string(name)
        buffer.append(0x3a)
    }

    @inlinable @inline(__always)
    public mutating func beginObject() {
        separate()
        buffer.append(0x7b)
    }

    @inlinable @inline(__always)
    public mutating func endObject() { buffer.append(0x7d) }

    @inlinable @inline(__always)
    public mutating func beginArray() {
        separate()
        buffer.append(0x5b)
    }

    @inlinable @inline(__always)
    public mutating func endArray() { buffer.append(0x5d) }

    /// Ends the document with a line feed.
    @inlinable @inline(__always)
    public mutating func endLine() { buffer.append(0x0a) }

    @inlinable @inline(__always)
    public mutating func number(_ value: UInt64) {
        separate()
        buffer.append(decimal: value)
    }

    @inlinable @inline(__always)
    public mutating func number(_ value: Int) {
        separate()
        buffer.append(decimal: Int64(value))
    }

    @inlinable @inline(__always)
    public mutating func bool(_ value: Bool) {
        separate()
        if value { buffer.append("true") } else { buffer.append("false") }
    }

    @inlinable @inline(__always)
    public mutating func null() {
        separate()
        buffer.append("null")
    }

    @inlinable @inline(__always)
    public mutating func string(_ value: StaticString) {
        buffer.reserve(value.utf8CodeUnitCount &+ 3)
        if needsComma { buffer.put(0x2c) }
        buffer.put(0x22)
        buffer.put(value)
        buffer.put(0x22)
    }

    public mutating func string(_ value: String) {
        string(value.utf8.span.bytes)
    }

    /// The shortest digits that give the number back; null for what JSON has no number for.
    public mutating func number(_ value: Double) {
        separate()
        buffer.append(utf8: value.isFinite ? "\(value)" : "null")
    }

    /// A value that is JSON already.
    public mutating func raw(_ value: [UInt8]) {
        separate()
        buffer.append(value)
    }

    /// Opens a string value whose text the caller appends to ``buffer`` itself; the text must need no escapes.
    @inlinable @inline(__always)
    public mutating func beginText() {
        separate()
        buffer.append(0x22)
    }

    @inlinable @inline(__always)
    public mutating func endText() { buffer.append(0x22) }

    /// Bytes from the wire as a JSON string.
    public mutating func string(_ value: RawSpan) {
        separate()
        buffer.append(0x22)
        text(value)
        buffer.append(0x22)
    }

    public mutating func string(_ value: [UInt8]) { string(value.rawSpan) }

    /// At most `limit` bytes of the value, and after them how many are left out.
    public mutating func string(_ value: [UInt8], limit: Int) {
        guard value.count > limit else { return string(value) }
        separate()
        buffer.append(0x22)
        text(value.rawSpan.prefix(limit))
        buffer.append(utf8: "[truncated \(value.count - limit) additional bytes]")
        buffer.append(0x22)
    }

    /// Lower-case hexadecimal of the bytes, with `separator` between them when it is given.
    public mutating func hex(_ value: RawSpan, separator: UInt8? = nil) {
        separate()
        buffer.append(0x22)
        for index in 0..<value.byteCount {
            if let separator, index > 0 { buffer.append(separator) }
            buffer.append(hex: value.byte(at: index))
        }
        buffer.append(0x22)
    }

    /// The bytes in Base64 (RFC 4648 §4).
    public mutating func base64(_ value: RawSpan) {
        separate()
        buffer.append(0x22)
        Base64.encode(value, into: &buffer)
        buffer.append(0x22)
    }

    /// The bytes with everything outside printable ASCII (and line ends) shown as ".", as EVE's `payload_printable` wants it.
    public mutating func printable(_ value: RawSpan) {
        separate()
        buffer.append(0x22)
        for index in 0..<value.byteCount {
            let byte = value.byte(at: index)
            escape(ASCII.isPrintable(byte) || byte == 10 || byte == 13 ? byte : 46)
        }
        buffer.append(0x22)
    }

    /// An address: dotted quad, or eight full groups for IPv6 as Suricata prints them.
    public mutating func address(_ value: IPAddress) {
        separate()
        buffer.append(0x22)
        if value.isV4 {
            for octet in 0..<4 {
                if octet > 0 { buffer.append(46) }
                buffer.append(octet: UInt8(truncatingIfNeeded: value.v4 >> (24 &- 8 &* UInt32(octet))))
            }
        } else {
            for group in 0..<8 {
                if group > 0 { buffer.append(58) }
                let word = (group < 4 ? value.high : value.low) >> (48 &- 16 &* UInt64(group & 3))
                buffer.append(hex: UInt8(truncatingIfNeeded: word >> 8))
                buffer.append(hex: UInt8(truncatingIfNeeded: word))
            }
        }
        buffer.append(0x22)
    }

    @inlinable @inline(__always)
    mutating func escape(_ byte: UInt8) {
        if _fastPath(byte >= 0x20 && byte != 0x22 && byte != 0x5c && byte != 0x7f) {
            buffer.append(byte)
        } else {
            escapeSlowly(byte)
        }
    }

    @inline(never) @usableFromInline
    mutating func escapeSlowly(_ byte: UInt8) {
        buffer.append(0x5c)
        switch byte {
        case 0x22, 0x5c: buffer.append(byte)
        case 8: buffer.append(0x62)
        case 9: buffer.append(0x74)
        case 10: buffer.append(0x6e)
        case 12: buffer.append(0x66)
        case 13: buffer.append(0x72)
        default:
            buffer.append("u00")
            buffer.append(hex: byte)
        }
    }

    /// Where the ASCII text that begins at `start` and needs no escapes ends; eight bytes are looked at in one go.
    private func endOfPlainText(_ value: RawSpan, from start: Int) -> Int {
        /// One bit in each byte of a word.
        let ones: UInt64 = 0x0101_0101_0101_0101
        /// The highest bit is set in those bytes of the result that stand for a zero byte in `word`, and perhaps in bytes above them.
        func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word }
        let count = value.byteCount
        var index = start
        while index < count, count &- start >= 8 {
            // The last word lies over the one before it.
            let word = value.uint64(at: min(index, count &- 8))
            let controls = (word &- ones &* 0x20) & ~word
            let special = zeros(word ^ ones &* 0x22) | zeros(word ^ ones &* 0x5c) | zeros(word ^ ones &* 0x7f)
            if (word | controls | special) & ones &* 0x80 != 0 { break }
            index &+= 8
        }
        while index < count {
            let byte = value.byte(at: index)
            guard byte >= 0x20, byte < 0x7f, byte != 0x22, byte != 0x5c else { return index }
            index &+= 1
        }
        return index
    }

    /// Escapes text that should be UTF-8; a byte that begins no valid sequence becomes `\\xNN`.
    mutating func text(_ value: RawSpan) {
        var index = 0
        let count = value.byteCount
        while index < count {
            let end = endOfPlainText(value, from: index)
            if end > index {
                buffer.append(value.extracting(index..<end))
                index = end
                continue
            }
            let byte = value.byte(at: index)
            if byte < 0x80 {
                escape(byte)
                index &+= 1
                continue
            }
            let length = UTF8Sequence.length(in: value, at: index)
            if length == 0 {
                buffer.append("\\\\x")
                buffer.append(hex: byte)
                index &+= 1
            } else {
                buffer.append(value.extracting(index..<index &+ length))
                index &+= length
            }
        }
    }
}
