/// Numbers that are set once and then only read, by many threads: an array whose reading costs a bounds check and nothing else.
@frozen @safe public struct FrozenTable<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    // Owned by this value alone, which cannot be copied; never written after init.
    @usableFromInline let base: UnsafeMutablePointer<Element>
    public let count: Int

    @inlinable
    public init(_ elements: some Collection<Element>) {
        count = elements.count
        unsafe base = .allocate(capacity: Swift.max(1, elements.count))
        var index = 0
        for element in elements {
            unsafe (base + index).initialize(to: element)
            index += 1
        }
    }

    @inlinable
    deinit { unsafe base.deallocate() }

    @inlinable @inline(__always)
    public subscript(index: Int) -> Element {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return unsafe base[index]
    }
}

/// Numbers that one owner changes in place.
@frozen @safe public struct ScratchTable<Element: BitwiseCopyable>: ~Copyable {
    // Owned by this value alone, which cannot be copied.
    @usableFromInline let base: UnsafeMutablePointer<Element>
    public let count: Int

    @inlinable
    public init(repeating element: Element, count: Int) {
        self.count = count
        unsafe base = .allocate(capacity: Swift.max(1, count))
        unsafe base.initialize(repeating: element, count: count)
    }

    @inlinable
    deinit { unsafe base.deallocate() }

    @inlinable @inline(__always)
    public subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return unsafe base[index]
        }
        nonmutating set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            unsafe base[index] = newValue
        }
    }
}
