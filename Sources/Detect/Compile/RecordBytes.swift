import Bytes

/// Writing numbers and texts one after the other, the least significant byte first.
extension [UInt8] {
    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        var rest = number
        for _ in 0..<Number.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: rest))
            if Number.bitWidth > 8 { rest >>= 8 }
        }
    }

    /// A text or a list of bytes with its length before it.
    mutating func put(bytes: some Collection<UInt8>) {
        put(UInt32(bytes.count))
        append(contentsOf: bytes)
    }

    mutating func put(_ text: String) { put(bytes: text.utf8) }
}

/// Reading them back. What cannot have been written throws.
extension ByteCursor {
    @_lifetime(self: copy self)
    mutating func list() throws(ParseError) -> [UInt8] {
        let count = try littleEndianU32()
        return try take(Int(count)).copied()
    }

    @_lifetime(self: copy self)
    mutating func text() throws(ParseError) -> String { String(decoding: try list(), as: UTF8.self) }

    /// A number of elements, each of which takes at least one byte: never more than there are bytes.
    @_lifetime(self: copy self)
    mutating func count() throws(ParseError) -> Int {
        let count = Int(try littleEndianU32())
        guard count <= left else { throw .malformed }
        return count
    }

    @_lifetime(self: copy self)
    mutating func flag() throws(ParseError) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw .malformed
        }
    }
}
