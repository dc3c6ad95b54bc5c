/// A dictionary that forgets the oldest entries past a limit, so that a peer which opens and never closes costs no unbounded memory.
struct RecentTable<Key: Hashable, Value> {
    private var values: [Key: Value] = [:]
    /// Keys in the order in which they were added; those since removed stay until they come to the front.
    private var order: [Key] = []
    private var front = 0
    private let limit: Int

    init(limit: Int) { self.limit = max(limit, 1) }

    var count: Int { values.count }

    subscript(key: Key) -> Value? { values[key] }

    mutating func insert(_ value: Value, for key: Key) {
        guard values.updateValue(value, forKey: key) == nil else { return }
        order.append(key)
        while values.count > limit, front < order.count {
            let oldest = order[front]
            front += 1
            if oldest != key { values[oldest] = nil }
        }
        if order.count > 4 * limit || front > limit { compact() }
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Value? { values.removeValue(forKey: key) }

    private mutating func compact() {
        var seen: Set<Key> = []
        // Of a key that was added twice the last place counts.
        order = order[front...].reversed().filter { values[$0] != nil && seen.insert($0).inserted }.reversed()
        front = 0
    }
}
