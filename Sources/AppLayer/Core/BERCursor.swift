import Bytes

/// Reads BER elements one after another (X.690 §8.1): tags of one byte, definite lengths. Throws where the bytes are something else.
struct BERCursor: ~Escapable {
    private let bytes: RawSpan
    private var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan) { self.bytes = bytes }

    var isAtEnd: Bool { offset >= bytes.byteCount }

    /// The tag of the next element; nil at the end.
    var tag: UInt8? { offset < bytes.byteCount ? bytes.byte(at: offset) : nil }

    /// The content of the next element, which must have this tag.
    @_lifetime(copy self)
    mutating func next(_ tag: UInt8) throws(ParseError) -> RawSpan {
        guard let range = DER.next(bytes, &offset, end: bytes.byteCount, tag: tag) else { throw .malformed }
        return bytes.extracting(range)
    }

    @_lifetime(self: copy self)
    mutating func skip() throws(ParseError) {
        guard DER.next(bytes, &offset, end: bytes.byteCount) != nil else { throw .malformed }
    }

    @_lifetime(self: copy self)
    mutating func text(_ tag: UInt8 = DER.octetString) throws(ParseError) -> [UInt8] { try next(tag).copied() }

    /// A number that is not negative and has at most eight bytes.
    @_lifetime(self: copy self)
    mutating func unsigned(_ tag: UInt8 = DER.integer) throws(ParseError) -> UInt64 {
        let content = try next(tag)
        guard (1...9).contains(content.byteCount), content.byte(at: 0) & 0x80 == 0, content.byteCount < 9 || content.byte(at: 0) == 0
        else { throw .malformed }
        var value: UInt64 = 0
        for index in 0..<content.byteCount { value = value << 8 | UInt64(content.byte(at: index)) }
        return value
    }

    @_lifetime(self: copy self)
    mutating func boolean(_ tag: UInt8 = DER.boolean) throws(ParseError) -> Bool {
        let content = try next(tag)
        guard content.byteCount == 1 else { throw .malformed }
        return content.byte(at: 0) != 0
    }
}

extension DER {
    /// What stands at the front of a stream.
    enum Frame {
        /// A whole element of so many bytes, its header with it.
        case whole(Int)
        case incomplete
        /// No element, or one that is longer than the limit.
        case malformed
    }

    /// Finds the end of the element with which the bytes begin.
    static func frame(_ bytes: RawSpan, limit: Int) -> Frame {
        guard bytes.byteCount >= 1 else { return .incomplete }
        guard bytes.byte(at: 0) & 0x1f != 0x1f else { return .malformed }
        guard bytes.byteCount >= 2 else { return .incomplete }
        var length = Int(bytes.byte(at: 1))
        var start = 2
        if length >= 0x80 {
            let size = length & 0x7f
            guard (1...4).contains(size) else { return .malformed }
            guard bytes.byteCount >= 2 + size else { return .incomplete }
            length = 0
            for index in 0..<size { length = length << 8 | Int(bytes.byte(at: 2 + index)) }
            start += size
        }
        guard length <= limit else { return .malformed }
        return bytes.byteCount - start >= length ? .whole(start + length) : .incomplete
    }
}
