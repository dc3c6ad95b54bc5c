/// A reading position over bytes that somebody else owns.
///
/// Each read checks the range once and then loads without further checks; a read past the end throws
/// ``ParseError/truncated`` and leaves the position where it was. Integers are big-endian unless the name says otherwise.
@frozen public struct ByteCursor: ~Escapable {
    /// All the bytes, from the first.
    public let bytes: RawSpan
    /// The position of the next read, 0...bytes.byteCount.
    public var offset: Int

    @inlinable @inline(__always)
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan) {
        self.bytes = bytes
        offset = 0
    }

    /// Bytes not yet read.
    @inlinable @inline(__always)
    public var left: Int { bytes.byteCount &- offset }

    @inlinable @inline(__always)
    public var isAtEnd: Bool { left == 0 }

    /// Moves over `count` bytes and returns where they began.
    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func advance(_ count: Int) throws(ParseError) -> Int {
        guard count >= 0, left >= count else { throw .truncated }
        let start = offset
        offset = start &+ count
        return start
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func skip(_ count: Int) throws(ParseError) {
        _ = try advance(count)
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func u8() throws(ParseError) -> UInt8 {
        let at = try advance(1)
        return unsafe bytes.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func u16() throws(ParseError) -> UInt16 {
        let at = try advance(2)
        return UInt16(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt16.self))
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func u24() throws(ParseError) -> UInt32 {
        let at = try advance(3)
        return bytes.uint24(at: at)
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func u32() throws(ParseError) -> UInt32 {
        let at = try advance(4)
        return UInt32(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt32.self))
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func u64() throws(ParseError) -> UInt64 {
        let at = try advance(8)
        return UInt64(bigEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self))
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func littleEndianU16() throws(ParseError) -> UInt16 {
        let at = try advance(2)
        return UInt16(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt16.self))
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func littleEndianU32() throws(ParseError) -> UInt32 {
        let at = try advance(4)
        return UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt32.self))
    }

    @inlinable @inline(__always)
    @_lifetime(self: copy self)
    public mutating func littleEndianU64() throws(ParseError) -> UInt64 {
        let at = try advance(8)
        return UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self))
    }

    /// The next `count` bytes as a view.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    public mutating func take(_ count: Int) throws(ParseError) -> RawSpan {
        let at = try advance(count)
        return bytes.extracting(at..<at &+ count)
    }

    /// What has not been read yet, as a view; the position does not move.
    @inlinable @inline(__always)
    public var rest: RawSpan {
        @_lifetime(copy self)
        get { bytes.extracting(offset..<bytes.byteCount) }
    }
}
