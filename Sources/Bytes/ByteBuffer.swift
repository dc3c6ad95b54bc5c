import Glibc

/// A growing buffer that is written at its end and emptied without giving its memory back. Made once per worker, used for every line.
@safe @frozen public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var written: Int

    /// Bytes written.
    @inlinable @inline(__always)
    public var count: Int { written }

    /// - Parameter capacity: bytes to reserve at once, at least 64.
    @inlinable
    public init(capacity: Int = 4096) {
        let size = max(capacity, 64)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        self.capacity = size
        written = 0
    }

    deinit { unsafe base.deallocate() }

    @inlinable @inline(__always)
    public var isEmpty: Bool { count == 0 }

    /// What has been written, valid until the next write.
    @inlinable
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Calls `body` with what has been written; for system calls.
    @inlinable
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(start: base, count: written))
    }

    @inlinable @inline(__always)
    public mutating func removeAll() { written = 0 }

    /// Forgets what was written after the first `count` bytes; no effect when fewer are there.
    @inlinable @inline(__always)
    public mutating func truncate(to count: Int) {
        if count < self.count, count >= 0 { written = count }
    }

    /// The last byte written, or nil.
    @inlinable @inline(__always)
    public var last: UInt8? {
        count == 0 ? nil : unsafe base.load(fromByteOffset: count &- 1, as: UInt8.self)
    }

    @inlinable @inline(__always)
    public mutating func reserve(_ more: Int) {
        if _slowPath(capacity &- count < more) { grow(more) }
    }

    @inline(never) @usableFromInline
    mutating func grow(_ more: Int) {
        let size = max(capacity * 2, count + more)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe fresh.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = fresh
        capacity = size
    }

    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        written &+= 1
    }

    /// A byte for which there is room (``reserve(_:)``): for several bytes with one check.
    @inlinable @inline(__always)
    mutating func put(_ byte: UInt8) {
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        written &+= 1
    }

    /// The same for text.
    @inlinable @inline(__always)
    mutating func put(_ text: StaticString) {
        unsafe (base + count).copyMemory(from: UnsafeRawPointer(text.utf8Start), byteCount: text.utf8CodeUnitCount)
        written &+= text.utf8CodeUnitCount
    }

    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        let size = text.utf8CodeUnitCount
        reserve(size)
        unsafe (base + count).copyMemory(from: UnsafeRawPointer(text.utf8Start), byteCount: size)
        written &+= size
    }

    @inlinable
    public mutating func append(_ span: RawSpan) {
        let size = span.byteCount
        guard size > 0 else { return }
        reserve(size)
        unsafe span.withUnsafeBytes { source in
            if let start = source.baseAddress { unsafe (base + count).copyMemory(from: start, byteCount: size) }
        }
        written &+= size
    }

    @inlinable
    public mutating func append(_ array: [UInt8]) { append(array.rawSpan) }

    /// The UTF-8 form of `text`; for cold fields.
    @inlinable
    public mutating func append(utf8 text: String) {
        append(text.utf8.span.bytes)
    }

    /// `value` in decimal.
    @inlinable
    public mutating func append(decimal value: UInt64) {
        if value < 10 {
            append(48 &+ UInt8(truncatingIfNeeded: value))
            return
        }
        let digits = ByteBuffer.digits(value)
        reserve(digits)
        var rest = value
        var at = count &+ digits
        written = at
        while rest >= 100 {
            at &-= 2
            let q = rest / 100
            let two = rest &- q &* 100
            // 103/1024 is a tenth, for numbers below a hundred.
            let tens = (two &* 103) &>> 10
            let digits = 0x3030 &+ tens &+ (two &- tens &* 10) &<< 8
            unsafe base.storeBytes(of: UInt16(truncatingIfNeeded: digits), toByteOffset: at, as: UInt16.self)
            rest = q
        }
        while rest != 0 {
            at &-= 1
            let q = rest / 10
            unsafe base.storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: rest &- q &* 10), toByteOffset: at, as: UInt8.self)
            rest = q
        }
    }

    /// Powers of ten that 64 bits hold.
    @usableFromInline
    static let powers: InlineArray<20, UInt64> = [
        1, 10, 100, 1000, 10000, 100000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// Decimal digits of a number that is not zero: its binary digits tell all but whether one more is needed.
    @inlinable @inline(__always)
    static func digits(_ value: UInt64) -> Int {
        let guess = ((64 &- value.leadingZeroBitCount) &* 1233) &>> 12
        return guess &+ (value >= powers[guess] ? 1 : 0)
    }

    @inlinable
    public mutating func append(decimal value: Int64) {
        if value < 0 { append(45) }
        append(decimal: value.magnitude)
    }

    /// `value` in decimal with leading zeros, `width` digits (the low ones when it has more).
    @inlinable
    public mutating func append(decimal value: UInt64, width: Int) {
        reserve(width)
        var rest = value
        var at = count &+ width
        let start = count
        written = at
        while at > start {
            at &-= 1
            let q = rest / 10
            unsafe base.storeBytes(of: 48 &+ UInt8(truncatingIfNeeded: rest &- q &* 10), toByteOffset: at, as: UInt8.self)
            rest = q
        }
    }

    /// One byte of an address in decimal.
    @inlinable @inline(__always)
    public mutating func append(octet value: UInt8) {
        reserve(3)
        if value >= 100 { put(48 &+ value / 100) }
        if value >= 10 { put(48 &+ value / 10 % 10) }
        put(48 &+ value % 10)
    }

    /// Two lower-case hexadecimal digits.
    @inlinable @inline(__always)
    public mutating func append(hex byte: UInt8) {
        append(ASCII.hexDigit(byte >> 4))
        append(ASCII.hexDigit(byte))
    }
}
