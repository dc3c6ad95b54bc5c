/// Entries by key, of which there are never more than a bound: traffic decides how many are asked for.
///
/// At the bound those whose time is over go; where that does not make enough room, the older half goes and is counted. Which entries those are
/// depends on their times alone, so that a capture gives the same events whenever it is read.
struct BoundedTable<Key: Hashable, Value> {
    /// Most entries.
    let limit: Int
    private(set) var entries: [Key: Value] = [:]
    /// Entries that went before their time.
    private(set) var evicted: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    /// Setting a key that is not there needs room: see ``makeRoom(for:isOver:time:)``.
    subscript(key: Key) -> Value? {
        get { entries[key] }
        set { entries[key] = newValue }
    }

    mutating func removeAll(where isOver: (Value) -> Bool) { entries = entries.filter { !isOver($0.value) } }

    /// To be called before `key` is set.
    ///
    /// - Parameters:
    ///   - isOver: the entry has no effect any more.
    ///   - time: what entries are older and newer by.
    mutating func makeRoom(for key: Key, isOver: (Value) -> Bool, time: (Value) -> Int64) {
        guard entries.count >= limit, entries[key] == nil else { return }
        removeAll(where: isOver)
        guard entries.count > limit / 2 else { return }
        let times = entries.values.map(time).sorted()
        let middle = times[times.count / 2]
        let before = entries.count
        entries = entries.filter { time($0.value) > middle }
        evicted += UInt64(before - entries.count)
    }
}
