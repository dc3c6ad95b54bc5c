import Glibc

/// Bounds-checked big- and little-endian loads. Network fields are big-endian; capture files and SMB are little-endian.
///
/// A load outside the span traps: callers check lengths first (or use ``ByteCursor``, which throws instead).
extension RawSpan {
    @inlinable @inline(__always)
    public func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    @inlinable @inline(__always)
    public func uint16(at offset: Int) -> UInt16 {
        UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inlinable @inline(__always)
    public func uint24(at offset: Int) -> UInt32 {
        UInt32(byte(at: offset)) << 16 | UInt32(uint16(at: offset &+ 1))
    }

    @inlinable @inline(__always)
    public func uint32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inlinable @inline(__always)
    public func uint64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inlinable @inline(__always)
    public func littleEndianUInt16(at offset: Int) -> UInt16 {
        UInt16(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    @inlinable @inline(__always)
    public func littleEndianUInt32(at offset: Int) -> UInt32 {
        UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inlinable @inline(__always)
    public func littleEndianUInt64(at offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The bytes as an owned array, for what must outlive the view.
    @inlinable
    public func copied() -> [UInt8] {
        let bytes = unsafe withUnsafeBytes { unsafe Array($0) }
        // Without it the optimiser frees an array that nobody looks at before its bytes are written (found in LDAP by fuzzing).
        withExtendedLifetime(bytes) {}
        return bytes
    }

    /// Whether the span holds exactly these bytes.
    @inlinable
    public func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        return unsafe withUnsafeBytes { a in
            unsafe other.withUnsafeBytes { b in
                guard let p = a.baseAddress, let q = b.baseAddress else { return true }
                return unsafe memcmp(p, q, a.count) == 0
            }
        }
    }

    /// Whether the span begins with these letters.
    @inlinable
    public func begins(with word: StaticString) -> Bool {
        let size = word.utf8CodeUnitCount
        guard size > 0, byteCount >= size else { return size == 0 }
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe memcmp(base, word.utf8Start, size) == 0
        }
    }

    /// The bytes from `offset` to the end; an empty span when `offset` is past the end.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    public func dropping(_ offset: Int) -> RawSpan {
        extracting(Swift.min(Swift.max(offset, 0), byteCount)..<byteCount)
    }

    /// At most `count` bytes from the front.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    public func prefix(_ count: Int) -> RawSpan {
        extracting(0..<Swift.min(Swift.max(count, 0), byteCount))
    }

    /// The offset of the first `byte` at or after `start`, by `memchr`; nil when there is none.
    @inlinable
    public func firstOffset(of byte: UInt8, from start: Int) -> Int? {
        guard start >= 0, start < byteCount else { return nil }
        return unsafe withUnsafeBytes { bytes -> Int? in
            guard let base = bytes.baseAddress, let found = unsafe memchr(base + start, Int32(byte), bytes.count - start) else {
                return nil
            }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}
