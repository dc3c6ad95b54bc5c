import Glibc

/// The bytes of a stream between what every reader is done with and what has arrived: appended at the end, dropped at the front.
///
/// A plain value around a block of memory, so that slabs of them cost nothing to move. The slab's owner calls ``release()``
/// exactly once for each; a copy must not be used after the original was appended to or released.
@safe @frozen public struct StreamBuffer: BitwiseCopyable, Sendable {
    @usableFromInline nonisolated(unsafe) var base: UnsafeMutableRawPointer?
    @usableFromInline var head: Int32
    @usableFromInline var tail: Int32
    @usableFromInline var capacity: Int32

    @inlinable @inline(__always)
    public init() {
        unsafe base = nil
        head = 0
        tail = 0
        capacity = 0
    }

    @inlinable @inline(__always)
    public var count: Int { Int(tail &- head) }

    /// Bytes of memory held.
    @inlinable @inline(__always)
    public var footprint: Int { Int(capacity) }

    /// A view of `count` bytes from `offset` on, clamped to what is there.
    @inlinable @inline(__always)
    @_lifetime(borrow self)
    public func view(from offset: Int, count: Int) -> RawSpan {
        let start = min(max(offset, 0), self.count)
        let size = min(max(count, 0), self.count &- start)
        guard size > 0, let base = unsafe base else { return RawSpan() }
        let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base + Int(head) + start), byteCount: size)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Adds bytes at the end. False when that would make more than 1 GiB.
    @inlinable
    public mutating func append(_ bytes: RawSpan) -> Bool {
        let size = bytes.byteCount
        if size == 0 { return true }
        if _slowPath(Int(capacity) &- Int(tail) < size) {
            guard makeRoom(size) else { return false }
        }
        unsafe bytes.withUnsafeBytes { source in
            if let from = source.baseAddress, let base = unsafe base { unsafe (base + Int(tail)).copyMemory(from: from, byteCount: size) }
        }
        tail &+= Int32(truncatingIfNeeded: size)
        return true
    }

    @inline(never) @usableFromInline
    mutating func makeRoom(_ more: Int) -> Bool {
        let used = count
        guard used + more <= 1 << 30 else { return false }
        if let base = unsafe base, Int(capacity) - used >= more, Int(head) >= used {
            unsafe base.copyMemory(from: base + Int(head), byteCount: used)
            head = 0
            tail = Int32(used)
            return true
        }
        // Most conversations say little: the first block is as large as what it takes, the later ones grow fast.
        let size = unsafe base == nil ? max(512, more) : max(2048, max(Int(capacity) * 2, (used + more) * 5 / 4))
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        if let base = unsafe base {
            unsafe fresh.copyMemory(from: base + Int(head), byteCount: used)
            unsafe base.deallocate()
        }
        unsafe base = fresh
        head = 0
        tail = Int32(used)
        capacity = Int32(size)
        return true
    }

    /// Writes other bytes over some that are there; what would reach past the end is left out.
    public mutating func replace(at offset: Int, with bytes: ArraySlice<UInt8>) {
        guard offset >= 0, offset < count, let base = unsafe base else { return }
        let size = min(bytes.count, count - offset)
        unsafe bytes.withUnsafeBytes { source in
            if let from = source.baseAddress { unsafe (base + Int(head) + offset).copyMemory(from: from, byteCount: size) }
        }
    }

    /// Forgets `count` bytes at the front.
    @inlinable @inline(__always)
    public mutating func drop(_ count: Int) {
        head &+= Int32(truncatingIfNeeded: min(max(count, 0), self.count))
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Empties the buffer; memory over `keep` bytes is given back.
    public mutating func clear(keeping keep: Int = 16 * 1024) {
        head = 0
        tail = 0
        if Int(capacity) > keep { release() }
    }

    /// Gives back what it does not need for the bytes that it holds.
    public mutating func fit() {
        let used = count
        guard used > 0, let old = unsafe base else { return release() }
        guard Int(capacity) > used + 64 else { return }
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: used, alignment: 16)
        unsafe fresh.copyMemory(from: old + Int(head), byteCount: used)
        unsafe old.deallocate()
        unsafe base = fresh
        head = 0
        tail = Int32(used)
        capacity = Int32(used)
    }

    /// Gives the memory back.
    public mutating func release() {
        if let base = unsafe base { unsafe base.deallocate() }
        unsafe base = nil
        head = 0
        tail = 0
        capacity = 0
    }
}
