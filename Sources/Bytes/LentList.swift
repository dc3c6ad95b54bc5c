/// Objects that are used for each packet: to use one counts no reference.
///
/// An object that is lent stays in the list: objects can be added meanwhile, but not taken out.
@frozen @safe public struct LentList<Object: AnyObject>: ~Copyable {
    // `lent` names what `owned` holds, place by place.
    @usableFromInline var owned: [Object] = []
    @usableFromInline var lent: [Unmanaged<Object>] = []
    @usableFromInline let lending: ScratchTable<Int>

    @inlinable
    public init(_ objects: [Object] = []) {
        lending = ScratchTable(repeating: 0, count: 1)
        for object in objects { append(object) }
    }

    @inlinable public var count: Int { owned.count }

    @inlinable
    public mutating func append(_ object: Object) {
        owned.append(object)
        unsafe lent.append(Unmanaged.passUnretained(object))
    }

    /// Empties the list. Not while one of its objects is lent.
    @inlinable
    public mutating func removeAll() {
        precondition(lending[0] == 0)
        owned = []
        unsafe lent = []
    }

    /// Lends the object at a place to `body`.
    @inlinable @inline(__always)
    public func with(_ index: Int, _ body: (Object) -> Void) {
        lending[0] &+= 1
        unsafe lent[index]._withUnsafeGuaranteedRef { body($0) }
        lending[0] &-= 1
    }
}
